//! The index of leads, while several servers write, and die.

use serde_json::json;
use tokio_postgres::NoTls;

use super::order::at_each;
use crate::support::answer::text;
use crate::support::leads::{all_leads_of, post_at_once};
use crate::support::search::{add, of, until_listed};
use crate::support::wait::eventually;
use crate::support::world::World;
use crate::support::{both, postgres};

const LEADS: usize = 300;

both! {
    /// Whichever server keeps the index is killed in the middle; every lead is found in the end.
    async fn every_lead_is_found_whoever_dies(database: Database) {
        let mut acme = World::start(database).await;
        let mut replicas = acme.further_replicas().await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let form = acme.integration(&["leads.create"]).await;
        post_at_once(&at_each(&form, &replicas), &group, LEADS).await;
        acme.server.kill().await;
        acme.server.start_again(&[]).await;
        post_at_once(&at_each(&form, &replicas), &group, LEADS).await;
        for replica in &mut replicas {
            replica.kill().await;
            replica.start_again(&[]).await;
        }
        post_at_once(&at_each(&form, &replicas), &group, LEADS).await;
        assert_eq!(all_leads_of(&acme.owner, &group).await.len(), 3 * LEADS);
        eventually("every lead is found", || async {
            let counts = acme.owner.get("/v1/leads/counts?q=customer.example").await.expect(200).json();
            (counts["total"] == 3 * LEADS).then_some(())
        })
        .await;
        acme.ends_in_order(replicas).await;
    }
}

postgres! {
    /// Whoever takes a number of the log early and commits late is behind what was read already.
    async fn a_late_commit_is_not_passed_over(database: Database) {
        let acme = World::start(database).await;
        let early = add(&acme.owner, [json!({"first_name": "Early"})]).await;
        until_listed(&acme.owner, "q=early", &of(&early, &[0])).await;
        let url = acme.database.url();
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let lead = text(&early[0]["id"]);
        client
            .batch_execute(&format!(
                "BEGIN; UPDATE leads SET last_name = 'Latecomer', version = version + 1 \
                 WHERE id = '{lead}'; \
                 INSERT INTO events (organization_id, kind, subject_id, at, data) \
                 VALUES ('{}', 'lead.changed', '{lead}', 0, '{{}}')",
                acme.id,
            ))
            .await
            .unwrap();
        // What comes later is found at once, and for as long as the other goes on.
        let mut later = Vec::new();
        for number in 0..3 {
            later.extend(add(&acme.owner, [json!({"first_name": format!("Later {number}")})]).await);
            let newest_first: Vec<usize> = (0..=number).rev().collect();
            until_listed(&acme.owner, "q=later", &of(&later, &newest_first)).await;
        }
        client.batch_execute("COMMIT").await.unwrap();
        until_listed(&acme.owner, "q=latecomer", &of(&early, &[0])).await;
        // And all of it is behind the index for good.
        eventually("the index is settled", || async {
            let row = client
                .query_one(
                    "SELECT (SELECT max(sequence) FROM events) <= sequence FROM lead_search_progress",
                    &[],
                )
                .await
                .unwrap();
            row.get::<_, bool>(0).then_some(())
        })
        .await;
    }
}
