//! What depends on a group or team that is to be archived.

use serde_json::json;

use super::post;
use crate::support::answer::text;
use crate::support::both;
use crate::support::world::{PASSWORD, World};

both! {
    async fn is_named_until_it_is_answered_for(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let path = format!("/v1/groups/{group}");
        let key = json!({"name": "Form", "scopes": ["leads.create"], "group_ids": [group]});
        let key = acme.integration_from(key).await;
        let invite = json!({"email": "ivy@acme.example", "first_name": "Ivy",
            "send_email": false, "group_ids": [group]});
        let ivy = acme.owner.post("/v1/users", invite).await.expect(201).json();
        let on = json!({"distribution": {"when_nobody_eligible": "fallback",
            "fallback": {"group_id": group}}});
        let team = acme.team("Blue", &[], &[]).await;
        acme.owner.patch(format!("/v1/teams/{team}"), on).await.expect(200);
        let refused = acme.owner.delete(&path).await.expect_problem(409, "group_in_use");
        assert_eq!(refused["dependents"], json!([
            {"kind": "fallbacks", "count": 1}, {"kind": "api_keys", "count": 1},
            {"kind": "invitations", "count": 1},
        ]));
        acme.owner.delete(format!("{path}?invitations=keep")).await.expect_faults(&[
            ("/invitations", "invalid_value"),
        ]);
        let refused = acme.owner.delete(format!("{path}?invitations=remove")).await;
        let refused = refused.expect_problem(409, "group_in_use");
        assert_eq!(refused["dependents"].as_array().unwrap().len(), 2);

        let off = json!({"distribution": {"when_nobody_eligible": "leave_unassigned"}});
        acme.owner.patch(format!("/v1/teams/{team}"), off).await.expect(200);
        acme.owner.delete(format!("/v1/api-keys/{}", key.id)).await.expect(204);
        acme.owner.delete(format!("{path}?invitations=remove")).await.expect(204);
        let accept = format!("/v1/invitations/{}/accept", text(&ivy["invitation"]["token"]));
        acme.anonymous().post(accept, json!({"password": PASSWORD})).await.expect(200);
    }

    async fn of_a_team_are_its_members_and_who_falls_back_to_it(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let team = acme.team("Blue", &[&acme.owner], &[&tom]).await;
        let group = acme.group("Sales", &[]).await;
        let on = json!({"distribution": {"when_nobody_eligible": "fallback",
            "fallback": {"team_id": team}}});
        acme.owner.patch(format!("/v1/groups/{group}"), on).await.expect(200);
        let path = format!("/v1/teams/{team}");
        let refused = acme.owner.delete(&path).await.expect_problem(409, "team_in_use");
        assert_eq!(refused["dependents"], json!([
            {"kind": "members", "count": 2}, {"kind": "fallbacks", "count": 1},
        ]));
        let refused = acme.owner.delete(format!("{path}?members=remove")).await;
        let refused = refused.expect_problem(409, "team_in_use");
        assert_eq!(refused["dependents"], json!([{"kind": "fallbacks", "count": 1}]));
        acme.owner.delete(format!("/v1/groups/{group}")).await.expect(204);
        acme.owner.delete(format!("{path}?members=remove")).await.expect(204);
    }

    async fn are_leads_that_wait(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[]).await;
        let path = format!("/v1/groups/{group}");
        let wait = json!({"distribution": {"when_nobody_eligible": "wait"}});
        acme.owner.patch(&path, wait).await.expect(200);
        let lead = post(&acme.owner, "groups", &group, 1).await.remove(0);
        let refused = acme.owner.delete(&path).await.expect_problem(409, "group_in_use");
        assert_eq!(refused["dependents"], json!([{"kind": "waiting_leads", "count": 1}]));
        let waiting = format!("{path}/distribution/waiting/{}", text(&lead["id"]));
        acme.owner.delete(waiting).await.expect(204);
        acme.owner.delete(&path).await.expect(204);
    }
}
