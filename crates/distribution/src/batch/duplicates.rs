//! Leads of people who came before. The contacts of a batch are claimed before any rotation, so
//! that leads of one person come one after the other, whichever batches and rotations they are in;
//! within a batch they are decided in its order, each as if those before it were stored.

use std::collections::{BTreeMap, HashMap, HashSet};

use evenhand_domain::clock::Timestamp;
use evenhand_domain::duplicate::{
    ContactKey, DuplicatePolicy, Earlier, Treatment, treat_duplicate,
};
use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::{LeadId, OrganizationId, UserId};
use evenhand_domain::permission::{Action as _, LeadFacts, LeadScope, ViewLeads};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::UserStatus;
use evenhand_persistence::intake::Users;
use evenhand_persistence::lead_contacts::{self, Contact, LastSeen, Seen, Stands};
use evenhand_persistence::leads::{self, Look};
use evenhand_persistence::{Error as StoreError, Tx};

use super::item::{Decision, Item, Outcome};
use super::{Batch, Rotations};
use crate::deal::{Locked, waits_behind};

/// What a batch knows of the people its leads are of.
#[derive(Default)]
pub(super) struct Duplicates {
    /// Every contact, with the first lead that has it.
    claims: BTreeMap<Contact, LeadId>,
    /// The latest stored leads of those that were known before.
    known: HashMap<Contact, LastSeen>,
    /// Whether the others have a row by now.
    have_rows: bool,
    /// Stored leads that leads of this batch are duplicates of, with how they stand.
    earlier: HashMap<(OrganizationId, LeadId), Stands>,
    /// Leads of this batch whose callers see what they are duplicates of.
    shown: HashSet<LeadId>,
    /// Owners who are active, and stay so until the commit.
    active: HashSet<(OrganizationId, UserId)>,
    /// The latest leads of this batch that were decided.
    decided: HashMap<Contact, Decided>,
    decisions: usize,
}

/// A lead of this batch, as far as later ones of its person go by it.
#[derive(Clone)]
struct Decided {
    number: usize,
    lead_id: LeadId,
    owner: Option<UserId>,
    waits_for: Option<RotationOwner>,
    facts: LeadFacts,
}

/// What a lead is a duplicate of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) earlier: LeadId,
    /// Whether the caller sees that lead.
    pub(super) is_shown: bool,
}

impl Link {
    /// The earlier lead, where it may be named to the caller.
    pub(super) fn shown(&self) -> Option<LeadId> {
        self.is_shown.then_some(self.earlier)
    }
}

impl Batch<'_> {
    /// Claims every contact of the batch and reads what is known of the people.
    pub(super) async fn claim_contacts(
        &mut self,
        tx: &mut Tx,
        now: Timestamp,
    ) -> Result<Duplicates, StoreError> {
        let mut duplicates = Duplicates::default();
        for item in self.open() {
            let Some(lead_id) = item.lead_id else { continue };
            for contact in contacts(item) {
                duplicates.claims.entry(contact).or_insert(lead_id);
            }
        }
        let claimed = lead_contacts::claim(tx, &duplicates.claims, now).await?;
        duplicates.known = claimed.known;
        duplicates.have_rows = claimed.have_rows;
        duplicates.read(tx, self.open().map(|item| &*item), now).await?;
        Ok(duplicates)
    }
}

impl Duplicates {
    /// Reads whose the earlier leads are, and who may be told of them.
    async fn read<'i, 'a: 'i>(
        &mut self,
        tx: &mut Tx,
        items: impl Iterator<Item = &'i Item<'a>>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut found: Vec<(OrganizationId, LeadId, LeadId, LeadScope)> = Vec::new();
        for item in items {
            let (Some(last), Some(lead_id)) = (self.stored(item, now), item.lead_id) else {
                continue;
            };
            let Some(grant) = &item.grant else { continue };
            let scope = ViewLeads::scope(grant.actor());
            found.push((item.organization_id(), last.lead_id, lead_id, scope));
        }
        let earlier: HashSet<_> = found.iter().map(|(id, earlier, ..)| (*id, *earlier)).collect();
        self.earlier = lead_contacts::standing(tx, earlier).await?;
        let looks: Vec<Look<'_>> = found
            .iter()
            .map(|(organization_id, lead_id, _, scope)| Look {
                organization_id: *organization_id,
                lead_id: *lead_id,
                scope,
            })
            .collect();
        let covered = leads::covered(tx, &looks).await?;
        let shown = found.iter().zip(covered).filter(|(_, covered)| *covered);
        self.shown = shown.map(|((_, _, lead_id, _), _)| *lead_id).collect();
        Ok(())
    }

    /// The most recent stored lead of an item's person, within the window.
    fn stored(&self, item: &Item<'_>, now: Timestamp) -> Option<LastSeen> {
        let settings = item.grant.as_ref()?.organization().duplicates;
        if settings.policy == DuplicatePolicy::Off {
            return None;
        }
        let last = contacts(item).filter_map(|contact| self.known.get(&contact)).max()?;
        settings.window.covers(last.at, now).then_some(*last)
    }

    /// Who may get a lead of this item because an earlier one is theirs, if they are active.
    pub(super) fn previous_owner(&self, item: &Item<'_>, now: Timestamp) -> Option<UserId> {
        match self.by_stored(item, now)? {
            Treatment::ToPreviousOwner(owner) => Some(owner),
            Treatment::AsRequested | Treatment::Join(_) | Treatment::Reject => None,
        }
    }

    /// Whose rotation a lead of this item may wait for because an earlier one does.
    pub(super) fn joined(&self, item: &Item<'_>, now: Timestamp) -> Option<RotationOwner> {
        match self.by_stored(item, now)? {
            Treatment::Join(rotation) => Some(rotation),
            Treatment::AsRequested | Treatment::ToPreviousOwner(_) | Treatment::Reject => None,
        }
    }

    /// What becomes of an item by the leads that are stored, if their owners are active.
    fn by_stored(&self, item: &Item<'_>, now: Timestamp) -> Option<Treatment> {
        let lead_id = self.stored(item, now)?.lead_id;
        let Stands { owner, waits_for } = *self.earlier.get(&(item.organization_id(), lead_id))?;
        let policy = item.grant.as_ref()?.organization().duplicates.policy;
        let earlier = Earlier { lead_id, active_owner: owner, waits_for };
        Some(treat_duplicate(policy, &item.submission.how, &earlier))
    }

    /// Reads again how the earlier leads stand that waited, now that the rotations are locked which
    /// they waited for.
    pub(super) async fn look_again(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let waiting = self.earlier.iter().filter(|(_, stands)| stands.waits_for.is_some());
        let waiting: Vec<_> = waiting.map(|(key, _)| *key).collect();
        self.earlier.extend(lead_contacts::standing(tx, waiting).await?);
        Ok(())
    }

    /// The same after this transaction dealt leads that waited for these rotations. Their members are
    /// active as long as they are locked.
    pub(super) async fn look_after_dealing(
        &mut self,
        tx: &mut Tx,
        rotations: &Rotations,
    ) -> Result<(), StoreError> {
        let waited: Vec<_> = (self.earlier.iter())
            .filter_map(|((organization_id, lead_id), stands)| {
                let rotation = rotations.get(&(*organization_id, stands.waits_for?))?;
                Some(((*organization_id, *lead_id), rotation))
            })
            .collect();
        self.look_again(tx).await?;
        for (key, rotation) in waited {
            let owner = self.earlier.get(&key).and_then(|stands| stands.owner);
            let is_member =
                |owner: &UserId| rotation.state.members.iter().any(|it| it.user_id == *owner);
            self.active.extend(owner.filter(is_member).map(|owner| (key.0, owner)));
        }
        Ok(())
    }

    /// Notes which of the previous owners, whose rows are locked, are active.
    pub(super) fn keep_active(&mut self, users: &Users) {
        let active = users.iter().filter(|(_, (_, status))| *status == UserStatus::Active);
        self.active = active.map(|(key, _)| *key).collect();
    }

    /// The most recent lead of an item's person: of this batch, or stored within the window.
    fn earlier(&self, item: &Item<'_>, now: Timestamp) -> Option<(Earlier, Link)> {
        let grant = item.grant.as_ref()?;
        if grant.organization().duplicates.policy == DuplicatePolicy::Off {
            return None;
        }
        let decided = contacts(item).filter_map(|contact| self.decided.get(&contact));
        let (earlier, is_shown) = match decided.max_by_key(|lead| lead.number) {
            Some(Decided { lead_id, owner, waits_for, facts, .. }) => {
                let sight = ViewLeads::scope(grant.actor()).sight(facts);
                let (lead_id, waits_for) = (*lead_id, *waits_for);
                (Earlier { lead_id, active_owner: *owner, waits_for }, sight.is_some())
            }
            None => {
                let lead_id = self.stored(item, now)?.lead_id;
                let organization_id = item.organization_id();
                let Stands { owner, waits_for } = *self.earlier.get(&(organization_id, lead_id))?;
                let is_active = |owner: &UserId| self.active.contains(&(organization_id, *owner));
                let active_owner = owner.filter(is_active);
                let is_shown = item.lead_id.is_some_and(|id| self.shown.contains(&id));
                (Earlier { lead_id, active_owner, waits_for }, is_shown)
            }
        };
        Some((earlier, Link { earlier: earlier.lead_id, is_shown }))
    }

    /// Links an item to the lead it is a duplicate of, and refuses or decides it where the
    /// organization's policy does; else what it asks for is still to be done.
    pub(super) fn treat(&self, item: &mut Item<'_>, locked: &mut Locked<'_>, now: Timestamp) {
        let Some((earlier, link)) = self.earlier(item, now) else { return };
        let Some(grant) = &item.grant else { return };
        let policy = grant.organization().duplicates.policy;
        match treat_duplicate(policy, &item.submission.how, &earlier) {
            Treatment::Reject => {
                item.fail(Error::Conflict(Conflict::DuplicateLead(link.shown())));
            }
            Treatment::ToPreviousOwner(owner) => {
                item.link = Some(link);
                item.decision = Some(Decision::of_duplicate(owner, now));
            }
            Treatment::Join(owner) => {
                item.link = Some(link);
                match locked.get_mut(&(item.organization_id(), owner)) {
                    Some(rotation) => {
                        let placed = waits_behind(rotation, Vec::new(), now);
                        item.decision = Some(Decision::joined(placed));
                    }
                    // It waits there since the rotations were locked.
                    None => item.outcome = Outcome::Deferred,
                }
            }
            Treatment::AsRequested => item.link = Some(link),
        }
    }

    /// Notes what was decided of an item, for those of the same person that follow.
    pub(super) fn note(&mut self, item: &Item<'_>) {
        let (Some(decision), Some(lead_id)) = (&item.decision, item.lead_id) else { return };
        let Some(created_by) = item.created_by() else { return };
        let owner = decision.placed.owner;
        self.decisions += 1;
        let facts = LeadFacts {
            group_id: decision.placed.place.group_id,
            team_id: decision.placed.place.team_id,
            waits: decision.placed.waiting.is_some(),
            ..LeadFacts::made(owner, &created_by, &item.submission.lead.status)
        };
        let waits_for = decision.placed.waits_for();
        let decided = Decided { number: self.decisions, lead_id, owner, waits_for, facts };
        for contact in contacts(item) {
            self.decided.insert(contact, decided.clone());
        }
    }

    /// The latest lead of every contact for which that is not stored yet.
    pub(super) fn seen(&self, now: Timestamp) -> Vec<Seen> {
        let seen = self.claims.iter().filter_map(|(contact, claimed_for)| {
            let lead_id = self.decided.get(contact)?.lead_id;
            let is_stored = self.have_rows && !self.known.contains_key(contact);
            let last = LastSeen { at: now, lead_id };
            (!is_stored || lead_id != *claimed_for).then(|| Seen { contact: contact.clone(), last })
        });
        seen.collect()
    }

    /// Gives up the contacts that no stored lead has.
    pub(super) async fn release(&self, tx: &mut Tx) -> Result<(), StoreError> {
        if !self.have_rows {
            return Ok(());
        }
        let unused = self.claims.keys().filter(|contact| {
            !self.known.contains_key(contact) && !self.decided.contains_key(contact)
        });
        lead_contacts::release(tx, &unused.collect::<Vec<_>>()).await
    }
}

fn contacts(item: &Item<'_>) -> impl Iterator<Item = Contact> + use<> {
    let organization_id = item.organization_id();
    let keys: Vec<ContactKey> = ContactKey::all_of(&item.submission.lead).collect();
    keys.into_iter().map(move |key| Contact { organization_id, key })
}
