//! Tasks of somebody who leaves.

use serde_json::{Value, json};

use crate::support::activities::{events_of, hand_over, own_lead, put_down};
use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::off_boarding::{deactivate, undo};
use crate::support::world::World;

/// Whose task it is.
async fn assignee(client: &Client, task: &Value) -> String {
    let path = format!("/v1/leads/{}/tasks/{}", text(&task["lead_id"]), text(&task["id"]));
    text(&client.get(path).await.expect(200).json()["assignee"]["id"])
}

fn path(task: &Value) -> String {
    format!("/v1/leads/{}/tasks/{}", text(&task["lead_id"]), text(&task["id"]))
}

both! {
    async fn open_tasks_go_with_their_lead_and_come_back_with_it(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let (first, second) = (own_lead(&tom).await, own_lead(&tom).await);
        let bens = own_lead(&ben).await;
        hand_over(&acme, &bens, &tom).await;
        hand_over(&acme, &bens, &ben).await;
        let body = |user: &str| json!({"title": "Call", "assignee_id": user});
        let owner = &acme.owner;
        let open = put_down(owner, &first, "tasks", body(&tom.id)).await;
        let given = put_down(owner, &first, "tasks", body(&tom.id)).await;
        let finished = put_down(owner, &first, "tasks", body(&tom.id)).await;
        let others = put_down(owner, &first, "tasks", body(&acme.owner.id)).await;
        let later_done = put_down(owner, &second, "tasks", body(&tom.id)).await;
        let elsewhere = put_down(owner, &bens, "tasks", body(&tom.id)).await;
        owner.patch(path(&finished), json!({"done": true})).await.expect(200);

        let leaving = json!({"leads": {"action": "transfer", "user_id": ann.id}});
        let leaving = deactivate(owner, &tom, leaving).await;
        assert_eq!(leaving.status, 200, "{leaving}");
        for moved in [&open, &given, &later_done] {
            assert_eq!(assignee(owner, moved).await, ann.id);
            let shown = ann.get(path(moved)).await.expect(200).json();
            assert_eq!(shown["version"], 2);
            let id = text(&moved["id"]);
            assert_eq!(events_of(&acme.database, "lead.task_changed", &id).await, 1);
        }
        for stays in [&finished, &elsewhere] {
            assert_eq!(assignee(owner, stays).await, tom.id);
        }
        assert_eq!(assignee(owner, &others).await, acme.owner.id);

        owner.patch(path(&given), json!({"assignee_id": acme.owner.id})).await.expect(200);
        owner.patch(path(&given), json!({"assignee_id": ann.id})).await.expect(200);
        ann.patch(path(&later_done), json!({"done": true})).await.expect(200);
        undo(owner, &tom).await.expect(200);
        assert_eq!(assignee(owner, &open).await, tom.id);
        for stays in [&given, &later_done] {
            assert_eq!(assignee(owner, stays).await, ann.id);
        }
        let id = text(&open["id"]);
        assert_eq!(events_of(&acme.database, "lead.task_changed", &id).await, 2);
    }

    async fn tasks_stay_where_leads_are_kept_or_nobody_gets_them(database: Database) {
        let acme = World::start(database).await;
        for (name, action) in [("Tom", "keep"), ("Ann", "release")] {
            let person = acme.agent(name).await;
            let lead = own_lead(&person).await;
            let task = put_down(&person, &lead, "tasks", json!({"title": "Call"})).await;
            let leaving = json!({"leads": {"action": action}});
            deactivate(&acme.owner, &person, leaving).await.expect(200);
            assert_eq!(assignee(&acme.owner, &task).await, person.id);
            let listed = acme.owner.get(format!("/v1/tasks?assignee={}", person.id)).await;
            assert_eq!(listed.expect(200).items().len(), 1);
            undo(&acme.owner, &person).await.expect(200);
            assert_eq!(assignee(&acme.owner, &task).await, person.id);
        }
    }

    async fn dealt_leads_take_their_tasks_to_whoever_gets_them(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&ann, &ben]).await;
        let mut tasks = Vec::new();
        for _ in 0..4 {
            let lead = own_lead(&tom).await;
            tasks.push(put_down(&tom, &lead, "tasks", json!({"title": "Call"})).await);
        }
        let leaving = json!({"leads": {"action": "distribute", "group_id": group}});
        deactivate(&acme.owner, &tom, leaving).await.expect(200);
        for task in &tasks {
            let lead = format!("/v1/leads/{}", text(&task["lead_id"]));
            let lead = acme.owner.get(lead).await.expect(200).json();
            assert_eq!(assignee(&acme.owner, task).await, text(&lead["owner"]["id"]));
        }
        undo(&acme.owner, &tom).await.expect(200);
        for task in &tasks {
            assert_eq!(assignee(&acme.owner, task).await, tom.id);
        }
    }
}
