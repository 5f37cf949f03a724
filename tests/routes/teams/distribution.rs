//! `GET /v1/teams/{id}/distribution`, and what a team's rotation deals to whom.

use sea_orm::{ConnectionTrait as _, Database as Connection};
use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::leads::per_owner;
use crate::support::off_boarding::{deactivate, reactivate, undo};
use crate::support::teams::{dealt_to, expect_sound_team, owners, post_to_team, team_distribution};
use crate::support::world::{PASSWORD, World};

both! {
    async fn users_are_dealt_to_in_turn_and_managers_are_not(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let team = acme.team("Blue", &[&mia], &[&ben, &tom, &ann]).await;
        assert_eq!(dealt_to(&acme.owner, &team).await, [&*ben.id, &*tom.id, &*ann.id]);
        let leads = post_to_team(&acme.owner, &team, 4).await;
        assert_eq!(owners(&leads), [json!(ben.id), json!(tom.id), json!(ann.id), json!(ben.id)]);
        assert_eq!(leads[0]["team_id"], json!(team));
        assert_eq!(leads[0]["group_id"], Value::Null);
        let state = team_distribution(&mia, &team).await;
        assert_eq!((&state["turn"], &state["next"]["id"]), (&json!(4), &json!(tom.id)));
        assert_eq!(state["method"], "sequential");
        assert_eq!(state["rotation_id"], leads[0]["assignment"]["rotation_id"]);
        let path = format!("/v1/leads/{}/assignments", text(&leads[0]["id"]));
        let history = acme.owner.get(path).await.expect(200).items();
        assert_eq!(history[0]["explanation"]["members"].as_array().unwrap().len(), 3);
        expect_sound_team(&acme, &team).await;
    }

    async fn the_state_is_seen_by_whoever_sees_the_team(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let mia = acme.person("manager", "Mia").await;
        let max = acme.person("manager", "Max").await;
        let tom = acme.agent("Tom").await;
        let path = format!("/v1/teams/{}/distribution", acme.team("Blue", &[&mia], &[&tom]).await);
        acme.owner.get(&path).await.expect(200);
        mia.get(&path).await.expect(200);
        for stranger in [&max, &globex.owner] {
            stranger.get(&path).await.expect_problem(404, "not_found");
        }
        tom.get(&path).await.expect_problem(403, "permission_denied");
    }

    async fn members_follow_whoever_is_on_the_team(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let team = acme.team("Blue", &[&mia], &[&tom, &ann]).await;
        let path = |user: &str| format!("/v1/teams/{team}/members/{user}");
        assert_eq!(owners(&post_to_team(&acme.owner, &team, 1).await), [json!(tom.id)]);
        // Who stays keeps settings and counts, and the turn; the order is the one that is saved.
        acme.owner.patch(path(&tom.id), json!({"daily_limit": 9})).await.expect(200);
        acme.set_team(&team, &[&mia], &[&ben, &tom, &ann]).await;
        let state = team_distribution(&acme.owner, &team).await;
        assert_eq!(state["next"]["id"], ann.id, "the turn is hers");
        let toms = &state["members"][1];
        assert_eq!((&toms["today"], &toms["daily_limit"]), (&json!(1), &json!(9)));
        let owned = owners(&post_to_team(&acme.owner, &team, 3).await);
        assert_eq!(owned, [json!(ann.id), json!(ben.id), json!(tom.id)]);
        // A manager who becomes a user comes last; the other way round they leave.
        acme.owner.patch(path(&mia.id), json!({"seat": "user"})).await.expect(200);
        assert_eq!(dealt_to(&acme.owner, &team).await, [&*ben.id, &*tom.id, &*ann.id, &*mia.id]);
        acme.owner.patch(path(&mia.id), json!({"seat": "manager"})).await.expect(200);
        // Who leaves and comes back has what was counted.
        acme.set_team(&team, &[&mia], &[&ben, &ann]).await;
        assert_eq!(dealt_to(&acme.owner, &team).await, [&*ben.id, &*ann.id]);
        acme.set_team(&team, &[&mia], &[&ben, &ann, &tom]).await;
        let state = team_distribution(&acme.owner, &team).await;
        let toms = &state["members"][2];
        assert_eq!((&toms["today"], &toms["daily_limit"]), (&json!(2), &json!(0)));
        let version = acme.owner.get(format!("/v1/teams/{team}")).await.expect(200).json()["version"].clone();
        acme.set_team(&team, &[&mia], &[&ann, &ben, &tom]).await;
        let reordered = acme.owner.get(format!("/v1/teams/{team}")).await.expect(200).json();
        assert_ne!(reordered["version"], version, "another order is a change");
        expect_sound_team(&acme, &team).await;
    }

    async fn who_leaves_and_comes_back_to_the_organization_follows(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let team = acme.team("Blue", &[], &[&mia, &tom, &ann]).await;
        let keep = json!({"leads": {"action": "keep"}});
        let tight = json!({"weight": 3});
        acme.owner.patch(format!("/v1/teams/{team}/members/{}", tom.id), tight).await.expect(200);
        deactivate(&acme.owner, &tom, keep.clone()).await.expect(200);
        assert_eq!(dealt_to(&acme.owner, &team).await, [&*mia.id, &*ann.id]);
        reactivate(&acme.owner, &tom).await.expect(200);
        assert_eq!(dealt_to(&acme.owner, &team).await, [&*mia.id, &*ann.id, &*tom.id]);
        let state = team_distribution(&acme.owner, &team).await;
        assert_eq!(state["members"][2]["weight"], 3, "with what was set");
        deactivate(&acme.owner, &tom, keep.clone()).await.expect(200);
        undo(&acme.owner, &tom).await.expect(200);
        assert_eq!(dealt_to(&acme.owner, &team).await, [&*mia.id, &*ann.id, &*tom.id]);

        // What became of their seat meanwhile decides.
        deactivate(&acme.owner, &tom, keep.clone()).await.expect(200);
        deactivate(&acme.owner, &mia, keep.clone()).await.expect(200);
        acme.set_team(&team, &[&mia], &[&ann]).await;
        reactivate(&acme.owner, &tom).await.expect(200);
        reactivate(&acme.owner, &mia).await.expect(200);
        assert_eq!(dealt_to(&acme.owner, &team).await, [&*ann.id], "off the team; its manager");
        deactivate(&acme.owner, &mia, keep).await.expect(200);
        acme.set_team(&team, &[], &[&mia, &ann]).await;
        reactivate(&acme.owner, &mia).await.expect(200);
        assert_eq!(dealt_to(&acme.owner, &team).await, [&*ann.id, &*mia.id]);
        expect_sound_team(&acme, &team).await;
    }

    async fn an_invited_user_is_dealt_to_once_they_have_accepted(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let team = acme.team("Blue", &[], &[&tom]).await;
        let body = json!({
            "email": "ivy@acme.example", "first_name": "Ivy", "send_email": false,
            "team_ids": [team],
        });
        let ivy = acme.owner.post("/v1/users", body).await.expect(201).json();
        assert_eq!(dealt_to(&acme.owner, &team).await, [&*tom.id]);
        let path = format!("/v1/teams/{team}/members/{}", text(&ivy["id"]));
        let refused = acme.owner.patch(&path, json!({"daily_limit": 1})).await;
        refused.expect_problem(409, "not_dealt_to");
        let accept = format!("/v1/invitations/{}/accept", text(&ivy["invitation"]["token"]));
        acme.anonymous().post(accept, json!({"password": PASSWORD})).await.expect(200);
        assert_eq!(dealt_to(&acme.owner, &team).await, [tom.id.clone(), text(&ivy["id"])]);
        acme.owner.patch(&path, json!({"daily_limit": 1})).await.expect(200);
        let owned = owners(&post_to_team(&acme.owner, &team, 3).await);
        assert_eq!(owned, [json!(tom.id), ivy["id"].clone(), json!(tom.id)]);
        expect_sound_team(&acme, &team).await;
    }

    async fn managers_are_dealt_to_where_they_are_included(database: Database) {
        let acme = World::start(database).await;
        let [mia, max] = [acme.person("manager", "Mia").await, acme.person("manager", "Max").await];
        let tom = acme.agent("Tom").await;
        let team = acme.team("Blue", &[&mia, &max], &[&tom]).await;
        let path = format!("/v1/teams/{team}");
        let before = acme.owner.get(&path).await.expect(200).json();
        assert_eq!(before["distribution"]["include_managers"], false);
        let include = |on: bool| json!({"distribution": {"include_managers": on}});
        let changed = acme.owner.patch(&path, include(true)).await.expect(200).json();
        assert_eq!(changed["distribution"]["include_managers"], true);
        assert_eq!(changed["version"], 2);
        let members = dealt_to(&acme.owner, &team).await;
        assert_eq!(members[0], tom.id);
        assert_eq!(members.len(), 3);
        let leads = post_to_team(&acme.owner, &team, 6).await;
        assert!(per_owner(&leads).values().all(|count| *count == 2));
        // Managers see what those who are included own.
        let maxes = leads.iter().find(|lead| lead["owner"]["id"] == *max.id).unwrap();
        let lead = format!("/v1/leads/{}", text(&maxes["id"]));
        mia.get(&lead).await.expect(200);
        let why = acme.owner.get(format!("{lead}/access?user_id={}", mia.id)).await.expect(200);
        assert_eq!(why.json()["allowed"].as_bool().or(why.json()["visible"].as_bool()), Some(true), "{why}");
        acme.owner.patch(&path, include(false)).await.expect(200);
        mia.get(&lead).await.expect_problem(404, "not_found");
        assert_eq!(dealt_to(&acme.owner, &team).await, [&*tom.id]);
        let body = json!({"name": "Red", "manager_ids": [mia.id], "user_ids": [tom.id],
            "distribution": {"include_managers": true, "daily_limit": 4}});
        let red = acme.owner.post("/v1/teams", body).await.expect(201).json();
        assert_eq!(red["distribution"]["daily_limit"], 4);
        assert_eq!(dealt_to(&acme.owner, &text(&red["id"])).await, [&*tom.id, &*mia.id]);
        expect_sound_team(&acme, &team).await;
    }

    async fn teams_of_an_older_version_have_a_rotation_from_the_start_on(database: Database) {
        let mut acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let team = acme.team("Blue", &[&acme.owner], &[&tom]).await;
        let connection = Connection::connect(acme.database.url()).await.unwrap();
        for table in ["rotation_checkpoints", "rotation_ledger", "rotation_counts", "rotation_members"] {
            let sql = format!("DELETE FROM {table}");
            connection.execute_unprepared(&sql).await.unwrap();
        }
        connection.execute_unprepared("DELETE FROM rotations").await.unwrap();
        connection.close().await.unwrap();
        let without = acme.owner.get(format!("/v1/teams/{team}")).await.expect(200).json();
        assert_eq!(without["distribution"]["method"], "sequential");
        acme.server.restart_with(&[]).await;
        let owner = acme.owner.signed_in_again().await;
        assert_eq!(dealt_to(&owner, &team).await, [&*tom.id]);
        assert_eq!(owners(&post_to_team(&owner, &team, 1).await), [json!(tom.id)]);
    }

    async fn an_archived_team_deals_no_more(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let team = acme.team("Blue", &[], &[&tom]).await;
        post_to_team(&acme.owner, &team, 1).await;
        acme.owner.delete(format!("/v1/teams/{team}?members=remove")).await.expect(204);
        let refused = acme.owner.post("/v1/leads", crate::support::teams::lead_for_team(&team)).await;
        refused.expect_faults(&[("/assignment/team_id", "unknown_team")]);
        acme.owner.get(format!("/v1/teams/{team}/distribution")).await.expect(404);
    }

    async fn a_bound_key_deals_to_no_team(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let team = acme.team("Blue", &[], &[&tom]).await;
        let group = acme.group("Sales", &[&tom]).await;
        let bound = json!({"name": "Form", "scopes": ["leads.create"], "group_ids": [group]});
        let bound = acme.integration_from(bound).await;
        let lead = crate::support::teams::lead_for_team(&team);
        bound.post("/v1/leads", lead.clone()).await.expect_faults(&[
            ("/assignment/team_id", "unknown_team"),
        ]);
        acme.integration(&["leads.create"]).await.post("/v1/leads", lead).await.expect(201);
        let both = json!({"first_name": "Lee",
            "assignment": {"mode": "distribute", "team_id": team, "group_id": group}});
        acme.owner.post("/v1/leads", both).await.expect_faults(&[
            ("/assignment/team_id", "invalid_value"),
        ]);
    }
}
