//! A past period over again, with some things otherwise.

use std::collections::HashSet;

use evenhand_domain::availability::WorkingTimes;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::UserId;
use evenhand_domain::rotation::{
    ChangeError, Content, Hypothesis, Moment, Record, Rehearsal, Rehearsed,
};
use evenhand_persistence::ledgers::Past;

use super::budget::{Budget, Stopped};

/// Why a period has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAgain {
    /// What of the hypothesis cannot be.
    Impossible(ChangeError),
    /// The work was stopped.
    Stopped(Stopped),
}

/// Deals every lead of a period again, in order. Where the ledger does not tell when somebody worked,
/// because the rotation did not respect it or they were no member, `times` do. Open leads are counted
/// from the beginning of the period where the rotation did not choose by them. Only works: to be
/// called where that holds nobody up.
///
/// # Errors
/// [`NotAgain`].
pub fn again(
    past: Past,
    hypothesis: Hypothesis,
    times: Option<&WorkingTimes>,
    mut budget: Budget,
) -> Result<Vec<Rehearsed>, NotAgain> {
    let Past { before, records } = past;
    let Some(first) = records.first() else { return Ok(Vec::new()) };
    let respected = before.policy.respects_availability;
    let recorded = before.members.iter().map(|member| member.user_id).collect();
    let rehearsal = Rehearsal::begin(before, hypothesis, first.moment);
    let rehearsal = rehearsal.map_err(NotAgain::Impossible)?;
    let mut again = Again { rehearsal, times, respected, recorded, seen_until: None };
    let mut leads = Vec::new();
    for record in &records {
        budget.decision(again.rehearsal.state().members.len()).map_err(NotAgain::Stopped)?;
        leads.extend(again.next(record, &mut budget).map_err(NotAgain::Stopped)?);
    }
    Ok(leads)
}

struct Again<'a> {
    rehearsal: Rehearsal,
    times: Option<&'a WorkingTimes>,
    /// Whether the rotation respected working hours in earnest, and who its members were: of them the
    /// ledger tells who was off duty.
    respected: bool,
    recorded: HashSet<UserId>,
    seen_until: Option<Timestamp>,
}

impl Again<'_> {
    fn next(&mut self, record: &Record, budget: &mut Budget) -> Result<Option<Rehearsed>, Stopped> {
        match &record.content {
            Content::Decision { .. } => self.look(record.moment, budget)?,
            Content::PolicyChanged(policy) => self.respected = policy.respects_availability,
            Content::MemberAdded(member) => {
                self.recorded.insert(member.user_id);
            }
            Content::MemberRemoved { user_id } => {
                self.recorded.remove(user_id);
            }
            _ => {}
        }
        if !matches!(record.content, Content::Decision { .. }) {
            self.seen_until = None;
        }
        Ok(self.rehearsal.next(record))
    }

    fn look(&mut self, moment: Moment, budget: &mut Budget) -> Result<(), Stopped> {
        let state = self.rehearsal.state();
        let Some(times) = self.times.filter(|_| state.policy.respects_availability) else {
            return Ok(());
        };
        if self.seen_until.is_some_and(|until| until > moment.at) {
            return Ok(());
        }
        budget.looks(state.members.len())?;
        let seen = times.observe(state, moment.at);
        let is_told = |user: &UserId| self.respected && self.recorded.contains(user);
        let untold = seen.changes.into_iter().filter(|(user, _)| !is_told(user));
        let untold: Vec<_> = untold.collect();
        self.rehearsal.observe_off_duty(untold, moment);
        self.seen_until = Some(seen.until);
        Ok(())
    }
}
