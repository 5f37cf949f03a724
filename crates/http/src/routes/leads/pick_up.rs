//! `POST /v1/leads/{id}/pick-up`.

use std::sync::Arc;

use evenhand_distribution::ownership::{PickUp, pick_up};
use evenhand_domain::ids::LeadId;
use evenhand_domain::permission::PickUpLeads;

use super::view::{LeadView, moved};
use crate::etag::IfMatch;
use crate::guard::AuthorizedPerson;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Pick up a lead.
///
/// One of your pool (`GET /v1/leads?pool=true`): it has no owner, is in a status that a group of
/// yours lets its members pick up, and was given to the rotation of that group or to none. Of several
/// who ask at once the first gets it. No rotation moves by it, and it counts towards no limit. What is
/// yours already stays as it is. Only people have a pool.
#[utoipa::path(
    post, path = "/v1/leads/{id}/pick-up", tag = "leads",
    responses(
        (status = 200, description = "The lead, which is yours now.", body = LeadView),
        (status = 409, description = "Somebody else has it: `lead_taken`, with the `owner`, or null where you may not know names. Or you see it, and it is not in your pool: `not_in_pool`."),
    ),
)]
pub(crate) async fn pick_up_lead(
    AuthorizedPerson(grant): AuthorizedPerson<PickUpLeads>,
    state: State,
    Id(lead_id): Id<LeadId>,
    expected: IfMatch,
    key: IdempotencyKey,
) -> Answer {
    let made = moved(Arc::new(grant.actor().clone()));
    let once = key.once(grant.stamp().credential, b"", made.clone());
    let request = PickUp { lead_id, expected_version: expected.version() };
    let (store, ids) = (state.store(), &state.services.ids);
    let outcome = pick_up(store, ids, &grant, request, once.as_ref()).await?;
    key.answer(outcome, made)
}
