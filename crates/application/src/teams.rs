//! Teams and who is on them. Every change of a seat makes what is known of the access of everybody
//! on the team outdated: whom a manager sees is part of it.

use std::collections::{BTreeMap, BTreeSet};

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Dependents, Error};
use evenhand_domain::ids::{TeamId, UserId};
use evenhand_domain::permission::{Grant, ManageTeams};
use evenhand_domain::team::{NewTeam, PlacedSeat, Seats, Team, TeamMember, TeamSeat, seat_faults};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::{Error as StoreError, Tx, invitations, organizations, teams};
use serde_json::{Value, json};

use crate::routing::refuse_target;
use crate::{Services, check_version};

/// Makes a team with its first managers and users.
///
/// # Errors
/// [`Conflict::TeamNameTaken`]; [`Error::Invalid`] for somebody who cannot be on it, as
/// [`set_members`].
pub async fn create(
    services: &Services,
    grant: &Grant<ManageTeams>,
    new: NewTeam,
    once: Option<&Once<Team>>,
) -> Result<Outcome<Team>, Error> {
    let organization_id = grant.organization_id();
    let (mut tx, ref grant) = services.begin(grant).await?;
    if let Some(answer) = idempotency::begin(&mut tx, organization_id, once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    organizations::lock(&mut tx, grant).await?;
    let now = tx.now().await?;
    let id: TeamId = services.ids.next(now);
    teams::insert(&mut tx, grant, id, &new.name, now).await.map_err(name_taken)?;
    reseat(&mut tx, grant, id, &Seats::default(), &new.seats, &placed(&new.seats)).await?;
    let data = json!({"name": new.name, "manager_ids": new.seats.managers,
        "user_ids": new.seats.users});
    announce(&mut tx, grant, id, "team.created", now, data).await?;
    let team = found(&tx, grant, id).await?;
    idempotency::finish(&mut tx, organization_id, once, id.uuid(), &team).await?;
    tx.commit().await?;
    Ok(Outcome::Done(team))
}

/// Renames a team.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`], [`Conflict::TeamNameTaken`].
pub async fn change(
    services: &Services,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    name: Option<String>,
    expected_version: Option<i64>,
) -> Result<Team, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let team = locked(&mut tx, grant, id, expected_version).await?;
    let Some(name) = name.filter(|name| *name != team.name) else { return Ok(team) };
    let now = tx.now().await?;
    teams::touch(&mut tx, grant, id, &name, now).await.map_err(name_taken)?;
    let data = json!({"before": {"name": team.name}, "after": {"name": name}});
    announce(&mut tx, grant, id, "team.changed", now, data).await?;
    let team = found(&tx, grant, id).await?;
    tx.commit().await?;
    Ok(team)
}

/// Takes a team out of use. Nobody is on it then; its name is free.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`]; [`Conflict::UsedByRules`];
/// [`Conflict::TeamInUse`] while somebody is on it, unless they are to be taken off.
pub async fn archive(
    services: &Services,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    remove_members: bool,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let team = locked(&mut tx, grant, id, expected_version).await?;
    refuse_target(&tx, grant, id.into()).await?;
    let members = teams::members(&tx, grant, id).await?;
    if !members.is_empty() && !remove_members {
        let dependents = Dependents { kind: "members", count: count(&members) };
        return Err(Error::Conflict(Conflict::TeamInUse(vec![dependents])));
    }
    let now = tx.now().await?;
    let seats = Seats::of(&members);
    raise_access(&mut tx, grant, seats.iter().map(|(user, _)| user)).await?;
    teams::archive(&mut tx, grant, id, now).await?;
    let data = json!({"name": team.name, "manager_ids": seats.managers, "user_ids": seats.users});
    announce(&mut tx, grant, id, "team.archived", now, data).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes these people, and nobody else, managers and users of a team.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`]; [`Error::Invalid`] with `unknown_user` for
/// somebody unknown, or newly named and deactivated, and `not_a_manager` for a manager without the
/// role manager or above.
pub async fn set_members(
    services: &Services,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    seats: &Seats,
    expected_version: Option<i64>,
) -> Result<(Team, Vec<TeamMember>), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let team = locked(&mut tx, grant, id, expected_version).await?;
    let before = Seats::of(&teams::members(&tx, grant, id).await?);
    let now = tx.now().await?;
    if reseat(&mut tx, grant, id, &before, seats, &placed(seats)).await? {
        teams::touch(&mut tx, grant, id, &team.name, now).await?;
        let data = json!({"before": seats_data(&before), "after": seats_data(seats)});
        announce(&mut tx, grant, id, "team.members_changed", now, data).await?;
    }
    let team = found(&tx, grant, id).await?;
    let members = teams::members(&tx, grant, id).await?;
    tx.commit().await?;
    Ok((team, members))
}

/// Makes a user of a team a manager of it, or the other way round.
///
/// # Errors
/// [`Error::NotFound`] for an unknown team or somebody who is not on it,
/// [`Error::PreconditionFailed`]; [`Error::Invalid`] with `not_a_manager`.
pub async fn change_member(
    services: &Services,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    user: UserId,
    seat: Option<TeamSeat>,
    expected_version: Option<i64>,
) -> Result<(Team, TeamMember), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let team = locked(&mut tx, grant, id, None).await?;
    let members = teams::members(&tx, grant, id).await?;
    let member = members.iter().find(|member| member.user.id == user);
    let before = member.ok_or(Error::NotFound("member"))?.seat;
    check_version(expected_version, team.version)?;
    let now = tx.now().await?;
    if let Some(seat) = seat.filter(|seat| *seat != before) {
        let (old, new) = (Seats::of(&members), moved(&members, user, seat));
        let asked = PlacedSeat { pointer: "/seat".to_owned(), user, seat };
        reseat(&mut tx, grant, id, &old, &new, &[asked]).await?;
        teams::touch(&mut tx, grant, id, &team.name, now).await?;
        let data = json!({"user_id": user, "before": {"seat": before.as_str()},
            "after": {"seat": seat.as_str()}});
        announce(&mut tx, grant, id, "team.member_changed", now, data).await?;
    }
    let team = found(&tx, grant, id).await?;
    let members = teams::members(&tx, grant, id).await?;
    tx.commit().await?;
    let member = members.into_iter().find(|member| member.user.id == user);
    Ok((team, member.ok_or(Error::NotFound("member"))?))
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

/// Everybody who was or will be on the team, under lock; then the seats as asked. Whether there was
/// anything to change.
async fn reseat(
    tx: &mut Tx,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    before: &Seats,
    after: &Seats,
    asked: &[PlacedSeat],
) -> Result<bool, Error> {
    let old: BTreeMap<UserId, TeamSeat> = before.iter().collect();
    let new: BTreeMap<UserId, TeamSeat> = after.iter().collect();
    let affected: BTreeSet<UserId> = old.keys().chain(new.keys()).copied().collect();
    let affected: Vec<UserId> = affected.into_iter().collect();
    let known = teams::lock_candidates(tx, grant, &affected).await?;
    let on_it: Vec<UserId> = old.keys().copied().collect();
    seat_faults(asked, &on_it, &known).into_result(())?;
    if old == new {
        return Ok(false);
    }
    let gone: Vec<UserId> = old.keys().filter(|user| !new.contains_key(user)).copied().collect();
    let given: Vec<_> =
        new.into_iter().filter(|(user, seat)| old.get(user) != Some(seat)).collect();
    teams::unseat(tx, grant, id, &gone).await?;
    teams::seat(tx, grant, id, &given).await?;
    teams::raise_access(tx, grant, &affected).await?;
    // Whom an invitation's link was shown to must not take a seat that somebody else gave since.
    let now = tx.now().await?;
    for (user, _) in &given {
        invitations::revoke_shown_to_others(tx, grant, *user, now).await?;
    }
    Ok(true)
}

async fn raise_access(
    tx: &mut Tx,
    grant: &Grant<ManageTeams>,
    users: impl Iterator<Item = UserId>,
) -> Result<(), StoreError> {
    let mut users: Vec<UserId> = users.collect();
    users.sort_unstable();
    teams::lock_candidates(tx, grant, &users).await?;
    teams::raise_access(tx, grant, &users).await
}

fn moved(members: &[TeamMember], user: UserId, seat: TeamSeat) -> Seats {
    let mut members = members.to_vec();
    members.iter_mut().filter(|member| member.user.id == user).for_each(|member| {
        member.seat = seat;
    });
    Seats::of(&members)
}

/// The team as it is now. Whoever changes teams has the organization's row locked, so that nobody
/// else does meanwhile.
async fn locked(
    tx: &mut Tx,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    expected_version: Option<i64>,
) -> Result<Team, Error> {
    organizations::lock(tx, grant).await?;
    let team = found(tx, grant, id).await?;
    check_version(expected_version, team.version)?;
    Ok(team)
}

async fn found(tx: &Tx, grant: &Grant<ManageTeams>, id: TeamId) -> Result<Team, Error> {
    teams::get(tx, grant, id).await?.ok_or(Error::NotFound("team"))
}

async fn announce(
    tx: &mut Tx,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    kind: &'static str,
    at: Timestamp,
    data: Value,
) -> Result<(), StoreError> {
    events::append(tx, vec![Event::by(grant.actor(), kind, id, at, data)]).await
}

fn seats_data(seats: &Seats) -> Value {
    json!({"manager_ids": seats.managers, "user_ids": seats.users})
}

fn count(members: &[TeamMember]) -> u64 {
    u64::try_from(members.len()).unwrap_or(u64::MAX)
}

fn name_taken(error: StoreError) -> Error {
    if error.violates("name") {
        return Error::Conflict(Conflict::TeamNameTaken);
    }
    error.into()
}
