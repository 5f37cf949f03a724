//! A prospective customer.

mod collaborator;
mod filter;
mod new;
mod patch;
pub mod search;
mod source_id;
mod timeline;
mod view;
mod waiting;

pub use collaborator::{CollaboratorAdded, CollaboratorRemoved, MAX_COLLABORATORS};
pub use filter::{CountedBy, LeadFilter, LeadOrder, OwnerFilter, SortKey, ValueFilter};
pub use new::{LeadInput, Money, NewLead, bounds};
pub use patch::{FieldChange, LeadPatch, MoneyPatch, PatchRules};
pub use source_id::SourceId;
pub use timeline::Told;
pub use view::{LeadView, LeadViewChange, MAX_LEAD_VIEW_NAME, MAX_LEAD_VIEWS};
pub use waiting::{PassedOn, Waiting};

use crate::clock::Timestamp;
use crate::ids::{AssignmentId, GroupId, LeadId, RotationId, TeamId, UserId};
use crate::rotation::{Hash, Undealt};
use crate::rotation_owner::RotationOwner;
use crate::routing::AppliedRule;
use crate::user::{UserName, coded};

/// How a new lead is to find its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignmentRequest {
    /// By the routing rules.
    Route,
    /// By the rotation of a group or team.
    Distribute(RotationOwner),
    /// To this user.
    User(UserId),
    /// To whoever adds it.
    Me,
    /// To nobody for now.
    None,
}

coded! {
    /// What kind of act an assignment was.
    AssignmentSource {
        /// A rotation's turn, or a user to whom a routing rule sends leads.
        Distribution = 1 "distribution",
        /// A named user.
        Manual = 2 "manual",
        /// Whoever added it.
        Creator = 3 "creator",
        /// Handed over from one owner to another.
        Transfer = 4 "transfer",
        /// Moved because its owner was deactivated, or put back when that was undone.
        OffBoarding = 5 "off_boarding",
        /// Given to whoever owns an earlier lead of the same person.
        Duplicate = 6 "duplicate",
        /// Taken by its new owner themselves, from nobody.
        PickUp = 7 "pick_up",
    }
}

coded! {
    /// Why a lead has no owner.
    UnassignedReason {
        /// No routing rule applies.
        NoRuleMatched = 1 "no_rule_matched",
        /// Every member of the rotation has reached a limit.
        AllMembersAtLimit = 2 "all_members_at_limit",
        /// No member can be dealt to, for more than one reason.
        NobodyAvailable = 3 "nobody_available",
        /// The rotation has no members.
        NoMembers = 4 "no_members",
        /// The request asked for no owner.
        NotRequested = 5 "not_requested",
        /// It was taken from its owner and given to nobody.
        Released = 6 "released",
        /// The routing rule that it falls under leaves leads to nobody.
        RuleSaysNobody = 7 "rule_says_nobody",
        /// The user to whom the routing rules send it is not active any more.
        TargetUnavailable = 8 "target_unavailable",
        /// The whole rotation is paused.
        RotationPaused = 10 "rotation_paused",
        /// Others wait for the rotation to deal them, and it waits behind them.
        OthersWaiting = 11 "others_waiting",
        /// Somebody took it off the waiting list.
        RemovedFromWaitingList = 12 "removed_from_waiting_list",
    }
}

impl From<Undealt> for UnassignedReason {
    fn from(reason: Undealt) -> Self {
        match reason {
            Undealt::NoMembers => Self::NoMembers,
            Undealt::AllMembersAtLimit => Self::AllMembersAtLimit,
            Undealt::NobodyAvailable => Self::NobodyAvailable,
            Undealt::RotationPaused => Self::RotationPaused,
        }
    }
}

/// One decision on a lead's ownership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Id.
    pub id: AssignmentId,
    /// Who gave it up.
    pub from: Option<UserName>,
    /// Who got it; `None` = the lead stayed without an owner.
    pub to: Option<UserName>,
    /// What kind of act gave the owner, or took the lead from one who left; `None` else.
    pub source: Option<AssignmentSource>,
    /// Why there is no owner; `None` with one.
    pub reason: Option<UnassignedReason>,
    /// The decision's place in a rotation's ledger, where a rotation decided.
    pub dealt: Option<Dealt>,
    /// Where the lead waits to be dealt since then; `None` = it does not, or not any more.
    pub waiting: Option<Waiting>,
    /// The decisions before this one that dealt the lead to nobody and passed it on, in their
    /// order. Only read with a lead's whole history.
    pub passed_on: Vec<PassedOn>,
    /// What whoever decided had to say about it, at most [`MAX_NOTE`] characters.
    pub note: Option<String>,
    /// When.
    pub decided_at: Timestamp,
}

/// The longest note of an assignment, in characters.
pub const MAX_NOTE: usize = 2_000;

/// Where a rotation's decision is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dealt {
    /// The rotation.
    pub rotation_id: RotationId,
    /// The ledger entry.
    pub entry: u64,
    /// The turn; `None` when nobody could be dealt to.
    pub turn: Option<u64>,
    /// The entry's hash: the receipt.
    pub hash: Hash,
}

/// Who made a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreatedBy {
    /// A person.
    User {
        /// Their id.
        id: UserId,
        /// Their name.
        name: String,
    },
    /// An integration.
    ApiKey {
        /// The key's id.
        id: crate::ids::ApiKeyId,
        /// Its name.
        name: String,
    },
}

/// A stored lead.
#[derive(Debug, Clone, PartialEq)]
pub struct Lead {
    /// Id; ids in order are leads in the order they came.
    pub id: LeadId,
    /// The fields that clients write.
    pub fields: NewLead,
    /// The group whose rotation it was given to.
    pub group_id: Option<GroupId>,
    /// The team whose rotation it was given to.
    pub team_id: Option<TeamId>,
    /// The earlier lead of the same person that it is a duplicate of, where whoever reads this
    /// sees that.
    pub duplicate_of: Option<LeadId>,
    /// How many leads are its duplicates, of those that whoever reads this sees.
    pub duplicate_count: u64,
    /// The routing rule that sent it where it went first; `None` = none did.
    pub rule: Option<AppliedRule>,
    /// The latest decision on its ownership: the owner is its `to`.
    pub assignment: Assignment,
    /// Who works on it besides its owner, in the order in which they came.
    pub collaborators: Vec<UserName>,
    /// Who added it.
    pub created_by: CreatedBy,
    /// Raised by every change.
    pub version: i64,
    /// When it came.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was put away; `None` = it is not.
    pub archived_at: Option<Timestamp>,
    /// When its personal data was erased; what is erased stays put away.
    pub erased_at: Option<Timestamp>,
}

impl Lead {
    /// The one user accountable for it.
    #[must_use]
    pub const fn owner(&self) -> Option<&UserName> {
        self.assignment.to.as_ref()
    }
}
