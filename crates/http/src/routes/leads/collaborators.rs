//! `PUT` and `DELETE /v1/leads/{id}/collaborators/{user_id}`.

use evenhand_distribution::ownership::{Collaboration, add_collaborator, remove_collaborator};
use evenhand_domain::ids::{LeadId, UserId};
use evenhand_domain::permission::{AssignLeads, RemoveCollaborators};

use super::view::LeadView;
use crate::answer::ok_version;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Ids;
use crate::state::State;

/// Add a collaborator to a lead.
///
/// A further user who works on it, where the organization allows several assignees: they see it and
/// do with it what their permissions let them do with leads of their own, but for handing it over.
/// Whoever may give the lead to them may add them. Adding who is one already changes nothing. A lead
/// has at most 20.
#[utoipa::path(
    put, path = "/v1/leads/{id}/collaborators/{user_id}", tag = "leads",
    responses(
        (status = 200, description = "The lead as it is now.", body = LeadView),
        (status = 403, description = "You may only look at the lead, or not give it to them."),
        (status = 409, description = "The organization does not allow several assignees: `multiple_assignees_not_allowed`. They own the lead: `already_owner`. It has as many collaborators as it may: `too_many_collaborators`. It is archived: `lead_archived`."),
        (status = 422, description = "They are not an active user: `unknown_user`, `invited_user`, `inactive_user`."),
    ),
)]
pub(crate) async fn put_lead_collaborator(
    Authorized(grant): Authorized<AssignLeads>,
    state: State,
    Ids(lead_id, user_id): Ids<LeadId, UserId>,
    expected: IfMatch,
) -> Answer {
    let request = Collaboration { lead_id, user_id, expected_version: expected.version() };
    let lead = add_collaborator(state.store(), &grant, request).await?;
    ok_version(lead.lead.version, &LeadView::moved(&lead, grant.actor()))
}

/// Remove a collaborator from a lead.
///
/// Whoever may release the lead may remove anyone; everybody may remove themselves, for which
/// `leads.view` suffices. Who owned the lead before, or entered it, may still look at it; others see
/// it no more. Removing who is none changes nothing.
#[utoipa::path(
    delete, path = "/v1/leads/{id}/collaborators/{user_id}", tag = "leads",
    responses(
        (status = 200, description = "The lead as it is now.", body = LeadView),
        (status = 403, description = "You may only look at the lead, and it is not yourself whom you would remove."),
        (status = 409, description = "It is archived: `lead_archived`."),
    ),
)]
pub(crate) async fn delete_lead_collaborator(
    Authorized(grant): Authorized<RemoveCollaborators>,
    state: State,
    Ids(lead_id, user_id): Ids<LeadId, UserId>,
    expected: IfMatch,
) -> Answer {
    let request = Collaboration { lead_id, user_id, expected_version: expected.version() };
    let lead = remove_collaborator(state.store(), &grant, request).await?;
    ok_version(lead.lead.version, &LeadView::moved(&lead, grant.actor()))
}
