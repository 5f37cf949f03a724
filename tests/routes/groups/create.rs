//! `POST /v1/groups`.

use std::future::IntoFuture as _;

use serde_json::json;

use crate::support::answer::text;
use crate::support::both;
use crate::support::time::expect_instant;
use crate::support::world::World;

both! {
    async fn makes_a_group_without_limits_unless_told(database: Database) {
        let acme = World::start(database).await;
        let answer = acme.owner.post("/v1/groups", json!({"name": "Tele-Sales"})).await.expect(201);
        let group = answer.json();
        assert_eq!(group["name"], "Tele-Sales");
        let unlimited = json!({
            "method": "sequential", "daily_limit": 0, "monthly_limit": 0,
            "respect_availability": false, "when_nobody_eligible": "leave_unassigned",
            "fallback": null,
        });
        assert_eq!(group["distribution"], unlimited);
        assert_eq!(group["member_count"], 0);
        expect_instant(&text(&group["created_at"]));
        assert_eq!(answer.header("location"), format!("/v1/groups/{}", text(&group["id"])));
        assert_eq!(answer.header("etag"), format!("\"{}\"", group["version"]));
        let shown = acme.owner.get(answer.header("location")).await.expect(200).json();
        assert_eq!(shown, group);
    }

    async fn makes_a_group_with_limits_and_members_in_turn_order(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let body = json!({
            "name": "Tele-Sales",
            "distribution": {"method": "sequential", "daily_limit": 40, "monthly_limit": 500},
            "user_ids": [tom.id, acme.owner.id, ann.id],
        });
        let group = acme.owner.post("/v1/groups", body).await.expect(201).json();
        assert_eq!(group["distribution"]["daily_limit"], 40);
        assert_eq!(group["distribution"]["monthly_limit"], 500);
        assert_eq!(group["member_count"], 3);
        let path = format!("/v1/groups/{}/members", text(&group["id"]));
        let members = acme.owner.get(path).await.expect(200).items();
        let order: Vec<String> = members.iter().map(|member| text(&member["user"]["id"])).collect();
        assert_eq!(order, [&*tom.id, &*acme.owner.id, &*ann.id]);
    }

    async fn takes_a_name_once_whatever_its_case(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        acme.group("Tele-Sales", &[]).await;
        let body = || json!({"name": "TELE-sales"});
        acme.owner.post("/v1/groups", body()).await.expect_problem(409, "group_name_taken");
        globex.owner.post("/v1/groups", body()).await.expect(201);
    }

    async fn gives_a_name_to_one_of_many_who_ask_at_once(database: Database) {
        let acme = World::start(database).await;
        let make = || acme.owner.post("/v1/groups", json!({"name": "Sales"})).into_future();
        let (a, b, c, d) = tokio::join!(make(), make(), make(), make());
        let mut statuses = [a, b, c, d].map(|answer| answer.status.as_u16());
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
    }

    async fn names_every_fault_of_the_body(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let body = json!({
            "name": "x".repeat(201),
            "distribution": {"method": "by_mood", "daily_limit": -1, "monthly_limit": "many"},
            "user_ids": [acme.owner.id, globex.owner.id],
            "colour": "red",
        });
        let faults = acme.owner.post("/v1/groups", body).await.faults();
        let pointers: Vec<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
        let expected = [
            "/colour",
            "/distribution/daily_limit",
            "/distribution/method",
            "/distribution/monthly_limit",
            "/name",
            "/user_ids/1",
        ];
        assert_eq!(pointers, expected, "{faults:?}");
        assert!(
            faults.contains(&("/user_ids/1".to_owned(), "unknown_user".to_owned())),
            "{faults:?}"
        );
    }

    async fn takes_each_member_once(database: Database) {
        let acme = World::start(database).await;
        let body = json!({"name": "Sales", "user_ids": [acme.owner.id, acme.owner.id]});
        let answer = acme.owner.post("/v1/groups", body).await;
        answer.expect_faults(&[("/user_ids/1", "duplicate")]);
    }
}
