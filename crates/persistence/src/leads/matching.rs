//! Which leads a filter matches, for what is done with all of them.

use evenhand_domain::ids::LeadId;
use evenhand_domain::lead::{LeadFilter, LeadOrder};
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::{Grant, ViewLeads};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::list::{Listed, list};
use super::query::Query;
use crate::{Read, Result};

/// The leads that [`list`] lists, all of them; `None` when there are more than `most`, or more match
/// the search than are looked at for one page.
///
/// # Errors
/// When the database fails.
pub async fn matching(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    filter: &LeadFilter,
    order: LeadOrder,
    most: u16,
) -> Result<Option<Vec<LeadId>>> {
    let page = PageRequest { limit: most, after: None };
    match list(db, grant, filter, order, &page).await? {
        Listed::Page(Page { rows, next: None }) => {
            Ok(Some(rows.into_iter().map(|seen| seen.lead.id).collect()))
        }
        Listed::Page(_) | Listed::TooManyToSort(_) => Ok(None),
    }
}

/// Those of the leads that the scope and the filter still cover, in no order. What its words are found
/// in follows changes of leads a moment later, and is not asked again.
///
/// # Errors
/// When the database fails.
pub async fn still_matching(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    filter: &LeadFilter,
    leads: &[LeadId],
) -> Result<Vec<LeadId>> {
    #[derive(FromQueryResult)]
    struct IdRow {
        id: Uuid,
    }

    let query = Query::of_found(db.db().dialect, grant, filter, leads);
    let sql = query.ids(true, None);
    let rows: Vec<IdRow> = db.db().all(&sql, query.values).await?;
    Ok(rows.into_iter().map(|row| row.id.into()).collect())
}
