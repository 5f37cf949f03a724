//! `POST /v1/users/{id}/permissions/copy`.

use evenhand_application::people::{self, MAX_COPIES};
use evenhand_domain::error::Faults;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::ManagePermissions;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::UserPermissionsView;
use crate::answer::ok;
use crate::body::Body;
use crate::fields;
use crate::guard::AuthorizedPerson;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// To whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to_user_ids": ["01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01"]}))]
pub(crate) struct CopyPermissions {
    /// The users.
    #[schema(value_type = HashSet<Uuid>, required = true, min_items = 1, max_items = 100)]
    to_user_ids: Option<Vec<String>>,
}

/// What each may do now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CopiedPermissions)]
pub(crate) struct CopiedView {
    /// The users in the request's order.
    data: Vec<UserPermissionsView>,
}

/// Copy what a user may do to others.
///
/// Each of them may then do exactly what this user may, whatever their roles, which stay. All of
/// them or, where there is a fault with one, none: `unknown_user`, `own_permissions`,
/// `permission_denied` for a role above your own, `permission_not_held`, `last_owner`.
#[utoipa::path(
    post, path = "/v1/users/{id}/permissions/copy", tag = "permissions",
    responses((status = 200, description = "The users' permissions as they are now.", body = CopiedView)),
)]
pub(crate) async fn copy_user_permissions(
    AuthorizedPerson(grant): AuthorizedPerson<ManagePermissions>,
    state: State,
    Id(id): Id<UserId>,
    body: Body<CopyPermissions>,
) -> Answer {
    let to = body.read().await?.content.check(CopyPermissions::parse)?;
    let copied = people::copy_permissions(&state.services, &grant, id, &to).await?;
    ok(&CopiedView { data: copied.into_iter().map(UserPermissionsView::from).collect() })
}

impl CopyPermissions {
    fn parse(self, faults: &mut Faults) -> Option<Vec<UserId>> {
        let texts = self.to_user_ids.unwrap_or_default();
        if texts.is_empty() {
            faults.add("/to_user_ids", "required", "at least one user");
            return None;
        }
        fields::ids(faults, "/to_user_ids", &texts, MAX_COPIES).all()
    }
}
