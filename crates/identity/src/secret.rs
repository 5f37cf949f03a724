//! Secrets: made from randomness, looked up by hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evenhand_domain::clock::Entropy;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// SHA-256 of a secret. Enough for secrets of 128 random bits and more, which cannot be guessed
/// and so need no slow hash; passwords have one ([`crate::passwords`]).
#[must_use]
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// `prefix` and 32 random bytes in base64url without padding: 43 characters.
#[must_use]
pub fn random_token(entropy: &dyn Entropy, prefix: &str) -> SecretString {
    let mut bytes = Zeroizing::new([0; 32]);
    entropy.fill(bytes.as_mut());
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_ref()));
    SecretString::from(format!("{prefix}{}", encoded.as_str()))
}

/// Whether `text` can be a token that [`random_token`] made with `prefix`.
#[must_use]
pub fn is_random_token(text: &str, prefix: &str) -> bool {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.strip_prefix(prefix).is_some_and(|rest| rest.len() == 43 && rest.bytes().all(is_base64url))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::testing::Random;

    #[test]
    fn a_random_token_looks_like_one() {
        let token = random_token(&Random, "evr_");
        assert!(is_random_token(token.expose_secret(), "evr_"));
        assert!(!is_random_token(token.expose_secret(), "evx_"));
        for wrong in ["", "evr_", "evr_abc", "evr_+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(!is_random_token(wrong, "evr_"), "{wrong}");
        }
    }
}
