//! Parameters that an operation does not know.

use reqwest::Method;
use serde_json::json;

use crate::openapi::committed;
use crate::support::both;
use crate::support::spec::operations;
use crate::support::world::World;

both! {
    async fn every_operation_refuses_unknown_parameters(database: Database) {
        let acme = World::start(database).await;
        let an_id = acme.owner.id.clone();
        for operation in operations(&committed()) {
            let path = operation.path.replace("{id}", &an_id).replace("{user_id}", &an_id);
            let path = ["{lead_id}", "{note_id}", "{communication_id}", "{task_id}"]
                .iter()
                .fold(path, |path, name| path.replace(name, &an_id));
            let path = path.replace("{token}", "x");
            let method: Method = operation.method.parse().unwrap();
            let answer = acme.owner.request(method, format!("{path}?unicorn=1")).await;
            answer.expect_faults(&[("/unicorn", "unknown_parameter")]);
        }
    }

    async fn a_lists_parameters_are_not_those_of_others(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[]).await;
        let members = acme.owner.get(format!("/v1/groups/{group}/members?limit=1&cursor=")).await;
        members.expect_faults(&[("/limit", "unknown_parameter"), ("/cursor", "unknown_parameter")]);
        let lead = acme.owner.post("/v1/leads?dry_run=true", json!({"first_name": "Lee"})).await;
        lead.expect_faults(&[("/dry_run", "unknown_parameter")]);
        assert!(acme.owner.get("/v1/leads").await.expect(200).items().is_empty());
    }

    async fn who_is_asking_comes_first(database: Database) {
        let acme = World::start(database).await;
        let answer = acme.anonymous().get("/v1/me?x=1").await;
        answer.expect_problem(401, "authentication_required");
    }
}
