use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evenhand_domain::clock::Clock as _;
use jsonwebtoken::EncodingKey;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::*;
use crate::testing::{Random, World};

const LAST_SECOND: Duration = Duration::from_secs(15 * 60 - 1);

struct Fixture {
    tokens: Tokens,
    bearer: Bearer,
    now: Timestamp,
    token: String,
}

async fn fixture(world: &World) -> Fixture {
    let keyring = Arc::new(Keyring::open(&world.store, &Random, None).await.unwrap());
    let tokens = Tokens::new(keyring, Tokens::ISSUER);
    let now = world.clock.now();
    let bearer = Bearer {
        user_id: world.user_id,
        organization_id: world.organization_id,
        session_id: world.ids.next(now),
        role: Role::Manager,
    };
    let token = tokens.issue(&bearer, now, world.ids.next(now)).unwrap();
    Fixture { tokens, bearer, now, token: token.expose_secret().to_owned() }
}

fn kid(f: &Fixture) -> String {
    f.tokens.keyring.signing(f.now).unwrap().0
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn a_token_says_who_where_and_by_which_key() {
    let f = fixture(&World::new().await).await;
    let header = part(&f.token, 0);
    assert_eq!(header, json!({"typ": "JWT", "alg": "EdDSA", "kid": kid(&f)}));
    let payload = part(&f.token, 1);
    assert_eq!(payload["sub"], f.bearer.user_id.to_string());
    assert_eq!(payload["org"], f.bearer.organization_id.to_string());
    assert_eq!(payload["sid"], f.bearer.session_id.to_string());
    assert_eq!(
        (&payload["role"], &payload["iss"], &payload["aud"]),
        (&"manager".into(), &"evenhand".into(), &"evenhand".into())
    );
    assert_eq!(payload["exp"].as_i64().unwrap() - payload["iat"].as_i64().unwrap(), 900);
    let claims = f.tokens.verify(&f.token, f.now).await.unwrap();
    assert_eq!((claims.user_id, claims.session_id), (f.bearer.user_id, f.bearer.session_id));
}

#[tokio::test]
async fn a_token_ends_after_fifteen_minutes_remembered_or_not() {
    let f = fixture(&World::new().await).await;
    assert!(f.tokens.verify(&f.token, f.now.after(LAST_SECOND)).await.is_ok());
    assert_eq!(
        f.tokens.verify(&f.token, f.now.after(VALID_FOR)).await,
        Err(Unauthenticated::Expired)
    );
    let fresh = Tokens::new(Arc::clone(&f.tokens.keyring), Tokens::ISSUER);
    assert_eq!(fresh.verify(&f.token, f.now.after(VALID_FOR)).await, Err(Unauthenticated::Expired));
}

#[tokio::test]
async fn an_altered_token_is_refused() {
    let f = fixture(&World::new().await).await;
    assert!(f.tokens.verify(&f.token, f.now).await.is_ok(), "and the verified one does not help");
    for index in 0..f.token.len() {
        let mut altered = f.token.clone().into_bytes();
        altered[index] = if altered[index] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        // The last character of a signature carries bits that say nothing.
        if altered != f.token && index < f.token.len() - 1 {
            assert_eq!(
                f.tokens.verify(&altered, f.now).await,
                Err(Unauthenticated::Invalid),
                "{index}"
            );
        }
    }
    let mut payload = part(&f.token, 1);
    payload["role"] = "owner".into();
    let parts: Vec<&str> = f.token.split('.').collect();
    let promoted = format!("{}.{}.{}", parts[0], encoded(&payload), parts[2]);
    assert_eq!(f.tokens.verify(&promoted, f.now).await, Err(Unauthenticated::Invalid));
    for nonsense in ["", ".", "..", "nonsense", "a.b.c", &f.token[..f.token.len() - 8]] {
        assert_eq!(f.tokens.verify(nonsense, f.now).await, Err(Unauthenticated::Invalid));
    }
}

#[tokio::test]
async fn no_algorithm_but_ours_is_taken() {
    let f = fixture(&World::new().await).await;
    let parts: Vec<&str> = f.token.split('.').collect();
    let kid = &kid(&f);
    for header in [
        json!({"alg": "none", "kid": kid}),
        json!({"alg": "none"}),
        json!({"alg": "HS256", "kid": kid}),
    ] {
        for signature in ["", parts[2]] {
            let token = format!("{}.{}.{signature}", encoded(&header), parts[1]);
            assert_eq!(
                f.tokens.verify(&token, f.now).await,
                Err(Unauthenticated::Invalid),
                "{header}"
            );
        }
    }
    // Signed with the public key as if it were a shared secret.
    let shown = serde_json::to_value(&*f.tokens.jwks()).unwrap();
    let public = URL_SAFE_NO_PAD.decode(shown["keys"][0]["x"].as_str().unwrap()).unwrap();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(kid.to_owned());
    let forged = encode(&header, &part(&f.token, 1), &EncodingKey::from_secret(&public)).unwrap();
    assert_eq!(f.tokens.verify(&forged, f.now).await, Err(Unauthenticated::Invalid));
}

#[tokio::test]
async fn another_key_issuer_or_audience_is_refused() {
    let world = World::new().await;
    let f = fixture(&world).await;
    let elsewhere = fixture(&World::new().await).await;
    assert_eq!(f.tokens.verify(&elsewhere.token, f.now).await, Err(Unauthenticated::Invalid));

    let issuer = Tokens::new(Arc::clone(&f.tokens.keyring), "somebody else");
    let token = issuer.issue(&f.bearer, f.now, world.ids.next(f.now)).unwrap();
    assert_eq!(f.tokens.verify(token.expose_secret(), f.now).await, Err(Unauthenticated::Invalid));

    let sign = |kid: Option<&str>, change: fn(&mut Value)| {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = kid.map(str::to_owned);
        let mut payload = part(&f.token, 1);
        change(&mut payload);
        encode(&header, &payload, &f.tokens.keyring.signing(f.now).unwrap().1).unwrap()
    };
    let signing_kid = kid(&f);
    let kid = Some(signing_kid.as_str());
    assert!(f.tokens.verify(&sign(kid, |_| ()), f.now).await.is_ok(), "the helper signs rightly");
    let wrong = [
        sign(Some("unknown"), |_| ()),
        sign(None, |_| ()),
        sign(kid, |payload| payload["aud"] = "another service".into()),
        sign(kid, |payload| payload["nbf"] = 4_000_000_000_i64.into()),
        sign(kid, |payload| drop(payload.as_object_mut().unwrap().remove("exp"))),
        sign(kid, |payload| drop(payload.as_object_mut().unwrap().remove("aud"))),
        sign(kid, |payload| drop(payload.as_object_mut().unwrap().remove("sid"))),
    ];
    for token in wrong {
        assert_eq!(f.tokens.verify(&token, f.now).await, Err(Unauthenticated::Invalid), "{token}");
    }
}
