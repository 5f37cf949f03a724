//! `DELETE /v1/leads/{id}` and `POST /v1/leads/{id}/restore`.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::answer::text;
use crate::support::both;
use crate::support::leads::post_in_turn;
use crate::support::pool::{group_for, nobodys, pick_up, pool};
use crate::support::waiting::Then;
use crate::support::waiting::{lead_ids, until_waiting, waiting, when_nobody_eligible};
use crate::support::world::{Person, World};

async fn own(person: &Person) -> String {
    let body = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
    text(&person.post("/v1/leads", body).await.expect(201).json()["id"])
}

fn path(lead: &str) -> String {
    format!("/v1/leads/{lead}")
}

fn restore(lead: &str) -> String {
    format!("/v1/leads/{lead}/restore")
}

async fn listed(person: &Person, further: &str) -> Vec<String> {
    let page = person.get(format!("/v1/leads?{further}")).await.expect(200).items();
    page.iter().map(|lead| text(&lead["id"])).collect()
}

both! {
    async fn archived_leads_are_out_of_lists_and_come_back(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let (lead, other) = (own(&tom).await, own(&tom).await);
        acme.owner.delete(path(&lead)).if_match(&json!(1)).await.expect(204);
        for person in [&tom, &acme.owner] {
            for further in ["", "owner=me", "status=new"] {
                let expected: &[String] = match (person.id == tom.id, further) {
                    (false, "owner=me") => &[],
                    _ => std::slice::from_ref(&other),
                };
                assert_eq!(listed(person, further).await, expected, "{further}");
            }
            assert_eq!(listed(person, "archived=true").await, [lead.as_str()]);
        }
        let seen = tom.get(path(&lead)).await.expect(200).json();
        assert!(seen["archived_at"].is_string());
        assert_eq!((&seen["version"], &seen["owner"]["id"]), (&json!(2), &json!(tom.id)));
        assert_eq!(seen["allowed_actions"], json!(["read"]));
        let by_owner = acme.owner.get(path(&lead)).await.expect(200).json();
        assert_eq!(by_owner["allowed_actions"], json!(["read", "restore", "erase"]));
        // Again is no change.
        acme.owner.delete(path(&lead)).await.expect(204);
        let answer = acme.owner.request(reqwest::Method::POST, restore(&lead)).await.expect(200);
        assert_eq!(answer.header("etag"), "\"3\"");
        assert_eq!(answer.json()["archived_at"], Value::Null);
        assert_eq!(listed(&tom, "").await, [other, lead.clone()]);
        let again = acme.owner.request(reqwest::Method::POST, restore(&lead)).await.expect(200);
        assert_eq!(again.json()["version"], 3);
    }

    async fn nothing_is_done_with_archived_leads(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let (lead, other) = (own(&tom).await, own(&tom).await);
        acme.owner.delete(path(&lead)).await.expect(204);
        let to = json!({"user_id": acme.owner.id});
        let through = json!({"group_id": group, "redistribute": true});
        let note = tom.post(format!("{}/notes", path(&other)), json!({"body": "Tea."})).await;
        let note = format!("{}/notes/{}", path(&other), text(&note.expect(201).json()["id"]));
        acme.owner.delete(path(&other)).await.expect(204);
        for answer in [
            tom.post(format!("{}/notes", path(&lead)), json!({"body": "Tea."})).await,
            tom.post(format!("{}/tasks", path(&lead)), json!({"title": "Tea."})).await,
            tom.delete(&note).await,
            acme.owner.patch(path(&lead), json!({"status": "won"})).await,
            acme.owner.put(format!("{}/owner", path(&lead)), to).await,
            acme.owner.delete(format!("{}/owner", path(&lead))).await,
            acme.owner.post(format!("{}/distribute", path(&lead)), through).await,
        ] {
            answer.expect_problem(409, "lead_archived");
        }
    }

    async fn who_may(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        acme.team("Blue", &[&mia], &[&tom]).await;
        let (lead, foreign) = (own(&tom).await, own(&ann).await);
        let problem = tom.delete(path(&lead)).await.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "leads.archive");
        globex.owner.delete(path(&lead)).await.expect_problem(404, "not_found");
        mia.delete(path(&foreign)).await.expect_problem(404, "not_found");
        mia.delete(path(&lead)).if_match(&json!(9)).await.expect_problem(412, "precondition_failed");
        mia.delete(path(&lead)).await.expect(204);
        tom.request(reqwest::Method::POST, restore(&lead)).await
            .expect_problem(403, "permission_denied");
        mia.request(reqwest::Method::POST, restore(&lead)).await.expect(200);
    }

    async fn pools_and_open_leads_are_without_them(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        group_for(&acme, "Sales", &[&mia], &["new"]).await;
        let lead = nobodys(&acme, "new").await;
        assert_eq!(pool(&mia, "").await, [lead.as_str()]);
        acme.owner.delete(path(&lead)).await.expect(204);
        assert!(pool(&mia, "").await.is_empty());
        mia.request(reqwest::Method::POST, pick_up(&lead)).await.expect_problem(404, "not_found");
        acme.owner.request(reqwest::Method::POST, restore(&lead)).await.expect(200);
        mia.request(reqwest::Method::POST, pick_up(&lead)).await.expect(200);

        // Whoever has the fewest open leads is next: an archived one is not open.
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Fair", &[&tom, &ann]).await;
        let method = json!({"distribution": {"method": "least_open"}});
        acme.owner.patch(format!("/v1/groups/{group}"), method).await.expect(200);
        let archived = own(&tom).await;
        acme.owner.delete(path(&archived)).await.expect(204);
        let leads = post_in_turn(&acme.owner, &group, 2).await;
        assert_eq!(leads[0]["owner"]["id"], tom.id);
        // Nor does it go anywhere when its owner leaves.
        let leave = json!({"leads": {"action": "transfer", "user_id": ann.id}});
        let left = acme.owner.post(format!("/v1/users/{}/deactivate", tom.id), leave).await.expect(200);
        assert_eq!(left.json()["leads"]["total"], 1, "{left}");
        let kept = acme.owner.get(path(&archived)).await.expect(200).json();
        assert_eq!(kept["owner"]["id"], tom.id);
    }

    async fn an_archived_lead_does_not_wait(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let pause = format!("/v1/groups/{group}/distribution/pause");
        acme.owner.put(&pause, json!({})).await.expect(200);
        when_nobody_eligible(&acme.database, &group, Then::Wait).await;
        let leads = post_in_turn(&acme.owner, &group, 2).await;
        let (first, second) = (text(&leads[0]["id"]), text(&leads[1]["id"]));
        acme.owner.delete(path(&first)).await.expect(204);
        assert_eq!(lead_ids(&waiting(&acme.owner, &group).await), [second.as_str()]);
        let seen = acme.owner.get(path(&first)).await.expect(200).json();
        assert_eq!(seen["assignment"]["reason"], "removed_from_waiting_list");
        acme.owner.delete(pause).await.expect(204);
        until_waiting(&acme.owner, &group, 0).await;
        acme.owner.request(reqwest::Method::POST, restore(&first)).await.expect(200);
        let restored = acme.owner.get(path(&first)).await.expect(200).json();
        assert_eq!(restored["owner"], Value::Null);
        let dealt = acme.owner.get(path(&second)).await.expect(200).json();
        assert_eq!(dealt["assignment"]["turn"], 1);
    }

    async fn archive_against_assign(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        for _ in 0..8 {
            let lead = own(&tom).await;
            let mut racing = JoinSet::new();
            let (client, lead_path) = (acme.owner.on_a_new_connection(), path(&lead));
            racing.spawn(async move { client.delete(lead_path).await.status.as_u16() });
            let (client, to) = (acme.owner.on_a_new_connection(), json!({"user_id": ann.id}));
            let owner_path = format!("{}/owner", path(&lead));
            racing.spawn(async move { client.put(owner_path, to).await.status.as_u16() });
            let mut statuses = racing.join_all().await;
            statuses.sort_unstable();
            let after = acme.owner.get(path(&lead)).await.expect(200).json();
            assert!(after["archived_at"].is_string());
            // Assigned and then put away, or put away and then not assigned.
            let owner = text(&after["owner"]["id"]);
            match statuses.as_slice() {
                [200, 204] => assert_eq!((owner, &after["version"]), (ann.id.clone(), &json!(3))),
                [204, 409] => assert_eq!((owner, &after["version"]), (tom.id.clone(), &json!(2))),
                other => panic!("{other:?}"),
            }
        }
    }
}
