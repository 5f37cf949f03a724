//! How even a rotation was over a period: what everybody could expect, what they got, and what the
//! difference comes from.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::rotation::{Explanation, Method, Outcome};

/// The decisions of a period, told one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fairness {
    turns: u64,
    undealt: BTreeMap<&'static str, u64>,
    members: BTreeMap<UserId, Tally>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Tally {
    received: u64,
    eligible: u64,
    expected: f64,
    passed_over: BTreeMap<&'static str, u64>,
    joined_at: Option<Timestamp>,
    left_at: Option<Timestamp>,
}

/// What a period was for one member. `even_share` less all that was lost to `reasons` (`not_member`
/// among them), plus `from_others`, is `expected`.
#[derive(Debug, Clone, PartialEq)]
pub struct FairShare {
    /// Who.
    pub user_id: UserId,
    /// The turns they got.
    pub received: u64,
    /// The turns that they could have taken.
    pub eligible: u64,
    /// The sum, over the turns they could have taken, of their share of each: one part in as many as
    /// could have taken it; where leads were dealt by weight, as many parts as their weight.
    pub expected: f64,
    /// All turns, shared out evenly among all who were members at any time of the period.
    pub even_share: f64,
    /// The turns that they could not have taken, by reason, and what of their even share that is.
    pub lost: BTreeMap<&'static str, (u64, f64)>,
    /// What came to them because others could not have taken turns, or by weight.
    pub from_others: f64,
    /// When they joined, where that was in the period; the last time.
    pub joined_at: Option<Timestamp>,
    /// When they left, where that was in the period; the last time.
    pub left_at: Option<Timestamp>,
}

/// The reason of turns that were dealt before somebody joined, or after they left.
pub const NOT_MEMBER: &str = "not_member";

impl Fairness {
    /// Somebody was a member when the period began.
    pub fn present(&mut self, user: UserId) {
        self.members.entry(user).or_default();
    }

    /// Somebody joined in the period.
    pub fn joined(&mut self, user: UserId, at: Timestamp) {
        self.members.entry(user).or_default().joined_at = Some(at);
    }

    /// Somebody left in the period.
    pub fn left(&mut self, user: UserId, at: Timestamp) {
        self.members.entry(user).or_default().left_at = Some(at);
    }

    /// The next decision of the period.
    pub fn tell(&mut self, told: &Explanation) {
        if let Some(reason) = told.reason {
            *self.undealt.entry(reason.as_str()).or_default() += 1;
            return;
        }
        self.turns += 1;
        let part = |weight: u32| match told.method {
            Method::Weighted => f64::from(weight),
            Method::Sequential | Method::Random | Method::LeastOpen => 1.0,
        };
        let eligible = told.members.iter().filter(|member| could_take(member.outcome));
        let parts: f64 = eligible.map(|member| part(member.weight)).sum();
        for member in &told.members {
            let tally = self.members.entry(member.user_id).or_default();
            match member.outcome {
                Outcome::Skipped(skip) => {
                    *tally.passed_over.entry(skip.reason.as_str()).or_default() += 1;
                }
                Outcome::Chosen | Outcome::NotReached => {
                    tally.eligible += 1;
                    tally.expected += part(member.weight) / parts;
                    tally.received += u64::from(member.outcome == Outcome::Chosen);
                }
            }
        }
    }

    /// How many turns there were.
    #[must_use]
    pub const fn turns(&self) -> u64 {
        self.turns
    }

    /// How many decisions dealt to nobody, by reason.
    #[must_use]
    pub const fn undealt(&self) -> &BTreeMap<&'static str, u64> {
        &self.undealt
    }

    /// What the period was for each of its members, by user id.
    #[must_use]
    pub fn shares(&self) -> Vec<FairShare> {
        let even = 1.0 / figure(u64::try_from(self.members.len()).unwrap_or(u64::MAX)).max(1.0);
        let of = |(user_id, tally): (&UserId, &Tally)| {
            let Tally { received, eligible, expected, passed_over, joined_at, left_at } = tally;
            let mut turns = passed_over.clone();
            let missed = self.turns - eligible - passed_over.values().sum::<u64>();
            if missed > 0 {
                turns.insert(NOT_MEMBER, missed);
            }
            let even_share = figure(self.turns) * even;
            let could_not: u64 = turns.values().sum();
            FairShare {
                user_id: *user_id,
                received: *received,
                eligible: *eligible,
                expected: *expected,
                even_share,
                lost: turns
                    .into_iter()
                    .map(|(reason, turns)| (reason, (turns, figure(turns) * even)))
                    .collect(),
                from_others: expected - (even_share - figure(could_not) * even),
                joined_at: *joined_at,
                left_at: *left_at,
            }
        };
        self.members.iter().map(of).collect()
    }
}

const fn could_take(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Chosen | Outcome::NotReached)
}

/// A count as a number to divide by: exact for as many turns as there will ever be.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
const fn figure(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::LocalDay;
    use crate::ids::{LeadId, OrganizationId, RotationId};
    use crate::rotation::{Limits, MemberSettings, Moment, Policy, RotationState};
    use uuid::Uuid;

    const ANA: UserId = UserId::from_uuid(Uuid::from_u128(0xa));
    const BEN: UserId = UserId::from_uuid(Uuid::from_u128(0xb));
    const CARL: UserId = UserId::from_uuid(Uuid::from_u128(0xc));

    fn now() -> Moment {
        Moment {
            at: Timestamp::from_micros(1_772_452_800_000_000),
            local_day: LocalDay::from_number(20_514),
        }
    }

    fn rotation(method: Method, weights: &[(UserId, u32)]) -> RotationState {
        let (mut state, _) = RotationState::create(
            OrganizationId::from_uuid(Uuid::from_u128(1)),
            RotationId::from_uuid(Uuid::from_u128(2)),
            Policy::from(method),
            Limits::default(),
            "UTC",
            [7; 32],
            now(),
        );
        for (user, weight) in weights {
            let settings = MemberSettings { weight: *weight, ..MemberSettings::default() };
            state.add_member(*user, settings, None, now()).unwrap();
        }
        state
    }

    fn deal(state: &mut RotationState, fairness: &mut Fairness, leads: u32) {
        for lead in 0..leads {
            let lead = LeadId::from_uuid(Uuid::from_u128(0x1000 + u128::from(lead)));
            let (_, told) = state.deal_explained(lead, now());
            fairness.tell(&told);
        }
    }

    fn rounded(value: f64) -> f64 {
        (value * 1e6).round() / 1e6
    }

    #[test]
    fn every_gap_is_explained_to_the_last_part() {
        let mut state = rotation(Method::Sequential, &[(ANA, 1), (BEN, 1)]);
        let mut fairness = Fairness::default();
        fairness.present(ANA);
        fairness.present(BEN);
        let limited = MemberSettings { daily_limit: Some(3), ..MemberSettings::default() };
        state.set_member(BEN, limited, now()).unwrap();
        deal(&mut state, &mut fairness, 8);
        state.add_member(CARL, MemberSettings::default(), None, now()).unwrap();
        fairness.joined(CARL, now().at);
        deal(&mut state, &mut fairness, 4);
        let shares = fairness.shares();
        let [ana, ben, carl] = shares.as_slice() else { panic!("{shares:?}") };
        assert_eq!((ana.received, ben.received, carl.received), (7, 3, 2));
        assert_eq!((ana.eligible, ben.eligible, carl.eligible), (12, 6, 4));
        assert_eq!(ben.lost["daily_limit_reached"], (6, 2.0));
        assert_eq!(carl.lost[NOT_MEMBER].0, 8);
        assert_eq!(carl.joined_at, Some(now().at));
        for share in &shares {
            let lost: f64 = share.lost.values().map(|(_, share)| share).sum();
            let explained = share.even_share - lost + share.from_others;
            assert_eq!(rounded(explained), rounded(share.expected), "{share:?}");
        }
        assert_eq!(rounded(shares.iter().map(|share| share.expected).sum()), 12.0);
        assert_eq!((ana.expected, ben.expected, carl.expected), (3.0 + 2.0 + 2.0, 3.0, 2.0));
    }

    #[test]
    fn weights_are_shares_and_nobody_s_leads_are_told_apart() {
        let mut state = rotation(Method::Weighted, &[(ANA, 3), (BEN, 1)]);
        let mut fairness = Fairness::default();
        deal(&mut state, &mut fairness, 8);
        let shares = fairness.shares();
        assert_eq!((shares[0].expected, shares[0].received), (6.0, 6));
        assert_eq!((shares[1].expected, shares[1].from_others), (2.0, -2.0));
        let mut empty = rotation(Method::Sequential, &[]);
        deal(&mut empty, &mut fairness, 2);
        assert_eq!((fairness.turns(), fairness.undealt()["no_members"]), (8, 2));
    }
}
