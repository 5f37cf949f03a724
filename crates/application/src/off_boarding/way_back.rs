//! Taking a user back, with or without the leads they had.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::{LeadId, OffBoardingId, RotationId, UserId};
use evenhand_domain::off_boarding::{AT_ONCE, LeadsAction, OffBoarding, OffBoardingStatus};
use evenhand_domain::organization::Organization;
use evenhand_domain::permission::{Grant, ManageUsers};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::{User, UserStatus};
use evenhand_persistence::events::Event;
use evenhand_persistence::off_boardings::LeftRotation;
use evenhand_persistence::rotations::Rotation;
use evenhand_persistence::{
    Tx, events, off_boardings, organizations, permission_overrides, rotations, users,
};
use serde_json::json;

use super::deactivate::require_lead_permissions;
use super::{OffBoarded, cancel, collaborations, found, locked, owners_with, session_of, step};
use crate::people::missing_to_hand_out;
use crate::{Services, memberships};

/// Makes an inactive user active again, at the end of the rotations they left that are still in
/// use; who never joined is invited again. Leads stay where they are by now, also those that were
/// still to be moved, and what they worked on besides its owner is so without them. Nothing else comes
/// back: sessions, invitations and keys have ended.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`] for a user above the caller,
/// [`Error::PreconditionFailed`], [`Conflict::UserActive`]; unavailability.
pub async fn reactivate(
    services: &Services,
    grant: &Grant<ManageUsers>,
    id: UserId,
    expected_version: Option<i64>,
) -> Result<User, Error> {
    let mut back = prepare(services, grant, id, expected_version).await?;
    if back.user.status != UserStatus::Inactive {
        return Err(Error::Conflict(Conflict::UserActive));
    }
    let rotation_ids = back.come_back(grant).await?;
    off_boardings::close(&mut back.tx, grant, id, back.now).await?;
    off_boardings::forget_collaborations(&mut back.tx, grant, id).await?;
    let data = json!({
        "before": {"status": UserStatus::Inactive.as_str()},
        "after": {"status": back.status().as_str()},
        "rotation_ids": rotation_ids,
    });
    let event = Event::by(grant.actor(), "user.reactivated", id, back.now, data);
    events::append(&mut back.tx, vec![event]).await?;
    let user = users::find(&back.tx, grant, id).await?.ok_or(Error::NotFound("user"))?;
    back.tx.commit().await?;
    Ok(user)
}

/// Takes a deactivation back: the user is active again, as after [`reactivate`], and gets back
/// what it has moved and nobody has decided on since; what it has not moved yet stays theirs. They work
/// again on what they worked on besides its owner, where the organization still allows it.
///
/// # Errors
/// As [`reactivate`]; [`Conflict::NothingToUndo`] when the user was not deactivated, or has been
/// taken back since.
pub async fn undo(
    services: &Services,
    grant: &Grant<ManageUsers>,
    id: UserId,
    expected_version: Option<i64>,
) -> Result<OffBoarded, Error> {
    let organization_id = grant.organization_id();
    let mut back = prepare(services, grant, id, expected_version).await?;
    if back.user.status != UserStatus::Inactive || back.open.is_empty() {
        return Err(Error::Conflict(Conflict::NothingToUndo));
    }
    let rotation_ids = back.come_back(grant).await?;
    let WayBack { tx, now, organization, user, .. } = &mut back;
    let new_id: OffBoardingId = services.ids.next(*now);
    let total = off_boardings::freeze_way_back(tx, grant, new_id, id).await?;
    if total > 0 {
        require_lead_permissions(grant)?;
    }
    off_boardings::close(tx, grant, id, *now).await?;
    let mut of = OffBoarding {
        id: new_id,
        user_id: id,
        action: LeadsAction::GiveBack,
        status: OffBoardingStatus::Running,
        failure: None,
        total: u32::try_from(total).map_err(Error::internal)?,
        moved: 0,
        unassigned: 0,
        skipped: 0,
        rotation_ids,
        sessions: 0,
        api_key_ids: Vec::new(),
        decided_by: grant.user_id().ok_or(Error::PersonRequired)?,
        session_id: session_of(grant),
        created_at: *now,
        finished_at: None,
    };
    off_boardings::insert(tx, grant, &of).await?;
    let data = json!({
        "off_boarding_id": of.id,
        "before": {"status": UserStatus::Inactive.as_str()},
        "after": {"status": status_of(user).as_str()},
        "leads": {"total": of.total},
        "rotation_ids": of.rotation_ids,
    });
    let event = Event::by(grant.actor(), "user.deactivation_undone", id, *now, data);
    events::append(tx, vec![event]).await?;
    let are_few = usize::try_from(total).is_ok_and(|total| total <= AT_ONCE);
    if organization.allow_multiple_assignees {
        let first = match are_few {
            true => off_boardings::next(tx, organization_id, of.id, AT_ONCE).await?,
            false => Vec::new(),
        };
        let first: Vec<LeadId> = first.into_iter().map(|lead| lead.id).collect();
        collaborations::come_back(tx, grant, id, &first).await?;
    }
    off_boardings::forget_collaborations(tx, grant, id).await?;
    if are_few {
        step::take(tx, &services.ids, organization_id, &mut of, &mut []).await?;
    }
    let user_version = user.version + 1;
    back.tx.commit().await?;
    Ok(OffBoarded { off_boarding: of, user_version })
}

/// Everything locked and checked.
struct WayBack {
    tx: Tx,
    now: Timestamp,
    organization: Organization,
    user: User,
    left: Vec<LeftRotation>,
    /// The rotations of teams that deal to them by the seat they have by now.
    seated: Vec<RotationId>,
    rotations: Vec<Rotation>,
    open: Vec<OffBoarding>,
}

async fn prepare(
    services: &Services,
    grant: &Grant<ManageUsers>,
    id: UserId,
    expected_version: Option<i64>,
) -> Result<WayBack, Error> {
    let organization_id = grant.organization_id();
    let (mut tx, ref grant) = services.begin(grant).await?;
    let organization = organizations::locked(&mut tx, grant).await?;
    let now = tx.now().await?;
    found(&tx, grant, id).await?;
    // Whoever changes these has the organization locked.
    let left = off_boardings::left_rotations(&tx, grant, id).await?;
    let seated = rotations::of_seats(&tx, organization_id, id).await?;
    let mut wanted: Vec<RotationId> = left.iter().map(|left| left.rotation_id).collect();
    wanted.extend(&seated);
    let rotations = rotations::lock_each(&mut tx, organization_id, &wanted).await?;
    let (user, _) = locked(&mut tx, grant, id, &[], expected_version).await?;
    // Taking somebody back gives them what they may do.
    let permissions = permission_overrides::of(&tx, grant, id).await?.effective(user.role);
    if let Some(missing) = missing_to_hand_out(grant.actor(), user.role, permissions)? {
        return Err(Error::Denied(missing));
    }
    let open = off_boardings::lock_open(&mut tx, grant, id).await?;
    Ok(WayBack { tx, now, organization, user, left, seated, rotations, open })
}

impl WayBack {
    fn status(&self) -> UserStatus {
        status_of(&self.user)
    }

    /// The rotations that the user is in again.
    async fn come_back(&mut self, grant: &Grant<ManageUsers>) -> Result<Vec<RotationId>, Error> {
        let status = self.status();
        let Self { tx, now, user, left, seated, rotations, open, .. } = self;
        cancel(tx, grant.organization_id(), open, *now).await?;
        off_boardings::set_status(tx, grant, user.id, status, *now).await?;
        // One that a sign-in began while the user was being deactivated.
        off_boardings::end_sessions(tx, grant, user.id, *now).await?;
        let mut joined = Vec::new();
        if status == UserStatus::Active {
            for rotation in rotations.iter_mut() {
                let of = left.iter().find(|left| left.rotation_id == rotation.state.id);
                let comes_back = match rotation.owner {
                    RotationOwner::Group(_) => of.is_some(),
                    // They have left the team meanwhile, or got a seat that is dealt to.
                    RotationOwner::Team(_) => seated.contains(&rotation.state.id),
                };
                let settings = of.map(|left| left.settings).unwrap_or_default();
                if comes_back && memberships::join(tx, rotation, user.id, settings, *now).await? {
                    joined.push(rotation.state.id);
                }
            }
        }
        let owners = owners_with(rotations, user.id);
        rotations::raise_owners(tx, grant.organization_id(), &owners, *now).await?;
        off_boardings::forget_left(tx, grant, user.id).await?;
        Ok(joined)
    }
}

/// What an inactive user comes back as.
const fn status_of(user: &User) -> UserStatus {
    if user.joined_at.is_some() { UserStatus::Active } else { UserStatus::Invited }
}
