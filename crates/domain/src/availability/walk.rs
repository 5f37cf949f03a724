//! Time cut into pieces in each of which one thing holds.

use super::working_time::{UnavailableReason, WorkingTime};
use crate::calendar::{MICROS_PER_DAY, Stretch, WallTime};
use crate::clock::Timestamp;

/// 10000-01-01T00:00:00Z: no calendar goes further.
const END_OF_TIME: Timestamp = Timestamp::from_micros(253_402_300_800_000_000);

/// A time throughout which a user is available, or is not for one reason. Neighbouring pieces
/// may be of the same kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) reason: Option<UnavailableReason>,
}

impl Piece {
    pub(super) const fn is_available(&self) -> bool {
        self.reason.is_none()
    }
}

/// The pieces from an instant on, without a gap between them. It goes on until the calendar
/// ends: whoever walks knows when to stop.
///
/// A piece of absence lasts until the absence is over or the clocks change, any other piece until
/// midnight at the latest. So a walk to the next available moment takes two steps for each year
/// of absence, one for each holiday, and a week's worth of intervals.
pub(super) struct Walk<'a> {
    time: WorkingTime<'a>,
    stretch: Stretch,
    at: Timestamp,
}

impl<'a> Walk<'a> {
    pub(super) fn new(time: WorkingTime<'a>, at: Timestamp) -> Self {
        Self { time, stretch: time.schedule().zone().stretch(at), at }
    }
}

impl Iterator for Walk<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if self.at >= END_OF_TIME {
            return None;
        }
        if self.at >= self.stretch.end() {
            self.stretch = self.time.schedule().zone().stretch(self.at);
        }
        let piece = piece(self.time, self.at, &self.stretch);
        self.at = piece.to;
        Some(piece)
    }
}

/// What holds at `at`, an instant of `stretch`, and until when at least.
pub(super) fn piece(time: WorkingTime<'_>, at: Timestamp, stretch: &Stretch) -> Piece {
    let wall = stretch.wall(at);
    let (reason, to) = if let Some(back) = away_until(time, at, wall, stretch) {
        (Some(UnavailableReason::Absent), back)
    } else if time.holidays().contains(wall.day) {
        (Some(UnavailableReason::Holiday), stretch.instant(wall.day.next(), 0))
    } else {
        let (open, until) =
            time.schedule().hours().map_or((true, MICROS_PER_DAY), |hours| hours.at(wall));
        let until = stretch.instant(wall.day, until);
        let reason = (!open).then_some(UnavailableReason::OutsideWorkingHours);
        (reason, next_away(time, at, stretch).map_or(until, |away| away.min(until)))
    };
    Piece { from: at, to: to.min(stretch.end()), reason }
}

/// When the last of the absences that hold at `at` is over; `None` where none holds.
fn away_until(
    time: WorkingTime<'_>,
    at: Timestamp,
    wall: WallTime,
    stretch: &Stretch,
) -> Option<Timestamp> {
    let absences = time.schedule().absences().iter().map(|absence| absence.away);
    absences.filter(|away| away.holds(at, wall.day)).map(|away| away.end(stretch)).max()
}

/// When the next absence after `at` begins.
fn next_away(time: WorkingTime<'_>, at: Timestamp, stretch: &Stretch) -> Option<Timestamp> {
    let absences = time.schedule().absences().iter();
    absences.map(|absence| absence.away.start(stretch)).filter(|start| *start > at).min()
}
