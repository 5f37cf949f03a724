//! A past period over again, under another policy: every lead of it is dealt anew, at its instant,
//! and everything else that happened happens again as far as it still makes sense.

use super::bytes::{Content, Record};
use super::deal::Decision;
use super::hypothesis::Hypothesis;
use super::member::{Joining, Moment, OffDuty};
use super::redo::{self, Departed};
use super::state::RotationState;
use crate::ids::{LeadId, UserId};

/// A rotation on its way through a past period, with some things otherwise.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    state: RotationState,
    hypothesis: Hypothesis,
}

/// A lead of the past dealt anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsed {
    /// The lead.
    pub lead_id: LeadId,
    /// When it was dealt, and is dealt again.
    pub moment: Moment,
    /// Who got it.
    pub before: Option<UserId>,
    /// What would have become of it.
    pub decision: Decision,
}

impl Rehearsal {
    /// Begins with the state before the period; newcomers of the hypothesis join with nothing
    /// counted.
    ///
    /// # Errors
    /// As [`Hypothesis::apply`].
    pub fn begin(
        mut state: RotationState,
        hypothesis: Hypothesis,
        moment: Moment,
    ) -> Result<Self, super::ChangeError> {
        hypothesis.apply(&mut state, |_| Joining::default(), moment)?;
        Ok(Self { state, hypothesis })
    }

    /// Goes through the next entry of the ledger: a lead is dealt anew, a change is made again. A
    /// change of what the hypothesis fixes is left out, and so is one that the rotation as it is
    /// otherwise cannot make (somebody leaves who never joined).
    pub fn next(&mut self, record: &Record) -> Option<Rehearsed> {
        let moment = record.moment;
        if let Content::Decision { lead_id, chosen, .. } = &record.content {
            let decision = self.state.deal(*lead_id, moment);
            return Some(Rehearsed { lead_id: *lead_id, moment, before: *chosen, decision });
        }
        if let Content::LimitsReset { period, users } = &record.content {
            // Nobody named would be everybody; who is not there has nothing to be set back.
            let there = users.iter().copied().filter(|user| self.state.member(*user).is_some());
            let there: Vec<UserId> = there.collect();
            if !there.is_empty() {
                drop(self.state.reset_limits(&there, *period, moment));
            }
        } else if !self.is_fixed(&record.content) {
            // A refused change leaves the state as it was, and is none.
            drop(redo::change(
                &mut self.state,
                &mut Departed::since_checkpoint(),
                &record.content,
                moment,
            ));
            if let Content::MemberAdded(member) = &record.content {
                drop(self.hypothesis.set(&mut self.state, member.user_id, moment));
            }
        }
        None
    }

    /// Notes who is off duty by `seen`, as the lane does before it deals.
    pub fn observe_off_duty(
        &mut self,
        seen: impl IntoIterator<Item = (UserId, Option<OffDuty>)>,
        moment: Moment,
    ) {
        // Nothing of what is imagined is recorded.
        drop(self.state.observe_off_duty(seen, moment));
    }

    /// The state that has come of it.
    #[must_use]
    pub const fn state(&self) -> &RotationState {
        &self.state
    }

    fn is_fixed(&self, content: &Content) -> bool {
        let Hypothesis { policy, limits, pause, members, settings } = &self.hypothesis;
        match content {
            Content::PolicyChanged(_) => policy.is_some(),
            Content::LimitsChanged(_) => limits.is_some(),
            Content::RotationPaused(_) => pause.is_some(),
            Content::MemberAdded(_) | Content::MemberRemoved { .. } | Content::Reordered { .. } => {
                members.is_some()
            }
            Content::MemberChanged { user_id, .. } => {
                settings.iter().any(|(user, _)| user == user_id)
            }
            // The end of a rotation ends nothing that is only imagined.
            Content::Archived => true,
            Content::Created { .. }
            | Content::Decision { .. }
            | Content::ZoneChanged { .. }
            | Content::Availability { .. }
            | Content::LimitsReset { .. }
            | Content::OffDuty(_)
            | Content::OpenLeads(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::testing::{ANA, BEN, deal, moment, rotation};
    use crate::rotation::{LedgerEntry, Limits, ResetPeriod};

    const DAY: &str = "2026-03-02";

    /// Six leads dealt to two members, and the ledger of it.
    fn past() -> (RotationState, Vec<LedgerEntry>) {
        let before = rotation(Limits::default(), &[ANA, BEN]);
        let mut state = before.clone();
        let entries =
            (0..6).map(|number| state.deal(super::super::testing::lead(number), moment(DAY)).entry);
        (before, entries.collect())
    }

    fn rehearsed(hypothesis: Hypothesis) -> Vec<(Option<UserId>, Option<UserId>)> {
        let (before, entries) = past();
        let mut rehearsal = Rehearsal::begin(before, hypothesis, moment(DAY)).unwrap();
        entries
            .iter()
            .filter_map(|entry| rehearsal.next(&Record::decode(&entry.body).unwrap()))
            .map(|again| (again.before, again.decision.chosen))
            .collect()
    }

    #[test]
    fn nothing_otherwise_is_the_past() {
        assert!(rehearsed(Hypothesis::default()).iter().all(|(before, again)| before == again));
    }

    #[test]
    fn another_limit_deals_the_same_leads_otherwise() {
        let limits = Some(Limits { daily: 2, monthly: 0 });
        let again: Vec<_> = rehearsed(Hypothesis { limits, ..Hypothesis::default() });
        let again: Vec<_> = again.into_iter().map(|(_, again)| again).collect();
        assert_eq!(again, [Some(ANA), Some(BEN), Some(ANA), Some(BEN), None, None]);
    }

    #[test]
    fn whoever_is_imagined_away_keeps_nobody_from_being_set_back() {
        let before = rotation(Limits { daily: 1, monthly: 0 }, &[ANA, BEN]);
        let mut state = before.clone();
        let number = super::super::testing::lead;
        let mut entries: Vec<LedgerEntry> =
            (0..2).map(|lead| state.deal(number(lead), moment(DAY)).entry).collect();
        entries.extend(state.reset_limits(&[], ResetPeriod::Day, moment(DAY)).unwrap());
        entries.push(state.deal(number(2), moment(DAY)).entry);
        let hypothesis = Hypothesis { members: Some(vec![BEN]), ..Hypothesis::default() };
        let mut rehearsal = Rehearsal::begin(before, hypothesis, moment(DAY)).unwrap();
        let again: Vec<_> = (entries.iter())
            .filter_map(|entry| rehearsal.next(&Record::decode(&entry.body).unwrap()))
            .map(|again| again.decision.chosen)
            .collect();
        assert_eq!(again, [Some(BEN), None, Some(BEN)]);
    }

    #[test]
    fn what_would_happen_is_what_happens() {
        let mut state = rotation(Limits { daily: 3, monthly: 0 }, &[ANA, BEN]);
        let hypothesis = Hypothesis { members: Some(vec![BEN]), ..Hypothesis::default() };
        let mut imagined = state.clone();
        hypothesis.apply(&mut imagined, |_| Joining::default(), moment(DAY)).unwrap();
        let foreseen = deal(&mut imagined, 4, DAY);
        state.replace_members(&[BEN], |_| Joining::default(), moment(DAY)).unwrap();
        assert_eq!(deal(&mut state, 4, DAY), foreseen);
        assert_eq!(state, imagined);
    }
}
