//! Dealing imagined leads, and meanwhile what the service does by itself.

use std::collections::{HashMap, HashSet};

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, RotationId, UserId};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::waiting::next_chance;
use evenhand_persistence::rotations::Rotation;
use evenhand_persistence::waiting::Waiter;

use super::{Arrivals, Foreseen, Scene, imagined, number_of};
use crate::deal::{Locked, Placed};
use crate::off_duty;
use crate::waiting::{Served, serve};

/// What a dry run comes to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Played {
    /// What would become of each lead, in the order in which they came in.
    pub leads: Vec<Foreseen>,
    /// How many of those that wait already would be dealt to each user.
    pub waiting_dealt: HashMap<UserId, u32>,
}

impl Scene {
    /// Deals leads as they come in, and those that wait when their time comes, until the last
    /// instant of `arrivals`. Only works: to be called where that holds nobody up.
    #[must_use]
    pub fn play(mut self, arrivals: Arrivals) -> Played {
        let mut played = Played::default();
        // When each waiting list is to be tried; what is not known is missing.
        let mut chances = HashMap::new();
        for at in arrivals.instants() {
            self.let_pass(at, &mut chances, &mut played);
            self.now = self.now.max(at);
            let owners: Vec<RotationOwner> = self.rotations.keys().copied().collect();
            for owner in owners {
                self.look(owner);
                self.drain(owner, &mut chances, &mut played);
            }
            self.arrive(at, &mut chances, &mut played);
        }
        self.let_pass(arrivals.until, &mut chances, &mut played);
        played
    }

    /// Deals those that wait, each list when its time comes, up to an instant.
    fn let_pass(&mut self, until: Timestamp, chances: &mut Chances, played: &mut Played) {
        while let Some((at, owner)) = self.next_chance(chances).filter(|(at, _)| *at <= until) {
            self.now = self.now.max(at);
            self.look(owner);
            let dealt = self.drain(owner, chances, played);
            if !dealt && let Some(rotation) = self.rotations.get(&owner) {
                // It was none: nothing changes by itself before something else happens.
                chances.insert(rotation.state.id, None);
            }
        }
    }

    /// Whose waiting list is to be tried next, and when.
    fn next_chance(&self, chances: &mut Chances) -> Option<(Timestamp, RotationOwner)> {
        let waited_for = self.rotations.values().filter(|it| it.waiting.has_leads);
        let chance = |rotation: &Rotation| {
            let chance = *chances.entry(rotation.state.id).or_insert_with(|| {
                next_chance(&rotation.state, &rotation.zone, self.times.as_ref(), self.now)
            });
            Some((chance?, rotation.owner))
        };
        waited_for.filter_map(chance).min()
    }

    fn look(&mut self, owner: RotationOwner) {
        let Some(rotation) = self.rotations.get_mut(&owner) else { return };
        if let Some(times) = self.times.as_ref().filter(|_| rotation.has_to_look(self.now)) {
            // What it sees is in its state now; nothing of it is written.
            drop(off_duty::observe(rotation, times, self.now));
        }
    }

    /// Deals those that wait for a rotation as far as may be; whether any was.
    fn drain(&mut self, owner: RotationOwner, chances: &mut Chances, played: &mut Played) -> bool {
        let Some(rotation) = self.rotations.get_mut(&owner) else { return false };
        if !rotation.waiting.has_leads {
            return false;
        }
        if !rotation.is_anybody_eligible(self.now) {
            return false;
        }
        let line = self.lines.entry(rotation.state.id).or_default();
        let served = serve(&mut self.dealing, rotation, line.clone(), self.now);
        self.dealing.forget_entries();
        let waits_on: HashSet<LeadId> =
            served.iter().filter(|(_, became)| became.is_none()).map(|(lead, _)| *lead).collect();
        line.retain(|waiter| waits_on.contains(&waiter.lead_id));
        rotation.waiting.tried(!line.is_empty());
        let was_any_served = waits_on.len() < served.len();
        if was_any_served {
            chances.remove(&rotation.state.id);
        }
        for (lead, became) in served {
            match became {
                Some(Served::Dealt(placed)) => played.note_waiting(lead, &placed, owner),
                Some(Served::With(user)) => played.note_given(user),
                None => {}
            }
        }
        was_any_served
    }

    fn arrive(&mut self, at: Timestamp, chances: &mut Chances, played: &mut Played) {
        let lead = imagined(played.leads.len());
        let organization_id = self.organization_id;
        let rotations = self.rotations.iter_mut();
        let mut locked: Locked<'_> =
            rotations.map(|(owner, rotation)| ((organization_id, *owner), rotation)).collect();
        let to = (organization_id, self.first);
        let Some(placed) = self.dealing.place(&mut locked, to, lead, self.now) else { return };
        self.dealing.forget_entries();
        if let Some(waiting) = placed.waiting {
            let line = self.lines.entry(waiting.rotation_id).or_default();
            if line.is_empty() {
                chances.remove(&waiting.rotation_id);
            }
            line.push(Waiter { lead_id: lead, joins: None });
        }
        let place = placed.place;
        let group = place.group_id.map(RotationOwner::Group);
        let rest = group.or(place.team_id.map(RotationOwner::Team)).unwrap_or(self.first);
        played.leads.push(foreseen(&placed, at, rest));
    }
}

type Chances = HashMap<RotationId, Option<Timestamp>>;

impl Played {
    fn note_waiting(&mut self, lead: LeadId, placed: &Placed, owner: RotationOwner) {
        let number = number_of(lead, self.leads.len());
        match number.and_then(|number| self.leads.get_mut(number)) {
            Some(waited) => *waited = foreseen(placed, waited.arrived_at, owner),
            None => placed.owner.into_iter().for_each(|user| self.note_given(user)),
        }
    }

    fn note_given(&mut self, user: UserId) {
        *self.waiting_dealt.entry(user).or_default() += 1;
    }
}

fn foreseen(placed: &Placed, arrived_at: Timestamp, at: RotationOwner) -> Foreseen {
    Foreseen {
        arrived_at,
        decided_at: placed.at,
        owner: placed.owner,
        turn: placed.dealt.as_ref().and_then(|dealt| dealt.turn),
        reason: placed.reason,
        waits: placed.waiting.is_some(),
        at,
    }
}
