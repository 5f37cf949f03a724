//! `POST /v1/users/{id}/deactivate/undo`.

use evenhand_application::off_boarding;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::ManageUsers;

use super::deactivate::answer;
use super::deactivation_view::DeactivationView;
use crate::etag::IfMatch;
use crate::guard::AuthorizedPerson;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Undo a deactivation.
///
/// The user is active again, at the end of the rotations they left that are still in use, and gets
/// back every lead that the deactivation has moved and nobody has decided on since; `skipped` counts
/// the others. What was still to be moved stays theirs. Sessions, invitations and revoked keys stay
/// ended. Many leads return by a job, as they went (202). Possible until the user is reactivated.
#[utoipa::path(
    post, path = "/v1/users/{id}/deactivate/undo", tag = "users",
    responses(
        (status = 200, description = "Everything that could be put back is.", body = DeactivationView),
        (status = 202, description = "Done but for the leads, which are on their way back: ask at `Location`.", body = DeactivationView,
            headers(("Location" = String, description = "Where the progress is"))),
        (status = 403, description = "The user's role is higher than yours."),
        (status = 409, description = "They were not deactivated, or have been taken back since: `nothing_to_undo`."),
    ),
)]
pub(crate) async fn undo_deactivation(
    AuthorizedPerson(grant): AuthorizedPerson<ManageUsers>,
    state: State,
    Id(id): Id<UserId>,
    expected: IfMatch,
) -> Answer {
    let done = off_boarding::undo(&state.services, &grant, id, expected.version()).await?;
    answer(&state, &grant, &done, |view| view).await
}
