//! `POST /v1/leads/bulk-assign` and `POST /v1/bulk-assignments/{id}/undo`.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::activities::grant;
use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{all_added, batch, fresh_number, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::waiting::{Then, lead_ids, waiting, when_nobody_eligible};
use crate::support::world::{Person, World};

const PATH: &str = "/v1/leads/bulk-assign";

async fn nobodys(client: &Client, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let body = json!({"first_name": "Lee", "assignment": {"mode": "none"},
                          "email": format!("lee{}@customer.example", fresh_number())});
        ids.push(text(&client.post("/v1/leads", body).await.expect(201).json()["id"]));
    }
    ids
}

async fn owner_of(client: &Client, lead: &str) -> Value {
    client.get(format!("/v1/leads/{lead}")).await.expect(200).json()["owner"]["id"].clone()
}

async fn undo(client: &Client, bulk: &Value) -> Answer {
    client.request(Method::POST, format!("/v1/bulk-assignments/{}/undo", text(&bulk["id"]))).await
}

fn filter_of(source: &str) -> Value {
    json!({"source": source})
}

fn counts(bulk: &Value) -> (i64, i64, i64) {
    let count = |name: &str| bulk[name].as_i64().unwrap();
    (count("moved"), count("unchanged"), count("failed"))
}

fn outcomes(bulk: &Value) -> Vec<(String, Value)> {
    let result = |it: &Value| (text(&it["outcome"]), it["code"].clone());
    bulk["data"].as_array().unwrap().iter().map(result).collect()
}

fn done(outcome: &str, code: Option<&str>) -> (String, Value) {
    (outcome.to_owned(), json!(code))
}

both! {
    async fn to_a_user_to_nobody_and_back(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let ids = nobodys(&acme.owner, 3).await;
        let to_tom = json!({"lead_ids": ids, "to": {"user_id": tom.id}, "note": "For Tom."});
        let preview = acme.owner.post(format!("{PATH}?preview=true"), to_tom.clone()).await.expect(200);
        assert_eq!((counts(&preview.json()), &preview.json()["id"]), ((3, 0, 0), &Value::Null));
        assert_eq!(owner_of(&acme.owner, &ids[0]).await, Value::Null);
        let given = acme.owner.post(PATH, to_tom.clone()).await.expect(200).json();
        assert_eq!(counts(&given), (3, 0, 0));
        for (result, id) in given["data"].as_array().unwrap().iter().zip(&ids) {
            assert_eq!((&result["lead_id"], &result["owner"]["id"]), (&json!(id), &json!(tom.id)));
            let lead = tom.get(format!("/v1/leads/{id}")).await.expect(200).json();
            assert_eq!(lead["assignment"]["id"], result["assignment_id"]);
            assert_eq!(lead["assignment"]["source"], "manual");
        }
        let note = tom.get(format!("/v1/leads/{}/assignments", ids[0])).await.expect(200).items();
        assert_eq!(note[0]["note"], "For Tom.");
        assert_eq!(counts(&acme.owner.post(PATH, to_tom).await.expect(200).json()), (0, 3, 0));

        let to_ann = json!({"lead_ids": [ids[2], ids[0]], "to": {"user_id": ann.id}});
        let moved = acme.owner.post(PATH, to_ann).await.expect(200).json();
        assert_eq!(counts(&moved), (2, 0, 0));
        assert_eq!(owner_of(&acme.owner, &ids[1]).await, tom.id);
        let released = json!({"lead_ids": ids, "to": null});
        let released = acme.owner.post(PATH, released).await.expect(200).json();
        assert_eq!(counts(&released), (3, 0, 0));
        assert_eq!(released["data"][0]["reason"], "released");

        // Taken back as a whole, once, in the reverse order of what was done.
        assert_eq!(counts(&undo(&acme.owner, &released).await.expect(200).json()), (3, 0, 0));
        assert_eq!(owner_of(&acme.owner, &ids[0]).await, ann.id);
        assert_eq!(owner_of(&acme.owner, &ids[1]).await, tom.id);
        undo(&acme.owner, &released).await.expect_problem(409, "nothing_to_undo");
    }

    async fn undone_is_what_nobody_has_decided_on_since(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, gone] = acme.agents(["Tom", "Ann", "Gone"]).await;
        let ids = nobodys(&acme.owner, 4).await;
        let own = json!({"lead_ids": [ids[1]], "to": {"user_id": gone.id}});
        acme.owner.post(PATH, own).await.expect(200);
        let bulk = json!({"lead_ids": ids, "to": {"user_id": tom.id}});
        let bulk = acme.owner.post(PATH, bulk).await.expect(200).json();
        let to_ann = json!({"user_id": ann.id});
        acme.owner.put(format!("/v1/leads/{}/owner", ids[0]), to_ann).await.expect(200);
        acme.owner.delete(format!("/v1/leads/{}", ids[2])).await.expect(204);
        let leave = json!({"leads": {"action": "keep"}});
        acme.owner.post(format!("/v1/users/{}/deactivate", gone.id), leave).await.expect(200);
        let undone = undo(&acme.owner, &bulk).await.expect(200).json();
        let expected = [done("failed", Some("owner_changed")), done("failed", Some("inactive_user")),
            done("failed", Some("lead_archived")), done("moved", None)];
        assert_eq!(outcomes(&undone), expected);
        let owners = [json!(ann.id), json!(tom.id), json!(tom.id), Value::Null];
        for (id, owner) in ids.iter().zip(owners) {
            assert_eq!(owner_of(&acme.owner, id).await, owner);
        }
    }

    async fn dealt_leads_keep_strict_turns(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, max] = acme.agents(["Tom", "Ann", "Max"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &max]).await;
        post_in_turn(&acme.owner, &group, 1).await;
        let mut ids = nobodys(&acme.owner, 7).await;
        ids.reverse();
        let body = json!({"lead_ids": ids, "to": {"group_id": group}});
        let dealt = acme.owner.post(PATH, body).await.expect(200).json();
        let order = [&ann.id, &max.id, &tom.id];
        for (index, result) in dealt["data"].as_array().unwrap().iter().enumerate() {
            assert_eq!(result["turn"], index + 2);
            assert_eq!(result["owner"]["id"], *order[index % 3]);
        }
        // What has an owner is dealt anew only where that is said.
        let again = json!({"lead_ids": ids[..2], "to": {"group_id": group}});
        let refused = acme.owner.post(PATH, again).await.expect(200).json();
        assert_eq!(outcomes(&refused), [done("failed", Some("lead_owned")), done("failed", Some("lead_owned"))]);
        let again = json!({"lead_ids": ids[..2], "to": {"group_id": group}, "redistribute": true});
        let dealt = acme.owner.post(PATH, again).await.expect(200).json();
        assert_eq!((&dealt["data"][0]["turn"], &dealt["data"][1]["turn"]), (&json!(9), &json!(10)));
        // Taken back, the turns stay dealt.
        assert_eq!(counts(&undo(&acme.owner, &dealt).await.expect(200).json()), (2, 0, 0));
        assert_eq!(owner_of(&acme.owner, &ids[0]).await, ann.id);
        let next = post_in_turn(&acme.owner, &group, 1).await;
        assert_eq!(next[0]["assignment"]["turn"], 11);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn a_thousand_at_once(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let form = acme.integration(&["leads.create"]).await;
        let lead = json!({"first_name": "Lee", "assignment": {"mode": "none"}});
        let made = form.post("/v1/leads/batch", batch("atomic", &vec![lead; 1_000])).await;
        let made = all_added(&made.expect(200).json());
        let ids: Vec<String> = made.iter().map(|lead| text(&lead["id"])).collect();
        let body = json!({"lead_ids": ids, "to": {"group_id": group}, "mode": "atomic"});
        let dealt = acme.owner.post(PATH, body).await.expect(200).json();
        assert_eq!(counts(&dealt), (1_000, 0, 0));
        for (index, result) in dealt["data"].as_array().unwrap().iter().enumerate() {
            assert_eq!(result["turn"], index + 1);
            let expected = if index % 2 == 0 { &tom.id } else { &ann.id };
            assert_eq!(result["owner"]["id"], *expected);
        }
        assert_eq!(counts(&undo(&acme.owner, &dealt).await.expect(200).json()), (1_000, 0, 0));
        let more: Vec<&String> = ids.iter().chain(&ids[..1]).collect();
        acme.owner.post(PATH, json!({"lead_ids": more, "to": null})).await
            .expect_faults(&[("/lead_ids", "too_many")]);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn each_by_the_rules_of_doing_it_singly(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        acme.team("Blue", &[&mia], &[&tom]).await;
        let own = |person: &Person| {
            let client = (*person).clone();
            async move {
                let body = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
                text(&client.post("/v1/leads", body).await.expect(201).json()["id"])
            }
        };
        let (toms, anns) = (own(&tom).await, own(&ann).await);
        let archived = own(&tom).await;
        acme.owner.delete(format!("/v1/leads/{archived}")).await.expect(204);
        // Former owners only look.
        let lost = own(&mia).await;
        acme.owner.put(format!("/v1/leads/{lost}/owner"), json!({"user_id": ann.id})).await.expect(200);
        let ids = [&toms, &anns, &archived, &lost];
        let expected = [done("moved", None), done("failed", Some("not_found")),
            done("failed", Some("lead_archived")), done("failed", Some("permission_denied"))];
        let body = json!({"lead_ids": ids, "to": {"user_id": mia.id}});
        let atomic = json!({"lead_ids": ids, "to": {"user_id": mia.id}, "mode": "atomic"});
        mia.post(PATH, atomic).await.expect_faults(&[("/lead_ids/1", "not_found"),
            ("/lead_ids/2", "lead_archived"), ("/lead_ids/3", "permission_denied")]);
        assert_eq!(owner_of(&acme.owner, &toms).await, tom.id);
        let bulk = mia.post(PATH, body.clone()).await.expect(200).json();
        assert_eq!(outcomes(&bulk), expected);
        // Not to who is on none of her teams, nor through a group.
        let away = json!({"lead_ids": [toms], "to": {"user_id": ann.id}});
        assert_eq!(outcomes(&mia.post(PATH, away).await.expect(200).json()),
            [done("failed", Some("permission_denied"))]);
        let group = acme.group("Sales", &[&tom]).await;
        let through = json!({"lead_ids": [toms], "to": {"group_id": group}});
        mia.post(PATH, through).await.expect_problem(403, "permission_denied");
        tom.post(PATH, body.clone()).await.expect_problem(403, "permission_denied");
        let foreign = globex.owner.post(PATH, json!({"lead_ids": [toms], "to": null})).await;
        assert_eq!(outcomes(&foreign.expect(200).json()), [done("failed", Some("not_found"))]);
        for stranger in [&ann, &globex.owner] {
            let answer = undo(stranger, &bulk).await;
            assert!(matches!(answer.status.as_u16(), 403 | 404), "{answer}");
        }
        assert_eq!(counts(&undo(&mia, &bulk).await.expect(200).json()), (1, 0, 0));
    }

    async fn who_cannot_be_given_leads_is_told_why(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let gone = acme.agent("Gone").await;
        let leave = json!({"leads": {"action": "keep"}});
        acme.owner.post(format!("/v1/users/{}/deactivate", gone.id), leave).await.expect(200);
        let body = json!({"email": "ivy@acme.example", "first_name": "Ivy", "role": "agent",
            "send_email": false});
        let ivy = acme.owner.post("/v1/users", body).await.expect(201).json();
        let ivy = text(&ivy["id"]);
        let ids = nobodys(&acme.owner, 1).await;
        let cases = [(&gone.id, "inactive_user"), (&ivy, "invited_user"),
            (&globex.owner.id, "unknown_user")];
        for (user, code) in cases {
            let body = json!({"lead_ids": ids, "to": {"user_id": user}});
            acme.owner.post(PATH, body).await.expect_faults(&[("/to/user_id", code)]);
            let single = acme.owner.put(format!("/v1/leads/{}/owner", ids[0]), json!({"user_id": user}));
            single.await.expect_faults(&[("/user_id", code)]);
        }
        let unknown = json!({"lead_ids": ids, "to": {"team_id": globex.owner.id}});
        acme.owner.post(PATH, unknown).await.expect_faults(&[("/to/team_id", "unknown_team")]);
        let wrong = json!({"lead_ids": [], "to": {}, "mode": "some", "redistribute": 1, "x": 1});
        acme.owner.post(PATH, wrong).await.expect_faults(&[("/lead_ids", "required"),
            ("/to", "invalid_value"), ("/mode", "invalid_value"), ("/redistribute", "invalid_type"),
            ("/x", "unknown_field")]);
        acme.owner.post(PATH, json!({"lead_ids": [ids[0], ids[0]]})).await
            .expect_faults(&[("/lead_ids/1", "duplicate"), ("/to", "required")]);
    }

    async fn a_repetition_changes_nothing(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let ids = nobodys(&acme.owner, 2).await;
        let body = json!({"lead_ids": ids, "to": {"group_id": group}});
        let first = acme.owner.post(PATH, body.clone()).idempotency_key("once").await.expect(200);
        let again = acme.owner.post(PATH, body).idempotency_key("once").await.expect(200);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.json(), first.json());
        let other = json!({"lead_ids": ids, "to": null});
        acme.owner.post(PATH, other).idempotency_key("once").await
            .expect_problem(422, "idempotency_key_reused");
        expect_sound_ledger(&acme, &group).await;
    }

    async fn leads_that_wait_leave_their_lists(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let (group, other) = (acme.group("Sales", &[&tom]).await, acme.group("Other", &[&ann]).await);
        acme.owner.put(format!("/v1/groups/{group}/distribution/pause"), json!({})).await.expect(200);
        when_nobody_eligible(&acme.database, &group, Then::Wait).await;
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        let ids: Vec<String> = leads.iter().map(|lead| text(&lead["id"])).collect();
        let stay = json!({"lead_ids": [ids[0]], "to": {"group_id": group}});
        assert_eq!(counts(&acme.owner.post(PATH, stay).await.expect(200).json()), (0, 1, 0));
        let away = json!({"lead_ids": ids[..2], "to": {"group_id": other}});
        let moved = acme.owner.post(PATH, away).await.expect(200).json();
        assert_eq!(moved["data"][1]["turn"], 2);
        assert_eq!(lead_ids(&waiting(&acme.owner, &group).await), [ids[2].clone()]);
        let released = json!({"lead_ids": [ids[2]], "to": null});
        assert_eq!(counts(&acme.owner.post(PATH, released).await.expect(200).json()), (1, 0, 0));
        assert!(waiting(&acme.owner, &group).await.is_empty());
    }

    async fn bulk_against_single_and_bulk(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, max] = acme.agents(["Tom", "Ann", "Max"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let ids = nobodys(&acme.owner, 24).await;
        let mut racing = JoinSet::new();
        let mut backwards = ids.clone();
        backwards.reverse();
        let bodies = [
            json!({"lead_ids": ids, "to": {"user_id": tom.id}}),
            json!({"lead_ids": backwards, "to": {"user_id": ann.id}}),
            json!({"lead_ids": ids, "to": {"group_id": group}, "redistribute": true}),
            json!({"lead_ids": backwards, "to": null}),
        ];
        for body in bodies {
            let client = acme.owner.on_a_new_connection();
            racing.spawn(async move { drop(client.post(PATH, body).await.expect(200)) });
        }
        for id in &ids {
            let (client, to) = (acme.owner.on_a_new_connection(), json!({"user_id": max.id}));
            let path = format!("/v1/leads/{id}/owner");
            racing.spawn(async move { drop(client.put(path, to).await.expect(200)) });
        }
        racing.join_all().await;
        // Every change of hands begins where the one before ended.
        for id in &ids {
            let told = acme.owner.get(format!("/v1/leads/{id}/assignments")).await.expect(200).items();
            for pair in told.windows(2) {
                assert_eq!(pair[0]["from"]["id"], pair[1]["to"]["id"]);
            }
            assert_eq!(told[0]["to"]["id"], owner_of(&acme.owner, id).await);
        }
        expect_sound_ledger(&acme, &group).await;
    }

    async fn by_a_filter_the_oldest_first(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let body = |number: i64, source: &str| json!({"first_name": "Lee", "source": source,
            "value": {"amount_minor": number, "currency": "GBP"}, "assignment": {"mode": "none"}});
        let mut ids = Vec::new();
        for number in 0..5 {
            let lead = acme.owner.post("/v1/leads", body(number, "fair")).await.expect(201).json();
            ids.push(text(&lead["id"]));
        }
        let other = acme.owner.post("/v1/leads", body(9, "form")).await.expect(201).json();
        let listed = |bulk: &Value| -> Vec<String> {
            bulk["data"].as_array().unwrap().iter().map(|it| text(&it["lead_id"])).collect()
        };

        let filter = json!({"source": "fair", "owner": "unassigned"});
        let to = json!({"filter": filter, "to": {"group_id": group}});
        let preview = acme.owner.post(format!("{PATH}?preview=true"), to.clone()).await.expect(200);
        assert_eq!((counts(&preview.json()), listed(&preview.json())), ((5, 0, 0), ids.clone()));
        let dealt = acme.owner.post(PATH, to.clone()).await.expect(200).json();
        assert_eq!((counts(&dealt), listed(&dealt)), ((5, 0, 0), ids.clone()));
        for (index, result) in dealt["data"].as_array().unwrap().iter().enumerate() {
            assert_eq!(result["turn"], index + 1);
        }
        assert_eq!(owner_of(&acme.owner, &text(&other["id"])).await, Value::Null);
        let none = acme.owner.post(PATH, to).await.expect(200).json();
        assert_eq!((counts(&none), listed(&none)), ((0, 0, 0), Vec::new()));
        assert_eq!(counts(&undo(&acme.owner, &dealt).await.expect(200).json()), (5, 0, 0));

        // In another order where one is named; to Tom what is Ann's.
        let filter = json!({"source": "fair", "sort": "-value"});
        let body = json!({"filter": filter, "to": {"user_id": tom.id}});
        let given = acme.owner.post(PATH, body).await.expect(200).json();
        assert_eq!(listed(&given), ids.iter().rev().cloned().collect::<Vec<_>>());
        // Who lists less, gives less; what the words of a search find, too.
        let filter = json!({"source": "fair", "value_max": "1"});
        let body = json!({"filter": filter, "to": {"user_id": ann.id}, "mode": "atomic"});
        let mia = acme.person("manager", "Mia").await;
        acme.team("Blue", &[&mia], &[&ann]).await;
        assert_eq!(counts(&mia.post(PATH, body.clone()).await.expect(200).json()), (0, 0, 0));
        assert_eq!(counts(&acme.owner.post(PATH, body.clone()).await.expect(200).json()), (2, 0, 0));
        let away = json!({"filter": filter_of("fair"), "to": {"user_id": tom.id}, "mode": "atomic"});
        mia.post(PATH, away).await.expect_faults(&[("/filter", "permission_denied"); 2]);
    }

    async fn by_a_filter_that_cannot_be_obeyed(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let globex = acme.second_organization().await;
        let ids = nobodys(&acme.owner, 1).await;
        let to = json!({"user_id": tom.id});
        let cases = [
            (json!({"to": to}), vec![("/lead_ids", "required")]),
            (json!({"lead_ids": ids, "filter": {}, "to": to}), vec![("/filter", "invalid_value")]),
            (json!({"filter": [], "to": to}), vec![("/filter", "invalid_type"), ("/lead_ids", "required")]),
            (json!({"filter": {"x": "1"}, "to": to}), vec![("/filter/x", "unknown_field")]),
            (json!({"filter": {"status": "lukewarm", "sort": "name", "owner": "he"}, "to": to}),
             vec![("/filter/owner", "invalid_value"), ("/filter/status", "unknown_status"), ("/filter/sort", "invalid_value")]),
            (json!({"filter": {"team_id": globex.owner.id}, "to": to}), vec![("/filter/team_id", "unknown_team")]),
        ];
        for (body, faults) in cases {
            acme.owner.post(PATH, body).await.expect_faults(&faults);
        }
        assert_eq!(owner_of(&acme.owner, &ids[0]).await, Value::Null);
        grant(&acme, &ann, "leads.assign").await;
        let of_tom = json!({"filter": {"owner": tom.id}, "to": null});
        ann.post(PATH, of_tom).await.expect_problem(403, "permission_denied");
    }

    async fn more_than_a_thousand_are_too_many(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let form = acme.integration(&["leads.create"]).await;
        for (count, source) in [(1_000, "fair"), (1, "form")] {
            let lead = json!({"first_name": "Lee", "source": source, "assignment": {"mode": "none"}});
            let body = batch("atomic", &vec![lead; count]);
            assert_eq!(form.post("/v1/leads/batch", body).await.expect(200).json()["created"], count);
        }
        let body = |filter: Value| json!({"filter": filter, "to": {"user_id": tom.id}});
        acme.owner.post(PATH, body(json!({}))).await.expect_faults(&[("/filter", "too_many_leads")]);
        let given = acme.owner.post(PATH, body(filter_of("fair"))).await.expect(200).json();
        assert_eq!(counts(&given), (1_000, 0, 0));
        let left = json!({"owner": "unassigned"});
        assert_eq!(counts(&acme.owner.post(PATH, body(left)).await.expect(200).json()), (1, 0, 0));
    }
}
