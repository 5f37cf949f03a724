//! Rotations: their state under lock, their counters and their ledger.
//!
//! A rotation's row lock is what makes turns strict, whatever replica deals: read the state after
//! the lock, in a statement of its own (a statement's snapshot is older than the locks it waits
//! for), and write everything back before the commit that releases it.

mod dependents;
mod fallback;
mod fallback_chain;
mod heads;
mod known;
mod ledger;
mod off_duty;
mod owners;
mod read;
mod settings;
mod snapshot;
mod waiting;
mod write;

use evenhand_domain::calendar::Zone;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::distribution::Distribution;
use evenhand_domain::ids::{OrganizationId, RotationId, UserId};
use evenhand_domain::rotation::{LedgerEntry, Member, Moment, RotationState};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::when_nobody_eligible::{Fallback, WhenNobodyEligible};

pub use dependents::{API_KEYS, FALLBACKS, INVITATIONS, OFF_BOARDINGS, WAITING_LEADS, dependents};
pub use fallback::{fallbacks, lock_with_fallbacks};
pub use fallback_chain::{FallbackStep, fallback_chain};
pub use heads::{Head, keep_heads, unsigned_heads};
pub use known::KnownMembers;
pub use ledger::{explain, history};
pub use off_duty::{foreseen, look_again, next_chances, save_looks};
pub use owners::{owner_version, raise_owners};
pub use read::{
    Queueing, existing, id_of, joining, lock, lock_all, lock_by_owners, lock_each, lock_of_user,
    of_group, of_seats, of_team, of_user,
};
pub(crate) use settings::{PLACE, PlaceRow, SETTINGS, SETTINGS_OR_DEFAULTS, SettingsRow};
pub use snapshot::snapshot;
pub use waiting::{Attempt, WaitingList, due, lock_free, postpone, save_waiting};
pub use write::{archive, create, replace_members, save, save_away, save_settings, save_with};

/// A rotation as stored.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// What the engine deals by.
    pub state: RotationState,
    /// The group or team it belongs to.
    pub owner: RotationOwner,
    /// Whose days its limits count.
    pub zone: Zone,
    /// What becomes of leads that nobody can be dealt.
    pub when_nobody_eligible: WhenNobodyEligible,
    /// Whether the user that leads go on to is active, and locked against being deactivated: for
    /// whoever deals to find out, and `false` until then.
    pub fallback_is_active: bool,
    /// Its waiting list.
    pub waiting: WaitingList,
    /// The members as storage has them, so that what deliveries changed of them can be told.
    stored: Vec<Member>,
    availability_until: Option<Timestamp>,
}

impl Rotation {
    /// A rotation that is about to be stored for the first time.
    #[must_use]
    pub fn new(state: RotationState, owner: RotationOwner, zone: Zone) -> Self {
        let when_nobody_eligible = WhenNobodyEligible::default();
        Self {
            state,
            owner,
            zone,
            when_nobody_eligible,
            fallback_is_active: false,
            waiting: WaitingList::default(),
            stored: Vec::new(),
            availability_until: None,
        }
    }

    /// An instant with the local day that this rotation has at it.
    #[must_use]
    pub fn moment(&self, at: Timestamp) -> Moment {
        Moment { at, local_day: self.zone.local_day(at) }
    }

    /// What is set for it.
    #[must_use]
    pub const fn distribution(&self) -> Distribution {
        Distribution {
            policy: self.state.policy,
            limits: self.state.limits,
            when_nobody_eligible: self.when_nobody_eligible,
        }
    }

    /// Whether a lead that is dealt at `at` gets to somebody.
    #[must_use]
    pub fn is_anybody_eligible(&self, at: Timestamp) -> bool {
        self.state.standing(self.moment(at)).next.is_some()
    }

    /// The user that leads go on to when nobody is eligible.
    #[must_use]
    pub const fn fallback_user(&self) -> Option<UserId> {
        match self.when_nobody_eligible {
            WhenNobodyEligible::Fallback(Fallback::User(user)) => Some(user),
            _ => None,
        }
    }

    /// The group or team that leads go on to when nobody is eligible.
    #[must_use]
    pub const fn fallback_owner(&self) -> Option<RotationOwner> {
        match self.when_nobody_eligible {
            WhenNobodyEligible::Fallback(Fallback::Rotation(owner)) => Some(owner),
            _ => None,
        }
    }

    /// Its key.
    #[must_use]
    pub const fn key(&self) -> (OrganizationId, RotationId) {
        (self.state.organization_id, self.state.id)
    }
}

/// A ledger entry with the rotation it belongs to.
#[derive(Debug, Clone)]
pub struct RotationEntry {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The rotation.
    pub rotation_id: RotationId,
    /// The entry.
    pub entry: LedgerEntry,
}
