use super::*;
use crate::testing::{Random, World};

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
    assert_eq!(first.kid(), second.kid());
    assert_eq!(first.jwks().keys.len(), 1);
    assert_eq!(first.kid(), open(&world.store, None).await.unwrap().kid(), "a restart keeps it");
}

#[tokio::test]
async fn the_key_set_shows_the_public_half_only() {
    let world = World::new().await;
    let keyring = open(&world.store, None).await.unwrap();
    let shown = serde_json::to_value(keyring.jwks()).unwrap();
    let key = &shown["keys"][0];
    assert_eq!((&key["kty"], &key["crv"]), (&"OKP".into(), &"Ed25519".into()));
    assert_eq!((&key["use"], &key["alg"]), (&"sig".into(), &"EdDSA".into()));
    assert_eq!(key["kid"], keyring.kid());
    assert_eq!(key.as_object().unwrap().len(), 6, "{key}");
}

#[tokio::test]
async fn a_sealed_key_opens_with_its_secret_only() {
    let world = World::new().await;
    let right = secret("thirty-two characters at the least");
    let keyring = open(&world.store, Some(&right)).await.unwrap();
    assert!(stored(&world).await.sealed);
    assert_eq!(open(&world.store, Some(&right)).await.unwrap().kid(), keyring.kid());

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
    assert_eq!(before.kid(), after.kid());
    let sealed = stored(&world).await;
    assert!(sealed.sealed && sealed.private_key != plain.private_key);
    assert_eq!(open(&world.store, Some(&secret)).await.unwrap().kid(), before.kid());
}
