//! Deactivating a user, as previewed.

use std::time::Duration;

use evenhand_distribution::fallback;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error, Unavailable};
use evenhand_domain::ids::{LeadId, OffBoardingId, UserId};
use evenhand_domain::off_boarding::{AT_ONCE, LeadsAction, OffBoarding, OffBoardingStatus, Plan};
use evenhand_domain::permission::{Grant, ManageUsers, Permission};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::{User, UserStatus};
use evenhand_persistence::events::Event;
use evenhand_persistence::off_boardings::{LeftRotation, Recipient};
use evenhand_persistence::rotations::Rotation;
use evenhand_persistence::{Tx, events, invitations, off_boardings, organizations, rotations};
use serde_json::json;

use super::{
    OffBoarded, ROUNDS, cancel, collaborations, found, locked, owners_with, session_of, step,
};
use crate::people::guard;
use crate::{Services, memberships};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Deactivate {
    /// Who is to leave.
    pub user_id: UserId,
    /// What is to become of their open leads.
    pub leads: LeadsAction,
    /// Whether the API keys they made are revoked.
    pub revoke_api_keys: bool,
    /// The hash of the plan that must be carried out, and no other.
    pub plan_hash: Option<String>,
    /// The version the user must have.
    pub expected_version: Option<i64>,
}

/// A plan with the names of who gets the leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Who or what gets the leads.
    pub to: Recipient,
    /// The user's version.
    pub user_version: i64,
}

/// What [`deactivate`] would do right now. Nothing changes.
///
/// # Errors
/// As [`deactivate`].
pub async fn plan(
    services: &Services,
    grant: &Grant<ManageUsers>,
    request: &Deactivate,
) -> Result<Planned, Error> {
    require_permissions(grant, request)?;
    for _ in 0..ROUNDS {
        if let Some(Prepared { tx, user, plan, .. }) = prepare(services, grant, request).await? {
            let to = off_boardings::recipient(&tx, grant, plan.action).await?;
            return Ok(Planned { plan, to, user_version: user.version });
        }
    }
    Err(in_the_way())
}

/// Ends a user's access and sessions, takes them out of every rotation, withdraws what invites
/// them, and freezes what becomes of their open leads: at once when these are few
/// ([`AT_ONCE`]), else by [`super::work`]. An inactive user whose leads were kept, or could not be
/// moved, can be deactivated once more for what is left.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Denied`] for a user above the caller, for leads without
/// `leads.assign` and `leads.view_all`, for keys without `api_keys.manage`;
/// [`Error::PreconditionFailed`] for another version or plan than the request's;
/// [`Conflict::CannotDeactivateYourself`], [`Conflict::LastOwner`], [`Conflict::UserInactive`],
/// [`Conflict::DeactivationRunning`]; [`Error::Invalid`] for an unknown user or group to give the
/// leads to; unavailability.
pub async fn deactivate(
    services: &Services,
    grant: &Grant<ManageUsers>,
    request: &Deactivate,
) -> Result<OffBoarded, Error> {
    require_permissions(grant, request)?;
    for _ in 0..ROUNDS {
        if let Some(prepared) = prepare(services, grant, request).await? {
            if request.plan_hash.as_ref().is_some_and(|hash| *hash != prepared.plan.hash()) {
                return Err(Error::PreconditionFailed);
            }
            return prepared.carry_out(services, grant, request).await;
        }
    }
    Err(in_the_way())
}

fn in_the_way() -> Error {
    Error::Unavailable(Unavailable::Database, Duration::from_secs(1))
}

/// Leads and keys are disposed of by whoever could do so one by one.
fn require_permissions(grant: &Grant<ManageUsers>, request: &Deactivate) -> Result<(), Error> {
    if request.leads != LeadsAction::Keep {
        require_lead_permissions(grant)?;
    }
    if request.revoke_api_keys {
        require(grant, Permission::ApiKeysManage)?;
    }
    Ok(())
}

/// Refuses who may not move everybody's leads.
pub(super) fn require_lead_permissions(grant: &Grant<ManageUsers>) -> Result<(), Error> {
    require(grant, Permission::LeadsAssign)?;
    require(grant, Permission::LeadsViewAll)
}

fn require(grant: &Grant<ManageUsers>, needed: Permission) -> Result<(), Error> {
    if grant.actor().may(needed) { Ok(()) } else { Err(Error::Denied(needed)) }
}

/// Everything locked and checked, and the plan as it is under these locks.
struct Prepared {
    tx: Tx,
    now: Timestamp,
    user: User,
    rotations: Vec<Rotation>,
    /// Earlier ones since the user was active last, and a way back to that.
    open: Vec<OffBoarding>,
    plan: Plan,
}

/// `None` when the user has joined or left a rotation while the others were being locked.
async fn prepare(
    services: &Services,
    grant: &Grant<ManageUsers>,
    request: &Deactivate,
) -> Result<Option<Prepared>, Error> {
    let organization_id = grant.organization_id();
    let (mut tx, ref grant) = services.begin(grant).await?;
    let organization = organizations::locked(&mut tx, grant).await?;
    let now = tx.now().await?;
    let id = found(&tx, grant, request.user_id).await?.id;
    let of_user = rotations::of_user(&tx, organization_id, id).await?;
    let mut wanted = of_user.clone();
    if let Some(owner) = request.leads.rotation_owner() {
        let of: Vec<_> = rotations::id_of(&tx, organization_id, owner).await?.into_iter().collect();
        wanted.extend(rotations::fallbacks(&tx, organization_id, &of).await?);
    }
    let mut rotations = rotations::lock_each(&mut tx, organization_id, &wanted).await?;
    let to = request.leads.user_id();
    let mut others: Vec<UserId> = to.into_iter().collect();
    if request.leads.rotation_owner().is_some() {
        others.extend(fallback::users(&rotations).into_iter().map(|(_, user)| user));
    }
    let expected_version = request.expected_version;
    let (user, others) = locked(&mut tx, grant, id, &others, expected_version).await?;
    fallback::note_users(&mut rotations, |(_, user)| {
        others.iter().any(|other| other.id == user && other.status == UserStatus::Active)
    });
    let to = to.and_then(|to| others.into_iter().find(|other| other.id == to));
    if rotations::of_user(&tx, organization_id, id).await? != of_user {
        return Ok(None);
    }
    if grant.user_id() == Some(id) {
        return Err(Error::Conflict(Conflict::CannotDeactivateYourself));
    }
    guard::require_another_owner(&mut tx, organization_id, &user).await?;
    let open = off_boardings::lock_open(&mut tx, grant, id).await?;
    let what = (request.leads, request.revoke_api_keys);
    let plan = off_boardings::plan(&tx, grant, &organization, &user, what, now).await?;
    require_something_to_do(&user, &open, &plan)?;
    require_recipient(request.leads, to.as_ref(), &rotations)?;
    Ok(Some(Prepared { tx, now, user, rotations, open, plan }))
}

fn require_something_to_do(user: &User, open: &[OffBoarding], plan: &Plan) -> Result<(), Error> {
    if user.status != UserStatus::Inactive {
        return Ok(());
    }
    if open.iter().any(|of| of.status == OffBoardingStatus::Running) {
        return Err(Error::Conflict(Conflict::DeactivationRunning));
    }
    if plan.action == LeadsAction::Keep || plan.leads.is_empty() {
        return Err(Error::Conflict(Conflict::UserInactive));
    }
    Ok(())
}

fn require_recipient(
    action: LeadsAction,
    to: Option<&User>,
    rotations: &[Rotation],
) -> Result<(), Error> {
    if action.user_id().is_some() && to.is_none_or(|to| to.status != UserStatus::Active) {
        let detail = "not another active user of this organization";
        return Err(Error::invalid("/leads/user_id", "unknown_user", detail));
    }
    let is_locked = |owner| rotations.iter().any(|rotation| rotation.owner == owner);
    match action.rotation_owner().filter(|owner| !is_locked(*owner)) {
        None => Ok(()),
        Some(RotationOwner::Group(_)) => {
            let detail = "no such group to distribute to";
            Err(Error::invalid("/leads/group_id", "unknown_group", detail))
        }
        Some(RotationOwner::Team(_)) => {
            let detail = "no such team to distribute to";
            Err(Error::invalid("/leads/team_id", "unknown_team", detail))
        }
    }
}

impl Prepared {
    async fn carry_out(
        mut self,
        services: &Services,
        grant: &Grant<ManageUsers>,
        request: &Deactivate,
    ) -> Result<OffBoarded, Error> {
        let (organization_id, now) = (grant.organization_id(), self.now);
        let leaves = self.user.status != UserStatus::Inactive;
        let sessions = if leaves { self.end_access(grant).await? } else { 0 };
        let api_key_ids = if request.revoke_api_keys {
            off_boardings::revoke_api_keys(&mut self.tx, grant, self.user.id, now).await?
        } else {
            Vec::new()
        };
        let leads = match request.leads {
            LeadsAction::Keep => &[],
            _ => self.plan.leads.as_slice(),
        };
        let id: OffBoardingId = services.ids.next(now);
        let mut of = OffBoarding {
            id,
            user_id: self.user.id,
            action: request.leads,
            status: OffBoardingStatus::Running,
            failure: None,
            total: u32::try_from(leads.len()).map_err(Error::internal)?,
            moved: 0,
            unassigned: 0,
            skipped: 0,
            rotation_ids: self.plan.rotations.iter().map(|place| place.rotation_id).collect(),
            sessions,
            api_key_ids,
            decided_by: grant.user_id().ok_or(Error::PersonRequired)?,
            session_id: session_of(grant),
            created_at: now,
            finished_at: None,
        };
        off_boardings::insert(&mut self.tx, grant, &of).await?;
        off_boardings::freeze(&mut self.tx, grant, id, leads).await?;
        let are_few = leads.len() <= AT_ONCE;
        let first: Vec<LeadId> = match are_few {
            true => leads.iter().map(|(lead, _)| *lead).collect(),
            false => Vec::new(),
        };
        let collaborations = match leaves {
            true => collaborations::leave(&mut self.tx, grant, self.user.id, &first).await?,
            false => 0,
        };
        self.announce(grant, &of, collaborations).await?;
        if are_few {
            let Self { tx, rotations, .. } = &mut self;
            step::take(tx, &services.ids, organization_id, &mut of, rotations).await?;
        }
        if self.user.status == UserStatus::Invited
            && let Some(outbox) = &services.mail
        {
            outbox.withdraw_links(&mut self.tx, self.user.id.uuid()).await?;
        }
        self.tx.commit().await?;
        let user_version = self.user.version + i64::from(leaves);
        Ok(OffBoarded { off_boarding: of, user_version })
    }

    /// Ends what lets the user act and be dealt to; how many sessions those were.
    async fn end_access(&mut self, grant: &Grant<ManageUsers>) -> Result<u32, Error> {
        let Self { tx, now, user, rotations, open, .. } = self;
        cancel(tx, grant.organization_id(), open, *now).await?;
        off_boardings::close(tx, grant, user.id, *now).await?;
        off_boardings::set_status(tx, grant, user.id, UserStatus::Inactive, *now).await?;
        let sessions = off_boardings::end_sessions(tx, grant, user.id, *now).await?;
        invitations::revoke_open(tx, grant, user.id, *now).await?;
        let owners = owners_with(rotations, user.id);
        let left = memberships::leave(tx, rotations, user.id, *now).await?;
        let left: Vec<LeftRotation> = left
            .into_iter()
            .map(|left| LeftRotation { rotation_id: left.rotation_id, settings: left.settings })
            .collect();
        off_boardings::remember_left(tx, grant, user.id, &left).await?;
        rotations::raise_owners(tx, grant.organization_id(), &owners, *now).await?;
        u32::try_from(sessions).map_err(Error::internal)
    }

    async fn announce(
        &mut self,
        grant: &Grant<ManageUsers>,
        of: &OffBoarding,
        collaborations: u64,
    ) -> Result<(), Error> {
        let (actor, now, owner) = (grant.actor(), self.now, of.action.rotation_owner());
        let data = json!({
            "off_boarding_id": of.id,
            "before": {"status": self.user.status.as_str()},
            "after": {"status": UserStatus::Inactive.as_str()},
            "leads": {
                "action": of.action.kind().as_str(), "user_id": of.action.user_id(),
                "group_id": owner.and_then(RotationOwner::group_id),
                "team_id": owner.and_then(RotationOwner::team_id), "total": of.total,
            },
            "rotation_ids": of.rotation_ids,
            "sessions": of.sessions,
            "collaborations": collaborations,
            "api_key_ids": of.api_key_ids,
        });
        let mut told = vec![Event::by(actor, "user.deactivated", of.user_id, now, data)];
        for key in self.plan.api_keys.iter().filter(|key| of.api_key_ids.contains(&key.id)) {
            let event = Event::by(actor, "api_key.revoked", key.id, now, json!({}));
            told.push(event.with_details(json!({ "name": key.name })));
        }
        Ok(events::append(&mut self.tx, told).await?)
    }
}
