//! `POST /v1/users`.

use evenhand_application::people::{self, Invite, Invited, Wanted};
use evenhand_domain::error::Faults;
use evenhand_domain::permission::InviteUsers;
use evenhand_domain::user::Role;
use serde::Deserialize;
use utoipa::ToSchema;

use super::invited::InvitedUserView;
use super::view;
use crate::answer::Made;
use crate::body::Body;
use crate::fields;
use crate::guard::AuthorizedPerson;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::state::State;

/// The most teams, and the most groups, that somebody is invited to at once.
const MOST_PLACES: usize = 100;

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "tom@acme.example", "first_name": "Tom", "role": "agent"}))]
pub(crate) struct InviteUser {
    /// Their address.
    #[schema(value_type = String, required = true, format = Email, min_length = 1, max_length = 254)]
    email: Option<String>,
    /// First name.
    #[schema(value_type = String, required = true, min_length = 1, max_length = 100)]
    first_name: Option<String>,
    /// Last name.
    #[schema(max_length = 100)]
    last_name: Option<String>,
    /// No higher than the inviter's own, and with no permission that the inviter lacks; `agent` when
    /// absent.
    #[schema(value_type = Option<view::Role>)]
    role: Option<String>,
    /// A colleague whose permissions they get, exactly, whatever the role; none that the inviter
    /// lacks.
    #[schema(value_type = Option<Uuid>)]
    copy_permissions_from: Option<String>,
    /// The teams they are on, as users, from now on. Takes `teams.manage`.
    #[schema(value_type = Option<HashSet<Uuid>>, max_items = 100)]
    team_ids: Option<Vec<String>>,
    /// The groups they join on accepting, at the end of the order. Takes `groups.manage`.
    #[schema(value_type = Option<HashSet<Uuid>>, max_items = 100)]
    group_ids: Option<Vec<String>>,
    /// Whether this is an outside account.
    partner: Option<bool>,
    /// Whether to mail the invitation, where a mail server is configured; it is, when absent.
    send_email: Option<bool>,
}

/// Invite a user.
///
/// They have no access until they accept. An address that has an account joins with it. Only
/// people invite, and nobody with more than they have themselves.
#[utoipa::path(
    post, path = "/v1/users", tag = "users",
    responses(
        (status = 201, description = "The invited user.", body = InvitedUserView),
        (status = 403, description = "There are teams without `teams.manage`, or groups without `groups.manage`: `permission_denied`."),
        (status = 409, description = "The address is a user already: `user_exists`."),
    ),
)]
pub(crate) async fn invite_user(
    AuthorizedPerson(grant): AuthorizedPerson<InviteUsers>,
    state: State,
    key: IdempotencyKey,
    body: Body<InviteUser>,
) -> Answer {
    let body = body.read().await?;
    let mut named = (Wanted::default(), None);
    let mut parsed = body.content.parse(|body, faults| {
        let (invite, wanted, role) = body.parse(faults);
        named = (wanted, role);
        invite
    });
    if parsed.is_faulty() {
        let (wanted, role) = &named;
        parsed.add(&people::faults_of(&state.services, &grant, wanted, *role).await?);
    }
    let invite = parsed.finish()?;
    let once = key.once(grant.stamp().credential, &body.bytes, created);
    let outcome = people::invite(&state.services, &grant, &invite, once.as_ref()).await?;
    key.answer(outcome, created)
}

impl InviteUser {
    /// The invitation, and what it names as far as that can be read.
    fn parse(self, faults: &mut Faults) -> (Option<Invite>, Wanted, Option<Role>) {
        let Self {
            email,
            first_name,
            last_name,
            role,
            copy_permissions_from,
            team_ids,
            group_ids,
            partner,
            send_email,
        } = self;
        let named = role.as_deref().map_or(Some(Role::Agent), Role::from_text);
        let invite = Invite::parse(
            &email.unwrap_or_default(),
            &first_name.unwrap_or_default(),
            last_name.as_deref(),
            role.as_deref(),
            faults,
        );
        let copied =
            copy_permissions_from.map(|text| fields::id(faults, "/copy_permissions_from", &text));
        let teams = fields::ids(faults, "/team_ids", &team_ids.unwrap_or_default(), MOST_PLACES);
        let groups = fields::ids(faults, "/group_ids", &group_ids.unwrap_or_default(), MOST_PLACES);
        let is_whole = copied != Some(None) && teams.all().is_some() && groups.all().is_some();
        let wanted = Wanted {
            copy_permissions_from: copied.flatten(),
            team_ids: teams.placed,
            group_ids: groups.placed,
        };
        let invite = invite.filter(|_| is_whole).map(|invite| Invite {
            partner: partner.unwrap_or(false),
            send_email: send_email.unwrap_or(true),
            wanted: wanted.clone(),
            ..invite
        });
        (invite, wanted, named)
    }
}

fn created(invited: &Invited) -> Made {
    let location = format!("/v1/users/{}", invited.user.id);
    Made::created(location, invited.user.version, &InvitedUserView::from(invited))
}
