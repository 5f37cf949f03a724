//! Ending one's own sessions.

use evenhand_domain::error::Error;
use evenhand_domain::ids::SessionId;
use evenhand_domain::permission::Actor;
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::sessions;
use serde_json::json;

use crate::Services;

/// Ends a session of the user that the actor is, at once and on every replica; one that is over
/// stays over.
///
/// # Errors
/// [`Error::NotFound`] when it is not theirs; unavailability.
pub async fn end(services: &Services, actor: &Actor, id: SessionId) -> Result<(), Error> {
    let mut tx = services.store.begin().await?;
    let now = tx.now().await?;
    let ended = sessions::end_one_of_own(&mut tx, actor, id, now).await?;
    if ended.ok_or(Error::NotFound("session"))? {
        let data = json!({ "reason": "ended_by_user" });
        let event = Event::by(actor, "session.ended", id, now, data);
        events::append(&mut tx, vec![event]).await?;
    }
    Ok(tx.commit().await?)
}

/// Ends the other sessions of the user that the actor is.
///
/// # Errors
/// [`Error::PersonRequired`], unavailability.
pub async fn end_others(services: &Services, actor: &Actor) -> Result<(), Error> {
    if actor.user_id().is_none() {
        return Err(Error::PersonRequired);
    }
    let mut tx = services.store.begin().await?;
    let now = tx.now().await?;
    let ended = sessions::end_others_of_own(&mut tx, actor, now).await?;
    let told = ended.iter().map(|session| {
        let data = json!({ "reason": "ended_by_user" });
        // Without the address they go into one statement; there may be many.
        Event::by(actor, "session.ended", session.id, now, data).from_address(None)
    });
    events::append(&mut tx, told.collect()).await?;
    Ok(tx.commit().await?)
}
