//! `PUT` and `DELETE /v1/me/pause`.

use serde_json::json;

use crate::support::both;
use crate::support::leads::{per_owner, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::World;

const PATH: &str = "/v1/me/pause";

both! {
    async fn everybody_can_take_a_break(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let paused = tom.put(PATH, json!({})).await.expect(200).json();
        assert_eq!(paused["paused"], true);
        assert_eq!(tom.get("/v1/me").await.expect(200).json()["user"]["paused"], true);
        let leads = post_in_turn(&acme.owner, &group, 2).await;
        assert_eq!(per_owner(&leads), [(ann.id.clone(), 2)].into());

        let stale = json!(paused["version"].as_i64().unwrap() - 1);
        tom.delete(PATH).if_match(&stale).await.expect_problem(412, "precondition_failed");
        tom.delete(PATH).if_match(&paused["version"]).await.expect(204);
        assert_eq!(tom.get("/v1/me").await.expect(200).json()["user"]["paused"], false);
        let leads = post_in_turn(&acme.owner, &group, 2).await;
        assert_eq!(per_owner(&leads), [(ann.id, 1), (tom.id, 1)].into());
        expect_sound_ledger(&acme, &group).await;
    }

    async fn only_people_take_breaks_and_they_end_in_the_future(database: Database) {
        let acme = World::start(database).await;
        let past = acme.owner.put(PATH, json!({"until": "2020-01-01T00:00:00Z"})).await;
        past.expect_faults(&[("/until", "must_be_future")]);
        let form = acme.integration(&["leads.create"]).await;
        form.put(PATH, json!({})).await.expect_problem(403, "person_required");
        form.delete(PATH).await.expect_problem(403, "person_required");
    }
}
