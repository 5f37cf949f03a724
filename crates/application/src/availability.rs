//! When users work and when they are away. Their rotations look again before the next lead.

use evenhand_domain::availability::{AbsenceInput, Schedule, ScheduleInput};
use evenhand_domain::error::Error;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{Actor, Grant, ManageRotationMembers};
use evenhand_persistence::Tx;
use evenhand_persistence::availability::{self, UserAvailability};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::rotations::{self, Rotation};
use serde_json::{Value, json};

use crate::pauses::{BUSY, ROUNDS, locked, require_reach};
use crate::{Services, check_version};

/// Sets when a user works and is away; `None` takes back what was set.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`]; [`Error::Denied`] for somebody outside the
/// scope, whose name is no secret.
pub async fn set(
    services: &Services,
    grant: &Grant<ManageRotationMembers>,
    user: UserId,
    schedule: Option<&Schedule>,
    expected_version: Option<i64>,
) -> Result<UserAvailability, Error> {
    for _ in 0..ROUNDS {
        let (mut tx, ref grant) = services.begin(grant).await?;
        let actor = grant.actor();
        let Some((rotations, found)) = locked(&mut tx, actor, user).await? else { continue };
        require_reach(grant, user, found.role)?;
        return finish(tx, actor, &rotations, user, schedule, expected_version).await;
    }
    Err(BUSY)
}

/// Sets when the actor works and is away; `None` takes back what was set.
///
/// # Errors
/// [`Error::PersonRequired`] for an API key, [`Error::PreconditionFailed`].
pub async fn set_own(
    services: &Services,
    actor: &Actor,
    schedule: Option<&Schedule>,
    expected_version: Option<i64>,
) -> Result<UserAvailability, Error> {
    let user = actor.user_id().ok_or(Error::PersonRequired)?;
    for _ in 0..ROUNDS {
        let (mut tx, ref actor) = services.begin_as(actor).await?;
        let Some((rotations, _)) = locked(&mut tx, actor, user).await? else { continue };
        return finish(tx, actor, &rotations, user, schedule, expected_version).await;
    }
    Err(BUSY)
}

async fn finish(
    mut tx: Tx,
    actor: &Actor,
    rotations: &[Rotation],
    user: UserId,
    schedule: Option<&Schedule>,
    expected_version: Option<i64>,
) -> Result<UserAvailability, Error> {
    let organization_id = actor.organization.id;
    let before = availability::of_locked(&mut tx, organization_id, user).await?;
    check_version(expected_version, before.version)?;
    if before.schedule.as_ref() == schedule {
        return Ok(before);
    }
    let now = tx.now().await?;
    let version = before.version + 1;
    availability::save(&mut tx, organization_id, user, (schedule, version), now).await?;
    rotations::look_again(&mut tx, rotations).await?;
    let (old, new) = (shown(before.schedule.as_ref()), shown(schedule));
    let data = json!({"before": data(&old), "after": data(&new)});
    let mut event = Event::by(actor, "user.availability_changed", user, now, data);
    if old.absences != new.absences {
        event = event.with_details(json!({
            "absences_added": without(&new.absences, &old.absences),
            "absences_removed": without(&old.absences, &new.absences),
        }));
    }
    events::append(&mut tx, vec![event]).await?;
    tx.commit().await?;
    Ok(UserAvailability { schedule: schedule.cloned(), version, holidays: before.holidays })
}

fn shown(schedule: Option<&Schedule>) -> ScheduleInput {
    schedule.map(Schedule::render).unwrap_or_default()
}

/// When and why somebody is away is theirs: of that only the number.
fn data(schedule: &ScheduleInput) -> Value {
    json!({"time_zone": schedule.time_zone, "weekly": schedule.weekly,
        "absences": schedule.absences.len()})
}

/// Those of `some` that `others` has not.
fn without<'a>(some: &'a [AbsenceInput], others: &[AbsenceInput]) -> Vec<&'a AbsenceInput> {
    some.iter().filter(|absence| !others.contains(absence)).collect()
}
