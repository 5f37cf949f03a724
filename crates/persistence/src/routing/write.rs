//! Storing routing rules and their default. Whoever calls these has the organization locked, and
//! raises the version of its settings in the same transaction.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{GroupId, RuleId, TeamId, UserId};
use evenhand_domain::permission::{Grant, ManageRouting};
use evenhand_domain::routing::{Rule, Target};
use evenhand_domain::user::UserStatus;
use sea_orm::{FromQueryResult, Value};

use super::StoredRule;
use crate::rows::{Cell, Kind, Rows};
use crate::{Read, Result, Tx};

/// The columns of a target.
type Columns = (Option<GroupId>, Option<TeamId>, Option<UserId>);

const fn columns(target: Target) -> Columns {
    match target {
        Target::Group(id) => (Some(id), None, None),
        Target::Team(id) => (None, Some(id), None),
        Target::User(id) => (None, None, Some(id)),
        Target::Nobody => (None, None, None),
    }
}

/// Stores a new rule.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, grant: &Grant<ManageRouting>, new: &StoredRule) -> Result<()> {
    let Rule { id, version, settings } = &new.rule;
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("position", Kind::Int),
        ("name", Kind::Text),
        ("enabled", Kind::Flag),
        ("conditions", Kind::Json),
        ("group_id", Kind::Uuid),
        ("team_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("version", Kind::Int),
        ("created_at", Kind::Int),
        ("updated_at", Kind::Int),
    ]);
    let (group, team, user) = columns(settings.target);
    rows.push([
        grant.organization_id().into(),
        (*id).into(),
        new.position.into(),
        settings.name.as_str().into(),
        settings.enabled.into(),
        Cell::Json(settings.conditions.to_json().to_string()),
        group.into(),
        team.into(),
        user.into(),
        (*version).into(),
        new.created_at.micros().into(),
        new.updated_at.micros().into(),
    ]);
    let db = tx.db();
    db.insert(rows, "routing_rules", "").await?;
    Ok(())
}

/// Stores what a rule has become.
///
/// # Errors
/// When the database fails.
pub async fn update(
    tx: &mut Tx,
    grant: &Grant<ManageRouting>,
    rule: &Rule,
    now: Timestamp,
) -> Result<()> {
    let Rule { id, version, settings } = rule;
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("name", Kind::Text),
        ("enabled", Kind::Flag),
        ("conditions", Kind::Json),
        ("group_id", Kind::Uuid),
        ("team_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("version", Kind::Int),
        ("updated_at", Kind::Int),
    ]);
    let (group, team, user) = columns(settings.target);
    rows.push([
        grant.organization_id().into(),
        (*id).into(),
        settings.name.as_str().into(),
        settings.enabled.into(),
        Cell::Json(settings.conditions.to_json().to_string()),
        group.into(),
        team.into(),
        user.into(),
        (*version).into(),
        now.micros().into(),
    ]);
    let db = tx.db();
    let sql = format!(
        "{} UPDATE routing_rules SET name = i.name, enabled = i.enabled, \
         conditions = i.conditions, group_id = i.group_id, team_id = i.team_id, \
         user_id = i.user_id, version = i.version, updated_at = i.updated_at FROM input i \
         WHERE routing_rules.organization_id = i.organization_id AND routing_rules.id = i.id",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Takes a rule out of use; those behind it close up. Leads still tell its name.
///
/// # Errors
/// When the database fails.
pub async fn archive(
    tx: &mut Tx,
    grant: &Grant<ManageRouting>,
    rule: &StoredRule,
    now: Timestamp,
) -> Result<()> {
    let organization = Value::from(grant.organization_id().uuid());
    let sql = "UPDATE routing_rules SET archived_at = $3, updated_at = $3 \
               WHERE organization_id = $1 AND id = $2";
    let values = [organization.clone(), rule.rule.id.uuid().into(), now.micros().into()];
    tx.db().execute(sql, values).await?;
    let sql = "UPDATE routing_rules SET position = position - 1 \
               WHERE organization_id = $1 AND position > $2 AND archived_at IS NULL";
    tx.db().execute(sql, [organization, i64::from(rule.position).into()]).await?;
    Ok(())
}

/// Puts the rules in this order, which names each of them once.
///
/// # Errors
/// When the database fails.
pub async fn set_order(tx: &mut Tx, grant: &Grant<ManageRouting>, order: &[RuleId]) -> Result<()> {
    let mut rows =
        Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid), ("position", Kind::Int)]);
    for (position, id) in (1_u32..).zip(order) {
        rows.push([grant.organization_id().into(), (*id).into(), position.into()]);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    let sql = format!(
        "{} UPDATE routing_rules SET position = i.position FROM input i \
         WHERE routing_rules.organization_id = i.organization_id AND routing_rules.id = i.id",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Stores where leads go that no rule is for.
///
/// # Errors
/// When the database fails.
pub async fn set_default(tx: &mut Tx, grant: &Grant<ManageRouting>, target: Target) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("group_id", Kind::Uuid),
        ("team_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
    ]);
    let (group, team, user) = columns(target);
    rows.push([grant.organization_id().into(), group.into(), team.into(), user.into()]);
    let db = tx.db();
    let then = "ON CONFLICT (organization_id) DO UPDATE SET group_id = excluded.group_id, \
                team_id = excluded.team_id, user_id = excluded.user_id";
    db.insert(rows, "routing_defaults", then).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct FoundRow {
    count: i64,
}

/// Whether leads can be sent there: to a group or team of the organization that is not archived, or
/// to an active user of it. Groups and teams stay so while the organization is locked.
///
/// # Errors
/// When the database fails.
pub async fn target_exists(tx: &Tx, grant: &Grant<ManageRouting>, target: Target) -> Result<bool> {
    let (table, id) = match target {
        Target::Group(id) => ("groups WHERE archived_at IS NULL", id.uuid()),
        Target::Team(id) => ("teams WHERE archived_at IS NULL", id.uuid()),
        Target::User(id) => ("users WHERE status = $3", id.uuid()),
        Target::Nobody => return Ok(true),
    };
    let sql = format!("SELECT count(*) AS count FROM {table} AND organization_id = $1 AND id = $2");
    let mut values = vec![Value::from(grant.organization_id().uuid()), Value::from(id)];
    if matches!(target, Target::User(_)) {
        values.push(UserStatus::Active.code().into());
    }
    let found: Option<FoundRow> = tx.db().one(&sql, values).await?;
    Ok(found.is_some_and(|found| found.count > 0))
}
