//! Access tokens, whatever operation they are sent to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Credential;
use crate::support::world::World;

/// The header (0) or the claims (1) of a token.
fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

both! {
    async fn survive_a_restart(database: Database) {
        let mut acme = World::start(database).await;
        acme.server.restart_with(&[]).await;
        acme.owner.get("/v1/me").await.expect(200);
        acme.server.kill().await;
        acme.server.start_again(&[]).await;
        acme.owner.get("/v1/me").await.expect(200);
    }

    async fn expire_after_fifteen_minutes(database: Database) {
        let mut acme = World::start(database).await;
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+13m")]).await;
        acme.owner.get("/v1/me").await.expect(200);
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+16m")]).await;
        acme.owner.get("/v1/me").await.expect_problem(401, "token_expired");
    }

    async fn are_refused_when_altered_or_nonsense(database: Database) {
        let acme = World::start(database).await;
        let parts: Vec<&str> = acme.owner.access_token.split('.').collect();
        let (header, claims, signature) = (parts[0], parts[1], parts[2]);
        // {"alg":"none"}
        let unsigned = format!("eyJhbGciOiJub25lIn0.{claims}.");
        let stripped = format!("{header}.{claims}.");
        let cut = format!("{header}.{claims}.{}", &signature[..signature.len() - 8]);
        for token in [unsigned, stripped, cut, "nonsense".to_owned()] {
            let liar = acme.owner.with(Credential::AccessToken(token));
            liar.get("/v1/me").await.expect_problem(401, "invalid_credentials");
        }
    }

    async fn are_refused_when_wrong_even_where_none_is_needed(database: Database) {
        let acme = World::start(database).await;
        let liar = acme.owner.with(Credential::AccessToken("nonsense".to_owned()));
        liar.post(
            "/v1/auth/refresh",
            serde_json::json!({"refresh_token": acme.owner.refresh_token}),
        )
        .await
        .expect_problem(401, "invalid_credentials");
    }

    async fn are_refused_together_with_an_api_key(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.view"]).await;
        acme.owner
            .get("/v1/leads")
            .header("X-API-Key", &form.key)
            .await
            .expect_problem(401, "ambiguous_credentials");
    }

    async fn name_their_organization_role_session_and_key(database: Database) {
        let acme = World::start(database).await;
        let claims = part(&acme.owner.access_token, 1);
        assert_eq!(claims["sub"], acme.owner.id);
        assert_eq!(claims["org"], acme.id);
        assert_eq!(claims["role"], "owner");
        for member in ["sid", "iss", "aud"] {
            assert!(!text(&claims[member]).is_empty(), "{member} of {claims}");
        }
        let lifetime = claims["exp"].as_i64().zip(claims["iat"].as_i64());
        assert_eq!(lifetime.map(|(exp, iat)| exp - iat), Some(900));
        let jwks = acme.anonymous().get("/.well-known/jwks.json").await.expect(200).json();
        assert_eq!(jwks["keys"][0]["kid"], part(&acme.owner.access_token, 0)["kid"]);
    }
}
