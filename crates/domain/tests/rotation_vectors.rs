//! The test vectors of `docs/distribution.md` are what the engine gives, to the byte: whoever
//! verifies ledgers with a program of their own depends on them.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fmt::Write;

use evenhand_domain::calendar::Zone;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, OrganizationId, RotationId, UserId};
use evenhand_domain::rotation::{
    EntryKind, LedgerEntry, Limits, MemberSettings, Method, Moment, OffDuty, OffReason, Pause,
    Policy, Replay, ResetPeriod, RotationState,
};
use uuid::Uuid;

const DOCUMENT: &str = include_str!("../../../docs/distribution.md");

/// Pinned here as well: the document and the engine must not change together unnoticed.
const HASH_512: &str = "d487ef48bfde738fa0e371f83d33080afe3d41627fbd0b3d46cf3efcccdd7458";
const HASH_1536: &str = "82de19075b8df2643dbfbb73d61174bafc7216a10062bada81b65ba60d2b9196";
const HASH_1024: &str = "da8463f6b259997d76a604972d96020e74410f44cd41d7af9eaeaadc670f79a0";

fn id(last: u64) -> Uuid {
    Uuid::from_u64_pair(0x0198_0000_0000_7000, 0x8000_0000_0000_0000 | last)
}

fn user(last: u64) -> UserId {
    UserId::from_uuid(id(last))
}

fn at(instant: &str, zone: &str) -> Moment {
    let at = Timestamp::from_rfc3339(instant).unwrap();
    let local_day = zone.parse::<Zone>().unwrap().local_day(at);
    Moment { at, local_day }
}

/// The example ledger that the document tells.
fn ledger() -> Vec<LedgerEntry> {
    const LONDON: &str = "Europe/London";
    const NEW_YORK: &str = "America/New_York";
    let on = |time: &str| at(&format!("2026-03-31T{time}Z"), LONDON);
    let (ana, ben) = (user(0xa1), user(0xb2));
    let (mut state, created) = RotationState::create(
        OrganizationId::from_uuid(id(1)),
        RotationId::from_uuid(id(2)),
        Method::Sequential.into(),
        Limits { daily: 2, monthly: 40 },
        LONDON,
        std::array::from_fn(|index| u8::try_from(index).unwrap()),
        on("09:00:00"),
    );
    let mut entries = vec![created];
    let lead = |number: u64| LeadId::from_uuid(id(0x1000 + number));
    entries.push(state.deal(lead(1), on("09:00:00.000001")).entry);
    let anyone = MemberSettings::default();
    entries.push(state.add_member(ana, anyone, None, on("09:10:00")).unwrap());
    let until_ten = MemberSettings {
        daily_limit: Some(1),
        monthly_limit: None,
        weight: 1,
        pause: Pause::Until(on("10:00:00").at),
    };
    entries.push(state.add_member(ben, until_ten, None, on("09:20:00")).unwrap());
    for (number, time) in [(2, "09:30:00"), (3, "09:40:00"), (4, "09:50:00"), (5, "10:00:00")] {
        entries.push(state.deal(lead(number), on(time)).entry);
    }
    entries.push(state.deal(lead(6), on("10:10:00")).entry);
    let limits = Limits { daily: 0, monthly: 30 };
    entries.extend(state.set_limits(limits, on("10:20:00")).unwrap());
    let paused = MemberSettings { pause: Pause::Indefinite, ..anyone };
    entries.extend(state.set_member(ben, paused, on("10:30:00")).unwrap());
    let count = state.member(ana).unwrap().count;
    entries.push(state.remove_member(ana, on("10:40:00")).unwrap());
    entries.push(state.add_member(ana, anyone, count, on("10:50:00")).unwrap());
    entries.push(state.reorder(&[ana, ben], on("23:30:00")).unwrap());
    let west = at("2026-03-31T23:40:00Z", NEW_YORK);
    entries.extend(state.set_zone(NEW_YORK, west).unwrap());
    let noon = at("2026-04-01T16:00:00Z", NEW_YORK);
    for number in 7..=503 {
        entries.push(state.deal(lead(number), noon).entry);
    }
    let may = |time: &str| at(&format!("2026-05-01T{time}Z"), NEW_YORK);
    let until_noon = Pause::Until(may("12:00:00").at);
    entries.extend(state.set_away(ana, until_noon, noon).unwrap());
    entries.push(state.deal(lead(504), may("11:59:59.999999")).entry);
    entries.push(state.deal(lead(505), may("12:00:00")).entry);
    entries.extend(state.set_away(ben, Pause::Indefinite, may("12:10:00")).unwrap());
    entries.extend(state.set_away(ana, Pause::No, may("12:20:00")).unwrap());
    for number in 506..=1012 {
        entries.push(state.deal(lead(number), may("12:30:00")).entry);
    }
    by_other_methods(&mut state, &mut entries);
    entries
}

/// The rest of the example: every other method, and what is seen from outside.
fn by_other_methods(state: &mut RotationState, entries: &mut Vec<LedgerEntry>) {
    let june = |time: &str| at(&format!("2026-06-01T{time}Z"), "America/New_York");
    let lead = |number: u64| LeadId::from_uuid(id(0x2000 + number));
    let (ana, ben, carl) = (user(0xa1), user(0xb2), user(0xc3));
    let weighing = |weight| MemberSettings { weight, ..MemberSettings::default() };
    entries.extend(state.set_away(ben, Pause::No, june("12:00:00")).unwrap());
    entries.extend(state.set_member(ben, weighing(2), june("12:00:01")).unwrap());
    entries.push(state.add_member(carl, weighing(1), None, june("12:00:02")).unwrap());
    let respectful = Policy { method: Method::Random, respects_availability: true };
    entries.extend(state.set_policy(respectful, june("12:01:00")).unwrap());
    for (number, time) in [(1, "12:01:01"), (2, "12:01:02"), (3, "12:01:03")] {
        entries.push(state.deal(lead(number), june(time)).entry);
    }
    let until = Some(june("13:00:00").at);
    let off = |reason, until| Some(OffDuty { reason, until });
    let seen =
        [(ana, off(OffReason::OutsideWorkingHours, until)), (carl, off(OffReason::Holiday, None))];
    entries.extend(state.observe_off_duty(seen, june("12:02:00")));
    entries.push(state.deal(lead(4), june("12:02:01")).entry);
    entries.extend(state.set_policy(Method::Weighted.into(), june("12:03:00")).unwrap());
    for number in 5..=12 {
        entries.push(state.deal(lead(number), june("12:03:01")).entry);
    }
    entries.extend(state.set_policy(Method::LeastOpen.into(), june("12:04:00")).unwrap());
    entries.extend(state.observe_open_leads([(ana, 5), (ben, 3), (carl, 3)], june("12:04:01")));
    for number in 13..=17 {
        entries.push(state.deal(lead(number), june("12:04:02")).entry);
    }
    let break_end = Pause::Until(june("13:00:00").at);
    entries.extend(state.set_pause(break_end, june("12:05:00")).unwrap());
    entries.push(state.deal(lead(18), june("12:59:59")).entry);
    entries.push(state.deal(lead(19), june("13:00:00")).entry);
    entries.extend(state.reset_limits(&[], ResetPeriod::Month, june("13:00:01")).unwrap());
    for number in 20..=22 {
        entries.push(state.deal(lead(number), june("13:00:02")).entry);
    }
    entries.extend(state.reset_limits(&[ana], ResetPeriod::Day, june("13:00:03")).unwrap());
    let weighted = Policy { method: Method::Weighted, respects_availability: true };
    entries.extend(state.set_policy(weighted, june("13:01:00")).unwrap());
    let ill = [(carl, off(OffReason::Absent, Some(june("17:00:00").at)))];
    entries.extend(state.observe_off_duty(ill, june("13:01:01")));
    for number in 23..=482 {
        entries.push(state.deal(lead(number), june("13:01:02")).entry);
    }
    while state.entry < 1536 {
        entries.push(state.deal(lead(state.entry), june("13:01:03")).entry);
    }
    entries.push(state.archive(june("18:00:00")));
}

fn is_shown(entry: &LedgerEntry) -> bool {
    entry.entry <= 16
        || (512..=517).contains(&entry.entry)
        || (1025..=1064).contains(&entry.entry)
        || entry.checkpoint.is_some()
        || entry.kind == EntryKind::Archived
}

fn rendered(entries: &[LedgerEntry]) -> String {
    let mut text = String::new();
    for entry in entries.iter().filter(|entry| is_shown(entry)) {
        writeln!(text, "entry {} {}", entry.entry, entry.kind).unwrap();
        writeln!(text, "body {}", hex::encode(&entry.body)).unwrap();
        writeln!(text, "hash {}", entry.hash).unwrap();
        if let Some(checkpoint) = &entry.checkpoint {
            writeln!(text, "checkpoint {}", hex::encode(checkpoint)).unwrap();
        }
    }
    text
}

#[test]
fn the_documented_vectors_are_what_the_engine_gives() {
    let entries = ledger();
    let vectors = rendered(&entries);
    assert!(DOCUMENT.contains(&vectors), "docs/distribution.md should have:\n{vectors}");
    assert_eq!(entries[511].hash.to_string(), HASH_512);
    assert_eq!(entries[1023].hash.to_string(), HASH_1024);
    assert_eq!(entries[1535].hash.to_string(), HASH_1536);
    assert_eq!(entries.len(), 1537);
}

#[test]
fn the_documented_ledger_replays_from_its_start_and_its_checkpoint() {
    let entries = ledger();
    let first = Replay::from_start(OrganizationId::from_uuid(id(1)), RotationId::from_uuid(id(2)));
    let mut replay = first;
    for entry in &entries {
        replay.check(&entry.stored()).unwrap();
        let Some(checkpoint) = &entry.checkpoint else { continue };
        let resumed = Replay::from_checkpoint(checkpoint, entry.hash).unwrap();
        assert_eq!(replay.state(), resumed.state());
    }
}
