//! `PATCH /v1/groups/{id}`.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::leads::{distribution, owner, post_in_turn};
use crate::support::world::World;

both! {
    async fn changes_what_is_named_and_keeps_the_rest(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group_with_limits("Sales", &[&acme.owner], 5, 50).await;
        let path = format!("/v1/groups/{group}");
        let before = acme.owner.get(&path).await.expect(200).json();
        let change = json!({"distribution": {"daily_limit": 7}});
        let answer = acme.owner.patch(&path, change).await.expect(200);
        let after = answer.json();
        assert_eq!(after["distribution"]["daily_limit"], 7);
        assert_eq!(after["distribution"]["monthly_limit"], 50, "absent keeps");
        assert_eq!(after["name"], "Sales");
        assert_ne!(after["version"], before["version"]);
        assert_eq!(answer.header("etag"), format!("\"{}\"", after["version"]));
        acme.owner.patch(&path, json!({"name": "SALES"})).await.expect(200);
    }

    async fn honours_if_match(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[]).await;
        let path = format!("/v1/groups/{group}");
        let version = acme.owner.get(&path).await.expect(200).json()["version"].clone();
        let rename = |name: &str| acme.owner.patch(&path, json!({"name": name}));
        rename("First").if_match(&version).await.expect(200);
        rename("Second").if_match(&version).await.expect_problem(412, "precondition_failed");
        rename("Third").header("If-Match", "*").await.expect(200);
        rename("Fourth")
            .header("If-Match", "\"nonsense\"")
            .await
            .expect_problem(412, "precondition_failed");
        assert_eq!(acme.owner.get(&path).await.expect(200).json()["name"], "Third");
    }

    async fn lets_one_of_many_writers_with_the_same_version_win(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[]).await;
        let path = format!("/v1/groups/{group}");
        let version = acme.owner.get(&path).await.expect(200).json()["version"].clone();
        let write = async |name: &str| {
            let answer = acme.owner.patch(&path, json!({"name": name})).if_match(&version).await;
            answer.status.as_u16()
        };
        let (a, b, c, d) = tokio::join!(write("A"), write("B"), write("C"), write("D"));
        let mut statuses = [a, b, c, d];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412]);
    }

    async fn refuses_a_name_that_is_taken(database: Database) {
        let acme = World::start(database).await;
        acme.group("Sales", &[]).await;
        let other = acme.group("Support", &[]).await;
        let answer =
            acme.owner.patch(format!("/v1/groups/{other}"), json!({"name": "sales"})).await;
        answer.expect_problem(409, "group_name_taken");
    }

    async fn names_the_faults_of_the_body(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[]).await;
        let change = json!({"name": null, "user_ids": [], "distribution": {"daily_limit": -5}});
        let faults = acme.owner.patch(format!("/v1/groups/{group}"), change).await.faults();
        let pointers: Vec<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/distribution/daily_limit", "/name", "/user_ids"], "{faults:?}");
    }

    async fn a_raised_limit_lets_the_dealing_go_on(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group_with_limits("Sales", &[&acme.owner], 1, 0).await;
        let leads = post_in_turn(&acme.owner, &group, 2).await;
        assert_eq!(leads[1]["owner"], Value::Null);
        let raise = json!({"distribution": {"daily_limit": 2}});
        acme.owner.patch(format!("/v1/groups/{group}"), raise).await.expect(200);
        let leads = post_in_turn(&acme.owner, &group, 2).await;
        assert_eq!(owner(&leads[0]), acme.owner.id);
        assert_eq!(leads[1]["owner"], Value::Null);
        assert_eq!(distribution(&acme.owner, &group).await["turn"], 2);
    }
}
