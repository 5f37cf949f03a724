//! When leads that wait for a rotation may be dealt.

use crate::calendar::Zone;
use crate::clock::Timestamp;
use crate::rotation::{Moment, Pause, RotationState, Skip, Undealt, Until};

/// How many ends of limits and pauses are looked at: after so many, the last one is said to be a
/// chance, though it may turn out to be none.
const LOOKS: u32 = 64;

/// The first instant from `from` on at which a member of the rotation, whose days are those of
/// `zone`, is eligible if nobody changes anything; `None` when that does not come by itself.
#[must_use]
pub fn next_chance(state: &RotationState, zone: &Zone, from: Timestamp) -> Option<Timestamp> {
    let mut at = from;
    for _ in 0..LOOKS {
        let standing = state.standing(Moment { at, local_day: zone.local_day(at) });
        if standing.next.is_some() {
            return Some(at);
        }
        at = match (standing.reason, state.pause) {
            (Some(Undealt::RotationPaused), Pause::Until(end)) => end,
            (Some(Undealt::RotationPaused), _) => return None,
            _ => {
                // For the rotation it may be later than it is.
                let present = standing.moment.at.max(at);
                let skips = standing.members.iter().filter_map(|member| member.skip);
                skips.filter_map(|skip| end(skip, zone)).filter(|end| *end > present).min()?
            }
        };
    }
    Some(at)
}

fn end(skip: Skip, zone: &Zone) -> Option<Timestamp> {
    match skip.until {
        Until::Indefinite => None,
        Until::At(end) => Some(end),
        Until::NextDay(day) | Until::NextMonth(day) => Some(zone.day_start(day)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{LeadId, OrganizationId, RotationId, UserId};
    use crate::rotation::{Limits, MemberSettings, Method, Pause};
    use uuid::Uuid;

    const ANA: UserId = UserId::from_uuid(Uuid::from_u128(0xa));
    const BEN: UserId = UserId::from_uuid(Uuid::from_u128(0xb));

    fn utc() -> Zone {
        "UTC".parse().unwrap()
    }

    fn instant(text: &str) -> Timestamp {
        Timestamp::from_rfc3339(text).unwrap()
    }

    fn noon() -> Moment {
        let at = instant("2026-03-30T12:00:00Z");
        Moment { at, local_day: utc().local_day(at) }
    }

    fn rotation(limits: Limits, users: &[UserId]) -> RotationState {
        let (organization, id) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (mut state, _) = RotationState::create(
            OrganizationId::from_uuid(organization),
            RotationId::from_uuid(id),
            Method::Sequential.into(),
            limits,
            "UTC",
            [0; 32],
            noon(),
        );
        for user in users {
            state.add_member(*user, MemberSettings::default(), None, noon()).unwrap();
        }
        state
    }

    fn deal(state: &mut RotationState, leads: u128) {
        for lead in 0..leads {
            state.deal(LeadId::from_uuid(Uuid::from_u128(lead + 9)), noon());
        }
    }

    fn pause(state: &mut RotationState, user: UserId, pause: Pause) {
        let settings = MemberSettings { pause, ..MemberSettings::default() };
        state.set_member(user, settings, noon()).unwrap();
    }

    fn chance(state: &RotationState) -> Option<Timestamp> {
        next_chance(state, &utc(), noon().at)
    }

    #[test]
    fn now_where_somebody_is_eligible_and_never_where_nobody_is() {
        assert_eq!(chance(&rotation(Limits::default(), &[ANA])), Some(noon().at));
        assert_eq!(chance(&rotation(Limits::default(), &[])), None);
    }

    #[test]
    fn with_the_next_day_or_the_next_month() {
        let mut state = rotation(Limits { daily: 1, monthly: 0 }, &[ANA, BEN]);
        deal(&mut state, 2);
        assert_eq!(chance(&state), Some(instant("2026-03-31T00:00:00Z")));
        let mut state = rotation(Limits { daily: 1, monthly: 1 }, &[ANA]);
        deal(&mut state, 1);
        // The day's limit ends first, and that is of no use.
        assert_eq!(chance(&state), Some(instant("2026-04-01T00:00:00Z")));
    }

    #[test]
    fn with_the_end_of_a_pause_if_nothing_else_holds_on() {
        let mut state = rotation(Limits { daily: 1, monthly: 0 }, &[ANA, BEN]);
        deal(&mut state, 1);
        let (end, midnight) = (noon().at.shifted(1), instant("2026-03-31T00:00:00Z"));
        pause(&mut state, BEN, Pause::Until(end));
        assert_eq!(chance(&state), Some(end));
        pause(&mut state, BEN, Pause::Indefinite);
        assert_eq!(chance(&state), Some(midnight));
        pause(&mut state, ANA, Pause::Until(end));
        assert_eq!(chance(&state), Some(midnight), "her limit holds on after the pause");
        pause(&mut state, ANA, Pause::Indefinite);
        assert_eq!(chance(&state), None);
    }

    #[test]
    fn with_the_end_of_the_rotation_s_own_pause() {
        let mut state = rotation(Limits { daily: 1, monthly: 0 }, &[ANA]);
        let end = noon().at.shifted(1);
        state.set_pause(Pause::Until(end), noon()).unwrap();
        assert_eq!(chance(&state), Some(end));
        state.set_pause(Pause::Indefinite, noon()).unwrap();
        assert_eq!(chance(&state), None);
        state.set_pause(Pause::No, noon()).unwrap();
        deal(&mut state, 1);
        state.set_pause(Pause::Until(end), noon()).unwrap();
        assert_eq!(chance(&state), Some(instant("2026-03-31T00:00:00Z")));
    }
}
