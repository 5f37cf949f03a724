//! `GET /v1/invitations/{token}`.

use evenhand_application::people;
use evenhand_domain::error::OrganizationChoice;
use evenhand_persistence::invitations::Invitation;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::ok;
use crate::guard::Public;
use crate::operations::Answer;
use crate::path::Token;
use crate::routes::users::view::Role;
use crate::schema::Instant;
use crate::state::State;

/// An invitation as the invited person sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct InvitationView {
    /// The invited address.
    email: String,
    /// First name, as the inviter wrote it.
    first_name: String,
    /// Last name, as the inviter wrote it.
    last_name: Option<String>,
    /// To which organization.
    organization: InvitingOrganizationView,
    /// What they will be there.
    #[schema(value_type = Role)]
    role: &'static str,
    /// When it stops working.
    expires_at: Instant,
}

/// The organization that invites.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvitingOrganization)]
pub(crate) struct InvitingOrganizationView {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
}

impl From<Invitation> for InvitationView {
    fn from(invitation: Invitation) -> Self {
        let Invitation {
            organization: OrganizationChoice { id, name },
            email,
            first_name,
            last_name,
            role,
            expires_at,
            // Of no use to the invited person.
            id: _,
            user_id: _,
            account_id: _,
            // Whoever invites may have the link too, and is not told whose address has an account.
            account: _,
            mailed: _,
            used_at: _,
            revoked_at: _,
        } = invitation;
        Self {
            email,
            first_name,
            last_name,
            organization: InvitingOrganizationView { id: id.uuid(), name },
            role: role.as_str(),
            expires_at: expires_at.into(),
        }
    }
}

/// Read an invitation.
#[utoipa::path(
    get, path = "/v1/invitations/{token}", tag = "invitations",
    responses(
        (status = 200, description = "The invitation.", body = InvitationView),
        (status = 409, description = "It cannot be accepted any more: `invitation_expired`, `invitation_used`, `invitation_revoked`."),
    ),
)]
pub(crate) async fn get_invitation(_public: Public, state: State, Token(token): Token) -> Answer {
    let invitation = people::find_invitation(&state.services, &token).await?;
    ok(&InvitationView::from(invitation))
}
