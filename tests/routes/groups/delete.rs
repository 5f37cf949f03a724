//! `DELETE /v1/groups/{id}`.

use serde_json::json;

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::leads::{lead_for, post_in_turn};
use crate::support::world::World;

both! {
    async fn removes_a_group_that_dealt_nothing(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[]).await;
        acme.owner.delete(format!("/v1/groups/{group}")).await.expect(204);
        acme.owner.get(format!("/v1/groups/{group}")).await.expect_problem(404, "not_found");
        assert!(acme.owner.get("/v1/groups").await.expect(200).items().is_empty());
        acme.group("Sales", &[]).await;
    }

    async fn archives_a_group_that_dealt_and_keeps_its_leads(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let lead = post_in_turn(&acme.owner, &group, 1).await.remove(0);
        acme.owner.delete(format!("/v1/groups/{group}")).await.expect(204);

        let groups = acme.owner.get("/v1/groups").await.expect(200).items();
        assert!(!ids(&groups).contains(&group));
        let answer = acme.owner.post("/v1/leads", lead_for(&group, 2)).await;
        answer.expect_faults(&[("/assignment/group_id", "unknown_group")]);
        let path = format!("/v1/leads/{}", text(&lead["id"]));
        let kept = acme.owner.get(&path).await.expect(200).json();
        assert_eq!(kept["owner"]["id"], acme.owner.id);
        let explained = acme.owner.get(format!("{path}/assignments")).await.expect(200).items();
        assert_eq!(explained[0]["turn"], 1);
        // Its name is free again.
        acme.group("Sales", &[]).await;
    }

    async fn honours_if_match(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[]).await;
        let path = format!("/v1/groups/{group}");
        let stale = acme.owner.delete(&path).if_match(&json!(999)).await;
        stale.expect_problem(412, "precondition_failed");
        acme.owner.get(&path).await.expect(200);
    }
}
