//! Going on with a session, and ending it.

use evenhand_domain::error::{Error, Unauthenticated};
use evenhand_domain::origin::Origin;
use evenhand_domain::permission::Actor;
use evenhand_identity::sessions::{self, Refreshed};
use evenhand_persistence::events::{self, Event, EventActor};
use secrecy::SecretString;
use serde_json::json;

use super::{SignedIn, present};
use crate::Services;

/// Exchanges a refresh token for an access token and the next refresh token. One that was spent
/// before, and longer ago than a lost answer explains, ends its session.
///
/// # Errors
/// [`Unauthenticated::InvalidRefreshToken`], unavailability.
pub async fn refresh(
    services: &Services,
    token: &SecretString,
    origin: &Origin,
) -> Result<SignedIn, Error> {
    let invalid = || Error::Unauthenticated(Unauthenticated::InvalidRefreshToken);
    let mut tx = services.store.begin().await?;
    match sessions::refresh(&mut tx, services.entropy.as_ref(), token, origin).await? {
        Refreshed::Renewed(renewed) => {
            let signed_in = present(services, &mut tx, renewed).await?.ok_or_else(invalid)?;
            tx.commit().await?;
            Ok(signed_in)
        }
        Refreshed::Reused(session) => {
            tracing::warn!(session_id = %session.id, "a spent refresh token came back: session ended");
            let (now, data) = (tx.now().await?, json!({ "reason": "refresh_token_reused" }));
            let (organization_id, by) = (session.organization_id, EventActor::Service);
            let kind = "session.ended";
            let event = Event::without_credential(organization_id, by, kind, session.id, now, data);
            events::append(&mut tx, vec![event.from_address(origin.address)]).await?;
            tx.commit().await?;
            Err(invalid())
        }
        Refreshed::Invalid => Err(invalid()),
    }
}

/// Ends the session that the caller came with, at once and on every replica.
///
/// # Errors
/// [`Error::PersonRequired`] for an API key, unavailability.
pub async fn logout(services: &Services, actor: &Actor) -> Result<(), Error> {
    let mut tx = services.store.begin().await?;
    let now = tx.now().await?;
    let session_id = evenhand_persistence::sessions::end_own(&mut tx, actor, now).await?;
    let session_id = session_id.ok_or(Error::PersonRequired)?;
    let data = json!({ "reason": "logout" });
    let event = Event::by(actor, "session.ended", session_id, now, data);
    events::append(&mut tx, vec![event]).await?;
    Ok(tx.commit().await?)
}
