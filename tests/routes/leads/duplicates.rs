//! Leads of a person who came before: whose they become, how they are linked, who sees that.

use serde_json::{Value, json};

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{distribution, owner};
use crate::support::ledger::expect_sound_ledger;
use crate::support::off_boarding::deactivate;
use crate::support::world::{World, sign_in};

/// Lee, whose address is always the same, distributed to a group.
fn lee(group: &str) -> Value {
    person(group, json!({"email": "lee@customer.example"}))
}

/// Somebody with these contacts, distributed to a group.
fn person(group: &str, mut lead: Value) -> Value {
    lead["assignment"] = json!({"mode": "distribute", "group_id": group});
    lead
}

async fn made(client: &Client, lead: Value) -> Value {
    client.post("/v1/leads", lead).await.expect(201).json()
}

async fn set(acme: &World, settings: Value) {
    acme.owner.patch("/v1/organization", settings).await.expect(200);
}

async fn shown(client: &Client, lead: &Value) -> Value {
    client.get(format!("/v1/leads/{}", text(&lead["id"]))).await.expect(200).json()
}

async fn duplicates_of(client: &Client, lead: &Value) -> Vec<String> {
    let path = format!("/v1/leads?duplicate_of={}", text(&lead["id"]));
    ids(&client.get(path).await.expect(200).items())
}

#[track_caller]
fn expect_duplicate(lead: &Value, earlier: &Value) {
    assert_eq!(lead["duplicate_of"], earlier["id"], "{lead} is a duplicate of {earlier}");
    assert_eq!(owner(lead), owner(earlier));
    assert_eq!(lead["assignment"]["source"], "duplicate");
    assert_eq!(lead["assignment"]["outcome"], "assigned");
    for member in ["reason", "turn", "rotation_id", "ledger_hash"] {
        assert_eq!(lead["assignment"][member], Value::Null, "{member} of {lead}");
    }
}

#[track_caller]
fn expect_dealt(lead: &Value, turn: u64) {
    assert_eq!(lead["assignment"]["source"], "distribution", "{lead}");
    assert_eq!(lead["assignment"]["turn"], turn, "{lead}");
}

both! {
    async fn the_previous_owner_gets_it_and_no_rotation_takes_notice(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group_with_limits("Sales", &[&tom, &ann], 2, 0).await;
        let service = acme.group("Service", &[&ann]).await;
        let first = made(&acme.owner, lee(&sales)).await;
        expect_dealt(&first, 1);
        assert_eq!((&first["duplicate_of"], &first["duplicate_count"]), (&Value::Null, &json!(0)));
        let before = distribution(&acme.owner, &sales).await;

        // Through the same group, another one, and by the rules.
        let mut latest = first.clone();
        for lead in [lee(&sales), lee(&service), json!({"email": "LEE@Customer.Example"})] {
            let lead = made(&acme.owner, lead).await;
            expect_duplicate(&lead, &latest);
            assert_eq!(lead["group_id"], Value::Null, "no rotation dealt it");
            assert_eq!(shown(&acme.owner, &lead).await, lead);
            let earlier = shown(&tom, &latest).await;
            assert_eq!(earlier["duplicate_count"], 1);
            assert_eq!(earlier["version"], latest["version"], "the earlier one does not change");
            assert_eq!(duplicates_of(&tom, &latest).await, [text(&lead["id"])]);
            latest = lead;
        }
        assert_eq!(distribution(&acme.owner, &sales).await, before, "nothing was counted");
        assert_eq!(distribution(&acme.owner, &service).await["turn"], 0);
        let other = made(&acme.owner, person(&sales, json!({"first_name": "Kim"}))).await;
        expect_dealt(&other, 2);
        assert_eq!(owner(&other), ann.id, "who is next is who was");
        expect_sound_ledger(&acme, &sales).await;
    }

    async fn a_person_is_known_by_address_or_number_however_written(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        let by = async |contacts: Value| made(&acme.owner, person(&sales, contacts)).await;
        let address = by(json!({"email": "Lee@Customer.example"})).await;
        let number = by(json!({"phone": "020 7946 0018"})).await;
        assert_eq!(number["duplicate_of"], Value::Null);
        assert_eq!((owner(&address), owner(&number)), (tom.id.clone(), ann.id.clone()));
        // The later of the two counts.
        let both = json!({"email": "lee@customer.EXAMPLE", "phone": "+44 (0)20 7946-0018"});
        let both = by(both).await;
        expect_duplicate(&both, &number);
        let again = by(json!({"email": "lee@customer.example"})).await;
        expect_duplicate(&again, &both);
        let berlin = by(json!({"phone": "030 901820", "country": "DE"})).await;
        assert_eq!(berlin["duplicate_of"], Value::Null);
        expect_duplicate(&by(json!({"phone": "+49 (30) 90-18-20"})).await, &berlin);
        // Who writes +something asks to be told apart.
        for email in ["lee+news@customer.example", "l.ee@customer.example"] {
            assert_eq!(by(json!({"email": email})).await["duplicate_of"], Value::Null, "{email}");
        }
        assert_eq!(by(json!({"first_name": "Lee"})).await["duplicate_of"], Value::Null);
        assert_eq!(by(json!({"first_name": "Lee"})).await["duplicate_of"], Value::Null);
    }

    async fn where_it_is_only_flagged_it_is_dealt_like_any_other(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        set(&acme, json!({"duplicate_policy": "flag"})).await;
        let first = made(&acme.owner, lee(&sales)).await;
        let second = made(&acme.owner, lee(&sales)).await;
        expect_dealt(&second, 2);
        assert_eq!(owner(&second), ann.id);
        assert_eq!(second["duplicate_of"], first["id"]);
        assert_eq!(shown(&acme.owner, &first).await["duplicate_count"], 1);
    }

    async fn where_it_is_not_looked_for_people_are_known_all_the_same(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        set(&acme, json!({"duplicate_policy": "off"})).await;
        made(&acme.owner, lee(&sales)).await;
        let second = made(&acme.owner, lee(&sales)).await;
        expect_dealt(&second, 2);
        assert_eq!(second["duplicate_of"], Value::Null);
        set(&acme, json!({"duplicate_policy": "assign_to_previous_owner"})).await;
        expect_duplicate(&made(&acme.owner, lee(&sales)).await, &second);
    }

    async fn where_it_is_refused_nothing_is_left_of_it(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        set(&acme, json!({"duplicate_policy": "reject"})).await;
        let first = made(&acme.owner, lee(&sales)).await;
        let mut with_id = lee(&sales);
        with_id["external_id"] = json!("form-17");
        with_id["phone"] = json!("020 7946 0018");
        let asked = ["distribute", "route", "me", "none"].map(|mode| {
            let mut lead = with_id.clone();
            if mode != "distribute" {
                lead["assignment"] = json!({"mode": mode});
            }
            lead
        });
        for lead in &asked {
            let refused = acme.owner.post("/v1/leads", lead.clone()).idempotency_key("k1").await;
            let problem = refused.expect_problem(409, "duplicate_lead");
            assert_eq!(problem["lead_id"], first["id"]);
            assert!(text(&problem["detail"]).contains(&text(&first["id"])), "{problem}");
        }
        assert_eq!(acme.owner.get("/v1/leads").await.expect(200).items().len(), 1);
        assert_eq!(distribution(&acme.owner, &sales).await["turn"], 1);
        // Neither its other contact, nor its external id, nor its key was taken.
        let number = made(&acme.owner, person(&sales, json!({"phone": "020 7946 0018"}))).await;
        expect_dealt(&number, 2);
        set(&acme, json!({"duplicate_policy": "flag"})).await;
        let last = acme.owner.post("/v1/leads", with_id).idempotency_key("k1").await.expect(201);
        assert_eq!(last.header("idempotency-replayed"), "");
        assert_eq!(last.json()["duplicate_of"], number["id"]);
    }

    async fn an_explicit_owner_is_linked_and_not_overruled(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&tom]).await;
        let mut latest = made(&acme.owner, lee(&sales)).await;
        let asked = [
            (json!({"mode": "user", "user_id": ann.id}), Some(&ann.id), json!("manual")),
            (json!({"mode": "me"}), Some(&acme.owner.id), json!("creator")),
            (json!({"mode": "none"}), None, Value::Null),
        ];
        for (assignment, expected, source) in asked {
            let mut lead = lee(&sales);
            lead["assignment"] = assignment;
            let lead = made(&acme.owner, lead).await;
            assert_eq!(lead["owner"]["id"].as_str(), expected.map(String::as_str), "{lead}");
            assert_eq!(lead["assignment"]["source"], source);
            assert_eq!(lead["duplicate_of"], latest["id"]);
            latest = lead;
        }
        // Nobody has the latest.
        let next = made(&acme.owner, lee(&sales)).await;
        expect_dealt(&next, 2);
        assert_eq!(next["duplicate_of"], latest["id"]);
    }

    async fn who_has_left_gets_nothing_more(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        let first = made(&acme.owner, lee(&sales)).await;
        assert_eq!(owner(&first), tom.id);
        let keep = json!({"leads": {"action": "keep"}});
        deactivate(&acme.owner, &tom, keep).await.expect(200);
        let second = made(&acme.owner, lee(&sales)).await;
        expect_dealt(&second, 2);
        assert_eq!(owner(&second), ann.id);
        assert_eq!(second["duplicate_of"], first["id"]);
        // Whose it is counts, not whose it was; in a rotation they need not be.
        let path = format!("/v1/leads/{}/owner", text(&second["id"]));
        acme.owner.put(path, json!({"user_id": ben.id})).await.expect(200);
        assert_eq!(owner(&made(&acme.owner, lee(&sales)).await), ben.id);
    }

    async fn the_window_is_so_many_times_24_hours_from_the_latest(database: Database) {
        let mut acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        set(&acme, json!({"duplicate_window_days": 2})).await;
        let form = acme.integration(&["leads.create", "leads.view"]).await;
        let first = made(&form, lee(&sales)).await;
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+47h")]).await;
        let second = made(&form, lee(&sales)).await;
        expect_duplicate(&second, &first);
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+94h")]).await;
        let third = made(&form, lee(&sales)).await;
        expect_duplicate(&third, &second);
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+143h")]).await;
        let fourth = made(&form, lee(&sales)).await;
        expect_dealt(&fourth, 2);
        assert_eq!(fourth["duplicate_of"], Value::Null);
        let olivia = sign_in(&acme.owner, &acme.owner.email).await;
        assert_eq!(shown(&olivia, &third).await["duplicate_count"], 0);
    }

    async fn links_show_no_lead_that_one_does_not_see(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let mia = acme.person("manager", "Mia").await;
        acme.team("Blue", &[&mia], &[&ann]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        set(&acme, json!({"duplicate_policy": "flag"})).await;
        let first = made(&acme.owner, lee(&sales)).await;
        let second = made(&acme.owner, lee(&sales)).await;
        assert_eq!((owner(&first), owner(&second)), (tom.id.clone(), ann.id.clone()));

        let nothing = Vec::<String>::new();
        for (reader, sees_link) in [(&acme.owner, true), (&ann, false), (&mia, false)] {
            let lead = shown(reader, &second).await;
            let expected = if sees_link { first["id"].clone() } else { Value::Null };
            assert_eq!(lead["duplicate_of"], expected);
            let listed = reader.get("/v1/leads").await.expect(200).items();
            assert!(listed.contains(&lead), "the list shows what the record shows");
            let found = duplicates_of(reader, &first).await;
            assert_eq!(found, if sees_link { vec![text(&second["id"])] } else { nothing.clone() });
        }
        assert_eq!(shown(&tom, &first).await["duplicate_count"], 0);
        assert_eq!(duplicates_of(&tom, &first).await, nothing);
        assert_eq!(shown(&acme.owner, &first).await["duplicate_count"], 1);
        // Nor does whoever moves a lead out of their own sight, or adds one.
        let path = format!("/v1/leads/{}/owner", text(&second["id"]));
        let moved = mia.put(&path, json!({"user_id": mia.id})).await.expect(200).json();
        assert_eq!(moved["duplicate_of"], Value::Null);
        let released = mia.request(reqwest::Method::DELETE, &path).await.expect(200).json();
        assert_eq!(released["duplicate_of"], Value::Null);
        let mut third = lee(&sales);
        third["assignment"] = json!({"mode": "none"});
        let third = made(&tom, third).await;
        assert_eq!(third["duplicate_of"], Value::Null, "the latest is not Tom's");
        assert_eq!(shown(&acme.owner, &third).await["duplicate_of"], second["id"]);
        let mut fourth = lee(&sales);
        fourth["assignment"] = json!({"mode": "none"});
        assert_eq!(made(&tom, fourth).await["duplicate_of"], third["id"], "he added that one");
    }

    async fn a_refusal_names_no_lead_that_one_does_not_see(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let mia = acme.person("manager", "Mia").await;
        acme.team("Blue", &[&mia], &[&tom]).await;
        let sales = acme.group("Sales", &[&tom]).await;
        set(&acme, json!({"duplicate_policy": "reject"})).await;
        let first_form = acme.integration(&["leads.create", "leads.view"]).await;
        let other_form = acme.integration(&["leads.create", "leads.view"]).await;
        let blind = acme.integration(&["leads.create"]).await;
        let first = made(&first_form, lee(&sales)).await;
        assert_eq!(owner(&first), tom.id);
        let posters: [(&Client, bool); 7] = [
            (&acme.owner, true),
            (&mia, true),
            (&tom, true),
            (&ann, false),
            (&first_form, true),
            (&other_form, false),
            (&blind, false),
        ];
        for (poster, sees) in posters {
            let refused = poster.post("/v1/leads", lee(&sales)).await;
            let problem = refused.expect_problem(409, "duplicate_lead");
            let expected = if sees { first["id"].clone() } else { Value::Null };
            assert_eq!(problem.get("lead_id"), Some(&expected), "{problem}");
            assert!(sees || !refused.to_string().contains(&text(&first["id"])), "{refused}");
        }
    }

    async fn another_organization_s_people_are_others(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        set(&acme, json!({"duplicate_policy": "reject"})).await;
        let lee = || json!({"email": "lee@customer.example", "assignment": {"mode": "me"}});
        made(&acme.owner, lee()).await;
        let theirs = made(&globex.owner, lee()).await;
        assert_eq!(theirs["duplicate_of"], Value::Null);
        acme.owner.post("/v1/leads", lee()).await.expect_problem(409, "duplicate_lead");
        let again = made(&globex.owner, lee()).await;
        assert_eq!(again["duplicate_of"], theirs["id"]);
    }

    async fn what_is_refused_for_another_reason_leaves_no_trace_of_the_person(database: Database) {
        let acme = World::start(database).await;
        let sales = acme.group("Sales", &[&acme.owner]).await;
        let globex = acme.second_organization().await;
        let foreign = globex.group("Sales", &[]).await;
        let refused = acme.owner.post("/v1/leads", lee(&foreign)).await;
        refused.expect_faults(&[("/assignment/group_id", "unknown_group")]);
        let lead = made(&acme.owner, lee(&sales)).await;
        assert_eq!(lead["duplicate_of"], Value::Null);
        expect_dealt(&lead, 1);
    }
}
