//! What may exist once: idempotency keys and external ids. They are claimed before anything else,
//! so that a lead that would be the second of its kind takes no turn.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error};
use evenhand_persistence::idempotency::{self, Claim, Claimed};
use evenhand_persistence::{Error as StoreError, Tx, intake};
use uuid::Uuid;

use super::Batch;
use super::item::{Item, Outcome};
use crate::intake::Submitted;

impl Batch<'_> {
    /// The idempotency keys of all items, whatever becomes of them.
    pub(super) fn keys(&self) -> Vec<Claim> {
        self.items.iter().filter_map(Item::own_claim).collect()
    }

    /// Equal keys of one batch, which are locked, are claimed once: the first leads, the others get
    /// what it gets.
    pub(super) async fn claim_keys(
        &mut self,
        tx: &mut Tx,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut leaders = HashMap::new();
        let mut claims = Vec::new();
        for (index, item) in self.items.iter_mut().enumerate().filter(|(_, item)| item.is_open()) {
            let Some(claim) = item.own_claim() else { continue };
            let key = (claim.organization_id, claim.credential_id, claim.key_hash);
            if let Some(leader) = leaders.get(&key) {
                item.outcome = Outcome::SameKeyAs(*leader);
                continue;
            }
            leaders.insert(key, index);
            claims.push(claim.clone());
            item.claim = Some(claim);
        }
        let claimed = match self.kept.take() {
            Some(kept) => idempotency::judge(tx, &claims, kept, now).await?,
            None => idempotency::look(tx, &claims, now).await?,
        };
        let mut claimed = claimed.into_iter();
        for item in self.open().filter(|item| item.claim.is_some()) {
            match claimed.next() {
                Some(Claimed::Fresh) | None => {}
                Some(Claimed::Replay(answer)) => {
                    item.claim = None;
                    item.kept = Some(answer.clone());
                    item.answer(Ok(Submitted::Replayed(answer)));
                }
                Some(Claimed::Reused) => {
                    item.claim = None;
                    item.fail(Error::IdempotencyKeyReused);
                }
                Some(Claimed::Erased) => {
                    item.claim = None;
                    item.fail(Error::Erased);
                }
            }
        }
        Ok(())
    }

    pub(super) async fn claim_external_ids(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut leaders = HashMap::new();
        let mut claims = Vec::new();
        for (index, item) in self.items.iter_mut().enumerate().filter(|(_, item)| item.is_open()) {
            let (Some(claim), Some(lead_id)) = (item.own_external_id(), item.lead_id) else {
                continue;
            };
            if let Some(leader) = leaders.get(&claim) {
                item.outcome = Outcome::SameExternalIdAs(*leader);
                continue;
            }
            leaders.insert(claim.clone(), index);
            claims.push((claim.clone(), lead_id));
            item.external_id = Some(claim);
        }
        let claimed = intake::claim_external_ids(tx, claims).await?;
        for item in self.open().filter(|item| item.external_id.is_some()) {
            if !item.lead_id.is_some_and(|id| claimed.contains(&id)) {
                item.external_id = None;
                item.fail(Error::Conflict(Conflict::ExternalIdTaken));
            }
        }
        Ok(())
    }

    pub(super) fn kept_answers(&mut self) -> Vec<(Claim, Uuid, Vec<u8>)> {
        let mut answers = Vec::new();
        for item in &mut self.items {
            let (Some(claim), Some(once)) = (item.claim.clone(), &item.submission.once) else {
                continue;
            };
            let Some(lead) = item.created() else { continue };
            let (subject, answer) = (lead.id.uuid(), (once.keep)(lead));
            item.kept = Some(answer.clone());
            answers.push((claim, subject, answer));
        }
        answers
    }

    /// Who follows another of this batch gets what a later request would get.
    pub(super) fn settle_followers(&mut self) {
        for index in 0..self.items.len() {
            let Some(item) = self.items.get(index) else { continue };
            let outcome = match item.outcome {
                Outcome::SameKeyAs(leader) => {
                    self.items.get(leader).map(|leader| item.after_key(leader))
                }
                Outcome::SameExternalIdAs(leader) => {
                    self.items.get(leader).map(|leader| item.after_external_id(leader))
                }
                _ => None,
            };
            if let (Some(outcome), Some(item)) = (outcome, self.items.get_mut(index)) {
                item.outcome = outcome;
            }
        }
    }

    /// An external id that a failed request claimed is free again: only effects are remembered.
    pub(super) async fn release(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let failed = || self.items.iter().filter(|item| item.created().is_none());
        let leads: Vec<_> = failed()
            .filter(|item| item.external_id.is_some())
            .filter_map(|item| Some((item.organization_id(), item.lead_id?)))
            .collect();
        intake::release_external_ids(tx, &leads).await
    }
}
