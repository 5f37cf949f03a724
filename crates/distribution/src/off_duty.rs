//! Who is off duty, for rotations that respect availability: looked at under their locks when what
//! was seen last may not hold any more, and recorded in the ledger before the decision that it
//! influences.

use std::collections::HashMap;

use evenhand_domain::availability::{Observation, WorkingTimes};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::rotation::LedgerEntry;
use evenhand_persistence::rotations::Rotation;
use evenhand_persistence::{Error as StoreError, Tx, availability};

/// When the members of rotations work that have to look.
#[derive(Debug, Default)]
pub(crate) struct OffDuty(HashMap<OrganizationId, WorkingTimes>);

impl OffDuty {
    /// Reads it: nothing where no rotation has to look.
    pub(crate) async fn read(
        tx: &mut Tx,
        rotations: &[&Rotation],
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let looking = rotations.iter().filter(|rotation| rotation.has_to_look(now));
        let looking: Vec<_> = looking.map(|rotation| rotation.key()).collect();
        Ok(Self(availability::of_members(tx, &looking).await?))
    }

    /// Records what is not known in the ledger yet, before a lead is dealt.
    pub(crate) fn observe(&self, rotation: &mut Rotation, now: Timestamp) -> Option<LedgerEntry> {
        if !rotation.has_to_look(now) {
            return None;
        }
        let times = self.0.get(&rotation.state.organization_id)?;
        let Observation { changes, until } = times.observe(&rotation.state, now);
        let moment = rotation.moment(now);
        rotation.has_looked(until);
        rotation.state.observe_off_duty(changes, moment)
    }
}
