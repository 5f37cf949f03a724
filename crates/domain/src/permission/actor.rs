//! Who is asking, as one database read found them.

use std::net::IpAddr;
use std::sync::Arc;

use crate::ids::{AccountId, ApiKeyId, GroupId, SessionId, UserId};
use crate::organization::Organization;
use crate::permission::{Permission, PermissionSet};
use crate::user::Role;

/// The credential of a request, by its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A person's session.
    Session(SessionId),
    /// An integration's key.
    ApiKey(ApiKeyId),
}

impl Credential {
    /// The id of the credential's row, whatever its kind.
    #[must_use]
    pub const fn uuid(self) -> uuid::Uuid {
        match self {
            Self::Session(id) => id.uuid(),
            Self::ApiKey(id) => id.uuid(),
        }
    }
}

/// Who acts: a person or an integration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A signed-in user.
    User {
        /// The user.
        id: UserId,
        /// The account behind it.
        account_id: AccountId,
        /// First and last name, for records the user makes.
        name: String,
        /// The role; decisions are made by permissions.
        role: Role,
        /// The users of the teams they manage, each once; for an agent, who manages none, of the
        /// teams they are on where `leads.view_team` was granted to them.
        team: Arc<[UserId]>,
    },
    /// An API key.
    ApiKey {
        /// The key.
        id: ApiKeyId,
        /// Its name, for records it makes.
        name: String,
        /// The source that its leads get, whatever they say.
        source: Option<String>,
        /// The groups it may distribute to; `None` = any.
        group_ids: Option<Vec<GroupId>>,
    },
}

impl Subject {
    /// The only source that its leads have, where it is bound to one.
    #[must_use]
    pub fn bound_source(&self) -> Option<&str> {
        match self {
            Self::ApiKey { source, .. } => source.as_deref(),
            Self::User { .. } => None,
        }
    }
}

/// What a cached actor was read at. A transaction that acts on a cached actor compares it with
/// the rows it reads itself, so that access ends exactly when it is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The credential.
    pub credential: Credential,
    /// The user's or the key's access version.
    pub access_version: i64,
    /// The organization's settings version.
    pub settings_version: i64,
}

/// Somebody with proved identity and their effective permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The organization they act in.
    pub organization: Arc<Organization>,
    /// Who they are.
    pub subject: Subject,
    /// What they may do: role defaults + grants − denials, or a key's scopes.
    pub permissions: PermissionSet,
    /// What this was read at.
    pub stamp: Stamp,
    /// Where the request came from, for the audit log; `None` where nobody asked for it.
    pub address: Option<IpAddr>,
}

impl Actor {
    /// Whether they hold `permission`.
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }

    /// The user, when a person acts.
    #[must_use]
    pub const fn user_id(&self) -> Option<UserId> {
        match &self.subject {
            Subject::User { id, .. } => Some(*id),
            Subject::ApiKey { .. } => None,
        }
    }
}
