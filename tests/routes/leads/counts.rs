//! `GET /v1/leads/counts`.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::client::Client;
use crate::support::pool::{grant, group_for};
use crate::support::search::{add, of, until_listed};
use crate::support::world::World;

const PATH: &str = "/v1/leads/counts";

async fn counts(client: &Client, query: &str) -> Value {
    client.get(format!("{PATH}?{query}")).await.expect(200).json()
}

/// Only those of the statuses that have leads.
fn some(counts: &Value) -> Vec<(&str, u64)> {
    let each = counts["data"].as_array().unwrap().iter();
    each.map(|it| (it["key"].as_str().unwrap(), it["count"].as_u64().unwrap()))
        .filter(|(_, count)| *count > 0)
        .collect()
}

both! {
    async fn counts_what_is_listed(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let blue = acme.team("Blue", &[&mia], &[&tom]).await;
        let sales = group_for(&acme, "Sales", &[&tom], &["new"]).await;
        grant(&acme, &[&tom], &["leads.pick_up"]).await;
        let lead = |name: &str, status: &str, assignment: Value| {
            json!({"first_name": name, "status": status, "assignment": assignment})
        };
        let user = |id: &str| json!({"mode": "user", "user_id": id});
        let leads = add(&acme.owner, [
            lead("Zoe", "new", json!({"mode": "distribute", "group_id": sales})),
            lead("Zoe", "won", user(&tom.id)),
            lead("Lee", "won", user(&ann.id)),
            lead("Lee", "new", json!({"mode": "none"})),
            lead("Lee", "contacted", json!({"mode": "none"})),
        ]).await;
        until_listed(&acme.owner, "q=lee", &of(&leads, &[4, 3, 2])).await;

        let all = counts(&acme.owner, "").await;
        assert_eq!(all["total"], 5);
        let keys: Vec<&Value> = all["data"].as_array().unwrap().iter().map(|it| &it["key"]).collect();
        assert_eq!(keys, ["new", "contacted", "qualified", "won", "lost"]);
        assert_eq!(some(&all), [("new", 2), ("contacted", 1), ("won", 2)]);
        assert_eq!(some(&counts(&tom, "").await), [("new", 2), ("won", 1)], "the pool as well");
        assert_eq!(some(&counts(&tom, "owner=me").await), [("new", 1), ("won", 1)]);
        assert_eq!(some(&counts(&tom, "pool=true").await), [("new", 1)]);
        assert_eq!(some(&counts(&mia, "").await), [("new", 1), ("won", 1)]);
        assert_eq!(some(&counts(&acme.owner, &format!("team_id={blue}")).await), [("new", 1), ("won", 1)]);
        assert_eq!(some(&counts(&acme.owner, "q=lee").await), [("new", 1), ("contacted", 1), ("won", 1)]);
        assert_eq!(some(&counts(&tom, "q=lee").await), [("new", 1)]);
        assert_eq!(some(&counts(&acme.owner, "status=won&q=zoe").await), [("won", 1)]);

        let owners = counts(&acme.owner, "by=owner").await;
        let owner = |person: &crate::support::world::Person, name: &str, count: u64| {
            json!({"owner": {"id": person.id, "first_name": name, "last_name": null, "partner": false},
                   "count": count})
        };
        assert_eq!(owners["total"], 5);
        let mut data = owners["data"].as_array().unwrap().clone();
        let ann_s = owner(&ann, "Ann", 1);
        assert_eq!(data.iter().position(|it| *it == ann_s), Some(2), "{owners}");
        data.remove(2);
        data.sort_by_key(|it| it["owner"].is_null());
        assert_eq!(data, [owner(&tom, "Tom", 2), json!({"owner": null, "count": 2})]);

        let groups = counts(&acme.owner, "by=group").await;
        assert_eq!(groups["data"], json!([
            {"group": null, "count": 4}, {"group": {"id": sales, "name": "Sales"}, "count": 1},
        ]));
        let globex = acme.second_organization().await;
        assert_eq!(counts(&globex.owner, "by=owner").await, json!({"total": 0, "data": []}));
    }

    async fn refuses_what_the_list_refuses(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let answer = tom.get(format!("{PATH}?by=colour&limit=3&status=odd")).await;
        answer.expect_faults(&[
            ("/by", "invalid_value"), ("/limit", "unknown_parameter"), ("/status", "unknown_status"),
        ]);
        let refused = tom.get(format!("{PATH}?owner={}", ann.id)).await;
        assert_eq!(
            refused.expect_problem(403, "permission_denied")["permission"], "leads.view_all"
        );
        let refused = tom.get(format!("{PATH}?pool=true")).await;
        assert_eq!(refused.expect_problem(403, "permission_denied")["permission"], "leads.pick_up");
    }
}
