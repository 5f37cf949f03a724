//! SIGTERM: stop accepting, finish what was taken, then exit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::support::both;
use crate::support::leads::{
    all_leads_of, expect_all_there, expect_gapless_turns, fresh_number, lead_for,
};
use crate::support::raw::RawConnection;
use crate::support::world::World;

both! {
    async fn every_request_that_was_taken_is_answered(database: Database) {
        let mut acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let mut taken = Vec::new();
        for number in 0..8 {
            let body = lead_for(&group, number).to_string();
            let mut connection = RawConnection::open(acme.server.address()).await;
            connection
                .send(&format!(
                    "POST /v1/leads HTTP/1.1\r\nHost: evenhand\r\nAuthorization: Bearer {}\r\n\
                     Content-Type: application/json\r\nContent-Length: {}\r\n\
                     Expect: 100-continue\r\n\r\n",
                    acme.owner.access_token,
                    body.len(),
                ))
                .await;
            connection.wait_until_accepted().await;
            taken.push((connection, body));
        }
        acme.server.ask_to_stop();
        for (connection, body) in &mut taken {
            connection.send(body).await;
        }
        let mut leads = Vec::new();
        for (connection, _) in &mut taken {
            leads.push(connection.answer().await.expect(201).json());
        }
        assert!(acme.server.ended().await.success(), "it exits with 0");
        expect_gapless_turns(&leads);
        acme.server.start_again(&[]).await;
        expect_all_there(&leads, &all_leads_of(&acme.owner, &group).await);
    }

    async fn nothing_acknowledged_is_lost_when_it_comes_under_load(database: Database) {
        let mut acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let form = acme.integration(&["leads.create"]).await;
        let (acknowledge, mut acknowledged) = mpsc::unbounded_channel();
        let stopped = Arc::new(AtomicBool::new(false));
        let mut posting = JoinSet::new();
        for _ in 0..16 {
            let (form, group) = (form.on_a_new_connection(), group.clone());
            let (acknowledge, stopped) = (acknowledge.clone(), Arc::clone(&stopped));
            posting.spawn(async move {
                loop {
                    let post = form.post("/v1/leads", lead_for(&group, fresh_number()));
                    let Ok(answer) = post.try_send().await else { break };
                    match answer.status.as_u16() {
                        201 => acknowledge.send(answer.json()).unwrap(),
                        503 => break,
                        _ => panic!("neither taken nor turned away: {answer}"),
                    }
                }
                stopped.store(true, Ordering::Relaxed);
            });
        }
        drop(acknowledge);
        let mut leads = Vec::new();
        while leads.len() < 100 {
            leads.push(
                acknowledged.recv().await.expect("the server works until it is asked to stop"),
            );
        }
        assert!(!stopped.load(Ordering::Relaxed), "no client was turned away before");
        assert!(acme.server.stop().await.success(), "it exits with 0");
        posting.join_all().await;
        while let Some(lead) = acknowledged.recv().await {
            leads.push(lead);
        }
        acme.server.start_again(&[]).await;
        let stored = all_leads_of(&acme.owner, &group).await;
        expect_all_there(&leads, &stored);
        expect_gapless_turns(&stored);
    }
}
