//! Which rules name something, and which one a lead names.

use evenhand_domain::ids::LeadId;
use evenhand_domain::permission::{Grant, ViewLeads};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::routing::{AppliedRule, RuleName};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::OnTargets;
use crate::leads::scope::visible;
use crate::{Read, Result};

#[derive(FromQueryResult)]
struct NameRow {
    id: Option<Uuid>,
    name: Option<String>,
}

/// What people call the default.
const DEFAULT: &str = "the default";

/// The rules, disabled ones among them, and the default that send leads to a group or team, in their
/// order. While the organization is locked nobody makes another.
///
/// # Errors
/// When the database fails.
pub async fn rules_naming<A: OnTargets>(
    db: &impl Read,
    grant: &Grant<A>,
    owner: RotationOwner,
) -> Result<Vec<RuleName>> {
    let column = match owner {
        RotationOwner::Group(_) => "group_id",
        RotationOwner::Team(_) => "team_id",
    };
    let sql = format!(
        "SELECT x.id, x.name FROM (\
           SELECT r.position, r.id, r.name FROM routing_rules r \
           WHERE r.organization_id = $1 AND r.{column} = $2 AND r.archived_at IS NULL \
           UNION ALL \
           SELECT NULL, NULL, NULL FROM routing_defaults d \
           WHERE d.organization_id = $1 AND d.{column} = $2) x \
         ORDER BY x.id IS NULL, x.position"
    );
    let values = [Value::from(grant.organization_id().uuid()), Value::from(owner.uuid())];
    let rows: Vec<NameRow> = db.db().all(&sql, values).await?;
    let name = |row: NameRow| RuleName {
        id: row.id.map(Into::into),
        name: row.name.unwrap_or_else(|| DEFAULT.to_owned()),
    };
    Ok(rows.into_iter().map(name).collect())
}

/// The rule that sent a lead where it went first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutedBy {
    /// Which rule, as it was then.
    pub rule: AppliedRule,
    /// Its name now, or the last it had.
    pub name: String,
}

#[derive(FromQueryResult)]
struct RoutedRow {
    rule_id: Uuid,
    rule_version: i64,
    name: String,
}

/// The rule that sent a lead of the grant's scope where it went first; `None` when none did, or the
/// lead is not visible.
///
/// # Errors
/// When the database fails.
pub async fn routed_by(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    id: LeadId,
) -> Result<Option<RoutedBy>> {
    let db = db.db();
    let mut values = vec![Value::from(grant.organization_id().uuid()), Value::from(id.uuid())];
    let visible = visible(grant.scope(), "l", &mut values, db.dialect);
    let sql = format!(
        "SELECT l.rule_id, l.rule_version, r.name FROM leads l JOIN routing_rules r \
         ON r.organization_id = l.organization_id AND r.id = l.rule_id \
         WHERE l.organization_id = $1 AND l.id = $2 AND {visible}"
    );
    let row: Option<RoutedRow> = db.one(&sql, values).await?;
    Ok(row.map(|row| RoutedBy {
        rule: AppliedRule { id: row.rule_id.into(), version: row.rule_version },
        name: row.name,
    }))
}
