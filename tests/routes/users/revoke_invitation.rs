//! `POST /v1/users/{id}/revoke-invitation`.

use reqwest::Method;
use serde_json::json;

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::world::World;

async fn revoke(client: &Client, id: &str) -> Answer {
    client.request(Method::POST, format!("/v1/users/{id}/revoke-invitation")).await
}

both! {
    async fn kills_the_link_and_leaves_the_user_invited(database: Database) {
        let acme = World::start(database).await;
        let body = json!({"email": "tom@acme.example", "first_name": "Tom", "send_email": false});
        let tom = acme.owner.post("/v1/users", body).await.expect(201).json();
        let (id, token) = (text(&tom["id"]), text(&tom["invitation"]["token"]));
        revoke(&acme.owner, &id).await.expect(204);
        revoke(&acme.owner, &id).await.expect(204);
        let shown = acme.anonymous().get(format!("/v1/invitations/{token}")).await;
        shown.expect_problem(409, "invitation_revoked");
        let user = acme.owner.get(format!("/v1/users/{id}")).await.expect(200).json();
        assert_eq!(user["status"], "invited");
        let again = format!("/v1/users/{id}/resend-invitation");
        acme.owner.request(Method::POST, again).await.expect(200);
    }

    async fn is_for_who_could_invite_them(database: Database) {
        let acme = World::start(database).await;
        let body = json!({
            "email": "top@acme.example", "first_name": "Top", "role": "owner", "send_email": false,
        });
        let top = text(&acme.owner.post("/v1/users", body).await.expect(201).json()["id"]);
        let ada = acme.person("admin", "Ada").await;
        revoke(&ada, &top).await.expect_problem(403, "permission_denied");
        let tom = acme.agent("Tom").await;
        revoke(&acme.owner, &tom.id).await.expect_problem(409, "user_not_invited");
        revoke(&acme.owner, &acme.id).await.expect_problem(404, "not_found");
    }
}
