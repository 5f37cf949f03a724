//! `DELETE /v1/leads/{id}` and `POST /v1/leads/{id}/restore`.

use evenhand_distribution::ownership::{Archive, archive, restore};
use evenhand_domain::ids::LeadId;
use evenhand_domain::permission::ArchiveLeads;

use super::view::LeadView;
use crate::answer::{no_content, ok_version};
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Archive a lead.
///
/// It is out of lists, pools and waiting lists, and nothing is done with it until it is restored.
/// Whose it is, and who sees it, stays. Turns and limits stay as they are. One that is archived stays
/// so.
#[utoipa::path(
    delete, path = "/v1/leads/{id}", tag = "leads",
    responses(
        (status = 204, description = "It is archived."),
        (status = 403, description = "You may only look at the lead."),
    ),
)]
pub(crate) async fn archive_lead(
    Authorized(grant): Authorized<ArchiveLeads>,
    state: State,
    Id(lead_id): Id<LeadId>,
    expected: IfMatch,
) -> Answer {
    let request = Archive { lead_id, expected_version: expected.version() };
    archive(state.store(), &state.services.ids, &grant, request).await?;
    no_content()
}

/// Restore an archived lead.
///
/// It is whose it was. One that waited to be dealt does not wait any more. One that is not archived
/// stays as it is.
#[utoipa::path(
    post, path = "/v1/leads/{id}/restore", tag = "leads",
    responses(
        (status = 200, description = "The lead as it is now.", body = LeadView),
        (status = 403, description = "You may only look at the lead."),
        (status = 409, description = "Its personal data was erased: `lead_erased`."),
    ),
)]
pub(crate) async fn restore_lead(
    Authorized(grant): Authorized<ArchiveLeads>,
    state: State,
    Id(lead_id): Id<LeadId>,
    expected: IfMatch,
) -> Answer {
    let request = Archive { lead_id, expected_version: expected.version() };
    let seen = restore(state.store(), &grant, request).await?;
    ok_version(seen.lead.version, &LeadView::seen(&seen, grant.actor()))
}
