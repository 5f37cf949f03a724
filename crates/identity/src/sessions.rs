//! Sessions and their rotating refresh tokens (RFC 9700 §4.14.2): each is spent once, and one
//! that comes back later than a lost answer explains ends the whole session.

use std::time::Duration;

use evenhand_domain::clock::{Entropy, Timestamp};
use evenhand_domain::ids::{IdSource, OrganizationId, SessionId, UserId};
use evenhand_domain::origin::Origin;
use evenhand_persistence::sessions::{self, Session};
use evenhand_persistence::{Result, Tx};
use secrecy::{ExposeSecret as _, SecretString};

use crate::secret;

/// How long after sign-in a session ends for good.
pub const VALID_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a spent refresh token may be presented again, because its answer was lost.
pub const REPLAY_WINDOW: Duration = Duration::from_secs(10);

const PREFIX: &str = "evr_";

/// A session with the refresh token that was just made for it.
#[derive(Debug, Clone)]
pub struct Renewed {
    /// The session.
    pub session: Session,
    /// `evr_` and 43 characters; to be shown once.
    pub refresh_token: SecretString,
}

/// What came of a refresh token. Of [`Refreshed::Renewed`] and [`Refreshed::Reused`] the
/// transaction is to be committed; [`Refreshed::Invalid`] has written nothing.
#[derive(Debug, Clone)]
pub enum Refreshed {
    /// It was exchanged for another.
    Renewed(Renewed),
    /// It came back although two hold the session's tokens by now: the session has been ended.
    Reused(Session),
    /// It is unknown, or its session is over.
    Invalid,
}

/// Starts a session of an active user who just proved who they are.
///
/// # Errors
/// When the database fails.
pub async fn start(
    tx: &mut Tx,
    ids: &IdSource,
    entropy: &dyn Entropy,
    (organization_id, user_id): (OrganizationId, UserId),
    origin: &Origin,
    now: Timestamp,
) -> Result<Renewed> {
    let session = Session {
        id: ids.next(now),
        organization_id,
        user_id,
        expires_at: now.after(VALID_FOR),
        ended_at: None,
    };
    sessions::insert_at_sign_in(tx, &session, origin, now).await?;
    let (refresh_token, _) = add_refresh_token(tx, entropy, session.id, now).await?;
    Ok(Renewed { session, refresh_token })
}

/// Exchanges a refresh token, and notes where the session is used. Whether the user is still active is for the caller to see.
///
/// A session has one live token at any time. A spent one that comes back within [`REPLAY_WINDOW`]
/// is exchanged anew, because its answer may have been lost: the successor in that answer ends, and
/// with the session if it is presented after all. Where that successor was spent already, its
/// answer was not lost, and the spent token is in other hands: reuse.
///
/// # Errors
/// When the database fails.
pub async fn refresh(
    tx: &mut Tx,
    entropy: &dyn Entropy,
    presented: &SecretString,
    origin: &Origin,
) -> Result<Refreshed> {
    if !secret::is_random_token(presented.expose_secret(), PREFIX) {
        return Ok(Refreshed::Invalid);
    }
    let hash = secret::hash(presented.expose_secret());
    let Some((session, token)) = sessions::lock_by_refresh_token(tx, &hash).await? else {
        return Ok(Refreshed::Invalid);
    };
    // Under the lock, so that it is not before what others under the lock took for now.
    let now = tx.now().await?;
    if session.ended_at.is_some() || session.expires_at <= now {
        return Ok(Refreshed::Invalid);
    }
    if let Some(spent_at) = token.spent_at {
        let is_late = now > spent_at.after(REPLAY_WINDOW);
        if is_late || !sessions::spend_successor(tx, &hash, now).await? {
            sessions::end(tx, session.id, now).await?;
            return Ok(Refreshed::Reused(session));
        }
    }
    let (refresh_token, successor) = add_refresh_token(tx, entropy, session.id, now).await?;
    sessions::spend_refresh_token(tx, &hash, &successor, now).await?;
    sessions::touch(tx, session.id, origin, now).await?;
    Ok(Refreshed::Renewed(Renewed { session, refresh_token }))
}

async fn add_refresh_token(
    tx: &mut Tx,
    entropy: &dyn Entropy,
    session_id: SessionId,
    now: Timestamp,
) -> Result<(SecretString, [u8; 32])> {
    let token = secret::random_token(entropy, PREFIX);
    let hash = secret::hash(token.expose_secret());
    sessions::insert_refresh_token(tx, session_id, &hash, now).await?;
    Ok((token, hash))
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
