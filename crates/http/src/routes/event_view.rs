//! Parts of events as the API shows them.

use evenhand_persistence::events::EventActor;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::free_form;

free_form! {
    /// Ids, numbers and codes; of a change `before` and `after`. What is in it depends on the kind,
    /// and there will be more.
    EventData
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventActor)]
pub(crate) struct EventActorView {
    /// `user`, `api_key`, or `service` for the service itself. There will be more.
    r#type: &'static str,
    /// Their id; null for the service.
    id: Option<Uuid>,
    /// Their name as it is now; null for the service.
    name: Option<String>,
}

impl EventActorView {
    /// Who it was, with their name.
    pub(crate) fn of(by: EventActor, name: Option<String>) -> Self {
        let (r#type, id) = match by {
            EventActor::User(id) => ("user", Some(id)),
            EventActor::ApiKey(id) => ("api_key", Some(id)),
            EventActor::Service => ("service", None),
        };
        Self { r#type, id, name }
    }
}

/// The record that something happened to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventSubject)]
pub(crate) struct EventSubjectView {
    /// `organization`, `user`, `team`, `group`, `lead`, `api_key`, `session`, `account`. There will be
    /// more.
    pub(crate) r#type: &'static str,
    /// Its id.
    pub(crate) id: Uuid,
}
