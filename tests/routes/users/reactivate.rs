//! `POST /v1/users/{id}/reactivate`.

use serde_json::json;

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{distribution, owner, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::off_boarding::{deactivate, reactivate};
use crate::support::world::{World, sign_in};

async fn members(client: &Client, group: &str) -> Vec<String> {
    let members = client.get(format!("/v1/groups/{group}/members")).await.expect(200).items();
    members.iter().map(|member| text(&member["user"]["id"])).collect()
}

both! {
    async fn returns_to_the_end_of_the_order_with_what_was_counted(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann, &ben], 2, 0).await;
        let archived = acme.group("Old", &[&tom]).await;
        let path = format!("/v1/groups/{group}/members/{}", tom.id);
        acme.owner.patch(path, json!({"monthly_limit": 9})).await.expect(200);
        let first = post_in_turn(&acme.owner, &group, 1).await;
        assert_eq!(owner(&first[0]), tom.id);
        let release = json!({"leads": {"action": "release"}});
        deactivate(&acme.owner, &tom, release).await.expect(200);
        assert_eq!(members(&acme.owner, &group).await, [&*ann.id, &*ben.id]);
        acme.owner.delete(format!("/v1/groups/{archived}")).await.expect(204);
        let version = acme.owner.get(format!("/v1/groups/{group}")).await.expect(200).json()["version"].clone();

        let answer = reactivate(&acme.owner, &tom).await.expect(200);
        let user = answer.json();
        assert_eq!((&user["id"], &user["status"]), (&json!(tom.id), &json!("active")));
        assert_eq!(answer.header("etag"), format!("\"{}\"", user["version"]));
        assert_eq!(members(&acme.owner, &group).await, [&*ann.id, &*ben.id, &*tom.id]);
        let now = acme.owner.get(format!("/v1/groups/{group}")).await.expect(200).json()["version"].clone();
        assert!(now.as_u64() > version.as_u64());
        let state = distribution(&acme.owner, &group).await;
        let member = &state["members"][2];
        assert_eq!((&member["today"], &member["monthly_limit"]), (&json!(1), &json!(9)));

        // Ann and Ben have two each, Tom the one that he has left of his.
        let dealt = post_in_turn(&acme.owner, &group, 6).await;
        let owners: Vec<_> = dealt.iter().map(|lead| lead["owner"]["id"].clone()).collect();
        assert_eq!(owners, [
            json!(ann.id), json!(ben.id), json!(tom.id), json!(ann.id), json!(ben.id), json!(null),
        ]);
        // What was released stays so; sessions stay ended.
        let path = format!("/v1/leads/{}", text(&first[0]["id"]));
        assert_eq!(acme.owner.get(path).await.expect(200).json()["owner"], json!(null));
        tom.get("/v1/me").await.expect_problem(401, "invalid_credentials");
        sign_in(&acme.anonymous(), &tom.email).await.get("/v1/me").await.expect(200);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn only_who_is_inactive(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        reactivate(&acme.owner, &tom).await.expect_problem(409, "user_active");
        deactivate(&acme.owner, &tom, json!({})).await.expect(200);
        reactivate(&ann, &tom).await.expect_problem(403, "permission_denied");
        reactivate(&globex.owner, &tom).await.expect_problem(404, "not_found");
        let path = format!("/v1/users/{}/reactivate", tom.id);
        let stale = acme.owner.request(reqwest::Method::POST, &path).if_match(&json!(1));
        stale.await.expect_problem(412, "precondition_failed");
        reactivate(&acme.owner, &tom).await.expect(200);
        reactivate(&acme.owner, &tom).await.expect_problem(409, "user_active");
    }
}
