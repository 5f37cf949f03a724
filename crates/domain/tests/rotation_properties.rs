//! Any history of a rotation obeys the rules of dealing and leaves a ledger that proves it.
//!
//! The rules are checked against a model of a few lines that keeps a list of deliveries and
//! counts them anew each time: it has no cursor arithmetic, no counters and no hashes to get
//! wrong in the same way as the engine.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "rotation_properties/history.rs"]
mod history;
#[path = "rotation_properties/model.rs"]
mod model;

use std::collections::BTreeMap;

use evenhand_domain::rotation::{
    CHECKPOINT_EVERY, Hash, LedgerEntry, LedgerFault, LedgerFaultKind, Record, Replay,
    RotationState,
};
use history::{History, Step, step};
use model::Evenness;
use proptest::prelude::*;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_global_rejects: cases,
        ..ProptestConfig::default()
    }
}

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..most)
}

fn replayed(history: &History, entries: &[LedgerEntry]) -> Result<RotationState, LedgerFault> {
    let mut replay = Replay::from_start(history.state.organization_id, history.state.id);
    for entry in entries {
        replay.check(&entry.stored())?;
    }
    Ok(replay.state().cloned().unwrap_or_else(|| history.state.clone()))
}

/// A state without the counts of months gone by, which storage may keep or drop.
fn lasting(state: Option<&RotationState>) -> Option<RotationState> {
    let mut state = state.cloned();
    if let Some(state) = &mut state {
        state.forget_lapsed_counts();
    }
    state
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn dealing_is_strictly_in_turn_within_limits_and_even(steps in steps(120)) {
        let mut history = History::new(0);
        let mut evenness = Evenness::default();
        let mut turns = 0;
        for step in &steps {
            for dealt in history.run(step) {
                // The engine agrees with the model on who, and why nobody.
                prop_assert_eq!(dealt.decision.chosen, dealt.expected);
                prop_assert_eq!(dealt.decision.reason, dealt.expected_reason);
                prop_assert_eq!(dealt.standing_next, dealt.expected);
                // No turn number is missing, and only deliveries have one.
                turns += u64::from(dealt.decision.chosen.is_some());
                prop_assert_eq!(dealt.decision.turn, dealt.decision.chosen.map(|_| turns));
                evenness.dealt(&dealt.eligible, dealt.decision.chosen);
                prop_assert!(evenness.widest() <= 1, "uneven: {:?}", evenness);
            }
            evenness.order_from_cursor(&history.model.order_from_cursor());
        }
        // No delivery was made to somebody who had reached a limit of that day or month.
        prop_assert!(history.model.limits_were_kept());
    }

    /// Whatever happens but a change of method or weight: virtual times are then another way to say
    /// whose turn it is.
    #[test]
    fn equal_weights_deal_exactly_in_turn(steps in steps(150), weight in 1_u32..30) {
        let mut in_turn = History::new(0);
        let mut by_weight = History::by_weight(weight);
        for step in steps.iter().filter(|step| step.keeps_weights()) {
            let dealt: Vec<_> = in_turn.run(&step.weighing(1));
            let same: Vec<_> = by_weight.run(&step.weighing(weight));
            for (one, other) in dealt.iter().zip(&same) {
                prop_assert_eq!(one.decision.chosen, other.decision.chosen);
                prop_assert_eq!(one.decision.turn, other.decision.turn);
            }
            prop_assert_eq!(in_turn.state.cursor, by_weight.state.cursor);
        }
    }

    #[test]
    fn a_ledger_replays_to_the_identical_state_and_explanations(
        before in 0_u64..CHECKPOINT_EVERY,
        steps in steps(60),
    ) {
        let mut history = History::new(before);
        for step in &steps {
            history.run(step);
        }
        let mut replay = Replay::from_start(history.state.organization_id, history.state.id);
        let mut explained = BTreeMap::new();
        let mut checkpoint = None;
        for entry in &history.entries {
            let redone = replay.apply(&entry.stored());
            prop_assert!(redone.is_ok(), "{:?}", redone);
            let redone = redone.unwrap();
            prop_assert_eq!(&redone.checkpoint, &entry.checkpoint);
            prop_assert_eq!(entry.checkpoint.is_some(), entry.entry % CHECKPOINT_EVERY == 0);
            if let Some(bytes) = &entry.checkpoint {
                checkpoint = Some((entry, bytes));
            }
            if let Some(explanation) = redone.explanation {
                explained.insert(entry.entry, explanation);
            }
        }
        prop_assert_eq!(lasting(replay.state()), lasting(Some(&history.state)));
        prop_assert_eq!(&explained, &history.explanations);

        if let Some((entry, bytes)) = checkpoint {
            let mut replay = Replay::from_checkpoint(bytes, entry.hash).unwrap();
            for later in history.entries.iter().filter(|later| later.entry > entry.entry) {
                let redone = replay.apply(&later.stored()).unwrap();
                prop_assert_eq!(redone.explanation.as_ref(), explained.get(&later.entry));
            }
            prop_assert_eq!(lasting(replay.state()), lasting(Some(&history.state)));
        }
    }

    #[test]
    fn whatever_is_done_to_a_ledger_is_found(
        steps in steps(40),
        at in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(),
        bit in 0_u8..8,
        how in 0_u8..11,
    ) {
        let mut history = History::new(20);
        for step in &steps {
            history.run(step);
        }
        let mut entries = history.entries.clone();
        let index = at.index(entries.len());
        tamper(&mut entries, index, byte, bit, how);
        prop_assume!(entries != history.entries);
        // A ledger that lost its newest entries is whole in itself; the rotation's head tells.
        let found = replayed(&history, &entries).map(|state| state.head);
        prop_assert_ne!(found, Ok(history.state.head));
    }

    #[test]
    fn a_ledger_hashed_anew_cannot_hide_an_unfair_decision(
        steps in steps(40),
        at in any::<prop::sample::Index>(),
        instead in 0_usize..6,
    ) {
        let mut history = History::new(20);
        for step in &steps {
            history.run(step);
        }
        let dealt: Vec<usize> = (0..history.entries.len())
            .filter(|index| history.entries[*index].turn.is_some())
            .collect();
        prop_assume!(!dealt.is_empty());
        let index = dealt[at.index(dealt.len())];
        let mut entries = history.entries.clone();
        let instead = history::user(instead);
        prop_assume!(entries[index].user_id != Some(instead));
        entries[index].user_id = Some(instead);
        entries[index].body[CHOSEN..CHOSEN + 16].copy_from_slice(instead.uuid().as_bytes());
        hash_anew(&mut entries);
        let found = replayed(&history, &entries).unwrap_err();
        prop_assert_eq!(found.entry, entries[index].entry);
        let unfair = LedgerFaultKind::Unfair {
            expected: history.entries[index].user_id,
            recorded: Some(instead),
        };
        prop_assert_eq!(found.kind, unfair);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        steps in steps(20),
        at in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut history = History::new(0);
        for step in &steps {
            history.run(step);
        }
        let mut entries = history.entries.clone();
        let index = at.index(entries.len());
        let body = &mut entries[index].body;
        for (position, value) in flips {
            let position = position.index(body.len());
            body[position] = value;
        }
        if cut.index(4) == 0 {
            let length = cut.index(body.len());
            body.truncate(length);
        }
        copy_columns_from_body(&mut entries[index]);
        hash_anew(&mut entries);
        if replayed(&history, &entries).is_ok() {
            // Only what no rule determines can have changed, and the hashes show it.
            prop_assert_eq!(
                entries[index].body == history.entries[index].body,
                entries.last().map(|entry| entry.hash) == Some(history.state.head)
            );
        }
    }
}

/// Where a decision's body names the chosen member.
const CHOSEN: usize = 62;

fn hash_anew(entries: &mut [LedgerEntry]) {
    let mut head = Hash::ZERO;
    for entry in entries {
        head = Hash::of_entry(head, &entry.body);
        entry.hash = head;
    }
}

/// What somebody would do who changes a body and wants it to go unnoticed.
fn copy_columns_from_body(entry: &mut LedgerEntry) {
    if let Ok(record) = Record::decode(&entry.body) {
        entry.entry = record.entry;
        entry.at = record.moment.at;
        entry.kind = record.content.kind();
        entry.turn = record.content.turn();
        entry.lead_id = record.content.lead_id();
        entry.user_id = record.content.user_id();
    }
}

fn tamper(
    entries: &mut Vec<LedgerEntry>,
    index: usize,
    byte: prop::sample::Index,
    bit: u8,
    how: u8,
) {
    let other = (index + 1) % entries.len();
    let others = entries[other].clone();
    let entry = &mut entries[index];
    match how {
        0 => {
            let position = byte.index(entry.body.len());
            entry.body[position] ^= 1 << bit;
        }
        1 => {
            let mut bytes = *entry.hash.bytes();
            bytes[byte.index(32)] ^= 1 << bit;
            entry.hash = Hash::from_bytes(bytes);
        }
        2 => entry.entry ^= 1 << bit,
        3 => entry.turn = others.turn.or(Some(1)).filter(|turn| entry.turn != Some(*turn)),
        4 => entry.kind = others.kind,
        5 => entry.at = entry.at.shifted(1 << bit),
        6 => entry.lead_id = others.lead_id,
        7 => entry.user_id = others.user_id,
        8 => {
            entries.remove(index);
        }
        9 => entries.swap(index, other),
        _ => entries.insert(index, others),
    }
}
