//! `DELETE /v1/routing-rules/{id}`.

use serde_json::{Value, json};

use super::{add, from_source, names, path_of};
use crate::support::answer::text;
use crate::support::both;
use crate::support::world::World;

both! {
    async fn leads_it_routed_stay_and_still_name_it(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let mut rules = Vec::new();
        for source in ["web", "shop", "fair"] {
            let target = json!({"user_id": tom.id});
            rules.push(add(&acme.owner, source, from_source(source), target).await);
        }
        let body = json!({"first_name": "Lee", "source": "shop"});
        let lead = acme.owner.post("/v1/leads", body.clone()).await.expect(201).json();
        let stale = acme.owner.delete(path_of(&rules[1])).if_match(&json!(7)).await;
        stale.expect_problem(412, "precondition_failed");
        acme.owner.delete(path_of(&rules[1])).if_match(&json!(1)).await.expect(204);
        assert_eq!(names(&acme.owner).await, ["web", "fair"]);
        acme.owner.delete(path_of(&rules[1])).await.expect_problem(404, "not_found");

        let path = format!("/v1/leads/{}", text(&lead["id"]));
        let read = acme.owner.get(&path).await.expect(200).json();
        assert_eq!(read["rule"], json!({"id": rules[1]["id"], "version": 1}));
        assert_eq!(read["owner"]["id"], tom.id);
        let history = tom.get(format!("{path}/assignments")).await.expect(200).items();
        let told = json!({"id": rules[1]["id"], "name": "shop", "version": 1});
        assert_eq!(history[0]["rule"], told);
        let next = acme.owner.post("/v1/leads", body).await.expect(201).json();
        assert_eq!((&next["rule"], &next["owner"]), (&Value::Null, &Value::Null));
        assert_eq!(next["assignment"]["reason"], "no_rule_matched");
    }
}
