//! The audit log: the lines of the one log that concern people, access and settings.

use std::net::IpAddr;

use evenhand_domain::audit::{self, KindFilter};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::{Grant, ViewAuditLog};
use sea_orm::{FromQueryResult, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::events::{self, EventActor};
use crate::{Read, Result};

/// Which lines a reading is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only of these kinds.
    pub kind: Option<KindFilter>,
    /// Only by this user or API key.
    pub actor_id: Option<Uuid>,
    /// Only what happened to this record.
    pub subject_id: Option<Uuid>,
    /// Only from this instant on.
    pub from: Option<Timestamp>,
    /// Only before this instant.
    pub to: Option<Timestamp>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
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
    /// The session or API key they came with.
    pub credential_id: Option<Uuid>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The record it happened to.
    pub subject_id: Uuid,
    /// Ids, numbers and codes: what it was before and after.
    pub data: Json,
    /// Personal data that belongs to it, where there is any.
    pub details: Option<Json>,
}

/// Lines of the audit log, newest first.
///
/// The newest are shown as soon as they are committed. A transaction that was still open when a
/// page was read may then commit a line whose place lies before that page: it is there for the
/// next reading, and nothing that was read changes. Waiting for every open transaction, as a feed
/// that must never skip has to, would hide from an administrator what they just did.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    grant: &Grant<ViewAuditLog>,
    filter: &AuditFilter,
    request: &PageRequest,
) -> Result<Page<AuditEntry>> {
    let db = db.db();
    let area =
        db.dialect.pick("split_part(e.kind, '.', 1)", "substr(e.kind, 1, instr(e.kind, '.') - 1)");
    let areas: Vec<String> = match &filter.kind {
        Some(KindFilter::Area(area)) => vec![format!("'{area}'")],
        Some(KindFilter::Exactly(_)) | None => {
            audit::areas().map(|area| format!("'{area}'")).collect()
        }
    };
    // The first condition is that of the index `events_audit`.
    let mut sql = format!(
        "SELECT e.sequence, e.kind, e.at, e.user_id, e.api_key_id, e.credential_id, e.subject_id, \
         e.data, d.data AS details, d.address, u.first_name, u.last_name, k.name AS key_name \
         FROM events e \
         LEFT JOIN event_details d ON d.organization_id = e.organization_id \
           AND d.sequence = e.sequence \
         {} WHERE e.organization_id = $1 AND substr(e.kind, 1, 5) <> 'lead.' \
           AND {area} IN ({})",
        events::ACTOR_JOINS,
        areas.join(", ")
    );
    let mut values: Vec<Value> = vec![grant.organization_id().uuid().into()];
    let mut narrow = |condition: &str, value: Value| {
        values.push(value);
        let number = format!("${}", values.len());
        sql.push_str(&condition.replace('?', &number));
    };
    if let Some(KindFilter::Exactly(kind)) = &filter.kind {
        narrow(" AND e.kind = ?", kind.as_str().into());
    }
    if let Some(actor) = filter.actor_id {
        narrow(" AND (e.user_id = ? OR e.api_key_id = ?)", actor.into());
    }
    if let Some(subject) = filter.subject_id {
        narrow(" AND e.subject_id = ?", subject.into());
    }
    if let Some(from) = filter.from {
        narrow(" AND e.at >= ?", from.micros().into());
    }
    if let Some(to) = filter.to {
        narrow(" AND e.at < ?", to.micros().into());
    }
    if let Some(after) = request.after {
        narrow(" AND e.sequence < ?", sequence_of(after).into());
    }
    sql.push_str(&format!(" ORDER BY e.sequence DESC LIMIT {}", request.probe()));
    let rows: Vec<Row> = db.all(&sql, values).await?;
    let entries = rows.into_iter().map(Row::into_entry).collect();
    Ok(Page::from_probe(entries, request, |entry: &AuditEntry| place_of(entry.sequence)))
}

/// The place of a line as the key of a page: pages are keyed by 128 bits.
pub(crate) fn place_of(sequence: i64) -> Uuid {
    Uuid::from_u64_pair(0, sequence.cast_unsigned())
}

pub(crate) fn sequence_of(place: Uuid) -> i64 {
    place.as_u64_pair().1.cast_signed()
}

#[derive(FromQueryResult)]
struct Row {
    sequence: i64,
    kind: String,
    at: i64,
    user_id: Option<Uuid>,
    api_key_id: Option<Uuid>,
    credential_id: Option<Uuid>,
    subject_id: Uuid,
    data: Json,
    details: Option<Json>,
    address: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    key_name: Option<String>,
}

impl Row {
    fn into_entry(self) -> AuditEntry {
        AuditEntry {
            sequence: self.sequence,
            kind: self.kind,
            at: Timestamp::from_micros(self.at),
            by: EventActor::of(self.user_id, self.api_key_id),
            by_name: events::actor_name(
                self.first_name.as_deref(),
                self.last_name.as_deref(),
                self.key_name,
            ),
            credential_id: self.credential_id,
            address: self.address.and_then(|address| address.parse().ok()),
            subject_id: self.subject_id,
            data: self.data,
            details: self
                .details
                .filter(|details| details.as_object().is_none_or(|details| !details.is_empty())),
        }
    }
}
