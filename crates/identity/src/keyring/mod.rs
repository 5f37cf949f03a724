//! The Ed25519 keys that access tokens and the heads of ledgers are signed with. The first start
//! makes one and stores it, so that restarts and replicas keep sessions valid; `rotate` makes the
//! next one, and running servers follow.
//!
//! A new key is published for [`PUBLISHED_AHEAD`] before it signs, so that every replica knows it
//! by then. The one before goes on verifying until no token of it can be alive; then its private
//! half is destroyed. Its public half is published for good: signed heads stay verifiable.

mod key;
mod rotation;

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use evenhand_domain::clock::{Entropy, Timestamp};
use evenhand_domain::error::Error;
use evenhand_persistence::Store;
use evenhand_persistence::seal::Sealer;
use evenhand_persistence::signing_keys;
use jsonwebtoken::EncodingKey;
use jsonwebtoken::jwk::JwkSet;
use secrecy::{ExposeSecret as _, SecretString};

use self::key::Key;
pub(crate) use self::key::jwk;
pub(crate) use self::rotation::Found;
use self::rotation::Keys;
pub use self::rotation::{KeyState, ListedKey, Rotated, list, rotate};

/// The fewest characters of `EVENHAND_SECRET_KEY`: 128 bits where it is hexadecimal.
pub const MIN_SECRET: usize = 32;

/// How long a new key is published before it signs.
pub const PUBLISHED_AHEAD: Duration = Duration::from_secs(5 * 60);

/// How long a key verifies after the last token that it may have signed has expired: for replicas
/// that were late to follow.
const MARGIN: Duration = Duration::from_secs(15 * 60);

/// The least time between two looks for a key that is not known.
const LOOK_EVERY: Duration = Duration::from_secs(1);

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

/// The keys: one signs, all verify. What it holds is a copy of what is stored, made anew by
/// [`Keyring::follow`].
pub struct Keyring {
    store: Store,
    sealer: Option<Sealer>,
    keys: RwLock<Arc<Keys>>,
    looked_at: AtomicI64,
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
        // In one statement: two servers that start together find the same, give their first keys the
        // same number, and one of them is kept.
        let all = signing_keys::load_all(&tx).await?;
        if all.iter().all(|key| key.retired_at.is_some()) {
            let number = all.first().map_or(1, |key| key.number + 1);
            let first = key::generate(entropy, sealer.as_ref(), number, tx.now().await?)?;
            signing_keys::insert_if_absent(&mut tx, first).await?;
        }
        let stored = signing_keys::load(&tx).await?;
        let mut keys = Vec::with_capacity(stored.len());
        for stored in stored {
            key::seal_in_place(&mut tx, entropy, sealer.as_ref(), &stored).await?;
            keys.push(Key::open(sealer.as_ref(), stored)?);
        }
        tx.commit().await?;
        if sealer.is_none() {
            tracing::warn!(
                "the signing key is stored unsealed: set EVENHAND_SECRET_KEY to have it encrypted"
            );
        }
        Ok(Self {
            store: store.clone(),
            sealer,
            keys: RwLock::new(Arc::new(Keys::of(keys)?)),
            looked_at: AtomicI64::new(i64::MIN),
        })
    }

    /// Takes over what is stored by now, and destroys private halves that are of no use any more.
    ///
    /// # Errors
    /// [`KeyringError`]; then the keys stay as they were.
    pub async fn follow(&self, now: Timestamp) -> Result<(), KeyringError> {
        let stored = signing_keys::load(&self.store).await?;
        let keys: Result<Vec<Key>, KeyringError> =
            stored.into_iter().map(|stored| Key::open(self.sealer.as_ref(), stored)).collect();
        let keys = Arc::new(Keys::of(keys?)?);
        let spent = keys.with_spent_private_half(now);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        if !spent.is_empty() {
            let mut tx = self.store.begin().await?;
            for number in spent {
                signing_keys::destroy_private(&mut tx, number).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Follows because of a key that is not known here, at most once a second: whoever makes up
    /// names of keys does not keep the database busy. Whether it looked.
    pub(crate) async fn look(&self, now: Timestamp) -> bool {
        let last = self.looked_at.load(Ordering::Relaxed);
        let is_due = last < now.before(LOOK_EVERY).micros() || last > now.micros();
        let is_mine = is_due
            && self
                .looked_at
                .compare_exchange(last, now.micros(), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if is_mine && let Err(error) = self.follow(now).await {
            tracing::warn!(error = ?error, "the signing keys could not be read again");
        }
        is_mine
    }

    /// The public keys as `/.well-known/jwks.json` shows them (RFC 7517, RFC 8037), also those
    /// that sign no more.
    #[must_use]
    pub fn jwks(&self) -> Arc<JwkSet> {
        self.keys().public()
    }

    /// The name of the key that signs now (its RFC 7638 thumbprint), and the key.
    ///
    /// # Errors
    /// An internal error when its private half is gone.
    pub(crate) fn signing(&self, now: Timestamp) -> Result<(String, EncodingKey), Error> {
        self.keys().signing(now)
    }

    /// The key that a token names.
    pub(crate) fn find(&self, kid: &str, now: Timestamp) -> Found {
        self.keys().find(kid, now)
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("keys", &self.keys()).finish_non_exhaustive()
    }
}

fn sealer(secret: &SecretString) -> Result<Sealer, KeyringError> {
    let secret = secret.expose_secret();
    if secret.chars().count() < MIN_SECRET {
        return Err(KeyringError::SecretTooShort);
    }
    Sealer::derive(secret.as_bytes(), PURPOSE)
        .map_err(|_| KeyringError::Unusable("the sealing key cannot be derived"))
}

#[cfg(test)]
mod tests;
