//! `POST /v1/api-keys/{id}/rotate`.

use reqwest::Method;

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Credential;
use crate::support::world::World;

both! {
    async fn gives_a_new_secret_and_ends_the_old_one_at_once(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.view"]).await;
        form.get("/v1/leads").await.expect(200);
        let path = format!("/v1/api-keys/{}/rotate", form.id);
        let rotated = acme.owner.request(Method::POST, path).await;
        assert!(rotated.status.is_success(), "{rotated}");
        let rotated = rotated.json();
        assert_eq!(rotated["id"], form.id);
        let key = text(&rotated["key"]);
        assert_ne!(key, form.key);
        form.get("/v1/leads").await.expect_problem(401, "invalid_credentials");
        form.with(Credential::ApiKey(key)).get("/v1/leads").await.expect(200);
    }

    async fn does_not_bring_a_revoked_key_back(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.view"]).await;
        acme.owner.delete(format!("/v1/api-keys/{}", form.id)).await.expect(204);
        let path = format!("/v1/api-keys/{}/rotate", form.id);
        let answer = acme.owner.request(Method::POST, path).await;
        if let Some(key) = answer.json()["key"].as_str() {
            let back = form.with(Credential::ApiKey(key.to_owned()));
            back.get("/v1/leads").await.expect_problem(401, "invalid_credentials");
        }
    }
}
