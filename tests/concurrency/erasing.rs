//! A lead is erased while others are at work on it.

use reqwest::Method;
use serde_json::json;

use crate::support::activities::own_lead;
use crate::support::postgres;
use crate::support::session::{Observer, Session};
use crate::support::world::World;

postgres! {
    /// The answer that a note keeps for its repetition is not there yet when those about the lead are
    /// erased, for the note stands in line for the lead before it.
    async fn an_answer_that_is_kept_meanwhile_is_erased_as_well(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let lead = own_lead(&tom).await;
        let path = format!("/v1/leads/{lead}");

        let somebody = Session::begin(&acme.database).await;
        somebody.run(&format!("SELECT id FROM leads WHERE id = '{lead}' FOR UPDATE")).await;
        let observer = Observer::of(&acme.database).await;
        let (agent, owner) = (tom.on_a_new_connection(), acme.owner.on_a_new_connection());
        let (notes, erase) = (format!("{path}/notes"), format!("{path}/erase"));
        let note = json!({"body": "Collects antique barometers."});
        let (to, body) = (notes.clone(), note.clone());
        let noting =
            tokio::spawn(async move { agent.post(to, body).idempotency_key("once").await });
        observer.sees_waiting(1).await;
        let erasing = tokio::spawn(async move { owner.request(Method::POST, erase).await });
        observer.sees_waiting(2).await;
        somebody.lets_go().await;

        let (noted, erased) = (noting.await.unwrap(), erasing.await.unwrap());
        // On a machine that stood still for seconds, either may have been put off.
        if noted.status == 503 || erased.status == 503 {
            return;
        }
        noted.expect(201);
        erased.expect(200);
        let repeated = tom.post(notes, note).idempotency_key("once").await;
        repeated.expect_problem(410, "erased");
    }
}
