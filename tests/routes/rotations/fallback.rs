//! Where leads go on to that a rotation can deal to nobody.

use serde_json::{Value, json};

use super::{deal, owners};
use crate::support::both;
use crate::support::off_boarding::deactivate;
use crate::support::world::World;

fn on_to(to: &Value) -> Value {
    json!({"distribution": {"when_nobody_eligible": "fallback", "fallback": to}})
}

both! {
    async fn is_named_exactly_with_fallback(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let ann = acme.agent("Ann").await;
        let other = acme.group("Other", &[&ann]).await;
        let gone = acme.group("Gone", &[]).await;
        acme.owner.delete(format!("/v1/groups/{gone}")).await.expect(204);
        for (kind, id) in owners(&acme, &[]).await {
            let path = format!("/v1/{kind}/{id}");
            let at = "/distribution/fallback";
            let fails = async |body: Value, pointer: &str, code: &str| {
                acme.owner.patch(&path, body).await.expect_faults(&[(pointer, code)]);
            };
            let bare = json!({"distribution": {"when_nobody_eligible": "fallback"}});
            fails(bare, at, "required").await;
            fails(json!({"distribution": {"fallback": {"group_id": other}}}), at, "invalid_value").await;
            fails(on_to(&json!({"group_id": other, "user_id": ann.id})), at, "invalid_value").await;
            fails(on_to(&json!({})), at, "invalid_value").await;
            let (group, team, user) = (
                "/distribution/fallback/group_id",
                "/distribution/fallback/team_id",
                "/distribution/fallback/user_id",
            );
            fails(on_to(&json!({"group_id": gone})), group, "unknown_group").await;
            fails(on_to(&json!({"team_id": other})), team, "unknown_team").await;
            fails(on_to(&json!({"user_id": globex.owner.id})), user, "unknown_user").await;
            fails(on_to(&json!({"user_id": "me"})), user, "invalid_value").await;
            assert_eq!(deal(&acme.owner, kind, &id, 1).await, [Value::Null]);

            let set = acme.owner.patch(&path, on_to(&json!({"group_id": other}))).await.expect(200);
            assert_eq!(set.json()["distribution"]["fallback"], json!({"group_id": other}));
            assert_eq!(deal(&acme.owner, kind, &id, 1).await, [json!(ann.id)]);
            fails(json!({"distribution": {"fallback": null}}), at, "required").await;
            let kept = json!({"distribution": {"daily_limit": 5}});
            let kept = acme.owner.patch(&path, kept).await.expect(200).json();
            assert_eq!(kept["distribution"]["fallback"], json!({"group_id": other}));
            let to_user = json!({"distribution": {"fallback": {"user_id": ann.id}}});
            acme.owner.patch(&path, to_user).await.expect(200);
            assert_eq!(deal(&acme.owner, kind, &id, 1).await, [json!(ann.id)]);
            let stays = json!({"distribution": {"when_nobody_eligible": "leave_unassigned"}});
            let stays = acme.owner.patch(&path, stays).await.expect(200).json();
            assert_eq!(stays["distribution"]["fallback"], Value::Null);
        }
        let inactive = acme.agent("Tom").await;
        deactivate(&acme.owner, &inactive, json!({})).await.expect(200);
        let answer = acme.owner.patch(format!("/v1/groups/{other}"), on_to(&json!({"user_id": inactive.id}))).await;
        answer.expect_faults(&[("/distribution/fallback/user_id", "unknown_user")]);
    }

    async fn chains_are_followed_and_loops_refused(database: Database) {
        let acme = World::start(database).await;
        let ann = acme.agent("Ann").await;
        let [first, second] = [acme.group("First", &[]).await, acme.group("Second", &[]).await];
        let team = acme.team("Third", &[], &[&ann]).await;
        let path = |group: &str| format!("/v1/groups/{group}");
        acme.owner.patch(path(&first), on_to(&json!({"group_id": second}))).await.expect(200);
        acme.owner.patch(path(&second), on_to(&json!({"team_id": team}))).await.expect(200);
        assert_eq!(deal(&acme.owner, "groups", &first, 1).await, [json!(ann.id)]);

        let team = format!("/v1/teams/{team}");
        for (body, names) in [
            (on_to(&json!({"group_id": first})), "Third → First → Second → Third"),
            (on_to(&json!({"group_id": second})), "Third → Second → Third"),
        ] {
            let answer = acme.owner.patch(&team, body).await;
            answer.expect_faults(&[("/distribution/fallback", "fallback_loop")]);
            let detail = answer.json()["errors"][0]["detail"].to_string();
            assert!(detail.contains(names), "{detail}");
        }
        let own = acme.owner.patch(path(&first), on_to(&json!({"group_id": first}))).await;
        own.expect_faults(&[("/distribution/fallback", "fallback_loop")]);
        acme.owner.patch(&team, on_to(&json!({"user_id": ann.id}))).await.expect(200);
    }

    async fn two_who_save_at_once_make_no_loop_together(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [a, b, c] = [
            acme.group("A", &[]).await, acme.group("B", &[]).await, acme.group("C", &[]).await,
        ];
        for _ in 0..6 {
            let mut saving = tokio::task::JoinSet::new();
            for (index, (from, to)) in [(&a, &b), (&b, &c), (&c, &a)].into_iter().enumerate() {
                let client = match replicas.first() {
                    Some(replica) if index == 1 => acme.owner.at(replica).on_a_new_connection(),
                    _ => acme.owner.on_a_new_connection(),
                };
                let (path, body) = (format!("/v1/groups/{from}"), on_to(&json!({"group_id": to})));
                saving.spawn(async move { client.patch(path, body).await.status.as_u16() });
            }
            let mut statuses = saving.join_all().await;
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 200, 422], "the last of the three would close the loop");
            for group in [&a, &b, &c] {
                let stays = json!({"distribution": {"when_nobody_eligible": "leave_unassigned"}});
                acme.owner.patch(format!("/v1/groups/{group}"), stays).await.expect(200);
            }
        }
        acme.ends_in_order(replicas).await;
    }
}
