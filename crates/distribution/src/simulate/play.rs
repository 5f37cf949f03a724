//! Dealing imagined leads, and meanwhile what the service does by itself.

use std::collections::{HashMap, HashSet, VecDeque};

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, RotationId, UserId};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::waiting::next_chance;
use evenhand_persistence::rotations::Rotation;
use evenhand_persistence::waiting::Waiter;

use super::budget::{Budget, Stopped};
use super::{Arrivals, Foreseen, Scene, imagined, number_of};
use crate::deal::{Locked, Placed};
use crate::off_duty;
use crate::waiting::{Served, serve};

/// Leads of a waiting list that are looked at together where none joined another.
const AT_ONCE: usize = 64;

/// What a dry run comes to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Played {
    /// What would become of each lead, in the order in which they came in.
    pub leads: Vec<Foreseen>,
    /// How many of those that wait already, for the rotation of this group or team, would be dealt
    /// to each user.
    pub waiting_dealt: HashMap<(RotationOwner, UserId), u32>,
}

impl Scene {
    /// Deals leads as they come in, and those that wait when their time comes, until the last
    /// instant of `arrivals`. Only works: to be called where that holds nobody up.
    ///
    /// # Errors
    /// [`Stopped`] when the budget is used up or nobody waits for it any more.
    pub fn play(self, arrivals: Arrivals, budget: Budget) -> Result<Played, Stopped> {
        let mut played = Played::default();
        self.following.iter().for_each(|(owner, user)| played.note_given(*owner, *user));
        let mut play = Play { scene: self, played, chances: HashMap::new(), budget };
        let owners: Vec<RotationOwner> = play.scene.rotations.keys().copied().collect();
        for at in arrivals.instants() {
            play.let_pass(at)?;
            play.scene.now = play.scene.now.max(at);
            for owner in &owners {
                play.look(*owner)?;
                play.drain(*owner)?;
            }
            play.arrive(at)?;
        }
        play.let_pass(arrivals.until)?;
        Ok(play.played)
    }
}

struct Play {
    scene: Scene,
    played: Played,
    /// When each waiting list is to be tried; what is not known is missing.
    chances: HashMap<RotationId, Option<Timestamp>>,
    budget: Budget,
}

impl Play {
    /// Deals those that wait, each list when its time comes, up to an instant.
    fn let_pass(&mut self, until: Timestamp) -> Result<(), Stopped> {
        while let Some((at, owner)) = self.next_chance()?.filter(|(at, _)| *at <= until) {
            self.scene.now = self.scene.now.max(at);
            self.look(owner)?;
            if self.drain(owner)? {
                continue;
            }
            // It was none: the next one is looked for from there.
            if let Some(rotation) = self.scene.rotations.get(&owner) {
                self.budget.chance(rotation)?;
                let next = self.scene.chance(rotation).filter(|next| *next > self.scene.now);
                self.chances.insert(rotation.state.id, next);
            }
        }
        Ok(())
    }

    /// Whose waiting list is to be tried next, and when.
    fn next_chance(&mut self) -> Result<Option<(Timestamp, RotationOwner)>, Stopped> {
        let mut next = None;
        for rotation in self.scene.rotations.values().filter(|it| it.waiting.has_leads) {
            let known = self.chances.get(&rotation.state.id).copied();
            let chance = match known {
                Some(chance) => chance,
                None => {
                    self.budget.chance(rotation)?;
                    self.scene.chance(rotation)
                }
            };
            self.chances.insert(rotation.state.id, chance);
            let chance = chance.map(|at| (at, rotation.owner));
            next = [next, chance].into_iter().flatten().min();
        }
        Ok(next)
    }

    fn look(&mut self, owner: RotationOwner) -> Result<(), Stopped> {
        let now = self.scene.now;
        let Some(rotation) = self.scene.rotations.get_mut(&owner) else { return Ok(()) };
        if let Some(times) = self.scene.times.as_ref().filter(|_| rotation.has_to_look(now)) {
            self.budget.looks(rotation.state.members.len())?;
            // What it sees is in its state now; nothing of it is written.
            drop(off_duty::observe(rotation, times, now));
        }
        Ok(())
    }

    /// Deals those that wait for a rotation as far as may be; whether any was.
    fn drain(&mut self, owner: RotationOwner) -> Result<bool, Stopped> {
        let Scene { rotations, lines, dealing, now, .. } = &mut self.scene;
        let Some(rotation) = rotations.get_mut(&owner) else { return Ok(false) };
        if !rotation.waiting.has_leads {
            return Ok(false);
        }
        let line = lines.entry(rotation.state.id).or_default();
        let mut was_any_served = false;
        while !line.is_empty() {
            self.budget.deal(rotation)?;
            if !rotation.is_anybody_eligible(*now) {
                break;
            }
            let waiters = next_of(line);
            self.budget.deals(rotation, waiters.len())?;
            let served = serve(dealing, rotation, waiters, *now);
            dealing.forget_entries();
            let many = served.len();
            let on = served.iter().filter(|(_, became)| became.is_none()).map(|(lead, _)| *lead);
            let on: HashSet<LeadId> = on.collect();
            let front: Vec<Waiter> = line.drain(..many).collect();
            let on_front = front.into_iter().filter(|waiter| on.contains(&waiter.lead_id));
            on_front.rev().for_each(|waiter| line.push_front(waiter));
            was_any_served |= on.len() < many;
            for (lead, became) in served {
                match became {
                    Some(Served::Dealt(placed)) => self.played.note_waiting(lead, &placed, owner),
                    Some(Served::With(user)) => self.played.note_given(owner, user),
                    None => {}
                }
            }
            if !on.is_empty() {
                break;
            }
        }
        rotation.waiting.tried(!line.is_empty());
        if was_any_served {
            self.chances.remove(&rotation.state.id);
        }
        Ok(was_any_served)
    }

    fn arrive(&mut self, at: Timestamp) -> Result<(), Stopped> {
        let Scene { rotations, lines, dealing, now, organization_id, first, .. } = &mut self.scene;
        rotations.values().try_for_each(|rotation| self.budget.deal(rotation))?;
        let lead = imagined(self.played.leads.len());
        let rotations = rotations.iter_mut();
        let mut locked: Locked<'_> =
            rotations.map(|(owner, rotation)| ((*organization_id, *owner), rotation)).collect();
        let to = (*organization_id, *first);
        let Some(placed) = dealing.place(&mut locked, to, lead, *now) else { return Ok(()) };
        dealing.forget_entries();
        if let Some(waiting) = placed.waiting {
            let line = lines.entry(waiting.rotation_id).or_default();
            if line.is_empty() {
                self.chances.remove(&waiting.rotation_id);
            }
            line.push_back(Waiter { lead_id: lead, joins: None });
        }
        let place = placed.place;
        let group = place.group_id.map(RotationOwner::Group);
        let rest = group.or(place.team_id.map(RotationOwner::Team)).unwrap_or(*first);
        self.played.leads.push(foreseen(&placed, at, rest));
        Ok(())
    }
}

impl Scene {
    fn chance(&self, rotation: &Rotation) -> Option<Timestamp> {
        next_chance(&rotation.state, &rotation.zone, self.times.as_ref(), self.now)
    }
}

/// The first of a list, or all where some joined others, which may stand anywhere before them.
fn next_of(line: &VecDeque<Waiter>) -> Vec<Waiter> {
    let have_joined = line.iter().any(|waiter| waiter.joins.is_some());
    line.iter().copied().take(if have_joined { line.len() } else { AT_ONCE }).collect()
}

impl Played {
    fn note_waiting(&mut self, lead: LeadId, placed: &Placed, owner: RotationOwner) {
        let number = number_of(lead, self.leads.len());
        match number.and_then(|number| self.leads.get_mut(number)) {
            Some(waited) => *waited = foreseen(placed, waited.arrived_at, owner),
            None => placed.owner.into_iter().for_each(|user| self.note_given(owner, user)),
        }
    }

    fn note_given(&mut self, owner: RotationOwner, user: UserId) {
        *self.waiting_dealt.entry((owner, user)).or_default() += 1;
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
