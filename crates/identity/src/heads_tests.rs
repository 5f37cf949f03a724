use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evenhand_domain::clock::Clock as _;
use evenhand_domain::rotation::Hash;
use serde_json::Value;

use super::*;
use crate::Keyring;
use crate::keyring;
use crate::testing::{Random, World};

async fn tokens(world: &World) -> Tokens {
    let keyring = Keyring::open(&world.store, &Random, None).await.unwrap();
    Tokens::new(Arc::new(keyring), Tokens::ISSUER)
}

fn head(world: &World) -> Head {
    Head {
        organization_id: world.organization_id,
        rotation_id: world.ids.next(world.clock.now()),
        entry: 513,
        hash: Hash::from_bytes([7; 32]),
    }
}

#[tokio::test]
async fn a_signed_head_is_verified_by_the_published_keys() {
    let world = World::new().await;
    let (tokens, head, now) = (tokens(&world).await, head(&world), world.clock.now());
    let jws = sign(&tokens, &head, now).unwrap();

    // As an outsider does it, with nothing but the key set.
    let header = decode_header(&jws).unwrap();
    assert_eq!((header.typ.as_deref(), header.alg), (Some(TYPE), Algorithm::EdDSA));
    let jwks = tokens.jwks();
    let public = jwks.find(&header.kid.unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_jwk(public).unwrap();
    let claims = decode::<Value>(&jws, &key, &validation).unwrap().claims;
    assert_eq!(claims["organization_id"], head.organization_id.to_string());
    assert_eq!(claims["rotation_id"], head.rotation_id.to_string());
    assert_eq!((&claims["entry"], &claims["iat"]), (&513.into(), &now.seconds().into()));
    assert_eq!(claims["hash"], head.hash.to_string());

    let opened = HeadKeys::load(&world.store).await.unwrap().open(&jws).unwrap();
    assert_eq!(opened, OpenedHead { head, signed_at: now.seconds(), withdrawn: false });
    // It is no access token.
    assert!(tokens.verify(&jws, now).await.is_err());
}

#[tokio::test]
async fn a_head_that_was_changed_or_signed_by_another_is_none() {
    let world = World::new().await;
    let (tokens, head, now) = (tokens(&world).await, head(&world), world.clock.now());
    let jws = sign(&tokens, &head, now).unwrap();
    let keys = HeadKeys::load(&world.store).await.unwrap();
    let parts: Vec<&str> = jws.split('.').collect();
    let payload = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let payload = String::from_utf8(payload).unwrap().replace(":513", ":512");
    let changed = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(payload), parts[2]);
    assert_eq!(keys.open(&changed), None);
    let foreign = self::tokens(&World::new().await).await;
    assert_eq!(keys.open(&sign(&foreign, &head, now).unwrap()), None);
    assert_eq!(keys.open("a.b.c"), None);
}

#[tokio::test]
async fn a_head_of_a_withdrawn_key_is_read_and_said_to_prove_nothing() {
    let world = World::new().await;
    let (tokens, head, now) = (tokens(&world).await, head(&world), world.clock.now());
    let jws = sign(&tokens, &head, now).unwrap();
    keyring::rotate(&world.store, &Random, None, true).await.unwrap();
    let opened = HeadKeys::load(&world.store).await.unwrap().open(&jws).unwrap();
    assert!(opened.withdrawn);
}
