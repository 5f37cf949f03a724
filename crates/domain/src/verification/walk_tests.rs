use std::str::FromStr;

use super::*;
use crate::calendar::Zone;
use crate::clock::Timestamp;
use crate::ids::LeadId;
use crate::rotation::{LedgerEntry, Limits, MemberSettings, Method, Moment, Policy};
use uuid::Uuid;

const ORGANIZATION: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(1));
const ROTATION: RotationId = RotationId::from_uuid(Uuid::from_u128(2));
const ANA: UserId = UserId::from_uuid(Uuid::from_u128(0xa));
const BEN: UserId = UserId::from_uuid(Uuid::from_u128(0xb));

fn on(date: &str) -> Moment {
    let at = Timestamp::from_rfc3339(&format!("{date}T12:00:00Z")).unwrap();
    Moment { at, local_day: Zone::from_str("UTC").unwrap().local_day(at) }
}

fn lead(number: usize) -> LeadId {
    LeadId::from_uuid(Uuid::from_u128(0x1_0000 + u128::try_from(number).unwrap()))
}

/// Ana and Ben get leads in March; Ben leaves with a count before entry 512 and comes back with it
/// behind it; Ana gets none in April.
fn history() -> Vec<LedgerEntry> {
    let march = on("2026-03-02");
    let (mut state, created) = RotationState::create(
        ORGANIZATION,
        ROTATION,
        Policy::from(Method::Sequential),
        Limits::default(),
        "UTC",
        [7; 32],
        march,
    );
    let settings = MemberSettings::default();
    let mut entries = vec![created];
    entries.push(state.deal(lead(0), march).entry);
    entries.push(state.add_member(ANA, settings, None, march).unwrap());
    entries.push(state.add_member(BEN, settings, None, march).unwrap());
    entries.extend((1..500).map(|number| state.deal(lead(number), march).entry));
    let count = state.member(BEN).unwrap().count;
    entries.push(state.remove_member(BEN, march).unwrap());
    entries.extend((500..520).map(|number| state.deal(lead(number), march).entry));
    entries.push(state.add_member(BEN, settings, count, march).unwrap());
    let april = on("2026-04-01");
    entries.push(state.remove_member(ANA, april).unwrap());
    entries.extend((520..1100).map(|number| state.deal(lead(number), april).entry));
    entries
}

fn walked(entries: &[LedgerEntry]) -> Walk {
    let mut walk = Walk::from_start(ORGANIZATION, ROTATION);
    for entry in entries {
        walk.step(&entry.stored()).unwrap();
    }
    walk
}

#[test]
fn remembers_what_who_left_left_with() {
    let entries = history();
    let walk = walked(&entries);
    assert_eq!((walk.entry(), walk.turn()), (u64::try_from(entries.len()).unwrap(), 1099));
    assert_eq!(walk.decisions(), 1100);
    assert_eq!(walk.departed().len(), 1);
    assert_eq!((walk.departed()[&ANA].of_day, walk.state().unwrap().members.len()), (270, 1));
}

#[test]
fn goes_on_where_it_was_left() {
    let entries = history();
    let (before, behind) = entries.split_at(512);
    let first = walked(before);
    let checkpoint = before[511].checkpoint.as_ref().unwrap();
    let (departed, decisions) = (first.departed().clone(), first.decisions());
    let mut second = Walk::resume(checkpoint, before[511].hash, departed, decisions).unwrap();
    for entry in behind {
        second.step(&entry.stored()).unwrap();
    }
    let whole = walked(&entries);
    assert_eq!(second.state(), whole.state());
    assert_eq!(second.departed(), whole.departed());
    assert_eq!(second.decisions(), whole.decisions());
}

#[test]
fn who_comes_back_with_another_count_is_found_behind_a_checkpoint_too() {
    let entries = history();
    let (before, behind) = entries.split_at(512);
    let first = walked(before);
    let mut departed = first.departed().clone();
    departed.get_mut(&BEN).unwrap().of_month += 1;
    let checkpoint = before[511].checkpoint.as_ref().unwrap();
    let mut second = Walk::resume(checkpoint, before[511].hash, departed, 0).unwrap();
    let found = behind.iter().find_map(|entry| second.step(&entry.stored()).err()).unwrap();
    assert_eq!(found.problem, Problem::Ledger(LedgerFaultKind::Count(BEN)));
}

#[test]
fn a_missing_entry_is_named_itself() {
    let entries = history();
    let mut walk = Walk::from_start(ORGANIZATION, ROTATION);
    walk.step(&entries[0].stored()).unwrap();
    let found = walk.step(&entries[2].stored()).unwrap_err();
    assert_eq!((found.entry, found.problem.as_str()), (2, "wrong_number"));
}
