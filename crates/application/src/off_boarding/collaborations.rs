//! Leads that a user works on besides their owners: they are off them while they are inactive, and
//! back where their deactivation is undone.

use evenhand_distribution::ownership::{By, remove_collaborators, return_collaborator};
use evenhand_domain::error::Error;
use evenhand_domain::ids::{LeadId, UserId};
use evenhand_domain::lead::CollaboratorRemoved;
use evenhand_domain::permission::{Grant, ManageUsers};
use evenhand_persistence::ownership::collaborators;
use evenhand_persistence::{Tx, off_boardings, ownership};

/// Takes a locked user off all of them, remembers these, and says how many. `also` are leads that
/// are locked in the same transaction later: all are locked in one order.
pub(super) async fn leave(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    user: UserId,
    also: &[LeadId],
) -> Result<u64, Error> {
    let organization_id = grant.organization_id();
    let leads = collaborators::of_user(tx, organization_id, user).await?;
    if leads.is_empty() {
        return Ok(0);
    }
    ownership::lock_for_service(tx, organization_id, &in_order(&leads, also)).await?;
    off_boardings::remember_collaborations(tx, grant, user).await?;
    let (by, why) = (By::from(grant.actor()), CollaboratorRemoved::Deactivated);
    Ok(remove_collaborators(tx, organization_id, by, &leads, Some(user), why).await?)
}

/// Puts a locked user, who is active again, back on those that are remembered, but for leads that
/// were erased since, are theirs by now or have no room; `also` as of [`leave`].
pub(super) async fn come_back(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    user: UserId,
    also: &[LeadId],
) -> Result<(), Error> {
    let organization_id = grant.organization_id();
    let left = off_boardings::left_collaborations(tx, grant, user).await?;
    if left.is_empty() {
        return Ok(());
    }
    let leads: Vec<LeadId> = left.iter().map(|it| it.lead_id).collect();
    let leads = in_order(&leads, also);
    let held = ownership::lock_for_service(tx, organization_id, &leads).await?;
    // Read again: some may have been erased until they were locked.
    let left = off_boardings::left_collaborations(tx, grant, user).await?;
    let by = By::from(grant.actor());
    return_collaborator(tx, organization_id, by, &held, &left).await?;
    Ok(())
}

fn in_order(leads: &[LeadId], also: &[LeadId]) -> Vec<LeadId> {
    let mut all: Vec<LeadId> = leads.iter().chain(also).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}
