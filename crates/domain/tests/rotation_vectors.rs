//! The test vectors of `docs/distribution.md` are what the engine gives, to the byte: whoever
//! verifies ledgers with a program of their own depends on them.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fmt::Write;

use evenhand_domain::calendar::Zone;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, OrganizationId, RotationId, UserId};
use evenhand_domain::rotation::{
    LedgerEntry, Limits, MemberSettings, Method, Moment, Pause, Replay, RotationState,
};
use uuid::Uuid;

const DOCUMENT: &str = include_str!("../../../docs/distribution.md");

/// Pinned here as well: the document and the engine must not change together unnoticed.
const HASH_512: &str = "d174560c925b828076145994de14944b1923c8e9b72b0cd657a3a66b3e38c88a";
const HASH_1024: &str = "11e89bcd711f7697d5ef297cbf8735be2e4207f088b37d789234d9214664f85e";

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
        Method::Sequential,
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
    entries
}

fn is_shown(entry: &LedgerEntry) -> bool {
    entry.entry <= 16 || (512..=517).contains(&entry.entry) || entry.checkpoint.is_some()
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
    assert_eq!(entries.len(), 1024);
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
