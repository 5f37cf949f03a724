//! One key: made, sealed, opened.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evenhand_domain::clock::{Entropy, Timestamp};
use evenhand_persistence::Tx;
use evenhand_persistence::seal::Sealer;
use evenhand_persistence::signing_keys::{self, StoredKey};
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, KeyAlgorithm,
    OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse, ThumbprintHash,
};
use jsonwebtoken::{DecodingKey, EncodingKey};
use zeroize::Zeroizing;

use super::KeyringError;

/// An opened key.
pub(super) struct Key {
    pub(super) number: i32,
    pub(super) kid: String,
    pub(super) created_at: Timestamp,
    /// `None` once the private half was destroyed.
    pub(super) signing: Option<EncodingKey>,
    pub(super) verifying: DecodingKey,
    pub(super) public: Jwk,
}

/// A new key: the seed (RFC 8032 §5.1.5) is 32 bytes of `entropy`, and is what is stored.
pub(super) fn generate(
    entropy: &dyn Entropy,
    sealer: Option<&Sealer>,
    number: i32,
    now: Timestamp,
) -> Result<StoredKey, KeyringError> {
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
    let sealed = sealer.is_some();
    Ok(StoredKey {
        number,
        kid,
        public_key,
        private_key,
        sealed,
        created_at: now,
        retired_at: None,
    })
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

/// Seals a private half that lies plain, where a secret came after it.
pub(super) async fn seal_in_place(
    tx: &mut Tx,
    entropy: &dyn Entropy,
    sealer: Option<&Sealer>,
    stored: &StoredKey,
) -> Result<(), KeyringError> {
    let Some(sealer) = sealer.filter(|_| !stored.sealed && !stored.private_key.is_empty()) else {
        return Ok(());
    };
    let sealed = seal(sealer, entropy, &stored.kid, &stored.private_key)?;
    Ok(signing_keys::replace_by_sealed(tx, stored.number, sealed).await?)
}

impl Key {
    /// Opens a stored key.
    pub(super) fn open(sealer: Option<&Sealer>, stored: StoredKey) -> Result<Self, KeyringError> {
        let private_key = Zeroizing::new(stored.private_key);
        let seed = match (stored.sealed, sealer) {
            (true, None) => return Err(KeyringError::SecretMissing),
            (true, Some(sealer)) => sealer
                .open(stored.kid.as_bytes(), &private_key)
                .map_err(|_| KeyringError::SecretWrong)?,
            (false, _) => private_key,
        };
        let signing =
            if seed.is_empty() { None } else { Some(signing(&seed, &stored.public_key)?) };
        let mut public = jwk(&stored.public_key);
        let verifying = DecodingKey::from_jwk(&public)
            .map_err(|_| KeyringError::Unusable("its public half cannot be read"))?;
        if kid_of(&public)? != stored.kid {
            return Err(KeyringError::Unusable("its name is not its thumbprint"));
        }
        public.common.key_id = Some(stored.kid.clone());
        let (number, created_at) = (stored.number, stored.created_at);
        Ok(Self { number, kid: stored.kid, created_at, signing, verifying, public })
    }
}

fn signing(seed: &[u8], public_key: &[u8]) -> Result<EncodingKey, KeyringError> {
    // Checks that the two halves belong together.
    let pair = Ed25519KeyPair::from_seed_and_public_key(seed, public_key)
        .map_err(|_| KeyringError::Unusable("it is no Ed25519 key pair"))?;
    let pkcs8 =
        pair.to_pkcs8v1().map_err(|_| KeyringError::Unusable("it cannot be written as PKCS #8"))?;
    Ok(EncodingKey::from_ed_der(pkcs8.as_ref()))
}

pub(crate) fn jwk(public_key: &[u8]) -> Jwk {
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

pub(super) fn kid_of(public: &Jwk) -> Result<String, KeyringError> {
    public
        .thumbprint(ThumbprintHash::SHA256)
        .map_err(|_| KeyringError::Unusable("its thumbprint cannot be computed"))
}
