//! Who sees which lead.

use serde_json::{Value, json};

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::lead_for;
use crate::support::world::{Person, World};

/// A lead that somebody adds for themselves; its id.
async fn own(person: &Person) -> String {
    let body = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
    text(&person.post("/v1/leads", body).await.expect(201).json()["id"])
}

/// The ids of all leads that somebody sees, by small pages.
async fn seen(client: &Client) -> Vec<String> {
    let mut path = "/v1/leads?limit=2".to_owned();
    let mut found = Vec::new();
    loop {
        let page = client.get(&path).await.expect(200);
        found.extend(ids(&page.items()));
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/leads?limit=2&cursor={cursor}"),
            None => return found,
        }
    }
}

fn newest_first(leads: &[&String]) -> Vec<String> {
    let mut leads: Vec<String> = leads.iter().map(|id| id.to_string()).collect();
    leads.sort_unstable();
    leads.reverse();
    leads
}

/// Somebody is told about a lead by none of the operations that read one.
async fn expect_hidden(client: &Client, lead: &str) {
    for path in ["", "/assignments"] {
        let answer = client.get(format!("/v1/leads/{lead}{path}")).await;
        answer.expect_problem(404, "not_found");
    }
}

async fn expect_shown(client: &Client, lead: &str, actions: &[&str]) {
    for path in ["", "/assignments"] {
        client.get(format!("/v1/leads/{lead}{path}")).await.expect(200);
    }
    let shown = client.get(format!("/v1/leads/{lead}")).await.expect(200).json();
    assert_eq!(shown["allowed_actions"], json!(actions), "{shown}");
}

both! {
    async fn an_agent_sees_what_they_own_or_made(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let owned =
            text(&acme.owner.post("/v1/leads", lead_for(&group, 1)).await.expect(201).json()["id"]);
        let anns =
            text(&acme.owner.post("/v1/leads", lead_for(&group, 2)).await.expect(201).json()["id"]);
        let made = text(
            &tom.post("/v1/leads", json!({"first_name": "Made"})).await.expect(201).json()["id"],
        );

        assert_eq!(ids(&tom.get("/v1/leads").await.expect(200).items()), [&*made, &*owned]);
        assert_eq!(ids(&tom.get("/v1/leads?owner=me").await.expect(200).items()), [&*owned]);
        expect_shown(&tom, &owned, &["read", "edit"]).await;
        expect_shown(&tom, &made, &["read"]).await;
        expect_hidden(&tom, &anns).await;
        tom.get(format!("/v1/leads?owner={}", ann.id))
            .await
            .expect_problem(403, "permission_denied");
        tom.get(format!("/v1/leads?owner={}", tom.id)).await.expect(200);
    }

    async fn owners_and_admins_see_everything(database: Database) {
        let acme = World::start(database).await;
        let ada = acme.person("admin", "Ada").await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        tom.post("/v1/leads", lead_for(&group, 1)).await.expect(201);
        let nobodys = tom.post("/v1/leads", json!({"first_name": "Nobody's"})).await.expect(201);
        for person in [&acme.owner, &ada] {
            assert_eq!(person.get("/v1/leads").await.expect(200).items().len(), 2);
            let toms = person.get(format!("/v1/leads?owner={}", tom.id)).await.expect(200).items();
            assert_eq!(toms.len(), 1);
            assert_eq!(toms[0]["allowed_actions"], json!(["read", "edit", "assign", "release", "archive", "erase"]));
            expect_shown(person, &text(&nobodys.json()["id"]), &["read", "edit", "assign", "archive", "erase"]).await;
        }
    }

    async fn a_manager_sees_the_leads_of_their_teams_users_and_of_nobody_else(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let mia = acme.person("manager", "Mia").await;
        let max = acme.person("manager", "Max").await;
        let [tom, ann, ben, eve] = acme.agents(["Tom", "Ann", "Ben", "Eve"]).await;
        acme.team("Blue", &[&mia], &[&tom, &ann]).await;
        acme.team("Green", &[&mia], &[&ann, &ben]).await;
        acme.team("Red", &[&max], &[&eve, &mia]).await;

        let mut leads = Vec::new();
        for _ in 0..3 {
            for person in [&tom, &ann, &ben, &eve, &mia, &max] {
                leads.push(own(person).await);
            }
        }
        let of = |places: &[usize]| {
            let mine: Vec<&String> = (0..18)
                .filter(|index| places.contains(&(index % 6)))
                .map(|index| &leads[index])
                .collect();
            newest_first(&mine)
        };
        assert_eq!(seen(&mia).await, of(&[0, 1, 2, 4]), "hers and those of two teams, each once");
        assert_eq!(seen(&max).await, of(&[3, 4, 5]));
        assert_eq!(seen(&tom).await, of(&[0]), "a user of a team sees no more for it");
        assert_eq!(seen(&globex.owner).await, Vec::<String>::new());
        let working = ["read", "edit", "assign", "release", "archive"];
        expect_shown(&mia, &leads[0], &working).await;
        expect_shown(&mia, &leads[4], &working).await;
        expect_hidden(&mia, &leads[3]).await;
        expect_hidden(&globex.owner, &leads[0]).await;

        let toms = mia.get(format!("/v1/leads?owner={}", tom.id)).await.expect(200);
        assert_eq!(ids(&toms.items()), of(&[0]));
        let refused = mia.get(format!("/v1/leads?owner={}", eve.id)).await;
        let problem = refused.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "leads.view_all");
        assert_eq!(ids(&mia.get("/v1/leads?owner=me").await.expect(200).items()), of(&[4]));
    }

    async fn a_manager_sees_what_their_users_only_made_no_more_than_others(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let tom = acme.agent("Tom").await;
        acme.team("Blue", &[&mia], &[&tom]).await;
        let made = tom.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json();
        assert!(seen(&mia).await.is_empty());
        expect_hidden(&mia, &text(&made["id"])).await;
        let mias = mia.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json();
        assert_eq!(mias["allowed_actions"], json!(["read"]), "nobody's, and only entered by her");
        assert_eq!(seen(&mia).await, [text(&mias["id"])]);
        expect_shown(&mia, &text(&mias["id"]), &["read"]).await;
    }

    async fn a_managers_sight_follows_the_team_on_the_next_request(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let mia = acme.person("manager", "Mia").await;
        let tom = acme.agent("Tom").await;
        let lead = own(&tom).await;
        let mut mias = vec![mia.on_a_new_connection()];
        mias.extend(replicas.iter().map(|replica| mia.at(replica)));
        let team = acme.team("Blue", &[], &[]).await;
        for _ in 0..3 {
            acme.set_team(&team, &[&mia], &[&tom]).await;
            for client in &mias {
                assert_eq!(seen(client).await, [&*lead]);
                expect_shown(client, &lead, &["read", "edit", "assign", "release", "archive"]).await;
            }
            acme.set_team(&team, &[], &[&tom, &mia]).await;
            for client in &mias {
                assert!(seen(client).await.is_empty());
                expect_hidden(client, &lead).await;
            }
            acme.set_team(&team, &[&mia], &[]).await;
            for client in &mias {
                expect_hidden(client, &lead).await;
            }
        }
        acme.ends_in_order(replicas).await;
    }

    async fn an_agent_sees_their_team_where_that_was_granted(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        acme.team("Blue", &[&mia], &[&tom, &ann]).await;
        acme.team("Red", &[&mia], &[&ben]).await;
        let [toms, anns, bens, mias] = [own(&tom).await, own(&ann).await, own(&ben).await, own(&mia).await];
        assert_eq!(seen(&tom).await, [&*toms]);
        let path = format!("/v1/users/{}/permissions", tom.id);
        let granted = json!({"grant": ["leads.view_team"], "deny": []});
        acme.owner.put(&path, granted).await.expect(200);
        assert_eq!(seen(&tom).await, newest_first(&[&anns, &toms]));
        for hidden in [&bens, &mias] {
            expect_hidden(&tom, hidden).await;
        }
        expect_shown(&tom, &anns, &["read", "edit"]).await;
        acme.owner.put(&path, json!({"grant": [], "deny": ["leads.view"]})).await.expect(200);
        let problem = tom.get("/v1/leads").await.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "leads.view");
    }

    async fn a_former_owner_looks_on_and_the_creator_too(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        acme.team("Blue", &[&mia], &[&tom]).await;
        let body = json!({
            "first_name": "Lee", "assignment": {"mode": "user", "user_id": tom.id},
        });
        let lead = mia.post("/v1/leads", body).await.expect(201).json();
        assert_eq!(lead["allowed_actions"], json!(["read", "edit", "assign", "release", "archive"]));
        let lead = text(&lead["id"]);
        let to_ann = json!({"user_id": ann.id});
        acme.owner.put(format!("/v1/leads/{lead}/owner"), to_ann).await.expect(200);
        for person in [&tom, &mia] {
            expect_shown(person, &lead, &["read"]).await;
            assert_eq!(seen(person).await, [&*lead], "Mia made it, Tom had it");
        }
        assert!(ids(&tom.get("/v1/leads?owner=me").await.expect(200).items()).is_empty());
        let back = json!({"user_id": tom.id});
        acme.owner.put(format!("/v1/leads/{lead}/owner"), back).await.expect(200);
        expect_shown(&mia, &lead, &["read", "edit", "assign", "release", "archive"]).await;
        expect_shown(&tom, &lead, &["read", "edit"]).await;
        expect_shown(&ann, &lead, &["read"]).await;
    }

    async fn who_may_hand_over_their_own_is_told_so(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let path = format!("/v1/users/{}/permissions", tom.id);
        let granted = json!({"grant": ["leads.transfer_own"], "deny": []});
        acme.owner.put(path, granted).await.expect(200);
        let lead = own(&tom).await;
        expect_shown(&tom, &lead, &["read", "edit", "assign", "release"]).await;
        let nobodys = tom.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json();
        assert_eq!(nobodys["allowed_actions"], json!(["read"]));
    }

    async fn a_key_sees_what_it_made(database: Database) {
        let acme = World::start(database).await;
        let lead = || json!({"first_name": "Lee"});
        let blind = acme.integration(&["leads.create"]).await;
        let made = blind.post("/v1/leads", lead()).idempotency_key("k").await.expect(201).json();
        assert_eq!(made["allowed_actions"], json!([]), "it may not read leads");
        let again = blind.post("/v1/leads", lead()).idempotency_key("k").await.expect(201).json();
        assert_eq!(again, made);
        let form = acme.integration(&["leads.create", "leads.view", "leads.assign"]).await;
        let mine = form.post("/v1/leads", lead()).await.expect(201).json();
        assert_eq!(mine["allowed_actions"], json!(["read", "assign"]));
        assert_eq!(seen(&form).await, [text(&mine["id"])]);
        expect_shown(&form, &text(&mine["id"]), &["read", "assign"]).await;
        expect_hidden(&form, &text(&made["id"])).await;
        let refused = form.get(format!("/v1/leads?owner={}", acme.owner.id)).await;
        refused.expect_problem(403, "permission_denied");
    }

    async fn a_team_as_a_filter_shows_what_its_users_work_on(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let blue = acme.team("Blue", &[&mia], &[&tom, &ann]).await;
        let red = acme.team("Red", &[], &[&ben, &mia]).await;
        let hidden = acme.team("Hidden", &[], &[&tom]).await;
        let foreign = globex.team("Blue", &[], &[]).await;
        let [toms, anns, bens, mias] = [own(&tom).await, own(&ann).await, own(&ben).await, own(&mia).await];
        tom.post("/v1/leads", json!({"first_name": "Nobody's"})).await.expect(201);

        let found = async |person: &Person, query: &str| -> Vec<String> {
            ids(&person.get(format!("/v1/leads?{query}")).await.expect(200).items())
        };
        let of_blue = newest_first(&[&toms, &anns]);
        assert_eq!(found(&acme.owner, &format!("team_id={blue}")).await, of_blue);
        assert_eq!(found(&mia, &format!("team_id={blue}")).await, of_blue);
        let of_red = newest_first(&[&bens, &mias]);
        assert_eq!(found(&acme.owner, &format!("team_id={red}")).await, of_red);
        assert_eq!(found(&mia, &format!("team_id={red}")).await, [&*mias], "no manager of it");
        let one = format!("team_id={blue}&owner={}", tom.id);
        assert_eq!(found(&mia, &one).await, [&*toms]);
        assert!(found(&mia, &format!("team_id={blue}&status=won")).await.is_empty());
        let first = mia.get(format!("/v1/leads?team_id={blue}&limit=1")).await.expect(200);
        let cursor = text(&first.json()["next_cursor"]);
        let second = found(&mia, &format!("team_id={blue}&limit=1&cursor={cursor}")).await;
        assert_eq!([ids(&first.items()), second].concat(), of_blue);

        for (person, team) in [(&mia, &hidden), (&mia, &foreign), (&acme.owner, &foreign), (&tom, &blue)] {
            let refused = person.get(format!("/v1/leads?team_id={team}")).await;
            refused.expect_faults(&[("/team_id", "unknown_team")]);
        }
    }

    async fn nothing_crosses_between_organizations(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let tom = acme.agent("Tom").await;
        let lead = own(&tom).await;
        assert!(globex.owner.get("/v1/leads").await.expect(200).items().is_empty());
        expect_hidden(&globex.owner, &lead).await;
        let access = globex.owner.get(format!("/v1/leads/{lead}/access")).await;
        access.expect_problem(404, "not_found");
        let key = globex.integration(&["leads.view", "leads.view_all"]).await;
        assert!(key.get("/v1/leads").await.expect(200).items().is_empty());
        let toms = globex.owner.get(format!("/v1/leads?owner={}", tom.id)).await.expect(200);
        assert!(toms.items().is_empty());
        let foreign = acme.group("Sales", &[]).await;
        let answer = globex.owner.get(format!("/v1/leads?group_id={foreign}")).await;
        assert!(matches!(answer.status.as_u16(), 200 | 422), "{answer}");
        if answer.status == 200 {
            assert!(answer.items().is_empty());
        }
    }

    async fn a_managers_list_is_stable_and_has_everything_once(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let users = acme.agents(["Tom", "Ann", "Ben", "Eve"]).await;
        let all: Vec<&Person> = users.iter().collect();
        acme.team("Blue", &[&mia], &all).await;
        // Each on two teams: what two of them make visible comes once.
        acme.team("Red", &[&mia], &all).await;
        let group = acme.group("Sales", &all).await;
        let mut made: Vec<String> = Vec::new();
        for number in 0..24 {
            let lead = mia.post("/v1/leads", lead_for(&group, number)).await.expect(201).json();
            made.insert(0, text(&lead["id"]));
        }
        let mut path = "/v1/leads?limit=5".to_owned();
        let mut found = Vec::new();
        let mut next: Option<Value> = Some(Value::Null);
        while next.is_some() {
            let page = mia.get(&path).await.expect(200);
            found.extend(ids(&page.items()));
            // Newer ones, which belong to no later page.
            mia.post("/v1/leads", lead_for(&group, found.len() + 100)).await.expect(201);
            next = page.json().get("next_cursor").filter(|cursor| !cursor.is_null()).cloned();
            if let Some(cursor) = &next {
                path = format!("/v1/leads?limit=5&cursor={}", text(cursor));
            }
        }
        assert_eq!(found, made);
    }
}
