//! Lines of the audit log as the API shows them.

use evenhand_domain::audit::subject_type;
use evenhand_persistence::audit::AuditEntry;
use evenhand_persistence::events::EventActor;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::{Instant, free_form, page_view};

free_form! {
    /// Ids, numbers and codes; of a change `before` and `after`. What is in it depends on the kind,
    /// and there will be more.
    AuditData
}

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
    actor: AuditActorView,
    /// The session or the API key they came with; null for the service, and for who had none yet.
    credential_id: Option<Uuid>,
    /// The IP address the request came from, where it is known.
    address: Option<String>,
    /// The record it happened to.
    subject: AuditSubjectView,
    /// What it was before and after.
    #[schema(value_type = AuditData)]
    data: Value,
    /// Personal data that belongs to it.
    #[schema(value_type = Option<AuditDetails>)]
    details: Option<Value>,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub(crate) struct AuditActorView {
    /// `user`, `api_key`, or `service` for the service itself. There will be more.
    r#type: &'static str,
    /// Their id; null for the service.
    id: Option<Uuid>,
    /// Their name as it is now; null for the service.
    name: Option<String>,
}

/// The record that something happened to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditSubject)]
pub(crate) struct AuditSubjectView {
    /// `organization`, `user`, `team`, `group`, `api_key`, `session`, `account`. There will be more.
    r#type: &'static str,
    /// Its id.
    id: Uuid,
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
        let (actor_type, actor_id) = match by {
            EventActor::User(id) => ("user", Some(id)),
            EventActor::ApiKey(id) => ("api_key", Some(id)),
            EventActor::Service => ("service", None),
        };
        let subject = subject_type(&kind).unwrap_or("record");
        Self {
            id: sequence.to_string(),
            kind,
            at: at.into(),
            actor: AuditActorView { r#type: actor_type, id: actor_id, name: by_name },
            credential_id,
            address: address.map(|address| address.to_string()),
            subject: AuditSubjectView { r#type: subject, id: subject_id },
            data,
            details,
        }
    }
}

page_view! {
    /// A page of the audit log.
    AuditLogPage of AuditEntryView
}
