//! A user's leaving: what becomes of the leads they have open, decided once and carried out as
//! decided, and the way back.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::clock::Timestamp;
use crate::ids::{ApiKeyId, AssignmentId, LeadId, OffBoardingId, RotationId, SessionId, UserId};
use crate::rotation_owner::RotationOwner;
use crate::team::TeamName;
use crate::user::{GroupName, UserName, coded};

/// The most leads that are moved in one transaction. Up to so many are moved with the deactivation
/// itself, more by the job behind it.
pub const AT_ONCE: usize = 200;

/// What becomes of the open leads of somebody who leaves, or comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadsAction {
    /// They stay theirs.
    Keep,
    /// They go to this user.
    Transfer(UserId),
    /// The rotation of this group or team deals them.
    Distribute(RotationOwner),
    /// They go to nobody.
    Release,
    /// The way back: what was moved returns to them.
    GiveBack,
}

coded! {
    /// The kind of a [`LeadsAction`].
    LeadsActionKind {
        /// They stay.
        Keep = 1 "keep",
        /// To a user.
        Transfer = 2 "transfer",
        /// By a rotation.
        Distribute = 3 "distribute",
        /// To nobody.
        Release = 4 "release",
        /// Back.
        GiveBack = 5 "give_back",
    }
}

impl LeadsAction {
    /// Its kind.
    #[must_use]
    pub const fn kind(self) -> LeadsActionKind {
        match self {
            Self::Keep => LeadsActionKind::Keep,
            Self::Transfer(_) => LeadsActionKind::Transfer,
            Self::Distribute(_) => LeadsActionKind::Distribute,
            Self::Release => LeadsActionKind::Release,
            Self::GiveBack => LeadsActionKind::GiveBack,
        }
    }

    /// The user it names.
    #[must_use]
    pub const fn user_id(self) -> Option<UserId> {
        match self {
            Self::Transfer(user) => Some(user),
            _ => None,
        }
    }

    /// The group or team it names.
    #[must_use]
    pub const fn rotation_owner(self) -> Option<RotationOwner> {
        match self {
            Self::Distribute(owner) => Some(owner),
            _ => None,
        }
    }
}

coded! {
    /// How far an off-boarding has come.
    OffBoardingStatus {
        /// Leads are being moved.
        Running = 1 "running",
        /// Every lead has been moved or found moved by somebody else.
        Completed = 2 "completed",
        /// It cannot go on; the rest of the leads stayed where they were.
        Failed = 3 "failed",
        /// The user was taken back, or deactivated again, before it was through; the rest of the
        /// leads stayed where they were.
        Cancelled = 4 "cancelled",
    }
}

coded! {
    /// Why an off-boarding cannot go on.
    OffBoardingFailure {
        /// Who was to get the leads is no active user any more.
        UserInactive = 1 "user_inactive",
        /// The group that was to deal the leads is gone.
        GroupArchived = 2 "group_archived",
        /// The team that was to deal the leads is gone.
        TeamArchived = 3 "team_archived",
    }
}

coded! {
    /// What became of one lead of an off-boarding.
    LeadStep {
        /// Nothing so far.
        Waiting = 1 "waiting",
        /// It has another owner.
        Moved = 2 "moved",
        /// It has none: it was released, or its rotation could deal it to nobody.
        Unassigned = 3 "unassigned",
        /// Somebody else had decided on it meanwhile.
        Skipped = 4 "skipped",
    }
}

/// Where a user leaves the order, or takes it up again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationPlace {
    /// The rotation.
    pub rotation_id: RotationId,
    /// The group it is of.
    pub group: Option<GroupName>,
    /// The team it is of.
    pub team: Option<TeamName>,
}

/// An API key by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyName {
    /// Id.
    pub id: ApiKeyId,
    /// Name.
    pub name: String,
}

/// What a deactivation does to whom, as it is at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Who leaves.
    pub user: UserName,
    /// What becomes of their leads.
    pub action: LeadsAction,
    /// The open leads they own, in the order of their ids, each with the decision that made it
    /// theirs.
    pub leads: Vec<(LeadId, AssignmentId)>,
    /// The rotations they leave, in the order of their ids.
    pub rotations: Vec<RotationPlace>,
    /// How many leads they work on besides the owners, and do no more.
    pub collaborations: u64,
    /// How many sessions end.
    pub sessions: u32,
    /// The API keys they made that work.
    pub api_keys: Vec<ApiKeyName>,
    /// Whether those are revoked.
    pub revoke_api_keys: bool,
    /// Whether an invitation of theirs is withdrawn.
    pub revokes_invitation: bool,
    /// The teams they stay on.
    pub teams: Vec<TeamName>,
    /// The rotations whose leads go on to them when nobody is eligible: these stay without an owner
    /// while they are gone.
    pub fallback_of: Vec<RotationPlace>,
}

/// What a plan's hash begins with.
const PLAN_CONTEXT: &str = "evenhand off-boarding plan v1";

impl Plan {
    /// SHA-256 of everything that the request decides about, as 64 lower-case hexadecimal digits.
    /// Not of the sessions and collaborations, which all end however many there are by then, nor of
    /// names, nor of what it leaves as it is: the teams, and whose fallback they are.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut text = String::with_capacity(128 + self.leads.len() * 74);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{PLAN_CONTEXT}\nuser {}", self.user.id);
        let _ = writeln!(text, "leads {}", self.action.kind());
        let _ = self.action.user_id().map(|user| writeln!(text, "to user {user}"));
        let _ = match self.action.rotation_owner() {
            Some(RotationOwner::Group(group)) => writeln!(text, "to group {group}"),
            Some(RotationOwner::Team(team)) => writeln!(text, "to team {team}"),
            None => Ok(()),
        };
        for (lead, assignment) in &self.leads {
            let _ = writeln!(text, "lead {lead} {assignment}");
        }
        for place in &self.rotations {
            let _ = writeln!(text, "rotation {}", place.rotation_id);
        }
        let keys = if self.revoke_api_keys { "revoke" } else { "keep" };
        let _ = writeln!(text, "keys {keys}");
        for key in &self.api_keys {
            let _ = writeln!(text, "key {}", key.id);
        }
        let _ = writeln!(text, "invitation {}", self.revokes_invitation);
        hex::encode(Sha256::digest(text.as_bytes()))
    }
}

/// An off-boarding as it was decided, and how far it has come; or the way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffBoarding {
    /// Id.
    pub id: OffBoardingId,
    /// Whose leaving or coming back it is.
    pub user_id: UserId,
    /// What becomes of the leads.
    pub action: LeadsAction,
    /// How far it has come.
    pub status: OffBoardingStatus,
    /// Why it cannot go on.
    pub failure: Option<OffBoardingFailure>,
    /// How many leads it is about.
    pub total: u32,
    /// How many have another owner by it.
    pub moved: u32,
    /// How many have none by it.
    pub unassigned: u32,
    /// How many it left alone because somebody else had decided on them.
    pub skipped: u32,
    /// The rotations that were left, or taken up again.
    pub rotation_ids: Vec<RotationId>,
    /// How many sessions ended.
    pub sessions: u32,
    /// The API keys that were revoked.
    pub api_key_ids: Vec<ApiKeyId>,
    /// Who decided.
    pub decided_by: UserId,
    /// In which session.
    pub session_id: Option<SessionId>,
    /// When.
    pub created_at: Timestamp,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
}

impl OffBoarding {
    /// How many leads it is through with.
    #[must_use]
    pub const fn done(&self) -> u32 {
        self.moved + self.unassigned + self.skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{GroupId, TeamId};
    use uuid::Uuid;

    fn plan() -> Plan {
        let id = |number: u128| Uuid::from_u128(number);
        Plan {
            user: UserName {
                id: id(1).into(),
                first_name: "Tom".to_owned(),
                last_name: None,
                partner: false,
            },
            action: LeadsAction::Release,
            leads: vec![(id(2).into(), id(3).into()), (id(4).into(), id(5).into())],
            rotations: vec![RotationPlace { rotation_id: id(6).into(), group: None, team: None }],
            collaborations: 0,
            sessions: 1,
            api_keys: vec![ApiKeyName { id: id(7).into(), name: "Form".to_owned() }],
            revoke_api_keys: false,
            revokes_invitation: false,
            teams: Vec::new(),
            fallback_of: Vec::new(),
        }
    }

    #[test]
    fn a_plan_s_hash_is_of_what_it_does_and_not_of_names_or_sessions() {
        let hash = plan().hash();
        assert_eq!(hash.len(), 64);
        let other = Uuid::from_u128(9);
        let (group, team) = (GroupId::from_uuid(other), TeamId::from_uuid(other));
        let user = UserName { first_name: "Thomas".to_owned(), ..plan().user };
        let same =
            Plan { sessions: 5, collaborations: 7, user, fallback_of: plan().rotations, ..plan() };
        assert_eq!(same.hash(), hash);
        let different = [
            Plan { action: LeadsAction::Keep, ..plan() },
            Plan { action: LeadsAction::Transfer(other.into()), ..plan() },
            Plan { action: LeadsAction::Distribute(group.into()), ..plan() },
            Plan { action: LeadsAction::Distribute(team.into()), ..plan() },
            Plan { leads: plan().leads.split_off(1), ..plan() },
            Plan { leads: vec![plan().leads[0], (plan().leads[1].0, other.into())], ..plan() },
            Plan { rotations: Vec::new(), ..plan() },
            Plan { api_keys: Vec::new(), ..plan() },
            Plan { revoke_api_keys: true, ..plan() },
            Plan { revokes_invitation: true, ..plan() },
        ];
        let mut hashes: Vec<String> = different.iter().map(Plan::hash).collect();
        hashes.push(hash);
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), 11);
    }
}
