//! Groups and the members of their rotations. Every change of a rotation is an entry of its
//! ledger, made under the rotation's lock.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::distribution::MemberChange;
use evenhand_domain::error::{Conflict, Error, Faults};
use evenhand_domain::group::{Group, GroupChange, GroupMember, NewGroup};
use evenhand_domain::ids::{GroupId, OrganizationId, UserId};
use evenhand_domain::organization::Organization;
use evenhand_domain::permission::{Grant, ManageGroups, ManageRotationMembers, Permission};
use evenhand_domain::user::UserStatus;
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::groups::OnMembers;
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::{Error as StoreError, Tx, groups, intake, invitations, organizations};
use serde_json::{Value, json};

use crate::archiving::{Answered, unanswered};
use crate::memberships::record;
use crate::routing::refuse_target;
use crate::{Services, check_version, distribution, memberships};

/// Makes a group with its rotation and its first members.
///
/// # Errors
/// [`Conflict::GroupNameTaken`]; [`Error::Invalid`] for a member that is not an active user, and for
/// a lead status or a fallback that is not there.
pub async fn create(
    services: &Services,
    grant: &Grant<ManageGroups>,
    new: NewGroup,
    once: Option<&Once<Group>>,
) -> Result<Outcome<Group>, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    if let Some(answer) = idempotency::begin(&mut tx, grant.organization_id(), once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    let organization = organizations::locked(&mut tx, grant).await?;
    require_statuses(&organization, &new.pick_up_statuses)?;
    let now = tx.now().await?;
    let id: GroupId = services.ids.next(now);
    groups::insert(&mut tx, grant, id, &new.name, now).await.map_err(name_taken)?;
    groups::set_pick_up_statuses(&mut tx, grant, id, &new.pick_up_statuses).await?;
    let when = new.distribution.when_nobody_eligible;
    let mut rotation =
        distribution::make(services, &mut tx, &organization, id.into(), &new.distribution).await?;
    require_active(&mut tx, organization.id, &new.members).await?;
    distribution::check_fallback(&mut tx, organization.id, id.into(), when).await?;
    memberships::replace(&mut tx, &mut rotation, &new.members, now).await?;
    let data = json!({"name": new.name, "pick_up_statuses": new.pick_up_statuses,
        "user_ids": new.members});
    let data = distribution::with(distribution::data(&new.distribution), data);
    announce(&mut tx, grant, id, "group.created", now, data).await?;
    let group = found(&tx, grant, id).await?;
    idempotency::finish(&mut tx, organization.id, once, id.uuid(), &group).await?;
    tx.commit().await?;
    Ok(Outcome::Done(group))
}

/// Changes a group's name, how it deals or what its members may pick up.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`], [`Conflict::GroupNameTaken`];
/// [`Error::Invalid`] for a lead status that there is not, and for a fallback as
/// [`distribution::check_fallback`].
pub async fn change(
    services: &Services,
    grant: &Grant<ManageGroups>,
    id: GroupId,
    change: GroupChange,
    expected_version: Option<i64>,
) -> Result<Group, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    if let Some(statuses) = &change.pick_up_statuses {
        require_statuses(&organizations::locked(&mut tx, grant).await?, statuses)?;
    } else if change.name.is_some() || change.distribution.is_about_fallback() {
        organizations::lock(&mut tx, grant).await?;
    }
    let (mut rotation, group) = locked(&mut tx, grant, id, expected_version).await?;
    let now = tx.now().await?;
    let before = rotation.distribution();
    let after = change.distribution.apply(before).map_err(Error::Invalid)?;
    if after.when_nobody_eligible != before.when_nobody_eligible {
        let when = after.when_nobody_eligible;
        distribution::check_fallback(&mut tx, grant.organization_id(), id.into(), when).await?;
    }
    let name = change.name.unwrap_or_else(|| group.name.clone());
    let pick_up_statuses =
        change.pick_up_statuses.unwrap_or_else(|| group.pick_up_statuses.clone());
    let may_pick_up_as_before = pick_up_statuses == group.pick_up_statuses;
    let changed = distribution::set(&mut tx, &mut rotation, &after, now).await?;
    if !changed && name == group.name && may_pick_up_as_before {
        return Ok(group);
    }
    if !may_pick_up_as_before {
        groups::set_pick_up_statuses(&mut tx, grant, id, &pick_up_statuses).await?;
    }
    groups::touch(&mut tx, grant, id, &name, now).await.map_err(name_taken)?;
    let told = |name: &str, it, statuses: &[String]| {
        let data = json!({"name": name, "pick_up_statuses": statuses});
        distribution::with(distribution::data(it), data)
    };
    let data = json!({
        "before": told(&group.name, &before, &group.pick_up_statuses),
        "after": told(&name, &after, &pick_up_statuses),
    });
    announce(&mut tx, grant, id, "group.changed", now, data).await?;
    let group = found(&tx, grant, id).await?;
    tx.commit().await?;
    Ok(group)
}

/// Takes a group out of use. Its rotation deals no more; leads and ledger stay.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`], [`Conflict::UsedByRules`];
/// [`Conflict::GroupInUse`] for what else depends on it and is not answered for.
pub async fn archive(
    services: &Services,
    grant: &Grant<ManageGroups>,
    id: GroupId,
    answered: Answered,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let organization_id = grant.organization_id();
    let (mut tx, ref grant) = services.begin(grant).await?;
    // Nobody makes a rule that names the group before the commit.
    organizations::lock(&mut tx, grant).await?;
    let (mut rotation, group) = locked(&mut tx, grant, id, expected_version).await?;
    refuse_target(&tx, grant, id.into()).await?;
    let left = unanswered(&mut tx, organization_id, id.into(), 0, answered).await?;
    if !left.is_empty() {
        return Err(Error::Conflict(Conflict::GroupInUse(left)));
    }
    let now = tx.now().await?;
    invitations::forget_group(&mut tx, grant, id).await?;
    let moment = rotation.moment(now);
    let entry = rotation.state.archive(moment);
    record(&mut tx, &mut rotation, vec![entry]).await?;
    rotations::archive(&mut tx, &rotation, now).await?;
    groups::set_pick_up_statuses(&mut tx, grant, id, &[]).await?;
    groups::archive(&mut tx, grant, id, now).await?;
    announce(&mut tx, grant, id, "group.archived", now, json!({"name": group.name})).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes `order` the members of a group, in turn order. Who stays keeps settings and counts.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`]; [`Error::Invalid`] for somebody who is not
/// an active user or is named twice.
pub async fn set_members(
    services: &Services,
    grant: &Grant<ManageGroups>,
    id: GroupId,
    order: &[UserId],
    expected_version: Option<i64>,
) -> Result<(Group, Vec<GroupMember>), Error> {
    let organization_id = grant.organization_id();
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (mut rotation, group) = locked(&mut tx, grant, id, expected_version).await?;
    require_active(&mut tx, organization_id, order).await?;
    let now = tx.now().await?;
    let before: Vec<UserId> = rotation.state.members.iter().map(|member| member.user_id).collect();
    if memberships::replace(&mut tx, &mut rotation, order, now).await? {
        groups::touch(&mut tx, grant, id, &group.name, now).await?;
        let data = json!({"before": before, "after": order});
        announce(&mut tx, grant, id, "group.members_changed", now, data).await?;
    }
    let group = found(&tx, grant, id).await?;
    let members = groups::members(&tx, grant, id).await?;
    tx.commit().await?;
    Ok((group, members))
}

/// Changes a member's own limits or pause.
///
/// # Errors
/// [`Error::NotFound`] for an unknown group or somebody who is no member, [`Error::Denied`] for a
/// member outside the grant's scope, [`Error::PreconditionFailed`].
pub async fn change_member(
    services: &Services,
    grant: &Grant<ManageRotationMembers>,
    id: GroupId,
    user: UserId,
    change: MemberChange,
    expected_version: Option<i64>,
) -> Result<(Group, GroupMember), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (mut rotation, group) = locked(&mut tx, grant, id, None).await?;
    let before = *rotation.state.member(user).ok_or(Error::NotFound("member"))?;
    if !grant.scope().covers(user) {
        return Err(Error::Denied(Permission::GroupsManage));
    }
    check_version(expected_version, group.version)?;
    let now = tx.now().await?;
    let changed = memberships::set_member(&mut tx, &mut rotation, &before, change, now).await?;
    if let Some((before, after)) = changed {
        groups::touch(&mut tx, grant, id, &group.name, now).await?;
        let data = json!({"user_id": user, "before": before, "after": after});
        announce(&mut tx, grant, id, "group.member_changed", now, data).await?;
    }
    let group = found(&tx, grant, id).await?;
    let members = groups::members(&tx, grant, id).await?;
    tx.commit().await?;
    let member = members.into_iter().find(|member| member.user.id == user);
    Ok((group, member.ok_or(Error::NotFound("member"))?))
}

/// The rotation under lock, then the group as it is now: the lock order of every writer.
async fn locked<A: OnMembers>(
    tx: &mut Tx,
    grant: &Grant<A>,
    id: GroupId,
    expected_version: Option<i64>,
) -> Result<(Rotation, Group), Error> {
    let rotation = rotations::lock(tx, grant.organization_id(), id.into()).await?;
    let rotation = rotation.ok_or(Error::NotFound("group"))?;
    let group = found(tx, grant, id).await?;
    check_version(expected_version, group.version)?;
    Ok((rotation, group))
}

async fn found<A: OnMembers>(tx: &Tx, grant: &Grant<A>, id: GroupId) -> Result<Group, Error> {
    groups::get(tx, grant, id).await?.ok_or(Error::NotFound("group"))
}

/// Only active users can be dealt to; they are kept from being deactivated until the commit.
async fn require_active(
    tx: &mut Tx,
    organization_id: OrganizationId,
    users: &[UserId],
) -> Result<(), Error> {
    let wanted: Vec<_> = users.iter().map(|user| (organization_id, *user)).collect();
    let known = intake::lock_users(tx, &wanted).await?;
    let mut faults = Faults::default();
    for (index, key) in wanted.iter().enumerate() {
        if known.get(key).is_none_or(|(_, status)| *status != UserStatus::Active) {
            let pointer = format!("/user_ids/{index}");
            faults.add(pointer, "unknown_user", "not an active user of this organization");
        }
    }
    faults.into_result(())
}

/// Under the lock of the organization's row: a status that is known here stays.
fn require_statuses(organization: &Organization, statuses: &[String]) -> Result<(), Error> {
    let mut faults = Faults::default();
    for (index, status) in statuses.iter().enumerate() {
        faults.keep(&format!("/pick_up_statuses/{index}"), organization.known_status(status));
    }
    faults.into_result(())
}

async fn announce<A: OnMembers>(
    tx: &mut Tx,
    grant: &Grant<A>,
    id: GroupId,
    kind: &'static str,
    at: Timestamp,
    data: Value,
) -> Result<(), StoreError> {
    events::append(tx, vec![Event::by(grant.actor(), kind, id, at, data)]).await
}

fn name_taken(error: StoreError) -> Error {
    if error.violates("name") {
        return Error::Conflict(Conflict::GroupNameTaken);
    }
    error.into()
}
