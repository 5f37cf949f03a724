//! `GET /v1/leads/{id}`.

use serde_json::json;

use crate::support::answer::text;
use crate::support::both;
use crate::support::world::World;

both! {
    async fn names_who_made_it(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        let lead = form.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json();
        let path = format!("/v1/leads/{}", text(&lead["id"]));
        let shown = acme.owner.get(path).await.expect(200).json();
        assert_eq!(
            shown["created_by"],
            json!({"type": "api_key", "id": form.id, "name": "Web form"})
        );
        assert_eq!(shown["created_at"], lead["created_at"]);
    }

    async fn knows_no_lead_that_never_was(database: Database) {
        let acme = World::start(database).await;
        let path = "/v1/leads/01890a5d-ac96-774b-bcce-b302099a8057";
        acme.owner.get(path).await.expect_problem(404, "not_found");
        acme.owner.get("/v1/leads/17").await.expect_problem(400, "invalid_path");
    }
}
