//! `GET /v1/me`.

use evenhand_application::people;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::ok;
use crate::guard::SignedIn;
use crate::operations::{Answer, Operations};
use crate::routes::organization_view::OrganizationView;
use crate::routes::users::view::UserView;
use crate::state::State;

pub(super) fn add(operations: Operations) -> Operations {
    operations.add(__path_get_me, get_me)
}

/// Who is asking.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub(crate) struct MeView {
    /// The person.
    user: UserView,
    /// Where they are signed in.
    organization: OrganizationView,
    /// What they may do: the role's permissions with what was granted and denied.
    permissions: Vec<&'static str>,
}

/// Read who I am and what I may do.
#[utoipa::path(
    get, path = "/v1/me", tag = "me",
    responses((status = 200, description = "The person who is signed in.", body = MeView)),
)]
pub(crate) async fn get_me(SignedIn(actor): SignedIn, state: State) -> Answer {
    let user = people::me(&state.services, &actor).await?;
    ok(&MeView {
        user: user.into(),
        organization: OrganizationView::from(actor.organization.as_ref()),
        permissions: actor.permissions.iter().map(|permission| permission.as_str()).collect(),
    })
}
