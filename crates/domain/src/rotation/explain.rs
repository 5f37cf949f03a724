//! Why a decision fell as it did. Recomputed by replay, never stored: 500 members cost a
//! decision no more than four.

use super::codes::{Method, Undealt};
use super::deal::Decision;
use super::eligibility::{MemberStanding, Skip, Standing};
use super::member::Limits;
use super::state::RotationState;
use crate::calendar::LocalDay;
use crate::clock::Timestamp;
use crate::ids::{LeadId, UserId};

/// A decision, with where every member stood before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The ledger entry of the decision.
    pub entry: u64,
    /// The turn that it was; `None` when nobody got the lead.
    pub turn: Option<u64>,
    /// The instant of the decision.
    pub at: Timestamp,
    /// The organization's local day that the limits were read against.
    pub local_day: LocalDay,
    /// How the rotation chose.
    pub method: Method,
    /// What chance was drawn from, where it was.
    pub seed: Option<[u8; 32]>,
    /// The lead.
    pub lead_id: LeadId,
    /// Whose turn it was before.
    pub cursor_before: Option<UserId>,
    /// Whose turn it was after.
    pub cursor_after: Option<UserId>,
    /// Who got the lead.
    pub chosen: Option<UserId>,
    /// Why nobody got it.
    pub reason: Option<Undealt>,
    /// Every member, in turn order.
    pub members: Vec<ExplainedMember>,
}

/// What a decision meant for one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedMember {
    /// Who.
    pub user_id: UserId,
    /// What became of them.
    pub outcome: Outcome,
    /// Leads dealt to them on the local day, before this one.
    pub of_day: u32,
    /// Leads dealt to them in the local month, before this one.
    pub of_month: u32,
    /// The limit per local day that held for them; 0 = unlimited.
    pub daily_limit: u32,
    /// The limit per local month that held for them; 0 = unlimited.
    pub monthly_limit: u32,
    /// Their open leads before this one, where the rotation chose by them.
    pub open_leads: u32,
    /// Their weight.
    pub weight: u32,
}

/// What became of a member in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Got the lead.
    Chosen,
    /// Could not have got it.
    Skipped(Skip),
    /// Could have got it, but it was another's turn.
    NotReached,
}

impl Explanation {
    /// Deals and explains: `before` is the state's standing just before.
    pub(super) fn of(
        before: Standing,
        cursor_before: Option<UserId>,
        lead_id: LeadId,
        decision: &Decision,
        after: &RotationState,
    ) -> Self {
        Self {
            entry: after.entry,
            turn: decision.turn,
            at: after.last_at,
            local_day: after.local_day,
            method: after.policy.method,
            seed: (after.policy.method == Method::Random).then_some(after.seed),
            lead_id,
            cursor_before,
            cursor_after: after.cursor,
            chosen: decision.chosen,
            reason: decision.reason,
            members: before
                .members
                .into_iter()
                .map(|member| ExplainedMember::of(&member, decision.chosen))
                .collect(),
        }
    }
}

impl ExplainedMember {
    fn of(member: &MemberStanding, chosen: Option<UserId>) -> Self {
        let Limits { daily, monthly } = member.limits;
        let outcome = match member.skip {
            Some(skip) => Outcome::Skipped(skip),
            None if chosen == Some(member.user_id) => Outcome::Chosen,
            None => Outcome::NotReached,
        };
        Self {
            user_id: member.user_id,
            outcome,
            of_day: member.of_day,
            of_month: member.of_month,
            daily_limit: daily,
            monthly_limit: monthly,
            open_leads: member.open_leads,
            weight: member.weight,
        }
    }
}

impl RotationState {
    /// Deals as [`RotationState::deal`] does and explains the decision as a later replay would:
    /// for dry runs. Costs a look at every member.
    pub fn deal_explained(
        &mut self,
        lead: LeadId,
        moment: super::member::Moment,
    ) -> (Decision, Explanation) {
        let before = self.standing(moment);
        let cursor_before = self.cursor;
        let decision = self.deal(lead, moment);
        let explanation = Explanation::of(before, cursor_before, lead, &decision, self);
        (decision, explanation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::testing::{ANA, BEN, CARL, deal, lead, moment, rotation, settings};
    use crate::rotation::{MemberSettings, Pause, SkipReason};

    #[test]
    fn every_member_is_chosen_skipped_or_not_reached() {
        let mut state = rotation(Limits { daily: 1, monthly: 9 }, &[ANA, BEN, CARL]);
        deal(&mut state, 1, "2026-03-02");
        let paused = MemberSettings { pause: Pause::Indefinite, ..Default::default() };
        settings(&mut state, BEN, paused);
        let (_, told) = state.deal_explained(lead(4), moment("2026-03-02"));
        let outcomes: Vec<_> = told
            .members
            .iter()
            .map(|member| match member.outcome {
                Outcome::Skipped(skip) => Err(skip.reason),
                other => Ok(other),
            })
            .collect();
        let expected =
            [Err(SkipReason::DailyLimitReached), Err(SkipReason::Paused), Ok(Outcome::Chosen)];
        assert_eq!(outcomes, expected);
        assert_eq!((told.cursor_before, told.cursor_after), (Some(BEN), Some(ANA)));
        assert_eq!((told.turn, told.chosen, told.lead_id), (Some(2), Some(CARL), lead(4)));
        assert_eq!((told.members[0].of_day, told.members[2].of_day), (1, 0));
        assert_eq!((told.members[0].daily_limit, told.members[0].monthly_limit), (1, 9));

        let (_, next) = state.deal_explained(lead(5), moment("2026-03-03"));
        assert_eq!(next.chosen, Some(ANA));
        assert_eq!(next.members[2].outcome, Outcome::NotReached);
    }
}
