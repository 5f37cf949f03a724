//! Users whom somebody names on a lead: each has to be active and to see it, by the rule that
//! answers why somebody sees a lead.

use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::lead_access::explain;
use evenhand_domain::permission::{EditLeads, Grant};
use evenhand_domain::user::UserStatus;
use evenhand_persistence::ownership::HeldLead;
use evenhand_persistence::{Tx, intake, leads};

/// Locks users against being deactivated; to be done before a lead is locked.
pub(super) async fn lock(
    tx: &mut Tx,
    grant: &Grant<EditLeads>,
    users: &[UserId],
) -> Result<(), Error> {
    let keys: Vec<_> = users.iter().map(|user| (grant.organization_id(), *user)).collect();
    intake::lock_users(tx, &keys).await?;
    Ok(())
}

/// Checks users, locked, each with the pointer to where the request names them.
///
/// # Errors
/// [`Error::Invalid`] with `unknown_user` for somebody who is not an active user of the organization,
/// and `cannot_see_lead` for somebody who does not see the lead.
pub(super) async fn check(
    tx: &Tx,
    grant: &Grant<EditLeads>,
    lead: &HeldLead,
    named: &[(String, UserId)],
) -> Result<(), Error> {
    if named.is_empty() {
        return Ok(());
    }
    let facts = leads::facts_of_held(tx, grant, lead).await?.ok_or(Error::NotFound("lead"))?;
    let users: Vec<UserId> = named.iter().map(|(_, user)| *user).collect();
    let viewers = leads::viewers(tx, grant, &users).await?;
    let mut faults = Faults::default();
    for (pointer, user) in named {
        let viewer = viewers.iter().find(|viewer| viewer.user.id == *user);
        match viewer.filter(|viewer| viewer.status == UserStatus::Active) {
            None => {
                let detail = "not an active user of this organization";
                faults.add(pointer.as_str(), "unknown_user", detail);
            }
            Some(viewer) if explain(viewer, &facts).sight.is_none() => {
                faults.add(pointer.as_str(), "cannot_see_lead", "does not see the lead");
            }
            Some(_) => {}
        }
    }
    faults.into_result(())
}
