//! One lead dealt by a rotation, for whoever may assign.

use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::{IdSource, LeadId, UserId};
use evenhand_domain::permission::{DistributeLeads, Grant, Permission, RotationScope, Sight};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::leads::MovedLead;
use evenhand_persistence::ownership::HeldLead;
use evenhand_persistence::rotations::Rotation;
use evenhand_persistence::{Store, Tx, access, intake, leads, ownership, teams};

use super::{Move, To, chain, move_leads};

/// By what a lead is to be dealt.
#[derive(Debug, Clone)]
pub struct Distribute {
    /// The lead.
    pub lead_id: LeadId,
    /// Whose rotation deals it.
    pub through: RotationOwner,
    /// Whether it is taken from whoever owns it.
    pub redistribute: bool,
    /// Whose it must be; `Some(None)` = nobody's.
    pub expected_owner: Option<Option<UserId>>,
    /// The version it must have.
    pub expected_version: Option<i64>,
}

/// Has the rotation of a group or team deal a lead, which is a turn of it. Whoever owned the lead
/// may be dealt it again; when nobody can be dealt to, it has no owner and the reason.
///
/// # Errors
/// [`Error::NotFound`] for a lead that the caller does not see, [`Error::Denied`] for one that they
/// may only look at or for a rotation they may not use, [`Error::Invalid`] for one that is not there,
/// [`Error::PreconditionFailed`], [`Conflict::LeadArchived`], [`Conflict::OwnerChanged`]; [`Conflict::LeadOwned`] for one with an
/// owner that is not to be dealt anew; unavailability.
pub async fn distribute(
    store: &Store,
    ids: &IdSource,
    grant: &Grant<DistributeLeads>,
    request: Distribute,
    once: Option<&Once<MovedLead>>,
) -> Result<Outcome<MovedLead>, Error> {
    loop {
        if let Some(outcome) = attempt(store, ids, grant, &request, once).await? {
            return Ok(outcome);
        }
    }
}

/// `None` when the lead has come to wait for another rotation than the one that was locked.
async fn attempt(
    store: &Store,
    ids: &IdSource,
    grant: &Grant<DistributeLeads>,
    request: &Distribute,
    once: Option<&Once<MovedLead>>,
) -> Result<Option<Outcome<MovedLead>>, Error> {
    let mut tx = store.begin().await?;
    let grant = &access::regrant(&mut tx, grant).await?;
    let organization_id = grant.organization_id();
    if let Some(answer) = idempotency::begin(&mut tx, organization_id, once).await? {
        return Ok(Some(Outcome::Replayed(answer)));
    }
    let usable = usable(&tx, grant, request.through).await?;
    let through = Some(request.through).filter(|_| usable == Usable::Yes);
    let (mut rotations, mut others) =
        chain::lock(&mut tx, organization_id, &[request.lead_id], through).await?;
    chain::lock_users(&mut tx, organization_id, &mut rotations, None).await?;
    let held = ownership::lock(&mut tx, grant, &[request.lead_id]).await?;
    let lead = held.into_iter().next().ok_or(Error::NotFound("lead"))?;
    check(&lead, usable, rotations.is_empty(), request)?;
    // One that waits there already keeps its place before those that came later.
    let waits_there = rotations.first().is_some_and(|it| lead.waits_for == Some(it.state.id));
    let waits_for = |rotation: &Rotation| lead.waits_for == Some(rotation.state.id);
    if !rotations.iter().any(waits_for) && !others.covers(&lead) {
        return Ok(None);
    }
    if let Some(owner) = lead.owner_id.filter(|_| !request.redistribute) {
        let names = intake::users(&tx, &[(organization_id, owner)]).await?;
        let name = names.into_values().next().map(|(name, _)| name);
        let name = name.ok_or_else(|| Error::internal("an owner who is gone"))?;
        return Err(Error::Conflict(Conflict::LeadOwned(name)));
    }
    if !waits_there {
        let to = To::Rotation(request.through);
        let moves = vec![Move { lead, to, source: None, note: None }];
        let by = grant.actor().into();
        move_leads(&mut tx, ids, organization_id, by, &mut rotations, moves).await?;
        others.left(&mut tx).await?;
    }
    let lead = leads::handed_over(&tx, grant, request.lead_id).await?;
    let lead = lead.ok_or_else(|| Error::internal("a lead was lost on its way"))?;
    idempotency::finish(&mut tx, organization_id, once, lead.lead.id.uuid(), &lead).await?;
    tx.commit().await?;
    Ok(Some(Outcome::Done(lead)))
}

/// Whether a caller may have a rotation deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usable {
    Yes,
    /// It does not exist for them.
    Unknown,
    /// Only for who sees every lead.
    Denied,
}

pub(super) async fn usable(
    tx: &Tx,
    grant: &Grant<DistributeLeads>,
    through: RotationOwner,
) -> Result<Usable, Error> {
    Ok(match (&grant.scope().through, through) {
        (RotationScope::Every, _) => Usable::Yes,
        (RotationScope::Groups(groups), RotationOwner::Group(group)) if groups.contains(&group) => {
            Usable::Yes
        }
        (RotationScope::Groups(_), _) => Usable::Unknown,
        (RotationScope::ManagedTeams(user), RotationOwner::Team(team))
            if teams::is_managed_by(tx, grant, team, *user).await? =>
        {
            Usable::Yes
        }
        (RotationScope::ManagedTeams(_), _) => Usable::Denied,
    })
}

fn check(
    lead: &HeldLead,
    usable: Usable,
    is_missing: bool,
    request: &Distribute,
) -> Result<(), Error> {
    if lead.sight != Sight::Working {
        return Err(Error::Denied(Permission::LeadsAssign));
    }
    if usable == Usable::Denied {
        return Err(Error::Denied(Permission::LeadsViewAll));
    }
    if is_missing {
        return Err(unknown(request.through, ""));
    }
    if request.expected_version.is_some_and(|expected| expected != lead.version) {
        return Err(Error::PreconditionFailed);
    }
    lead.check_not_archived()?;
    match request.expected_owner {
        Some(expected) if expected != lead.owner_id => {
            Err(Error::Conflict(Conflict::OwnerChanged(lead.owner_id)))
        }
        _ => Ok(()),
    }
}

/// `below` is where the request names the rotation.
pub(super) fn unknown(through: RotationOwner, below: &str) -> Error {
    let (field, code, detail) = match through {
        RotationOwner::Group(_) => ("group_id", "unknown_group", "no such group to distribute to"),
        RotationOwner::Team(_) => ("team_id", "unknown_team", "no such team to distribute to"),
    };
    Error::invalid(format!("{below}/{field}"), code, detail)
}
