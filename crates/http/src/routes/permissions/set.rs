//! `PUT /v1/users/{id}/permissions`.

use std::collections::HashSet;

use evenhand_application::people::{self, WantedPermissions};
use evenhand_domain::error::Faults;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{ManagePermissions, Permission};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::UserPermissionsView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::AuthorizedPerson;
use crate::operations::Answer;
use crate::path::Id;
use crate::schema::PermissionName;
use crate::state::State;

/// What is granted and denied to a user besides their role's permissions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grant": ["leads.view_team"], "deny": ["leads.create"]}))]
pub(crate) struct SetPermissions {
    /// Granted; nothing when absent. What the role has anyway is kept, and counts when the role
    /// changes.
    #[schema(value_type = Option<HashSet<PermissionName>>)]
    grant: Option<Vec<String>>,
    /// Denied; nothing when absent. What the role lacks anyway is kept, and counts when the role
    /// changes.
    #[schema(value_type = Option<HashSet<PermissionName>>)]
    deny: Option<Vec<String>>,
}

/// Set what is granted and denied to a user.
///
/// Both lists as a whole. Nobody gives what they do not hold, and no longer denying is giving;
/// nobody changes a user whose role is above their own, or themselves. It counts from the user's
/// next request on. Only people do this.
#[utoipa::path(
    put, path = "/v1/users/{id}/permissions", tag = "permissions",
    responses(
        (status = 200, description = "The user's permissions as they are now.", body = UserPermissionsView),
        (status = 403, description = "The user's role is above your own: `permission_denied`."),
        (status = 409, description = "They are your own: `own_permissions`; or the last active owner's, who keeps `users.manage` and `permissions.manage`: `last_owner`."),
    ),
)]
pub(crate) async fn set_user_permissions(
    AuthorizedPerson(grant): AuthorizedPerson<ManagePermissions>,
    state: State,
    Id(id): Id<UserId>,
    expected: IfMatch,
    body: Body<SetPermissions>,
) -> Answer {
    let wanted = body.read().await?.content.check(SetPermissions::parse)?;
    let version = expected.version();
    let permissions =
        people::set_permissions(&state.services, &grant, id, &wanted, version).await?;
    let view = UserPermissionsView::from(permissions);
    ok_version(view.version, &view)
}

impl SetPermissions {
    fn parse(self, faults: &mut Faults) -> Option<WantedPermissions> {
        let mut seen = HashSet::new();
        let grant = named("/grant", &self.grant.unwrap_or_default(), &mut seen, faults);
        let deny = named("/deny", &self.deny.unwrap_or_default(), &mut seen, faults);
        Some(WantedPermissions { grant: grant?, deny: deny? })
    }
}

/// The permissions of one list; one that was `seen` before is a fault, in whichever list.
fn named(
    list: &str,
    texts: &[String],
    seen: &mut HashSet<Permission>,
    faults: &mut Faults,
) -> Option<Vec<Permission>> {
    let mut permissions = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let pointer = format!("{list}/{index}");
        let known = Permission::from_text(text);
        let known = known.ok_or_else(|| ("unknown_permission", "no such permission".to_owned()));
        let Some(permission) = faults.keep(&pointer, known) else { continue };
        if seen.insert(permission) {
            permissions.push(permission);
        } else {
            faults.add(pointer, "duplicate", "comes more than once");
        }
    }
    (permissions.len() == texts.len()).then_some(permissions)
}
