//! Who is on teams, and so whom their rotations deal to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evenhand_domain::distribution::MAX_MEMBERS;
use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::{TeamId, UserId};
use evenhand_domain::permission::{ChangeTeamMembers, Grant, ManageTeams, Permission, authorize};
use evenhand_domain::team::{
    PlacedSeat, Seats, Team, TeamMember, TeamMemberChange, TeamSeat, dealt_to, joining_last,
    seat_faults,
};
use evenhand_domain::user::UserStatus;
use evenhand_persistence::rotations::Rotation;
use evenhand_persistence::{Tx, invitations, teams};
use serde_json::{Value, json};

use super::{announce, found, locked};
use crate::{Services, check_version, distribution, memberships};

/// Makes these people, and nobody else, managers and users of a team. Its rotation deals to the users
/// in this order, to managers behind them where they are included; who stays keeps settings and
/// counts.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`]; [`Error::Invalid`] with `unknown_user` for
/// somebody unknown, or newly named and deactivated, `not_a_manager` for a manager without the
/// role manager or above, and `too_many` for more than a rotation may deal to.
pub async fn set_members(
    services: &Services,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    seats: &Seats,
    expected_version: Option<i64>,
) -> Result<(Team, Vec<TeamMember>), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (mut rotation, team) = locked(services, &mut tx, grant, id, expected_version).await?;
    let before = Seats::of(&teams::members(&tx, grant, id).await?);
    let now = tx.now().await?;
    let asked = placed(seats);
    let reseating = Reseating {
        id,
        include_managers: team.include_managers,
        before: &before,
        after: seats,
        asked: &asked,
        joining_last: false,
    };
    if reseat(&mut tx, grant, &mut rotation, reseating).await? {
        teams::touch(&mut tx, grant, id, &team.name, now).await?;
        let data = json!({"before": seats_data(&before), "after": seats_data(seats)});
        announce(&mut tx, grant, id, "team.members_changed", now, data).await?;
    }
    let team = found(&tx, grant, id).await?;
    let members = teams::members(&tx, grant, id).await?;
    tx.commit().await?;
    Ok((team, members))
}

/// Makes a user of a team a manager of it, or the other way round, and changes what is set for them
/// in its rotation.
///
/// # Errors
/// [`Error::NotFound`] for an unknown team or somebody who is not on it; [`Error::Denied`] for a seat
/// without `teams.manage`, and for settings without `rotations.manage_members` or of somebody outside
/// the scope; [`Error::PreconditionFailed`]; [`Error::Invalid`] with `not_a_manager`;
/// [`Conflict::NotDealtTo`] for settings of somebody whom the rotation does not deal to.
pub async fn change_member(
    services: &Services,
    grant: &Grant<ChangeTeamMembers>,
    id: TeamId,
    user: UserId,
    change: TeamMemberChange,
    expected_version: Option<i64>,
) -> Result<(Team, TeamMember), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (mut rotation, team) = locked(services, &mut tx, grant, id, None).await?;
    let members = teams::members(&tx, grant, id).await?;
    let member = members.iter().find(|member| member.user.id == user);
    let seat_before = member.ok_or(Error::NotFound("member"))?.seat;
    let seating = match change.seat {
        Some(_) => Some(authorize(&Arc::new(grant.actor().clone()), ManageTeams)?),
        None => None,
    };
    if !change.settings.is_empty() {
        require_settings(grant, user)?;
    }
    check_version(expected_version, team.version)?;
    let now = tx.now().await?;
    let (mut before, mut after) = (json!({}), json!({}));
    let new_seat = change.seat.filter(|seat| *seat != seat_before);
    if let Some((seat, seating)) = new_seat.zip(seating.as_ref()) {
        let (old, new) = (Seats::of(&members), moved(&members, user, seat));
        let asked = [PlacedSeat { pointer: "/seat".to_owned(), user, seat }];
        let reseating = Reseating {
            id,
            include_managers: team.include_managers,
            before: &old,
            after: &new,
            asked: &asked,
            joining_last: true,
        };
        reseat(&mut tx, seating, &mut rotation, reseating).await?;
        before = json!({"seat": seat_before.as_str()});
        after = json!({"seat": seat.as_str()});
    }
    if !change.settings.is_empty() {
        let settings = set(&mut tx, &mut rotation, user, &change).await?;
        if let Some((old, new)) = settings {
            before = distribution::with(before, old);
            after = distribution::with(after, new);
        }
    }
    if before != after {
        teams::touch(&mut tx, grant, id, &team.name, now).await?;
        let data = json!({"user_id": user, "before": before, "after": after});
        announce(&mut tx, grant, id, "team.member_changed", now, data).await?;
    }
    let team = found(&tx, grant, id).await?;
    let members = teams::members(&tx, grant, id).await?;
    tx.commit().await?;
    let member = members.into_iter().find(|member| member.user.id == user);
    Ok((team, member.ok_or(Error::NotFound("member"))?))
}

fn require_settings(grant: &Grant<ChangeTeamMembers>, user: UserId) -> Result<(), Error> {
    match &grant.scope().settings {
        None => Err(Error::Denied(Permission::RotationsManageMembers)),
        Some(users) if !users.covers(user) => Err(Error::Denied(Permission::TeamsManage)),
        Some(_) => Ok(()),
    }
}

async fn set(
    tx: &mut Tx,
    rotation: &mut Rotation,
    user: UserId,
    change: &TeamMemberChange,
) -> Result<Option<(Value, Value)>, Error> {
    let now = tx.now().await?;
    let member = rotation.state.member(user).copied();
    let member = member.ok_or(Error::Conflict(Conflict::NotDealtTo))?;
    memberships::set_member(tx, rotation, &member, change.settings, now).await
}

/// The seats that a request asks for, each where the request names it.
#[must_use]
pub fn placed(seats: &Seats) -> Vec<PlacedSeat> {
    let list = |name: &str, users: &[UserId], seat| -> Vec<PlacedSeat> {
        let at = |(index, user): (usize, &UserId)| PlacedSeat {
            pointer: format!("/{name}/{index}"),
            user: *user,
            seat,
        };
        users.iter().enumerate().map(at).collect()
    };
    let mut placed = list("manager_ids", &seats.managers, TeamSeat::Manager);
    placed.extend(list("user_ids", &seats.users, TeamSeat::User));
    placed
}

/// Seats that are to be others, or are to count otherwise.
pub(super) struct Reseating<'a> {
    /// The team.
    pub(super) id: TeamId,
    /// Whether its rotation deals to managers as well.
    pub(super) include_managers: bool,
    /// Who is on it.
    pub(super) before: &'a Seats,
    /// Who is to be.
    pub(super) after: &'a Seats,
    /// The seats that the request names, where it does.
    pub(super) asked: &'a [PlacedSeat],
    /// Whether the order of turns stays, and who is new comes last; else it is the order of `after`.
    pub(super) joining_last: bool,
}

/// Everybody who was or will be on the team, under lock; then the seats as asked, and the members of
/// the locked rotation after them. Whether there was anything to change.
pub(super) async fn reseat(
    tx: &mut Tx,
    grant: &Grant<ManageTeams>,
    rotation: &mut Rotation,
    reseating: Reseating<'_>,
) -> Result<bool, Error> {
    let Reseating { id, include_managers, before, after, asked, joining_last: joins } = reseating;
    let old: BTreeMap<UserId, TeamSeat> = before.iter().collect();
    let new: BTreeMap<UserId, TeamSeat> = after.iter().collect();
    let affected: BTreeSet<UserId> = old.keys().chain(new.keys()).copied().collect();
    let affected: Vec<UserId> = affected.into_iter().collect();
    let known = teams::lock_candidates(tx, grant, &affected).await?;
    let on_it: Vec<UserId> = old.keys().copied().collect();
    seat_faults(asked, &on_it, &known).into_result(())?;
    let is_active = |user| known.get(&user).is_some_and(|it| it.status == UserStatus::Active);
    let mut order = dealt_to(after, include_managers, is_active);
    if order.len() > MAX_MEMBERS {
        let detail = format!("the rotation would deal to {}; at most {MAX_MEMBERS}", order.len());
        return Err(Error::invalid("", "too_many", detail));
    }
    if joins {
        let members: Vec<UserId> =
            rotation.state.members.iter().map(|member| member.user_id).collect();
        order = joining_last(&members, &order);
    }
    let now = tx.now().await?;
    if old != new {
        let gone: Vec<UserId> =
            old.keys().filter(|user| !new.contains_key(user)).copied().collect();
        let given: Vec<(UserId, TeamSeat)> =
            new.iter().filter(|(user, seat)| old.get(user) != Some(seat)).map(own).collect();
        teams::unseat(tx, grant, id, &gone).await?;
        teams::seat(tx, grant, id, &given).await?;
        teams::raise_access(tx, grant, &affected).await?;
        // Whom an invitation's link was shown to must not take a seat that somebody else gave since.
        for (user, _) in &given {
            invitations::revoke_shown_to_others(tx, grant, *user, now).await?;
        }
    }
    let follows = memberships::replace(tx, rotation, &order, now).await?;
    Ok(follows || old != new)
}

fn own((user, seat): (&UserId, &TeamSeat)) -> (UserId, TeamSeat) {
    (*user, *seat)
}

fn moved(members: &[TeamMember], user: UserId, seat: TeamSeat) -> Seats {
    let mut members = members.to_vec();
    members.iter_mut().filter(|member| member.user.id == user).for_each(|member| {
        member.seat = seat;
    });
    Seats::of(&members)
}

fn seats_data(seats: &Seats) -> Value {
    json!({"manager_ids": seats.managers, "user_ids": seats.users})
}
