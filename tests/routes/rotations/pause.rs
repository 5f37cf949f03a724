//! `PUT` and `DELETE …/distribution/pause`: whole rotations.

use serde_json::{Value, json};

use super::{deal, owners, post};
use crate::support::answer::text;
use crate::support::both;
use crate::support::ledger::expect_sound_ledger;
use crate::support::teams::expect_sound_team;
use crate::support::time::hours_after;
use crate::support::world::World;

both! {
    async fn deals_to_nobody_until_it_is_resumed(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        for (kind, id) in owners(&acme, &[&tom, &ann]).await {
            let path = format!("/v1/{kind}/{id}/distribution");
            assert_eq!(deal(&acme.owner, kind, &id, 1).await, [json!(tom.id)]);
            let stale = acme.owner.put(format!("{path}/pause"), json!({})).if_match(&json!(9)).await;
            stale.expect_problem(412, "precondition_failed");
            let paused = acme.owner.put(format!("{path}/pause"), json!({})).await.expect(200);
            assert_eq!(paused.header("etag"), "\"2\"");
            let state = paused.json();
            assert_eq!((&state["paused"], &state["paused_until"]), (&json!(true), &Value::Null));
            assert_eq!((&state["reason"], &state["next"]), (&json!("rotation_paused"), &Value::Null));
            let same = acme.owner.put(format!("{path}/pause"), json!({})).await.expect(200);
            assert_eq!(same.header("etag"), "\"2\"", "nothing changed");
            let lead = post(&acme.owner, kind, &id, 1).await.remove(0);
            assert_eq!(lead["assignment"]["reason"], "rotation_paused");
            acme.owner.delete(format!("{path}/pause")).await.expect(204);
            assert_eq!(deal(&acme.owner, kind, &id, 2).await, [json!(ann.id), json!(tom.id)]);
            let state = acme.owner.get(&path).await.expect(200).json();
            assert_eq!(state["paused"], false);
            match kind {
                "groups" => expect_sound_ledger(&acme, &id).await,
                _ => expect_sound_team(&acme, &id).await,
            }
        }
    }

    async fn ends_by_itself(database: Database) {
        let mut acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let form = acme.integration(&["leads.create"]).await;
        let both = owners(&acme, &[&tom]).await;
        for (kind, id) in &both {
            let lead = post(&form, kind, id, 1).await.remove(0);
            let until = hours_after(&text(&lead["created_at"]), 3);
            let pause = json!({"until": until});
            let path = format!("/v1/{kind}/{id}/distribution/pause");
            let state = acme.owner.put(path, pause).await.expect(200).json();
            assert!(state["paused_until"].is_string());
            assert_eq!(deal(&form, kind, id, 1).await, [Value::Null]);
        }
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+4h")]).await;
        for (kind, id) in &both {
            assert_eq!(deal(&form, kind, id, 1).await, [json!(tom.id)]);
        }
    }

    async fn is_for_whoever_manages_what_it_is_of(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let group = acme.group("Sales", &[&mia]).await;
        let team = acme.team("Blue", &[&mia], &[]).await;
        for (kind, id, needed) in
            [("groups", &group, "groups.manage"), ("teams", &team, "teams.manage")]
        {
            let path = format!("/v1/{kind}/{id}/distribution");
            let reset = json!({"period": "day"});
            for refused in [
                mia.put(format!("{path}/pause"), json!({})).await,
                mia.delete(format!("{path}/pause")).await,
                mia.post(format!("{path}/reset-limits"), reset).await,
            ] {
                let problem = refused.expect_problem(403, "permission_denied");
                assert_eq!(problem["permission"], needed);
            }
        }
        let globex = acme.second_organization().await;
        for path in [format!("/v1/groups/{group}"), format!("/v1/teams/{team}")] {
            let path = format!("{path}/distribution/pause");
            globex.owner.put(&path, json!({})).await.expect_problem(404, "not_found");
            globex.owner.delete(&path).await.expect_problem(404, "not_found");
        }
    }
}
