//! What is said to whom.

use std::time::Duration;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::OrganizationId;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

/// How long a letter is tried at most.
pub(crate) const TRIED_FOR: Duration = Duration::from_secs(48 * 60 * 60);

/// A letter to one person.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The organization it comes from; `None` where it concerns an account alone. What cannot be
    /// delivered is an event of this organization.
    pub organization_id: Option<OrganizationId>,
    /// The user (invitation) or account (password) that it is about. A newer letter with a link
    /// replaces the older one about the same person, whose link is dead.
    pub about: Uuid,
    /// The address.
    pub to: String,
    /// What the person is called: their first name, or first and last.
    pub name: String,
    /// What it says.
    pub kind: LetterKind,
}

/// What a letter says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// Somebody may join an organization.
    Invitation {
        /// The organization's name.
        organization: String,
        /// Who invites them.
        inviter: String,
        /// Where the invitation is accepted.
        #[serde(serialize_with = "expose")]
        url: SecretString,
        /// When the link stops working.
        expires_at: Timestamp,
    },
    /// Somebody asked for a new password.
    PasswordReset {
        /// Where the new password is set.
        #[serde(serialize_with = "expose")]
        url: SecretString,
        /// When the link stops working.
        expires_at: Timestamp,
    },
    /// The password was changed: news for whoever did not do it.
    PasswordChanged {
        /// When.
        at: Timestamp,
    },
}

impl LetterKind {
    /// The kinds that hold a link, which dies with the next of its kind.
    pub(crate) const WITH_LINK: [&'static str; 2] = ["invitation", "password_reset"];

    /// Stable, snake_case: the column `kind`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "invitation",
            Self::PasswordReset { .. } => "password_reset",
            Self::PasswordChanged { .. } => "password_changed",
        }
    }

    /// When it stops making sense.
    pub(crate) const fn expires_at(&self) -> Option<Timestamp> {
        match self {
            Self::Invitation { expires_at, .. } | Self::PasswordReset { expires_at, .. } => {
                Some(*expires_at)
            }
            Self::PasswordChanged { .. } => None,
        }
    }
}

/// What is kept of a letter beside its address.
#[derive(Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) name: String,
    pub(crate) says: LetterKind,
}

fn expose<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}
