//! `GET /v1/groups/{id}/distribution/heads`.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use crate::support::both;
use crate::support::leads::{distribution, post_in_turn};
use crate::support::wait::eventually;
use crate::support::world::World;

both! {
    async fn are_verified_by_the_published_keys(database: Database) {
        let mut acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        post_in_turn(&acme.owner, &group, 1).await;
        // A server that starts signs what has grown.
        acme.server.restart_with(&[]).await;
        let state = distribution(&acme.owner, &group).await;
        let path = format!("/v1/groups/{group}/distribution/heads");
        let head = eventually("the head is signed", || async {
            let heads = acme.owner.get(&path).await.expect(200).items();
            heads.into_iter().find(|head| head["entry"] == state["entry"])
        })
        .await;
        let jws = head["jws"].as_str().unwrap();
        let header = decode_header(jws).unwrap();
        assert_eq!(header.typ.as_deref(), Some("evenhand-head+jwt"));
        let keys: JwkSet =
            serde_json::from_slice(&acme.anonymous().get("/.well-known/jwks.json").await.bytes)
                .unwrap();
        let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = decode::<Value>(jws, &key, &validation).unwrap().claims;
        assert_eq!(claims["hash"], state["ledger_hash"]);
        assert_eq!(claims["entry"], state["entry"]);
        assert_eq!(claims["rotation_id"], state["rotation_id"]);
        assert_eq!(claims["organization_id"], acme.id);
    }
}
