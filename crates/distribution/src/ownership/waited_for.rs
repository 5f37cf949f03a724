//! The rotation that a lead waits for, locked before the lead: nobody joins the lead unnoticed, and
//! those that wait with it are due as soon as it has left the list.

use evenhand_domain::error::Error;
use evenhand_domain::ids::{IdSource, LeadId, OrganizationId};
use evenhand_persistence::ownership::HeldLead;
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::waiting::waited_for;
use evenhand_persistence::{Error as StoreError, Tx};

use super::{By, Move, To, move_leads};
use crate::waiting;

/// What a lead waited for when it was asked.
pub struct WaitedFor(Option<Rotation>);

impl WaitedFor {
    /// Locks the rotation that a lead waits for, if any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock(
        tx: &mut Tx,
        organization_id: OrganizationId,
        lead: LeadId,
    ) -> Result<Self, StoreError> {
        Ok(Self(match waited_for(tx, organization_id, lead).await? {
            Some(owner) => rotations::lock(tx, organization_id, owner).await?,
            None => None,
        }))
    }

    /// Whether it is what the lead, locked since, waits for, if it waits: else it has come to wait
    /// for another one meanwhile, and all is to be asked anew.
    #[must_use]
    pub fn covers(&self, lead: &HeldLead) -> bool {
        let locked = self.0.as_ref().map(|rotation| rotation.state.id);
        lead.waits_for.is_none() || lead.waits_for == locked
    }

    /// The lead may have left the list: those that joined it there are due.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn left(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        waiting::left(tx, self.0.as_mut()).await
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
