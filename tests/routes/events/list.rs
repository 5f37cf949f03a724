//! `GET /v1/events`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::feed::{Poller, expect_each_once, kinds, numbers, stored};
use crate::support::leads::post_in_turn;
use crate::support::tamper::Tamperer;
use crate::support::world::World;

const PATH: &str = "/v1/events";

/// More events of leads than one reading looks at.
const MANY: i64 = 10_050;

/// Writes that many of them behind the server's back.
async fn flood(acme: &World) {
    let hand = Tamperer::of(&acme.database).await;
    let sql = match acme.database.file() {
        Some(_) => format!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {MANY}) \
             INSERT INTO events (organization_id, kind, subject_id, at, data) \
             SELECT X'{}', 'lead.counted', randomblob(16), 0, '{{}}' FROM n",
            acme.id.replace('-', "")
        ),
        None => format!(
            "INSERT INTO events (organization_id, kind, subject_id, at, data) \
             SELECT '{}', 'lead.counted', gen_random_uuid(), 0, '{{}}' \
             FROM generate_series(1, {MANY})",
            acme.id
        ),
    };
    hand.run(&sql).await;
    hand.done().await;
}

both! {
    async fn tells_everything_once_from_the_beginning_on(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let leads = post_in_turn(&acme.owner, &group, 5).await;
        let count = stored(&acme.database).await.len();

        let mut poller = Poller::of(&acme.owner, "limit=3");
        let events = poller.next(count).await;
        expect_each_once(&acme.database, &events).await;
        assert_eq!(events[0]["kind"], "organization.created");
        assert_eq!(events[0]["actor"], json!({"type": "service", "id": null, "name": null}));
        let created: Vec<&Value> =
            events.iter().filter(|event| event["kind"] == "lead.created").collect();
        assert_eq!(created.len(), 5);
        for (event, lead) in created.into_iter().zip(&leads) {
            assert_eq!(event["subject"], json!({"type": "lead", "id": lead["id"]}));
            assert_eq!(event["actor"],
                json!({"type": "user", "id": acme.owner.id, "name": "Olivia Owner"}));
            assert_eq!(event["data"]["turn"], lead["assignment"]["turn"]);
            assert_eq!(event["at"], lead["created_at"]);
        }

        // Nothing new is an answer as well, from which one goes on.
        let page = poller.page().await;
        assert_eq!((&page["data"], &page["has_more"]), (&json!([]), &json!(false)));
        acme.owner.patch("/v1/organization", json!({"name": "Acme plc"})).await.expect(200);
        let further = poller.next(1).await;
        assert_eq!(kinds(&further), ["organization.changed"]);
        assert_eq!(further[0]["data"]["after"]["name"], "Acme plc");
    }

    async fn an_earlier_cursor_gives_the_same_again(database: Database) {
        let acme = World::start(database).await;
        let count = stored(&acme.database).await.len();
        let mut poller = Poller::of(&acme.owner, "limit=1");
        poller.next(count).await;
        acme.agent("Tom").await;
        let count = stored(&acme.database).await.len() - count;
        let cursor = poller.cursor.clone();
        let first = poller.next(count).await;
        poller.cursor = cursor;
        assert_eq!(poller.next(count).await, first);
    }

    async fn is_narrowed_to_kinds_and_records(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        let owner = format!("/v1/leads/{}/owner", text(&leads[1]["id"]));
        acme.owner.delete(owner).await.expect(200);

        let of_leads = Poller::of(&acme.owner, "kind=lead.&limit=2").next(4).await;
        let expected = ["lead.created", "lead.created", "lead.created", "lead.released"];
        assert_eq!(kinds(&of_leads), expected);
        let released = Poller::of(&acme.owner, "kind=lead.released").next(1).await;
        assert_eq!(released, of_leads[3..]);
        let filters = format!("subject_id={}", text(&leads[1]["id"]));
        let of_one = Poller::of(&acme.owner, &filters).next(2).await;
        assert_eq!(of_one, [of_leads[1].clone(), of_leads[3].clone()]);
        let both = format!("{filters}&kind=lead.released");
        assert_eq!(Poller::of(&acme.owner, &both).next(1).await, released);
        let groups = Poller::of(&acme.owner, "kind=group.").next(1).await;
        assert_eq!(groups[0]["subject"], json!({"type": "group", "id": group}));
        assert!(Poller::of(&acme.owner, "kind=lead.no_such_thing").rest().await.is_empty());
    }

    async fn what_is_rare_is_found_step_by_step(database: Database) {
        let acme = World::start(database).await;
        acme.team("Blue", &[], &[]).await;
        let mut poller = Poller::of(&acme.owner, "kind=team.created");
        let blue = Poller::of(&acme.owner, "kind=team.created").next(1).await;
        flood(&acme).await;
        acme.team("Red", &[], &[]).await;
        // Until all of it can be read.
        let count = stored(&acme.database).await.len();
        Poller::of(&acme.owner, "limit=100").next(count).await;

        let page = poller.page().await;
        assert_eq!((&page["data"], &page["has_more"]), (&json!(blue), &json!(true)));
        // It goes on behind all that was looked at, not behind what was found.
        let page = poller.page().await;
        assert_eq!(page["data"].as_array().unwrap().len(), 1, "{page}");
        assert_eq!(page["has_more"], false);
        assert!(numbers(page["data"].as_array().unwrap()) > numbers(&blue));
        let mut nothing = Poller::of(&acme.owner, "kind=lead.no_such_thing");
        let page = nothing.page().await;
        assert_eq!((&page["data"], &page["has_more"]), (&json!([]), &json!(true)));
        assert_eq!(nothing.page().await["has_more"], false);
        // Without filters every page is full, however many there are.
        let page = Poller::of(&acme.owner, "limit=100").page().await;
        assert_eq!(page["data"].as_array().unwrap().len(), 100);
    }

    async fn refuses_what_it_does_not_know(database: Database) {
        let acme = World::start(database).await;
        let wrong = "kind=users&subject_id=x&limit=101&after=x&cursor=x";
        acme.owner.get(format!("{PATH}?{wrong}")).await.expect_faults(&[
            ("/kind", "invalid_value"),
            ("/subject_id", "invalid_value"),
            ("/limit", "invalid_value"),
            ("/after", "invalid_cursor"),
            ("/cursor", "unknown_parameter"),
        ]);
        let cursor = text(&acme.owner.get(PATH).await.expect(200).json()["next_cursor"]);
        let other = [
            format!("after={cursor}&kind=user."),
            format!("after={}", &cursor[1..]),
            format!("after={cursor}AA"),
            "after=".to_owned(),
        ];
        for query in other {
            acme.owner.get(format!("{PATH}?{query}")).await
                .expect_faults(&[("/after", "invalid_cursor")]);
        }
    }

    async fn a_cursor_ahead_of_everything_is_refused(database: Database) {
        let acme = World::start(database).await;
        let count = stored(&acme.database).await.len();
        let mut poller = Poller::of(&acme.owner, "");
        poller.next(count).await;
        let cursor = poller.cursor.unwrap();
        // As after a backup was restored: fewer events, of transactions with lower numbers.
        let hand = Tamperer::of(&acme.database).await;
        hand.run("DELETE FROM events WHERE kind <> 'organization.created'").await;
        hand.done().await;
        let answer = acme.owner.get(format!("{PATH}?after={cursor}")).await;
        match acme.database.file() {
            Some(_) => answer.expect_faults(&[("/after", "invalid_cursor")]),
            None => drop(answer.expect(200)),
        }
    }

    async fn is_for_owners_admins_and_keys_and_of_their_organization(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let [admin, manager, agent] = [
            acme.person("admin", "Adam").await,
            acme.person("manager", "Mia").await,
            acme.agent("Tom").await,
        ];
        let created = Poller::of(&admin, "kind=organization.created").next(1).await;
        assert_eq!(created[0]["subject"]["id"], json!(acme.id));
        for nobody in [&manager, &agent] {
            let problem = nobody.get(PATH).await.expect_problem(403, "permission_denied");
            assert_eq!(problem["permission"], "events.view");
        }
        let theirs = Poller::of(&globex.owner, "kind=organization.created").next(1).await;
        assert_eq!(theirs[0]["subject"]["id"], json!(globex.id));
        let ours = Poller::of(&globex.owner, &format!("subject_id={}", agent.id)).rest().await;
        assert!(ours.is_empty(), "{ours:?}");
        let reader = acme.integration(&["events.view"]).await;
        assert_eq!(Poller::of(&reader, "kind=organization.").next(1).await, created);
        let writer = acme.integration(&["leads.create"]).await;
        writer.get(PATH).await.expect_problem(403, "permission_denied");
    }

    async fn holds_no_personal_data(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let lead = json!({
            "first_name": "Leonora", "email": "leonora@customer.example",
            "assignment": {"mode": "distribute", "group_id": group},
        });
        let lead = acme.owner.post("/v1/leads", lead).await.expect(201).json();
        let owner = json!({"user_id": acme.owner.id, "note": "Call Leonora"});
        acme.owner.put(format!("/v1/leads/{}/owner", text(&lead["id"])), owner).await.expect(200);
        let count = stored(&acme.database).await.len();
        let events = Value::from(Poller::of(&acme.owner, "").next(count).await).to_string();
        for personal in ["Leonora", "leonora@", "tom@", "127.0.0.1", "details"] {
            assert!(!events.contains(personal), "{personal} is in the feed");
        }
    }
}
