//! `POST /v1/custom-fields`.

use evenhand_application::custom_fields::{self, Versioned};
use evenhand_domain::permission::ManageRouting;
use evenhand_domain::routing::CustomField;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::body::CreateCustomField;
use super::view::CustomFieldView;
use crate::answer::Made;
use crate::body::Body;
use crate::guard::Authorized;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::routes::routing::body::DescribedAs;
use crate::state::State;

/// Define a custom field.
///
/// From then on leads are refused that have something else in it, and routing rules can compare it.
/// Leads that are there keep what they have.
#[utoipa::path(
    post, path = "/v1/custom-fields", tag = "routing",
    responses(
        (status = 201, description = "The field.", body = CustomFieldView),
        (status = 409, description = "The key is taken, or there are too many: \
            `custom_field_key_taken`, `too_many_custom_fields`."),
    ),
)]
pub(crate) async fn create_custom_field(
    Authorized(grant): Authorized<ManageRouting>,
    state: State,
    key: IdempotencyKey,
    body: Body<DescribedAs<CreateCustomField>>,
) -> Answer {
    let body = body.read().await?;
    let field = body.content.check(|body, faults| {
        let field = body.into_json(faults)?;
        CustomField::parse(&field, faults)
    })?;
    let once = key.once(grant.stamp().credential, &body.bytes, created);
    let outcome = custom_fields::create(&state.services, &grant, field, once.as_ref()).await?;
    key.answer(outcome, created)
}

fn created((field, version): &Versioned) -> Made {
    let key = utf8_percent_encode(&field.key, NON_ALPHANUMERIC);
    let location = format!("/v1/custom-fields/{key}");
    Made::created(location, *version, &CustomFieldView::new(field, *version))
}
