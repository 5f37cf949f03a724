//! Queries for leads under construction.

use std::sync::Arc;
use std::time::Duration;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, TeamId, UserId};
use evenhand_domain::lead::{LeadFilter, OwnerFilter, ValueFilter};
use evenhand_domain::permission::{Grant, LeadScope, Sight, UnassignedScope, ViewLeads};
use evenhand_domain::team::TeamSeat;
use sea_orm::Value;
use uuid::{Builder, Uuid};

use super::branches::{Branch, Wanted, direction, merged, of_archived};
use super::rows::{
    self, ASSIGNMENT_COLUMNS, ASSIGNMENT_USERS, LEAD_COLUMNS, LeadRow, collaborators_column,
};
use super::scope::{counts, one_of, place, seen_users, sight, users_in, visible, working};
use super::{OnLeads, SeenLead, duplicates, unassigned};
use crate::store::Dialect;
use crate::{Read, Result};

/// How far a lead's id and when it came may be apart: an id is made before the lead is stored, and
/// those of one process never go back, though its clock may.
const APART: Duration = Duration::from_secs(24 * 60 * 60);

/// A query for leads. `$1` is the organization.
pub(super) struct Query<'a> {
    pub(super) dialect: Dialect,
    scope: &'a LeadScope,
    /// What the reader sees by themselves: of other leads, nothing else is told.
    reader: &'a LeadScope,
    /// Whose pool the reader may pick up from.
    picks_up: Option<UserId>,
    from: From,
    /// What every lead `l` has to meet.
    pub(super) conditions: Vec<String>,
    /// What their ids have to meet as well: comparisons with placeholders.
    bounds: Vec<(&'static str, String)>,
    /// Whether those are wanted that were put away, and no others; `None` = all.
    archived: Option<bool>,
    pub(super) values: Vec<Value>,
}

/// Where the first leads are looked for.
enum From {
    /// Among the leads `l` themselves.
    Leads,
    /// By several keys at once. Together they may be the scope.
    Branches { branches: Vec<Branch>, are_scope: bool },
}

/// The ids of a page of leads as a query that gives `id`, and what they are ordered by.
pub(super) struct PageSql {
    pub(super) sql: String,
    /// By what, as a column of it; by the ids alone where it is absent.
    pub(super) key: Option<&'static str>,
    pub(super) descending: bool,
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
            bounds: Vec::new(),
            archived: None,
            values: vec![Value::from(grant.organization_id().uuid())],
        }
    }

    /// Every lead that the scope covers, found among all.
    pub(super) fn of_leads<A: OnLeads>(
        dialect: Dialect,
        grant: &'a Grant<A>,
        scope: &'a LeadScope,
    ) -> Self {
        let mut query = Self::new(dialect, grant, scope);
        query.require_visible();
        query
    }

    /// What a filter looks for, found by whatever finds it soonest, and narrowed. `owned` has room
    /// for a scope.
    pub(super) fn of_filter(
        dialect: Dialect,
        grant: &'a Grant<ViewLeads>,
        filter: &LeadFilter,
        owned: &'a mut LeadScope,
    ) -> Self {
        if let Some(user) = filter.collaborator {
            let mut query = Self::of_collaborator(dialect, grant, user, filter);
            query.narrow(filter);
            return query;
        }
        let mut query = match (filter.team_id, grant.scope(), filter.owner) {
            _ if filter.pool => Self::of_pool(dialect, grant, filter.team_id),
            (Some(team), ..) => Self::of_team(dialect, grant, team),
            // Duplicates are found by what they are duplicates of; whether one is visible is asked of
            // each.
            (None, LeadScope::User { .. }, None | Some(OwnerFilter::Unassigned))
                if filter.duplicate_of.is_none() =>
            {
                Self::of_user(dialect, grant)
            }
            // What a user owns is found by its owner; whether it is visible is asked of each lead.
            (None, LeadScope::User { user_id, team, .. }, Some(OwnerFilter::User(_))) => {
                let (user_id, team) = (*user_id, Arc::clone(team));
                *owned = LeadScope::User { user_id, team, unassigned: UnassignedScope::default() };
                Self::of_leads(dialect, grant, owned)
            }
            _ => Self::of_leads(dialect, grant, grant.scope()),
        };
        query.narrow(filter);
        query
    }

    /// What a filter looks for, of these leads alone.
    pub(super) fn of_found(
        dialect: Dialect,
        grant: &'a Grant<ViewLeads>,
        filter: &LeadFilter,
        found: &[LeadId],
    ) -> Self {
        let mut query = Self::of_leads(dialect, grant, grant.scope());
        let found = one_of("l.id", found, &mut query.values, dialect);
        query.conditions.push(found);
        if let Some(user) = filter.collaborator {
            let user = place(&mut query.values, user.uuid());
            query.conditions.push(format!(
                "EXISTS (SELECT 1 FROM lead_collaborators x \
                 WHERE x.organization_id = l.organization_id AND x.lead_id = l.id \
                 AND x.user_id = {user})"
            ));
        }
        query.require_places(filter);
        query.narrow(filter);
        query
    }

    /// What of the scope a user works on besides its owner, found by that.
    fn of_collaborator(
        dialect: Dialect,
        grant: &'a Grant<ViewLeads>,
        user: UserId,
        filter: &LeadFilter,
    ) -> Self {
        let mut query = Self::new(dialect, grant, grant.scope());
        let user = place(&mut query.values, user.uuid());
        let branches = vec![Branch::Collaborations { user }];
        query.from = From::Branches { branches, are_scope: false };
        query.require_visible();
        query.require_places(filter);
        query
    }

    /// Only leads of the reader's pool and of the team, where the filter names them.
    fn require_places(&mut self, filter: &LeadFilter) {
        if filter.pool {
            let pool = match self.picks_up {
                Some(user) => unassigned::in_pool(user, "l", &mut self.values),
                None => "false".to_owned(),
            };
            self.conditions.push(pool);
        }
        if let Some(team) = filter.team_id {
            self.require_team(team);
        }
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
            query.require_team(team);
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

    fn require_team(&mut self, team: TeamId) {
        let users = users_of(team, &mut self.values);
        self.conditions.push(format!(
            "EXISTS (SELECT 1 FROM lead_access x WHERE x.organization_id = l.organization_id \
             AND x.lead_id = l.id AND {working} AND x.user_id IN ({users}))",
            working = working("x"),
        ));
    }

    pub(super) fn require(&mut self, condition: &str, value: impl Into<Value>) {
        let place = place(&mut self.values, value);
        self.conditions.push(format!("{condition} {place}"));
    }

    /// Only leads whose id compares so with this one.
    pub(super) fn bound(&mut self, compared: &'static str, id: Uuid) {
        let place = place(&mut self.values, id);
        self.bounds.push((compared, place));
    }

    fn narrow(&mut self, filter: &LeadFilter) {
        let LeadFilter {
            // Where the query looks, or what it looks at last.
            search: _,
            collaborator: _,
            team_id: _,
            pool: _,
            owner,
            group_id,
            status,
            source,
            tag,
            duplicate_of,
            created_from,
            created_to,
            value,
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
        if let Some(value) = value {
            self.narrow_value(value);
        }
        self.narrow_time(*created_from, *created_to);
    }

    fn narrow_value(&mut self, ValueFilter { currency, min, max }: &ValueFilter) {
        // Who has no value has no currency. The rest as the index `leads_value` has it.
        self.require("l.value_currency =", currency.code());
        if let Some(min) = min {
            self.require("coalesce(l.value_minor, -1) >=", *min);
        }
        if let Some(max) = max {
            self.require("coalesce(l.value_minor, -1) <=", *max);
        }
    }

    /// The order of ids is that of time but for [`APART`]: they bound what is read.
    fn narrow_time(&mut self, from: Option<Timestamp>, to: Option<Timestamp>) {
        if let Some(from) = from {
            self.require("l.created_at >=", from.micros());
            self.bound(">=", first_id(from.before(APART)));
        }
        if let Some(to) = to {
            self.require("l.created_at <", to.micros());
            self.bound("<", first_id(to.after(APART)));
        }
    }

    /// The ids of the first `limit` leads, or of all in no order; of branches, with the sight that
    /// these give.
    pub(super) fn ids(&self, descending: bool, limit: Option<u64>) -> String {
        let (dialect, conditions, bounds) = (self.dialect, &*self.conditions, &*self.bounds);
        let archived = self.archived;
        let wanted = Wanted { dialect, conditions, archived, bounds, descending, limit };
        match &self.from {
            From::Leads => {
                let rest = wanted.rest("l.id", wanted.of_leads());
                format!("SELECT l.id FROM leads l WHERE l.organization_id = $1 {rest}")
            }
            From::Branches { branches, .. } => merged(branches, &wanted),
        }
    }

    /// What leads have to meet that are found among all of them: the rest of a `WHERE`. `None` where
    /// they are found by keys.
    pub(super) fn among_all(&self) -> Option<String> {
        let archived = self.archived.map(of_archived).map(|it| format!(" AND {it}"));
        let among = self.among_both()?;
        Some(format!("{among}{}", archived.unwrap_or_default()))
    }

    /// Whether those are left out that were put away.
    pub(super) fn is_without_archived(&self) -> bool {
        self.archived == Some(false)
    }

    /// The same as [`Query::among_all`], whether they were put away or not.
    pub(super) fn among_both(&self) -> Option<String> {
        let From::Leads = self.from else { return None };
        let conditions = self.conditions.iter().map(|condition| format!(" AND {condition}"));
        let bounds =
            self.bounds.iter().map(|(compared, with)| format!(" AND l.id {compared} {with}"));
        Some(conditions.chain(bounds).collect())
    }

    /// The columns that come with a page of ids.
    pub(super) const fn carried(&self) -> &'static str {
        match self.from {
            From::Branches { .. } => "sight",
            From::Leads => "NULL AS sight",
        }
    }

    /// Reads the newest lead.
    pub(super) async fn first(self, db: &impl Read) -> Result<Option<SeenLead>> {
        let sql = self.ids(true, Some(1));
        let rows = self.read(db, PageSql { sql, key: None, descending: true }).await?;
        Ok(rows.into_iter().next())
    }

    /// Reads the leads of a page: it is cut from the narrow part before anything is joined to it.
    pub(super) async fn read(mut self, db: &impl Read, page: PageSql) -> Result<Vec<SeenLead>> {
        let PageSql { sql: page, key, descending } = page;
        let sight = match self.from {
            From::Branches { are_scope: true, .. } => "page.sight".to_owned(),
            _ => sight(self.scope, "l", &mut self.values, self.dialect),
        };
        let may_pick_up = match self.picks_up {
            Some(user) => unassigned::in_pool(user, "l", &mut self.values),
            None => "false".to_owned(),
        };
        let links = duplicates::columns(self.reader, &mut self.values, self.dialect);
        let collaborators = collaborators_column(self.dialect);
        let direction = direction(descending);
        let key = key.map(|key| format!("page.{key} {direction}, ")).unwrap_or_default();
        let sql = format!(
            "SELECT {LEAD_COLUMNS}, {sight} AS sight, {may_pick_up} AS may_pick_up, {links}, \
             {collaborators}, {ASSIGNMENT_COLUMNS} FROM ({page}) page \
             JOIN leads l ON l.organization_id = $1 AND l.id = page.id \
             JOIN assignments a ON a.organization_id = l.organization_id AND a.lead_id = l.id \
             AND a.id = l.assignment_id {ASSIGNMENT_USERS} ORDER BY {key}l.id {direction}"
        );
        let rows: Vec<LeadRow> = db.db().all(&sql, self.values).await?;
        rows.into_iter().map(rows::lead).collect()
    }
}

/// The smallest id that is made at this instant.
fn first_id(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.micros().div_euclid(1000)).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
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
