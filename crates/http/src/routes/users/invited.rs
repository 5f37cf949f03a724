//! Invited people as the API shows them to whoever invites.

use evenhand_application::people::{InvitationLink, Invited};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use utoipa::ToSchema;

use super::view::UserView;
use crate::schema::Instant;

/// An invited user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvitedUser)]
pub(crate) struct InvitedUserView {
    /// The user.
    #[serde(flatten)]
    user: UserView,
    /// Their way in, shown this once; null = it was mailed to them instead.
    invitation: Option<InvitationLinkView>,
}

/// The way for an invited person to join.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvitationLink)]
pub(crate) struct InvitationLinkView {
    /// Single use.
    token: String,
    /// Where the token is looked up and accepted.
    url: String,
    /// When it stops working.
    expires_at: Instant,
}

impl From<&Invited> for InvitedUserView {
    fn from(invited: &Invited) -> Self {
        let Invited { user, invitation } = invited;
        let shown = |link: &InvitationLink| {
            let InvitationLink { token, url, expires_at } = link;
            InvitationLinkView {
                token: token.expose_secret().to_owned(),
                url: url.expose_secret().to_owned(),
                expires_at: (*expires_at).into(),
            }
        };
        Self { user: user.clone().into(), invitation: invitation.as_ref().map(shown) }
    }
}
