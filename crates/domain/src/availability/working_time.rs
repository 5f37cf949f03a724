//! Whether a user is available, and when that changes.

use super::holidays::Holidays;
use super::schedule::Schedule;
use super::walk::{Piece, Walk, piece};
use crate::calendar::MICROS_PER_DAY;
use crate::clock::Timestamp;
use crate::user::coded;

/// Days within which the end of somebody's availability is looked for.
pub const HORIZON_DAYS: u32 = 400;

coded! {
    /// Why a user is not available. Where several reasons hold, it is the first of `absent`,
    /// `holiday`, `outside_working_hours`.
    UnavailableReason {
        /// The clock on their wall shows none of their working hours.
        OutsideWorkingHours = 1 "outside_working_hours",
        /// They are away.
        Absent = 2 "absent",
        /// It is a holiday of the organization where they are.
        Holiday = 3 "holiday",
    }
}

/// Whether a user is available at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// They are.
    Available,
    /// They are not.
    Unavailable {
        /// Why not.
        reason: UnavailableReason,
        /// The instant at which they are available again, whatever keeps them until then;
        /// `None` = never.
        until: Option<Timestamp>,
    },
}

/// A user's schedule under their organization's holidays: the one place that decides when they
/// are available. See [the module](super) for the rule.
#[derive(Debug, Clone, Copy)]
pub struct WorkingTime<'a> {
    schedule: &'a Schedule,
    holidays: &'a Holidays,
}

impl<'a> WorkingTime<'a> {
    /// This schedule under these holidays.
    #[must_use]
    pub const fn new(schedule: &'a Schedule, holidays: &'a Holidays) -> Self {
        Self { schedule, holidays }
    }

    /// The schedule.
    #[must_use]
    pub const fn schedule(&self) -> &'a Schedule {
        self.schedule
    }

    /// The holidays.
    #[must_use]
    pub const fn holidays(&self) -> &'a Holidays {
        self.holidays
    }

    /// Whether the user is available at `at`: `availability` without the search for the end.
    #[must_use]
    pub fn is_available(&self, at: Timestamp) -> bool {
        self.piece(at).is_available()
    }

    /// Whether the user is available at `at`, and if not, why and until when.
    #[must_use]
    pub fn availability(&self, at: Timestamp) -> Availability {
        match self.piece(at).reason {
            None => Availability::Available,
            Some(reason) => Availability::Unavailable { reason, until: self.next_available(at) },
        }
    }

    /// The first instant from `at` on, `at` included, at which the user is available.
    ///
    /// `None` = never: there are no hours, or an absence lasts until the year 9999 ends. However
    /// long an absence is, its end is found.
    #[must_use]
    pub fn next_available(&self, at: Timestamp) -> Option<Timestamp> {
        if self.schedule.hours().is_some_and(|hours| hours.intervals().is_empty()) {
            return None;
        }
        Walk::new(*self, at).find(Piece::is_available).map(|piece| piece.from)
    }

    /// The first instant after `at` at which the user becomes available or stops being it.
    ///
    /// For an available user `None` = not within [`HORIZON_DAYS`] × 24 hours; for another one
    /// `None` = never.
    #[must_use]
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        if !self.is_available(at) {
            return self.next_available(at);
        }
        let horizon = after_days(at, HORIZON_DAYS);
        Walk::new(*self, at)
            .take_while(|piece| piece.from < horizon)
            .find(|piece| !piece.is_available())
            .map(|piece| piece.from)
    }

    /// Until when [`WorkingTime::availability`] tells the same as at `at`, the reason too; at most
    /// `days` × 24 hours are looked through.
    #[must_use]
    pub fn holds_until(&self, at: Timestamp, days: u32) -> Timestamp {
        let (reason, end) = (self.piece(at).reason, after_days(at, days));
        Walk::new(*self, at)
            .take_while(|piece| piece.from < end)
            .find(|piece| piece.reason != reason)
            .map_or(end, |piece| piece.from)
    }

    /// The times from `from` on, for `days` × 24 hours, at which the user is available: `(start,
    /// end)`, the end not included, cut off at both ends of the window.
    ///
    /// The form is canonical: in order, none empty, none touching the next. It says when and
    /// nothing else: no reason, no zone, no note. Its length grows with `days`, which is the
    /// caller's to bound.
    #[must_use]
    pub fn compile(&self, from: Timestamp, days: u32) -> Vec<(Timestamp, Timestamp)> {
        let end = after_days(from, days);
        let mut spans: Vec<(Timestamp, Timestamp)> = Vec::new();
        let pieces = Walk::new(*self, from).take_while(|piece| piece.from < end);
        for piece in pieces.filter(Piece::is_available) {
            let to = piece.to.min(end);
            match spans.last_mut() {
                Some(last) if last.1 == piece.from => last.1 = to,
                _ => spans.push((piece.from, to)),
            }
        }
        spans
    }

    fn piece(&self, at: Timestamp) -> Piece {
        piece(*self, at, &self.schedule.zone().stretch(at))
    }
}

/// The end of a window of `days` × 24 hours.
fn after_days(at: Timestamp, days: u32) -> Timestamp {
    at.shifted(i64::from(days).saturating_mul(MICROS_PER_DAY))
}
