//! Who sees which lead, asked for many at once, each with a scope of their own.

use evenhand_domain::ids::{LeadId, OrganizationId};
use evenhand_domain::permission::{LeadScope, LeadTie};
use sea_orm::FromQueryResult;

use super::scope::seen_users;
use crate::rows::{Cell, Kind, Rows};
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

/// For each of the looks whether the scope covers the lead; one statement, whose text does not
/// depend on how many there are.
///
/// # Errors
/// When the database fails.
pub async fn covered(db: &impl Read, looks: &[Look<'_>]) -> Result<Vec<bool>> {
    let everything = |look: &Look<'_>| *look.scope == LeadScope::Everything;
    let mut covered: Vec<bool> = looks.iter().map(everything).collect();
    let rows = rows(looks);
    if rows.is_empty() {
        return Ok(covered);
    }
    let db = db.db();
    let sql = format!(
        "{} SELECT i.number FROM input i JOIN lead_access x \
         ON x.organization_id = i.organization_id AND x.user_id = i.user_id \
         AND x.lead_id = i.lead_id WHERE i.own OR x.kind <= {} \
         UNION ALL SELECT i.number FROM input i JOIN leads l \
         ON l.organization_id = i.organization_id AND l.id = i.lead_id \
         WHERE l.created_by_api_key_id = i.api_key_id",
        rows.input(db.dialect),
        LeadTie::Collaborator.code(),
    );
    let found: Vec<CoveredRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    for row in found {
        let place = usize::try_from(row.number).ok().and_then(|number| covered.get_mut(number));
        if let Some(covered) = place {
            *covered = true;
        }
    }
    Ok(covered)
}

#[derive(FromQueryResult)]
struct CoveredRow {
    number: i64,
}

/// One for every user whose ties count.
fn rows(looks: &[Look<'_>]) -> Rows<6> {
    let mut rows = Rows::new([
        ("number", Kind::Int),
        ("organization_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        // Any tie of theirs counts; of others, those by which they work on it.
        ("own", Kind::Flag),
        ("api_key_id", Kind::Uuid),
    ]);
    for (number, look) in (0_i64..).zip(looks) {
        let mut push = |user: Cell, own: bool, key: Cell| {
            let (organization, lead) = (look.organization_id.into(), look.lead_id.into());
            rows.push([number.into(), organization, lead, user, own.into(), key]);
        };
        match look.scope {
            LeadScope::User { user_id, team } => {
                for user in seen_users(*user_id, team) {
                    push(user.into(), user == *user_id, Cell::Null);
                }
            }
            LeadScope::MadeBy(key) => push(Cell::Null, false, (*key).into()),
            LeadScope::Everything | LeadScope::Nothing => {}
        }
    }
    rows
}
