//! A scope of leads as conditions in SQL: whatever reads or writes leads has these in its statement.

use evenhand_domain::ids::{LeadId, UserId};
use evenhand_domain::permission::{
    Action, ArchiveLeads, AssignLeads, DistributeLeads, EditLeads, EraseLeads, ExplainLeadAccess,
    LeadScope, LeadTie, PickUpLeads, PutLeads, RemoveCollaborators, Sight, ViewLeads,
};
use sea_orm::Value;
use sea_orm::sea_query::ArrayType;
use uuid::Uuid;

use super::unassigned;
use crate::store::Dialect;
use crate::{Error, Result};

/// What allows to look at leads.
pub trait OnLeads: Action {
    /// Which leads.
    fn leads(scope: &Self::Scope) -> &LeadScope;
}

macro_rules! scope_itself {
    ($($action:ident),+) => {$(
        impl OnLeads for $action {
            fn leads(scope: &LeadScope) -> &LeadScope {
                scope
            }
        }
    )+};
}

scope_itself!(ViewLeads, EditLeads, PutLeads, ArchiveLeads, EraseLeads, PickUpLeads);

macro_rules! part_of_scope {
    ($($action:ident),+) => {$(
        impl OnLeads for $action {
            fn leads(scope: &Self::Scope) -> &LeadScope {
                &scope.leads
            }
        }
    )+};
}

part_of_scope!(AssignLeads, DistributeLeads, ExplainLeadAccess, RemoveCollaborators);

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
        LeadScope::User { user_id, team, unassigned } => {
            let ties = ties(*user_id, team, lead, values, dialect);
            let ways = unassigned::ways(*user_id, *unassigned, lead, values);
            let ways: String = ways
                .iter()
                .map(|(condition, _)| format!(" UNION ALL SELECT 1 WHERE {condition}"))
                .collect();
            format!("EXISTS (SELECT 1 {ties}{ways})")
        }
        LeadScope::MadeBy(key) => {
            format!("{lead}.created_by_api_key_id = {}", place(values, key.uuid()))
        }
        LeadScope::Nothing => "false".to_owned(),
    }
}

/// How far the scope goes for a lead, as [`sight_code`] has it; null outside the scope.
pub(crate) fn sight(
    scope: &LeadScope,
    lead: &str,
    values: &mut Vec<Value>,
    dialect: Dialect,
) -> String {
    match scope {
        LeadScope::User { user_id, team, unassigned } => {
            let ties = ties(*user_id, team, lead, values, dialect);
            let ways = unassigned::ways(*user_id, *unassigned, lead, values);
            let ways: String = ways
                .iter()
                .map(|(condition, sight)| {
                    format!(" UNION ALL SELECT {} WHERE {condition}", sight_code(*sight))
                })
                .collect();
            let by_tie = sight_by_tie("x");
            format!("(SELECT min(s.sight) FROM (SELECT {by_tie} AS sight {ties}{ways}) s)")
        }
        LeadScope::MadeBy(_) => {
            let visible = visible(scope, lead, values, dialect);
            format!("CASE WHEN {visible} THEN {} END", sight_code(Sight::Working))
        }
        LeadScope::Everything => sight_code(Sight::Working).to_string(),
        LeadScope::Nothing => dialect.pick("NULL::integer", "NULL").to_owned(),
    }
}

/// The further the sight, the smaller.
pub(super) const fn sight_code(sight: Sight) -> i32 {
    match sight {
        Sight::Working => 1,
        Sight::ReadOnly => 2,
    }
}

/// The sight of a [`sight_code`].
///
/// # Errors
/// When it is none.
pub(crate) fn sight_of_code(code: i32) -> Result<Sight> {
    let all = [Sight::Working, Sight::ReadOnly];
    let found = all.into_iter().find(|sight| sight_code(*sight) == code);
    found.ok_or_else(|| Error::corrupt("how far a sight of a lead goes"))
}

/// The code of the sight that a tie gives.
pub(super) fn sight_by_tie(tie: &str) -> String {
    let (working, read_only) = (sight_code(Sight::Working), sight_code(Sight::ReadOnly));
    format!("CASE WHEN {} THEN {working} ELSE {read_only} END", self::working(tie))
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

/// A condition that `id` is one of these.
pub(super) fn one_of(
    id: &str,
    ids: &[LeadId],
    values: &mut Vec<Value>,
    dialect: Dialect,
) -> String {
    let list = listed(ids.iter().map(|id| id.uuid()), values, dialect);
    match dialect {
        Dialect::Postgres => format!("{id} = ANY({list}::uuid[])"),
        Dialect::Sqlite => format!("{id} IN (SELECT unhex(value) FROM json_each({list}))"),
    }
}

fn list(users: Vec<UserId>, values: &mut Vec<Value>, dialect: Dialect) -> String {
    listed(users.into_iter().map(UserId::uuid), values, dialect)
}

/// The placeholder of many ids: an array on PostgreSQL, a JSON text on SQLite.
fn listed(ids: impl Iterator<Item = Uuid>, values: &mut Vec<Value>, dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgres => {
            let ids = ids.map(Value::from).collect();
            place(values, Value::Array(ArrayType::Uuid, Some(Box::new(ids))))
        }
        Dialect::Sqlite => {
            let ids: Vec<String> = ids.map(|id| id.as_simple().to_string()).collect();
            place(values, serde_json::Value::from(ids).to_string())
        }
    }
}

/// The placeholder of one more value.
pub(crate) fn place(values: &mut Vec<Value>, value: impl Into<Value>) -> String {
    values.push(value.into());
    format!("${}", values.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use evenhand_domain::permission::UnassignedScope;

    #[test]
    fn working_ties_are_those_up_to_the_collaborator_s() {
        for tie in LeadTie::ALL {
            assert_eq!(tie.is_working(), tie.code() <= LeadTie::Collaborator.code(), "{tie}");
        }
    }

    #[test]
    fn the_further_sight_is_the_smaller_code() {
        assert!(Sight::Working > Sight::ReadOnly);
        assert!(sight_code(Sight::Working) < sight_code(Sight::ReadOnly));
        for sight in [Sight::Working, Sight::ReadOnly] {
            assert_eq!(sight_of_code(sight_code(sight)).unwrap(), sight);
        }
    }

    #[test]
    fn placeholders_go_on_where_the_statement_is() {
        let mut values = vec![Value::from(1_i32), Value::from(2_i32)];
        let user = UserId::from_uuid(Uuid::from_u128(1));
        let other = UserId::from_uuid(Uuid::from_u128(2));
        let unassigned = UnassignedScope::default();
        let scope = LeadScope::User { user_id: user, team: [other].into(), unassigned };
        let condition = visible(&scope, "l", &mut values, Dialect::Postgres);
        assert_eq!(values.len(), 4);
        assert!(condition.contains("$3::uuid[]") && condition.contains("= $4"), "{condition}");
    }
}
