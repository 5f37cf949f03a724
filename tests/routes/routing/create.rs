//! `POST /v1/routing-rules`.

use serde_json::{Value, json};

use super::{PATH, add, from_source, names, path_of};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn adds_a_rule_behind_all_others(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[]).await;
        let first = add(&acme.owner, "Web", from_source("web"), json!({"group_id": group})).await;
        assert_eq!((&first["position"], &first["version"]), (&json!(1), &json!(1)));
        assert_eq!(first["enabled"], true);
        let body = json!({
            "name": " Nobody's ", "enabled": false, "target": null,
            "conditions": {"any": [
                {"field": "phone", "operator": "eq", "value": "020 7946 0018"},
                {"all": [{"field": "tags", "operator": "contains", "value": "vip"}]},
            ]},
        });
        let answer = acme.person("admin", "Ada").await.post(PATH, body).await.expect(201);
        let second = answer.json();
        assert_eq!(answer.header("location"), path_of(&second));
        assert_eq!(answer.header("etag"), "\"1\"");
        assert_eq!(second["name"], "Nobody's");
        assert_eq!((&second["enabled"], &second["target"]), (&json!(false), &Value::Null));
        // As it is compared.
        let phone = &second["conditions"]["any"][0]["value"];
        assert_eq!(*phone, "+442079460018");
        assert_eq!(names(&acme.owner).await, ["Web", "Nobody's"]);
        let read = acme.owner.get(path_of(&second)).await.expect(200);
        assert_eq!(read.json(), second);
        assert_eq!(read.header("etag"), "\"1\"");
    }

    async fn names_every_fault_at_once(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let theirs = globex.group("Sales", &[]).await;
        let wrong = json!({
            "name": " ", "enabled": "yes", "colour": "red",
            "conditions": {"all": [
                {"field": "value", "operator": "contains", "value": "9"},
                {"field": "colour", "operator": "eq", "value": "red"},
                {"field": "custom_fields.plan", "operator": "eq", "value": "Pro"},
                {"field": "country", "operator": "in", "value": ["GB", "Mars"]},
                {"any": []},
            ]},
            "target": {"group_id": theirs},
        });
        acme.owner.post(PATH, wrong).await.expect_faults(&[
            ("/colour", "unknown_field"),
            ("/conditions/all/0/operator", "operator_not_allowed"),
            ("/conditions/all/1/field", "unknown_lead_field"),
            ("/conditions/all/2/field", "undefined_custom_field"),
            ("/conditions/all/3/value/1", "invalid_country"),
            ("/conditions/all/4/any", "required"),
            ("/enabled", "invalid_type"),
            ("/name", "required"),
            ("/target/group_id", "unknown_group"),
        ]);
        acme.owner.post(PATH, json!({})).await.expect_faults(&[
            ("/conditions", "required"),
            ("/name", "required"),
            ("/target", "required"),
        ]);
        assert!(names(&acme.owner).await.is_empty());
    }

    async fn a_target_is_of_the_organization_and_in_use(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let tom = acme.agent("Tom").await;
        acme.invitation("agent", "Ivy").await;
        let invited = acme.owner.get("/v1/users?status=invited").await.expect(200).items();
        let group = acme.group("Sales", &[]).await;
        acme.owner.delete(format!("/v1/groups/{group}")).await.expect(204);
        let team = acme.team("Blue", &[], &[]).await;
        acme.owner.delete(format!("/v1/teams/{team}")).await.expect(204);
        let path = format!("/v1/users/{}/deactivate", tom.id);
        acme.owner.post(path, json!({"leads": {"action": "keep"}})).await.expect(200);
        let everything = json!({"all": []});
        for (target, fault) in [
            (json!({"group_id": group}), ("/target/group_id", "unknown_group")),
            (json!({"team_id": team}), ("/target/team_id", "unknown_team")),
            (json!({"team_id": globex.team("Red", &[], &[]).await}),
                ("/target/team_id", "unknown_team")),
            (json!({"user_id": tom.id}), ("/target/user_id", "unknown_user")),
            (json!({"user_id": globex.owner.id}), ("/target/user_id", "unknown_user")),
            (json!({"user_id": invited[0]["id"]}), ("/target/user_id", "unknown_user")),
            (json!({"user_id": "Tom"}), ("/target/user_id", "invalid_value")),
            (json!({"user_id": tom.id, "group_id": group}), ("/target", "invalid_value")),
        ] {
            let body = json!({"name": "Rule", "conditions": everything, "target": target});
            acme.owner.post(PATH, body.clone()).await.expect_faults(&[fault]);
            let set = acme.owner.put(format!("{PATH}/default"), json!({"target": target})).await;
            set.expect_faults(&[fault]);
        }
        for target in [json!({"team_id": acme.team("Blue", &[], &[]).await}), Value::Null] {
            add(&acme.owner, "Rule", everything.clone(), target).await;
        }
    }

    async fn is_for_those_who_manage_routing(database: Database) {
        let acme = World::start(database).await;
        let rule = add(&acme.owner, "Rule", json!({"all": []}), Value::Null).await;
        let lead = json!({"first_name": "Lee"});
        let form = acme.integration(&["leads.create", "leads.view_all"]).await;
        let (mia, tom) = (acme.person("manager", "Mia").await, acme.agent("Tom").await);
        for client in [&*mia, &*tom, &*form] {
            let body = json!({"name": "Mine", "conditions": {"all": []}, "target": null});
            for refused in [
                client.get(PATH).await,
                client.post(PATH, body).await,
                client.get(path_of(&rule)).await,
                client.patch(path_of(&rule), json!({"enabled": false})).await,
                client.delete(path_of(&rule)).await,
                client.put(format!("{PATH}/order"), json!({"rule_ids": []})).await,
                client.get(format!("{PATH}/default")).await,
                client.put(format!("{PATH}/default"), json!({"target": null})).await,
                client.post(format!("{PATH}/test"), lead.clone()).await,
            ] {
                let problem = refused.expect_problem(403, "permission_denied");
                assert_eq!(problem["permission"], "routing.manage");
            }
        }
        let script = acme.integration(&["routing.manage"]).await;
        add(&script, "Script's", json!({"all": []}), Value::Null).await;
        // Outside the organization it does not exist.
        let globex = acme.second_organization().await;
        for refused in [
            globex.owner.get(path_of(&rule)).await,
            globex.owner.patch(path_of(&rule), json!({"enabled": false})).await,
            globex.owner.delete(path_of(&rule)).await,
        ] {
            refused.expect_problem(404, "not_found");
        }
        assert!(names(&globex.owner).await.is_empty());
    }

    async fn the_same_key_makes_it_once_and_two_hundred_are_enough(database: Database) {
        let acme = World::start(database).await;
        let body = json!({"name": "Rule", "conditions": {"all": []}, "target": null});
        let post = || acme.owner.post(PATH, body.clone()).idempotency_key("rule");
        let first = post().await.expect(201).json();
        let again = post().await.expect(201);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.json(), first);
        assert_eq!(names(&acme.owner).await.len(), 1);
        for _ in 1..200 {
            acme.owner.post(PATH, body.clone()).await.expect(201);
        }
        acme.owner.post(PATH, body.clone()).await.expect_problem(409, "too_many_rules");
        acme.owner.delete(path_of(&first)).await.expect(204);
        acme.owner.post(PATH, body.clone()).await.expect(201);
    }
}
