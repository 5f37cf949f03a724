//! What a rotation sees of its members' working hours: the one place that the lane and the dry run
//! share.

use std::collections::HashMap;

use super::holidays::Holidays;
use super::schedule::Schedule;
use super::working_time::{Availability, UnavailableReason, WorkingTime};
use crate::calendar::Zone;
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::rotation::{Moment, OffDuty, OffReason, RotationState};

/// Days after which a rotation looks again, whatever it saw: how far ahead it is worth looking.
const LOOK_AHEAD_DAYS: u32 = 7;

/// When the people of an organization work.
#[derive(Debug, Clone)]
pub struct WorkingTimes {
    any_time: Schedule,
    holidays: Holidays,
    schedules: HashMap<UserId, Schedule>,
}

impl WorkingTimes {
    /// Those of an organization in `zone`, of whose users nothing is known yet.
    #[must_use]
    pub fn new(zone: Zone, holidays: Holidays) -> Self {
        Self { any_time: Schedule::any_time(zone), holidays, schedules: HashMap::new() }
    }

    /// What is set for a user. Who has nothing set works at any time.
    pub fn set(&mut self, user: UserId, schedule: Schedule) {
        self.schedules.insert(user, schedule);
    }

    /// When a user works.
    #[must_use]
    pub fn of(&self, user: UserId) -> WorkingTime<'_> {
        let schedule = self.schedules.get(&user).unwrap_or(&self.any_time);
        WorkingTime::new(schedule, &self.holidays)
    }

    /// What a rotation would see of its members at `now`, or at its last entry where that is later.
    #[must_use]
    pub fn observe(&self, state: &RotationState, now: Timestamp) -> Observation {
        let at = now.max(state.last_at);
        let anybody = Seen::of(WorkingTime::new(&self.any_time, &self.holidays), at);
        let mut observation = Observation { changes: Vec::new(), until: anybody.until };
        for member in &state.members {
            let seen = match self.schedules.get(&member.user_id) {
                Some(schedule) => Seen::of(WorkingTime::new(schedule, &self.holidays), at),
                None => anybody,
            };
            if member.off.filter(|off| off.holds(at)) != seen.off {
                observation.changes.push((member.user_id, seen.off));
            }
            observation.until = observation.until.min(seen.until);
        }
        observation
    }

    /// The state in which a decision at `moment` would find the rotation. What it would see is not
    /// recorded: the number and the hash of the last entry are not those of the ledger.
    #[must_use]
    pub fn foreseen(&self, state: &RotationState, moment: Moment) -> RotationState {
        let mut seen = state.clone();
        let _unrecorded = seen.observe_off_duty(self.observe(state, moment.at).changes, moment);
        seen
    }
}

/// What a rotation sees of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Who is off duty, or on duty again (`None`), in turn order, as far as the rotation has it
    /// otherwise: what [`RotationState::observe_off_duty`] is to record.
    pub changes: Vec<(UserId, Option<OffDuty>)>,
    /// Until when it holds: nobody goes off duty, comes back, or is off duty for another reason
    /// before.
    pub until: Timestamp,
}

/// What is seen of one member, and until when it holds.
#[derive(Clone, Copy)]
struct Seen {
    off: Option<OffDuty>,
    until: Timestamp,
}

impl Seen {
    fn of(time: WorkingTime<'_>, at: Timestamp) -> Self {
        let off = match time.availability(at) {
            Availability::Available => None,
            Availability::Unavailable { reason, until } => {
                Some(OffDuty { reason: recorded(reason), until })
            }
        };
        Self { off, until: time.holds_until(at, LOOK_AHEAD_DAYS) }
    }
}

const fn recorded(reason: UnavailableReason) -> OffReason {
    match reason {
        UnavailableReason::OutsideWorkingHours => OffReason::OutsideWorkingHours,
        UnavailableReason::Absent => OffReason::Absent,
        UnavailableReason::Holiday => OffReason::Holiday,
    }
}
