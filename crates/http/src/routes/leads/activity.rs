//! `GET /v1/leads/{id}/activity`.

use std::collections::HashMap;

use evenhand_domain::error::Error;
use evenhand_domain::ids::{LeadId, UserId};
use evenhand_domain::lead::FieldChange;
use evenhand_domain::permission::ViewLeads;
use evenhand_domain::user::UserName;
use evenhand_persistence::timelines::{self, TimelineEntry};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::query::List;
use crate::routes::event_view::{EventActorView, EventData};
use crate::routes::users::view::UserNameView;
use crate::schema::{Instant, free_form, page_view};
use crate::state::State;

free_form! {
    /// What people wrote, such as `note`. It can be erased.
    ActivityDetails
}

/// A field's value: null, a text, an array, an object, as the field has it.
struct FieldValue;

impl utoipa::PartialSchema for FieldValue {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let any = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
        any.description(Some("A field's value as the field has it; null where it has none.")).into()
    }
}

impl ToSchema for FieldValue {}

/// One line of a lead's timeline.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Activity, example = json!({
    "id": "4711",
    "kind": "lead.assigned",
    "at": "2026-03-02T09:30:00.000000Z",
    "actor": {"type": "user", "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e08", "name": "Mia Manager"},
    "changes": [{
        "field": "owner",
        "before": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "first_name": "Tom",
                   "last_name": null, "partner": false},
        "after": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02", "first_name": "Ann",
                  "last_name": null, "partner": false},
    }],
    "data": {"assignment_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e06", "source": "transfer",
             "reason": null, "rotation_id": null, "entry": null, "turn": null, "waiting": false,
             "note_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0a"},
    "details": {"note": "Prefers to be called after six."},
}))]
pub(crate) struct ActivityView {
    /// Its place in the organization's log: newer ones have higher numbers.
    #[schema(pattern = "^[0-9]+$")]
    id: String,
    /// What happened: `lead.created`, `lead.changed`, `lead.assigned`, `lead.released`,
    /// `lead.left_unassigned`, `lead.removed_from_waiting_list`, `lead.archived`, `lead.restored`,
    /// `lead.erased`, `lead.collaborator_added`, `lead.collaborator_removed` (whom `data` names, with the
    /// `reason`), or something about its notes, communications and tasks. There will be more.
    kind: String,
    /// When.
    at: Instant,
    /// Who did it.
    actor: EventActorView,
    /// What it changed, field by field: of the lead, or of the note, communication or task that
    /// `data` names.
    changes: Vec<FieldChangeView>,
    /// What else is known of it.
    #[schema(value_type = EventData)]
    data: Map<String, Value>,
    /// What people wrote.
    #[schema(value_type = ActivityDetails)]
    details: Map<String, Value>,
}

/// A field before and after.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldChange)]
pub(crate) struct FieldChangeView {
    /// The field's name: one of the lead's, `owner`, `collaborators`, `archived`, `erased`, or `custom_fields.` and the
    /// key. There will be more.
    field: String,
    /// Its value before; null where it had none, or it was erased since.
    #[schema(value_type = FieldValue)]
    before: Value,
    /// Its value since then; null where it has none, or it was erased since.
    #[schema(value_type = FieldValue)]
    after: Value,
}

page_view! {
    /// A page of a timeline.
    ActivityPage of ActivityView
}

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActivityQuery {}

/// Read a lead's timeline.
///
/// Everything that happened to the lead, newest first: how it came, every change of its fields and
/// status with the values before and after, every change of its owner with the reason, its notes,
/// communications and tasks. The first line has what the lead was added as.
#[utoipa::path(
    get, path = "/v1/leads/{id}/activity", tag = "leads",
    responses((status = 200, description = "A page of the timeline.", body = ActivityPage)),
)]
pub(crate) async fn list_lead_activity(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    Id(id): Id<LeadId>,
    list: List<ActivityQuery>,
) -> Answer {
    let asked = list.check(|_, _| Some(()))?;
    let timeline = timelines::list(state.store(), &grant, id, &asked.page).await?;
    let (page, owners) = timeline.ok_or(Error::NotFound("lead"))?;
    ok(&ActivityPage::from(asked.views(page, |line| ActivityView::of(line, &owners))))
}

impl ActivityView {
    fn of(line: TimelineEntry, owners: &HashMap<UserId, UserName>) -> Self {
        let TimelineEntry { sequence, kind, at, by, by_name, told } = line;
        Self {
            id: sequence.to_string(),
            kind,
            at: at.into(),
            actor: EventActorView::of(by, by_name),
            changes: told.changes.into_iter().map(|it| FieldChangeView::of(it, owners)).collect(),
            data: told.data,
            details: told.details,
        }
    }
}

impl FieldChangeView {
    fn of(change: FieldChange, owners: &HashMap<UserId, UserName>) -> Self {
        let FieldChange { field, before, after } = change;
        let name = |id: Value| {
            let id = id.as_str().and_then(|id| id.parse::<Uuid>().ok()).map(UserId::from);
            let owner = id.and_then(|id| owners.get(&id)).cloned();
            owner.map_or(Value::Null, |owner| json!(UserNameView::from(owner)))
        };
        let names = |ids: Value| match ids {
            Value::Array(ids) => ids.into_iter().map(name).collect(),
            other => other,
        };
        match field.as_str() {
            "owner_id" => {
                Self { field: "owner".to_owned(), before: name(before), after: name(after) }
            }
            "collaborator_ids" => {
                let field = "collaborators".to_owned();
                Self { field, before: names(before), after: names(after) }
            }
            _ => Self { field, before, after },
        }
    }
}
