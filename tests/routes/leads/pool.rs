//! Who sees which leads that nobody owns: `pool=true`, `owner=unassigned`, and why.

use serde_json::{Value, json};

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::post_in_turn;
use crate::support::pool::{grant, group_for, nobodys, nobodys_of, pool};
use crate::support::waiting::{Then, when_nobody_eligible};
use crate::support::world::{Person, World};

async fn listed(client: &Client, query: &str) -> Vec<String> {
    ids(&client.get(format!("/v1/leads?limit=100{query}")).await.expect(200).items())
}

fn newest_first(leads: &[&String]) -> Vec<String> {
    let mut leads: Vec<String> = leads.iter().map(|id| id.to_string()).collect();
    leads.sort_unstable();
    leads.reverse();
    leads
}

async fn why(asking: &Person, lead: &str, user: &Person) -> Value {
    let path = format!("/v1/leads/{lead}/access?user_id={}", user.id);
    asking.get(path).await.expect(200).json()
}

#[track_caller]
fn rule<'a>(access: &'a Value, name: &str) -> &'a Value {
    let rules = access["rules"].as_array().unwrap();
    rules.iter().find(|rule| rule["rule"] == name).unwrap_or_else(|| panic!("{name}: {access}"))
}

both! {
    async fn the_pool_is_what_ones_groups_let_one_pick_up(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = group_for(&acme, "Sales", &[&tom], &["new", "contacted"]).await;
        let care = group_for(&acme, "Care", &[&tom], &["won", "new"]).await;
        let other = group_for(&acme, "Other", &[&ann], &["lost"]).await;
        grant(&acme, &[&tom, &ann], &["leads.pick_up"]).await;
        let mut mine = Vec::new();
        for _ in 0..2 {
            for status in ["new", "contacted", "won"] {
                mine.push(nobodys(&acme, status).await);
            }
            mine.push(nobodys_of(&acme, &sales, &[&tom]).await);
            mine.push(nobodys_of(&acme, &care, &[&tom]).await);
            nobodys(&acme, "qualified").await;
        }
        let lost = nobodys(&acme, "lost").await;
        nobodys_of(&acme, &other, &[&ann]).await;
        let all = newest_first(&mine.iter().collect::<Vec<_>>());

        assert_eq!(pool(&tom, "").await, all);
        assert_eq!(listed(&tom, "").await, all, "they are part of what one sees");
        assert_eq!(listed(&tom, "&owner=unassigned").await, all);
        assert_eq!(listed(&tom, "&pool=false").await, all);
        assert_eq!(pool(&tom, "&owner=unassigned").await, all);
        assert!(pool(&tom, "&owner=me").await.is_empty());
        assert_eq!(pool(&tom, "&status=won").await, newest_first(&[&mine[2], &mine[7]]));
        assert_eq!(pool(&tom, &format!("&group_id={care}")).await, newest_first(&[&mine[4], &mine[9]]));
        assert!(pool(&tom, "&source=web").await.is_empty());
        assert_eq!(pool(&ann, "").await, [&*lost]);
        assert!(pool(&acme.owner, "").await.is_empty(), "who sees all may pick up nothing here");
        assert_eq!(listed(&acme.owner, "&owner=unassigned").await.len(), 14);
        let read = tom.get("/v1/leads?pool=true&limit=1").await.expect(200).items();
        assert_eq!(read[0]["allowed_actions"], json!(["read", "pick_up"]));
        let refused = tom.get("/v1/leads?pool=maybe").await;
        refused.expect_faults(&[("/pool", "invalid_value")]);
    }

    async fn who_sees_all_has_a_pool_of_their_own_groups(database: Database) {
        let acme = World::start(database).await;
        group_for(&acme, "Sales", &[&acme.owner], &["contacted"]).await;
        let (new, contacted) = (nobodys(&acme, "new").await, nobodys(&acme, "contacted").await);
        assert_eq!(pool(&acme.owner, "").await, [&*contacted]);
        let seen = acme.owner.get("/v1/leads").await.expect(200).items();
        assert_eq!(ids(&seen), [&*contacted, &*new]);
        let actions: Vec<_> = seen.iter().map(|lead| lead["allowed_actions"].clone()).collect();
        assert_eq!(actions, [
            json!(["read", "edit", "assign", "pick_up", "archive", "erase"]),
            json!(["read", "edit", "assign", "archive", "erase"]),
        ]);
    }

    async fn a_manager_works_on_their_pool_and_an_agent_looks_at_it(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let max = acme.person("manager", "Max").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        acme.team("Blue", &[&mia], &[&tom]).await;
        group_for(&acme, "Sales", &[&mia, &ann], &["new"]).await;
        grant(&acme, &[&ann], &["leads.pick_up", "leads.assign"]).await;
        let lead = nobodys(&acme, "new").await;
        let owner = format!("/v1/leads/{lead}/owner");
        assert!(listed(&max, "").await.is_empty());
        max.put(&owner, json!({"user_id": max.id})).await.expect_problem(404, "not_found");
        // Picking it up is the way for who only looks at it.
        let to_ann = json!({"user_id": ann.id});
        let refused = ann.put(&owner, to_ann.clone()).await;
        assert_eq!(refused.expect_problem(403, "permission_denied")["permission"], "leads.assign");
        assert_eq!(listed(&mia, "").await, [&*lead]);
        mia.put(&owner, to_ann).await.expect_problem(403, "permission_denied");
        mia.put(&owner, json!({"user_id": tom.id})).await.expect(200);
        assert!(pool(&ann, "").await.is_empty());
    }

    async fn every_reason_is_told(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        acme.team("Blue", &[&mia], &[&tom]).await;
        let sales = group_for(&acme, "Sales", &[&tom, &mia], &["new"]).await;
        grant(&acme, &[&tom, &ann], &["leads.pick_up"]).await;
        let lead = nobodys_of(&acme, &sales, &[&tom, &mia]).await;
        let reason = async |lead: &str, user: &Person, name: &str| {
            text(&rule(&why(&acme.owner, lead, user).await, name)["reason"])
        };

        let access = why(&acme.owner, &lead, &tom).await;
        assert_eq!((&access["visible"], &access["read_only"]), (&json!(true), &json!(true)));
        let of_pool = rule(&access, "pool");
        assert_eq!((&of_pool["applies"], &of_pool["reason"]), (&json!(true), &json!("may_be_picked_up")));
        assert_eq!(of_pool["groups"], json!([{"id": sales, "name": "Sales"}]));
        let works = why(&acme.owner, &lead, &mia).await;
        assert_eq!((&works["visible"], &works["read_only"]), (&json!(true), &json!(false)));
        assert_eq!(reason(&lead, &ann, "pool").await, "in_another_rotation");
        assert_eq!(reason(&lead, &ben, "pool").await, "permission_missing");
        assert_eq!(reason(&lead, &tom, "unassigned_in_team").await, "permission_missing");
        assert_eq!(reason(&lead, &mia, "unassigned_in_team").await, "in_no_such_rotation");
        let won = nobodys(&acme, "won").await;
        assert_eq!(reason(&won, &tom, "pool").await, "status_not_picked_up");
        assert_eq!(reason(&won, &ann, "pool").await, "in_no_group");
        let own = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
        let own = text(&tom.post("/v1/leads", own).await.expect(201).json()["id"]);
        assert_eq!(reason(&own, &mia, "pool").await, "has_an_owner");
        assert_eq!(reason(&own, &mia, "unassigned_in_team").await, "has_an_owner");

        // What was put away, or waits to be dealt, is in nobody's pool, and nobody's task by it.
        let away = nobodys(&acme, "new").await;
        acme.owner.delete(format!("/v1/leads/{away}")).await.expect(204);
        assert_eq!(reason(&away, &tom, "pool").await, "archived");
        acme.owner.put(format!("/v1/groups/{sales}/distribution/pause"), json!({})).await.expect(200);
        when_nobody_eligible(&acme.database, &sales, Then::Wait).await;
        let waits = text(&post_in_turn(&acme.owner, &sales, 1).await[0]["id"]);
        assert_eq!(reason(&waits, &tom, "pool").await, "waiting");
        assert_eq!(why(&acme.owner, &waits, &tom).await["visible"], false);
        let task = json!({"title": "Call", "assignee_id": tom.id});
        acme.owner.post(format!("/v1/leads/{waits}/tasks"), task).await
            .expect_faults(&[("/assignee_id", "cannot_see_lead")]);
    }
}
