//! Where somebody stands in a rotation, as the API shows it.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::rotation::Pause;
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema::Instant;

/// Somebody's being paused in all rotations.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Away)]
pub(crate) struct AwayView {
    /// When it ends by itself; null = not by itself.
    pub(crate) until: Option<Instant>,
}

impl AwayView {
    /// As of `now`: one that is over by itself is none.
    pub(crate) fn of(away: Pause, now: Timestamp) -> Option<Self> {
        match away.in_force(now) {
            Pause::No => None,
            Pause::Indefinite => Some(Self { until: None }),
            Pause::Until(end) => Some(Self { until: Some(end.into()) }),
        }
    }
}

/// Whether something is paused as of `now`, and until when: a pause that is over by itself is none.
pub(crate) fn pause(pause: Pause, now: Timestamp) -> (bool, Option<Instant>) {
    match pause.in_force(now) {
        Pause::No => (false, None),
        Pause::Indefinite => (true, None),
        Pause::Until(end) => (true, Some(end.into())),
    }
}
