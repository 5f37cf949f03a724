use super::*;
use crate::calendar::LocalDay;
use crate::rotation::EntryKind;
use crate::rotation::testing::{ANA, BEN, CARL, DORA, day, deal, moment, rotation};

const DAY: &str = "2026-03-02";

fn order(state: &RotationState) -> Vec<UserId> {
    state.members.iter().map(|member| member.user_id).collect()
}

fn kinds(entries: &[LedgerEntry]) -> Vec<EntryKind> {
    entries.iter().map(|entry| entry.kind).collect()
}

#[test]
fn a_new_member_joins_at_the_end_of_the_order() {
    let mut state = rotation(Limits::default(), &[ANA, BEN]);
    deal(&mut state, 1, DAY);
    state.add_member(CARL, MemberSettings::default(), None, moment(DAY)).unwrap();
    assert_eq!(deal(&mut state, 4, DAY), [BEN, CARL, ANA, BEN].map(Some));
}

#[test]
fn the_cursor_moves_to_the_successor_of_a_member_who_leaves() {
    let mut state = rotation(Limits::default(), &[ANA, BEN, CARL]);
    deal(&mut state, 1, DAY);
    state.remove_member(BEN, moment(DAY)).unwrap();
    assert_eq!(state.cursor, Some(CARL));
    state.remove_member(CARL, moment(DAY)).unwrap();
    assert_eq!(state.cursor, Some(ANA));
    state.remove_member(ANA, moment(DAY)).unwrap();
    assert_eq!(state.cursor, None);
    state.add_member(BEN, MemberSettings::default(), None, moment(DAY)).unwrap();
    assert_eq!(state.cursor, Some(BEN));
}

#[test]
fn the_cursor_stays_with_its_member_when_the_order_changes() {
    let mut state = rotation(Limits::default(), &[ANA, BEN, CARL]);
    deal(&mut state, 1, DAY);
    state.reorder(&[CARL, ANA, BEN], moment(DAY)).unwrap();
    assert_eq!(deal(&mut state, 3, DAY), [BEN, CARL, ANA].map(Some));
}

#[test]
fn only_a_permutation_is_an_order() {
    let mut state = rotation(Limits::default(), &[ANA, BEN]);
    let before = state.clone();
    for wrong in [&[ANA][..], &[ANA, ANA], &[ANA, CARL], &[ANA, BEN, CARL], &[ANA, BEN, ANA]] {
        assert_eq!(state.reorder(wrong, moment(DAY)), Err(ChangeError::NotAPermutation));
    }
    assert_eq!(state, before);
}

#[test]
fn leaving_and_coming_back_does_not_refill() {
    let mut state = rotation(Limits { daily: 1, monthly: 0 }, &[ANA]);
    deal(&mut state, 1, DAY);
    let count = state.members[0].count;
    state.remove_member(ANA, moment(DAY)).unwrap();
    state.add_member(ANA, MemberSettings::default(), count, moment(DAY)).unwrap();
    assert_eq!(deal(&mut state, 1, DAY), [None]);
}

#[test]
fn a_count_of_a_past_month_is_as_good_as_none() {
    let old = Some(Count { day: day("2026-01-31"), of_day: 5, of_month: 5 });
    let mut with = rotation(Limits::default(), &[]);
    let mut without = with.clone();
    let entry = with.add_member(ANA, MemberSettings::default(), old, moment(DAY));
    assert_eq!(entry, without.add_member(ANA, MemberSettings::default(), None, moment(DAY)));
}

#[test]
fn impossible_members_are_refused() {
    let mut state = rotation(Limits::default(), &[ANA]);
    let before = state.clone();
    let mut add =
        |user, count| state.add_member(user, MemberSettings::default(), count, moment(DAY));
    let nil = UserId::from_uuid(uuid::Uuid::nil());
    assert_eq!(add(ANA, None), Err(ChangeError::AlreadyMember(ANA)));
    assert_eq!(add(nil, None), Err(ChangeError::NilUser));
    let today = day(DAY);
    let tomorrow = Count { day: today.next(), of_day: 1, of_month: 1 };
    assert_eq!(add(BEN, Some(tomorrow)), Err(ChangeError::ImpossibleCount(BEN)));
    let uneven = Count { day: today, of_day: 2, of_month: 1 };
    assert_eq!(add(BEN, Some(uneven)), Err(ChangeError::ImpossibleCount(BEN)));
    assert_eq!(state.remove_member(BEN, moment(DAY)), Err(ChangeError::NotMember(BEN)));
    assert_eq!(state, before);
}

#[test]
fn replacing_members_removes_adds_and_reorders_only_what_it_must() {
    use EntryKind::{MemberAdded, MemberRemoved, Reordered};
    let mut state = rotation(Limits::default(), &[ANA, BEN, CARL]);
    let mut replace = |order: &[UserId]| {
        let entries = state.replace_members(order, |_| Joining::default(), moment(DAY)).unwrap();
        (kinds(&entries), state.cursor)
    };
    assert_eq!(replace(&[ANA, BEN, CARL]), (vec![], Some(ANA)));
    assert_eq!(replace(&[BEN, CARL, DORA]), (vec![MemberRemoved, MemberAdded], Some(BEN)));
    assert_eq!(replace(&[DORA, BEN, CARL]), (vec![Reordered], Some(BEN)));
    let (all, cursor) = replace(&[ANA, DORA]);
    assert_eq!(all, [MemberRemoved, MemberRemoved, MemberAdded, Reordered]);
    assert_eq!(cursor, Some(DORA));
    assert_eq!(replace(&[]), (vec![MemberRemoved, MemberRemoved], None));
}

#[test]
fn a_replacement_that_fails_changes_nothing() {
    let mut state = rotation(Limits::default(), &[ANA, BEN]);
    let before = state.clone();
    let twice = state.replace_members(&[CARL, CARL], |_| Joining::default(), moment(DAY));
    assert_eq!(twice, Err(ChangeError::NamedTwice(CARL)));
    let future = Count { day: LocalDay::from_number(2_000_000), of_day: 1, of_month: 1 };
    let impossible = state.replace_members(
        &[CARL, DORA],
        |_| Joining { count: Some(future), away: Pause::No },
        moment(DAY),
    );
    assert_eq!(impossible, Err(ChangeError::ImpossibleCount(CARL)));
    assert_eq!(state, before);
}

#[test]
fn settings_that_are_so_already_leave_no_entry() {
    let mut state = rotation(Limits::default(), &[ANA]);
    let now = moment(DAY);
    assert_eq!(state.set_limits(Limits::default(), now), Ok(None));
    assert_eq!(state.set_member(ANA, MemberSettings::default(), now), Ok(None));
    assert_eq!(state.set_zone("Europe/London", now), Ok(None));
    assert_eq!(state.set_away(ANA, Pause::No, now), Ok(None));
    assert_eq!(state.set_away(BEN, Pause::No, now), Err(ChangeError::NotMember(BEN)));
    let refused = state.set_member(BEN, MemberSettings::default(), now);
    assert_eq!(refused, Err(ChangeError::NotMember(BEN)));
    assert!(state.set_zone("Asia/Tokyo", now).unwrap().is_some());
    assert_eq!(state.zone, "Asia/Tokyo");
}

#[test]
fn a_zone_further_west_does_not_bring_a_day_back() {
    let mut state = rotation(Limits { daily: 1, monthly: 0 }, &[ANA]);
    deal(&mut state, 1, DAY);
    let west = Moment { at: moment(DAY).at.shifted(1), local_day: day("2026-03-01") };
    state.set_zone("Pacific/Honolulu", west).unwrap();
    assert_eq!(state.local_day, day(DAY));
    assert_eq!(state.standing(west).next, None);
    assert_eq!(order(&state), [ANA]);
}

#[test]
fn who_joins_while_out_of_all_rotations_is_out_from_the_start() {
    let mut state = rotation(Limits::default(), &[ANA]);
    let joining = |user| Joining {
        away: if user == BEN { Pause::Indefinite } else { Pause::No },
        ..Joining::default()
    };
    let entries = state.replace_members(&[ANA, BEN, CARL], joining, moment(DAY)).unwrap();
    use EntryKind::{Availability, MemberAdded};
    assert_eq!(kinds(&entries), [MemberAdded, Availability, MemberAdded]);
    assert_eq!(entries[1].user_id, Some(BEN));
    assert_eq!(deal(&mut state, 3, DAY), [ANA, CARL, ANA].map(Some));
}

#[test]
fn leaving_ends_being_away_and_settings_leave_it_alone() {
    let mut state = rotation(Limits::default(), &[ANA, BEN]);
    state.set_away(ANA, Pause::Indefinite, moment(DAY)).unwrap();
    let own = MemberSettings { daily_limit: Some(3), ..Default::default() };
    state.set_member(ANA, own, moment(DAY)).unwrap();
    state.reorder(&[BEN, ANA], moment(DAY)).unwrap();
    assert_eq!(state.member(ANA).unwrap().away, Pause::Indefinite);
    state.remove_member(ANA, moment(DAY)).unwrap();
    state.add_member(ANA, MemberSettings::default(), None, moment(DAY)).unwrap();
    assert_eq!(state.member(ANA).unwrap().away, Pause::No);
}
