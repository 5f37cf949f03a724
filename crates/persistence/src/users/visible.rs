//! Of whom more is shown than the name: a scope as a condition in SQL.

use evenhand_domain::ids::UserId;
use evenhand_domain::permission::UserScope;
use sea_orm::Value;
use sea_orm::sea_query::ArrayType;

use crate::store::Dialect;

/// True for the users of the scope, which the statement reads as `u`. What the condition compares
/// with goes to the end of `values`, the statement's placeholders.
pub(crate) fn visible(scope: &UserScope, values: &mut Vec<Value>, dialect: Dialect) -> String {
    match scope {
        UserScope::Everyone => "true".to_owned(),
        UserScope::Team { user_id, team } => {
            let own = place(values, user_id.uuid());
            if team.is_empty() {
                return format!("u.id = {own}");
            }
            let team = ids_in(team, values, dialect);
            format!("(u.id = {own} OR u.id IN ({team}))")
        }
        UserScope::Nobody => "false".to_owned(),
    }
}

/// A query that gives these ids.
pub(crate) fn ids_in(ids: &[UserId], values: &mut Vec<Value>, dialect: Dialect) -> String {
    let ids = ids.iter().map(|id| id.uuid());
    match dialect {
        Dialect::Postgres => {
            let ids = ids.map(Value::from).collect();
            let place = place(values, Value::Array(ArrayType::Uuid, Some(Box::new(ids))));
            format!("SELECT unnest({place}::uuid[])")
        }
        Dialect::Sqlite => {
            let ids: Vec<String> = ids.map(|id| id.as_simple().to_string()).collect();
            let place = place(values, serde_json::Value::from(ids).to_string());
            format!("SELECT unhex(value) FROM json_each({place})")
        }
    }
}

/// The placeholder of one more value.
pub(super) fn place(values: &mut Vec<Value>, value: impl Into<Value>) -> String {
    values.push(value.into());
    format!("${}", values.len())
}
