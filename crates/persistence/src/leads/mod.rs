//! Reading leads. The grant's scope is part of every statement.

mod branches;
mod count;
mod duplicates;
mod explain;
mod list;
mod looks;
mod matching;
mod query;
pub(crate) mod rows;
pub(crate) mod scope;
mod ties;
pub(crate) mod unassigned;
mod write;

use evenhand_domain::ids::LeadId;
use evenhand_domain::lead::{Assignment, Lead, SourceId};
use evenhand_domain::permission::{Grant, LeadScope, Sight, ViewLeads};
use sea_orm::Value;

use query::Query;
use rows::{ASSIGNMENT_COLUMNS, ASSIGNMENT_USERS, AssignmentRow};

use crate::{Read, Result, Tx, intake, waiting};

pub use count::{Counted, Counts, count};
pub use explain::{facts, facts_of_held, viewer, viewers};
pub use list::{Listed, SORTABLE, list};
pub use looks::{Look, covered};
pub use matching::{matching, still_matching};
pub use scope::OnLeads;
pub(crate) use scope::place;
pub use write::{erase, replace_status, set_archived, update};

/// A lead with how far the reader's sight of it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenLead {
    /// The lead.
    pub lead: Lead,
    /// How far.
    pub sight: Sight,
    /// Whether the reader may pick it up.
    pub may_pick_up: bool,
}

/// A lead that the caller has moved.
#[derive(Debug, Clone, PartialEq)]
pub struct MovedLead {
    /// The lead.
    pub lead: Lead,
    /// How far the caller's sight of it still goes; `None` = they do not see it any more.
    pub sight: Option<Sight>,
    /// Whether they may pick it up.
    pub may_pick_up: bool,
}

/// A lead that the grant's scope covers; `None` when it does not exist or is not visible.
///
/// # Errors
/// When the database fails.
pub async fn get<A: OnLeads>(
    db: &impl Read,
    grant: &Grant<A>,
    id: LeadId,
) -> Result<Option<SeenLead>> {
    let scope = A::leads(grant.scope());
    let mut query = Query::of_leads(db.db().dialect, grant, scope);
    query.require("l.id =", id.uuid());
    query.first(db).await
}

/// The lead that has this id of its source, where the grant's scope covers it.
///
/// # Errors
/// When the database fails.
pub async fn by_source_id<A: OnLeads>(
    db: &impl Read,
    grant: &Grant<A>,
    id: &SourceId,
) -> Result<Option<SeenLead>> {
    let scope = A::leads(grant.scope());
    let mut query = Query::of_leads(db.db().dialect, grant, scope);
    let (source, external_id) = intake::claimed_as(id);
    let source = place(&mut query.values, source);
    let external_id = place(&mut query.values, external_id);
    query.conditions.push(format!(
        "l.id = (SELECT e.lead_id FROM lead_external_ids e WHERE e.organization_id = $1 \
         AND e.source = {source} AND e.external_id = {external_id})"
    ));
    query.first(db).await
}

/// A lead that the caller has moved in this transaction.
///
/// # Errors
/// When the database fails.
pub async fn handed_over<A: OnLeads>(
    tx: &Tx,
    grant: &Grant<A>,
    id: LeadId,
) -> Result<Option<MovedLead>> {
    if let Some(SeenLead { lead, sight, may_pick_up }) = get(tx, grant, id).await? {
        return Ok(Some(MovedLead { lead, sight: Some(sight), may_pick_up }));
    }
    let mut query = Query::of_leads(tx.db().dialect, grant, &LeadScope::Everything);
    query.require("l.id =", id.uuid());
    let lead = query.first(tx).await?.map(|seen| seen.lead);
    Ok(lead.map(|lead| MovedLead { lead, sight: None, may_pick_up: false }))
}

/// Every decision on the ownership of a lead that the grant's scope covers, newest first; `None`
/// when the lead does not exist or is not visible.
///
/// # Errors
/// When the database fails.
pub async fn assignments(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    id: LeadId,
) -> Result<Option<Vec<Assignment>>> {
    if get(db, grant, id).await?.is_none() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT {ASSIGNMENT_COLUMNS} FROM assignments a {ASSIGNMENT_USERS} \
         WHERE a.organization_id = $1 AND a.lead_id = $2 ORDER BY a.id DESC"
    );
    let values = [Value::from(grant.organization_id().uuid()), Value::from(id.uuid())];
    let rows: Vec<AssignmentRow> = db.db().all(&sql, values).await?;
    let mut told = rows.into_iter().map(rows::assignment).collect::<Result<Vec<_>>>()?;
    let mut steps = waiting::steps(db, grant, id).await?;
    for assignment in &mut told {
        assignment.passed_on = steps.remove(&assignment.id).unwrap_or_default();
    }
    Ok(Some(told))
}
