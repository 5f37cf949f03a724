//! `GET /v1/groups/{id}/distribution/ledger`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::post_in_turn;
use crate::support::time::expect_instant;
use crate::support::world::World;

async fn entries(client: &Client, group: &str, query: &str) -> Vec<Value> {
    let path = format!("/v1/groups/{group}/distribution/ledger?{query}");
    client.get(path).await.expect(200).items()
}

fn numbers(entries: &[Value]) -> Vec<u64> {
    entries.iter().map(|entry| entry["entry"].as_u64().unwrap()).collect()
}

both! {
    async fn tells_everything_that_was_decided_and_that_could_influence_it(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann], 5, 0).await;
        let leads = post_in_turn(&acme.owner, &group, 2).await;
        let all = entries(&acme.owner, &group, "").await;
        let kinds: Vec<String> = all.iter().map(|entry| text(&entry["kind"])).collect();
        assert_eq!(kinds, ["created", "member_added", "member_added", "decision", "decision"]);
        assert_eq!(numbers(&all), [1, 2, 3, 4, 5]);
        assert_eq!(all[0]["content"]["daily_limit"], 5);
        assert_eq!(all[0]["content"]["time_zone"], acme.time_zone);
        assert_eq!(all[0]["user"], Value::Null);
        assert_eq!(all[1]["user"]["first_name"], "Tom");
        assert_eq!(all[1]["content"]["settings"]["paused"], false);
        let first = &all[3];
        expect_instant(&text(&first["at"]));
        assert_eq!((&first["turn"], &first["lead_id"]), (&json!(1), &leads[0]["id"]));
        assert_eq!(first["user_id"], tom.id);
        assert_eq!(first["hash"], leads[0]["assignment"]["ledger_hash"], "the receipt");
        assert_eq!(first["content"]["chosen_id"], tom.id);
        assert_eq!(first["content"]["cursor_after_id"], ann.id);
        assert_eq!(text(&first["body"]).len(), 2 * 96, "{first}");
    }

    async fn is_read_page_by_page_from_either_end(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        post_in_turn(&acme.owner, &group, 5).await;
        for (sort, expected) in [("entry", [1, 2, 3, 4, 5, 6, 7]), ("-entry", [7, 6, 5, 4, 3, 2, 1])] {
            let first = format!("/v1/groups/{group}/distribution/ledger?limit=3&sort={sort}");
            let (mut path, mut found) = (first.clone(), Vec::new());
            loop {
                let page = acme.owner.get(&path).await.expect(200);
                found.extend(numbers(&page.items()));
                match page.json()["next_cursor"].as_str() {
                    Some(cursor) => path = format!("{first}&cursor={cursor}"),
                    None => break,
                }
            }
            assert_eq!(found, expected);
        }
    }

    async fn is_narrowed_to_a_user_turns_and_a_kind(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        post_in_turn(&acme.owner, &group, 4).await;
        let of_ann = entries(&acme.owner, &group, &format!("user_id={}", ann.id)).await;
        assert_eq!(numbers(&of_ann), [3, 5, 7]);
        let turns = entries(&acme.owner, &group, "turn_from=2&turn_to=3").await;
        assert_eq!(numbers(&turns), [5, 6]);
        let joined = entries(&acme.owner, &group, "kind=member_added").await;
        assert_eq!(numbers(&joined), [2, 3]);
        let wrong = "user_id=x&turn_from=0&turn_to=-1&kind=deal&sort=at";
        let path = format!("/v1/groups/{group}/distribution/ledger?{wrong}");
        acme.owner.get(path).await.expect_faults(&[
            ("/kind", "invalid_value"),
            ("/sort", "invalid_value"),
            ("/turn_from", "invalid_value"),
            ("/turn_to", "invalid_value"),
            ("/user_id", "invalid_value"),
        ]);
        let path = format!("/v1/groups/{group}/distribution/ledger?turn_from=3&turn_to=2");
        acme.owner.get(path).await.expect_faults(&[("/turn_to", "invalid_value")]);
    }

    async fn is_for_who_sees_the_rotation_and_outlives_its_group(database: Database) {
        let acme = World::start(database).await;
        let [tom] = acme.agents(["Tom"]).await;
        let mia = acme.person("manager", "Mia").await;
        let group = acme.group("Sales", &[&tom]).await;
        assert_eq!(entries(&mia, &group, "").await.len(), 2);
        let path = format!("/v1/groups/{group}/distribution/ledger");
        tom.get(&path).await.expect_problem(403, "permission_denied");
        let globex = acme.second_organization().await;
        globex.owner.get(&path).await.expect_problem(404, "not_found");
        acme.owner.delete(format!("/v1/groups/{group}")).await.expect(204);
        let last = entries(&acme.owner, &group, "sort=-entry").await.remove(0);
        assert_eq!(last["kind"], "archived");
    }
}
