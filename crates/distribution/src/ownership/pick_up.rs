//! One lead of a pool taken by whoever comes first.

use evenhand_domain::error::{Conflict, Error, Unauthenticated};
use evenhand_domain::ids::{IdSource, LeadId, UserId};
use evenhand_domain::lead::AssignmentSource;
use evenhand_domain::permission::{Grant, Permission, PickUpLeads, Sight};
use evenhand_domain::user::UserStatus;
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::leads::MovedLead;
use evenhand_persistence::ownership::{HeldLead, WantedLead, lock_wanted};
use evenhand_persistence::{Store, access, intake, leads};

use super::{Move, To, move_leads};

/// What somebody wants to pick up.
#[derive(Debug, Clone, Copy)]
pub struct PickUp {
    /// The lead.
    pub lead_id: LeadId,
    /// The version it must have.
    pub expected_version: Option<i64>,
}

/// Gives a lead of the caller's pool to the caller. Of several who want it at once the first gets
/// it. No rotation takes notice of it, and no limit counts it; whose it is already keeps it as it is.
///
/// # Errors
/// [`Conflict::LeadTaken`] for one that somebody else has, where the caller sees it or it was in
/// their pool right before; [`Conflict::NotInPool`] for another that they see, else
/// [`Error::NotFound`]; [`Error::PreconditionFailed`]; unavailability.
pub async fn pick_up(
    store: &Store,
    ids: &IdSource,
    grant: &Grant<PickUpLeads>,
    request: PickUp,
    once: Option<&Once<MovedLead>>,
) -> Result<Outcome<MovedLead>, Error> {
    let mut tx = store.begin().await?;
    let grant = &access::regrant(&mut tx, grant).await?;
    let user = grant.user_id().ok_or(Error::PersonRequired)?;
    let organization_id = grant.organization_id();
    if let Some(answer) = idempotency::begin(&mut tx, organization_id, once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    let users = intake::lock_users(&mut tx, &[(organization_id, user)]).await?;
    let is_active = |(_, status): &(_, UserStatus)| *status == UserStatus::Active;
    if !users.values().any(is_active) {
        return Err(Error::Unauthenticated(Unauthenticated::Invalid));
    }
    let wanted = lock_wanted(&mut tx, grant, user, request.lead_id).await?;
    let wanted = wanted.ok_or(Error::NotFound("lead"))?;
    if !is_theirs(&wanted, user) {
        let lead = pickable(grant, wanted, request)?;
        let source = Some(AssignmentSource::PickUp);
        let moves = vec![Move { lead, to: To::User(user), source, note: None }];
        move_leads(&mut tx, ids, organization_id, grant.actor().into(), &mut [], moves).await?;
    }
    let lead = leads::handed_over(&tx, grant, request.lead_id).await?;
    let lead = lead.ok_or_else(|| Error::internal("a lead was lost on its way"))?;
    idempotency::finish(&mut tx, organization_id, once, lead.lead.id.uuid(), &lead).await?;
    tx.commit().await?;
    Ok(Outcome::Done(lead))
}

fn is_theirs(wanted: &WantedLead, user: UserId) -> bool {
    wanted.sight.is_some() && wanted.owner.as_ref().is_some_and(|owner| owner.id == user)
}

fn pickable(
    grant: &Grant<PickUpLeads>,
    wanted: WantedLead,
    request: PickUp,
) -> Result<HeldLead, Error> {
    let WantedLead { id, owner, assignment_id, version, sight, in_pool, was_in_pool } = wanted;
    if sight.is_none() && !was_in_pool {
        return Err(Error::NotFound("lead"));
    }
    if let Some(owner) = owner {
        let may_know = sight.is_some() || grant.actor().may(Permission::UsersView);
        return Err(Error::Conflict(Conflict::LeadTaken(Some(owner).filter(|_| may_know))));
    }
    if !in_pool {
        return Err(Error::Conflict(Conflict::NotInPool));
    }
    if request.expected_version.is_some_and(|expected| expected != version) {
        return Err(Error::PreconditionFailed);
    }
    let sight = sight.unwrap_or(Sight::ReadOnly);
    Ok(HeldLead {
        id,
        owner_id: None,
        assignment_id,
        version,
        waits_for: None,
        waits_at: None,
        archived: false,
        sight,
    })
}
