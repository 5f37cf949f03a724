//! What people do with their own accounts: passwords and sessions. An account may belong to
//! several organizations; a session belongs to one of them.

pub mod passwords;
pub mod reset;
pub mod sessions;
pub(crate) mod throttle;

use evenhand_delivery::mail::{Letter, LetterKind};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Error;
use evenhand_domain::ids::{OrganizationId, UserId};
use evenhand_domain::origin::Origin;
use evenhand_persistence::accounts::Account;
use evenhand_persistence::events::{Event, EventActor};
use evenhand_persistence::sessions::Ended;
use evenhand_persistence::{Tx, users};
use serde_json::json;

use crate::Services;

/// Where an account is an active user.
type Users = [(OrganizationId, UserId)];

/// What is told of sessions that ended together with others.
pub(crate) fn ended(sessions: &[Ended], reason: &'static str, now: Timestamp) -> Vec<Event> {
    let told = sessions.iter().map(|session| {
        let by = EventActor::User(session.user_id.uuid());
        let data = json!({ "reason": reason });
        let organization_id = session.organization_id;
        Event::without_credential(organization_id, by, "session.ended", session.id, now, data)
    });
    told.collect()
}

/// Something about an account, told to each organization that it is an active user of.
fn tell(
    users: &Users,
    by: impl Fn(UserId) -> EventActor,
    kind: &'static str,
    origin: &Origin,
    now: Timestamp,
) -> Vec<Event> {
    // Of several organizations none learns where somebody was at work for another.
    let address = origin.address.filter(|_| users.len() == 1);
    let told = users.iter().map(|(organization_id, user_id)| {
        let by = by(*user_id);
        Event::without_credential(*organization_id, by, kind, *user_id, now, json!({}))
            .from_address(address)
    });
    told.collect()
}

/// Writes a letter about an account to its address, where mail is sent at all.
async fn write(
    services: &Services,
    tx: &mut Tx,
    account: &Account,
    users: &Users,
    kind: LetterKind,
) -> Result<(), Error> {
    let Some(outbox) = &services.mail else { return Ok(()) };
    let name = match users.first() {
        Some((organization_id, user_id)) => {
            users::find_active_for_sign_in(tx, *organization_id, *user_id).await?
        }
        None => None,
    };
    let letter = Letter {
        organization_id: None,
        about: account.id.uuid(),
        to: account.email.given().to_owned(),
        name: name.map(|user| user.first_name).unwrap_or_default(),
        kind,
    };
    outbox.post(tx, &letter).await?;
    Ok(())
}
