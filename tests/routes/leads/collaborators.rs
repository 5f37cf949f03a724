//! `PUT` and `DELETE /v1/leads/{id}/collaborators/{user_id}`.

use serde_json::{Value, json};

use crate::support::activities::{expect_denied, grant, hand_over, own_lead};
use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::collaborators::{
    add, allow, collaborators, expect_in_feed, expect_ties_in_step, of, path, remove, tie, told,
};
use crate::support::world::{Person, World};

async fn lead_of(client: &Client, lead: &str) -> Value {
    client.get(format!("/v1/leads/{lead}")).await.expect(200).json()
}

fn may(lead: &Value, action: &str) -> bool {
    lead["allowed_actions"].as_array().unwrap().iter().any(|it| it == action)
}

async fn listed(client: &Client, query: &str) -> Vec<String> {
    ids(&client.get(format!("/v1/leads?{query}")).await.expect(200).items())
}

both! {
    async fn a_further_user_works_on_the_lead(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let lead = own_lead(&tom).await;
        assert_eq!(lead_of(&acme.owner, &lead).await["collaborators"], json!([]));
        assert!(!may(&lead_of(&acme.owner, &lead).await, "add_collaborator"));
        let off = add(&acme.owner, &lead, &ann).await;
        off.expect_problem(409, "multiple_assignees_not_allowed");
        ann.get(format!("/v1/leads/{lead}")).await.expect_problem(404, "not_found");

        allow(&acme, true).await;
        assert!(may(&lead_of(&acme.owner, &lead).await, "add_collaborator"));
        let answer = add(&acme.owner, &lead, &ann).if_match(&json!(1)).await.expect(200);
        assert_eq!(answer.header("etag"), "\"2\"");
        let shared = answer.json();
        assert_eq!((&shared["version"], &shared["owner"]["id"]), (&json!(2), &json!(tom.id)));
        assert_eq!(shared["collaborators"], json!([
            {"id": ann.id, "first_name": "Ann", "last_name": null, "partner": false},
        ]));
        assert!(may(&shared, "remove_collaborator") && !may(&shared, "leave"));
        assert_eq!(add(&acme.owner, &lead, &ann).await.expect(200).json(), shared);
        let stale = add(&acme.owner, &lead, &ann).if_match(&json!(1)).await;
        stale.expect_problem(412, "precondition_failed");

        // She sees it wherever leads are seen.
        let hers = lead_of(&ann, &lead).await;
        assert!(may(&hers, "edit") && may(&hers, "leave"));
        assert!(!may(&hers, "assign") && !may(&hers, "add_collaborator"));
        assert_eq!(listed(&ann, "").await, [&*lead]);
        assert_eq!(listed(&ann, "collaborator=me").await, [&*lead]);
        assert!(listed(&ann, "owner=me").await.is_empty());
        let counts = ann.get("/v1/leads/counts?by=owner").await.expect(200).json();
        assert_eq!((&counts["total"], &counts["data"][0]["owner"]["id"]), (&json!(1), &json!(tom.id)));
        assert_eq!(tie(&acme.owner, &lead, &ann).await.as_deref(), Some("collaborator"));
        ann.get(format!("/v1/leads/{lead}/activity")).await.expect(200);
        ann.get(format!("/v1/leads/{lead}/assignments")).await.expect(200);
        // And works on it.
        let body = json!({"status": "contacted"});
        ann.patch(format!("/v1/leads/{lead}"), body).await.expect(200);
        let note = json!({"body": "Called.", "mentions": [tom.id]});
        ann.post(format!("/v1/leads/{lead}/notes"), note).await.expect(201);
        let task = json!({"title": "Call again", "assignee_id": ann.id});
        tom.post(format!("/v1/leads/{lead}/tasks"), task).await.expect(201);
        let note = json!({"body": "Thanks.", "mentions": [ann.id]});
        tom.post(format!("/v1/leads/{lead}/notes"), note.clone()).await.expect(201);

        let version = lead_of(&tom, &lead).await["version"].clone();
        let removed = remove(&acme.owner, &lead, &ann).if_match(&version).await.expect(200);
        let removed = removed.json();
        assert_eq!(removed["collaborators"], json!([]));
        assert_eq!(removed["version"].as_i64(), version.as_i64().map(|version| version + 1));
        assert_eq!(remove(&acme.owner, &lead, &ann).await.expect(200).json(), removed);
        ann.get(format!("/v1/leads/{lead}")).await.expect_problem(404, "not_found");
        assert!(listed(&ann, "collaborator=me").await.is_empty());
        assert_eq!(tie(&acme.owner, &lead, &ann).await, None);
        let unseen = tom.post(format!("/v1/leads/{lead}/notes"), note).await;
        unseen.expect_faults(&[("/mentions/0", "cannot_see_lead")]);
        assert_eq!(told(&acme.owner, &lead).await, [
            ("added".to_owned(), ann.id.clone(), "added".to_owned()),
            ("removed".to_owned(), ann.id.clone(), "removed".to_owned()),
        ]);
        expect_in_feed(&acme.owner, 1, 1).await;
        assert_eq!(expect_ties_in_step(&acme.database).await, 0);
    }

    async fn whoever_may_give_the_lead_to_them_may_add_them(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        allow(&acme, true).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let [mia, max] = [acme.person("manager", "Mia").await, acme.person("manager", "Max").await];
        acme.team("Blue", &[&mia], &[&tom, &ann]).await;
        acme.team("Red", &[&max], &[&ben]).await;
        let lead = own_lead(&tom).await;

        expect_denied(&add(&tom, &lead, &ann).await, "leads.assign");
        expect_denied(&remove(&tom, &lead, &ann).await, "leads.assign");
        for stranger in [&*max, &*globex.owner] {
            add(stranger, &lead, &ben).await.expect_problem(404, "not_found");
            remove(stranger, &lead, &ben).await.expect_problem(404, "not_found");
        }
        add(&mia, &lead, &ann).await.expect(200);
        expect_denied(&add(&mia, &lead, &ben).await, "leads.view_all");
        // Who else there may be is not told to who may not give it to them.
        expect_denied(&add(&mia, &lead, &globex.owner).await, "leads.view_all");
        add(&mia, &lead, &mia).await.expect(200);
        add(&acme.owner, &lead, &ben).await.expect(200);
        // Ben's manager works on it now, as Tom's does.
        assert_eq!(lead_of(&max, &lead).await["id"], *lead);
        remove(&mia, &lead, &ben).await.expect(200);
        max.get(format!("/v1/leads/{lead}")).await.expect_problem(404, "not_found");

        // Their own, to anyone; what others own, not, though they work on it.
        grant(&acme, &tom, "leads.transfer_own").await;
        grant(&acme, &ann, "leads.transfer_own").await;
        add(&tom, &lead, &ben).await.expect(200);
        expect_denied(&add(&ann, &lead, &tom).await, "leads.assign");
        expect_denied(&remove(&ann, &lead, &ben).await, "leads.assign");
        let owner = format!("/v1/leads/{lead}/owner");
        expect_denied(&ann.put(&owner, json!({"user_id": ann.id})).await, "leads.assign");
        remove(&tom, &lead, &ben).await.expect(200);
        // Everybody may leave.
        let left = remove(&ann, &lead, &ann).await.expect(200).json();
        assert_eq!((collaborators(&left), &left["allowed_actions"]), (vec![mia.id.clone()], &json!([])));
        ann.get(format!("/v1/leads/{lead}")).await.expect_problem(404, "not_found");
        remove(&ann, &lead, &ann).await.expect_problem(404, "not_found");
        let last = told(&acme.owner, &lead).await.pop();
        assert_eq!(last, Some(("removed".to_owned(), ann.id.clone(), "left".to_owned())));

        let key = acme.integration(&["leads.view", "leads.view_all", "leads.assign"]).await;
        add(&key, &lead, &ann).await.expect(200);
        remove(&key, &lead, &ann).await.expect(200);
        expect_ties_in_step(&acme.database).await;
    }

    async fn refuses_who_cannot_work_on_it(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        allow(&acme, true).await;
        let [tom, ann, gone] = acme.agents(["Tom", "Ann", "Gone"]).await;
        acme.invitation("agent", "Ivy").await;
        let users = acme.owner.get("/v1/users?status=invited").await.expect(200).items();
        let kept = json!({"leads": {"action": "keep"}});
        acme.owner.post(format!("/v1/users/{}/deactivate", gone.id), kept).await.expect(200);
        let lead = own_lead(&tom).await;
        for (user, code) in [
            (&globex.owner.id, "unknown_user"),
            (&text(&users[0]["id"]), "invited_user"),
            (&gone.id, "inactive_user"),
        ] {
            let refused = acme.owner.request(reqwest::Method::PUT, path(&lead, user)).await;
            refused.expect_faults(&[("/user_id", code)]);
            // There is nothing to be removed.
            acme.owner.delete(path(&lead, user)).await.expect(200);
        }
        add(&acme.owner, &lead, &tom).await.expect_problem(409, "already_owner");
        acme.owner.delete(format!("/v1/leads/{lead}")).await.expect(204);
        add(&acme.owner, &lead, &ann).await.expect_problem(409, "lead_archived");
        remove(&acme.owner, &lead, &ann).await.expect_problem(409, "lead_archived");
        assert_eq!(expect_ties_in_step(&acme.database).await, 0);
        assert_eq!(lead_of(&acme.owner, &lead).await["version"], 2);
    }

    async fn a_lead_has_at_most_twenty(database: Database) {
        let acme = World::start(database).await;
        allow(&acme, true).await;
        let lead = own_lead(&acme.owner).await;
        let mut people = Vec::new();
        for number in 0..21 {
            people.push(acme.agent(&format!("Agent{number}")).await);
        }
        for person in &people[..20] {
            add(&acme.owner, &lead, person).await.expect(200);
        }
        add(&acme.owner, &lead, &people[20]).await.expect_problem(409, "too_many_collaborators");
        add(&acme.owner, &lead, &people[7]).await.expect(200);
        let expected: Vec<&str> = people[..20].iter().map(|person| &*person.id).collect();
        assert_eq!(of(&acme.owner, &lead).await, expected, "in the order in which they came");
        remove(&acme.owner, &lead, &people[3]).await.expect(200);
        add(&acme.owner, &lead, &people[20]).await.expect(200);
        assert_eq!(of(&acme.owner, &lead).await.last(), Some(&people[20].id));
        assert_eq!(told(&acme.owner, &lead).await.len(), 22);
    }

    async fn lists_are_narrowed_to_whom_one_may_ask_about(database: Database) {
        let acme = World::start(database).await;
        allow(&acme, true).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let blue = acme.team("Blue", &[&mia], &[&ann]).await;
        let leads = [own_lead(&tom).await, own_lead(&tom).await, own_lead(&tom).await];
        for lead in &leads[..2] {
            add(&acme.owner, lead, &ann).await.expect(200);
        }
        add(&acme.owner, &leads[2], &ben).await.expect(200);
        let anns = format!("collaborator={}", ann.id);
        let expected = [&*leads[1], &*leads[0]];
        assert_eq!(listed(&acme.owner, &anns).await, expected);
        assert_eq!(listed(&mia, &anns).await, expected);
        assert_eq!(listed(&ann, "collaborator=me").await, expected);
        assert_eq!(listed(&mia, &format!("team_id={blue}")).await, expected, "shared with the team");
        assert_eq!(listed(&acme.owner, &format!("{anns}&owner={}", tom.id)).await, expected);
        assert!(listed(&acme.owner, &format!("{anns}&owner=unassigned")).await.is_empty());
        assert_eq!(listed(&acme.owner, &format!("{anns}&sort=updated_at")).await.len(), 2);
        assert_eq!(listed(&acme.owner, &format!("{anns}&team_id={blue}&limit=1")).await, [&*leads[1]]);
        let counted = acme.owner.get(format!("/v1/leads/counts?{anns}")).await.expect(200).json();
        assert_eq!(counted["total"], 2);
        acme.owner.delete(format!("/v1/leads/{}", leads[0])).await.expect(204);
        assert_eq!(listed(&ann, "collaborator=me").await, [&*leads[1]]);
        assert_eq!(listed(&ann, "collaborator=me&archived=true").await, [&*leads[0]]);

        let bens = format!("/v1/leads?collaborator={}", ben.id);
        for person in [&ann, &mia] {
            expect_denied(&person.get(&bens).await, "leads.view_all");
        }
        let odd = acme.owner.get("/v1/leads?collaborator=tom").await;
        odd.expect_faults(&[("/collaborator", "invalid_value")]);
        let key = acme.integration(&["leads.view", "leads.view_all"]).await;
        let nobody = key.get("/v1/leads?collaborator=me").await;
        nobody.expect_faults(&[("/collaborator", "invalid_value")]);
        let view = json!({"name": "Shared", "filter": {"collaborator": "me"}});
        ann.post("/v1/lead-views", view).await.expect(201);
        crate::support::search::until_listed(&ann, "q=lee&collaborator=me", &leads[1..2]).await;
    }

    async fn what_they_were_to_it_before_comes_back(database: Database) {
        let acme = World::start(database).await;
        allow(&acme, true).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let lead = own_lead(&tom).await;
        hand_over(&acme, &lead, &ann).await;
        let body = json!({"first_name": "Lee", "assignment": {"mode": "route"}});
        let entered = text(&tom.post("/v1/leads", body).await.expect(201).json()["id"]);
        for (lead, before) in [(&lead, "former_owner"), (&entered, "creator")] {
            assert_eq!(tie(&acme.owner, lead, &tom).await.as_deref(), Some(before));
            add(&acme.owner, lead, &tom).await.expect(200);
            assert_eq!(tie(&acme.owner, lead, &tom).await.as_deref(), Some("collaborator"));
            assert!(may(&lead_of(&tom, lead).await, "edit"));
            remove(&tom, lead, &tom).await.expect(200);
            assert_eq!(tie(&acme.owner, lead, &tom).await.as_deref(), Some(before));
            assert_eq!(lead_of(&tom, lead).await["allowed_actions"], json!(["read"]));
        }
        expect_ties_in_step(&acme.database).await;
    }
}

/// A lead of somebody's that a person works on besides.
async fn shared(acme: &World, owner: &Person, with: &Person) -> String {
    let lead = own_lead(owner).await;
    add(&acme.owner, &lead, with).await.expect(200);
    lead
}

both! {
    async fn who_gets_the_lead_is_a_collaborator_no_more(database: Database) {
        let acme = World::start(database).await;
        allow(&acme, true).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&ann]).await;
        let patch = json!({"pick_up_statuses": ["new"]});
        acme.owner.patch(format!("/v1/groups/{group}"), patch).await.expect(200);
        grant(&acme, &ann, "leads.pick_up").await;
        let mut leads = Vec::new();
        for _ in 0..5 {
            let lead = shared(&acme, &tom, &ann).await;
            add(&acme.owner, &lead, &ben).await.expect(200);
            leads.push(lead);
        }
        let [assigned, bulk, picked_up, dealt, left] = &leads[..] else { unreachable!() };
        hand_over(&acme, assigned, &ann).await;
        let body = json!({"lead_ids": [bulk], "to": {"user_id": ann.id}});
        acme.owner.post("/v1/leads/bulk-assign", body).await.expect(200);
        // Of a lead that is nobody's they are collaborators still.
        acme.owner.delete(format!("/v1/leads/{picked_up}/owner")).await.expect(200);
        assert_eq!(of(&acme.owner, picked_up).await, [&*ann.id, &*ben.id]);
        let path = format!("/v1/leads/{picked_up}/pick-up");
        ann.request(reqwest::Method::POST, path).await.expect(200);
        let body = json!({"group_id": group, "redistribute": true});
        acme.owner.post(format!("/v1/leads/{dealt}/distribute"), body).await.expect(200);
        let body = json!({"leads": {"action": "transfer", "user_id": ann.id}});
        acme.owner.post(format!("/v1/users/{}/deactivate", tom.id), body).await.expect(200);
        for lead in [assigned, bulk, picked_up, dealt, left] {
            let there = lead_of(&acme.owner, lead).await;
            assert_eq!((&there["owner"]["id"], collaborators(&there)), (&json!(ann.id), vec![ben.id.clone()]));
            assert_eq!(tie(&acme.owner, lead, &ann).await.as_deref(), Some("owner"));
            assert_eq!(tie(&acme.owner, lead, &ben).await.as_deref(), Some("collaborator"));
            let last = told(&acme.owner, lead).await.pop();
            assert_eq!(last, Some(("removed".to_owned(), ann.id.clone(), "became_owner".to_owned())));
        }
        assert_eq!(expect_ties_in_step(&acme.database).await, 5);
    }
}
