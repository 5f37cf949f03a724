//! The first leads by several keys at once, each found by its own index: the newest, or the oldest.

use evenhand_domain::permission::Sight;

use super::scope::{sight_by_tie, sight_code};
use crate::store::Dialect;

/// Leads that are found by the rows `k` of a query for keys.
pub(super) enum Branch {
    /// By the ties `x` of these users (`user_id`) that meet the condition.
    Ties { users: String, condition: Option<String> },
    /// Those that this user, a placeholder, works on besides their owners.
    Collaborations { user: String },
    /// Among the leads `l` that meet the condition, which compares them with the keys.
    Leads { keys: String, condition: String, sight: Sight },
}

/// What is wanted of every branch. `$1` is the organization.
pub(super) struct Wanted<'a> {
    pub(super) dialect: Dialect,
    /// What each lead `l` has to meet.
    pub(super) conditions: &'a [String],
    /// Whether those are wanted that were put away, and no others; `None` = all.
    pub(super) archived: Option<bool>,
    /// Whether the newest come first.
    pub(super) descending: bool,
    /// What their ids have to meet: a comparison with a placeholder.
    pub(super) bounds: &'a [(&'static str, String)],
    /// So many of each key, and of all; `None` = all of them, in no order.
    pub(super) limit: Option<u64>,
}

/// The first leads of all branches, each once: `id`, and `sight` by the branches that have it.
///
/// Of each key no more than a page is read: what is behind that is behind the page of all of them
/// as well. Several keys may have the same lead, and each that has it has it among these.
pub(super) fn merged(branches: &[Branch], wanted: &Wanted<'_>) -> String {
    let all: Vec<String> = branches.iter().map(|branch| branch.first(wanted)).collect();
    format!(
        "SELECT b.lead_id AS id, min(b.sight) AS sight FROM ({}) b GROUP BY b.lead_id {}",
        all.join(" UNION ALL "),
        wanted.end("b.lead_id")
    )
}

impl Branch {
    fn first(&self, wanted: &Wanted<'_>) -> String {
        match self {
            Self::Ties { users, condition } => {
                let lead = if wanted.conditions.is_empty() {
                    ""
                } else {
                    "JOIN leads l ON l.organization_id = x.organization_id AND l.id = x.lead_id"
                };
                let of_key = ["x.user_id = k.user_id"].into_iter();
                let own = of_key.chain(condition.as_deref()).chain(wanted.of_ties());
                let end = wanted.rest("x.lead_id", own);
                let first = format!("FROM lead_access x {lead} WHERE x.organization_id = $1 {end}");
                let n = match wanted.dialect {
                    Dialect::Postgres => {
                        format!("CROSS JOIN LATERAL (SELECT x.lead_id, x.kind {first}) n")
                    }
                    // SQLite has no LATERAL: the same by a subquery that refers to each key.
                    Dialect::Sqlite => format!(
                        "CROSS JOIN lead_access n ON n.organization_id = $1 \
                         AND n.user_id = k.user_id AND n.lead_id IN (SELECT x.lead_id {first})"
                    ),
                };
                let sight = sight_by_tie("n");
                format!("SELECT n.lead_id, {sight} AS sight FROM ({users}) k {n}")
            }
            Self::Collaborations { user } => {
                let end = wanted.rest("x.lead_id", wanted.of_leads());
                let sight = sight_code(Sight::Working);
                format!(
                    "SELECT n.lead_id, {sight} AS sight FROM (\
                     SELECT x.lead_id FROM lead_collaborators x \
                     JOIN leads l ON l.organization_id = x.organization_id AND l.id = x.lead_id \
                     WHERE x.organization_id = $1 AND x.user_id = {user} {end}) n"
                )
            }
            Self::Leads { keys, condition, sight } => {
                let own = [condition.as_str()].into_iter().chain(wanted.of_leads());
                let end = wanted.rest("l.id", own);
                let first = format!("FROM leads l WHERE l.organization_id = $1 {end}");
                let n = match wanted.dialect {
                    Dialect::Postgres => format!("CROSS JOIN LATERAL (SELECT l.id {first}) n"),
                    Dialect::Sqlite => format!(
                        "CROSS JOIN leads n ON n.organization_id = $1 \
                         AND n.id IN (SELECT l.id {first})"
                    ),
                };
                let sight = sight_code(*sight);
                format!("SELECT n.id AS lead_id, {sight} AS sight FROM ({keys}) k {n}")
            }
        }
    }
}

impl Wanted<'_> {
    /// What of leads `l` is asked for beside the conditions.
    pub(super) fn of_leads(&self) -> Option<&'static str> {
        self.archived.map(of_archived)
    }

    /// The same of ties `x`, which have it as well.
    fn of_ties(&self) -> Option<&'static str> {
        self.archived.map(|archived| if archived { "x.archived" } else { "NOT x.archived" })
    }

    /// The rest of a query for the first leads, whose id is `key`.
    pub(super) fn rest<'a>(
        &self,
        key: &str,
        conditions: impl IntoIterator<Item = &'a str>,
    ) -> String {
        let own = conditions.into_iter().map(str::to_owned);
        let bounds = self.bounds.iter().map(|(compared, with)| format!("{key} {compared} {with}"));
        let all = own.chain(self.conditions.iter().cloned()).chain(bounds);
        let all: String = all.map(|condition| format!("AND {condition} ")).collect();
        format!("{all}{}", self.end(key))
    }

    /// The order of the first leads, whose id is `key`, and how many of them.
    fn end(&self, key: &str) -> String {
        let direction = direction(self.descending);
        self.limit
            .map_or_else(String::new, |limit| format!("ORDER BY {key} {direction} LIMIT {limit}"))
    }
}

/// A condition on leads `l`: those that were put away, or those that were not.
pub(super) const fn of_archived(archived: bool) -> &'static str {
    if archived { "l.archived_at IS NOT NULL" } else { "l.archived_at IS NULL" }
}

/// The word for an order.
pub(super) const fn direction(descending: bool) -> &'static str {
    if descending { "DESC" } else { "ASC" }
}
