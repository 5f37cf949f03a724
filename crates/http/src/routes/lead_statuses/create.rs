//! `POST /v1/lead-statuses`.

use evenhand_application::lead_statuses;
use evenhand_domain::organization::Organization;
use evenhand_domain::permission::ManageOrganization;

use super::body::CreateLeadStatus;
use super::view::LeadStatusView;
use crate::answer::Made;
use crate::body::Body;
use crate::guard::Authorized;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::state::State;

/// Add a lead status.
///
/// At most 50. The first of all is the status of leads that come without one.
#[utoipa::path(
    post, path = "/v1/lead-statuses", tag = "organization",
    responses(
        (status = 201, description = "The status.", body = LeadStatusView),
        (status = 409, description = "The key is taken, or there are too many: \
            `status_key_taken`, `too_many_statuses`."),
    ),
)]
pub(crate) async fn create_lead_status(
    Authorized(grant): Authorized<ManageOrganization>,
    state: State,
    key: IdempotencyKey,
    body: Body<CreateLeadStatus>,
) -> Answer {
    let body = body.read().await?;
    let new = body.content.check(CreateLeadStatus::parse)?;
    let made = created(new.status.key.clone());
    let once = key.once(grant.stamp().credential, &body.bytes, made.clone());
    let outcome = lead_statuses::create(&state.services, &grant, new, once.as_ref()).await?;
    key.answer(outcome, made)
}

fn created(key: String) -> impl Fn(&Organization) -> Made + Clone + Send + Sync + 'static {
    move |organization| {
        let location = format!("/v1/lead-statuses/{key}");
        let view = LeadStatusView::of(organization, &key).ok();
        Made::created(location, organization.settings_version, &view)
    }
}
