//! Lines of the audit log as the API shows them.

use evenhand_domain::audit::subject_type;
use evenhand_persistence::audit::AuditEntry;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::event_view::{EventActorView, EventData, EventSubjectView};
use crate::schema::{Instant, free_form, page_view};

free_form! {
    /// Personal data that belongs to it, such as names and addresses. It can be erased.
    AuditDetails
}

/// Who did what, when, from where, to which record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "4711",
    "kind": "user.paused",
    "at": "2026-03-02T09:30:00.000000Z",
    "actor": {"type": "user", "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "name": "Olivia Owner"},
    "credential_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e05",
    "address": "203.0.113.7",
    "subject": {"type": "user", "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02"},
    "data": {
        "before": {"paused": false, "paused_until": null},
        "after": {"paused": true, "paused_until": null},
        "rotation_ids": [],
    },
    "details": null,
}))]
pub(crate) struct AuditEntryView {
    /// Its place in the log: newer ones have higher numbers.
    #[schema(pattern = "^[0-9]+$")]
    id: String,
    /// What happened, `area.what`. There will be more.
    kind: String,
    /// When.
    at: Instant,
    /// Who did it.
    actor: EventActorView,
    /// The session or the API key they came with; null for the service, and for who had none yet.
    credential_id: Option<Uuid>,
    /// The IP address the request came from, where it is known.
    address: Option<String>,
    /// The record it happened to.
    subject: EventSubjectView,
    /// What it was before and after.
    #[schema(value_type = EventData)]
    data: Value,
    /// Personal data that belongs to it.
    #[schema(value_type = Option<AuditDetails>)]
    details: Option<Value>,
}

impl From<AuditEntry> for AuditEntryView {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry {
            sequence,
            kind,
            at,
            by,
            by_name,
            credential_id,
            address,
            subject_id,
            data,
            details,
        } = entry;
        let subject = subject_type(&kind).unwrap_or("record");
        Self {
            id: sequence.to_string(),
            kind,
            at: at.into(),
            actor: EventActorView::of(by, by_name),
            credential_id,
            address: address.map(|address| address.to_string()),
            subject: EventSubjectView { r#type: subject, id: subject_id },
            data,
            details,
        }
    }
}

page_view! {
    /// A page of the audit log.
    AuditLogPage of AuditEntryView
}
