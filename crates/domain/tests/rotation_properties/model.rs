//! The rules of dealing, said another way than the engine says them.

use std::collections::{BTreeMap, BTreeSet};

use evenhand_domain::ids::UserId;
use evenhand_domain::rotation::{
    Limits, MemberSettings, Method, Moment, OffDuty, Pause, Policy, ResetPeriod, Undealt,
};
use sha2::{Digest, Sha256};
use time::Date;

/// One delivery: to whom, on which day, under which limits.
struct Delivery {
    user: UserId,
    day: i32,
    limits: Limits,
    /// How often the user's day and month had been set back before.
    resets: (u32, u32),
}

/// The members as a queue whose front is the one whose turn is next, and every delivery ever.
pub(crate) struct Model {
    pub(crate) limits: Limits,
    /// Turn order, starting with whose turn it is.
    queue: Vec<UserId>,
    /// Turn order, as people see it.
    pub(crate) order: Vec<UserId>,
    pub(crate) settings: BTreeMap<UserId, MemberSettings>,
    /// Who is out of all rotations, member of this one or not.
    pub(crate) away: BTreeMap<UserId, Pause>,
    pub(crate) policy: Policy,
    pub(crate) pause: Pause,
    pub(crate) off: BTreeMap<UserId, OffDuty>,
    pub(crate) open: BTreeMap<UserId, u32>,
    seed: [u8; 32],
    /// How much each was dealt, in twelfths of a lead of weight 1: 12 divides by every weight below 5.
    due: BTreeMap<UserId, u64>,
    last_turn: BTreeMap<UserId, usize>,
    resets: BTreeMap<UserId, (u32, u32)>,
    deliveries: Vec<Delivery>,
}

fn month(day: i32) -> (i32, u8) {
    let date = Date::from_julian_day(day + 2_440_588).unwrap();
    (date.year(), u8::from(date.month()))
}

impl Model {
    pub(crate) fn new(policy: Policy, seed: [u8; 32]) -> Self {
        Self {
            limits: Limits::default(),
            queue: Vec::new(),
            order: Vec::new(),
            settings: BTreeMap::new(),
            away: BTreeMap::new(),
            policy,
            pause: Pause::No,
            off: BTreeMap::new(),
            open: BTreeMap::new(),
            seed,
            due: BTreeMap::new(),
            last_turn: BTreeMap::new(),
            resets: BTreeMap::new(),
            deliveries: Vec::new(),
        }
    }

    pub(crate) fn set(&mut self, user: UserId, settings: MemberSettings) {
        let before = self.settings.insert(user, settings);
        if before.is_some_and(|before| before.weight != settings.weight) {
            self.level();
        }
    }

    pub(crate) fn set_policy(&mut self, policy: Policy) {
        let before = std::mem::replace(&mut self.policy, policy);
        if policy.method != before.method {
            self.level();
            self.open.clear();
        }
        if !policy.respects_availability {
            self.off.clear();
        }
    }

    /// Whoever is in front of the one whose turn it is has had a lead.
    fn level(&mut self) {
        self.due.clear();
        if self.policy.method == Method::Weighted {
            let next = self.queue.first().copied();
            let before = self.order.iter().take_while(|user| Some(**user) != next);
            let weights = before.map(|user| (*user, u64::from(self.settings[user].weight)));
            self.due = weights
                .map(|(user, weight)| (user, 12_u64.checked_div(weight).unwrap_or(0)))
                .collect();
        }
    }

    pub(crate) fn reset(&mut self, users: &[UserId], period: ResetPeriod) {
        for user in users {
            let (day, month) = self.resets.entry(*user).or_default();
            *day += 1;
            *month += u32::from(period == ResetPeriod::Month);
        }
    }

    fn due(&self, user: UserId) -> u64 {
        self.due.get(&user).copied().unwrap_or(0)
    }

    fn never(&self, user: UserId) -> bool {
        self.policy.method == Method::Weighted && self.settings[&user].weight == 0
    }

    pub(crate) fn join(&mut self, user: UserId, settings: MemberSettings) {
        let others = self.order.iter().filter(|other| !self.never(**other));
        let level = others.map(|other| self.due(*other)).min().unwrap_or(0);
        self.due.insert(user, level);
        self.last_turn.insert(user, self.deliveries.len());
        self.off.remove(&user);
        self.open.remove(&user);
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
        self.level();
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
        let (days, months) = self.resets.get(&user).copied().unwrap_or_default();
        let theirs = || self.deliveries.iter().filter(|past| past.user == user);
        let of_day = theirs().filter(|past| past.day == day && past.resets.0 == days).count();
        let of_month = theirs()
            .filter(|past| month(past.day) == month(day) && past.resets.1 == months)
            .count();
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
        let on_duty = |user: &UserId| {
            let off = self.off.get(user).filter(|_| self.policy.respects_availability);
            off.is_none_or(|off| off.until.is_some_and(|until| until <= now.at))
        };
        let eligible = |user: &UserId| {
            !self.paused(*user, now)
                && !self.at_limit(*user, day)
                && !self.never(*user)
                && on_duty(user)
        };
        self.queue.iter().copied().filter(eligible).collect()
    }

    /// Who gets the next lead, or why nobody does.
    pub(crate) fn deal(&mut self, now: Moment) -> Result<UserId, Undealt> {
        let day = now.local_day.number();
        if self.queue.is_empty() {
            return Err(Undealt::NoMembers);
        }
        if self.pause.holds(now.at) {
            return Err(Undealt::RotationPaused);
        }
        let eligible = self.eligible(now);
        let Some(chosen) = self.chosen(&eligible) else {
            let mut counted = self.queue.iter().filter(|user| !self.never(**user)).peekable();
            let anybody = counted.peek().is_some();
            return Err(if anybody && counted.all(|user| self.at_limit(*user, day)) {
                Undealt::AllMembersAtLimit
            } else {
                Undealt::NobodyAvailable
            });
        };
        let limits = self.limits_of(chosen);
        let resets = self.resets.get(&chosen).copied().unwrap_or_default();
        self.deliveries.push(Delivery { user: chosen, day, limits, resets });
        self.last_turn.insert(chosen, self.deliveries.len());
        match self.policy.method {
            Method::Sequential => self.turn_past(chosen),
            Method::Weighted => {
                self.dealt_by_weight(chosen, &eligible);
                self.turn_past(chosen);
            }
            Method::LeastOpen => *self.open.entry(chosen).or_default() += 1,
            Method::Random => {}
        }
        Ok(chosen)
    }

    fn turn_past(&mut self, chosen: UserId) {
        self.turn_to(Some(chosen));
        self.queue.rotate_left(1);
    }

    fn chosen(&self, eligible: &[UserId]) -> Option<UserId> {
        let in_order = || self.order.iter().copied().filter(|user| eligible.contains(user));
        let open = |user: &UserId| self.open.get(user).copied().unwrap_or(0);
        match self.policy.method {
            Method::Sequential => eligible.first().copied(),
            Method::Weighted => eligible.iter().copied().min_by_key(|user| self.due(*user)),
            Method::LeastOpen => in_order().min_by_key(|user| (open(user), self.last_turn[user])),
            Method::Random => {
                let all: Vec<UserId> = in_order().collect();
                let many = all.len() as u128;
                let fair = (0_u32..).map(|attempt| self.draw(attempt));
                let drawn = (many > 0).then_some(fair).into_iter().flatten();
                let mut even = drawn.filter(|drawn| *drawn < (1 << 64) / many * many);
                even.next().map(|drawn| all[(drawn % many) as usize])
            }
        }
    }

    fn draw(&self, attempt: u32) -> u128 {
        let turn = self.deliveries.len() as u64 + 1;
        let mut text = b"evenhand random v1".to_vec();
        text.extend(self.seed);
        text.extend(turn.to_be_bytes());
        text.extend(attempt.to_be_bytes());
        let digest = Sha256::digest(&text);
        digest[..8].iter().fold(0, |drawn, byte| (drawn << 8) | u128::from(*byte))
    }

    /// Moves on whoever was served, and whoever would have been before but could not be.
    fn dealt_by_weight(&mut self, chosen: UserId, eligible: &[UserId]) {
        let due = self.due(chosen);
        let mut behind = false;
        for user in self.queue.clone() {
            behind |= user == chosen;
            let earlier = self.due(user) < due || (self.due(user) == due && !behind);
            let passed = earlier && !self.never(user) && !eligible.contains(&user);
            if passed || user == chosen {
                let cost = 12 / u64::from(self.settings[&user].weight);
                self.due.insert(user, due.max(self.due(user) + cost));
            }
        }
    }

    /// Whether each delivery was within the limits in force at it, counting those before it.
    pub(crate) fn limits_were_kept(&self) -> bool {
        self.deliveries.iter().enumerate().all(|(index, delivery)| {
            let upto = &self.deliveries[..=index];
            let theirs = || upto.iter().filter(|past| past.user == delivery.user);
            let (days, months) = delivery.resets;
            let of_day =
                theirs().filter(|past| past.day == delivery.day && past.resets.0 == days).count();
            let of_month = theirs()
                .filter(|past| month(past.day) == month(delivery.day) && past.resets.1 == months)
                .count();
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
