//! Rotations: their state under lock, their counters and their ledger.
//!
//! A rotation's row lock is what makes turns strict, whatever replica deals: read the state after
//! the lock, in a statement of its own (a statement's snapshot is older than the locks it waits
//! for), and write everything back before the commit that releases it.

mod dependents;
mod fallback;
mod heads;
mod ledger;
mod owners;
mod read;
mod settings;
mod write;

use evenhand_domain::calendar::Zone;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::distribution::Distribution;
use evenhand_domain::ids::{OrganizationId, RotationId};
use evenhand_domain::rotation::{LedgerEntry, Member, Moment, RotationState};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::when_nobody_eligible::WhenNobodyEligible;

pub use dependents::{API_KEYS, FALLBACKS, INVITATIONS, OFF_BOARDINGS, dependents};
pub use fallback::{FallbackStep, fallback_chain, fallback_closure};
pub use heads::{Head, keep_heads, unsigned_heads};
pub use ledger::{explain, history};
pub use owners::{owner_version, raise_owners};
pub use read::{
    Queueing, existing, id_of, joining, lock, lock_all, lock_by_owners, lock_each, lock_of_user,
    of_group, of_seats, of_team, of_user,
};
pub(crate) use settings::{PLACE, PlaceRow, SETTINGS, SETTINGS_OR_DEFAULTS, SettingsRow};
pub use write::{archive, create, replace_members, save, save_away, save_settings};

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
    /// The members as storage has them, so that what deliveries changed of them can be told.
    stored: Vec<Member>,
}

impl Rotation {
    /// A rotation that is about to be stored for the first time.
    #[must_use]
    pub fn new(state: RotationState, owner: RotationOwner, zone: Zone) -> Self {
        let when_nobody_eligible = WhenNobodyEligible::default();
        Self { state, owner, zone, when_nobody_eligible, stored: Vec::new() }
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
