//! The rotations of groups and teams as wholes: how they begin, what is set for them, and where
//! leads go on to that they can deal to nobody.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::distribution::Distribution;
use evenhand_domain::error::Error;
use evenhand_domain::ids::{OrganizationId, RotationId};
use evenhand_domain::organization::Organization;
use evenhand_domain::rotation::{Moment, RotationState};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::UserStatus;
use evenhand_domain::when_nobody_eligible::{Fallback, WhenNobodyEligible};
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::{Read, Tx, intake};
use serde_json::{Value, json};

use crate::Services;
use crate::memberships::{impossible, record};

/// Makes the rotation of a group or team, without members. The organization is locked: a change of
/// its time zone reaches every rotation that is there by then.
pub(crate) async fn make(
    services: &Services,
    tx: &mut Tx,
    organization: &Organization,
    owner: RotationOwner,
    distribution: &Distribution,
) -> Result<Rotation, Error> {
    let now = tx.now().await?;
    let id: RotationId = services.ids.next(now);
    let mut seed = [0; 32];
    services.entropy.fill(&mut seed);
    let zone = organization.zone.clone();
    let moment = Moment { at: now, local_day: zone.local_day(now) };
    let Distribution { policy, limits, when_nobody_eligible } = *distribution;
    let (state, first) =
        RotationState::create(organization.id, id, policy, limits, zone.name(), seed, moment);
    let mut rotation = Rotation::new(state, owner, zone);
    rotation.when_nobody_eligible = when_nobody_eligible;
    rotations::create(tx, &rotation).await?;
    record(tx, &mut rotation, vec![first]).await?;
    Ok(rotation)
}

/// Gives a locked rotation these settings; whether that changed anything.
pub(crate) async fn set(
    tx: &mut Tx,
    rotation: &mut Rotation,
    after: &Distribution,
    now: Timestamp,
) -> Result<bool, Error> {
    if rotation.distribution() == *after {
        return Ok(false);
    }
    let moment = rotation.moment(now);
    let policy = rotation.state.set_policy(after.policy, moment).map_err(impossible)?;
    let limits = rotation.state.set_limits(after.limits, moment).map_err(impossible)?;
    rotation.when_nobody_eligible = after.when_nobody_eligible;
    rotations::save_settings(tx, rotation).await?;
    let entries: Vec<_> = policy.into_iter().chain(limits).collect();
    if !entries.is_empty() {
        record(tx, rotation, entries).await?;
    }
    Ok(true)
}

/// Refuses a place for leads to go on to that is not there, or from where they would come back to
/// `owner`. Whoever saves one has the organization locked, so that two cannot make a loop together.
///
/// # Errors
/// Faults under `/distribution/fallback`: `unknown_group`, `unknown_team`, `unknown_user`,
/// `fallback_loop`.
pub(crate) async fn check_fallback(
    tx: &mut Tx,
    organization_id: OrganizationId,
    owner: RotationOwner,
    after: WhenNobodyEligible,
) -> Result<(), Error> {
    if let Some(Fallback::User(user)) = after.fallback() {
        intake::lock_users(tx, &[(organization_id, user)]).await?;
    }
    check_possible_fallback(tx, organization_id, owner, after).await
}

/// The same, of what is only imagined.
///
/// # Errors
/// As [`check_fallback`].
pub(crate) async fn check_possible_fallback(
    db: &impl Read,
    organization_id: OrganizationId,
    owner: RotationOwner,
    after: WhenNobodyEligible,
) -> Result<(), Error> {
    let fault = |field: &str, code, detail: String| {
        Err(Error::invalid(format!("/distribution/fallback{field}"), code, detail))
    };
    let to = match after.fallback() {
        None => return Ok(()),
        Some(Fallback::User(user)) => {
            let key = (organization_id, user);
            let known = intake::users(db, &[key]).await?;
            let is_active = known.get(&key).is_some_and(|(_, it)| *it == UserStatus::Active);
            let detail = "not an active user of this organization".to_owned();
            return if is_active { Ok(()) } else { fault("/user_id", "unknown_user", detail) };
        }
        Some(Fallback::Rotation(to)) => to,
    };
    let mut chain = rotations::fallback_chain(db, organization_id, to).await?;
    if chain.is_empty() && to != owner {
        return match to {
            RotationOwner::Group(_) => {
                fault("/group_id", "unknown_group", "no group of this organization".to_owned())
            }
            RotationOwner::Team(_) => {
                fault("/team_id", "unknown_team", "no team of this organization".to_owned())
            }
        };
    }
    let Some(back) = chain.iter().position(|step| step.owner == owner) else { return Ok(()) };
    chain.truncate(back + 1);
    chain.rotate_right(1);
    let names: Vec<&str> =
        chain.iter().chain(chain.first()).map(|step| step.name.as_str()).collect();
    fault("", "fallback_loop", format!("leads would go round: {}", names.join(" → ")))
}

/// Settings as events tell of them.
pub(crate) fn data(distribution: &Distribution) -> Value {
    let Distribution { policy, limits, when_nobody_eligible } = distribution;
    let fallback = when_nobody_eligible.fallback().map(|fallback| match fallback {
        Fallback::Rotation(RotationOwner::Group(group)) => json!({ "group_id": group }),
        Fallback::Rotation(RotationOwner::Team(team)) => json!({ "team_id": team }),
        Fallback::User(user) => json!({ "user_id": user }),
    });
    json!({
        "method": policy.method.as_str(),
        "respect_availability": policy.respects_availability,
        "daily_limit": limits.daily,
        "monthly_limit": limits.monthly,
        "when_nobody_eligible": when_nobody_eligible.as_str(),
        "fallback": fallback,
    })
}

/// `settings` with further members of the same object.
pub(crate) fn with(mut settings: Value, further: Value) -> Value {
    if let (Value::Object(settings), Value::Object(further)) = (&mut settings, further) {
        settings.extend(further);
    }
    settings
}
