//! What is to be set for one member of a rotation, as clients send it.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::distribution::{MAX_LIMIT, MAX_WEIGHT, MemberChange};
use evenhand_domain::error::Faults;
use evenhand_domain::rotation::Pause;

use crate::fields;

/// The fields of a change of one member, where it has them: the outer `None` is absent, the inner
/// one null.
pub(crate) struct MemberFields {
    pub(crate) paused: Option<Option<bool>>,
    pub(crate) paused_until: Option<Option<String>>,
    pub(crate) daily_limit: Option<Option<u32>>,
    pub(crate) monthly_limit: Option<Option<u32>>,
    pub(crate) weight: Option<Option<u32>>,
}

impl MemberFields {
    pub(crate) fn parse(self, now: Timestamp, faults: &mut Faults) -> Option<MemberChange> {
        let Self { paused, paused_until, daily_limit, monthly_limit, weight } = self;
        // Null takes the pause away as it takes a limit of their own away.
        let paused = paused.map(|paused| paused.unwrap_or(false));
        let pause = pause(paused, paused_until, now, faults);
        let daily_limit = own(faults, "/daily_limit", daily_limit, MAX_LIMIT);
        let monthly_limit = own(faults, "/monthly_limit", monthly_limit, MAX_LIMIT);
        let weight = own(faults, "/weight", weight, MAX_WEIGHT);
        Some(MemberChange {
            daily_limit: daily_limit?,
            monthly_limit: monthly_limit?,
            weight: weight?,
            pause: pause?,
        })
    }
}

/// The outer `None` is a fault.
fn own(
    faults: &mut Faults,
    pointer: &str,
    value: Option<Option<u32>>,
    max: u32,
) -> Option<Option<Option<u32>>> {
    match value {
        Some(Some(number)) => {
            fields::at_most(faults, pointer, number, max).map(|number| Some(Some(number)))
        }
        kept_or_cleared => Some(kept_or_cleared),
    }
}

/// The pause that is asked for; `Some(None)` keeps it, `None` is a fault.
pub(crate) fn pause(
    paused: Option<bool>,
    until: Option<Option<String>>,
    now: Timestamp,
    faults: &mut Faults,
) -> Option<Option<Pause>> {
    let pointer = "/paused_until";
    match (paused, until) {
        (None, None) => Some(None),
        (Some(true), None | Some(None)) => Some(Some(Pause::Indefinite)),
        (Some(false), None | Some(None)) => Some(Some(Pause::No)),
        (None | Some(true), Some(Some(until))) => {
            let end = fields::future_instant(faults, pointer, &until, now)?;
            Some(Some(Pause::Until(end)))
        }
        (Some(false), Some(Some(_))) => {
            faults.add(
                pointer,
                "invalid_value",
                "a member who is not paused has no end of a pause",
            );
            None
        }
        (None, Some(None)) => {
            faults.add("/paused", "required", "say whether the pause goes on without an end");
            None
        }
    }
}
