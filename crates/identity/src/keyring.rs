//! The Ed25519 keys that access tokens are signed with. The first start makes one and stores it,
//! so that restarts and replicas keep sessions valid.

use std::collections::HashMap;
use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evenhand_domain::clock::Entropy;
use evenhand_persistence::signing_keys::{self, StoredKey};
use evenhand_persistence::{Store, Tx};
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm,
    OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse, ThumbprintHash,
};
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::secret::Sealer;

/// The fewest characters of `EVENHAND_SECRET_KEY`: 128 bits where it is hexadecimal.
pub const MIN_SECRET: usize = 32;

/// Part of what the sealing key is derived from.
const PURPOSE: &str = "evenhand signing keys v1";

/// Why there are no keys to sign with. Says what to do, for whoever starts the server.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The secret is too short.
    #[error("EVENHAND_SECRET_KEY must have at least {MIN_SECRET} characters")]
    SecretTooShort,
    /// The stored key is sealed and no secret is configured.
    #[error(
        "the signing key in the database is sealed: set EVENHAND_SECRET_KEY to the secret it was sealed with"
    )]
    SecretMissing,
    /// The stored key is sealed under another secret.
    #[error(
        "EVENHAND_SECRET_KEY is not the secret that the signing key in the database was sealed with"
    )]
    SecretWrong,
    /// The stored key is no Ed25519 key.
    #[error("the signing key in the database cannot be used: {0}")]
    Unusable(&'static str),
    /// The database failed.
    #[error("the signing keys could not be read")]
    Store(#[from] evenhand_persistence::Error),
}

/// The keys: one signs, all verify.
pub struct Keyring {
    kid: String,
    signing: EncodingKey,
    verifying: HashMap<String, DecodingKey>,
    public: JwkSet,
}

impl Keyring {
    /// Reads the keys, and makes the first one where there is none. Replicas that start at once
    /// end with the same key. With a `secret` private keys are sealed, also those that were
    /// stored plain before; without one they are plain, and the log warns.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub async fn open(
        store: &Store,
        entropy: &dyn Entropy,
        secret: Option<&SecretString>,
    ) -> Result<Self, KeyringError> {
        let sealer = secret.map(sealer).transpose()?;
        let mut tx = store.begin().await?;
        if signing_keys::load(&tx).await?.is_empty() {
            let now = tx.now().await?;
            let first = generate(entropy, sealer.as_ref())?;
            signing_keys::insert_if_absent(&mut tx, first, now).await?;
        }
        let stored = signing_keys::load(&tx).await?;
        let mut keys = Vec::with_capacity(stored.len());
        for key in stored {
            keys.push(open_one(&mut tx, entropy, sealer.as_ref(), key).await?);
        }
        tx.commit().await?;
        if sealer.is_none() {
            tracing::warn!(
                "the signing key is stored unsealed: set EVENHAND_SECRET_KEY to have it encrypted"
            );
        }
        Self::of(keys)
    }

    fn of(keys: Vec<Key>) -> Result<Self, KeyringError> {
        let newest = keys.first().ok_or(KeyringError::Unusable("there is none"))?;
        let (kid, signing) = (newest.kid.clone(), newest.signing.clone());
        let public = JwkSet { keys: keys.iter().map(|key| key.public.clone()).collect() };
        let verifying = keys.into_iter().map(|key| (key.kid, key.verifying)).collect();
        Ok(Self { kid, signing, verifying, public })
    }

    /// The public keys as `/.well-known/jwks.json` shows them (RFC 7517, RFC 8037).
    #[must_use]
    pub const fn jwks(&self) -> &JwkSet {
        &self.public
    }

    /// The name of the key that signs: its RFC 7638 thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) const fn signing(&self) -> &EncodingKey {
        &self.signing
    }

    pub(crate) fn verifying(&self, kid: &str) -> Option<&DecodingKey> {
        self.verifying.get(kid)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("kid", &self.kid).finish_non_exhaustive()
    }
}

struct Key {
    kid: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    public: Jwk,
}

fn sealer(secret: &SecretString) -> Result<Sealer, KeyringError> {
    let secret = secret.expose_secret();
    if secret.chars().count() < MIN_SECRET {
        return Err(KeyringError::SecretTooShort);
    }
    Sealer::derive(secret.as_bytes(), PURPOSE)
        .map_err(|_| KeyringError::Unusable("the sealing key cannot be derived"))
}

/// A new key: the seed (RFC 8032 §5.1.5) is 32 bytes of `entropy`, and is what is stored.
fn generate(entropy: &dyn Entropy, sealer: Option<&Sealer>) -> Result<StoredKey, KeyringError> {
    let mut seed = Zeroizing::new([0; 32]);
    entropy.fill(seed.as_mut());
    let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref())
        .map_err(|_| KeyringError::Unusable("it could not be made"))?;
    let public_key = pair.public_key().as_ref().to_vec();
    let kid = kid_of(&jwk(&public_key))?;
    let private_key = match sealer {
        Some(sealer) => seal(sealer, entropy, &kid, seed.as_ref())?,
        None => seed.to_vec(),
    };
    Ok(StoredKey { number: 1, kid, public_key, private_key, sealed: sealer.is_some() })
}

fn seal(
    sealer: &Sealer,
    entropy: &dyn Entropy,
    kid: &str,
    seed: &[u8],
) -> Result<Vec<u8>, KeyringError> {
    sealer
        .seal(entropy, kid.as_bytes(), seed)
        .map_err(|_| KeyringError::Unusable("it could not be sealed"))
}

/// Opens a stored key, and seals it in its place where a secret came after it.
async fn open_one(
    tx: &mut Tx,
    entropy: &dyn Entropy,
    sealer: Option<&Sealer>,
    stored: StoredKey,
) -> Result<Key, KeyringError> {
    let private_key = Zeroizing::new(stored.private_key);
    let seed = match (stored.sealed, sealer) {
        (true, None) => return Err(KeyringError::SecretMissing),
        (true, Some(sealer)) => sealer
            .open(stored.kid.as_bytes(), &private_key)
            .map_err(|_| KeyringError::SecretWrong)?,
        (false, None) => private_key,
        (false, Some(sealer)) => {
            let sealed = seal(sealer, entropy, &stored.kid, &private_key)?;
            signing_keys::replace_by_sealed(tx, stored.number, sealed).await?;
            private_key
        }
    };
    // Checks that the two halves belong together.
    let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &stored.public_key)
        .map_err(|_| KeyringError::Unusable("it is no Ed25519 key pair"))?;
    let pkcs8 =
        pair.to_pkcs8v1().map_err(|_| KeyringError::Unusable("it cannot be written as PKCS #8"))?;
    let mut public = jwk(&stored.public_key);
    let verifying = DecodingKey::from_jwk(&public)
        .map_err(|_| KeyringError::Unusable("its public half cannot be read"))?;
    if kid_of(&public)? != stored.kid {
        return Err(KeyringError::Unusable("its name is not its thumbprint"));
    }
    public.common.key_id = Some(stored.kid.clone());
    let signing = EncodingKey::from_ed_der(pkcs8.as_ref());
    Ok(Key { kid: stored.kid, signing, verifying, public })
}

fn jwk(public_key: &[u8]) -> Jwk {
    Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: URL_SAFE_NO_PAD.encode(public_key),
        }),
    }
}

fn kid_of(public: &Jwk) -> Result<String, KeyringError> {
    public
        .thumbprint(ThumbprintHash::SHA256)
        .map_err(|_| KeyringError::Unusable("its thumbprint cannot be computed"))
}

#[cfg(test)]
#[path = "keyring_tests.rs"]
mod tests;
