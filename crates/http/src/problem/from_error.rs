//! Domain errors as problems: one exhaustive match. A new kind of error does not compile until it
//! is decided here what a client sees of it.

use std::error::Error as StdError;

use evenhand_domain::error::{Conflict, Dependents, Error, Unauthenticated, Unavailable};
use evenhand_domain::permission::{Denied, Permission};

use super::{Code, ConflictMembers, Problem};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthenticated(why) => unauthenticated(why),
            Error::Denied(permission) => denied(permission),
            Error::PersonRequired => {
                Self::new(Code::PersonRequired, "an API key cannot do this; sign in as a person")
            }
            Error::NotFound(what) => {
                Self::new(Code::NotFound, format!("{what} not found, or not visible to you"))
            }
            Error::Conflict(conflict) => from_conflict(conflict),
            Error::PreconditionFailed => Self::new(
                Code::PreconditionFailed,
                "If-Match names another version than the present one; read it again",
            ),
            Error::Invalid(faults) => Self::invalid(faults),
            Error::IdempotencyKeyReused => Self::new(
                Code::IdempotencyKeyReused,
                "this Idempotency-Key was sent before with another method, path or body",
            ),
            Error::Erased => Self::new(
                Code::Erased,
                "it was done, and what the answer told has been erased since",
            ),
            Error::Unavailable(what, after) => Self::unavailable(unavailable(what), after),
            Error::TooManyAttempts(after) => Self::too_many_attempts(after),
            Error::Internal(source) => {
                tracing::error!(error = %chain(source.as_ref()), "internal error");
                Self::new(Code::InternalError, "internal error")
            }
        }
    }
}

impl From<Denied> for Problem {
    fn from(Denied(permission): Denied) -> Self {
        denied(permission)
    }
}

/// For reads, which go to the database without a use case in between.
impl From<evenhand_persistence::Error> for Problem {
    fn from(error: evenhand_persistence::Error) -> Self {
        Error::from(error).into()
    }
}

fn denied(permission: Permission) -> Problem {
    Problem {
        permission: Some(permission),
        ..Problem::new(Code::PermissionDenied, format!("the permission {permission} is missing"))
    }
}

fn unauthenticated(why: Unauthenticated) -> Problem {
    let (code, detail) = match why {
        Unauthenticated::Missing => (
            Code::AuthenticationRequired,
            "send Authorization: Bearer <access token>, or X-API-Key: <key>",
        ),
        Unauthenticated::Ambiguous => {
            (Code::AmbiguousCredentials, "send either an access token or an API key")
        }
        Unauthenticated::Invalid => {
            (Code::InvalidCredentials, "unreadable, unknown, ended or revoked")
        }
        Unauthenticated::Expired => (Code::TokenExpired, "refresh it and try again"),
        Unauthenticated::InvalidRefreshToken => {
            (Code::InvalidRefreshToken, "unknown, spent or ended: sign in again")
        }
        Unauthenticated::WrongPassword => {
            (Code::WrongEmailOrPassword, "no account has this address and password")
        }
    };
    Problem::new(code, detail)
}

fn from_conflict(conflict: Conflict) -> Problem {
    let (code, detail) = match conflict {
        Conflict::GroupNameTaken => (Code::GroupNameTaken, "a group of this name exists"),
        Conflict::TeamNameTaken => (Code::TeamNameTaken, "a team of this name exists"),
        Conflict::TeamInUse(dependents) => return in_use(Code::TeamInUse, dependents),
        Conflict::GroupInUse(dependents) => return in_use(Code::GroupInUse, dependents),
        Conflict::NotDealtTo => (
            Code::NotDealtTo,
            "its rotation deals to active users, and to managers where they are included",
        ),
        Conflict::UserExists => {
            (Code::UserExists, "this address is a user of the organization already")
        }
        Conflict::UserNotInvited => {
            (Code::UserNotInvited, "the user has joined, or was deactivated since")
        }
        Conflict::InvitationExpired => {
            (Code::InvitationExpired, "its time is over; ask for another")
        }
        Conflict::InvitationUsed => (Code::InvitationUsed, "sign in instead"),
        Conflict::InvitationRevoked => {
            (Code::InvitationRevoked, "it was withdrawn, or a newer one replaced it")
        }
        Conflict::ExternalIdTaken => {
            (Code::ExternalIdTaken, "a lead of this source has this external id")
        }
        Conflict::DuplicateLead(lead) => return Problem::duplicate_lead(lead),
        Conflict::LastOwner => {
            (Code::LastOwner, "without them there would be no active owner who can manage people")
        }
        Conflict::ManagesTeams(teams) => {
            let names: Vec<&str> = teams.iter().map(|team| team.name.as_str()).collect();
            let detail = format!("they manage {}: take that from them first", names.join(", "));
            let members = ConflictMembers { teams, ..ConflictMembers::default() };
            return Problem::conflict(Code::ManagesTeams, detail, members);
        }
        Conflict::OwnPermissions => {
            (Code::OwnPermissions, "somebody else has to change what you may do")
        }
        Conflict::OwnerChanged(owner) => return Problem::owner_changed(owner),
        Conflict::NobodyEligible(reason) => {
            let detail = format!("nobody can be dealt it now: {reason}");
            return Problem::new(Code::NobodyEligible, detail);
        }
        Conflict::LeadTaken(owner) => {
            let detail = match &owner {
                Some(owner) => format!("{} has it", owner.first_name),
                None => "somebody else has it".to_owned(),
            };
            let members = ConflictMembers { owner: Some(owner), ..ConflictMembers::default() };
            return Problem::conflict(Code::LeadTaken, detail, members);
        }
        Conflict::LeadOwned(owner) => {
            let detail =
                format!("{} owns it: say redistribute to take it from them", owner.first_name);
            let owner = Some(Some(owner));
            let members = ConflictMembers { owner, ..ConflictMembers::default() };
            return Problem::conflict(Code::LeadOwned, detail, members);
        }
        Conflict::LeadArchived => (Code::LeadArchived, "take it back first"),
        Conflict::LeadErased => (Code::LeadErased, "nothing of it can be taken back"),
        Conflict::MultipleAssigneesNotAllowed => (
            Code::MultipleAssigneesNotAllowed,
            "the organization's setting allow_multiple_assignees is off",
        ),
        Conflict::AlreadyOwner => (Code::AlreadyOwner, "who owns a lead is no collaborator of it"),
        Conflict::TooManyCollaborators => {
            (Code::TooManyCollaborators, "there are as many as there may be: remove one first")
        }
        Conflict::NotInPool => {
            (Code::NotInPool, "none of your groups lets you pick up this lead in this status")
        }
        Conflict::CannotDeactivateYourself => {
            (Code::CannotDeactivateYourself, "somebody else has to deactivate you")
        }
        Conflict::UserInactive => (
            Code::UserInactive,
            "they are inactive, and have no open leads that this request would move",
        ),
        Conflict::UserActive => (Code::UserActive, "they are active, or invited"),
        Conflict::DeactivationRunning => {
            (Code::DeactivationRunning, "wait until their leads are moved, or undo it")
        }
        Conflict::NothingToUndo => {
            (Code::NothingToUndo, "they were not deactivated, or have been taken back since")
        }
        Conflict::StatusKeyTaken => (Code::StatusKeyTaken, "a lead status of this key exists"),
        Conflict::TooManyStatuses => {
            (Code::TooManyStatuses, "there are as many as there may be: delete one first")
        }
        Conflict::StatusInUse(leads) => {
            let detail = format!("{leads} leads are in it: give them another one first");
            return Problem::new(Code::StatusInUse, detail);
        }
        Conflict::StatusPickedUp(groups) => {
            let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
            let detail = format!(
                "{} let their members pick up leads in it: take it from them first",
                names.join(", ")
            );
            let members = ConflictMembers { groups, ..ConflictMembers::default() };
            return Problem::conflict(Code::StatusInUse, detail, members);
        }
        Conflict::LastOpenStatus => {
            (Code::LastOpenStatus, "it is the only open one: open another one first")
        }
        Conflict::TooManyRules => {
            (Code::TooManyRules, "there are as many as there may be: delete one first")
        }
        Conflict::OtherRules => {
            (Code::OtherRules, "name each of the rules that there are, once; read them again")
        }
        Conflict::LeadViewNameTaken => {
            (Code::LeadViewNameTaken, "you have a saved list of this name")
        }
        Conflict::TooManyLeadViews => {
            (Code::TooManyLeadViews, "there are as many as there may be: delete one first")
        }
        Conflict::OtherLeadViews => {
            (Code::OtherLeadViews, "name each of your saved lists once; read them again")
        }
        Conflict::CustomFieldKeyTaken => {
            (Code::CustomFieldKeyTaken, "a custom field of this key exists")
        }
        Conflict::TooManyCustomFields => {
            (Code::TooManyCustomFields, "there are as many as there may be: delete one first")
        }
        Conflict::UsedByRules(rules) => {
            let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
            let detail = format!("change these rules first: {}", names.join(", "));
            let members = ConflictMembers { rules, ..ConflictMembers::default() };
            return Problem::conflict(Code::UsedByRules, detail, members);
        }
        Conflict::ApiKeyRevoked => (Code::ApiKeyRevoked, "it was revoked; make another"),
        Conflict::OrganizationRequired(organizations) => {
            let detail = "the account belongs to several organizations: name one";
            let members = ConflictMembers { organizations, ..ConflictMembers::default() };
            return Problem::conflict(Code::OrganizationRequired, detail, members);
        }
        Conflict::IdempotencyKeyInUse => {
            (Code::IdempotencyKeyInUse, "a request with this Idempotency-Key is still running")
        }
    };
    Problem::new(code, detail)
}

fn in_use(code: Code, dependents: Vec<Dependents>) -> Problem {
    let counts: Vec<String> =
        dependents.iter().map(|it| format!("{} {}", it.count, it.kind)).collect();
    let detail = format!("on it depend: {}; say what is to become of them", counts.join(", "));
    let members = ConflictMembers { dependents, ..ConflictMembers::default() };
    Problem::conflict(code, detail, members)
}

const fn unavailable(what: Unavailable) -> &'static str {
    match what {
        Unavailable::Database => "the database does not answer; try again later",
        Unavailable::QueueFull => "too many leads are waiting; try again later",
        Unavailable::ShuttingDown => "the server is stopping; try again",
        Unavailable::PasswordChecks => "too many sign-ins are waiting; try again later",
        Unavailable::DryRuns => "too many dry runs are waiting; try again later",
    }
}

/// An error and everything beneath it, for the log.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
