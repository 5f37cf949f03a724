//! The way of a lead from fallback to fallback, by the names of what it passes. That no chain leads
//! back to where it began is seen to when a fallback is saved, under the organization's lock.

use std::collections::HashMap;

use evenhand_domain::ids::OrganizationId;
use evenhand_domain::rotation_owner::RotationOwner;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::fallback::chain;
use super::read::{OF_INPUT, owner, owner_keys};
use crate::{Read, Result};

/// One place that leads go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FallbackStep {
    /// Whose rotation.
    pub owner: RotationOwner,
    /// Its name.
    pub name: String,
}

#[derive(FromQueryResult)]
struct StepRow {
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
    name: Option<String>,
    fallback_group_id: Option<Uuid>,
    fallback_team_id: Option<Uuid>,
}

/// The way of a lead from the rotation of a group or team on, itself first; nothing where it has
/// none in use.
///
/// # Errors
/// When the database fails.
pub async fn fallback_chain(
    db: &impl Read,
    organization_id: OrganizationId,
    from: RotationOwner,
) -> Result<Vec<FallbackStep>> {
    let rows = owner_keys(&[(organization_id, from)]);
    let db = db.db();
    let first = format!(
        "SELECT r.organization_id, r.id, r.fallback_group_id, r.fallback_team_id \
         FROM rotations r WHERE (r.organization_id, r.id) IN ({OF_INPUT})"
    );
    let sql = format!(
        "WITH RECURSIVE {}, {} SELECT r.group_id, r.team_id, coalesce(g.name, t.name) AS name, \
         r.fallback_group_id, r.fallback_team_id \
         FROM chain c JOIN rotations r ON r.organization_id = c.organization_id AND r.id = c.id \
         LEFT JOIN groups g ON g.organization_id = r.organization_id AND g.id = r.group_id \
         LEFT JOIN teams t ON t.organization_id = r.organization_id AND t.id = r.team_id \
         WHERE r.archived_at IS NULL",
        rows.table(db.dialect),
        chain(&first, db.dialect),
    );
    let found: Vec<StepRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    let mut steps: HashMap<RotationOwner, (String, Option<RotationOwner>)> = HashMap::new();
    for row in found {
        let next = match (row.fallback_group_id, row.fallback_team_id) {
            (None, None) => None,
            (group, team) => Some(owner(group, team)?),
        };
        steps.insert(owner(row.group_id, row.team_id)?, (row.name.unwrap_or_default(), next));
    }
    let (mut chain, mut at) = (Vec::new(), Some(from));
    // Each is taken out, so that this ends whatever they name.
    while let Some((owner, (name, next))) = at.and_then(|owner| steps.remove_entry(&owner)) {
        chain.push(FallbackStep { owner, name });
        at = next;
    }
    Ok(chain)
}
