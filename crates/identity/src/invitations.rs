//! Tokens of invitations: 32 random bytes in base64url, single use, only the SHA-256 stored.

use std::time::Duration;

use evenhand_domain::clock::Entropy;
use secrecy::{ExposeSecret as _, SecretString};

use crate::secret;

/// How long an invitation can be accepted.
pub const VALID_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A new invitation's token.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// To be handed to the invited person.
    pub token: SecretString,
    /// Its SHA-256.
    pub hash: [u8; 32],
}

/// Makes a token.
#[must_use]
pub fn generate(entropy: &dyn Entropy) -> NewInvitation {
    let token = secret::random_token(entropy, "");
    let hash = secret::hash(token.expose_secret());
    NewInvitation { token, hash }
}

/// The SHA-256 to look an invitation up by; `None` when no token is written like this.
#[must_use]
pub fn parse(token: &SecretString) -> Option<[u8; 32]> {
    let token = token.expose_secret();
    secret::is_random_token(token, "").then(|| secret::hash(token))
}
