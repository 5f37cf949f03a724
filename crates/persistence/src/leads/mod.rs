//! Reading leads. The grant's scope is part of every statement.

mod branches;
mod duplicates;
mod explain;
mod looks;
pub(crate) mod rows;
pub(crate) mod scope;
mod ties;
pub(crate) mod unassigned;
mod write;

use std::sync::Arc;

use evenhand_domain::ids::{LeadId, TeamId, UserId};
use evenhand_domain::lead::{Assignment, Lead, LeadFilter, OwnerFilter};
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::{Grant, LeadScope, Sight, UnassignedScope, ViewLeads};
use evenhand_domain::team::TeamSeat;
use sea_orm::Value;

use branches::{Branch, Wanted, merged};
use rows::{ASSIGNMENT_COLUMNS, ASSIGNMENT_USERS, AssignmentRow, LEAD_COLUMNS, LeadRow};
use scope::{counts, place, seen_users, sight, users_in, visible, working};

use crate::store::Dialect;
use crate::{Read, Result, Tx, waiting};

pub use explain::{facts, facts_of_held, viewer, viewers};
pub use looks::{Look, covered};
pub use scope::OnLeads;
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
    let rows = query.read(db, 1).await?;
    Ok(rows.into_iter().next())
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
    let rows = query.read(tx, 1).await?;
    let lead = rows.into_iter().next().map(|seen| seen.lead);
    Ok(lead.map(|lead| MovedLead { lead, sight: None, may_pick_up: false }))
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
    let owned;
    let mut query = match (filter.team_id, grant.scope(), filter.owner) {
        _ if filter.pool => Query::of_pool(dialect, grant, filter.team_id),
        (Some(team), ..) => Query::of_team(dialect, grant, team),
        // Duplicates are found by what they are duplicates of; whether one is visible is asked of each.
        (None, LeadScope::User { .. }, None | Some(OwnerFilter::Unassigned))
            if filter.duplicate_of.is_none() =>
        {
            Query::of_user(dialect, grant)
        }
        // What a user owns is found by its owner; whether it is visible is asked of each lead.
        (None, LeadScope::User { user_id, team, .. }, Some(OwnerFilter::User(_))) => {
            let (user_id, team) = (*user_id, Arc::clone(team));
            owned = LeadScope::User { user_id, team, unassigned: UnassignedScope::default() };
            Query::of_leads(dialect, grant, &owned)
        }
        _ => Query::of_leads(dialect, grant, grant.scope()),
    };
    query.narrow(filter);
    query.before = page.after.map(|after| place(&mut query.values, after));
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
    /// What the reader sees by themselves: of other leads, nothing else is told.
    reader: &'a LeadScope,
    /// Whose pool the reader may pick up from.
    picks_up: Option<UserId>,
    from: From,
    /// What every lead `l` has to meet.
    conditions: Vec<String>,
    /// The id that every lead has to come before, a placeholder.
    before: Option<String>,
    /// Whether those are wanted that were put away, and no others; `None` = all.
    archived: Option<bool>,
    values: Vec<Value>,
}

/// Where the newest leads are looked for.
enum From {
    /// Among the leads `l` themselves.
    Leads,
    /// By several keys at once. Together they may be the scope.
    Branches { branches: Vec<Branch>, are_scope: bool },
}

impl<'a> Query<'a> {
    fn new<A: OnLeads>(dialect: Dialect, grant: &'a Grant<A>, scope: &'a LeadScope) -> Self {
        Self {
            dialect,
            scope,
            reader: A::leads(grant.scope()),
            picks_up: grant.actor().picks_up(),
            from: From::Leads,
            conditions: Vec::new(),
            before: None,
            archived: None,
            values: vec![Value::from(grant.organization_id().uuid())],
        }
    }

    /// Every lead that the scope covers, found among all.
    fn of_leads<A: OnLeads>(dialect: Dialect, grant: &'a Grant<A>, scope: &'a LeadScope) -> Self {
        let mut query = Self::new(dialect, grant, scope);
        query.require_visible();
        query
    }

    /// Every lead that a user's own scope covers: what they and their teams' users are tied to, and
    /// what they see of those without an owner.
    fn of_user(dialect: Dialect, grant: &'a Grant<ViewLeads>) -> Self {
        let mut query = Self::new(dialect, grant, grant.scope());
        if let LeadScope::User { user_id, team, unassigned } = grant.scope() {
            let values = &mut query.values;
            let users = users_in(seen_users(*user_id, team), values, dialect);
            let condition = (!team.is_empty()).then(|| counts(*user_id, "x", values));
            let mut branches = vec![Branch::Ties { users, condition }];
            branches.extend(unassigned::branches(*user_id, *unassigned, values));
            query.from = From::Branches { branches, are_scope: true };
        }
        query
    }

    /// The reader's pool; of it what the users of a team share, where one is named.
    fn of_pool(dialect: Dialect, grant: &'a Grant<ViewLeads>, team: Option<TeamId>) -> Self {
        let mut query = Self::new(dialect, grant, grant.scope());
        let Some(user) = query.picks_up else {
            query.conditions.push("false".to_owned());
            return query;
        };
        let branches = unassigned::pool_branches(user, Sight::ReadOnly, &mut query.values);
        query.from = From::Branches { branches, are_scope: false };
        query.require_visible();
        if let Some(team) = team {
            let users = users_of(team, &mut query.values);
            query.conditions.push(format!(
                "EXISTS (SELECT 1 FROM lead_access x WHERE x.organization_id = l.organization_id \
                 AND x.lead_id = l.id AND {working} AND x.user_id IN ({users}))",
                working = working("x"),
            ));
        }
        query
    }

    /// What of the scope the users of a team own or share, found by their ties.
    fn of_team(dialect: Dialect, grant: &'a Grant<ViewLeads>, team: TeamId) -> Self {
        let mut query = Self::new(dialect, grant, grant.scope());
        let users = users_of(team, &mut query.values);
        let branches = vec![Branch::Ties { users, condition: Some(working("x")) }];
        query.from = From::Branches { branches, are_scope: false };
        query.require_visible();
        query
    }

    fn require_visible(&mut self) {
        if *self.scope != LeadScope::Everything {
            let visible = visible(self.scope, "l", &mut self.values, self.dialect);
            self.conditions.push(visible);
        }
    }

    fn require(&mut self, condition: &str, value: impl Into<Value>) {
        let place = place(&mut self.values, value);
        self.conditions.push(format!("{condition} {place}"));
    }

    fn narrow(&mut self, filter: &LeadFilter) {
        let LeadFilter {
            owner,
            // Where the query looks.
            team_id: _,
            pool: _,
            group_id,
            status,
            source,
            tag,
            duplicate_of,
            created_from,
            created_to,
            archived,
        } = filter;
        self.archived = Some(*archived);
        match owner {
            Some(OwnerFilter::Unassigned) => self.conditions.push("l.owner_id IS NULL".to_owned()),
            Some(OwnerFilter::User(owner)) => self.require("l.owner_id =", owner.uuid()),
            None => {}
        }
        if let Some(group) = group_id {
            self.require("l.group_id =", group.uuid());
        }
        if let Some(status) = status {
            self.require("l.status =", status.as_str());
        }
        if let Some(source) = source {
            self.require("l.source =", source.as_str());
        }
        if let Some(tag) = tag {
            let tag = place(&mut self.values, tag.as_str());
            self.conditions.push(match self.dialect {
                Dialect::Postgres => format!("jsonb_exists(l.tags, {tag})"),
                Dialect::Sqlite => {
                    format!("EXISTS (SELECT 1 FROM json_each(l.tags) t WHERE t.value = {tag})")
                }
            });
        }
        if let Some(earlier) = duplicate_of {
            let of = duplicates::of(self.reader, *earlier, &mut self.values, self.dialect);
            self.conditions.push(of);
        }
        if let Some(from) = created_from {
            self.require("l.created_at >=", from.micros());
        }
        if let Some(to) = created_to {
            self.require("l.created_at <", to.micros());
        }
    }

    /// Runs it: the page is cut from the narrow part before anything is joined to it.
    async fn read(mut self, db: &impl Read, limit: u64) -> Result<Vec<SeenLead>> {
        let page = self.page(limit);
        let sight = match self.from {
            From::Branches { are_scope: true, .. } => "page.sight".to_owned(),
            _ => sight(self.scope, "l", &mut self.values, self.dialect),
        };
        let may_pick_up = match self.picks_up {
            Some(user) => unassigned::in_pool(user, "l", &mut self.values),
            None => "false".to_owned(),
        };
        let links = duplicates::columns(self.reader, &mut self.values, self.dialect);
        let sql = format!(
            "SELECT {LEAD_COLUMNS}, {sight} AS sight, {may_pick_up} AS may_pick_up, {links}, \
             {ASSIGNMENT_COLUMNS} FROM ({page}) page \
             JOIN leads l ON l.organization_id = $1 AND l.id = page.id \
             JOIN assignments a ON a.organization_id = l.organization_id AND a.lead_id = l.id \
             AND a.id = l.assignment_id {ASSIGNMENT_USERS} ORDER BY l.id DESC"
        );
        let rows: Vec<LeadRow> = db.db().all(&sql, self.values).await?;
        rows.into_iter().map(rows::lead).collect()
    }

    /// The ids of the newest `limit` leads; of branches, with the sight that these give.
    fn page(&self, limit: u64) -> String {
        let (dialect, conditions) = (self.dialect, self.conditions.as_slice());
        let (archived, before) = (self.archived, self.before.as_deref());
        let wanted = Wanted { dialect, conditions, archived, before, limit };
        match &self.from {
            From::Leads => {
                let rest = wanted.rest("l.id", wanted.of_leads());
                format!("SELECT l.id FROM leads l WHERE l.organization_id = $1 {rest}")
            }
            From::Branches { branches, .. } => merged(branches, &wanted),
        }
    }
}

/// A query for the users of a team.
fn users_of(team: TeamId, values: &mut Vec<Value>) -> String {
    let team = place(values, team.uuid());
    format!(
        "SELECT user_id FROM team_members WHERE organization_id = $1 AND team_id = {team} \
         AND seat = {}",
        TeamSeat::User.code()
    )
}
