//! A scope of leads as conditions in SQL: whatever reads or writes leads has these in its statement.

use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{
    Action, AssignLeads, ExplainLeadAccess, LeadScope, LeadTie, ViewLeads,
};
use sea_orm::Value;
use sea_orm::sea_query::ArrayType;

use crate::store::Dialect;

/// What allows to look at leads.
pub trait OnLeads: Action {
    /// Which leads.
    fn leads(scope: &Self::Scope) -> &LeadScope;
}

impl OnLeads for ViewLeads {
    fn leads(scope: &LeadScope) -> &LeadScope {
        scope
    }
}

impl OnLeads for AssignLeads {
    fn leads(scope: &Self::Scope) -> &LeadScope {
        &scope.leads
    }
}

impl OnLeads for ExplainLeadAccess {
    fn leads(scope: &Self::Scope) -> &LeadScope {
        &scope.leads
    }
}

/// True for the leads of the scope. `lead` is the alias that the statement reads `leads` by; what
/// the condition compares with goes to the end of `values`, the statement's placeholders.
pub(crate) fn visible(
    scope: &LeadScope,
    lead: &str,
    values: &mut Vec<Value>,
    dialect: Dialect,
) -> String {
    match scope {
        LeadScope::Everything => "true".to_owned(),
        LeadScope::User { user_id, team } => {
            let ties = ties(*user_id, team, lead, values, dialect);
            format!("EXISTS (SELECT 1 {ties})")
        }
        LeadScope::MadeBy(key) => {
            format!("{lead}.created_by_api_key_id = {}", place(values, key.uuid()))
        }
        LeadScope::Nothing => "false".to_owned(),
    }
}

/// The code of the strongest [`LeadTie`] by which the scope has a lead: null where it has the lead
/// by no tie, i.e. outside the scope, or in one that does not go by ties.
pub(crate) fn strongest_tie(
    scope: &LeadScope,
    lead: &str,
    values: &mut Vec<Value>,
    dialect: Dialect,
) -> String {
    match scope {
        LeadScope::User { user_id, team } => {
            let ties = ties(*user_id, team, lead, values, dialect);
            format!("(SELECT min(x.kind) {ties})")
        }
        LeadScope::Everything | LeadScope::MadeBy(_) | LeadScope::Nothing => {
            dialect.pick("NULL::smallint", "NULL").to_owned()
        }
    }
}

/// The ties that count, of one lead.
fn ties(
    user: UserId,
    team: &[UserId],
    lead: &str,
    values: &mut Vec<Value>,
    dialect: Dialect,
) -> String {
    let of_lead = format!(
        "FROM lead_access x WHERE x.organization_id = {lead}.organization_id \
         AND x.lead_id = {lead}.id"
    );
    if team.is_empty() {
        return format!("{of_lead} AND x.user_id = {}", place(values, user.uuid()));
    }
    let (users, whose) = (seen_users(user, team), "x.user_id");
    let whose = match dialect {
        Dialect::Postgres => format!("{whose} = ANY({}::uuid[])", list(users, values, dialect)),
        Dialect::Sqlite => format!("{whose} IN ({})", users_in(users, values, dialect)),
    };
    let counts = counts(user, "x", values);
    format!("{of_lead} AND {whose} AND {counts}")
}

/// The user and the team, each once.
pub(super) fn seen_users(user: UserId, team: &[UserId]) -> Vec<UserId> {
    let mut users = team.to_vec();
    users.push(user);
    users.sort_unstable();
    users.dedup();
    users
}

/// True for the ties that show somebody a lead: every one of their own, and those of others that
/// let these work on it.
pub(super) fn counts(user: UserId, tie: &str, values: &mut Vec<Value>) -> String {
    let user = place(values, user.uuid());
    format!("({working} OR {tie}.user_id = {user})", working = working(tie))
}

/// True for the ties that let one work on the lead.
pub(super) fn working(tie: &str) -> String {
    // Codes grow as ties get weaker (`LeadTie`).
    format!("{tie}.kind <= {}", LeadTie::Collaborator.code())
}

/// A query that gives these users as `user_id`.
pub(super) fn users_in(users: Vec<UserId>, values: &mut Vec<Value>, dialect: Dialect) -> String {
    let list = list(users, values, dialect);
    match dialect {
        Dialect::Postgres => format!("SELECT unnest({list}::uuid[]) AS user_id"),
        Dialect::Sqlite => format!("SELECT unhex(value) AS user_id FROM json_each({list})"),
    }
}

/// The placeholder of many ids: an array on PostgreSQL, a JSON text on SQLite.
fn list(users: Vec<UserId>, values: &mut Vec<Value>, dialect: Dialect) -> String {
    let users = users.into_iter().map(UserId::uuid);
    match dialect {
        Dialect::Postgres => {
            let users = users.map(Value::from).collect();
            place(values, Value::Array(ArrayType::Uuid, Some(Box::new(users))))
        }
        Dialect::Sqlite => {
            let users: Vec<String> = users.map(|user| user.as_simple().to_string()).collect();
            place(values, serde_json::Value::from(users).to_string())
        }
    }
}

/// The placeholder of one more value.
pub(super) fn place(values: &mut Vec<Value>, value: impl Into<Value>) -> String {
    values.push(value.into());
    format!("${}", values.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn working_ties_are_those_up_to_the_collaborator_s() {
        for tie in LeadTie::ALL {
            assert_eq!(tie.is_working(), tie.code() <= LeadTie::Collaborator.code(), "{tie}");
        }
    }

    #[test]
    fn placeholders_go_on_where_the_statement_is() {
        let mut values = vec![Value::from(1_i32), Value::from(2_i32)];
        let user = UserId::from_uuid(Uuid::from_u128(1));
        let other = UserId::from_uuid(Uuid::from_u128(2));
        let scope = LeadScope::User { user_id: user, team: [other].into() };
        let condition = visible(&scope, "l", &mut values, Dialect::Postgres);
        assert_eq!(values.len(), 4);
        assert!(condition.contains("$3::uuid[]") && condition.contains("= $4"), "{condition}");
    }
}
