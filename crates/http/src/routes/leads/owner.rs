//! `PUT` and `DELETE /v1/leads/{id}/owner`.

use evenhand_distribution::ownership::{HandOver, hand_over};
use evenhand_domain::error::Faults;
use evenhand_domain::ids::{LeadId, UserId};
use evenhand_domain::lead::MAX_NOTE;
use evenhand_domain::permission::{AssignLeads, Grant};
use evenhand_domain::text::lines;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::view::LeadView;
use crate::answer::ok_version;
use crate::body::{Body, present};
use crate::etag::IfMatch;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::query::Query;
use crate::state::{HttpState, State};

/// Who is to own a lead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "user_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01",
    "note": "Prefers to be called after six.",
}))]
pub(crate) struct AssignLead {
    /// An active user.
    #[schema(value_type = Uuid, required = true)]
    user_id: Option<String>,
    /// What the new owner should know: a note on the lead, by you.
    #[schema(max_length = 2000)]
    note: Option<String>,
    /// Whose the lead must be for this; null = nobody's. Whoever's it is, when absent.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    expected_owner_id: Option<Option<String>>,
}

struct Assign {
    to: UserId,
    note: Option<String>,
    expected_owner: Option<Option<UserId>>,
}

impl AssignLead {
    fn parse(self, faults: &mut Faults) -> Option<Assign> {
        let Self { user_id, note, expected_owner_id } = self;
        let to = fields::required(faults, "/user_id", user_id);
        let to = to.and_then(|user| fields::id(faults, "/user_id", &user));
        let note = faults.keep("/note", lines(&note.unwrap_or_default(), MAX_NOTE));
        let expected_owner = match expected_owner_id {
            Some(Some(owner)) => {
                fields::id(faults, "/expected_owner_id", &owner).map(|owner| Some(Some(owner)))
            }
            nobody_or_any => Some(nobody_or_any.map(|_| None)),
        };
        Some(Assign { to: to?, note: note?, expected_owner: expected_owner? })
    }
}

/// Assign or transfer a lead.
///
/// To anyone for who sees every lead, else to oneself and the users of one's teams; what one owns
/// oneself, with `leads.transfer_own`, to anyone. No rotation moves by it, and it counts towards no
/// limit. Whoever owned the lead may still look at it. Giving it to who has it already changes
/// nothing.
#[utoipa::path(
    put, path = "/v1/leads/{id}/owner", tag = "leads",
    responses(
        (status = 200, description = "The lead as it is now.", body = LeadView),
        (status = 403, description = "You may only look at the lead, or not give it to them."),
        (status = 409, description = "It is not `expected_owner_id`'s: `owner_changed`, with `owner_id`."),
    ),
)]
pub(crate) async fn assign_lead(
    Authorized(grant): Authorized<AssignLeads>,
    state: State,
    Id(lead_id): Id<LeadId>,
    expected: IfMatch,
    body: Body<AssignLead>,
) -> Answer {
    let Assign { to, note, expected_owner } =
        body.read().await?.content.check(AssignLead::parse)?;
    let to = Some(to);
    let expected_version = expected.version();
    let request = HandOver { lead_id, to, note, expected_owner, expected_version };
    answer(&state, &grant, request).await
}

/// What a release may say.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseQuery {
    /// Why: a note on the lead, by you.
    #[param(max_length = 2000)]
    note: Option<String>,
    /// Whose the lead must be for this; whoever's it is, when absent.
    #[param(value_type = Option<Uuid>)]
    expected_owner_id: Option<String>,
}

struct Release {
    note: Option<String>,
    expected_owner: Option<UserId>,
}

impl ReleaseQuery {
    fn parse(self, faults: &mut Faults) -> Option<Release> {
        let Self { note, expected_owner_id } = self;
        let note = faults.keep("/note", lines(&note.unwrap_or_default(), MAX_NOTE));
        let expected_owner = match expected_owner_id {
            Some(owner) => fields::id(faults, "/expected_owner_id", &owner).map(Some),
            None => Some(None),
        };
        Some(Release { note: note?, expected_owner: expected_owner? })
    }
}

/// Release a lead.
///
/// It has no owner then, and the reason `released`. Who owned it may still look at it. One without
/// an owner stays as it is.
#[utoipa::path(
    delete, path = "/v1/leads/{id}/owner", tag = "leads",
    responses(
        (status = 200, description = "The lead as it is now.", body = LeadView),
        (status = 403, description = "You may only look at the lead."),
        (status = 409, description = "It is not `expected_owner_id`'s: `owner_changed`, with `owner_id`."),
    ),
)]
pub(crate) async fn release_lead(
    Authorized(grant): Authorized<AssignLeads>,
    state: State,
    Id(lead_id): Id<LeadId>,
    expected: IfMatch,
    query: Query<ReleaseQuery>,
) -> Answer {
    let Release { note, expected_owner } = query.check(ReleaseQuery::parse)?;
    let expected_owner = expected_owner.map(Some);
    let expected_version = expected.version();
    let request = HandOver { lead_id, to: None, note, expected_owner, expected_version };
    answer(&state, &grant, request).await
}

async fn answer(state: &HttpState, grant: &Grant<AssignLeads>, request: HandOver) -> Answer {
    let moved = hand_over(state.store(), &state.services.ids, grant, request).await?;
    ok_version(moved.lead.version, &LeadView::moved(&moved, grant.actor()))
}
