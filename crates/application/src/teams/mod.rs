//! Teams, who is on them, and their rotations, whose members are who is on them. Every change of a
//! seat makes what is known of the access of everybody on the team outdated: whom a manager sees is
//! part of it. Whoever changes a team has the organization's row locked, then its rotation, then
//! people.

mod members;
mod rotation;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::{TeamId, UserId};
use evenhand_domain::permission::{Grant, ManageTeams};
use evenhand_domain::team::{NewTeam, Seats, Team, TeamChange};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::teams::ChangesTeams;
use evenhand_persistence::{Error as StoreError, Tx, organizations, teams};
use serde_json::{Value, json};

use crate::archiving::{Answered, unanswered};
use crate::memberships::record;
use crate::routing::refuse_target;
use crate::{Services, check_version, distribution};

pub use members::{change_member, placed, set_members};
pub use rotation::make_missing;

use members::{Reseating, reseat};

/// Makes a team with its rotation and its first managers and users.
///
/// # Errors
/// [`Conflict::TeamNameTaken`]; [`Error::Invalid`] for somebody who cannot be on it, as
/// [`set_members`], and for a fallback that is not there.
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
    let organization = organizations::locked(&mut tx, grant).await?;
    let now = tx.now().await?;
    let id: TeamId = services.ids.next(now);
    teams::insert(&mut tx, grant, id, &new.name, now).await.map_err(name_taken)?;
    if new.include_managers {
        teams::include_managers(&mut tx, grant, id, true).await?;
    }
    let mut rotation =
        distribution::make(services, &mut tx, &organization, id.into(), &new.distribution).await?;
    let asked = placed(&new.seats);
    let reseating = Reseating {
        id,
        include_managers: new.include_managers,
        before: &Seats::default(),
        after: &new.seats,
        asked: &asked,
        joining_last: false,
    };
    reseat(&mut tx, grant, &mut rotation, reseating).await?;
    let when = new.distribution.when_nobody_eligible;
    distribution::check_fallback(&mut tx, organization_id, id.into(), when).await?;
    let data = json!({"name": new.name, "manager_ids": new.seats.managers,
        "user_ids": new.seats.users, "include_managers": new.include_managers});
    let data = distribution::with(distribution::data(&new.distribution), data);
    announce(&mut tx, grant, id, "team.created", now, data).await?;
    let team = found(&tx, grant, id).await?;
    idempotency::finish(&mut tx, organization_id, once, id.uuid(), &team).await?;
    tx.commit().await?;
    Ok(Outcome::Done(team))
}

/// Changes a team's name or how it deals.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`], [`Conflict::TeamNameTaken`];
/// [`Error::Invalid`] for a fallback that is not there or leads back, and for more members than a
/// rotation may have.
pub async fn change(
    services: &Services,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    change: TeamChange,
    expected_version: Option<i64>,
) -> Result<Team, Error> {
    let organization_id = grant.organization_id();
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (mut rotation, team) = locked(services, &mut tx, grant, id, expected_version).await?;
    let now = tx.now().await?;
    let before = rotation.distribution();
    let after = change.distribution.apply(before).map_err(Error::Invalid)?;
    let include = change.include_managers.unwrap_or(team.include_managers);
    let name = change.name.unwrap_or_else(|| team.name.clone());
    let mut changed = name != team.name;
    if include != team.include_managers {
        changed = true;
        teams::include_managers(&mut tx, grant, id, include).await?;
        let seats = Seats::of(&teams::members(&tx, grant, id).await?);
        let reseating = Reseating {
            id,
            include_managers: include,
            before: &seats,
            after: &seats,
            asked: &[],
            joining_last: true,
        };
        reseat(&mut tx, grant, &mut rotation, reseating).await?;
        // Whose records its managers see is another.
        let users: Vec<UserId> = seats.iter().map(|(user, _)| user).collect();
        teams::raise_access(&mut tx, grant, &users).await?;
    }
    if after.when_nobody_eligible != before.when_nobody_eligible {
        let when = after.when_nobody_eligible;
        distribution::check_fallback(&mut tx, organization_id, id.into(), when).await?;
    }
    changed |= distribution::set(&mut tx, &mut rotation, &after, now).await?;
    if !changed {
        return Ok(team);
    }
    teams::touch(&mut tx, grant, id, &name, now).await.map_err(name_taken)?;
    let told = |it, name: &str, include| {
        distribution::with(
            distribution::data(it),
            json!({"name": name, "include_managers": include}),
        )
    };
    let data = json!({"before": told(&before, &team.name, team.include_managers),
        "after": told(&after, &name, include)});
    announce(&mut tx, grant, id, "team.changed", now, data).await?;
    let team = found(&tx, grant, id).await?;
    tx.commit().await?;
    Ok(team)
}

/// Takes a team out of use. Nobody is on it then, its name is free, and its rotation deals no more;
/// leads and ledger stay.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`]; [`Conflict::TeamInUse`] for what depends on
/// it, who is on it among that, and is not answered for.
pub async fn archive(
    services: &Services,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    answered: Answered,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let organization_id = grant.organization_id();
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (mut rotation, team) = locked(services, &mut tx, grant, id, expected_version).await?;
    refuse_target(&tx, grant, id.into()).await?;
    let seats = Seats::of(&teams::members(&tx, grant, id).await?);
    let members = seats.iter().count();
    let left = unanswered(&mut tx, organization_id, id.into(), members, answered).await?;
    if !left.is_empty() {
        return Err(Error::Conflict(Conflict::TeamInUse(left)));
    }
    let now = tx.now().await?;
    let moment = rotation.moment(now);
    let entry = rotation.state.archive(moment);
    record(&mut tx, &mut rotation, vec![entry]).await?;
    rotations::archive(&mut tx, &rotation, now).await?;
    let mut users: Vec<UserId> = seats.iter().map(|(user, _)| user).collect();
    users.sort_unstable();
    teams::lock_candidates(&mut tx, grant, &users).await?;
    teams::raise_access(&mut tx, grant, &users).await?;
    teams::archive(&mut tx, grant, id, now).await?;
    let data = json!({"name": team.name, "manager_ids": seats.managers, "user_ids": seats.users});
    announce(&mut tx, grant, id, "team.archived", now, data).await?;
    tx.commit().await?;
    Ok(())
}

/// The organization and the rotation under lock, then the team as it is now: nobody else changes it
/// meanwhile.
async fn locked<A: ChangesTeams>(
    services: &Services,
    tx: &mut Tx,
    grant: &Grant<A>,
    id: TeamId,
    expected_version: Option<i64>,
) -> Result<(Rotation, Team), Error> {
    let organization = organizations::locked(tx, grant).await?;
    let locked = rotations::lock(tx, organization.id, id.into()).await?;
    let team = found(tx, grant, id).await?;
    check_version(expected_version, team.version)?;
    let rotation = match locked {
        Some(rotation) => rotation,
        None => rotation::make(services, tx, &organization, id).await?,
    };
    Ok((rotation, team))
}

async fn found<A: ChangesTeams>(tx: &Tx, grant: &Grant<A>, id: TeamId) -> Result<Team, Error> {
    teams::get(tx, grant, id).await?.ok_or(Error::NotFound("team"))
}

async fn announce<A: ChangesTeams>(
    tx: &mut Tx,
    grant: &Grant<A>,
    id: TeamId,
    kind: &'static str,
    at: Timestamp,
    data: Value,
) -> Result<(), StoreError> {
    events::append(tx, vec![Event::by(grant.actor(), kind, id, at, data)]).await
}

fn name_taken(error: StoreError) -> Error {
    if error.violates("name") {
        return Error::Conflict(Conflict::TeamNameTaken);
    }
    error.into()
}
