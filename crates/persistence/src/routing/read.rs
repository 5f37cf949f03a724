//! Reading everything that routes leads, in one statement: rules, their default and custom fields
//! are of one moment, and of the version that stands beside them.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::permission::{CreateLeads, Grant, ManageRouting, Unconfirmed};
use evenhand_domain::routing::{Conditions, CustomField, CustomFields, Rule, RuleSettings, Target};
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Routing, StoredRule};
use crate::store::Dialect;
use crate::{Error, Read, Result};

/// Everything that routes the organization's leads. Within a transaction that has the organization
/// locked, nobody changes it before the commit.
///
/// # Errors
/// When the database fails.
pub async fn read(db: &impl Read, grant: &Grant<ManageRouting>) -> Result<Routing> {
    read_of(db, grant.organization_id()).await
}

/// The same for whoever adds leads: they are routed by it, whatever its author may see. Its version
/// says whether the grant is made from an outdated copy of the organization.
///
/// # Errors
/// When the database fails.
pub async fn for_intake(db: &impl Read, grant: &Unconfirmed<CreateLeads>) -> Result<Routing> {
    read_of(db, grant.organization().id).await
}

#[derive(FromQueryResult)]
struct Row {
    settings_version: i64,
    rules: Option<String>,
    fields: Option<String>,
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
    user_id: Option<Uuid>,
}

async fn read_of(db: &impl Read, organization_id: OrganizationId) -> Result<Routing> {
    let db = db.db();
    let row: Option<Row> = db.one(&sql(db.dialect), [organization_id.uuid().into()]).await?;
    let row = row.ok_or_else(|| Error::corrupt("an organization that is gone"))?;
    let (rules, fields) = (row.rules.unwrap_or_default(), row.fields.unwrap_or_default());
    let custom_fields = definitions(&fields)?;
    Ok(Routing {
        settings_version: row.settings_version,
        rules: stored_rules(&rules, &custom_fields)?,
        default: target(row.group_id, row.team_id, row.user_id)?,
        custom_fields,
        bytes: rules.len() + fields.len(),
    })
}

/// Rules and fields as one JSON text each: rows of two kinds in one statement.
fn sql(dialect: Dialect) -> String {
    let rules = dialect.pick(
        "jsonb_agg(jsonb_build_object('id', r.id, 'position', r.position, 'name', r.name, \
         'enabled', r.enabled, 'conditions', r.conditions, 'group_id', r.group_id, \
         'team_id', r.team_id, 'user_id', r.user_id, 'version', r.version, \
         'created_at', r.created_at, 'updated_at', r.updated_at))::text",
        // hex() of NULL is an empty text.
        "json_group_array(json_object('id', hex(r.id), 'position', r.position, 'name', r.name, \
         'enabled', json(iif(r.enabled, 'true', 'false')), 'conditions', json(r.conditions), \
         'group_id', nullif(hex(r.group_id), ''), 'team_id', nullif(hex(r.team_id), ''), \
         'user_id', nullif(hex(r.user_id), ''), 'version', r.version, \
         'created_at', r.created_at, 'updated_at', r.updated_at))",
    );
    let fields = dialect.pick(
        "jsonb_agg(jsonb_build_object('key', f.key, 'label', f.label, 'type', f.type, \
         'options', f.options))::text",
        "json_group_array(json_object('key', f.key, 'label', f.label, 'type', f.type, \
         'options', json(f.options)))",
    );
    format!(
        "SELECT o.settings_version, d.group_id, d.team_id, d.user_id, \
         (SELECT {rules} FROM routing_rules r \
          WHERE r.organization_id = o.id AND r.archived_at IS NULL) AS rules, \
         (SELECT {fields} FROM custom_fields f WHERE f.organization_id = o.id) AS fields \
         FROM organizations o LEFT JOIN routing_defaults d ON d.organization_id = o.id \
         WHERE o.id = $1"
    )
}

#[derive(Deserialize)]
struct RuleJson {
    id: Uuid,
    position: u32,
    name: String,
    enabled: bool,
    conditions: Json,
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
    user_id: Option<Uuid>,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

fn stored_rules(text: &str, fields: &CustomFields) -> Result<Vec<StoredRule>> {
    let rules: Vec<RuleJson> = list(text)?;
    let rules = rules.into_iter().map(|row| {
        let conditions = Conditions::saved(&row.conditions, fields);
        let settings = RuleSettings {
            name: row.name,
            enabled: row.enabled,
            conditions: conditions.map_err(|error| Error::corrupt(format!("{error:?}")))?,
            target: target(row.group_id, row.team_id, row.user_id)?,
        };
        Ok(StoredRule {
            rule: Rule { id: row.id.into(), version: row.version, settings },
            position: row.position,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    });
    let mut rules: Vec<StoredRule> = rules.collect::<Result<_>>()?;
    rules.sort_unstable_by_key(|stored| stored.position);
    Ok(rules)
}

fn definitions(text: &str) -> Result<CustomFields> {
    let fields: Vec<Json> = list(text)?;
    fields.iter().map(definition).collect()
}

pub(super) fn definition(stored: &Json) -> Result<CustomField> {
    let mut faults = Faults::default();
    let field = CustomField::parse(stored, &mut faults);
    field.ok_or_else(|| Error::corrupt(format!("a custom field: {faults}")))
}

/// A JSON array's items; none of a blank text.
fn list<T: for<'de> Deserialize<'de>>(text: &str) -> Result<Vec<T>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_str(text).map_err(|error| Error::corrupt(error.to_string()))
}

fn target(group: Option<Uuid>, team: Option<Uuid>, user: Option<Uuid>) -> Result<Target> {
    match (group, team, user) {
        (None, None, None) => Ok(Target::Nobody),
        (Some(id), None, None) => Ok(Target::Group(id.into())),
        (None, Some(id), None) => Ok(Target::Team(id.into())),
        (None, None, Some(id)) => Ok(Target::User(id.into())),
        _ => Err(Error::corrupt("the target of a routing rule")),
    }
}
