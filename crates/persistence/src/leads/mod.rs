//! Reading leads. The grant's scope is part of every statement.

mod explain;
pub(crate) mod rows;
pub(crate) mod scope;

use evenhand_domain::ids::{LeadId, TeamId, UserId};
use evenhand_domain::lead::{Assignment, Lead, LeadFilter, OwnerFilter};
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::{AssignLeads, Grant, LeadScope, Sight, ViewLeads};
use evenhand_domain::team::TeamSeat;
use sea_orm::Value;

use rows::{ASSIGNMENT_COLUMNS, ASSIGNMENT_USERS, AssignmentRow, LEAD_COLUMNS, LeadRow};
use scope::{counts, place, seen_users, strongest_tie, users_in, visible, working};

use crate::store::Dialect;
use crate::{Read, Result, Tx, waiting};

pub use explain::{facts, viewer};
pub use scope::OnLeads;

/// A lead with how far the reader's sight of it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenLead {
    /// The lead.
    pub lead: Lead,
    /// How far.
    pub sight: Sight,
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
    let rows = query.read(db, 1).await?;
    Ok(rows.into_iter().next())
}

/// A lead that the caller has given away in this transaction, with how far they still see it;
/// `None` = not at all.
///
/// # Errors
/// When the database fails.
pub async fn handed_over(
    tx: &Tx,
    grant: &Grant<AssignLeads>,
    id: LeadId,
) -> Result<Option<(Lead, Option<Sight>)>> {
    if let Some(SeenLead { lead, sight }) = get(tx, grant, id).await? {
        return Ok(Some((lead, Some(sight))));
    }
    let mut query = Query::of_leads(tx.db().dialect, grant, &LeadScope::Everything);
    query.require("l.id =", id.uuid());
    let rows = query.read(tx, 1).await?;
    Ok(rows.into_iter().next().map(|seen| (seen.lead, None)))
}

/// The leads that the grant's scope and the filter cover, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    filter: &LeadFilter,
    page: &PageRequest,
) -> Result<Page<SeenLead>> {
    let dialect = db.db().dialect;
    let mut query = match (filter.team_id, grant.scope(), filter.owner) {
        (Some(team), ..) => Query::of_team(dialect, grant, team),
        // What a user owns is found by its owner; whether it is visible is asked of each lead.
        (None, LeadScope::User { user_id, team }, None | Some(OwnerFilter::Unassigned)) => {
            Query::of_ties(dialect, grant, *user_id, team)
        }
        _ => Query::of_leads(dialect, grant, grant.scope()),
    };
    query.narrow(filter);
    if let Some(after) = page.after {
        let key = query.from.key();
        query.require(&format!("{key} <"), after);
    }
    let rows = query.read(db, page.probe()).await?;
    Ok(Page::from_probe(rows, page, |seen| seen.lead.id.uuid()))
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

/// A query for leads under construction. `$1` is the organization.
struct Query<'a> {
    dialect: Dialect,
    scope: &'a LeadScope,
    from: From,
    /// What every row of [`Query::from`] has to meet.
    conditions: Vec<String>,
    /// Whether one of these is about `leads l`.
    is_narrowed: bool,
    values: Vec<Value>,
}

/// Where the newest leads are looked for.
enum From {
    /// Among the leads `l` themselves.
    Leads,
    /// Among the ties `x` of these users, a query for their ids. They may be those that the scope
    /// goes by.
    Ties { users: String, are_scope: bool },
}

impl From {
    /// What a page is cut by.
    const fn key(&self) -> &'static str {
        match self {
            Self::Leads => "l.id",
            Self::Ties { .. } => "x.lead_id",
        }
    }
}

impl<'a> Query<'a> {
    fn new<A: OnLeads>(dialect: Dialect, grant: &Grant<A>, scope: &'a LeadScope) -> Self {
        let values = vec![Value::from(grant.organization_id().uuid())];
        let (conditions, is_narrowed) = (Vec::new(), false);
        Self { dialect, scope, from: From::Leads, conditions, is_narrowed, values }
    }

    /// Every lead that the scope covers, found among all.
    fn of_leads<A: OnLeads>(dialect: Dialect, grant: &Grant<A>, scope: &'a LeadScope) -> Self {
        let mut query = Self::new(dialect, grant, scope);
        query.conditions.push("l.organization_id = $1".to_owned());
        query.require_visible();
        query
    }

    /// Every lead that a user and their teams' users make visible, found by their ties.
    fn of_ties(
        dialect: Dialect,
        grant: &'a Grant<ViewLeads>,
        user: UserId,
        team: &[UserId],
    ) -> Self {
        let mut query = Self::new(dialect, grant, grant.scope());
        let users = users_in(seen_users(user, team), &mut query.values, dialect);
        query.from = From::Ties { users, are_scope: true };
        if !team.is_empty() {
            let counts = counts(user, "x", &mut query.values);
            query.conditions.push(counts);
        }
        query
    }

    /// What of the scope the users of a team own or share, found by their ties.
    fn of_team(dialect: Dialect, grant: &'a Grant<ViewLeads>, team: TeamId) -> Self {
        let mut query = Self::new(dialect, grant, grant.scope());
        let team = place(&mut query.values, team.uuid());
        let users = format!(
            "SELECT user_id FROM team_members WHERE organization_id = $1 AND team_id = {team} \
             AND seat = {}",
            TeamSeat::User.code()
        );
        query.from = From::Ties { users, are_scope: false };
        query.conditions.push(working("x"));
        query.require_visible();
        query
    }

    fn require_visible(&mut self) {
        if *self.scope != LeadScope::Everything {
            let visible = visible(self.scope, "l", &mut self.values, self.dialect);
            self.on_lead(visible);
        }
    }

    fn require(&mut self, condition: &str, value: impl Into<Value>) {
        let place = place(&mut self.values, value);
        self.conditions.push(format!("{condition} {place}"));
    }

    fn on_lead(&mut self, condition: String) {
        self.is_narrowed = true;
        self.conditions.push(condition);
    }

    fn narrow(&mut self, filter: &LeadFilter) {
        let LeadFilter {
            owner,
            // Where the query looks.
            team_id: _,
            group_id,
            status,
            source,
            tag,
            created_from,
            created_to,
        } = filter;
        match owner {
            Some(OwnerFilter::Unassigned) => self.on_lead("l.owner_id IS NULL".to_owned()),
            Some(OwnerFilter::User(owner)) => self.compare("l.owner_id =", owner.uuid()),
            None => {}
        }
        if let Some(group) = group_id {
            self.compare("l.group_id =", group.uuid());
        }
        if let Some(status) = status {
            self.compare("l.status =", status.as_str());
        }
        if let Some(source) = source {
            self.compare("l.source =", source.as_str());
        }
        if let Some(tag) = tag {
            let tag = place(&mut self.values, tag.as_str());
            self.on_lead(match self.dialect {
                Dialect::Postgres => format!("jsonb_exists(l.tags, {tag})"),
                Dialect::Sqlite => {
                    format!("EXISTS (SELECT 1 FROM json_each(l.tags) t WHERE t.value = {tag})")
                }
            });
        }
        if let Some(from) = created_from {
            self.compare("l.created_at >=", from.micros());
        }
        if let Some(to) = created_to {
            self.compare("l.created_at <", to.micros());
        }
    }

    fn compare(&mut self, condition: &str, value: impl Into<Value>) {
        self.require(condition, value);
        self.is_narrowed = true;
    }

    /// Runs it: the page is cut from the narrow part before anything is joined to it.
    async fn read(mut self, db: &impl Read, limit: u64) -> Result<Vec<SeenLead>> {
        let page = self.page(limit);
        let tie = match self.from {
            From::Ties { are_scope: true, .. } => "page.tie".to_owned(),
            _ => strongest_tie(self.scope, "l", &mut self.values, self.dialect),
        };
        let sql = format!(
            "SELECT {LEAD_COLUMNS}, {tie} AS tie, {ASSIGNMENT_COLUMNS} FROM ({page}) page \
             JOIN leads l ON l.organization_id = $1 AND l.id = page.id \
             JOIN assignments a ON a.organization_id = l.organization_id AND a.lead_id = l.id \
             AND a.id = l.assignment_id {ASSIGNMENT_USERS} ORDER BY l.id DESC"
        );
        let rows: Vec<LeadRow> = db.db().all(&sql, self.values).await?;
        rows.into_iter().map(rows::lead).collect()
    }

    /// The ids of the newest `limit` leads; with ties, the strongest of each as well.
    fn page(&self, limit: u64) -> String {
        let conditions = self.conditions.join(" AND ");
        let From::Ties { users, .. } = &self.from else {
            return format!(
                "SELECT l.id FROM leads l WHERE {conditions} ORDER BY l.id DESC LIMIT {limit}"
            );
        };
        let lead = if self.is_narrowed {
            "JOIN leads l ON l.organization_id = x.organization_id AND l.id = x.lead_id"
        } else {
            ""
        };
        let and = if conditions.is_empty() { "" } else { "AND" };
        // Of each user no more than a page is read, by the primary key: what is behind that is
        // behind the page of all of them as well. Several users may have the same lead, and each
        // who has it has it among these.
        let newest = format!(
            "FROM lead_access x {lead} WHERE x.organization_id = $1 AND x.user_id = u.user_id \
             {and} {conditions} ORDER BY x.lead_id DESC LIMIT {limit}"
        );
        let merged = match self.dialect {
            Dialect::Postgres => {
                format!("({users}) u CROSS JOIN LATERAL (SELECT x.lead_id, x.kind {newest}) n")
            }
            // SQLite has no LATERAL: the same by a subquery that refers to each user.
            Dialect::Sqlite => format!(
                "({users}) u CROSS JOIN lead_access n ON n.organization_id = $1 \
                 AND n.user_id = u.user_id AND n.lead_id IN (SELECT x.lead_id {newest})"
            ),
        };
        format!(
            "SELECT n.lead_id AS id, min(n.kind) AS tie FROM {merged} GROUP BY n.lead_id \
             ORDER BY n.lead_id DESC LIMIT {limit}"
        )
    }
}
