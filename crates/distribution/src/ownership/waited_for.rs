//! The rotations that leads wait for, locked before the leads: nobody joins a lead unnoticed, and those
//! that wait with it are due as soon as it has left the list.

use evenhand_domain::error::Error;
use evenhand_domain::ids::{IdSource, LeadId, OrganizationId};
use evenhand_persistence::ownership::HeldLead;
use evenhand_persistence::rotations::{self, Queueing, Rotation};
use evenhand_persistence::waiting::waited_for;
use evenhand_persistence::{Error as StoreError, Tx};

use super::{By, Move, To, move_leads};
use crate::waiting;

/// What leads waited for when it was asked.
#[derive(Debug, Default)]
pub struct WaitedFor(Vec<Rotation>);

impl WaitedFor {
    /// Locks the rotations that these leads wait for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock(
        tx: &mut Tx,
        organization_id: OrganizationId,
        leads: &[LeadId],
    ) -> Result<Self, StoreError> {
        let owners = waited_for(tx, organization_id, leads).await?;
        let owners: Vec<_> = owners.into_iter().map(|owner| (organization_id, owner)).collect();
        Ok(Self(rotations::lock_by_owners(tx, &owners, Queueing::Wait).await?))
    }

    /// Of rotations that are locked, those that leads waited for.
    pub(super) const fn locked(rotations: Vec<Rotation>) -> Self {
        Self(rotations)
    }

    /// Whether what the lead, locked since, waits for is among them, if it waits: else it has come to
    /// wait for another one meanwhile, and all is to be asked anew.
    #[must_use]
    pub fn covers(&self, lead: &HeldLead) -> bool {
        let is_locked = |id| self.0.iter().any(|rotation| rotation.state.id == id);
        lead.waits_for.is_none_or(is_locked)
    }

    /// Leads may have left the lists: those that joined them there are due.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn left(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        for rotation in &mut self.0 {
            waiting::left(tx, Some(rotation)).await?;
        }
        Ok(())
    }

    /// Takes the lead off the list, if it is on one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_off(
        &mut self,
        tx: &mut Tx,
        ids: &IdSource,
        organization_id: OrganizationId,
        by: By,
        lead: HeldLead,
    ) -> Result<(), Error> {
        if lead.waits_for.is_none() {
            return Ok(());
        }
        let moves = vec![Move { lead, to: To::OffTheList, source: None, note: None }];
        move_leads(tx, ids, organization_id, by, &mut [], moves).await?;
        Ok(self.left(tx).await?)
    }
}
