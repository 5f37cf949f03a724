//! Routing rules and their default. They are settings of the organization: each change raises the
//! version of these, by which a lead that was routed by outdated rules is noticed.
//!
//! What a request writes is read under the lock: conditions hang on the custom fields that there are,
//! and targets on the groups and teams.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error, Faults};
use evenhand_domain::ids::RuleId;
use evenhand_domain::organization::Organization;
use evenhand_domain::permission::{Grant, ManageRouting};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::routing::{Rule, RuleChange, RuleSettings, Target, Vocabulary, bounds};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::routing::{self, OnTargets, Routing, StoredRule};
use evenhand_persistence::{Tx, organizations};
use serde_json::{Value, json};

use crate::{Services, check_version};

/// Adds a rule behind all others; `body` is what [`RuleSettings::parse`] reads.
///
/// # Errors
/// [`Error::Invalid`], also for a target that is not there; [`Conflict::TooManyRules`].
pub async fn create(
    services: &Services,
    grant: &Grant<ManageRouting>,
    body: &Value,
    once: Option<&Once<StoredRule>>,
) -> Result<Outcome<StoredRule>, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    if let Some(answer) = idempotency::begin(&mut tx, grant.organization_id(), once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    let (organization, routing) = locked(&mut tx, grant).await?;
    let vocabulary = Vocabulary::new(&organization, &routing.custom_fields);
    let mut faults = Faults::default();
    let settings = RuleSettings::parse(body, vocabulary, &mut faults);
    check_target(&tx, grant, body, &mut faults).await?;
    let settings = faultless(settings, faults)?;
    if routing.rules.len() >= bounds::RULES {
        return Err(Error::Conflict(Conflict::TooManyRules));
    }
    let now = tx.now().await?;
    let stored = StoredRule {
        rule: Rule { id: services.ids.next(now), version: 1, settings },
        position: u32::try_from(routing.rules.len() + 1).unwrap_or(u32::MAX),
        created_at: now,
        updated_at: now,
    };
    routing::insert(&mut tx, grant, &stored).await?;
    let id = stored.rule.id;
    let event = of_rule(grant, "routing_rule.created", id, now, None, Some(&stored.rule.settings));
    save(&mut tx, organization, event).await?;
    idempotency::finish(&mut tx, grant.organization_id(), once, id.uuid(), &stored).await?;
    tx.commit().await?;
    Ok(Outcome::Done(stored))
}

/// Changes a rule; `body` is what [`RuleChange::parse`] reads. A target that the body does not name
/// is not looked at: its user may have been deactivated since.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`]; [`Error::Invalid`], also for a target that is
/// not there.
pub async fn change(
    services: &Services,
    grant: &Grant<ManageRouting>,
    id: RuleId,
    body: &Value,
    expected_version: Option<i64>,
) -> Result<StoredRule, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (organization, routing) = locked(&mut tx, grant).await?;
    let before = found(&routing, id)?;
    let vocabulary = Vocabulary::new(&organization, &routing.custom_fields);
    let mut faults = Faults::default();
    let change = RuleChange::parse(body, vocabulary, &mut faults);
    check_target(&tx, grant, body, &mut faults).await?;
    let change = faultless(change, faults)?;
    check_version(expected_version, before.rule.version)?;
    let mut after = before.clone();
    after.rule.settings = after.rule.settings.changed(change);
    if after == *before {
        return Ok(after);
    }
    let now = tx.now().await?;
    after.rule.version += 1;
    after.updated_at = now;
    routing::update(&mut tx, grant, &after.rule, now).await?;
    let (old, new) = (&before.rule.settings, &after.rule.settings);
    let event = of_rule(grant, "routing_rule.changed", id, now, Some(old), Some(new));
    save(&mut tx, organization, event).await?;
    tx.commit().await?;
    Ok(after)
}

/// Takes a rule out of use. Leads still tell that it sent them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`].
pub async fn delete(
    services: &Services,
    grant: &Grant<ManageRouting>,
    id: RuleId,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (organization, routing) = locked(&mut tx, grant).await?;
    let rule = found(&routing, id)?;
    check_version(expected_version, rule.rule.version)?;
    let now = tx.now().await?;
    routing::archive(&mut tx, grant, rule, now).await?;
    let old = Some(&rule.rule.settings);
    let event = of_rule(grant, "routing_rule.deleted", id, now, old, None);
    save(&mut tx, organization, event).await?;
    tx.commit().await?;
    Ok(())
}

/// Puts the rules in this order; gives all of it as it is then. The version is that of the
/// organization's settings.
///
/// # Errors
/// [`Error::PreconditionFailed`]; [`Conflict::OtherRules`] when the order names another set of rules
/// than there is.
pub async fn reorder(
    services: &Services,
    grant: &Grant<ManageRouting>,
    order: &[RuleId],
    expected_version: Option<i64>,
) -> Result<Routing, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (organization, routing) = locked(&mut tx, grant).await?;
    check_version(expected_version, organization.settings_version)?;
    let before: Vec<RuleId> = routing.rules.iter().map(|stored| stored.rule.id).collect();
    let (mut known, mut named) = (before.clone(), order.to_vec());
    known.sort_unstable();
    named.sort_unstable();
    if known != named {
        return Err(Error::Conflict(Conflict::OtherRules));
    }
    if before == order {
        return Ok(routing);
    }
    routing::set_order(&mut tx, grant, order).await?;
    let now = tx.now().await?;
    let data = json!({"before": before, "after": order});
    save(&mut tx, organization, of_all(grant, "routing.reordered", now, data)).await?;
    let routing = routing::read(&tx, grant).await?;
    tx.commit().await?;
    Ok(routing)
}

/// Says where leads go that no rule is for; `body` is `{"target"}` as [`Target::parse`] reads it.
///
/// # Errors
/// [`Error::PreconditionFailed`]; [`Error::Invalid`], also for a target that is not there.
pub async fn set_default(
    services: &Services,
    grant: &Grant<ManageRouting>,
    body: &Value,
    expected_version: Option<i64>,
) -> Result<Routing, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (organization, routing) = locked(&mut tx, grant).await?;
    let mut faults = Faults::default();
    let target = Target::parse_default(body, &mut faults);
    check_target(&tx, grant, body, &mut faults).await?;
    let target = faultless(target, faults)?;
    check_version(expected_version, organization.settings_version)?;
    if target == routing.default {
        return Ok(routing);
    }
    routing::set_default(&mut tx, grant, target).await?;
    let now = tx.now().await?;
    let data = json!({"before": routing.default.to_json(), "after": target.to_json()});
    save(&mut tx, organization, of_all(grant, "routing.default_changed", now, data)).await?;
    let routing = routing::read(&tx, grant).await?;
    tx.commit().await?;
    Ok(routing)
}

/// Refuses to take a group or team out of use that rules, or their default, send leads to. Whoever
/// asks has the organization locked.
pub(crate) async fn refuse_target<A: OnTargets>(
    tx: &Tx,
    grant: &Grant<A>,
    owner: RotationOwner,
) -> Result<(), Error> {
    let rules = routing::rules_naming(tx, grant, owner).await?;
    if rules.is_empty() { Ok(()) } else { Err(Error::Conflict(Conflict::UsedByRules(rules))) }
}

/// The organization under lock, and all that routes its leads: nobody changes it before the commit.
pub(crate) async fn locked(
    tx: &mut Tx,
    grant: &Grant<ManageRouting>,
) -> Result<(Organization, Routing), Error> {
    let organization = organizations::locked(tx, grant).await?;
    let routing = routing::read(tx, grant).await?;
    Ok((organization, routing))
}

/// Raises the version of the settings, and tells of the change.
pub(crate) async fn save(
    tx: &mut Tx,
    mut organization: Organization,
    event: Event,
) -> Result<(), Error> {
    organization.settings_version += 1;
    organizations::update(tx, &organization).await?;
    Ok(events::append(tx, vec![event]).await?)
}

/// What happened to the organization's routing as a whole, or to a custom field.
pub(crate) fn of_all(
    grant: &Grant<ManageRouting>,
    kind: &'static str,
    at: Timestamp,
    data: Value,
) -> Event {
    Event::by(grant.actor(), kind, grant.organization_id().uuid(), at, data)
}

fn found(routing: &Routing, id: RuleId) -> Result<&StoredRule, Error> {
    let rule = routing.rules.iter().find(|stored| stored.rule.id == id);
    rule.ok_or(Error::NotFound("routing rule"))
}

/// What was read, unless there are faults.
pub(crate) fn faultless<T>(read: Option<T>, faults: Faults) -> Result<T, Error> {
    let read = faults.into_result(read)?;
    read.ok_or_else(|| Error::internal("nothing was read, and without a fault"))
}

/// Notes a target of the body that can be read and is not there.
async fn check_target(
    tx: &Tx,
    grant: &Grant<ManageRouting>,
    body: &Value,
    faults: &mut Faults,
) -> Result<(), Error> {
    let target = body
        .get("target")
        .and_then(|target| Target::parse(target, "/target", &mut Faults::default()));
    let Some(target) = target else { return Ok(()) };
    if !routing::target_exists(tx, grant, target).await? {
        let (pointer, code, detail) = match target {
            Target::Group(_) => ("/target/group_id", "unknown_group", "no such group"),
            Target::Team(_) => ("/target/team_id", "unknown_team", "no such team"),
            Target::User(_) | Target::Nobody => {
                ("/target/user_id", "unknown_user", "not an active user of this organization")
            }
        };
        faults.add(pointer, code, detail);
    }
    Ok(())
}

/// What happened to a rule. Conditions may name people: they are the part that can be erased.
fn of_rule(
    grant: &Grant<ManageRouting>,
    kind: &'static str,
    id: RuleId,
    at: Timestamp,
    before: Option<&RuleSettings>,
    after: Option<&RuleSettings>,
) -> Event {
    let data = |settings: &RuleSettings| {
        json!({"name": settings.name, "enabled": settings.enabled,
            "target": settings.target.to_json()})
    };
    let conditions =
        |settings: Option<&RuleSettings>| settings.map(|settings| settings.conditions.to_json());
    let (old, new) = (conditions(before), conditions(after));
    let details = (old != new).then(|| json!({"before": old, "after": new}));
    let data = json!({"before": before.map(data), "after": after.map(data)});
    Event { details, ..Event::by(grant.actor(), kind, id, at, data) }
}
