//! `PATCH /v1/custom-fields/{key}`.

use evenhand_application::custom_fields;
use evenhand_domain::permission::ManageRouting;
use evenhand_domain::routing::CustomFieldChange;

use super::body::ChangeCustomField;
use super::view::CustomFieldView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Key;
use crate::routes::routing::body::DescribedAs;
use crate::state::State;

/// Change a custom field.
///
/// A JSON merge patch: what is absent stays. Key and type never change. A routing rule that names an
/// option which is gone matches nothing by it.
#[utoipa::path(
    patch, path = "/v1/custom-fields/{key}", tag = "routing",
    responses((status = 200, description = "The field as it is now.", body = CustomFieldView)),
)]
pub(crate) async fn change_custom_field(
    Authorized(grant): Authorized<ManageRouting>,
    state: State,
    Key(key): Key,
    expected: IfMatch,
    body: Body<DescribedAs<ChangeCustomField>>,
) -> Answer {
    let change = body.read().await?.content.check(|body, faults| {
        let change = body.into_json(faults)?;
        CustomFieldChange::parse(&change, faults)
    })?;
    let expected = expected.version();
    let (field, version) =
        custom_fields::change(&state.services, &grant, &key, change, expected).await?;
    ok_version(version, &CustomFieldView::new(&field, version))
}
