//! `GET /v1/tasks`.

use serde_json::{Value, json};

use crate::support::activities::{Scene, by_pages, expect_denied, hand_over, own_lead, put_down};
use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::time::hours_after;

/// A task for somebody; its id.
async fn task_for(client: &Client, lead: &str, user: &str, due: Option<&str>) -> String {
    let body = json!({"title": "Call", "assignee_id": user, "due_at": due});
    text(&put_down(client, lead, "tasks", body).await["id"])
}

/// The ids of a list of tasks.
async fn listed(client: &Client, query: &str) -> Vec<String> {
    ids(&client.get(format!("/v1/tasks{query}")).await.expect(200).items())
}

both! {
    async fn those_on_every_lead_that_one_sees(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, ann, mia, ben, eve, form, lead, .. } = &scene;
        let globex = acme.second_organization().await;
        let elsewhere = own_lead(eve).await;
        let toms = task_for(tom, lead, &tom.id, Some("2026-03-01T09:20:00Z")).await;
        let anns = task_for(tom, lead, &ann.id, Some("2026-03-03T09:20:00Z")).await;
        let eves = task_for(eve, &elsewhere, &eve.id, Some("2026-03-02T09:20:00Z")).await;
        for client in [&**tom, &**ann, &**mia, &**ben, &**form] {
            assert_eq!(listed(client, "").await, [&*toms, &*anns]);
        }
        assert_eq!(listed(eve, "").await, [&*eves]);
        assert_eq!(listed(&acme.owner, "").await, [&*toms, &*eves, &*anns]);
        assert!(listed(&globex.owner, "").await.is_empty());

        assert_eq!(listed(ann, "?assignee=me").await, [&*anns]);
        assert_eq!(listed(ann, &format!("?assignee={}", ann.id)).await, [&*anns]);
        for client in [&**mia, &acme.owner] {
            assert_eq!(listed(client, &format!("?assignee={}", tom.id)).await, [&*toms]);
        }
        assert_eq!(listed(&acme.owner, &format!("?assignee={}", eve.id)).await, [&*eves]);
        let named = |client: &Client, user: &str| client.get(format!("/v1/tasks?assignee={user}"));
        expect_denied(&named(mia, &eve.id).await, "leads.view_all");
        expect_denied(&named(tom, &mia.id).await, "leads.view_all");
        expect_denied(&named(form, &tom.id).await, "leads.view_all");
        named(form, "me").await.expect_faults(&[("/assignee", "invalid_value")]);
        assert!(named(&globex.owner, &tom.id).await.expect(200).items().is_empty());
    }

    async fn a_task_shows_only_while_its_lead_does(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, ann, mia, lead, blue, .. } = &scene;
        let anns = task_for(tom, lead, &ann.id, None).await;
        assert_eq!(listed(ann, "?assignee=me").await, [&*anns]);
        acme.set_team(blue, &[mia], &[tom]).await;
        assert!(listed(ann, "?assignee=me").await.is_empty());
        assert!(listed(ann, "").await.is_empty());
        ann.get(format!("{}/{anns}", scene.path("tasks"))).await.expect_problem(404, "not_found");
        assert_eq!(listed(tom, "").await, [&*anns]);
        hand_over(acme, lead, ann).await;
        assert_eq!(listed(ann, "?assignee=me").await, [&*anns]);
    }

    async fn filters_narrow_it(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, lead, .. } = &scene;
        let other = own_lead(tom).await;
        let due = |day: u8| format!("2026-03-0{day}T09:20:00Z");
        let first = task_for(tom, lead, &tom.id, Some(&due(1))).await;
        let second = task_for(tom, &other, &tom.id, Some(&due(2))).await;
        let third = task_for(tom, lead, &tom.id, Some("2999-03-03T09:20:00Z")).await;
        let open = task_for(tom, lead, &tom.id, None).await;
        let path = format!("{}/{first}", scene.path("tasks"));
        tom.patch(&path, json!({"done": true, "priority": "high"})).await.expect(200);

        let cases: [(String, Vec<&String>); 9] = [
            ("?done=true".to_owned(), vec![&first]),
            ("?done=false".to_owned(), vec![&second, &third, &open]),
            ("?assignee=me&done=false".to_owned(), vec![&second, &third, &open]),
            (format!("?lead_id={other}"), vec![&second]),
            ("?priority=high".to_owned(), vec![&first]),
            (format!("?due_from={}", due(2)), vec![&second, &third]),
            (format!("?due_to={}", due(2)), vec![&first]),
            (format!("?due_from={}&due_to={}&done=false", due(1), due(3)), vec![&second]),
            ("?overdue=false&priority=normal".to_owned(), vec![&second, &third, &open]),
        ];
        for (query, expected) in cases {
            assert_eq!(listed(tom, &query).await.iter().collect::<Vec<_>>(), expected, "{query}");
        }
        let odd = "?assignee=you&done=maybe&overdue=1&due_from=soon&priority=urgent&lead_id=1&q=x";
        tom.get(format!("/v1/tasks{odd}")).await.expect_faults(&[
            ("/assignee", "invalid_value"),
            ("/done", "invalid_value"),
            ("/due_from", "invalid_value"),
            ("/lead_id", "invalid_value"),
            ("/overdue", "invalid_value"),
            ("/priority", "invalid_value"),
            ("/q", "unknown_parameter"),
        ]);
    }

    async fn what_is_not_done_in_time_is_overdue(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { mut acme, tom, lead, .. } = scene;
        let reader = acme.integration(&["leads.view", "leads.view_all"]).await;
        let now = text(&put_down(&tom, &lead, "notes", json!({"body": "Now"})).await["created_at"]);
        let soon = task_for(&tom, &lead, &tom.id, Some(&hours_after(&now, 1))).await;
        let done = task_for(&tom, &lead, &tom.id, Some(&hours_after(&now, 1))).await;
        task_for(&tom, &lead, &tom.id, Some(&hours_after(&now, 3))).await;
        task_for(&tom, &lead, &tom.id, None).await;
        let path = format!("/v1/leads/{lead}/tasks/{done}");
        tom.patch(path, json!({"done": true})).await.expect(200);
        assert!(listed(&reader, "?overdue=true").await.is_empty());
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+2h")]).await;
        assert_eq!(listed(&reader, "?overdue=true").await, [&*soon]);
        assert!(listed(&reader, "?overdue=true&done=true").await.is_empty());
    }

    async fn pages_stay_where_they_are(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, lead, .. } = &scene;
        let mut added = Vec::new();
        for day in [2, 1, 2, 3, 2, 1, 4] {
            let due = format!("2026-03-0{day}T09:20:00Z");
            added.push((day, task_for(tom, lead, &tom.id, Some(&due)).await));
        }
        for _ in 0..3 {
            added.push((9, task_for(tom, lead, &tom.id, None).await));
        }
        added.sort_unstable();
        let expected: Vec<String> = added.into_iter().map(|(_, id)| id).collect();
        for query in ["", "?assignee=me", "?assignee=me&done=false"] {
            assert_eq!(by_pages(tom, &format!("/v1/tasks{query}")).await, expected, "{query}");
        }
        let page = tom.get("/v1/tasks?limit=4").await.expect(200).json();
        let cursor = text(&page["next_cursor"]);
        // The page's last task is moved behind all others, one of the next is deleted.
        let path = |id: &str| format!("{}/{id}", scene.path("tasks"));
        tom.patch(path(&expected[3]), json!({"due_at": null})).await.expect(200);
        tom.delete(path(&expected[5])).await.expect(204);
        let next = listed(tom, &format!("?limit=2&cursor={cursor}")).await;
        assert_eq!(next, [&*expected[4], &*expected[6]]);
        let other = tom.get(format!("/v1/tasks?done=false&cursor={cursor}")).await;
        other.expect_faults(&[("/cursor", "invalid_cursor")]);
        let last = tom.get("/v1/tasks?limit=100").await.expect(200).json();
        assert_eq!((&last["next_cursor"], last["data"].as_array().map(Vec::len)), (&Value::Null, Some(9)));
    }
}
