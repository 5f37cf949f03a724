//! Random histories: what people, clocks and leads do to a rotation.

use std::collections::BTreeMap;

use evenhand_domain::calendar::LocalDay;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, OrganizationId, RotationId, UserId};
use evenhand_domain::rotation::{
    Count, Decision, Explanation, Joining, LedgerEntry, Limits, MemberSettings, Method, Moment,
    Pause, RotationState, Undealt,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::model::Model;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// 2026-01-28: months end within the reach of a few steps.
const START: i64 = 20_481 * DAY;

/// What can happen. Users are numbers below 6; a step that makes no sense is skipped.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Deal(u8),
    Join(usize, Setting),
    Leave(usize),
    Set(usize, Setting),
    /// Out of all rotations, or back; members or not.
    Away(usize, Option<Option<i64>>),
    Reorder(Vec<usize>),
    Replace(Vec<usize>),
    Limits(u32, u32),
    Zone(i64),
    /// Hours, forwards or back.
    Clock(i64),
}

/// Limits, and a pause: none, without end, or ending so many hours from now.
#[derive(Debug, Clone)]
pub(crate) struct Setting(Option<u32>, Option<u32>, Option<Option<i64>>);

fn pause() -> impl Strategy<Value = Option<Option<i64>>> {
    prop::option::weighted(0.3, prop::option::of(-5_i64..40))
}

fn setting() -> impl Strategy<Value = Setting> {
    let limit = || prop::option::weighted(0.3, 0_u32..4);
    (limit(), limit(), pause()).prop_map(|(day, month, pause)| Setting(day, month, pause))
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let order = || Just((0..6).collect::<Vec<usize>>()).prop_shuffle();
    prop_oneof![
        8 => (1_u8..12).prop_map(Step::Deal),
        4 => (0_usize..6, setting()).prop_map(|(user, setting)| Step::Join(user, setting)),
        2 => (0_usize..6).prop_map(Step::Leave),
        3 => (0_usize..6, setting()).prop_map(|(user, setting)| Step::Set(user, setting)),
        3 => (0_usize..6, pause()).prop_map(|(user, pause)| Step::Away(user, pause)),
        2 => order().prop_map(Step::Reorder),
        1 => (order(), 0_usize..6).prop_map(|(mut order, most)| {
            order.truncate(most);
            Step::Replace(order)
        }),
        2 => (0_u32..5, 0_u32..9).prop_map(|(day, month)| Step::Limits(day, month)),
        1 => (-11_i64..13).prop_map(Step::Zone),
        4 => (0_i64..60).prop_map(Step::Clock),
        1 => (-80_i64..0).prop_map(Step::Clock),
        1 => Just(Step::Clock(24 * 31)),
    ]
}

pub(crate) fn user(number: usize) -> UserId {
    UserId::from_uuid(Uuid::from_u128(0x100 + number as u128))
}

fn users_of(numbers: &[usize]) -> Vec<UserId> {
    numbers.iter().copied().map(user).collect()
}

/// What became of one lead, and what the model says should have.
pub(crate) struct Dealt {
    pub(crate) decision: Decision,
    pub(crate) eligible: Vec<UserId>,
    pub(crate) expected: Option<UserId>,
    pub(crate) expected_reason: Option<Undealt>,
    pub(crate) standing_next: Option<UserId>,
}

/// A rotation living through steps, beside its model and its store.
pub(crate) struct History {
    pub(crate) state: RotationState,
    pub(crate) model: Model,
    pub(crate) entries: Vec<LedgerEntry>,
    pub(crate) explanations: BTreeMap<u64, Explanation>,
    /// The counts as storage keeps them: also of those who left.
    counts: BTreeMap<UserId, Count>,
    clock: i64,
    offset: i64,
    last: Moment,
}

impl History {
    /// A rotation of three without limits that has dealt `leads` leads.
    pub(crate) fn new(leads: u64) -> Self {
        let start = moment(START, 0);
        let (state, first) = RotationState::create(
            OrganizationId::from_uuid(Uuid::from_u128(1)),
            RotationId::from_uuid(Uuid::from_u128(2)),
            Method::Sequential.into(),
            Limits::default(),
            "Etc/UTC",
            [9; 32],
            start,
        );
        let mut history = Self {
            state,
            model: Model::default(),
            entries: vec![first],
            explanations: BTreeMap::new(),
            counts: BTreeMap::new(),
            clock: START,
            offset: 0,
            last: start,
        };
        for number in 0..3 {
            history.run(&Step::Join(number, Setting(None, None, None)));
        }
        for _ in 0..leads {
            history.deal();
        }
        history
    }

    fn setting(&self, Setting(daily_limit, monthly_limit, pause): &Setting) -> MemberSettings {
        MemberSettings {
            daily_limit: *daily_limit,
            monthly_limit: *monthly_limit,
            weight: 1,
            pause: self.pause(*pause),
        }
    }

    fn pause(&self, pause: Option<Option<i64>>) -> Pause {
        match pause {
            None => Pause::No,
            Some(None) => Pause::Indefinite,
            Some(Some(hours)) => Pause::Until(Timestamp::from_micros(self.clock + hours * HOUR)),
        }
    }

    /// What storage has for somebody who is about to join.
    fn joining(&self, user: UserId) -> Joining {
        let away = self.model.away.get(&user).copied().unwrap_or_default();
        Joining {
            count: self.counts.get(&user).copied(),
            away: away.in_force(Timestamp::from_micros(self.clock)),
        }
    }

    /// What storage does between two transactions: the state is written and read back, together
    /// with whatever counts there still are, however old.
    fn reload(&mut self) {
        for member in &mut self.state.members {
            member.count = self.counts.get(&member.user_id).copied();
        }
    }

    /// Does one step, in the engine and in the model.
    pub(crate) fn run(&mut self, step: &Step) -> Vec<Dealt> {
        let now = moment(self.clock, self.offset);
        self.reload();
        match step {
            Step::Deal(leads) => return (0..*leads).map(|_| self.deal()).collect(),
            Step::Join(number, setting) if !self.model.order.contains(&user(*number)) => {
                let (who, settings) = (user(*number), self.setting(setting));
                let Joining { count, away } = self.joining(who);
                let entry = self.state.add_member(who, settings, count, now).unwrap();
                self.keep([entry]);
                let entry = self.state.set_away(who, away, now).unwrap();
                self.keep(entry);
                self.model.join(who, settings);
            }
            Step::Leave(number) if self.model.order.contains(&user(*number)) => {
                let entry = self.state.remove_member(user(*number), now).unwrap();
                self.keep([entry]);
                self.model.leave(user(*number));
            }
            Step::Set(number, setting) if self.model.order.contains(&user(*number)) => {
                let (who, settings) = (user(*number), self.setting(setting));
                let entry = self.state.set_member(who, settings, now).unwrap();
                self.keep(entry);
                self.model.settings.insert(who, settings);
            }
            Step::Away(number, pause) => {
                let (who, away) = (user(*number), self.pause(*pause));
                if self.model.order.contains(&who) {
                    let entry = self.state.set_away(who, away, now).unwrap();
                    self.keep(entry);
                }
                self.model.away.insert(who, away);
            }
            Step::Reorder(users) => {
                let mut order = users_of(users);
                order.retain(|user| self.model.order.contains(user));
                let entry = self.state.reorder(&order, now).unwrap();
                self.keep([entry]);
                self.model.reorder(order);
            }
            Step::Replace(users) => self.replace(users_of(users), now),
            Step::Limits(daily, monthly) => {
                let limits = Limits { daily: *daily, monthly: *monthly };
                let entry = self.state.set_limits(limits, now).unwrap();
                self.keep(entry);
                self.model.limits = limits;
            }
            Step::Zone(hours) => {
                self.offset = hours * HOUR;
                let now = moment(self.clock, self.offset);
                let entry = self.state.set_zone(&format!("Etc/GMT{hours:+}"), now).unwrap();
                self.keep(entry);
            }
            Step::Clock(hours) => self.clock += hours * HOUR,
            Step::Join(..) | Step::Leave(_) | Step::Set(..) => {}
        }
        Vec::new()
    }

    fn replace(&mut self, order: Vec<UserId>, now: Moment) {
        let joining: BTreeMap<UserId, Joining> =
            order.iter().map(|user| (*user, self.joining(*user))).collect();
        let entries = self.state.replace_members(&order, |user| joining[&user], now).unwrap();
        self.keep(entries);
        for gone in self.model.order.clone() {
            if !order.contains(&gone) {
                self.model.leave(gone);
            }
        }
        for &user in &order {
            if !self.model.order.contains(&user) {
                self.model.join(user, MemberSettings::default());
            }
        }
        self.model.reorder(order);
    }

    fn deal(&mut self) -> Dealt {
        let now = moment(self.clock, self.offset);
        let lead = LeadId::from_uuid(Uuid::from_u128(0x1000 + self.entries.len() as u128));
        let standing_next = self.state.standing(now).next;
        let mut dry_run = self.state.clone();
        let (dry, explanation) = dry_run.deal_explained(lead, now);
        let decision = self.state.deal(lead, now);
        assert_eq!(dry, decision, "a dry run says what then happens");
        assert_eq!(dry_run, self.state);
        self.explanations.insert(explanation.entry, explanation);
        let then = self.keep([decision.entry.clone()]);
        if let Some(member) = decision.chosen.and_then(|user| self.state.member(user)) {
            self.counts.extend(member.count.map(|count| (member.user_id, count)));
        }
        let eligible = self.model.eligible(then);
        let expected = self.model.deal(then);
        Dealt {
            decision,
            eligible,
            expected: expected.ok(),
            expected_reason: expected.err(),
            standing_next,
        }
    }

    /// Stores entries. Gives the moment that they should have: the clock's, but never back.
    fn keep(&mut self, entries: impl IntoIterator<Item = LedgerEntry>) -> Moment {
        let now = moment(self.clock, self.offset);
        for entry in entries {
            self.last.at = self.last.at.max(now.at);
            self.last.local_day = self.last.local_day.max(now.local_day);
            assert_eq!(entry.at, self.last.at);
            assert_eq!(self.state.local_day, self.last.local_day);
            self.entries.push(entry);
        }
        self.last
    }
}

fn moment(clock: i64, offset: i64) -> Moment {
    let day = (clock + offset).div_euclid(DAY);
    Moment {
        at: Timestamp::from_micros(clock),
        local_day: LocalDay::from_number(i32::try_from(day).unwrap()),
    }
}
