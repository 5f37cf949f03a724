use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evenhand_domain::clock::Clock as _;
use evenhand_persistence::signing_keys::StoredKey;

use super::key::{jwk, kid_of};
use super::*;
use crate::testing::{Random, World};

fn kid(keyring: &Keyring, world: &World) -> String {
    keyring.signing(world.clock.now()).unwrap().0
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

async fn open(store: &Store, secret: Option<&SecretString>) -> Result<Keyring, KeyringError> {
    Keyring::open(store, &Random, secret).await
}

async fn stored(world: &World) -> StoredKey {
    signing_keys::load(&world.store).await.unwrap().remove(0)
}

#[test]
fn the_thumbprint_is_that_of_rfc_8037() {
    // RFC 8037, appendix A.2 and A.3.
    let public = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
    assert_eq!(kid_of(&jwk(&public)).unwrap(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[tokio::test]
async fn two_replicas_that_start_at_once_have_one_key() {
    let world = World::new().await;
    let replica = world.replica().await;
    let (first, second) = tokio::join!(open(&world.store, None), open(&replica, None));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(kid(&first, &world), kid(&second, &world));
    assert_eq!(first.jwks().keys.len(), 1);
    assert_eq!(
        kid(&first, &world),
        kid(&open(&world.store, None).await.unwrap(), &world),
        "a restart keeps it"
    );
}

#[tokio::test]
async fn the_key_set_shows_the_public_half_only() {
    let world = World::new().await;
    let keyring = open(&world.store, None).await.unwrap();
    let shown = serde_json::to_value(&*keyring.jwks()).unwrap();
    let key = &shown["keys"][0];
    assert_eq!((&key["kty"], &key["crv"]), (&"OKP".into(), &"Ed25519".into()));
    assert_eq!((&key["use"], &key["alg"]), (&"sig".into(), &"EdDSA".into()));
    assert_eq!(key["kid"], kid(&keyring, &world));
    assert_eq!(key.as_object().unwrap().len(), 6, "{key}");
}

#[tokio::test]
async fn a_sealed_key_opens_with_its_secret_only() {
    let world = World::new().await;
    let right = secret("thirty-two characters at the least");
    let keyring = open(&world.store, Some(&right)).await.unwrap();
    assert!(stored(&world).await.sealed);
    assert_eq!(
        kid(&open(&world.store, Some(&right)).await.unwrap(), &world),
        kid(&keyring, &world)
    );

    let wrong = secret("another secret of sufficient length");
    assert!(matches!(open(&world.store, Some(&wrong)).await, Err(KeyringError::SecretWrong)));
    assert!(matches!(open(&world.store, None).await, Err(KeyringError::SecretMissing)));
    let short = secret("thirty-one characters are short");
    assert!(matches!(open(&world.store, Some(&short)).await, Err(KeyringError::SecretTooShort)));
}

#[tokio::test]
async fn a_plain_key_is_sealed_once_there_is_a_secret() {
    let world = World::new().await;
    let before = open(&world.store, None).await.unwrap();
    let plain = stored(&world).await;
    assert!(!plain.sealed && plain.private_key.len() == 32);

    let secret = secret("thirty-two characters at the least");
    let after = open(&world.store, Some(&secret)).await.unwrap();
    assert_eq!(kid(&before, &world), kid(&after, &world));
    let sealed = stored(&world).await;
    assert!(sealed.sealed && sealed.private_key != plain.private_key);
    assert_eq!(
        kid(&open(&world.store, Some(&secret)).await.unwrap(), &world),
        kid(&before, &world)
    );
}

#[tokio::test]
async fn a_running_keyring_follows_a_rotation_and_keeps_the_old_key_in_the_set() {
    let world = World::new().await;
    let running = open(&world.store, None).await.unwrap();
    let first = kid(&running, &world);
    let rotated = rotate(&world.store, &Random, None, false).await.unwrap();
    running.follow(world.clock.now()).await.unwrap();
    assert_eq!(kid(&running, &world), first, "the next key is only published yet");
    assert!(matches!(running.find(&rotated.kid, world.clock.now()), Found::Verifying(_)));
    assert_eq!(running.jwks().keys.len(), 2);

    world.clock.advance(PUBLISHED_AHEAD);
    assert_eq!(world.clock.now(), rotated.signs_from);
    assert_eq!(kid(&running, &world), rotated.kid);
    assert!(matches!(running.find(&first, world.clock.now()), Found::Verifying(_)));

    world.clock.advance(crate::tokens::VALID_FOR + MARGIN);
    assert!(matches!(running.find(&first, world.clock.now()), Found::Spent));
    assert_eq!(running.jwks().keys.len(), 2, "what it signed for good stays verifiable");
    running.follow(world.clock.now()).await.unwrap();
    let keys = signing_keys::load(&world.store).await.unwrap();
    let has_private: Vec<bool> = keys.iter().map(|key| !key.private_key.is_empty()).collect();
    assert_eq!(has_private, [true, false], "nothing is signed by the old one any more");
    assert_eq!(kid(&open(&world.store, None).await.unwrap(), &world), rotated.kid);
}

#[tokio::test]
async fn a_withdrawn_key_is_gone_at_once() {
    let world = World::new().await;
    let running = open(&world.store, None).await.unwrap();
    let first = kid(&running, &world);
    let rotated = rotate(&world.store, &Random, None, true).await.unwrap();
    running.follow(world.clock.now()).await.unwrap();
    assert_eq!(kid(&running, &world), rotated.kid);
    assert!(matches!(running.find(&first, world.clock.now()), Found::Unknown));
    assert_eq!(running.jwks().keys.len(), 1);
    let listed = list(&world.store, world.clock.now()).await.unwrap();
    let states: Vec<_> = listed.iter().map(|key| (key.state.as_str(), key.sealed)).collect();
    assert_eq!(states, [("signing", Some(false)), ("withdrawn", None)]);
}

#[tokio::test]
async fn nobody_makes_a_key_that_running_servers_could_not_open() {
    let world = World::new().await;
    let right = secret("thirty-two characters at the least");
    open(&world.store, Some(&right)).await.unwrap();
    let wrong = secret("another secret of sufficient length");
    let refused = rotate(&world.store, &Random, Some(&wrong), false).await;
    assert!(matches!(refused, Err(KeyringError::SecretWrong)));
    let refused = rotate(&world.store, &Random, None, false).await;
    assert!(matches!(refused, Err(KeyringError::SecretMissing)));
    rotate(&world.store, &Random, Some(&right), false).await.unwrap();
    assert_eq!(signing_keys::load(&world.store).await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_once_a_second() {
    let world = World::new().await;
    let running = open(&world.store, None).await.unwrap();
    let now = world.clock.now();
    let looked = [running.look(now).await, running.look(now).await];
    assert_eq!(looked, [true, false]);
    assert!(running.look(now.after(LOOK_EVERY + Duration::from_micros(1))).await);
}
