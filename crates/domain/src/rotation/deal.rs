//! The decision: who gets the next lead.

use super::bytes::Content;
use super::codes::{Method, Undealt};
use super::ledger::LedgerEntry;
use super::member::{Moment, Period};
use super::state::{CursorHint, RotationState};
use crate::ids::{LeadId, UserId};

/// Who gets a lead, and the ledger entry that says so. Either `chosen` and `turn` are there, or
/// `reason` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who gets the lead.
    pub chosen: Option<UserId>,
    /// The number of the turn, from 1 without gaps; a decision that delivers to nobody has none.
    pub turn: Option<u64>,
    /// Why nobody gets it.
    pub reason: Option<Undealt>,
    /// What to append to the ledger. Its hash is the lead's receipt.
    pub entry: LedgerEntry,
}

impl RotationState {
    /// Deals `lead` at `moment` (or at the last entry's, where that is later), to whom the method
    /// chooses. With nobody eligible nothing moves, and the entry says why.
    ///
    /// The turn is spent only once the entry is committed together with the lead: whoever drops
    /// the entry drops the changed state with it.
    pub fn deal(&mut self, lead: LeadId, moment: Moment) -> Decision {
        let now = self.present(moment);
        let period = Period::of(now.local_day);
        let choice = self.choose(now, period);
        let chosen = choice.ok().and_then(|position| self.deliver(position, now, period));
        let turn = chosen.map(|_| self.turn);
        let reason = choice.err();
        let content =
            Content::Decision { lead_id: lead, turn, chosen, cursor_after: self.cursor, reason };
        let entry = self.record(&content, now);
        Decision { chosen, turn, reason, entry }
    }

    fn deliver(&mut self, position: usize, now: Moment, period: Period) -> Option<UserId> {
        self.turn = self.turn.saturating_add(1);
        match self.policy.method {
            Method::Sequential => self.turn_to_successor(position),
            Method::Weighted => {
                self.move_on(position, now, period);
                self.turn_to_successor(position);
            }
            // The cursor stands still: it is not looked at.
            Method::Random | Method::LeastOpen => {}
        }
        let member = self.members.get_mut(position)?;
        member.count = Some(period.raised(member.count));
        member.last_turn = self.turn;
        if self.policy.method == Method::LeastOpen {
            member.open_leads = member.open_leads.saturating_add(1);
        }
        Some(member.user_id)
    }

    fn turn_to_successor(&mut self, position: usize) {
        let mut successor = position + 1;
        if successor >= self.members.len() {
            successor = 0;
        }
        self.cursor = self.members.get(successor).map(|member| member.user_id);
        self.cursor_hint = CursorHint(successor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::member::{Limits, MemberSettings, Pause};
    use crate::rotation::testing::{ANA, BEN, CARL, deal, lead, moment, rotation, settings};

    const DAY: &str = "2026-03-02";

    #[test]
    fn strictly_in_turn() {
        let mut state = rotation(Limits::default(), &[ANA, BEN, CARL]);
        let dealt = deal(&mut state, 7, DAY);
        assert_eq!(dealt, [ANA, BEN, CARL, ANA, BEN, CARL, ANA].map(Some));
        assert_eq!((state.turn, state.cursor), (7, Some(BEN)));
    }

    #[test]
    fn a_paused_member_keeps_their_place_and_gets_no_make_up() {
        let mut state = rotation(Limits::default(), &[ANA, BEN, CARL]);
        let end = moment(DAY).at.shifted(1);
        settings(
            &mut state,
            BEN,
            MemberSettings { pause: Pause::Until(end), ..Default::default() },
        );
        assert_eq!(deal(&mut state, 4, DAY), [ANA, CARL, ANA, CARL].map(Some));
        assert_eq!(deal(&mut state, 4, "2026-03-03"), [ANA, BEN, CARL, ANA].map(Some));
    }

    #[test]
    fn nobody_eligible_moves_nothing_and_takes_no_turn() {
        let mut state = rotation(Limits { daily: 1, monthly: 0 }, &[ANA, BEN]);
        deal(&mut state, 2, DAY);
        let before = state.clone();
        let decision = state.deal(lead(9), moment(DAY));
        assert_eq!((decision.chosen, decision.turn), (None, None));
        assert_eq!(decision.reason, Some(Undealt::AllMembersAtLimit));
        assert_eq!((decision.entry.turn, decision.entry.user_id), (None, None));
        assert_eq!((state.turn, state.cursor), (before.turn, before.cursor));
        assert_eq!(state.members, before.members);
        assert_eq!(state.entry, before.entry + 1);
        // The turn number goes on where it was.
        assert_eq!(state.deal(lead(9), moment("2026-03-03")).turn, Some(3));
    }

    #[test]
    fn an_empty_rotation_says_so() {
        let mut state = rotation(Limits::default(), &[]);
        assert_eq!(state.deal(lead(1), moment(DAY)).reason, Some(Undealt::NoMembers));
    }

    #[test]
    fn whichever_limit_is_reached_first_holds() {
        let mut state = rotation(Limits { daily: 2, monthly: 3 }, &[ANA]);
        assert_eq!(deal(&mut state, 3, "2026-03-30"), [Some(ANA), Some(ANA), None]);
        assert_eq!(deal(&mut state, 2, "2026-03-31"), [Some(ANA), None]);
        assert_eq!(deal(&mut state, 3, "2026-04-01"), [Some(ANA), Some(ANA), None]);
    }

    #[test]
    fn a_clock_that_jumps_back_does_not_refill_a_limit() {
        let mut state = rotation(Limits { daily: 1, monthly: 0 }, &[ANA]);
        deal(&mut state, 1, DAY);
        let decision = state.deal(lead(2), moment("2026-03-01"));
        assert_eq!(decision.chosen, None);
        assert_eq!(decision.entry.at, moment(DAY).at);
    }

    #[test]
    fn a_dealt_entry_is_small_whatever_the_size_of_the_group() {
        let users: Vec<UserId> = (0..500).map(crate::rotation::testing::user).collect();
        let mut state = rotation(Limits::default(), &users);
        let entry = state.deal(lead(1), moment(DAY)).entry;
        assert_eq!(entry.body.len(), 96);
    }
}
