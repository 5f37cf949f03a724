//! How many leads there are of each kind.

use evenhand_domain::lead::{CountedBy, LeadFilter};
use evenhand_domain::permission::{Grant, LeadScope, ViewLeads};
use evenhand_domain::user::{GroupName, UserName};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::query::Query;
use crate::lead_search::{self, Found, Many};
use crate::store::Dialect;
use crate::{Error, Read, Result};

/// How many leads there are of each kind, the most first.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    /// Of each.
    pub each: Vec<Counted>,
    /// Of all together.
    pub total: u64,
}

/// How many leads there are of one kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Counted {
    /// In a status.
    Status(String, u64),
    /// Of an owner, or of nobody.
    Owner(Option<UserName>, u64),
    /// Given to a group's rotation, or to none.
    Group(Option<GroupName>, u64),
}

impl Counted {
    const fn count(&self) -> u64 {
        match self {
            Self::Status(_, count) | Self::Owner(_, count) | Self::Group(_, count) => *count,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    status: Option<String>,
    id: Option<Uuid>,
    name: Option<String>,
    last_name: Option<String>,
    partner: Option<bool>,
    count: i64,
}

/// Counts the leads that the grant's scope and the filter cover, in one statement; `None` when more
/// match the search than can be counted.
///
/// # Errors
/// When the database fails.
pub async fn count(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    filter: &LeadFilter,
    by: CountedBy,
) -> Result<Option<Counts>> {
    let dialect = db.db().dialect;
    let found = match &filter.search {
        Some(search) => {
            let organization = grant.organization_id();
            Some(lead_search::find(db, organization, search, Many::Counted).await?)
        }
        None => None,
    };
    let mut room = LeadScope::Nothing;
    let query = match &found {
        Some(Found::Many) => return Ok(None),
        Some(Found::All(found)) => Query::of_found(dialect, grant, filter, found),
        None => Query::of_filter(dialect, grant, filter, &mut room),
    };
    let key = match by {
        CountedBy::Status => "status",
        CountedBy::Owner => "owner_id",
        CountedBy::Group => "group_id",
    };
    let counted = match query.among_both().filter(|_| query.is_without_archived()) {
        // What was put away is little, and has an index: without it, an index has all that is counted.
        Some(among) => format!(
            "SELECT b.{key}, {} AS count FROM (\
               SELECT l.{key}, count(*) AS n FROM leads l WHERE l.organization_id = $1{among} \
               GROUP BY l.{key} UNION ALL \
               SELECT l.{key}, -count(*) FROM leads l WHERE l.organization_id = $1{among} \
               AND l.archived_at IS NOT NULL GROUP BY l.{key}) b GROUP BY b.{key} HAVING sum(b.n) > 0",
            dialect.pick("sum(b.n)::bigint", "sum(b.n)"),
        ),
        None => counted_of(&query, key),
    };
    let rows: Vec<Row> = db.db().all(&named(by, key, &counted), query.values).await?;
    let each = rows.into_iter().map(|row| row.counted(by)).collect::<Result<Vec<_>>>()?;
    let total = each.iter().map(Counted::count).sum();
    Ok(Some(Counts { each, total }))
}

fn counted_of(query: &Query<'_>, key: &str) -> String {
    match query.among_all() {
        Some(among) => format!(
            "SELECT l.{key}, count(*) AS count FROM leads l WHERE l.organization_id = $1{among} \
             GROUP BY l.{key}"
        ),
        None => {
            // One by one, whatever the planner thinks of it: what is counted is the reader's, and not
            // to cost what the organization is.
            let each = match query.dialect {
                Dialect::Postgres => format!(
                    "CROSS JOIN LATERAL (SELECT c.{key} FROM leads c \
                     WHERE c.organization_id = $1 AND c.id = m.id LIMIT 1) l"
                ),
                Dialect::Sqlite => {
                    "CROSS JOIN leads l ON l.organization_id = $1 AND l.id = m.id".to_owned()
                }
            };
            format!(
                "SELECT l.{key}, count(*) AS count FROM ({}) m {each} GROUP BY l.{key}",
                query.ids(true, None)
            )
        }
    }
}

/// The counts with the names of what they are of.
fn named(by: CountedBy, key: &str, counted: &str) -> String {
    let (columns, names) = match by {
        CountedBy::Status => (
            "c.status, NULL AS id, NULL AS name, NULL AS last_name, NULL AS partner",
            String::new(),
        ),
        CountedBy::Owner => (
            "NULL AS status, c.owner_id AS id, n.first_name AS name, n.last_name, n.partner",
            "LEFT JOIN users n ON n.organization_id = $1 AND n.id = c.owner_id".to_owned(),
        ),
        CountedBy::Group => (
            "NULL AS status, c.group_id AS id, n.name, NULL AS last_name, NULL AS partner",
            "LEFT JOIN groups n ON n.organization_id = $1 AND n.id = c.group_id".to_owned(),
        ),
    };
    format!("SELECT {columns}, c.count FROM ({counted}) c {names} ORDER BY c.count DESC, c.{key}")
}

impl Row {
    fn counted(self, by: CountedBy) -> Result<Counted> {
        let count = self.count.unsigned_abs();
        let named = match (self.id, self.name) {
            (Some(id), Some(name)) => Some((id, name)),
            (None, None) => None,
            _ => return Err(Error::corrupt("what leads are counted by")),
        };
        Ok(match by {
            CountedBy::Status => {
                let status = self.status.ok_or_else(|| Error::corrupt("a lead's status"))?;
                Counted::Status(status, count)
            }
            CountedBy::Owner => {
                let owner = named.map(|(id, first_name)| UserName {
                    id: id.into(),
                    first_name,
                    last_name: self.last_name,
                    partner: self.partner == Some(true),
                });
                Counted::Owner(owner, count)
            }
            CountedBy::Group => {
                Counted::Group(named.map(|(id, name)| GroupName { id: id.into(), name }), count)
            }
        })
    }
}
