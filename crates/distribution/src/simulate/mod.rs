//! The dry run: what would become of leads, from what is stored as of one moment, by the functions
//! that deal real ones, and with nothing written.

mod budget;
mod past;
mod play;
mod scene;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, UserId};
use evenhand_domain::lead::UnassignedReason;
use evenhand_domain::rotation_owner::RotationOwner;

pub use budget::{Budget, Stopped};
pub use past::{NotAgain, again};
pub use play::Played;
pub use scene::Scene;

/// The most leads of one dry run.
pub const MAX_LEADS: u32 = 100_000;

/// When the leads of a dry run come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrivals {
    /// How many they are.
    pub leads: u32,
    /// When the first comes in.
    pub from: Timestamp,
    /// They are spread evenly up to before this instant; all at once where it is not later.
    pub until: Timestamp,
}

impl Arrivals {
    /// When each of them comes in, in order.
    pub fn instants(self) -> impl Iterator<Item = Timestamp> {
        let Self { leads, from, until } = self;
        let length = i128::from(until.micros().saturating_sub(from.micros()).max(0));
        (0..leads).map(move |lead| {
            let after = length * i128::from(lead) / i128::from(leads.max(1));
            from.shifted(i64::try_from(after).unwrap_or(i64::MAX))
        })
    }
}

/// What would become of one lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreseen {
    /// When it came in.
    pub arrived_at: Timestamp,
    /// When it was decided on the last time: later than it came in where it waited.
    pub decided_at: Timestamp,
    /// Who got it.
    pub owner: Option<UserId>,
    /// The turn of the rotation that it came to rest at, where that delivered it.
    pub turn: Option<u64>,
    /// Why nobody got it.
    pub reason: Option<UnassignedReason>,
    /// Whether it is still waiting at the end.
    pub waits: bool,
    /// The group or team that it came to rest at.
    pub at: RotationOwner,
}

/// The id of a lead that is only imagined. No lead has it: it is of no time.
fn imagined(number: usize) -> LeadId {
    let number = u128::try_from(number).unwrap_or(u128::MAX).saturating_add(1);
    LeadId::from_uuid(uuid::Uuid::from_u128(number))
}

/// The number of a lead that [`imagined`] made, one of so many.
fn number_of(lead: LeadId, many: usize) -> Option<usize> {
    let number = usize::try_from(lead.uuid().as_u128()).ok()?.checked_sub(1)?;
    (number < many).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_come_in_evenly_or_all_at_once() {
        let at = Timestamp::from_micros;
        let instants = |leads, until| -> Vec<i64> {
            let arrivals = Arrivals { leads, from: at(100), until: at(until) };
            arrivals.instants().map(Timestamp::micros).collect()
        };
        assert_eq!(instants(4, 200), [100, 125, 150, 175]);
        assert_eq!(instants(3, 100), [100, 100, 100]);
        assert_eq!(instants(2, 50), [100, 100]);
        assert!(instants(0, 200).is_empty());
    }

    #[test]
    fn imagined_leads_are_told_from_real_ones() {
        assert_eq!(number_of(imagined(7), 8), Some(7));
        assert_eq!(number_of(imagined(8), 8), None);
        let real =
            LeadId::from_uuid(uuid::Uuid::from_u128(0x0193_6d4e_7c1f_7a3b_9c55_3f2b_8a9d_1e01));
        assert_eq!(number_of(real, usize::MAX), None);
    }
}
