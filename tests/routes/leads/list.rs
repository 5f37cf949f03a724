//! `GET /v1/leads`.

use serde_json::json;

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::leads::{lead_for, post_in_turn};
use crate::support::world::World;

both! {
    async fn shows_the_newest_first(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let mut made = ids(&post_in_turn(&acme.owner, &group, 5).await);
        made.reverse();
        let page = acme.owner.get("/v1/leads").await.expect(200);
        assert_eq!(ids(&page.items()), made);
        assert!(page.json()["next_cursor"].is_null());
        let one = acme.owner.get(format!("/v1/leads/{}", made[0])).await.expect(200).json();
        assert_eq!(page.items()[0], one, "the list shows what the record shows");
    }

    async fn is_stable_while_leads_arrive(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let mut expected = ids(&post_in_turn(&acme.owner, &group, 7).await);
        expected.reverse();
        let mut found = Vec::new();
        let mut path = "/v1/leads?limit=3".to_owned();
        loop {
            let page = acme.owner.get(&path).await.expect(200);
            found.extend(ids(&page.items()));
            post_in_turn(&acme.owner, &group, 2).await;
            let Some(cursor) = page.json()["next_cursor"].as_str().map(str::to_owned) else {
                break;
            };
            assert!(
                cursor.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c)),
                "{cursor}"
            );
            path = format!("/v1/leads?limit=3&cursor={cursor}");
        }
        assert_eq!(found, expected);
    }

    async fn gives_twenty_five_unless_told(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        post_in_turn(&acme.owner, &group, 26).await;
        let page = acme.owner.get("/v1/leads").await.expect(200);
        assert_eq!(page.items().len(), 25);
        assert!(page.json()["next_cursor"].is_string());
        let exact = acme.owner.get("/v1/leads?limit=26").await.expect(200);
        assert_eq!(exact.items().len(), 26);
        assert!(exact.json()["next_cursor"].is_null(), "nothing follows");
    }

    async fn is_narrowed_by_owner_group_and_status(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let sales = acme.group("Sales", &[&tom]).await;
        let other = acme.group("Other", &[&acme.owner]).await;
        let toms =
            text(&acme.owner.post("/v1/leads", lead_for(&sales, 1)).await.expect(201).json()["id"]);
        let mine =
            text(&acme.owner.post("/v1/leads", lead_for(&other, 2)).await.expect(201).json()["id"]);
        let body = json!({"first_name": "Nobody's", "status": "won"});
        let nobodys = text(&acme.owner.post("/v1/leads", body).await.expect(201).json()["id"]);
        let found = async |query: &str| {
            ids(&acme.owner.get(format!("/v1/leads?{query}")).await.expect(200).items())
        };
        assert_eq!(found("owner=me").await, [&*mine]);
        assert_eq!(found("owner=unassigned").await, [&*nobodys]);
        assert_eq!(found(&format!("owner={}", tom.id)).await, [&*toms]);
        assert_eq!(found(&format!("group_id={sales}")).await, [&*toms]);
        assert_eq!(found("status=won").await, [&*nobodys]);
        assert_eq!(found("status=new").await, [&*mine, &*toms]);
        assert!(found(&format!("group_id={sales}&status=won")).await.is_empty());
    }

    async fn binds_a_cursor_to_its_filters_and_its_list(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        post_in_turn(&acme.owner, &group, 3).await;
        let page = acme.owner.get("/v1/leads?status=new&limit=1").await.expect(200).json();
        let cursor = text(&page["next_cursor"]);
        acme.owner.get(format!("/v1/leads?status=new&limit=2&cursor={cursor}")).await.expect(200);
        let cut = &cursor[..cursor.len() - 1];
        for query in [
            format!("/v1/leads?status=won&cursor={cursor}"),
            format!("/v1/leads?cursor={cursor}"),
            format!("/v1/leads?status=new&cursor={cut}"),
            "/v1/leads?cursor=nonsense".to_owned(),
            "/v1/leads?cursor=".to_owned(),
            format!("/v1/users?cursor={cursor}"),
        ] {
            let answer = acme.owner.get(&query).await;
            answer.expect_faults(&[("/cursor", "invalid_cursor")]);
        }
    }

    async fn refuses_parameters_that_it_cannot_use(database: Database) {
        let acme = World::start(database).await;
        for limit in ["0", "101", "-1", "many", ""] {
            let answer = acme.owner.get(format!("/v1/leads?limit={limit}")).await;
            assert_eq!(answer.faults()[0].0, "/limit", "{answer}");
        }
        let faults = acme
            .owner
            .get("/v1/leads?owner=tom&group_id=7&colour=red&limit=1&limit=2")
            .await
            .faults();
        let pointers: Vec<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/colour", "/group_id", "/limit", "/owner"], "{faults:?}");
    }

    async fn is_narrowed_by_source_tag_and_time(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let mut made = Vec::new();
        for body in [
            json!({"first_name": "A", "source": "web", "tags": ["spring", "50% off"]}),
            json!({"first_name": "B", "source": "Web", "tags": ["springtime"]}),
            json!({"first_name": "C", "tags": []}),
        ] {
            made.push(tom.post("/v1/leads", body).await.expect(201).json());
        }
        let of = |numbers: &[usize]| {
            numbers.iter().map(|number| text(&made[*number]["id"])).collect::<Vec<_>>()
        };
        let second = text(&made[1]["created_at"]);
        // Both ways in which leads are found: among all, and by who is tied to them.
        for person in [&acme.owner, &tom] {
            let found = async |query: &str| {
                ids(&person.get(format!("/v1/leads?{query}")).await.expect(200).items())
            };
            assert_eq!(found("source=web").await, of(&[0]));
            assert_eq!(found("tag=spring").await, of(&[0]));
            assert_eq!(found("tag=50%25%20off").await, of(&[0]));
            assert!(found("tag=spring&source=Web").await.is_empty());
            assert_eq!(found(&format!("created_from={second}")).await, of(&[2, 1]));
            assert_eq!(found(&format!("created_to={second}")).await, of(&[0]));
            let both = format!("created_from={second}&created_to=2099-01-01T00:00:00Z&tag=springtime");
            assert_eq!(found(&both).await, of(&[1]));
        }
        let refused = tom.get("/v1/leads?created_from=yesterday&created_to=&team_id=7").await;
        refused.expect_faults(&[
            ("/created_from", "invalid_value"),
            ("/created_to", "invalid_value"),
            ("/team_id", "invalid_value"),
        ]);
    }
}
