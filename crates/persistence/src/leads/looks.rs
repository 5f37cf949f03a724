//! Who sees which lead, asked for many at once, each with a scope of their own.

use std::collections::HashSet;

use evenhand_domain::ids::{LeadId, OrganizationId};
use evenhand_domain::permission::LeadScope;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::scope::visible;
use crate::rows::{Kind, Rows};
use crate::{Read, Result};

/// Somebody who may be told of a lead if they see it.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The lead, which exists.
    pub lead_id: LeadId,
    /// What they see.
    pub scope: &'a LeadScope,
}

#[derive(FromQueryResult)]
struct SeenRow {
    id: Uuid,
}

/// For each of the looks whether the scope covers the lead; one statement for each scope among them,
/// of which one batch has few: those of the people and keys who post leads of people known before.
///
/// # Errors
/// When the database fails.
pub async fn covered(db: &impl Read, looks: &[Look<'_>]) -> Result<Vec<bool>> {
    let mut scopes: Vec<(OrganizationId, &LeadScope)> = Vec::new();
    for look in looks {
        if !scopes.contains(&(look.organization_id, look.scope)) {
            scopes.push((look.organization_id, look.scope));
        }
    }
    let mut covered = vec![false; looks.len()];
    for (organization_id, scope) in scopes {
        let same = |look: &Look<'_>| look.organization_id == organization_id && look.scope == scope;
        let leads: Vec<LeadId> =
            looks.iter().filter(|look| same(look)).map(|look| look.lead_id).collect();
        let seen = seen(db, organization_id, scope, &leads).await?;
        for (look, covered) in looks.iter().zip(&mut covered) {
            *covered |= same(look) && seen.contains(&look.lead_id);
        }
    }
    Ok(covered)
}

async fn seen(
    db: &impl Read,
    organization_id: OrganizationId,
    scope: &LeadScope,
    leads: &[LeadId],
) -> Result<HashSet<LeadId>> {
    match scope {
        LeadScope::Everything => return Ok(leads.iter().copied().collect()),
        LeadScope::Nothing => return Ok(HashSet::new()),
        LeadScope::User { .. } | LeadScope::MadeBy(_) => {}
    }
    let db = db.db();
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
    leads.iter().for_each(|lead| rows.push([organization_id.into(), (*lead).into()]));
    let input = rows.input(db.dialect);
    let mut values = rows.into_values(db.dialect);
    let visible = visible(scope, "l", &mut values, db.dialect);
    let sql = format!(
        "{input} SELECT l.id FROM input i JOIN leads l \
         ON l.organization_id = i.organization_id AND l.id = i.id WHERE {visible}"
    );
    let rows: Vec<SeenRow> = db.all(&sql, values).await?;
    Ok(rows.into_iter().map(|row| row.id.into()).collect())
}
