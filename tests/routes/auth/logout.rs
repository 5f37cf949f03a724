//! `POST /v1/auth/logout`.

use reqwest::Method;
use serde_json::json;

use crate::support::both;
use crate::support::world::World;

both! {
    async fn ends_the_session_at_once(database: Database) {
        let acme = World::start(database).await;
        let elsewhere = acme.owner.signed_in_again().await;
        let replicas = acme.further_replicas().await;
        acme.owner.request(Method::POST, "/v1/auth/logout").await.expect(204);

        acme.owner.get("/v1/me").await.expect_problem(401, "invalid_credentials");
        for replica in &replicas {
            acme.owner.at(replica).get("/v1/me").await.expect_problem(401, "invalid_credentials");
        }
        let spent = json!({"refresh_token": acme.owner.refresh_token});
        acme.anonymous()
            .post("/v1/auth/refresh", spent)
            .await
            .expect_problem(401, "invalid_refresh_token");
        elsewhere.get("/v1/me").await.expect(200);
    }

    async fn is_for_people_alone(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        form.request(Method::POST, "/v1/auth/logout").await.expect_problem(403, "person_required");
    }
}
