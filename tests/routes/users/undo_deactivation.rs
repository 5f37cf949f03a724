//! `POST /v1/users/{id}/deactivate/undo`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{all_leads_of, owner, per_owner, post_at_once, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::off_boarding::{counts, deactivate, history, reactivate, settled, undo};
use crate::support::world::{World, sign_in};

async fn lead_of(client: &Client, lead: &Value) -> Value {
    client.get(format!("/v1/leads/{}", text(&lead["id"]))).await.expect(200).json()
}

both! {
    async fn puts_back_what_nobody_has_touched_since(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let from = acme.group("Old", &[&tom, &ann]).await;
        let path = format!("/v1/groups/{from}/members/{}", tom.id);
        acme.owner.patch(path, json!({"daily_limit": 7})).await.expect(200);
        let leads: Vec<Value> = post_in_turn(&acme.owner, &from, 6).await
            .into_iter()
            .filter(|lead| owner(lead) == tom.id)
            .collect();
        let group = acme.group_with_limits("Sales", &[&ben], 2, 0).await;
        let body = json!({"leads": {"action": "distribute", "group_id": group}});
        let done = deactivate(&acme.owner, &tom, body).await.expect(200).json();
        assert_eq!(counts(&done), [3, 2, 1, 0]);
        // Somebody decides on the first.
        let touched = format!("/v1/leads/{}/owner", text(&leads[0]["id"]));
        acme.owner.put(touched, json!({"user_id": ann.id})).await.expect(200);

        let answer = undo(&acme.owner, &tom).await.expect(200);
        let undone = answer.json();
        assert_eq!((&undone["kind"], &undone["status"]), (&json!("undo"), &json!("completed")));
        assert_eq!(undone["leads"]["action"], "give_back");
        assert_eq!(counts(&undone), [3, 2, 0, 1]);
        assert_eq!(undone["leads"]["skipped_lead_ids"], json!([leads[0]["id"]]));
        assert_eq!(undone["rotations"].as_array().unwrap().len(), 1);
        let user = acme.owner.get(format!("/v1/users/{}", tom.id)).await.expect(200).json();
        assert_eq!(user["status"], "active");
        assert_eq!(answer.header("etag"), format!("\"{}\"", user["version"]));

        assert_eq!(owner(&lead_of(&acme.owner, &leads[0]).await), ann.id);
        for lead in &leads[1..] {
            let back = lead_of(&acme.owner, lead).await;
            assert_eq!((owner(&back), &back["group_id"]), (tom.id.clone(), &json!(from)));
            assert_eq!(back["assignment"]["source"], "off_boarding");
            assert_eq!(history(&acme.owner, lead).await.len(), 3);
        }
        // At the end of the order, with what was set for him.
        let members = acme.owner.get(format!("/v1/groups/{from}/members")).await.expect(200).items();
        let told: Vec<_> =
            members.iter().map(|member| (text(&member["user"]["id"]), member["daily_limit"].clone())).collect();
        assert_eq!(told, [(ann.id.clone(), json!(null)), (tom.id.clone(), json!(7))]);
        tom.get("/v1/me").await.expect_problem(401, "invalid_credentials");
        let again = sign_in(&acme.anonymous(), &tom.email).await;
        assert_eq!(owner(&lead_of(&again, &leads[1]).await), tom.id);
        for group in [&from, &group] {
            expect_sound_ledger(&acme, group).await;
        }
        undo(&acme.owner, &tom).await.expect_problem(409, "nothing_to_undo");
    }

    async fn there_must_be_something_to_undo(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let ada = acme.person("admin", "Ada").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        undo(&acme.owner, &tom).await.expect_problem(409, "nothing_to_undo");
        deactivate(&acme.owner, &tom, json!({})).await.expect(200);
        undo(&globex.owner, &tom).await.expect_problem(404, "not_found");
        undo(&ann, &tom).await.expect_problem(403, "permission_denied");
        reactivate(&ada, &tom).await.expect(200);
        undo(&acme.owner, &tom).await.expect_problem(409, "nothing_to_undo");
        let otto = acme.person("owner", "Otto").await;
        deactivate(&acme.owner, &otto, json!({})).await.expect(200);
        undo(&ada, &otto).await.expect_problem(403, "permission_denied");
        reactivate(&ada, &otto).await.expect_problem(403, "permission_denied");
        undo(&acme.owner, &otto).await.expect(200);
    }

    async fn every_part_of_one_absence_is_undone(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let body = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
        let first = tom.post("/v1/leads", body.clone()).await.expect(201).json();
        let closed = json!({"first_name": "Lee", "status": "won", "assignment": {"mode": "me"}});
        let won = tom.post("/v1/leads", closed).await.expect(201).json();
        let release = json!({"leads": {"action": "release"}});
        deactivate(&acme.owner, &tom, json!({})).await.expect(200);
        deactivate(&acme.owner, &tom, release).await.expect(200);
        assert_eq!(lead_of(&acme.owner, &first).await["owner"], Value::Null);
        let undone = undo(&acme.owner, &tom).await.expect(200).json();
        assert_eq!(counts(&undone), [1, 1, 0, 0]);
        for lead in [&first, &won] {
            assert_eq!(owner(&lead_of(&acme.owner, lead).await), tom.id);
        }
        // The next absence is another matter.
        let transfer = json!({"leads": {"action": "transfer", "user_id": ann.id}});
        deactivate(&acme.owner, &tom, transfer).await.expect(200);
        let undone = undo(&acme.owner, &tom).await.expect(200).json();
        assert_eq!(counts(&undone), [1, 1, 0, 0]);
        assert_eq!(history(&acme.owner, &first).await.len(), 5);
    }

    async fn many_leads_return_by_a_job_also_while_they_are_still_going(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let from = acme.group("Old", &[&tom]).await;
        let form = acme.integration(&["leads.create"]).await;
        let leads = post_at_once(&[(*form).clone()], &from, 450).await;
        let transfer = json!({"leads": {"action": "transfer", "user_id": ann.id}});
        let expect_toms = async |times: usize| {
            let stored = all_leads_of(&acme.owner, &from).await;
            assert_eq!(per_owner(&stored), [(tom.id.clone(), 450)].into());
            for lead in leads.iter().step_by(75) {
                assert!(history(&acme.owner, lead).await.len() <= 1 + 2 * times);
            }
        };
        // At once: whatever has gone by then returns, the rest has never gone.
        deactivate(&acme.owner, &tom, transfer.clone()).await.expect(202);
        let undone = undo(&acme.owner, &tom).await;
        assert!(matches!(undone.status.as_u16(), 200 | 202), "{undone}");
        let undone = settled(&acme.owner, &tom).await;
        assert_eq!((&undone["kind"], &undone["status"]), (&json!("undo"), &json!("completed")));
        let [total, moved, ..] = counts(&undone);
        assert_eq!(total, moved);
        expect_toms(1).await;
        // When all have gone.
        deactivate(&acme.owner, &tom, transfer).await.expect(202);
        assert_eq!(counts(&settled(&acme.owner, &tom).await), [450, 450, 0, 0]);
        undo(&acme.owner, &tom).await.expect(202);
        assert_eq!(counts(&settled(&acme.owner, &tom).await), [450, 450, 0, 0]);
        expect_toms(2).await;
        expect_sound_ledger(&acme, &from).await;
        acme.ends_in_order(replicas).await;
    }
}
