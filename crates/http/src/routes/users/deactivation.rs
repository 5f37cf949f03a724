//! `GET /v1/users/{id}/deactivation`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::ManageUsers;
use evenhand_persistence::off_boardings;

use super::deactivation_view::DeactivationView;
use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Read a user's latest deactivation.
///
/// Or its being undone, where that was later: what became of the leads, and how far it has come.
#[utoipa::path(
    get, path = "/v1/users/{id}/deactivation", tag = "users",
    responses(
        (status = 200, description = "The latest one.", body = DeactivationView),
        (status = 404, description = "They were never deactivated."),
    ),
)]
pub(crate) async fn get_deactivation(
    Authorized(grant): Authorized<ManageUsers>,
    state: State,
    Id(id): Id<UserId>,
) -> Answer {
    let of = off_boardings::latest(state.store(), &grant, id).await?;
    let of = of.ok_or(Error::NotFound("deactivation"))?;
    let details = off_boardings::details(state.store(), &grant, &of).await?;
    ok(&DeactivationView::new(&of, details))
}
