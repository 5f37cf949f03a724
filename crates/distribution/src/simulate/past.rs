//! A past period over again, with some things otherwise.

use evenhand_domain::availability::WorkingTimes;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::rotation::{ChangeError, Content, Hypothesis, Record, Rehearsal, Rehearsed};
use evenhand_persistence::ledgers::Past;

/// Deals every lead of a period again, in order. Where the rotation did not respect working hours
/// and by `hypothesis` does, those of `times` hold. Open leads are counted from the beginning of the
/// period where the rotation did not choose by them. Only works: to be called where that holds
/// nobody up.
///
/// # Errors
/// What of the hypothesis cannot be.
pub fn again(
    past: Past,
    hypothesis: Hypothesis,
    times: Option<&WorkingTimes>,
) -> Result<Vec<Rehearsed>, ChangeError> {
    let Past { before, records } = past;
    let Some(first) = records.first() else { return Ok(Vec::new()) };
    let looks = hypothesis.policy.is_some_and(|policy| policy.respects_availability)
        && !before.policy.respects_availability;
    let rehearsal = Rehearsal::begin(before, hypothesis, first.moment)?;
    let mut again = Again { rehearsal, times: times.filter(|_| looks), seen_until: None };
    Ok(records.iter().filter_map(|record| again.next(record)).collect())
}

struct Again<'a> {
    rehearsal: Rehearsal,
    /// Where working hours are respected that were not.
    times: Option<&'a WorkingTimes>,
    seen_until: Option<Timestamp>,
}

impl Again<'_> {
    fn next(&mut self, record: &Record) -> Option<Rehearsed> {
        let moment = record.moment;
        if !matches!(record.content, Content::Decision { .. }) {
            // Members may be others behind it.
            self.seen_until = None;
        } else if let Some(times) = self.times
            && self.seen_until.is_none_or(|until| until <= moment.at)
        {
            let seen = times.observe(self.rehearsal.state(), moment.at);
            self.rehearsal.observe_off_duty(seen.changes, moment);
            self.seen_until = Some(seen.until);
        }
        self.rehearsal.next(record)
    }
}
