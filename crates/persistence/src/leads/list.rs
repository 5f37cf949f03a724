//! Lists of leads. What each order costs is told in `docs/api-design.md`.

use evenhand_domain::ids::LeadId;
use evenhand_domain::lead::{LeadFilter, LeadOrder, OwnerFilter, SortKey};
use evenhand_domain::page::{OrderKey, Page, PageRequest};
use evenhand_domain::permission::{Grant, LeadScope, ViewLeads};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::SeenLead;
use super::branches::direction;
use super::query::{PageSql, Query};
use super::scope::place;
use crate::lead_search::{self, Found, Many};
use crate::{Read, Result};

/// The most leads that are sorted for a page, where no index has them in order.
pub const SORTABLE: u64 = 10_000;

/// Leads looked at for one page of a search that many match: so many at first, and again where only
/// what is the reader's is looked at.
const WINDOWS: [u32; 3] = [20_000, 80_000, 160_000];

/// A list, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Listed {
    /// A page of it. It may be short, and have a next one nevertheless.
    Page(Page<SeenLead, OrderKey>),
    /// More than so many leads would have to be sorted: [`SORTABLE`], or fewer of a search.
    TooManyToSort(u64),
}

/// The leads that the grant's scope and the filter cover, in this order.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    filter: &LeadFilter,
    order: LeadOrder,
    page: &PageRequest<OrderKey>,
) -> Result<Listed> {
    let list = List { grant, filter, order, page };
    let is_sorted = order.key != SortKey::CreatedAt;
    let Some(search) = &filter.search else {
        return if is_sorted { list.sorted(db).await } else { list.by_id(db).await };
    };
    let many = if is_sorted { Many::Counted } else { Many::Estimated };
    match lead_search::find(db, grant.organization_id(), search, many).await? {
        Found::All(found) => {
            let mut query = Query::of_found(db.db().dialect, grant, filter, &found);
            let page = if is_sorted { list.sorting(&mut query) } else { list.in_order(&mut query) };
            let rows = query.read(db, page).await?;
            Ok(list.page_of(rows))
        }
        Found::Many if is_sorted => Ok(Listed::TooManyToSort(lead_search::FEW as u64)),
        Found::Many => list.windows(db).await,
    }
}

struct List<'a> {
    grant: &'a Grant<ViewLeads>,
    filter: &'a LeadFilter,
    order: LeadOrder,
    page: &'a PageRequest<OrderKey>,
}

impl List<'_> {
    /// The lead that the page begins behind.
    fn after(&self) -> Option<Uuid> {
        self.page.after.map(|after| after.id)
    }

    /// The same with what it was sorted by.
    fn after_key(&self) -> Option<(Uuid, i64)> {
        let OrderKey { by, id } = self.page.after?;
        Some((id, by?))
    }

    async fn by_id(&self, db: &impl Read) -> Result<Listed> {
        let mut room = LeadScope::Nothing;
        let mut query = Query::of_filter(db.db().dialect, self.grant, self.filter, &mut room);
        let page = self.in_order(&mut query);
        Ok(self.page_of(query.read(db, page).await?))
    }

    /// By an index where everything is walked in its order, else by sorting what matches. Where a
    /// filter leaves little of everything, little is sorted; where it leaves much, a walk soon has a
    /// page of it.
    async fn sorted(&self, db: &impl Read) -> Result<Listed> {
        let dialect = db.db().dialect;
        let may_walk = *self.grant.scope() == LeadScope::Everything
            || matches!(self.filter.owner, Some(OwnerFilter::User(_)));
        let mut room = LeadScope::Nothing;
        let is_all =
            *self.grant.scope() == LeadScope::Everything && *self.filter == LeadFilter::default();
        if !is_all {
            let query = Query::of_filter(dialect, self.grant, self.filter, &mut room);
            if let Some(places) = self.places(db, query).await? {
                return self.page_at(db, &places).await;
            }
        }
        let mut room = LeadScope::Nothing;
        let mut query = Query::of_filter(dialect, self.grant, self.filter, &mut room);
        match self.walking(&mut query) {
            Some(page) if may_walk => Ok(self.page_of(query.read(db, page).await?)),
            _ => Ok(Listed::TooManyToSort(SORTABLE)),
        }
    }

    /// Where the leads of the page are, and the one behind it; `None` when too many match to be
    /// sorted.
    async fn places(&self, db: &impl Read, mut query: Query<'_>) -> Result<Option<Vec<OrderKey>>> {
        let direction = direction(self.order.descending);
        let sorted_by = db.db().dialect.pick("p.sorted_by::bigint", "p.sorted_by");
        let matched = query.ids(true, Some(SORTABLE + 1));
        let sorted = self.sorted_ids(&mut query);
        // How many match is told where no lead is as well: there may be too many, or none any more.
        let sql = format!(
            "WITH matched AS MATERIALIZED ({matched}), number AS (SELECT count(*) AS matched FROM matched) \
             SELECT number.matched, p.id, {sorted_by} AS sorted_by FROM number LEFT JOIN ({sorted} \
             AND (SELECT matched FROM number) <= {SORTABLE} \
             ORDER BY sorted_by {direction}, m.id {direction} LIMIT {}) p ON true \
             ORDER BY p.sorted_by {direction}, p.id {direction}",
            self.page.probe(),
        );
        let rows: Vec<PlaceRow> = db.db().all(&sql, query.values).await?;
        if rows.first().is_some_and(|row| row.matched.unsigned_abs() > SORTABLE) {
            return Ok(None);
        }
        let places =
            rows.into_iter().filter_map(|row| Some(OrderKey { by: row.sorted_by, id: row.id? }));
        Ok(Some(places.collect()))
    }

    /// The leads at these places. One that has gone meanwhile is left out, and the list goes on behind
    /// it.
    async fn page_at(&self, db: &impl Read, places: &[OrderKey]) -> Result<Listed> {
        let limit = usize::from(self.page.limit);
        let shown = places.get(..limit).unwrap_or(places);
        let next = shown.last().copied().filter(|_| places.len() > limit);
        let found: Vec<LeadId> = shown.iter().map(|place| place.id.into()).collect();
        let mut query = Query::of_found(db.db().dialect, self.grant, self.filter, &found);
        let page = self.sorting(&mut query);
        let rows = query.read(db, page).await?;
        Ok(Listed::Page(Page { rows, next }))
    }

    /// The newest leads, or the oldest, that a search matches which many do: as many at a time as may
    /// be looked at.
    async fn windows(&self, db: &impl Read) -> Result<Listed> {
        let organization = self.grant.organization_id();
        let sees_all = *self.grant.scope() == LeadScope::Everything;
        let descending = self.order.descending;
        let (mut rows, mut after) = (Vec::new(), self.after());
        for count in WINDOWS {
            let edge = lead_search::edge(db, organization, after, descending, count).await?;
            let wanted = self.page.probe().saturating_sub(rows.len() as u64);
            rows.extend(self.window(db, after, edge, wanted).await?);
            let is_full = rows.len() as u64 >= self.page.probe();
            let Some(edge) = edge.filter(|_| !is_full) else {
                return Ok(self.page_of(rows));
            };
            after = Some(edge);
            if sees_all {
                break;
            }
        }
        // Looked at as far as the edge, and no page: the next one begins behind that.
        let next = after.map(|id| OrderKey { by: None, id });
        Ok(Listed::Page(Page { rows, next }))
    }

    async fn window(
        &self,
        db: &impl Read,
        after: Option<Uuid>,
        edge: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<SeenLead>> {
        let (dialect, descending) = (db.db().dialect, self.order.descending);
        let mut room = LeadScope::Nothing;
        let mut query = Query::of_filter(dialect, self.grant, self.filter, &mut room);
        let (behind, within) = if descending { ("<", ">=") } else { (">", "<=") };
        if let Some(after) = after {
            query.bound(behind, after);
        }
        if let Some(edge) = edge {
            query.bound(within, edge);
        }
        if let Some(search) = &self.filter.search {
            let occurs = lead_search::occurs(search, "l", &mut query.values, dialect);
            query.conditions.push(occurs);
        }
        let sql = query.ids(descending, Some(limit));
        query.read(db, PageSql { sql, key: None, descending }).await
    }

    /// The page by the order of ids.
    fn in_order(&self, query: &mut Query<'_>) -> PageSql {
        let descending = self.order.descending;
        if let Some(after) = self.after() {
            query.bound(if descending { "<" } else { ">" }, after);
        }
        let sql = query.ids(descending, Some(self.page.probe()));
        PageSql { sql, key: None, descending }
    }

    /// The page of what matches, sorted.
    fn sorting(&self, query: &mut Query<'_>) -> PageSql {
        let descending = self.order.descending;
        let direction = direction(descending);
        let matched = query.ids(true, None);
        let sorted = self.sorted_ids(query);
        let sql = format!(
            "WITH matched AS MATERIALIZED ({matched}) {sorted} \
             ORDER BY sorted_by {direction}, m.id {direction} LIMIT {}",
            self.page.probe(),
        );
        PageSql { sql, key: Some("sorted_by"), descending }
    }

    /// The ids of `matched` behind the cursor with what they are sorted by.
    fn sorted_ids(&self, query: &mut Query<'_>) -> String {
        let carried = query.carried();
        let key = self.key(query);
        let behind = if self.order.descending { "<" } else { ">" };
        let after = self.after_key().map(|(after, at)| {
            let (at, after) = (place(&mut query.values, at), place(&mut query.values, after));
            format!("AND ({key} {behind} {at} OR ({key} = {at} AND l.id {behind} {after}))")
        });
        format!(
            "SELECT m.id, {carried}, {key} AS sorted_by FROM matched m \
             JOIN leads l ON l.organization_id = $1 AND l.id = m.id WHERE true {}",
            after.unwrap_or_default(),
        )
    }

    /// The page by an index in this order; `None` where leads are found otherwise. It is made of runs
    /// that an index has in order each, the one that the cursor is in and those behind it.
    fn walking(&self, query: &mut Query<'_>) -> Option<PageSql> {
        let among = query.among_all()?;
        let descending = self.order.descending;
        let (direction, behind) = (direction(descending), if descending { "<" } else { ">" });
        let limit = self.page.probe();
        let runs = self.runs(query, behind);
        let runs: Vec<String> = runs
            .into_iter()
            .enumerate()
            .map(|(number, Run { condition, key, order })| {
                format!(
                    "SELECT * FROM (SELECT l.id, {key} AS sorted_by FROM leads l \
                     WHERE l.organization_id = $1{among} AND {condition} \
                     ORDER BY {order}l.id {direction} LIMIT {limit}) r{number}"
                )
            })
            .collect();
        let sql = format!(
            "SELECT r.id, r.sorted_by FROM ({}) r \
             ORDER BY r.sorted_by {direction}, r.id {direction} LIMIT {limit}",
            runs.join(" UNION ALL ")
        );
        Some(PageSql { sql, key: Some("sorted_by"), descending })
    }

    fn runs(&self, query: &mut Query<'_>, behind: &str) -> Vec<Run> {
        let direction = direction(self.order.descending);
        let after = self.after_key();
        if self.order.key == SortKey::Status {
            return self.runs_of_statuses(query, behind);
        }
        let key = self.key(query);
        let by_key = format!("{key} {direction}, ");
        let Some((after, at)) = after else {
            return vec![Run { condition: "true".to_owned(), key, order: by_key }];
        };
        let (at, after) = (place(&mut query.values, at), place(&mut query.values, after));
        vec![
            Run {
                condition: format!("{key} = {at} AND l.id {behind} {after}"),
                key: key.clone(),
                order: String::new(),
            },
            Run { condition: format!("{key} {behind} {at}"), key, order: by_key },
        ]
    }

    fn runs_of_statuses(&self, query: &mut Query<'_>, behind: &str) -> Vec<Run> {
        let after = self.after_key();
        let mut runs = Vec::new();
        for (position, status) in (0_i64..).zip(self.grant.organization().status_keys()) {
            let is_before = after.is_some_and(|(_, at)| match self.order.descending {
                true => position > at,
                false => position < at,
            });
            if is_before {
                continue;
            }
            let status = place(&mut query.values, status);
            let mut condition = format!("l.status = {status}");
            if let Some((after, _)) = after.filter(|(_, at)| *at == position) {
                let after = place(&mut query.values, after);
                condition.push_str(&format!(" AND l.id {behind} {after}"));
            }
            runs.push(Run { condition, key: position.to_string(), order: String::new() });
        }
        runs
    }

    /// What leads `l` are sorted by.
    fn key(&self, query: &mut Query<'_>) -> String {
        match self.order.key {
            SortKey::CreatedAt => "l.created_at".to_owned(),
            SortKey::UpdatedAt => "l.updated_at".to_owned(),
            SortKey::Value => "coalesce(l.value_minor, -1)".to_owned(),
            SortKey::Status => {
                let statuses = self.grant.organization().status_keys().enumerate();
                let cases: String = statuses
                    .map(|(position, status)| {
                        format!("WHEN {} THEN {position} ", place(&mut query.values, status))
                    })
                    .collect();
                format!("CASE l.status {cases}ELSE -1 END")
            }
        }
    }

    fn page_of(&self, rows: Vec<SeenLead>) -> Listed {
        let key = |seen: &SeenLead| OrderKey { by: self.key_of(seen), id: seen.lead.id.uuid() };
        Listed::Page(Page::from_probe(rows, self.page, key))
    }

    /// What a lead was sorted by, as cursors have it.
    fn key_of(&self, seen: &SeenLead) -> Option<i64> {
        let lead = &seen.lead;
        match self.order.key {
            SortKey::CreatedAt => None,
            SortKey::UpdatedAt => Some(lead.updated_at.micros()),
            SortKey::Value => {
                Some(lead.fields.value.as_ref().map_or(-1, |value| value.amount_minor))
            }
            SortKey::Status => {
                let mut keys = self.grant.organization().status_keys();
                let position = keys.position(|key| key == lead.fields.status);
                Some(position.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1))
            }
        }
    }
}

#[derive(FromQueryResult)]
struct PlaceRow {
    matched: i64,
    id: Option<Uuid>,
    sorted_by: Option<i64>,
}

/// Leads that an index has in order.
struct Run {
    condition: String,
    key: String,
    /// Before the ids.
    order: String,
}
