//! Timelines: the lines of the one log that concern one lead.

use std::collections::HashMap;
use std::slice;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, UserId};
use evenhand_domain::lead::{FieldChange, Told};
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::{Grant, ViewLeads};
use evenhand_domain::user::UserName;
use sea_orm::{FromQueryResult, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::audit::{place_of, sequence_of};
use crate::events::{self, EventActor};
use crate::{Read, Result, intake, leads};

/// One line of a lead's timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineEntry {
    /// Its place in the organization's log.
    pub sequence: i64,
    /// What happened.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: EventActor,
    /// The name of who did it, as it is now; `None` for the service.
    pub by_name: Option<String>,
    /// What it says.
    pub told: Told,
}

#[derive(FromQueryResult)]
struct Row {
    sequence: i64,
    kind: String,
    at: i64,
    user_id: Option<Uuid>,
    api_key_id: Option<Uuid>,
    first_name: Option<String>,
    last_name: Option<String>,
    key_name: Option<String>,
    data: Json,
    details: Option<Json>,
}

impl Row {
    fn into_entry(self) -> TimelineEntry {
        TimelineEntry {
            sequence: self.sequence,
            kind: self.kind,
            at: Timestamp::from_micros(self.at),
            by: EventActor::of(self.user_id, self.api_key_id),
            by_name: events::actor_name(
                self.first_name.as_deref(),
                self.last_name.as_deref(),
                self.key_name,
            ),
            told: Told::read(self.data, self.details),
        }
    }
}

/// A page of a timeline with the users that it names as owners and collaborators.
pub type Timeline = (Page<TimelineEntry>, HashMap<UserId, UserName>);

/// What happened to a lead that the grant's scope covers, newest first; `None` when it does not exist
/// or is not visible. The first line says as what the lead was added.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    id: LeadId,
    page: &PageRequest,
) -> Result<Option<Timeline>> {
    let Some(seen) = leads::get(db, grant, id).await? else { return Ok(None) };
    let organization_id = grant.organization_id();
    let mut values: Vec<Value> = vec![organization_id.uuid().into(), id.uuid().into()];
    let after = match page.after {
        Some(after) => {
            values.push(sequence_of(after).into());
            "AND e.sequence < $3"
        }
        None => "",
    };
    let sql = format!(
        "SELECT e.sequence, e.kind, e.at, e.user_id, e.api_key_id, u.first_name, u.last_name, \
         k.name AS key_name, e.data, d.data AS details FROM events e \
         LEFT JOIN event_details d ON d.organization_id = e.organization_id \
         AND d.sequence = e.sequence {} \
         WHERE e.organization_id = $1 AND e.subject_id = $2 {after} \
         ORDER BY e.sequence DESC LIMIT {}",
        events::ACTOR_JOINS,
        page.probe()
    );
    let rows: Vec<Row> = db.db().all(&sql, values).await?;
    let entries = rows.into_iter().map(Row::into_entry).collect();
    let mut page = Page::from_probe(entries, page, |line: &TimelineEntry| place_of(line.sequence));
    for line in page.rows.iter_mut().filter(|line| line.kind == "lead.created") {
        let changed = field_changes(db, grant, id).await?;
        let owner = line.told.data.remove("owner_id").filter(|owner| !owner.is_null());
        line.told.changes = Told::added_as(&seen.lead.fields, changed);
        line.told.changes.extend(owner.map(|after| FieldChange {
            field: "owner_id".to_owned(),
            before: Json::Null,
            after,
        }));
    }
    let owners: Vec<_> = page
        .rows
        .iter()
        .flat_map(|line| &line.told.changes)
        .filter(|change| matches!(&*change.field, "owner_id" | "collaborator_ids"))
        .flat_map(|change| [&change.before, &change.after])
        .flat_map(|named| named.as_array().map_or(slice::from_ref(named), Vec::as_slice))
        .filter_map(|owner| owner.as_str()?.parse::<Uuid>().ok().map(UserId::from))
        .map(|owner| (organization_id, owner))
        .collect();
    let names = intake::users(db, &owners).await?;
    let names = names.into_iter().map(|((_, id), (name, _))| (id, name)).collect();
    Ok(Some((page, names)))
}

#[derive(FromQueryResult)]
struct ChangeRow {
    data: Json,
    details: Option<Json>,
}

/// Every change of a lead's fields, in their order.
async fn field_changes(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    id: LeadId,
) -> Result<Vec<FieldChange>> {
    let sql = "SELECT e.data, d.data AS details FROM events e \
               LEFT JOIN event_details d ON d.organization_id = e.organization_id \
               AND d.sequence = e.sequence \
               WHERE e.organization_id = $1 AND e.subject_id = $2 AND e.kind = 'lead.changed' \
               ORDER BY e.sequence";
    let values = [grant.organization_id().uuid().into(), id.uuid().into()];
    let rows: Vec<ChangeRow> = db.db().all(sql, values).await?;
    Ok(rows.into_iter().flat_map(|row| Told::read(row.data, row.details).changes).collect())
}
