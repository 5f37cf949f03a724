//! `PATCH /v1/users/{id}`.

use evenhand_application::people::{self, MAX_NAME, UserChange};
use evenhand_domain::error::Faults;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::ManageUsers;
use evenhand_domain::text;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{Role, UserView};
use crate::answer::ok_version;
use crate::body::{Body, present};
use crate::etag::IfMatch;
use crate::fields;
use crate::guard::AuthorizedPerson;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// A change of a user (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "manager"}))]
pub(crate) struct ChangeUser {
    /// First name.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    first_name: Option<Option<String>>,
    /// Last name; null = none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    last_name: Option<Option<String>>,
    /// No higher than your own, and giving nothing that you lack. What was granted and denied to
    /// the user stays.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Role, required = false)]
    role: Option<Option<String>>,
    /// Whether this is an outside account.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    partner: Option<Option<bool>>,
}

/// Change a user.
///
/// A JSON merge patch: what is absent stays. Nobody changes a user whose role is above their own,
/// so admins do not touch owners. A new role counts from the user's next request on. Only people
/// do this.
#[utoipa::path(
    patch, path = "/v1/users/{id}", tag = "users",
    responses(
        (status = 200, description = "The user as they are now.", body = UserView),
        (status = 403, description = "The user's role is above your own: `permission_denied`."),
        (status = 409, description = "They are the last active owner who can manage people: `last_owner`; or they manage `teams`, which takes the role manager or above: `manages_teams`."),
    ),
)]
pub(crate) async fn change_user(
    AuthorizedPerson(grant): AuthorizedPerson<ManageUsers>,
    state: State,
    Id(id): Id<UserId>,
    expected: IfMatch,
    body: Body<ChangeUser>,
) -> Answer {
    let change = body.read().await?.content.check(ChangeUser::parse)?;
    let user = people::change(&state.services, &grant, id, change, expected.version()).await?;
    let user = grant.actor().sight_of(user);
    ok_version(user.version, &UserView::at(state.services.clock.now(), user))
}

impl ChangeUser {
    fn parse(self, faults: &mut Faults) -> Option<UserChange> {
        let Self { first_name, last_name, role, partner } = self;
        let names = parse_names(first_name, last_name, faults);
        let role = match role {
            None => Some(None),
            Some(role) => fields::required(faults, "/role", role)
                .and_then(|text| people::parse_role(&text, faults))
                .map(Some),
        };
        let partner = match partner {
            None => Some(None),
            Some(partner) => fields::required(faults, "/partner", partner).map(Some),
        };
        Some(UserChange { role: role?, partner: partner?, ..names? })
    }
}

/// The names that a merge patch changes.
pub(crate) fn parse_names(
    first_name: Option<Option<String>>,
    last_name: Option<Option<String>>,
    faults: &mut Faults,
) -> Option<UserChange> {
    let first_name = match first_name {
        None => Some(None),
        Some(name) => fields::required_line(faults, "/first_name", name, MAX_NAME).map(Some),
    };
    let last_name = match last_name {
        None => Some(None),
        Some(name) => {
            let name = text::line(name.as_deref().unwrap_or_default(), MAX_NAME);
            faults.keep("/last_name", name).map(Some)
        }
    };
    let (first_name, last_name) = (first_name?, last_name?);
    Some(UserChange { first_name, last_name, role: None, partner: None })
}
