//! Tokens of links for a new password: 32 random bytes in base64url, single use, only the SHA-256
//! stored.

use std::time::Duration;

use evenhand_domain::clock::Entropy;
use secrecy::{ExposeSecret as _, SecretString};

use crate::secret;

/// How long a link can be used.
pub const VALID_FOR: Duration = Duration::from_secs(30 * 60);

const PREFIX: &str = "evp_";

/// A token to be sent, and its SHA-256.
#[must_use]
pub fn generate(entropy: &dyn Entropy) -> (SecretString, [u8; 32]) {
    let token = secret::random_token(entropy, PREFIX);
    let hash = secret::hash(token.expose_secret());
    (token, hash)
}

/// The SHA-256 to look a link up by; `None` when no token is written like this.
#[must_use]
pub fn parse(token: &SecretString) -> Option<[u8; 32]> {
    let token = token.expose_secret();
    secret::is_random_token(token, PREFIX).then(|| secret::hash(token))
}
