//! People: an account's membership of one organization.

use crate::clock::Timestamp;
use crate::ids::{GroupId, UserId};
use crate::rotation::Pause;
use crate::team::{TeamName, TeamSeat};

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant = $code,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The number it is stored as.
            #[must_use]
            pub const fn code(self) -> i16 {
                self as i16
            }

            /// The value stored as `code`.
            #[must_use]
            pub const fn from_code(code: i16) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The word the API uses.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value that the API calls `text`.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use coded;

coded! {
    /// A default set of permissions; the order is that of power.
    Role {
        /// Works leads.
        Agent = 1 "agent",
        /// Sees the records of their teams.
        Manager = 2 "manager",
        /// Runs the organization, except for its owners.
        Admin = 3 "admin",
        /// May do everything.
        Owner = 4 "owner",
    }
}

coded! {
    /// Where a user is in their life cycle.
    UserStatus {
        /// Has an invitation and no access yet.
        Invited = 1 "invited",
        /// Signs in and works.
        Active = 2 "active",
        /// Was deactivated; never deleted.
        Inactive = 3 "inactive",
    }
}

/// A user as the API shows one. Of somebody outside the reader's scope, what is an `Option` besides
/// the last name is `None` (`crate::permission::ViewUsers`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Id within the organization.
    pub id: UserId,
    /// The account's address in lower case: how it was written elsewhere would tell an inviter
    /// that the account existed before.
    pub email: Option<String>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: Option<String>,
    /// Role.
    pub role: Role,
    /// Status.
    pub status: UserStatus,
    /// Whether this is an outside account.
    pub partner: bool,
    /// Whether and until when they are out of all rotations.
    pub pause: Option<Pause>,
    /// When they accepted; `None` for who never has.
    pub joined_at: Option<Timestamp>,
    /// Raised by every change.
    pub version: i64,
    /// When they were invited or set up.
    pub created_at: Timestamp,
    /// When they last changed.
    pub updated_at: Timestamp,
}

/// A user's id and name, as shown on other records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserName {
    /// Id.
    pub id: UserId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: Option<String>,
    /// Whether this is an outside account.
    pub partner: bool,
}

/// A team that somebody is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamPlace {
    /// The team.
    pub team: TeamName,
    /// What they are there.
    pub seat: TeamSeat,
}

/// A group's id and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupName {
    /// Id.
    pub id: GroupId,
    /// Name.
    pub name: String,
}

/// Where somebody belongs, by name; `None` = not shown to the reader.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// Their teams.
    pub teams: Option<Vec<TeamPlace>>,
    /// Their groups.
    pub groups: Option<Vec<GroupName>>,
}
