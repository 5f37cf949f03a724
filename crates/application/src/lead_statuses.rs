//! The statuses of leads. They are settings of the organization and share their version.

use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::organization::{LeadStatusChange, NewLeadStatus, Organization};
use evenhand_domain::permission::{Grant, ManageOrganization};
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::{groups, leads, organizations};
use serde_json::{Value, json};

use crate::settings::store;
use crate::{Services, check_version};

/// Adds a status; gives the organization with it.
///
/// # Errors
/// [`Conflict::StatusKeyTaken`], [`Conflict::TooManyStatuses`]; [`Error::Invalid`] for a place
/// beyond the end.
pub async fn create(
    services: &Services,
    grant: &Grant<ManageOrganization>,
    new: NewLeadStatus,
    once: Option<&Once<Organization>>,
) -> Result<Outcome<Organization>, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    if let Some(answer) = idempotency::begin(&mut tx, grant.organization_id(), once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    let mut organization = organizations::locked(&mut tx, grant).await?;
    let key = new.status.key.clone();
    organization.add_status(new)?;
    let data = json!({"key": key, "after": data(&organization, &key)});
    store(&mut tx, grant, &mut organization, "lead_status.created", data).await?;
    let id = organization.id;
    idempotency::finish(&mut tx, id, once, id.uuid(), &organization).await?;
    tx.commit().await?;
    Ok(Outcome::Done(organization))
}

/// Changes a status; gives the organization with it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`], [`Conflict::LastOpenStatus`];
/// [`Error::Invalid`] for a place beyond the end.
pub async fn change(
    services: &Services,
    grant: &Grant<ManageOrganization>,
    key: &str,
    change: LeadStatusChange,
    expected_version: Option<i64>,
) -> Result<Organization, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let before = organizations::locked(&mut tx, grant).await?;
    before.status(key).ok_or(Error::NotFound("lead status"))?;
    check_version(expected_version, before.settings_version)?;
    let mut after = before.clone();
    after.change_status(key, change)?;
    if after == before {
        return Ok(after);
    }
    let data = json!({"key": key, "before": data(&before, key), "after": data(&after, key)});
    store(&mut tx, grant, &mut after, "lead_status.changed", data).await?;
    tx.commit().await?;
    Ok(after)
}

/// The most leads that a status which is deleted leaves to another.
const MAX_REPLACED: u64 = 10_000;

/// Deletes a status that no lead is in, and that none can come into at the same time; the leads that
/// are in it come into `replaced_by`, where that is given.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`], [`Error::Invalid`] for a status to replace it
/// by that there is not; [`Conflict::StatusInUse`], also for more leads than are replaced at once;
/// [`Conflict::StatusPickedUp`], [`Conflict::LastOpenStatus`].
pub async fn delete(
    services: &Services,
    grant: &Grant<ManageOrganization>,
    key: &str,
    replaced_by: Option<&str>,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    // First what may be waited for long: intake waits for whoever has the statuses claimed.
    let mut organization = organizations::locked(&mut tx, grant).await?;
    organizations::claim_lead_statuses(&mut tx, grant).await?;
    organization.status(key).ok_or(Error::NotFound("lead status"))?;
    check_version(expected_version, organization.settings_version)?;
    let data = json!({"key": key, "before": data(&organization, key)});
    organization.remove_status(key)?;
    if let Some(other) = replaced_by {
        let known = organization.known_status(other);
        known.map_err(|(code, detail)| Error::invalid("/replaced_by", code, detail))?;
    }
    let count = organizations::leads_in_status(&tx, grant, key).await?;
    if count > 0 && (replaced_by.is_none() || count > MAX_REPLACED) {
        return Err(Error::Conflict(Conflict::StatusInUse(count)));
    }
    let groups = groups::letting_pick_up(&tx, grant, key).await?;
    if !groups.is_empty() {
        return Err(Error::Conflict(Conflict::StatusPickedUp(groups)));
    }
    if let Some(other) = replaced_by.filter(|_| count > 0) {
        let now = tx.now().await?;
        leads::replace_status(&mut tx, grant, key, other, now).await?;
    }
    store(&mut tx, grant, &mut organization, "lead_status.deleted", data).await?;
    tx.commit().await?;
    Ok(())
}

fn data(organization: &Organization, key: &str) -> Option<Value> {
    let (status, position) = (organization.status(key)?, organization.status_position(key)?);
    Some(json!({"name": status.name, "kind": status.kind.as_str(), "position": position}))
}
