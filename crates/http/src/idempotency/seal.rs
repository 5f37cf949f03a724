//! Sealing with AES-256-GCM under a key that HKDF-SHA256 derives from a secret text.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use evenhand_domain::clock::Entropy;
use secrecy::{ExposeSecret as _, SecretString};

const CONTEXT: &[u8] = b"evenhand idempotency v1";

/// Seals `plain`: a random nonce, then the sealed bytes with their tag.
///
/// # Errors
/// When the library refuses.
pub(super) fn seal(
    secret: &SecretString,
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, Unspecified> {
    let mut nonce = [0; NONCE_LEN];
    entropy.fill(&mut nonce);
    let mut bytes = plain.to_vec();
    let aad = Aad::from(CONTEXT);
    let nonce_used = Nonce::assume_unique_for_key(nonce);
    key(secret)?.seal_in_place_append_tag(nonce_used, aad, &mut bytes)?;
    let mut sealed = nonce.to_vec();
    sealed.append(&mut bytes);
    Ok(sealed)
}

/// Opens what [`seal`] made.
///
/// # Errors
/// When it was sealed under another secret, or altered.
pub(super) fn open(secret: &SecretString, sealed: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(Unspecified)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce)?;
    let mut bytes = rest.to_vec();
    let plain = key(secret)?.open_in_place(nonce, Aad::from(CONTEXT), &mut bytes)?;
    Ok(plain.to_vec())
}

fn key(secret: &SecretString) -> Result<LessSafeKey, Unspecified> {
    let derived = Salt::new(HKDF_SHA256, &[]).extract(secret.expose_secret().as_bytes());
    let key: UnboundKey = derived.expand(&[CONTEXT], &AES_256_GCM)?.into();
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;
    impl Entropy for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_secret_alone() {
        let secret = SecretString::from("order-4711");
        let sealed = seal(&secret, b"the answer", &Sevens).unwrap();
        assert!(!sealed.windows(10).any(|bytes| bytes == b"the answer"));
        assert_eq!(open(&secret, &sealed).unwrap(), b"the answer");
        assert!(open(&SecretString::from("order-4712"), &sealed).is_err());
        let mut altered = sealed.clone();
        altered[NONCE_LEN] ^= 1;
        assert!(open(&secret, &altered).is_err());
        assert!(open(&secret, &sealed[..5]).is_err());
        assert!(open(&secret, &[]).is_err());
    }
}
