//! `GET /v1/me`.

use serde_json::json;

use crate::support::both;
use crate::support::world::World;

both! {
    async fn tells_people_who_they_are_and_what_they_may_do(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let me = tom.get("/v1/me").await.expect(200).json();
        assert_eq!(me["user"]["id"], tom.id);
        assert_eq!(me["user"]["email"], "tom@acme.example");
        assert_eq!(me["user"]["role"], "agent");
        assert_eq!(me["user"]["status"], "active");
        assert_eq!(me["organization"]["id"], acme.id);
        assert_eq!(me["permissions"], json!(["leads.create", "leads.view"]));
    }

    async fn is_for_people_alone(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        form.get("/v1/me").await.expect_problem(403, "person_required");
    }
}
