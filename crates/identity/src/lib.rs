//! Who is asking: passwords, access tokens and the keys that sign them, sessions, API keys,
//! invitations.
//!
//! Time comes from a `Clock` or a transaction, randomness from an `Entropy`; of every secret that
//! is handed out only its SHA-256 is stored.

pub mod api_keys;
pub mod authenticator;
pub mod heads;
pub mod invitations;
pub mod keyring;
pub mod password_resets;
pub mod password_rules;
pub mod passwords;
pub mod secret;
pub mod sessions;
pub mod tokens;

pub use authenticator::{Authenticator, Presented};
pub use keyring::{Keyring, KeyringError, MIN_SECRET};
pub use passwords::{Passwords, Turn};
pub use tokens::Tokens;

#[cfg(test)]
mod testing;
