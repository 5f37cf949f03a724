//! What rotations see of working hours, and that looking when it is due misses nothing.

use uuid::Uuid;

use super::*;
use crate::calendar::Zone;
use crate::clock::Timestamp;
use crate::error::Faults;
use crate::ids::{OrganizationId, RotationId, UserId};
use crate::rotation::{
    Limits, MemberSettings, Method, Moment, OffDuty, OffReason, Policy, RotationState, SkipReason,
    Until,
};

const TOM: UserId = UserId::from_uuid(Uuid::from_u128(0xa));
const ANN: UserId = UserId::from_uuid(Uuid::from_u128(0xb));
const BEN: UserId = UserId::from_uuid(Uuid::from_u128(0xc));
const EVA: UserId = UserId::from_uuid(Uuid::from_u128(0xd));

fn at(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(text).unwrap()
}

/// A moment of a rotation in London.
fn moment(at: Timestamp) -> Moment {
    let london: Zone = "Europe/London".parse().unwrap();
    Moment { at, local_day: london.local_day(at) }
}

fn rotation(users: &[UserId], start: &str) -> RotationState {
    let start = moment(at(start));
    let policy = Policy { method: Method::Sequential, respects_availability: true };
    let (organization, id) = (OrganizationId::from(Uuid::nil()), RotationId::from(Uuid::nil()));
    let limits = Limits::default();
    let (mut state, _) =
        RotationState::create(organization, id, policy, limits, "Europe/London", [0; 32], start);
    for user in users {
        state.add_member(*user, MemberSettings::default(), None, start).unwrap();
    }
    state
}

fn schedule(zone: &str, weekly: &[(&str, &str, &str)], absences: &[(&str, &str)]) -> Schedule {
    let given = |text: &str| Some(text.to_owned());
    let weekly = weekly.iter().map(|(day, from, to)| HoursInput {
        day: given(day),
        from: given(from),
        to: given(to),
    });
    let absences = absences.iter().map(|(from, to)| AbsenceInput {
        from: given(from),
        to: given(to),
        note: None,
    });
    let input = ScheduleInput {
        time_zone: given(zone),
        weekly: Some(weekly.collect()),
        absences: absences.collect(),
    };
    Schedule::parse(&input, &mut Faults::default()).unwrap()
}

fn in_london(holidays: &[&str]) -> WorkingTimes {
    let date = |date: &&str| HolidayInput { date: Some((*date).to_owned()), name: None };
    let holidays: Vec<_> = holidays.iter().map(date).collect();
    let holidays = Holidays::parse(&holidays, "", &mut Faults::default()).unwrap();
    WorkingTimes::new("Europe/London".parse().unwrap(), holidays)
}

fn off(reason: OffReason, until: &str) -> Option<OffDuty> {
    Some(OffDuty { reason, until: Some(at(until)) })
}

#[test]
fn somebody_is_off_duty_until_the_microsecond_at_which_their_clock_shows_it() {
    // London's clocks jump from 01:00 to 02:00 on Sunday 2026-03-29; New York's did on the 8th.
    let mut times = in_london(&[]);
    times.set(TOM, schedule("Europe/London", &[("sunday", "09:00", "17:00")], &[]));
    times.set(ANN, schedule("America/New_York", &[("sunday", "09:00", "17:00")], &[]));
    let state = rotation(&[TOM, ANN, BEN], "2026-03-01T00:00:00Z");
    let before = times.observe(&state, at("2026-03-29T07:59:59.999999Z"));
    let outside = OffReason::OutsideWorkingHours;
    let tom = (TOM, off(outside, "2026-03-29T08:00:00Z"));
    let ann = (ANN, off(outside, "2026-03-29T13:00:00Z"));
    assert_eq!(before.changes, [tom, ann]);
    assert_eq!(before.until, at("2026-03-29T08:00:00Z"));

    let after = times.observe(&state, at("2026-03-29T08:00:00Z"));
    assert_eq!((after.changes, after.until), (vec![ann], at("2026-03-29T13:00:00Z")));
}

#[test]
fn what_the_rotation_has_already_is_no_change() {
    let mut times = in_london(&["2026-03-02"]);
    times.set(TOM, schedule("Europe/London", &[("monday", "09:00", "17:00")], &[]));
    let mut state = rotation(&[TOM], "2026-02-28T12:00:00Z");
    let (saturday, sunday) = (at("2026-02-28T12:00:00Z"), at("2026-03-01T12:00:00Z"));
    let seen = times.observe(&state, saturday);
    let tuesday = "2026-03-09T09:00:00Z";
    assert_eq!(seen.changes, [(TOM, off(OffReason::OutsideWorkingHours, tuesday))]);
    // The holiday is another reason, which is seen when it begins.
    assert_eq!(seen.until, at("2026-03-02T00:00:00Z"));
    assert!(state.observe_off_duty(seen.changes, moment(saturday)).is_some());
    assert_eq!(times.observe(&state, sunday).changes, []);
    let monday = times.observe(&state, seen.until);
    assert_eq!(monday.changes, [(TOM, off(OffReason::Holiday, tuesday))]);

    // Somebody who is back because their time has come needs no word of it.
    let back = times.observe(&state, at(tuesday));
    assert_eq!((back.changes, back.until), (vec![], at("2026-03-09T17:00:00Z")));
    // Who is back because something was changed does.
    assert_eq!(in_london(&[]).observe(&state, sunday).changes, [(TOM, None)]);
}

#[test]
fn a_rotation_whose_time_is_ahead_sees_what_is_then() {
    let mut times = in_london(&[]);
    times.set(TOM, schedule("Europe/London", &[("monday", "09:00", "17:00")], &[]));
    let state = rotation(&[TOM], "2026-03-02T12:00:00Z");
    let seen = times.observe(&state, at("2026-03-02T03:00:00Z"));
    assert_eq!((seen.changes, seen.until), (vec![], at("2026-03-02T17:00:00Z")));
}

#[test]
fn who_has_nothing_set_has_the_organization_s_holidays() {
    let times = in_london(&["2026-04-03"]);
    let state = rotation(&[BEN], "2026-03-29T00:00:00Z");
    let seen = times.observe(&state, at("2026-04-02T00:00:00Z"));
    // By London's clocks.
    assert_eq!((seen.changes, seen.until), (vec![], at("2026-04-02T23:00:00Z")));
    let seen = times.observe(&state, at("2026-04-03T12:00:00Z"));
    assert_eq!(seen.changes, [(BEN, off(OffReason::Holiday, "2026-04-03T23:00:00Z"))]);
    // Nothing in sight: it looks again in a week all the same.
    let seen = times.observe(&state, at("2026-05-01T12:00:00Z"));
    assert_eq!((seen.changes, seen.until), (vec![], at("2026-05-08T12:00:00Z")));
}

/// Over three weeks with both clock changes of the spring, the rotation that looks only when what
/// it saw does not hold any more passes over exactly who is not available, for the right reason and
/// until the right instant.
#[test]
fn looking_when_it_is_due_misses_nothing() {
    let mut times = in_london(&["2026-03-17", "2026-03-28"]);
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let daily = |from, to| -> Vec<_> { days.iter().map(|day| (*day, from, to)).collect() };
    times.set(TOM, schedule("Europe/London", &daily("01:15", "17:20"), &[]));
    let away = [("2026-03-11", "2026-03-12"), ("2026-03-20T10:07:00Z", "2026-03-20T11:11:00Z")];
    times.set(ANN, schedule("America/New_York", &daily("01:30", "12:00"), &away));
    times.set(EVA, schedule("Asia/Kathmandu", &[("friday", "22:00", "24:00")], &away));
    let mut state = rotation(&[TOM, ANN, BEN, EVA], "2026-03-07T00:00:00Z");
    let (mut now, mut until) = (state.last_at, state.last_at);
    let (mut looks, mut entries) = (0, 0);
    while now < at("2026-03-31T00:00:00Z") {
        let moment = moment(now);
        if until <= now {
            let seen = times.observe(&state, now);
            assert!(seen.until > now);
            until = seen.until;
            entries += usize::from(state.observe_off_duty(seen.changes, moment).is_some());
            looks += 1;
        }
        for member in state.standing(moment).members {
            let skip = member.skip.map(|skip| (skip.reason, skip.until));
            let expected = match times.of(member.user_id).availability(now) {
                Availability::Available => None,
                Availability::Unavailable { reason, until } => {
                    let reason = match reason {
                        UnavailableReason::Absent => SkipReason::Absent,
                        UnavailableReason::Holiday => SkipReason::Holiday,
                        UnavailableReason::OutsideWorkingHours => SkipReason::OutsideWorkingHours,
                    };
                    Some((reason, until.map_or(Until::Indefinite, Until::At)))
                }
            };
            assert_eq!(skip, expected, "{} at {}", member.user_id, now.to_rfc3339());
        }
        now = now.shifted(7 * 60 * 1_000_000);
    }
    assert!(looks < 150 && entries < looks, "{looks} looks, {entries} entries");
}
