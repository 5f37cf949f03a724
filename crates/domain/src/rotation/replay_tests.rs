use super::*;
use crate::rotation::LedgerEntry;
use crate::rotation::testing::{ANA, BEN, CARL, ORGANIZATION, ROTATION, lead, moment};
use crate::rotation::{
    BodyFault, ChangeError, Count, Decision, EntryKind, Limits, MemberSettings, Method,
};

const DAY: &str = "2026-03-02";

/// Created, Ana and Ben added, two dealt, Ana gone and back, one dealt.
fn ledger() -> (RotationState, Vec<LedgerEntry>) {
    let now = moment(DAY);
    let limits = Limits { daily: 9, monthly: 0 };
    let (mut state, first) = RotationState::create(
        ORGANIZATION,
        ROTATION,
        Method::Sequential.into(),
        limits,
        "Europe/London",
        [7; 32],
        now,
    );
    let mut entries = vec![first];
    for user in [ANA, BEN] {
        entries.push(state.add_member(user, MemberSettings::default(), None, now).unwrap());
    }
    entries.push(state.deal(lead(1), now).entry);
    entries.push(state.deal(lead(2), now).entry);
    let count = state.members[0].count;
    entries.push(state.remove_member(ANA, now).unwrap());
    entries.push(state.add_member(ANA, MemberSettings::default(), count, now).unwrap());
    entries.push(state.deal(lead(3), now).entry);
    (state, entries)
}

fn replayed(entries: &[LedgerEntry]) -> Result<Replay, LedgerFault> {
    let mut replay = Replay::from_start(ORGANIZATION, ROTATION);
    for entry in entries {
        replay.check(&entry.stored())?;
    }
    Ok(replay)
}

fn fault(entries: &[LedgerEntry]) -> (u64, LedgerFaultKind) {
    let fault = replayed(entries).unwrap_err();
    (fault.entry, fault.kind)
}

/// Puts `body` into an entry and computes all hashes from there on anew, as somebody would who
/// can write to the store and knows the format.
fn rechain(entries: &mut [LedgerEntry], index: usize, body: Vec<u8>) {
    entries[index].body = body;
    let mut head = entries[index - 1].hash;
    for entry in &mut entries[index..] {
        head = Hash::of_entry(head, &entry.body);
        entry.hash = head;
    }
}

#[test]
fn a_replay_ends_in_the_same_state() {
    let (state, entries) = ledger();
    assert_eq!(replayed(&entries).unwrap().state(), Some(&state));
    let mut replay = Replay::from_start(ORGANIZATION, ROTATION);
    let explained =
        entries.iter().filter_map(|entry| replay.apply(&entry.stored()).unwrap().explanation);
    assert_eq!(explained.map(|told| told.chosen).collect::<Vec<_>>(), [ANA, BEN, BEN].map(Some));
}

#[test]
fn entries_missing_doubled_or_swapped_are_found() {
    let (_, entries) = ledger();
    let mut missing = entries.clone();
    missing.remove(3);
    assert_eq!(fault(&missing), (5, LedgerFaultKind::Number { expected: 4 }));
    let mut doubled = entries.clone();
    doubled.insert(4, entries[3].clone());
    assert_eq!(fault(&doubled), (4, LedgerFaultKind::Number { expected: 5 }));
    let mut renumbered = entries;
    renumbered.swap(3, 4);
    (renumbered[3].entry, renumbered[4].entry) = (4, 5);
    assert_eq!(fault(&renumbered), (4, LedgerFaultKind::Hash));
}

#[test]
fn a_column_that_differs_from_the_body_is_named() {
    let (_, entries) = ledger();
    let change = |edit: fn(&mut LedgerEntry)| {
        let mut changed = entries.clone();
        edit(&mut changed[3]);
        fault(&changed).1
    };
    assert_eq!(change(|e| e.turn = Some(2)), LedgerFaultKind::Column("turn"));
    assert_eq!(change(|e| e.kind = EntryKind::Created), LedgerFaultKind::Column("kind"));
    assert_eq!(change(|e| e.at = e.at.shifted(1)), LedgerFaultKind::Column("at"));
    assert_eq!(change(|e| e.lead_id = None), LedgerFaultKind::Column("lead_id"));
    assert_eq!(change(|e| e.user_id = Some(BEN)), LedgerFaultKind::Column("user_id"));
    assert_eq!(change(|e| e.hash = Hash::ZERO), LedgerFaultKind::Hash);
}

#[test]
fn an_unfair_decision_is_found_though_the_chain_is_whole() {
    let (mut state, mut entries) = ledger();
    let mut unfair = state.clone();
    unfair.cursor = Some(BEN);
    let Decision { entry, .. } = unfair.deal(lead(4), moment(DAY));
    let expected = state.deal(lead(4), moment(DAY)).chosen;
    entries.push(entry);
    let recorded = Some(BEN);
    assert_eq!(fault(&entries), (9, LedgerFaultKind::Unfair { expected, recorded }));
}

#[test]
fn a_refilled_count_is_found_though_the_chain_is_whole() {
    let (_, mut entries) = ledger();
    let mut replay = replayed(&entries[..6]).unwrap();
    let mut state = replay.state().unwrap().clone();
    let refilled = state.add_member(ANA, MemberSettings::default(), None, moment(DAY)).unwrap();
    assert_eq!(replay.check(&refilled.stored()).unwrap_err().kind, LedgerFaultKind::Count(ANA));

    // And one that somebody who was never here is said to have brought along.
    let invented = Some(Count { day: moment(DAY).local_day, of_day: 1, of_month: 1 });
    let mut state = replayed(&entries).unwrap().state().unwrap().clone();
    let added = state.add_member(CARL, MemberSettings::default(), invented, moment(DAY));
    entries.push(added.unwrap());
    assert_eq!(fault(&entries), (9, LedgerFaultKind::Count(CARL)));
}

#[test]
fn impossible_and_foreign_entries_are_found() {
    let (_, mut entries) = ledger();
    let mut other = Replay::from_start(ORGANIZATION, RotationId::from_uuid(ORGANIZATION.uuid()));
    assert_eq!(other.check(&entries[0].stored()).unwrap_err().kind, LedgerFaultKind::Foreign);
    let mut other = Replay::from_start(OrganizationId::from_uuid(ROTATION.uuid()), ROTATION);
    assert_eq!(other.check(&entries[0].stored()).unwrap_err().kind, LedgerFaultKind::Foreign);

    let mut again = replayed(&entries).unwrap().state().unwrap().clone();
    again.members.retain(|member| member.user_id != ANA);
    let added = again.add_member(ANA, MemberSettings::default(), None, moment(DAY)).unwrap();
    entries.push(added);
    let twice = LedgerFaultKind::Impossible(ChangeError::AlreadyMember(ANA));
    assert_eq!(fault(&entries), (9, twice));
    entries.pop();
    again.members.retain(|member| member.user_id != BEN);
    again.head = entries[7].hash;
    again.entry = 8;
    entries.push(again.reorder(&[ANA], moment(DAY)).unwrap());
    let impossible = LedgerFaultKind::Impossible(ChangeError::NotAPermutation);
    assert_eq!(fault(&entries), (9, impossible));
}

#[test]
fn a_ledger_begins_with_its_creation_and_has_no_other() {
    let (_, mut entries) = ledger();
    let mut first = entries[1].body.clone();
    first[25] = 1;
    let mut headless = vec![entries[1].clone()];
    headless[0].entry = 1;
    headless[0].hash = Hash::of_entry(Hash::ZERO, &first);
    headless[0].body = first;
    assert_eq!(fault(&headless), (1, LedgerFaultKind::Creation));

    let mut second = entries[0].body.clone();
    second[25] = 4;
    rechain(&mut entries, 3, second);
    (entries[3].kind, entries[3].turn) = (EntryKind::Created, None);
    (entries[3].lead_id, entries[3].user_id) = (None, None);
    assert_eq!(fault(&entries), (4, LedgerFaultKind::Creation));
}

#[test]
fn bodies_of_a_later_format_are_refused_not_guessed() {
    let (_, entries) = ledger();
    let damaged = |position: usize, value: u8| {
        let mut changed = entries.clone();
        let mut body = changed[3].body.clone();
        body[position] = value;
        rechain(&mut changed, 3, body);
        fault(&changed).1
    };
    let end = entries[3].body.len() - 1;
    assert_eq!(damaged(0, 2), LedgerFaultKind::Body(BodyFault::Version(2)));
    assert_eq!(damaged(1, 12), LedgerFaultKind::Body(BodyFault::Kind(12)));
    assert_eq!(damaged(34, 0x7f), LedgerFaultKind::Body(BodyFault::Field("local_day")));
    assert_eq!(damaged(end, 1), LedgerFaultKind::Body(BodyFault::TooShort));
}

#[test]
fn an_entry_that_the_rules_do_not_give_is_found_at_once() {
    let (_, entries) = ledger();
    let changed = |position: usize, edit: fn(u8) -> u8| {
        let mut entries = entries.clone();
        let mut body = entries[7].body.clone();
        body[position] = edit(body[position]);
        let record = Record::decode(&body).unwrap();
        (entries[7].at, entries[7].turn) = (record.moment.at, record.content.turn());
        rechain(&mut entries, 7, body);
        fault(&entries)
    };
    // An earlier instant, an earlier day, another turn, another cursor.
    for position in [28, 37, 61, 93] {
        assert_eq!(changed(position, |byte| byte - 1), (8, LedgerFaultKind::Content), "{position}");
    }
}

#[test]
fn a_change_that_changes_nothing_is_found() {
    let (mut state, mut entries) = ledger();
    let limits = state.limits;
    state.limits = Limits::default();
    entries.extend(state.set_limits(limits, moment(DAY)).unwrap());
    assert_eq!(fault(&entries), (9, LedgerFaultKind::Content));
}

#[test]
fn after_a_fault_the_replay_is_over() {
    let (_, entries) = ledger();
    let mut replay = replayed(&entries[..3]).unwrap();
    let found = replay.check(&entries[4].stored()).unwrap_err();
    assert_eq!(replay.state(), None);
    assert_eq!(replay.check(&entries[3].stored()), Err(found));
}

#[test]
fn nothing_follows_the_entry_that_archives_a_rotation() {
    let (mut state, mut entries) = ledger();
    let archived = state.archive(moment(DAY));
    assert_eq!((archived.kind, archived.turn, archived.user_id), (EntryKind::Archived, None, None));
    assert_eq!(archived.body.len(), 39, "a header and no extension");
    entries.push(archived);
    let mut replay = Replay::from_start(ORGANIZATION, ROTATION);
    for entry in &entries {
        replay.check(&entry.stored()).unwrap();
    }
    assert_eq!(replay.state(), Some(&state));
    let after = state.deal(lead(9), moment(DAY)).entry;
    let fault = replay.check(&after.stored()).unwrap_err();
    assert_eq!(fault.kind, LedgerFaultKind::AfterEnd);
}
