//! `GET /v1/leads?sort=`.

use serde_json::{Value, json};

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::leads::fresh_number;
use crate::support::search::{add, listed, of};
use crate::support::world::{Person, World};

fn lead(value: &Value, status: &str, owner: &Person) -> Value {
    json!({
        "first_name": "Lee", "email": format!("lee{}@x.example", fresh_number()), "value": value,
        "status": status, "assignment": {"mode": "user", "user_id": owner.id},
    })
}

fn gbp(amount: i64) -> Value {
    json!({"amount_minor": amount, "currency": "GBP"})
}

fn reversed(mut leads: Vec<String>) -> Vec<String> {
    leads.reverse();
    leads
}

both! {
    async fn every_order_runs_both_ways_for_everybody(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let tom = acme.agent("Tom").await;
        let blue = acme.team("Blue", &[&mia], &[&tom]).await;
        let leads = add(&acme.owner, [
            lead(&gbp(500), "won", &tom),
            lead(&Value::Null, "new", &tom),
            lead(&gbp(0), "contacted", &tom),
            lead(&gbp(500), "new", &tom),
            lead(&json!({"amount_minor": 900, "currency": "EUR"}), "qualified", &tom),
            lead(&Value::Null, "contacted", &tom),
        ]).await;
        // Those that change hands are the latest to have changed.
        for number in [2, 0] {
            let path = format!("/v1/leads/{}/owner", text(&leads[number]["id"]));
            acme.owner.put(&path, json!({"user_id": mia.id})).await.expect(200);
            acme.owner.put(&path, json!({"user_id": tom.id})).await.expect(200);
        }
        let by_value = of(&leads, &[1, 5, 2, 0, 3, 4]);
        let by_status = of(&leads, &[1, 3, 2, 5, 4, 0]);
        let by_change = of(&leads, &[1, 3, 4, 5, 2, 0]);
        let by_time = of(&leads, &[0, 1, 2, 3, 4, 5]);
        let everybody = [
            (&acme.owner, String::new()),
            (&acme.owner, format!("&owner={}", tom.id)),
            (&acme.owner, format!("&team_id={blue}")),
            (&acme.owner, "&created_from=2000-01-01T00:00:00Z".to_owned()),
            (&mia, String::new()),
            (&mia, format!("&team_id={blue}")),
            (&tom, String::new()),
            (&tom, "&owner=me".to_owned()),
        ];
        for (person, filter) in everybody {
            for (sort, expected) in [
                ("value", &by_value),
                ("status", &by_status),
                ("updated_at", &by_change),
                ("created_at", &by_time),
            ] {
                let up = listed(person, &format!("sort={sort}{filter}")).await;
                assert_eq!(&up, expected, "{sort}{filter}");
                let down = listed(person, &format!("sort=-{sort}{filter}")).await;
                assert_eq!(down, reversed(expected.clone()), "-{sort}{filter}");
            }
        }
        assert_eq!(listed(&acme.owner, "sort=-value&status=new").await, of(&leads, &[3, 1]));
        assert!(listed(&acme.owner, "sort=value&status=lost").await.is_empty());
    }

    async fn the_statuses_are_in_the_organization_s_order(database: Database) {
        let acme = World::start(database).await;
        let owner = &acme.owner;
        let leads = add(owner, ["new", "lost", "won"].map(|it| lead(&Value::Null, it, owner))).await;
        let moved = json!({"position": 1});
        owner.patch("/v1/lead-statuses/lost", moved).await.expect(200);
        assert_eq!(listed(owner, "sort=status").await, of(&leads, &[1, 0, 2]));
        assert_eq!(listed(owner, "sort=-status&owner=me").await, of(&leads, &[2, 0, 1]));
    }

    async fn a_cursor_is_bound_to_its_order(database: Database) {
        let acme = World::start(database).await;
        let owner = &acme.owner;
        add(owner, [1, 2, 3].map(|amount| lead(&gbp(amount), "new", owner))).await;
        let page = owner.get("/v1/leads?sort=value&limit=1").await.expect(200).json();
        let cursor = text(&page["next_cursor"]);
        for query in ["sort=-value", "sort=status", "limit=1"] {
            let answer = owner.get(format!("/v1/leads?{query}&cursor={cursor}")).await;
            answer.expect_faults(&[("/cursor", "invalid_cursor")]);
        }
        for sort in ["", "name", "--value", "value,-value"] {
            let answer = owner.get(format!("/v1/leads?sort={sort}")).await;
            answer.expect_faults(&[("/sort", "invalid_value")]);
        }
    }

    async fn pages_are_stable_while_leads_arrive(database: Database) {
        let acme = World::start(database).await;
        let owner = &acme.owner;
        let mut bodies = Vec::new();
        for amount in [3, 1, 1, 2, 1, 3] {
            bodies.push(lead(&gbp(amount), "new", owner));
        }
        let leads = add(owner, bodies).await;
        let (mut path, mut found) = ("/v1/leads?sort=-value&limit=2".to_owned(), Vec::new());
        loop {
            let page = owner.get(&path).await.expect(200);
            found.extend(ids(&page.items()));
            add(owner, [lead(&gbp(4), "new", owner), lead(&gbp(3), "new", owner)]).await;
            match page.json()["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/leads?sort=-value&limit=2&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(found, of(&leads, &[5, 0, 3, 4, 2, 1]));
    }
}
