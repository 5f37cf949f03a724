//! `POST /v1/lead-views`.

use evenhand_application::lead_views;
use evenhand_domain::lead::LeadView;
use evenhand_domain::permission::ViewLeads;

use super::body::CreateLeadView;
use super::view::LeadViewView;
use crate::answer::Made;
use crate::body::Body;
use crate::guard::AuthorizedPerson;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::state::State;

/// Save a list of leads.
///
/// Behind all others; `PUT /v1/lead-views/order` moves it. Its filter is checked as that of
/// `GET /v1/leads` is, but for what you may see: that is asked whenever it is listed.
#[utoipa::path(
    post, path = "/v1/lead-views", tag = "leads",
    responses(
        (status = 201, description = "The saved list.", body = LeadViewView),
        (status = 409, description = "The name is taken, or there are too many: \
            `lead_view_name_taken`, `too_many_lead_views`."),
    ),
)]
pub(crate) async fn create_lead_view(
    AuthorizedPerson(grant): AuthorizedPerson<ViewLeads>,
    state: State,
    key: IdempotencyKey,
    body: Body<CreateLeadView>,
) -> Answer {
    let body = body.read().await?;
    let new = body.content.check(|body, faults| body.parse(&grant, faults))?;
    let once = key.once(grant.stamp().credential, &body.bytes, created);
    let outcome = lead_views::create(&state.services, &grant, new, once.as_ref()).await?;
    key.answer(outcome, created)
}

fn created(view: &LeadView) -> Made {
    let location = format!("/v1/lead-views/{}", view.id);
    Made::created(location, view.version, &LeadViewView::from(view))
}
