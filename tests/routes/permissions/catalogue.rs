//! `GET /v1/permissions`.

use serde_json::json;

use crate::support::answer::text;
use crate::support::both;
use crate::support::world::World;

both! {
    async fn lists_every_permission_and_every_role(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let catalogue = tom.get("/v1/permissions").await.expect(200).json();
        let keys: Vec<String> =
            catalogue["data"].as_array().unwrap().iter().map(|entry| text(&entry["key"])).collect();
        let me = acme.owner.get("/v1/me").await.expect(200).json();
        assert_eq!(json!(keys), me["permissions"], "an owner holds them all");
        let roles = catalogue["roles"].as_array().unwrap();
        let names: Vec<String> = roles.iter().map(|role| text(&role["role"])).collect();
        assert_eq!(names, ["agent", "manager", "admin", "owner"]);
        let me = tom.get("/v1/me").await.expect(200).json();
        assert_eq!(roles[0]["permissions"], me["permissions"]);
        let key = acme.integration(&["leads.create"]).await;
        key.get("/v1/permissions").await.expect_problem(403, "person_required");
    }
}
