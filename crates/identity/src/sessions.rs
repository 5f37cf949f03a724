//! Sessions and their rotating refresh tokens (RFC 9700 §4.14.2): each is spent once, and one
//! that comes back later than a lost answer explains ends the whole session.

use std::time::Duration;

use evenhand_domain::clock::{Entropy, Timestamp};
use evenhand_domain::ids::{IdSource, OrganizationId, SessionId, UserId};
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

/// What came of a refresh token. The transaction is to be committed in every case.
#[derive(Debug, Clone)]
pub enum Refreshed {
    /// It was exchanged for another.
    Renewed(Renewed),
    /// It was spent before: the session has been ended.
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
    now: Timestamp,
) -> Result<Renewed> {
    let session = Session {
        id: ids.next(now),
        organization_id,
        user_id,
        expires_at: now.after(VALID_FOR),
        ended_at: None,
    };
    sessions::insert_at_sign_in(tx, &session, now).await?;
    let (refresh_token, _) = add_refresh_token(tx, entropy, session.id, now).await?;
    Ok(Renewed { session, refresh_token })
}

/// Exchanges a refresh token. Whether the user is still active is for the caller to see.
///
/// # Errors
/// When the database fails.
pub async fn refresh(
    tx: &mut Tx,
    entropy: &dyn Entropy,
    presented: &SecretString,
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
    if token.spent_at.is_some_and(|at| now > at.after(REPLAY_WINDOW)) {
        sessions::end(tx, session.id, now).await?;
        return Ok(Refreshed::Reused(session));
    }
    let (refresh_token, successor) = add_refresh_token(tx, entropy, session.id, now).await?;
    sessions::spend_refresh_token(tx, &hash, &successor, now).await?;
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
mod tests {
    use evenhand_domain::clock::Clock as _;
    use evenhand_persistence::{Store, access};

    use super::*;
    use crate::testing::{Random, World};

    async fn signed_in(world: &World) -> Renewed {
        let mut tx = world.store.begin().await.unwrap();
        let now = tx.now().await.unwrap();
        let who = (world.organization_id, world.user_id);
        let started = start(&mut tx, &world.ids, &Random, who, now).await.unwrap();
        tx.commit().await.unwrap();
        started
    }

    async fn exchange(store: &Store, token: &SecretString) -> Refreshed {
        let mut tx = store.begin().await.unwrap();
        let refreshed = refresh(&mut tx, &Random, token).await.unwrap();
        tx.commit().await.unwrap();
        refreshed
    }

    fn renewed(refreshed: Refreshed) -> SecretString {
        match refreshed {
            Refreshed::Renewed(renewed) => renewed.refresh_token,
            other => panic!("{other:?}"),
        }
    }

    async fn is_live(world: &World, session: &Session) -> bool {
        let now = world.clock.now();
        let id = session.id;
        let actor =
            access::load_session(&world.store, id, world.organization_id, world.user_id, now);
        actor.await.unwrap().is_some()
    }

    #[tokio::test]
    async fn a_token_is_exchanged_and_a_lost_answer_given_again_within_ten_seconds() {
        let world = World::new().await;
        let started = signed_in(&world).await;
        let second = renewed(exchange(&world.store, &started.refresh_token).await);
        world.clock.advance(REPLAY_WINDOW);
        let third = renewed(exchange(&world.store, &started.refresh_token).await);
        for token in [&second, &third] {
            assert_ne!(token.expose_secret(), started.refresh_token.expose_secret());
            renewed(exchange(&world.store, token).await);
        }
        assert!(is_live(&world, &started.session).await);
    }

    #[tokio::test]
    async fn a_spent_token_that_comes_back_later_ends_the_session() {
        let world = World::new().await;
        let started = signed_in(&world).await;
        let elsewhere = signed_in(&world).await;
        let successor = renewed(exchange(&world.store, &started.refresh_token).await);
        world.clock.advance(REPLAY_WINDOW + Duration::from_micros(1));
        let reused = exchange(&world.store, &started.refresh_token).await;
        assert!(matches!(reused, Refreshed::Reused(session) if session.id == started.session.id));
        for token in [&successor, &started.refresh_token] {
            assert!(matches!(exchange(&world.store, token).await, Refreshed::Invalid));
        }
        assert!(!is_live(&world, &started.session).await);
        assert!(is_live(&world, &elsewhere.session).await);
    }

    #[tokio::test]
    async fn asking_twice_at_once_gives_two_successors() {
        let world = World::new().await;
        let started = signed_in(&world).await;
        let replica = world.replica().await;
        let token = &started.refresh_token;
        let (first, second) =
            tokio::join!(exchange(&world.store, token), exchange(&replica, token));
        for token in [renewed(first), renewed(second)] {
            renewed(exchange(&world.store, &token).await);
        }
    }

    #[tokio::test]
    async fn a_session_ends_for_good_thirty_days_after_sign_in() {
        let world = World::new().await;
        let started = signed_in(&world).await;
        world.clock.advance(VALID_FOR - Duration::from_secs(1));
        let successor = renewed(exchange(&world.store, &started.refresh_token).await);
        world.clock.advance(Duration::from_secs(1));
        assert!(matches!(exchange(&world.store, &successor).await, Refreshed::Invalid));
        assert!(!is_live(&world, &started.session).await);
    }

    #[tokio::test]
    async fn what_was_never_a_refresh_token_is_invalid() {
        let world = World::new().await;
        for wrong in ["", "nonsense", "evr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let refreshed = exchange(&world.store, &SecretString::from(wrong)).await;
            assert!(matches!(refreshed, Refreshed::Invalid), "{wrong}");
        }
    }
}
