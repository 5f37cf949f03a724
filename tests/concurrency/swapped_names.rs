//! Two groups that take each other's names at the same moment.

use serde_json::json;

use super::order::at_each;
use crate::support::answer::text;
use crate::support::client::Client;
use crate::support::postgres;
use crate::support::world::World;

async fn name_of(client: &Client, group: &str) -> String {
    text(&client.get(format!("/v1/groups/{group}")).await.expect(200).json()["name"])
}

postgres! {
    /// Each waits for the other's name to become free; neither may wait for the other's end.
    async fn one_of_them_may_and_neither_waits_for_the_other(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let doors = at_each(&acme.owner, &replicas);
        let (first, second) = (acme.group("East", &[]).await, acme.group("West", &[]).await);
        let rename = |door: usize, group: &str, name: &str| {
            doors[door].patch(format!("/v1/groups/{group}"), json!({"name": name}))
        };
        for _ in 0..100 {
            let names = (name_of(&acme.owner, &first).await, name_of(&acme.owner, &second).await);
            let answers =
                tokio::join!(rename(0, &first, &names.1), rename(1, &second, &names.0));
            for answer in [answers.0, answers.1] {
                if answer.status != 200 {
                    answer.expect_problem(409, "group_name_taken");
                }
            }
        }
        let names = (name_of(&acme.owner, &first).await, name_of(&acme.owner, &second).await);
        assert_ne!(names.0, names.1);
        acme.ends_in_order(replicas).await;
    }
}
