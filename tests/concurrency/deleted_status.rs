//! A status is deleted while leads with it come in.

use std::collections::BTreeSet;

use serde_json::json;
use tokio::task::JoinSet;

use super::order::at_each;
use crate::support::answer::text;
use crate::support::leads::{fresh_number, lead_for};
use crate::support::session::{Observer, Session};
use crate::support::world::World;
use crate::support::{both, postgres};

both! {
    /// Either the leads come first and the status stays, or it goes and they are refused: no lead is
    /// ever in a status that is not there.
    async fn no_lead_is_left_in_a_status_that_is_gone(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let form = acme.integration(&["leads.create"]).await;
        let clients = at_each(&form, &replicas);
        for round in 0..12 {
            let key = format!("round_{round}");
            let body = json!({"key": key, "name": "Round"});
            acme.owner.post("/v1/lead-statuses", body).await.expect(201);
            let mut posting = JoinSet::new();
            for client in clients.iter().cycle().take(8) {
                let (client, key) = (client.on_a_new_connection(), key.clone());
                posting.spawn(async move {
                    let lead = json!({
                        "first_name": "Lee", "email": format!("lee{}@x.example", fresh_number()),
                        "status": key, "assignment": {"mode": "none"},
                    });
                    let answer = client.post("/v1/leads", lead).await;
                    match answer.status.as_u16() {
                        201 => true,
                        _ => {
                            answer.expect_faults(&[("/status", "unknown_status")]);
                            false
                        }
                    }
                });
            }
            let owner = acme.owner.on_a_new_connection();
            let path = format!("/v1/lead-statuses/{key}");
            let deleted = owner.delete(path).await;
            let stored = posting.join_all().await.into_iter().filter(|stored| *stored).count();
            match deleted.status.as_u16() {
                204 => assert_eq!(stored, 0, "leads in a status that is gone"),
                _ => {
                    deleted.expect_problem(409, "status_in_use");
                    assert!(stored > 0);
                }
            }
        }
        let statuses = acme.owner.get("/v1/lead-statuses").await.expect(200).items();
        let known: BTreeSet<String> = statuses.iter().map(|status| text(&status["key"])).collect();
        let leads = acme.owner.get("/v1/leads?limit=100").await.expect(200).items();
        for lead in leads {
            assert!(known.contains(&text(&lead["status"])), "{lead}");
        }
        acme.ends_in_order(replicas).await;
    }
}

postgres! {
    /// The lead's status was checked, the lead is not stored yet: its transaction stands in line for
    /// the rotation. Whoever deletes the status stands behind it.
    async fn a_lead_on_its_way_comes_first(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let body = json!({"key": "brief", "name": "Brief"});
        acme.owner.post("/v1/lead-statuses", body).await.expect(201);

        let somebody = Session::with_rotation(&acme.database, &group).await;
        let (poster, mut lead) = (acme.owner.on_a_new_connection(), lead_for(&group, 1));
        lead["status"] = json!("brief");
        let posting = tokio::spawn(async move { poster.post("/v1/leads", lead).await });
        let observer = Observer::of(&acme.database).await;
        observer.sees_waiting(1).await;
        let owner = acme.owner.on_a_new_connection();
        let mut deleting =
            tokio::spawn(async move { owner.delete("/v1/lead-statuses/brief").await });
        let done = tokio::select! {
            () = observer.sees_waiting(2) => None,
            deleted = &mut deleting => Some(deleted.unwrap()),
        };
        somebody.lets_go().await;

        let posted = posting.await.unwrap();
        let deleted = match done {
            Some(deleted) => deleted,
            None => deleting.await.unwrap(),
        };
        // On a machine that stood still for seconds, both may have been put off.
        if posted.status == 503 {
            return;
        }
        posted.expect(201);
        match deleted.status.as_u16() {
            503 => {}
            _ => drop(deleted.expect_problem(409, "status_in_use")),
        }
    }
}
