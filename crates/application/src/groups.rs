//! Groups and the members of their rotations. Every change of a rotation is an entry of its
//! ledger, made under the rotation's lock.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error, Faults};
use evenhand_domain::group::{Group, GroupChange, GroupMember, MemberChange, NewGroup};
use evenhand_domain::ids::{GroupId, OrganizationId, RotationId, UserId};
use evenhand_domain::permission::{Grant, ManageGroups, ManageRotationMembers, Permission};
use evenhand_domain::rotation::{ChangeError, Joining, LedgerEntry, Limits, RotationState};
use evenhand_domain::user::UserStatus;
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::groups::OnMembers;
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::{Error as StoreError, Tx, groups, intake, organizations};
use serde_json::{Value, json};

use crate::memberships::record;
use crate::routing::refuse_target;
use crate::{Services, check_version};

/// Makes a group with its rotation and its first members.
///
/// # Errors
/// [`Conflict::GroupNameTaken`]; [`Error::Invalid`] for a member that is not an active user.
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
    // The time zone under the lock: a change of it reaches every rotation that is there by then.
    let organization = organizations::locked(&mut tx, grant).await?;
    let now = tx.now().await?;
    let id: GroupId = services.ids.next(now);
    groups::insert(&mut tx, grant, id, &new.name, now).await.map_err(name_taken)?;
    let rotation_id: RotationId = services.ids.next(now);
    let mut seed = [0; 32];
    services.entropy.fill(&mut seed);
    let zone = organization.zone.clone();
    let moment = evenhand_domain::rotation::Moment { at: now, local_day: zone.local_day(now) };
    let (state, first) = RotationState::create(
        organization.id,
        rotation_id,
        new.method,
        new.limits,
        zone.name(),
        seed,
        moment,
    );
    rotations::create(&mut tx, &state, id, seed).await?;
    let mut rotation = Rotation { state, owner: id.into(), zone };
    require_active(&mut tx, organization.id, &new.members).await?;
    let joining = rotations::joining(&tx, &rotation, &new.members, now).await?;
    let mut entries = vec![first];
    entries.extend(replace(&mut rotation, &new.members, &joining, now)?);
    rotations::replace_members(&mut tx, &rotation.state).await?;
    record(&mut tx, &rotation, entries).await?;
    let data = json!({"name": new.name, "daily_limit": new.limits.daily,
        "monthly_limit": new.limits.monthly, "user_ids": new.members});
    announce(&mut tx, grant, id, "group.created", now, data).await?;
    let group = found(&tx, grant, id).await?;
    idempotency::finish(&mut tx, organization.id, once, id.uuid(), &group).await?;
    tx.commit().await?;
    Ok(Outcome::Done(group))
}

/// Changes a group's name or limits.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`], [`Conflict::GroupNameTaken`].
pub async fn change(
    services: &Services,
    grant: &Grant<ManageGroups>,
    id: GroupId,
    change: GroupChange,
    expected_version: Option<i64>,
) -> Result<Group, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    if change.name.is_some() {
        organizations::lock(&mut tx, grant).await?;
    }
    let (mut rotation, group) = locked(&mut tx, grant, id, expected_version).await?;
    let now = tx.now().await?;
    let limits = Limits {
        daily: change.daily_limit.unwrap_or(group.limits.daily),
        monthly: change.monthly_limit.unwrap_or(group.limits.monthly),
    };
    let name = change.name.unwrap_or_else(|| group.name.clone());
    let moment = rotation.moment(now);
    let entry = rotation.state.set_limits(limits, moment).map_err(refused)?;
    if entry.is_none() && name == group.name {
        return Ok(group);
    }
    if let Some(entry) = entry {
        rotations::save_limits(&mut tx, &rotation).await?;
        record(&mut tx, &rotation, vec![entry]).await?;
    }
    groups::touch(&mut tx, grant, id, &name, now).await.map_err(name_taken)?;
    let data = json!({
        "before": {"name": group.name, "daily_limit": group.limits.daily,
            "monthly_limit": group.limits.monthly},
        "after": {"name": name, "daily_limit": limits.daily, "monthly_limit": limits.monthly},
    });
    announce(&mut tx, grant, id, "group.changed", now, data).await?;
    let group = found(&tx, grant, id).await?;
    tx.commit().await?;
    Ok(group)
}

/// Takes a group out of use. Its rotation deals no more; leads and ledger stay.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`], [`Conflict::UsedByRules`].
pub async fn archive(
    services: &Services,
    grant: &Grant<ManageGroups>,
    id: GroupId,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    // Nobody makes a rule that names the group before the commit.
    organizations::lock(&mut tx, grant).await?;
    let (mut rotation, group) = locked(&mut tx, grant, id, expected_version).await?;
    refuse_target(&tx, grant, id.into()).await?;
    let now = tx.now().await?;
    let moment = rotation.moment(now);
    let entry = rotation.state.archive(moment);
    record(&mut tx, &rotation, vec![entry]).await?;
    rotations::archive(&mut tx, &rotation, now).await?;
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
    let joining = rotations::joining(&tx, &rotation, order, now).await?;
    let entries = replace(&mut rotation, order, &joining, now)?;
    if !entries.is_empty() {
        rotations::replace_members(&mut tx, &rotation.state).await?;
        record(&mut tx, &rotation, entries).await?;
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
    let before = rotation.state.member(user).ok_or(Error::NotFound("member"))?.settings;
    if !grant.scope().covers(user) {
        return Err(Error::Denied(Permission::GroupsManage));
    }
    check_version(expected_version, group.version)?;
    let now = tx.now().await?;
    let mut settings = before;
    settings.daily_limit = change.daily_limit.unwrap_or(settings.daily_limit);
    settings.monthly_limit = change.monthly_limit.unwrap_or(settings.monthly_limit);
    settings.pause = change.pause.unwrap_or(settings.pause);
    let moment = rotation.moment(now);
    if let Some(entry) = rotation.state.set_member(user, settings, moment).map_err(refused)? {
        rotations::replace_members(&mut tx, &rotation.state).await?;
        record(&mut tx, &rotation, vec![entry]).await?;
        groups::touch(&mut tx, grant, id, &group.name, now).await?;
        let data = json!({"user_id": user, "before": settings_data(&before),
            "after": settings_data(&settings)});
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
    let rotation = rotations::lock(tx, grant, id).await?;
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
    let known = intake::users(tx, &wanted, true).await?;
    let mut faults = Faults::default();
    for (index, key) in wanted.iter().enumerate() {
        if known.get(key).is_none_or(|(_, status)| *status != UserStatus::Active) {
            let pointer = format!("/user_ids/{index}");
            faults.add(pointer, "unknown_user", "not an active user of this organization");
        }
    }
    faults.into_result(())
}

fn replace(
    rotation: &mut Rotation,
    order: &[UserId],
    joining: &HashMap<UserId, Joining>,
    now: Timestamp,
) -> Result<Vec<LedgerEntry>, Error> {
    let moment = rotation.moment(now);
    let joining = |user: UserId| joining.get(&user).copied().unwrap_or_default();
    rotation.state.replace_members(order, joining, moment).map_err(|error| match error {
        ChangeError::NamedTwice(user) => {
            let index = order.iter().rposition(|named| *named == user).unwrap_or(0);
            Error::invalid(format!("/user_ids/{index}"), "duplicate", "named twice")
        }
        other => refused(other),
    })
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

fn settings_data(settings: &evenhand_domain::rotation::MemberSettings) -> Value {
    use evenhand_domain::rotation::Pause;
    let (paused, until) = match settings.pause {
        Pause::No => (false, None),
        Pause::Indefinite => (true, None),
        Pause::Until(until) => (true, Some(until.to_rfc3339())),
    };
    json!({"daily_limit": settings.daily_limit, "monthly_limit": settings.monthly_limit,
        "paused": paused, "paused_until": until})
}

fn name_taken(error: StoreError) -> Error {
    if error.violates("name") {
        return Error::Conflict(Conflict::GroupNameTaken);
    }
    error.into()
}

/// What the engine refuses here has been checked before: a fault of ours.
fn refused(error: ChangeError) -> Error {
    Error::internal(error)
}
