//! What can go wrong, in the domain's own terms. No HTTP here: `evenhand-http` maps each variant
//! to a problem document in one exhaustive match.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::permission::Permission;

/// Any failure of a use case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller did not prove who they are.
    #[error("not authenticated: {0:?}")]
    Unauthenticated(Unauthenticated),
    /// The caller is known and may not do this.
    #[error("the permission {0} is missing")]
    Denied(Permission),
    /// A user's credential is needed; an API key will not do.
    #[error("only a signed-in person may do this")]
    PersonRequired,
    /// Absent, or not visible to the caller: the two are never told apart.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The request is fine, the state it meets is not.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// `If-Match` names another version than the present one.
    #[error("the resource has changed")]
    PreconditionFailed,
    /// Readable but wrong; every fault of the body at once.
    #[error("invalid: {0}")]
    Invalid(Faults),
    /// The same idempotency key came with another request body.
    #[error("idempotency key reused")]
    IdempotencyKeyReused,
    /// What an earlier request with this idempotency key answered was erased since.
    #[error("the answer was erased")]
    Erased,
    /// Too much at once, or a dependency is away: try again after the given time.
    #[error("unavailable: {0:?}")]
    Unavailable(Unavailable, Duration),
    /// Too many attempts failed: the next one is taken after the given time.
    #[error("too many failed attempts")]
    TooManyAttempts(Duration),
    /// A fault of ours. The source is for the log, never for the caller.
    #[error("internal error")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// A fault of ours, from whatever explains it in the log.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// One fault at `pointer`, e.g. `/email`.
    pub fn invalid(
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let mut faults = Faults::default();
        faults.add(pointer, code, detail);
        Self::Invalid(faults)
    }
}

/// Why a caller is not who they need to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthenticated {
    /// No credential was sent.
    Missing,
    /// More than one credential was sent.
    Ambiguous,
    /// Unreadable, forged, unknown, ended or revoked: not told apart.
    Invalid,
    /// An access token past its time: refresh it.
    Expired,
    /// Unknown address or wrong password: not told apart.
    WrongPassword,
    /// A refresh token that is unknown, was spent before, or whose session is over.
    InvalidRefreshToken,
}

/// A state that the request cannot meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// An unarchived group of that name exists.
    GroupNameTaken,
    /// An unarchived team of that name exists.
    TeamNameTaken,
    /// What depends on the team, which the request does not say what to do with.
    TeamInUse(Vec<Dependents>),
    /// What depends on the group, which the request does not say what to do with.
    GroupInUse(Vec<Dependents>),
    /// The team's rotation does not deal to them.
    NotDealtTo,
    /// That address is a user of the organization already.
    UserExists,
    /// The user has joined already, or was deactivated: there is nothing to invite them to.
    UserNotInvited,
    /// The invitation's time is over.
    InvitationExpired,
    /// The invitation was accepted before.
    InvitationUsed,
    /// A newer invitation replaced it, or it was withdrawn.
    InvitationRevoked,
    /// The lead's source already has this external id.
    ExternalIdTaken,
    /// The person came before, as this lead, which is named to who may see it.
    DuplicateLead(Option<crate::ids::LeadId>),
    /// Without this user the organization would have no active owner who can manage its people.
    LastOwner,
    /// They manage these teams, which takes the role manager or above.
    ManagesTeams(Vec<crate::team::TeamName>),
    /// Nobody changes what they themselves may do.
    OwnPermissions,
    /// The lead is not whose the request takes it to be, but this user's, or nobody's.
    OwnerChanged(Option<crate::ids::UserId>),
    /// No member of the rotation can be dealt to, for this reason.
    NobodyEligible(crate::lead::UnassignedReason),
    /// Somebody else has got the lead that was to be picked up; `None` = the caller may not know who.
    LeadTaken(Option<crate::user::UserName>),
    /// The lead has an owner, and the request does not say that it is to be taken from them.
    LeadOwned(crate::user::UserName),
    /// The lead was put away: nothing is done with it before it is taken back.
    LeadArchived,
    /// The lead's personal data was erased: it cannot be taken back.
    LeadErased,
    /// The organization does not let leads have users besides their owner.
    MultipleAssigneesNotAllowed,
    /// They own the lead.
    AlreadyOwner,
    /// The lead has as many collaborators as it may.
    TooManyCollaborators,
    /// None of the caller's groups lets them pick up the lead.
    NotInPool,
    /// Nobody deactivates themselves.
    CannotDeactivateYourself,
    /// The user was deactivated, and nothing is left to be done about it.
    UserInactive,
    /// The user is active, or waits for their invitation to be accepted.
    UserActive,
    /// The user's leads are still being moved.
    DeactivationRunning,
    /// The user was not deactivated, or has been taken back since.
    NothingToUndo,
    /// A lead status of that key exists.
    StatusKeyTaken,
    /// The organization has as many lead statuses as it may.
    TooManyStatuses,
    /// So many leads are in the status.
    StatusInUse(u64),
    /// These groups let their members pick up leads in the status.
    StatusPickedUp(Vec<crate::user::GroupName>),
    /// No open lead status would be left.
    LastOpenStatus,
    /// There are as many routing rules as there may be.
    TooManyRules,
    /// The request that orders the rules does not name each of them once.
    OtherRules,
    /// The user has a saved list of leads of that name.
    LeadViewNameTaken,
    /// The user has as many saved lists of leads as they may have.
    TooManyLeadViews,
    /// The request that orders the saved lists does not name each of them once.
    OtherLeadViews,
    /// A custom field of that key exists.
    CustomFieldKeyTaken,
    /// There are as many custom fields as there may be.
    TooManyCustomFields,
    /// These routing rules go by it, or send leads to it.
    UsedByRules(Vec<crate::routing::RuleName>),
    /// The API key was revoked, for good.
    ApiKeyRevoked,
    /// The account belongs to several organizations and none was named.
    OrganizationRequired(Vec<OrganizationChoice>),
    /// An earlier request with this idempotency key is still running.
    IdempotencyKeyInUse,
}

/// What would be left without something that is to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependents {
    /// What they are, e.g. `members`: stable.
    pub kind: &'static str,
    /// How many.
    pub count: u64,
}

/// One of the organizations that an account can sign in to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationChoice {
    /// Its id.
    pub id: crate::ids::OrganizationId,
    /// Its name.
    pub name: String,
}

/// What is away or full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unavailable {
    /// The database does not answer, or every connection is taken.
    Database,
    /// The lane's queue is full.
    QueueFull,
    /// The server is stopping.
    ShuttingDown,
    /// Too many password checks are waiting.
    PasswordChecks,
    /// Too many dry runs are waiting.
    DryRuns,
}

/// One fault of a request: where, what (stable), and in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON Pointer (RFC 6901) into the body, or `/` and the name of a query parameter.
    pub pointer: String,
    /// Stable, snake_case.
    pub code: &'static str,
    /// For a person.
    pub detail: String,
}

/// All faults of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Notes one fault.
    pub fn add(
        &mut self,
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) {
        self.0.push(Fault { pointer: pointer.into(), code, detail: detail.into() });
    }

    /// Notes the fault of a single value and gives the value where there is none.
    pub fn keep<T>(
        &mut self,
        pointer: &str,
        parsed: Result<T, (&'static str, String)>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err((code, detail)) => {
                self.add(pointer, code, detail);
                None
            }
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults in the order they were noted.
    #[must_use]
    pub fn as_slice(&self) -> &[Fault] {
        &self.0
    }

    /// Adds those of `other` behind these.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Adds those of a part of the request, whose pointers lie below `pointer`.
    pub fn append_below(&mut self, pointer: &str, part: Self) {
        let below =
            |fault: Fault| Fault { pointer: format!("{pointer}{}", fault.pointer), ..fault };
        self.0.extend(part.0.into_iter().map(below));
    }

    /// `Err` with all faults, or `value` where there are none.
    pub fn into_result<T>(self, value: T) -> Result<T, Error> {
        if self.is_empty() { Ok(value) } else { Err(Error::Invalid(self)) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{} {}", fault.pointer, fault.code)?;
        }
        Ok(())
    }
}
