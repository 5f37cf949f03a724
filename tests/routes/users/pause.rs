//! `PUT` and `DELETE /v1/users/{id}/pause`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{distribution, owner, per_owner, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::time::hours_after;
use crate::support::world::{Person, World};

fn path(user: &Person) -> String {
    format!("/v1/users/{}/pause", user.id)
}

/// A user as a group has them.
async fn member(client: &Client, group: &str, user: &Person) -> Value {
    let members = client.get(format!("/v1/groups/{group}/members")).await.expect(200).items();
    members.into_iter().find(|member| member["user"]["id"] == user.id).unwrap_or_default()
}

both! {
    async fn takes_somebody_out_of_all_rotations_and_back(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        let service = acme.group("Service", &[&ann, &tom]).await;
        let before = acme.owner.get(format!("/v1/users/{}", tom.id)).await.expect(200).json();

        let answer = acme.owner.put(path(&tom), json!({})).if_match(&before["version"]).await;
        let paused = answer.expect(200).json();
        assert_eq!((&paused["paused"], &paused["paused_until"]), (&json!(true), &Value::Null));
        let user = acme.owner.get(format!("/v1/users/{}", tom.id)).await.expect(200).json();
        assert_eq!((&user["paused"], &user["version"]), (&json!(true), &paused["version"]));
        for group in [&sales, &service] {
            let leads = post_in_turn(&acme.owner, group, 3).await;
            assert_eq!(per_owner(&leads), [(ann.id.clone(), 3)].into());
            let state = distribution(&acme.owner, group).await;
            let members = state["members"].as_array().unwrap();
            let toms = members.iter().find(|member| member["user"]["id"] == tom.id).unwrap();
            assert_eq!(toms["skipped"]["reason"], "paused");
            assert_eq!(toms["skipped"]["until"], Value::Null);
            let member = member(&acme.owner, group, &tom).await;
            assert_eq!((&member["paused"], &member["away"]),
                (&json!(false), &json!({"until": null})));
        }
        // Said twice is said once.
        let again = acme.owner.put(path(&tom), json!({"until": null})).await.expect(200).json();
        assert_eq!(again, paused);
        let stale = acme.owner.delete(path(&tom)).if_match(&before["version"]).await;
        stale.expect_problem(412, "precondition_failed");

        acme.owner.delete(path(&tom)).if_match(&paused["version"]).await.expect(204);
        acme.owner.delete(path(&tom)).await.expect(204);
        for group in [&sales, &service] {
            // No make-up flood: they take turns again.
            let leads = post_in_turn(&acme.owner, group, 4).await;
            assert_eq!(per_owner(&leads), [(ann.id.clone(), 2), (tom.id.clone(), 2)].into());
            assert_eq!(member(&acme.owner, group, &tom).await["away"], Value::Null);
            expect_sound_ledger(&acme, group).await;
        }
    }

    async fn ends_by_itself_at_its_time(database: Database) {
        let mut acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&tom]).await;
        let form = acme.integration(&["leads.create"]).await;
        let lead = post_in_turn(&form, &sales, 1).await.remove(0);
        let until = hours_after(&text(&lead["created_at"]), 3);
        let paused = acme.owner.put(path(&tom), json!({"until": until})).await.expect(200).json();
        assert_ne!(paused["paused_until"], Value::Null);
        let lead = post_in_turn(&form, &sales, 1).await.remove(0);
        assert_eq!(lead["assignment"]["reason"], "nobody_available");
        let told = acme.owner.get(format!("/v1/leads/{}/assignments", text(&lead["id"]))).await;
        let explained = told.expect(200).items()[0]["explanation"]["members"][0].clone();
        assert_eq!((&explained["outcome"], &explained["reason"]),
            (&json!("skipped"), &json!("paused")));
        assert_eq!(explained["until"], paused["paused_until"]);

        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+4h")]).await;
        let lead = post_in_turn(&form, &sales, 1).await.remove(0);
        assert_eq!(owner(&lead), tom.id);
        // One that is over says nothing to a group they join now.
        let owner = acme.owner.signed_in_again().await;
        let body = json!({"name": "Service", "user_ids": [tom.id, ann.id]});
        let service = text(&owner.post("/v1/groups", body).await.expect(201).json()["id"]);
        assert_eq!(member(&owner, &service, &tom).await["away"], Value::Null);
        assert_eq!(member(&owner, &sales, &tom).await["away"], Value::Null);
        acme.organization.owner = owner;
        expect_sound_ledger(&acme, &sales).await;
        expect_sound_ledger(&acme, &service).await;
    }

    async fn is_another_matter_than_a_pause_in_one_group(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        let in_sales = format!("/v1/groups/{sales}/members/{}", tom.id);
        acme.owner.patch(&in_sales, json!({"paused": true})).await.expect(200);
        acme.owner.put(path(&tom), json!({})).await.expect(200);
        acme.owner.delete(path(&tom)).await.expect(204);
        let leads = post_in_turn(&acme.owner, &sales, 2).await;
        assert_eq!(per_owner(&leads), [(ann.id.clone(), 2)].into());

        acme.owner.put(path(&tom), json!({})).await.expect(200);
        let member = acme.owner.patch(&in_sales, json!({"paused": false})).await.expect(200).json();
        assert_eq!((&member["paused"], &member["away"]),
            (&json!(false), &json!({"until": null})));
        let leads = post_in_turn(&acme.owner, &sales, 2).await;
        assert_eq!(per_owner(&leads), [(ann.id.clone(), 2)].into());
        acme.owner.delete(path(&tom)).await.expect(204);
        let leads = post_in_turn(&acme.owner, &sales, 2).await;
        assert_eq!(per_owner(&leads), [(ann.id, 1), (tom.id, 1)].into());
        expect_sound_ledger(&acme, &sales).await;
    }

    async fn holds_where_somebody_joins_meanwhile(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&ann]).await;
        acme.owner.put(path(&tom), json!({})).await.expect(200);
        let members = json!({"user_ids": [tom.id, ann.id]});
        acme.owner.put(format!("/v1/groups/{sales}/members"), members).await.expect(200);
        let service = acme.group("Service", &[&tom, &ann]).await;
        for group in [&sales, &service] {
            let leads = post_in_turn(&acme.owner, group, 2).await;
            assert_eq!(per_owner(&leads), [(ann.id.clone(), 2)].into());
        }
        // Leaving and coming back changes nothing about it; ending it reaches all of them.
        let alone = json!({"user_ids": [ann.id]});
        acme.owner.put(format!("/v1/groups/{sales}/members"), alone).await.expect(200);
        let both = json!({"user_ids": [ann.id, tom.id]});
        acme.owner.put(format!("/v1/groups/{sales}/members"), both).await.expect(200);
        assert_eq!(member(&acme.owner, &sales, &tom).await["away"], json!({"until": null}));
        acme.owner.delete(path(&tom)).await.expect(204);
        for group in [&sales, &service] {
            let leads = post_in_turn(&acme.owner, group, 2).await;
            assert_eq!(per_owner(&leads), [(ann.id.clone(), 1), (tom.id.clone(), 1)].into());
            expect_sound_ledger(&acme, group).await;
        }
    }

    async fn a_manager_pauses_the_users_of_their_teams_alone(database: Database) {
        let acme = World::start(database).await;
        let manager = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let team = acme.owner.post("/v1/teams", json!({"name": "Blue"})).await.expect(201).json();
        let members = json!({"manager_ids": [manager.id], "user_ids": [tom.id]});
        let team = format!("/v1/teams/{}/members", text(&team["id"]));
        acme.owner.put(team, members).await.expect(200);

        manager.put(path(&tom), json!({})).await.expect(200);
        manager.delete(path(&tom)).await.expect(204);
        for request in [manager.put(path(&ann), json!({})), manager.delete(path(&ann))] {
            let problem = request.await.expect_problem(403, "permission_denied");
            assert_eq!(problem["permission"], "groups.manage");
        }
        let problem = tom.put(path(&tom), json!({})).await.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "rotations.manage_members");
        let globex = acme.second_organization().await;
        let outside = globex.owner.put(path(&tom), json!({})).await;
        outside.expect_problem(404, "not_found");
    }

    async fn an_end_lies_in_the_future(database: Database) {
        let acme = World::start(database).await;
        let put = |body| acme.owner.put(path(&acme.owner), body);
        put(json!({"until": "2020-01-01T00:00:00Z"})).await
            .expect_faults(&[("/until", "must_be_future")]);
        put(json!({"until": "soon", "why": "ill"})).await
            .expect_faults(&[("/until", "invalid_value"), ("/why", "unknown_field")]);
        let nobody = "/v1/users/01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01/pause";
        acme.owner.put(nobody, json!({})).await.expect_problem(404, "not_found");
        acme.owner.delete(nobody).await.expect_problem(404, "not_found");
    }
}
