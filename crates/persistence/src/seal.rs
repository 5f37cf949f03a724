//! What lies sealed in the database, so that the database alone does not reveal it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use evenhand_domain::clock::Entropy;
use zeroize::Zeroizing;

/// Seals bytes with AES-256-GCM under a key derived by HKDF-SHA256 (RFC 5869) from a secret.
pub struct Sealer {
    key: LessSafeKey,
}

/// What was sealed cannot be opened: another secret, another context, or altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed under another secret, or altered")]
pub struct Unopenable;

/// First byte of everything sealed, so that the way of sealing can change.
const FORMAT: u8 = 1;

impl Sealer {
    /// A sealer whose key depends on `secret` and on `purpose`: what was sealed for one purpose
    /// does not open for another.
    ///
    /// # Errors
    /// When the cryptographic library refuses, which it has no reason to.
    pub fn derive(secret: &[u8], purpose: &'static str) -> Result<Self, Unopenable> {
        let info = [purpose.as_bytes()];
        let extracted = Salt::new(HKDF_SHA256, b"evenhand").extract(secret);
        let material = extracted.expand(&info, &AES_256_GCM).map_err(|_| Unopenable)?;
        Ok(Self { key: LessSafeKey::new(UnboundKey::from(material)) })
    }

    /// Format byte, random nonce, ciphertext and tag. It opens only with the same `context`.
    ///
    /// # Errors
    /// When the cryptographic library refuses, which it has no reason to.
    pub fn seal(
        &self,
        entropy: &dyn Entropy,
        context: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Unopenable> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut body = plain.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context),
                &mut body,
            )
            .map_err(|_| Unopenable)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + body.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// What [`Sealer::seal`] was given.
    ///
    /// # Errors
    /// [`Unopenable`].
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopenable> {
        let (&FORMAT, rest) = sealed.split_first().ok_or(Unopenable)? else {
            return Err(Unopenable);
        };
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Unopenable)?;
        let mut body = Zeroizing::new(body.to_vec());
        let plain = self
            .key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context), &mut body)
            .map_err(|_| Unopenable)?;
        Ok(Zeroizing::new(plain.to_vec()))
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Random;
    impl Entropy for Random {
        fn fill(&self, bytes: &mut [u8]) {
            aws_lc_rs::rand::fill(bytes).unwrap();
        }
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_secret_purpose_and_context() {
        let sealer = Sealer::derive(b"a long enough secret", "test").unwrap();
        let sealed = sealer.seal(&Random, b"row 1", b"plain").unwrap();
        assert_eq!(sealer.open(b"row 1", &sealed).unwrap().as_slice(), b"plain");

        assert_eq!(sealer.open(b"row 2", &sealed), Err(Unopenable));
        for (secret, purpose) in
            [("a long enough secreT", "test"), ("a long enough secret", "tesT")]
        {
            let other = Sealer::derive(secret.as_bytes(), purpose).unwrap();
            assert_eq!(other.open(b"row 1", &sealed), Err(Unopenable));
        }
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert_eq!(sealer.open(b"row 1", &altered), Err(Unopenable), "byte {index}");
            assert_eq!(sealer.open(b"row 1", &sealed[..index]), Err(Unopenable));
        }
        assert_ne!(sealed, sealer.seal(&Random, b"row 1", b"plain").unwrap());
    }
}
