//! What people and keys put down on leads. Whoever puts something down, changes or deletes it has the
//! lead locked: nothing comes upon one that is archived or erased at the same moment.

pub mod communications;
pub mod notes;
mod readers;
pub mod tasks;

use evenhand_domain::activity::Author;
use evenhand_domain::error::Error;
use evenhand_domain::ids::LeadId;
use evenhand_domain::lead::CreatedBy;
use evenhand_domain::permission::{EditLeads, Grant, Permission, Sight};
use evenhand_persistence::Tx;
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::ownership::{self, HeldLead};
use serde_json::Value;

/// The lead under lock, for who works on it; one that was put away is refused. Users are locked before.
async fn locked(tx: &mut Tx, grant: &Grant<EditLeads>, lead_id: LeadId) -> Result<HeldLead, Error> {
    let held = ownership::lock(tx, grant, &[lead_id]).await?;
    let lead = held.into_iter().next().ok_or(Error::NotFound("lead"))?;
    if lead.sight != Sight::Working {
        return Err(Error::Denied(Permission::LeadsEdit));
    }
    lead.check_not_archived()?;
    Ok(lead)
}

/// Who put something down changes it, and who manages what others put down.
fn require_author(grant: &Grant<EditLeads>, author: &CreatedBy) -> Result<(), Error> {
    let is_author = Author::from(grant.subject()) == Author::from(author);
    if is_author || grant.actor().may(Permission::ActivitiesManage) {
        return Ok(());
    }
    Err(Error::Denied(Permission::ActivitiesManage))
}

/// Appends an event of a lead, with the words that belong to it, where it has any.
async fn tell(
    tx: &mut Tx,
    grant: &Grant<EditLeads>,
    kind: &'static str,
    lead_id: LeadId,
    data: Value,
    words: Option<Value>,
) -> Result<(), Error> {
    let now = tx.now().await?;
    let event = Event::by(grant.actor(), kind, lead_id, now, data);
    let event = match words {
        Some(words) => event.with_details(words),
        None => event,
    };
    Ok(events::append(tx, vec![event]).await?)
}
