//! Random histories: what people, clocks and leads do to a rotation.

use std::collections::BTreeMap;

use evenhand_domain::calendar::LocalDay;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, OrganizationId, RotationId, UserId};
use evenhand_domain::rotation::{
    Count, Decision, Explanation, Joining, LedgerEntry, Limits, MemberSettings, Method, Moment,
    OffDuty, OffReason, Pause, Policy, ResetPeriod, RotationState, Undealt,
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
    /// A method by its number, and whether availability is respected.
    Policy(u8, bool),
    /// The whole rotation.
    Pause(Option<Option<i64>>),
    /// Of some members, or of all; of the month, or of the day alone.
    Reset(Option<usize>, bool),
    /// Seen off duty for so many hours, or without end, or on duty.
    Off(usize, Option<Option<i64>>),
    /// Seen to have so many open leads.
    Open(usize, u32),
}

/// Limits, a weight, and a pause: none, without end, or ending so many hours from now.
#[derive(Debug, Clone)]
pub(crate) struct Setting(Option<u32>, Option<u32>, u32, Option<Option<i64>>);

fn pause() -> impl Strategy<Value = Option<Option<i64>>> {
    prop::option::weighted(0.3, prop::option::of(-5_i64..40))
}

fn setting() -> impl Strategy<Value = Setting> {
    let limit = || prop::option::weighted(0.3, 0_u32..4);
    let weight = prop_oneof![3 => Just(1_u32), 2 => 0_u32..5];
    (limit(), limit(), weight, pause())
        .prop_map(|(day, month, weight, pause)| Setting(day, month, weight, pause))
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
        2 => (1_u8..5, any::<bool>()).prop_map(|(method, respects)| Step::Policy(method, respects)),
        1 => pause().prop_map(Step::Pause),
        1 => (prop::option::of(0_usize..6), any::<bool>())
            .prop_map(|(user, month)| Step::Reset(user, month)),
        2 => (0_usize..6, pause()).prop_map(|(user, off)| Step::Off(user, off)),
        2 => (0_usize..6, 0_u32..6).prop_map(|(user, open)| Step::Open(user, open)),
    ]
}

impl Step {
    /// Whether it leaves method and weights alone. Replacing members gives newcomers the weight 1.
    pub(crate) fn keeps_weights(&self) -> bool {
        !matches!(self, Self::Policy(..) | Self::Replace(_) | Self::Off(..) | Self::Open(..))
    }

    /// The same with another weight.
    pub(crate) fn weighing(&self, weight: u32) -> Self {
        let weighing = |setting: &Setting| Setting(setting.0, setting.1, weight, setting.3);
        match self {
            Self::Join(user, setting) => Self::Join(*user, weighing(setting)),
            Self::Set(user, setting) => Self::Set(*user, weighing(setting)),
            other => other.clone(),
        }
    }
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
    /// Who could have got it, where it was dealt in turn.
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
            model: Model::new(Method::Sequential.into(), [9; 32]),
            entries: vec![first],
            explanations: BTreeMap::new(),
            counts: BTreeMap::new(),
            clock: START,
            offset: 0,
            last: start,
        };
        for number in 0..3 {
            history.run(&Step::Join(number, Setting(None, None, 1, None)));
        }
        for _ in 0..leads {
            history.deal();
        }
        history
    }

    /// As [`History::new`], dealing to members of this one weight.
    pub(crate) fn by_weight(weight: u32) -> Self {
        let mut history = Self::new(0);
        history.run(&Step::Policy(Method::Weighted.code(), false));
        for number in 0..3 {
            history.run(&Step::Set(number, Setting(None, None, weight, None)));
        }
        history
    }

    fn setting(
        &self,
        Setting(daily_limit, monthly_limit, weight, pause): &Setting,
    ) -> MemberSettings {
        MemberSettings {
            daily_limit: *daily_limit,
            monthly_limit: *monthly_limit,
            weight: *weight,
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

    /// What storage has after counts were written.
    fn counts_from_state(&mut self) {
        for member in &self.state.members {
            self.counts.remove(&member.user_id);
            self.counts.extend(member.count.map(|count| (member.user_id, count)));
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
                self.model.set(who, settings);
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
            Step::Policy(method, respects_availability) => {
                let method = Method::from_code(*method).unwrap();
                let policy = Policy { method, respects_availability: *respects_availability };
                let entry = self.state.set_policy(policy, now).unwrap();
                self.keep(entry);
                self.model.set_policy(policy);
            }
            Step::Pause(pause) => {
                let pause = self.pause(*pause);
                let entry = self.state.set_pause(pause, now).unwrap();
                self.keep(entry);
                self.model.pause = pause;
            }
            Step::Reset(number, month) => {
                let mut users = self.model.order.clone();
                users.retain(|member| number.is_none_or(|number| *member == user(number)));
                let period = if *month { ResetPeriod::Month } else { ResetPeriod::Day };
                if !users.is_empty() {
                    let entry = self.state.reset_limits(&users, period, now).unwrap();
                    self.keep(entry);
                    self.model.reset(&users, period);
                    self.counts_from_state();
                }
            }
            Step::Off(number, hours) => {
                let off = hours.map(|hours| {
                    let until = hours.map(|hours| self.clock + hours * HOUR);
                    let until = until.map(Timestamp::from_micros);
                    OffDuty { reason: OffReason::Absent, until }
                });
                let entry = self.state.observe_off_duty([(user(*number), off)], now);
                if entry.is_some() {
                    self.model.off.remove(&user(*number));
                    self.model.off.extend(off.map(|off| (user(*number), off)));
                }
                self.keep(entry);
            }
            Step::Open(number, open) => {
                let entry = self.state.observe_open_leads([(user(*number), *open)], now);
                if entry.is_some() {
                    self.model.open.insert(user(*number), *open);
                }
                self.keep(entry);
            }
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
        // Only another order begins anew.
        if self.model.order != order {
            self.model.reorder(order);
        }
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
        let in_turn = self.model.policy.method == Method::Sequential;
        let eligible =
            if in_turn && !self.model.pause.holds(then.at) { eligible } else { Vec::new() };
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
