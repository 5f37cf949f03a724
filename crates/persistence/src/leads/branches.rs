//! The newest leads by several keys at once, each found by its own index.

use evenhand_domain::permission::Sight;

use super::scope::{sight_by_tie, sight_code};
use crate::store::Dialect;

/// Leads that are found by the rows `k` of a query for keys.
pub(super) enum Branch {
    /// By the ties `x` of these users (`user_id`) that meet the condition.
    Ties { users: String, condition: Option<String> },
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
    /// The id that they have to come before, a placeholder.
    pub(super) before: Option<&'a str>,
    /// So many of each key, and of all.
    pub(super) limit: u64,
}

/// The newest leads of all branches, each once: `id`, and `sight` by the branches that have it.
///
/// Of each key no more than a page is read: what is behind that is behind the page of all of them
/// as well. Several keys may have the same lead, and each that has it has it among these.
pub(super) fn merged(branches: &[Branch], wanted: &Wanted<'_>) -> String {
    let all: Vec<String> = branches.iter().map(|branch| branch.newest(wanted)).collect();
    format!(
        "SELECT b.lead_id AS id, min(b.sight) AS sight FROM ({}) b GROUP BY b.lead_id \
         ORDER BY b.lead_id DESC LIMIT {}",
        all.join(" UNION ALL "),
        wanted.limit
    )
}

impl Branch {
    fn newest(&self, wanted: &Wanted<'_>) -> String {
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
                let newest =
                    format!("FROM lead_access x {lead} WHERE x.organization_id = $1 {end}");
                let n = match wanted.dialect {
                    Dialect::Postgres => {
                        format!("CROSS JOIN LATERAL (SELECT x.lead_id, x.kind {newest}) n")
                    }
                    // SQLite has no LATERAL: the same by a subquery that refers to each key.
                    Dialect::Sqlite => format!(
                        "CROSS JOIN lead_access n ON n.organization_id = $1 \
                         AND n.user_id = k.user_id AND n.lead_id IN (SELECT x.lead_id {newest})"
                    ),
                };
                let sight = sight_by_tie("n");
                format!("SELECT n.lead_id, {sight} AS sight FROM ({users}) k {n}")
            }
            Self::Leads { keys, condition, sight } => {
                let own = [condition.as_str()].into_iter().chain(wanted.of_leads());
                let end = wanted.rest("l.id", own);
                let newest = format!("FROM leads l WHERE l.organization_id = $1 {end}");
                let n = match wanted.dialect {
                    Dialect::Postgres => format!("CROSS JOIN LATERAL (SELECT l.id {newest}) n"),
                    Dialect::Sqlite => format!(
                        "CROSS JOIN leads n ON n.organization_id = $1 \
                         AND n.id IN (SELECT l.id {newest})"
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
        self.archived.map(|archived| {
            if archived { "l.archived_at IS NOT NULL" } else { "l.archived_at IS NULL" }
        })
    }

    /// The same of ties `x`, which have it as well.
    fn of_ties(&self) -> Option<&'static str> {
        self.archived.map(|archived| if archived { "x.archived" } else { "NOT x.archived" })
    }

    /// The rest of a query for the newest leads, whose id is `key`.
    pub(super) fn rest<'a>(
        &self,
        key: &str,
        conditions: impl IntoIterator<Item = &'a str>,
    ) -> String {
        let own = conditions.into_iter().map(str::to_owned);
        let before = self.before.map(|before| format!("{key} < {before}"));
        let all = own.chain(self.conditions.iter().cloned()).chain(before);
        let all: String = all.map(|condition| format!("AND {condition} ")).collect();
        format!("{all}ORDER BY {key} DESC LIMIT {}", self.limit)
    }
}
