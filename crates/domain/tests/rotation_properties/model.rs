//! The rules of dealing, said another way than the engine says them.

use std::collections::{BTreeMap, BTreeSet};

use evenhand_domain::ids::UserId;
use evenhand_domain::rotation::{Limits, MemberSettings, Moment, Pause, Undealt};
use time::Date;

/// One delivery: to whom, on which day, under which limits.
struct Delivery {
    user: UserId,
    day: i32,
    limits: Limits,
}

/// The members as a queue whose front is the one whose turn is next, and every delivery ever.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) limits: Limits,
    /// Turn order, starting with whose turn it is.
    queue: Vec<UserId>,
    /// Turn order, as people see it.
    pub(crate) order: Vec<UserId>,
    pub(crate) settings: BTreeMap<UserId, MemberSettings>,
    /// Who is out of all rotations, member of this one or not.
    pub(crate) away: BTreeMap<UserId, Pause>,
    deliveries: Vec<Delivery>,
}

fn month(day: i32) -> (i32, u8) {
    let date = Date::from_julian_day(day + 2_440_588).unwrap();
    (date.year(), u8::from(date.month()))
}

impl Model {
    pub(crate) fn join(&mut self, user: UserId, settings: MemberSettings) {
        self.order.push(user);
        self.settings.insert(user, settings);
        self.turn_to(self.queue.first().copied());
    }

    pub(crate) fn leave(&mut self, user: UserId) {
        self.order.retain(|member| *member != user);
        self.queue.retain(|member| *member != user);
        self.settings.remove(&user);
    }

    pub(crate) fn reorder(&mut self, order: Vec<UserId>) {
        let next = self.queue.first().copied();
        self.order = order;
        self.turn_to(next);
    }

    fn turn_to(&mut self, next: Option<UserId>) {
        self.queue = self.order.clone();
        while next.is_some() && self.queue.first().copied() != next {
            self.queue.rotate_left(1);
        }
    }

    pub(crate) fn order_from_cursor(&self) -> Vec<UserId> {
        self.queue.clone()
    }

    fn limits_of(&self, user: UserId) -> Limits {
        let own = self.settings[&user];
        Limits {
            daily: own.daily_limit.unwrap_or(self.limits.daily),
            monthly: own.monthly_limit.unwrap_or(self.limits.monthly),
        }
    }

    fn at_limit(&self, user: UserId, day: i32) -> bool {
        let limits = self.limits_of(user);
        let theirs = || self.deliveries.iter().filter(|past| past.user == user);
        let of_day = theirs().filter(|past| past.day == day).count();
        let of_month = theirs().filter(|past| month(past.day) == month(day)).count();
        (limits.daily > 0 && of_day >= limits.daily as usize)
            || (limits.monthly > 0 && of_month >= limits.monthly as usize)
    }

    fn paused(&self, user: UserId, now: Moment) -> bool {
        let pauses = [Some(self.settings[&user].pause), self.away.get(&user).copied()];
        pauses.into_iter().flatten().any(|pause| match pause {
            Pause::No => false,
            Pause::Indefinite => true,
            Pause::Until(end) => now.at.micros() < end.micros(),
        })
    }

    pub(crate) fn eligible(&self, now: Moment) -> Vec<UserId> {
        let day = now.local_day.number();
        let eligible = |user: &UserId| !self.paused(*user, now) && !self.at_limit(*user, day);
        self.queue.iter().copied().filter(eligible).collect()
    }

    /// Who gets the next lead, or why nobody does.
    pub(crate) fn deal(&mut self, now: Moment) -> Result<UserId, Undealt> {
        let day = now.local_day.number();
        let Some(chosen) = self.eligible(now).first().copied() else {
            return Err(if self.queue.is_empty() {
                Undealt::NoMembers
            } else if self.queue.iter().all(|user| self.at_limit(*user, day)) {
                Undealt::AllMembersAtLimit
            } else {
                Undealt::NobodyAvailable
            });
        };
        let limits = self.limits_of(chosen);
        self.deliveries.push(Delivery { user: chosen, day, limits });
        self.turn_to(Some(chosen));
        self.queue.rotate_left(1);
        Ok(chosen)
    }

    /// Whether each delivery was within the limits in force at it, counting those before it.
    pub(crate) fn limits_were_kept(&self) -> bool {
        self.deliveries.iter().enumerate().all(|(index, delivery)| {
            let upto = &self.deliveries[..=index];
            let theirs = || upto.iter().filter(|past| past.user == delivery.user);
            let of_day = theirs().filter(|past| past.day == delivery.day).count();
            let of_month = theirs().filter(|past| month(past.day) == month(delivery.day)).count();
            let Limits { daily, monthly } = delivery.limits;
            (daily == 0 || of_day <= daily as usize)
                && (monthly == 0 || of_month <= monthly as usize)
        })
    }
}

/// How far apart two members' deliveries came, in any stretch of decisions throughout which both
/// were eligible. A change of their order relative to each other, seen from the member whose
/// turn is next, begins a new stretch.
#[derive(Debug, Default)]
pub(crate) struct Evenness {
    pairs: BTreeMap<(UserId, UserId), Lead>,
    order: Vec<UserId>,
}

/// By how much one is ahead of the other, and the extremes of that.
#[derive(Debug, Default)]
struct Lead {
    now: i64,
    least: i64,
    most: i64,
}

impl Evenness {
    pub(crate) fn dealt(&mut self, eligible: &[UserId], chosen: Option<UserId>) {
        let both = |(a, b): &(UserId, UserId)| eligible.contains(a) && eligible.contains(b);
        self.pairs.retain(|pair, _| both(pair));
        for &a in eligible {
            for &b in eligible.iter().filter(|b| a < **b) {
                let lead = self.pairs.entry((a, b)).or_default();
                lead.now += i64::from(chosen == Some(a)) - i64::from(chosen == Some(b));
                lead.least = lead.least.min(lead.now);
                lead.most = lead.most.max(lead.now);
            }
        }
        // A delivery sends the chosen to the back: that is the rule, not a change of order.
        self.order.clear();
    }

    /// Notes the order after a step; forgets pairs that a step other than a deal turned around.
    pub(crate) fn order_from_cursor(&mut self, order: &[UserId]) {
        let place = |list: &[UserId], user| list.iter().position(|other| *other == user);
        let before = std::mem::replace(&mut self.order, order.to_vec());
        if before.is_empty() {
            return;
        }
        let members: BTreeSet<_> = order.iter().collect();
        self.pairs.retain(|(a, b), _| {
            members.contains(a)
                && members.contains(b)
                && (place(&before, *a) < place(&before, *b))
                    == (place(order, *a) < place(order, *b))
        });
    }

    /// The widest gap of any pair in any stretch.
    pub(crate) fn widest(&self) -> i64 {
        self.pairs.values().map(|lead| lead.most - lead.least).max().unwrap_or(0)
    }
}
