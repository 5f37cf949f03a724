//! `GET` and `PATCH /v1/me`.

use evenhand_application::people;
use evenhand_domain::error::{Faults, OrganizationChoice};
use evenhand_domain::permission::Actor;
use evenhand_domain::user::User;
use evenhand_persistence::places;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::ok_version;
use crate::body::{Body, present};
use crate::etag::IfMatch;
use crate::guard::SignedIn;
use crate::operations::{Answer, Operations};
use crate::problem::Problem;
use crate::routes::organization_view::OrganizationView;
use crate::routes::users::change::parse_names;
use crate::routes::users::view::{GroupNameView, TeamPlaceView, UserView, place_views};
use crate::state::{HttpState, State};

pub(super) fn add(operations: Operations) -> Operations {
    operations.add(__path_get_me, get_me).add(__path_change_me, change_me)
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
    /// Their teams.
    teams: Vec<TeamPlaceView>,
    /// Their groups.
    groups: Vec<GroupNameView>,
    /// The organizations that the account can sign in to, this one among them.
    organizations: Vec<OrganizationNameView>,
}

/// An organization's id and name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrganizationName)]
pub(crate) struct OrganizationNameView {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
}

impl From<OrganizationChoice> for OrganizationNameView {
    fn from(organization: OrganizationChoice) -> Self {
        let OrganizationChoice { id, name } = organization;
        Self { id: id.uuid(), name }
    }
}

/// Read who I am and what I may do.
#[utoipa::path(
    get, path = "/v1/me", tag = "me",
    responses((
        status = 200, description = "The person who is signed in.", body = MeView,
        headers(("ETag" = String, description = "The user's version in quotes, for `If-Match`")),
    )),
)]
pub(crate) async fn get_me(SignedIn(actor): SignedIn, state: State) -> Answer {
    let user = people::me(&state.services, &actor).await?;
    me(&state, &actor, user).await
}

/// A change of myself (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"first_name": "Thomas"}))]
pub(crate) struct ChangeMe {
    /// First name.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    first_name: Option<Option<String>>,
    /// Last name; null = none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    last_name: Option<Option<String>>,
}

/// Change my name.
///
/// A JSON merge patch: what is absent stays. In this organization alone. The version is the user's.
#[utoipa::path(
    patch, path = "/v1/me", tag = "me",
    responses((status = 200, description = "The person as they are now.", body = MeView)),
)]
pub(crate) async fn change_me(
    SignedIn(actor): SignedIn,
    state: State,
    expected: IfMatch,
    body: Body<ChangeMe>,
) -> Answer {
    let parse = |body: ChangeMe, faults: &mut Faults| {
        let ChangeMe { first_name, last_name } = body;
        parse_names(first_name, last_name, faults)
    };
    let change = body.read().await?.content.check(parse)?;
    let user = people::change_own(&state.services, &actor, change, expected.version()).await?;
    me(&state, &actor, user).await
}

async fn me(
    state: &HttpState,
    actor: &Actor,
    user: User,
) -> Result<actix_web::HttpResponse, Problem> {
    let (teams, groups) = place_views(places::of_actor(state.store(), actor).await?);
    let organizations = people::organizations_of(&state.services, actor).await?;
    let version = user.version;
    let view = MeView {
        user: UserView::at(state.services.clock.now(), user),
        organization: OrganizationView::from(actor.organization.as_ref()),
        permissions: actor.permissions.iter().map(|permission| permission.as_str()).collect(),
        teams: teams.unwrap_or_default(),
        groups: groups.unwrap_or_default(),
        organizations: organizations.into_iter().map(OrganizationNameView::from).collect(),
    };
    ok_version(version, &view)
}
