//! Which key signs, which ones verify, and the next one.

use std::fmt;
use std::sync::Arc;

use evenhand_domain::clock::{Entropy, Timestamp};
use evenhand_domain::error::Error;
use evenhand_persistence::signing_keys::{self, StoredKey};
use evenhand_persistence::{Read, Store};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::SecretString;

use super::key::{self, Key};
use super::{KeyringError, MARGIN, PUBLISHED_AHEAD, sealer};
use crate::tokens;

/// The keys that were not withdrawn, the newest first; there is one at least.
pub(super) struct Keys {
    keys: Vec<Key>,
    public: Arc<JwkSet>,
}

/// What is known of a key that a token names.
#[derive(Debug)]
pub(crate) enum Found {
    /// It verifies.
    Verifying(DecodingKey),
    /// No token of it can be alive.
    Spent,
    /// There is no such key, or it is not known here yet.
    Unknown,
}

impl Keys {
    pub(super) fn of(keys: Vec<Key>) -> Result<Self, KeyringError> {
        if keys.is_empty() {
            return Err(KeyringError::Unusable("there is none"));
        }
        let public = keys.iter().map(|key| key.public.clone()).collect();
        Ok(Self { keys, public: Arc::new(JwkSet { keys: public }) })
    }

    pub(super) fn public(&self) -> Arc<JwkSet> {
        Arc::clone(&self.public)
    }

    pub(super) fn signing(&self, now: Timestamp) -> Result<(String, EncodingKey), Error> {
        let made: Vec<Timestamp> = self.made();
        let key = self.keys.get(signs(&made, now));
        let signing = key.and_then(|key| Some((key.kid.clone(), key.signing.clone()?)));
        signing.ok_or_else(|| Error::internal("the private half of the signing key is gone"))
    }

    pub(super) fn find(&self, kid: &str, now: Timestamp) -> Found {
        let Some(index) = self.keys.iter().position(|key| key.kid == kid) else {
            return Found::Unknown;
        };
        match self.keys.get(index) {
            Some(key) if verifies(&self.made(), index, now) => {
                Found::Verifying(key.verifying.clone())
            }
            _ => Found::Spent,
        }
    }

    /// The numbers of keys with a private half that nothing will be signed by.
    pub(super) fn with_spent_private_half(&self, now: Timestamp) -> Vec<i32> {
        let made = self.made();
        let keys = self.keys.iter().enumerate();
        keys.filter(|(index, key)| key.signing.is_some() && !verifies(&made, *index, now))
            .map(|(_, key)| key.number)
            .collect()
    }

    fn made(&self) -> Vec<Timestamp> {
        self.keys.iter().map(|key| key.created_at).collect()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.kid)).finish()
    }
}

/// When the key at `index` begins to sign, by when the keys were made, the newest first: the
/// oldest at once, for there is no other.
fn signs_from(made: &[Timestamp], index: usize) -> Timestamp {
    let created_at = made.get(index).copied().unwrap_or(Timestamp::from_micros(0));
    if index + 1 >= made.len() { created_at } else { created_at.after(PUBLISHED_AHEAD) }
}

/// The index of the key that signs at `now`.
fn signs(made: &[Timestamp], now: Timestamp) -> usize {
    let started = |index: &usize| signs_from(made, *index) <= now;
    (0..made.len()).find(started).unwrap_or(made.len().saturating_sub(1))
}

/// Whether a token of the key at `index` may be alive at `now`, or will be.
fn verifies(made: &[Timestamp], index: usize, now: Timestamp) -> bool {
    match index.checked_sub(1) {
        None => true,
        Some(successor) => now < signs_from(made, successor).after(tokens::VALID_FOR).after(MARGIN),
    }
}

/// A key that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// Its name in tokens and in the key set.
    pub kid: String,
    /// When it begins to sign.
    pub signs_from: Timestamp,
}

/// Makes the next key. Running servers take it over by themselves. With `withdraw` because a key
/// is in wrong hands: all others are withdrawn at once with everything that they signed, and the
/// new one signs immediately.
///
/// # Errors
/// [`KeyringError`], also where the stored keys do not open with `secret`: a server could not open
/// the new one either.
pub async fn rotate(
    store: &Store,
    entropy: &dyn Entropy,
    secret: Option<&SecretString>,
    withdraw: bool,
) -> Result<Rotated, KeyringError> {
    let sealer = secret.map(sealer).transpose()?;
    let mut tx = store.begin().await?;
    let now = tx.now().await?;
    let stored = signing_keys::load_all(&tx).await?;
    for stored in stored.iter().filter(|stored| stored.retired_at.is_none()) {
        Key::open(sealer.as_ref(), stored.clone())?;
    }
    let number = stored.first().map_or(1, |newest| newest.number.saturating_add(1));
    let next = key::generate(entropy, sealer.as_ref(), number, now)?;
    signing_keys::insert_if_absent(&mut tx, next).await?;
    if withdraw {
        signing_keys::retire_before(&mut tx, number, now).await?;
    }
    // Of two who rotate at once one makes the key, and that is the one there is.
    let keys = signing_keys::load(&tx).await?;
    tx.commit().await?;
    let newest = keys.first().ok_or(KeyringError::Unusable("there is none"))?;
    let made: Vec<Timestamp> = keys.iter().map(|key| key.created_at).collect();
    Ok(Rotated { kid: newest.kid.clone(), signs_from: signs_from(&made, 0) })
}

/// What a key is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Published, and will sign.
    Next,
    /// Signs.
    Signing,
    /// Signs no more; tokens of it may be alive.
    Verifying,
    /// Published for what it signed for good.
    Kept,
    /// Withdrawn with everything that it signed.
    Withdrawn,
}

impl KeyState {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Signing => "signing",
            Self::Verifying => "verifying",
            Self::Kept => "kept",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A key as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    /// Its name in tokens and in the key set.
    pub kid: String,
    /// What it is there for.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it began to sign, or will.
    pub signs_from: Timestamp,
    /// Whether its private half is encrypted; `None` once it was destroyed.
    pub sealed: Option<bool>,
}

/// All keys that ever were, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(db: &impl Read, now: Timestamp) -> Result<Vec<ListedKey>, KeyringError> {
    let stored = signing_keys::load_all(db).await?;
    let made: Vec<Timestamp> =
        stored.iter().filter(|key| key.retired_at.is_none()).map(|key| key.created_at).collect();
    // Withdrawing takes all older ones, so the others keep their places.
    let listed = stored.into_iter().enumerate().map(|(index, key)| listed(&made, index, key, now));
    Ok(listed.collect())
}

fn listed(made: &[Timestamp], index: usize, key: StoredKey, now: Timestamp) -> ListedKey {
    let signing = signs(made, now);
    let state = match index {
        _ if key.retired_at.is_some() => KeyState::Withdrawn,
        index if index < signing => KeyState::Next,
        index if index == signing => KeyState::Signing,
        index if verifies(made, index, now) => KeyState::Verifying,
        _ => KeyState::Kept,
    };
    let signs_from = match key.retired_at {
        Some(_) => key.created_at,
        None => signs_from(made, index),
    };
    ListedKey {
        kid: key.kid,
        state,
        created_at: key.created_at,
        signs_from,
        sealed: (!key.private_key.is_empty()).then_some(key.sealed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000 + minutes * 60_000_000)
    }

    #[test]
    fn a_new_key_signs_once_it_was_published_for_a_while() {
        let made = [at(100), at(0)];
        assert_eq!(signs(&made, at(100)), 1);
        assert_eq!(signs(&made, at(104)), 1);
        assert_eq!(signs(&made, at(105)), 0);
        assert_eq!(signs(&made[1..], at(-5)), 0, "there is no other");
    }

    #[test]
    fn the_one_before_verifies_until_its_tokens_are_dead() {
        let made = [at(100), at(0)];
        assert!(verifies(&made, 1, at(134)));
        assert!(!verifies(&made, 1, at(135)));
        assert!(verifies(&made, 0, at(100)) && verifies(&made, 0, at(1_000)));
    }

    #[test]
    fn keys_made_soon_after_each_other_sign_one_after_the_other() {
        let made = [at(102), at(100), at(0)];
        let signing: Vec<usize> = (104..108).map(|minute| signs(&made, at(minute))).collect();
        assert_eq!(signing, [2, 1, 1, 0]);
        assert!(verifies(&made, 2, at(134)) && !verifies(&made, 2, at(135)));
    }
}
