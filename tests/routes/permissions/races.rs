//! Several who change permissions at once.

use serde_json::json;

use crate::support::answer::text;
use crate::support::both;
use crate::support::world::World;

both! {
    async fn of_two_with_the_same_version_one_wins(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let tom = acme.agent("Tom").await;
        let path = format!("/v1/users/{}/permissions", tom.id);
        let elsewhere = acme.owner.at(replicas.first().unwrap_or(&acme.server));
        for round in 0..20 {
            let version = acme.owner.get(&path).await.expect(200).json()["version"].clone();
            let lists = |permission: &str| match round % 2 {
                0 => json!({"grant": [permission]}),
                _ => json!({"deny": [permission]}),
            };
            let (first, second) = tokio::join!(
                acme.owner.put(&path, lists("leads.view_team")).if_match(&version).into_future(),
                elsewhere.put(&path, lists("leads.assign")).if_match(&version).into_future(),
            );
            let (won, lost) = if first.status == 200 { (first, second) } else { (second, first) };
            lost.expect_problem(412, "precondition_failed");
            assert_eq!(won.expect(200).json(), acme.owner.get(&path).await.expect(200).json());
        }
        acme.ends_in_order(replicas).await;
    }

    /// Copies in both directions lock the same users.
    async fn copies_in_circles_all_come_to_an_end(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let people = acme.agents(["Tom", "Ann", "Bob"]).await;
        let elsewhere = acme.owner.at(replicas.first().unwrap_or(&acme.server));
        let copy = |from: usize, to: [usize; 2]| {
            let client = if from == 0 { &elsewhere } else { &*acme.owner };
            let ids = to.map(|to| people[to].id.clone());
            client.post(
                format!("/v1/users/{}/permissions/copy", people[from].id),
                json!({"to_user_ids": ids}),
            )
        };
        for round in 0..10_usize {
            let odd = format!("/v1/users/{}/permissions", people[round % 3].id);
            acme.owner.put(odd, json!({"grant": ["leads.view_all"]})).await.expect(200);
            let (a, b, c) = tokio::join!(
                copy(0, [1, 2]).into_future(),
                copy(1, [2, 0]).into_future(),
                copy(2, [0, 1]).into_future(),
            );
            for answer in [a, b, c] {
                answer.expect(200);
            }
            let mut sets = Vec::new();
            for person in &people {
                let path = format!("/v1/users/{}/permissions", person.id);
                sets.push(acme.owner.get(path).await.expect(200).json()["effective"].to_string());
            }
            sets.dedup();
            assert_eq!(sets.len(), 1, "the last of them made all the same: {sets:?}");
        }
        acme.ends_in_order(replicas).await;
    }

    /// Of two owners who deny each other what it takes, one is left with it.
    async fn owners_who_disarm_each_other_leave_one(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let otto = acme.person("owner", "Otto").await;
        let ottos = otto.at(replicas.first().unwrap_or(&acme.server));
        let path = |id: &str| format!("/v1/users/{id}/permissions");
        let disarm = || json!({"deny": ["users.manage", "permissions.manage"]});
        for _ in 0..20 {
            let (first, second) = tokio::join!(
                acme.owner.put(path(&otto.id), disarm()).into_future(),
                ottos.put(path(&acme.owner.id), disarm()).into_future(),
            );
            let (armed, other, lost) = if first.status == 200 {
                (&acme.owner, &otto, second)
            } else {
                (&otto, &acme.owner, first)
            };
            // Before the guard, between it and the transaction, or behind the lock.
            assert!(matches!(lost.status.as_u16(), 403 | 409), "{lost}");
            let me = armed.get("/v1/me").await.expect(200).json();
            let held: Vec<String> =
                me["permissions"].as_array().unwrap().iter().map(text).collect();
            assert!(held.contains(&"users.manage".to_owned()));
            armed.put(path(&other.id), json!({})).await.expect(200);
        }
        acme.ends_in_order(replicas).await;
    }
}
