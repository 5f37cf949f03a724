//! Checkpoints: the full state in canonical bytes, so that a replay need not begin at entry 1.
//!
//! A checkpoint is as trustworthy as the hash of the entry it was made with: that entry's body
//! carries the digest of the state, and the checkpoint carries that body and the hash before it.

use super::bytes::{Record, VERSION, Writer};
use super::decode::{BodyFault, Reader};
use super::hash::Hash;
use super::member::{Member, MemberSettings, Pause};
use super::state::{CursorHint, RotationState};
use crate::ids::{OrganizationId, RotationId};

/// A checkpoint is made with every entry whose number this divides.
pub const CHECKPOINT_EVERY: u64 = 512;

/// The bytes of an ordinary member: 16 id, 1 flags, 13 count, 8 last turn.
const MEMBER_BYTES: usize = 38;

/// What of a member follows, by bit, in this order; what is absent is as with a new member.
const SETTINGS: u8 = 1;
const COUNT: u8 = 1 << 1;
const AWAY: u8 = 1 << 2;
const OFF: u8 = 1 << 3;
const VIRTUAL_TIME: u8 = 1 << 4;
const LAST_TURN: u8 = 1 << 5;
const OPEN_LEADS: u8 = 1 << 6;

pub(super) const fn is_due(entry: u64) -> bool {
    entry.is_multiple_of(CHECKPOINT_EVERY)
}

/// Everything of a state but its head, which depends on the digest of these bytes.
pub(super) fn state_bytes(state: &RotationState) -> Vec<u8> {
    let RotationState {
        organization_id,
        id,
        policy,
        seed,
        pause,
        limits,
        zone,
        members,
        cursor,
        entry,
        turn,
        head: _,
        last_at,
        local_day,
        cursor_hint: _,
    } = state;
    let mut writer = Writer::with_capacity(256 + members.len().saturating_mul(MEMBER_BYTES));
    writer.u8(VERSION);
    writer.id(organization_id.uuid());
    writer.id(id.uuid());
    writer.u64(*entry);
    writer.moment(super::member::Moment { at: *last_at, local_day: *local_day });
    writer.u64(*turn);
    writer.policy(*policy);
    writer.bytes(seed);
    writer.pause(*pause);
    writer.limits(*limits);
    writer.zone(zone);
    writer.user(*cursor);
    writer.length(members.len());
    for member in members {
        write_member(&mut writer, member);
    }
    writer.0
}

fn write_member(writer: &mut Writer, member: &Member) {
    let Member { user_id, settings, away, off, virtual_time, last_turn, open_leads, count } =
        member;
    let parts = [
        (SETTINGS, *settings != MemberSettings::default()),
        (COUNT, count.is_some()),
        (AWAY, *away != Pause::No),
        (OFF, off.is_some()),
        (VIRTUAL_TIME, *virtual_time > 0),
        (LAST_TURN, *last_turn > 0),
        (OPEN_LEADS, *open_leads > 0),
    ];
    let flags = parts.into_iter().filter(|(_, there)| *there).fold(0, |all, (flag, _)| all | flag);
    let has = |flag| flags & flag != 0;
    writer.user(Some(*user_id));
    writer.u8(flags);
    if has(SETTINGS) {
        writer.settings(settings);
    }
    if has(COUNT) {
        writer.count(*count);
    }
    if has(AWAY) {
        writer.pause(*away);
    }
    if has(OFF) {
        writer.off_duty(*off);
    }
    if has(VIRTUAL_TIME) {
        writer.u64(*virtual_time);
    }
    if has(LAST_TURN) {
        writer.u64(*last_turn);
    }
    if has(OPEN_LEADS) {
        writer.u32(*open_leads);
    }
}

/// The checkpoint: the state, the hash before the entry, and the entry's body.
pub(super) fn seal(state: Vec<u8>, previous: Hash, body: &[u8]) -> Vec<u8> {
    let mut writer = Writer(state);
    writer.bytes(previous.bytes());
    writer.length(body.len());
    writer.bytes(body);
    writer.0
}

/// The state in a checkpoint; `None` when the checkpoint is not the one made with the entry
/// whose hash is `head`.
pub(super) fn open(checkpoint: &[u8], head: Hash) -> Result<Option<RotationState>, BodyFault> {
    let mut reader = Reader(checkpoint);
    let mut state = read_state(&mut reader)?;
    let state_length = checkpoint.len() - reader.0.len();
    let digest = checkpoint.get(..state_length).map(Hash::of_checkpoint);
    let previous = reader.hash()?;
    let length = reader.length()?;
    let body = reader.slice(length)?;
    reader.end()?;
    let record = Record::decode(body)?;
    let agrees = Hash::of_entry(previous, body) == head
        && record.checkpoint == digest
        && record.rotation_id == state.id
        && record.entry == state.entry
        && record.moment.at == state.last_at
        && record.moment.local_day == state.local_day;
    state.head = head;
    Ok(agrees.then_some(state))
}

fn read_state(reader: &mut Reader<'_>) -> Result<RotationState, BodyFault> {
    reader.version()?;
    let organization_id = OrganizationId::from_uuid(reader.id()?);
    let id = RotationId::from_uuid(reader.id()?);
    let entry = reader.u64()?;
    let moment = reader.moment()?;
    let turn = reader.u64()?;
    let policy = reader.policy()?;
    let seed = reader.take()?;
    let pause = reader.pause()?;
    let limits = reader.limits()?;
    let zone = reader.zone()?;
    let cursor = reader.optional_user()?;
    let length = reader.length()?;
    let members: Result<_, _> = (0..length).map(|_| read_member(reader)).collect();
    Ok(RotationState {
        organization_id,
        id,
        policy,
        seed,
        pause,
        limits,
        zone,
        members: members?,
        cursor,
        entry,
        turn,
        head: Hash::ZERO,
        last_at: moment.at,
        local_day: moment.local_day,
        cursor_hint: CursorHint::default(),
    })
}

fn read_member(reader: &mut Reader<'_>) -> Result<Member, BodyFault> {
    let user_id = reader.user("member")?;
    let flags = reader.u8()?;
    if flags >= OPEN_LEADS << 1 {
        return Err(BodyFault::Field("flags"));
    }
    let has = |flag| flags & flag != 0;
    let settings = if has(SETTINGS) { reader.settings()? } else { MemberSettings::default() };
    let count = if has(COUNT) { reader.count()? } else { None };
    let mut member = Member::new(user_id, settings, count);
    if has(AWAY) {
        member.away = reader.pause()?;
    }
    if has(OFF) {
        member.off = reader.off_duty()?;
    }
    if has(VIRTUAL_TIME) {
        member.virtual_time = reader.u64()?;
    }
    if has(LAST_TURN) {
        member.last_turn = reader.u64()?;
    }
    if has(OPEN_LEADS) {
        member.open_leads = reader.u32()?;
    }
    Ok(member)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::rotation::testing::{ANA, BEN, CARL, deal, lead, moment, rotation, settings};
    use crate::rotation::{Limits, MemberSettings, Pause};

    fn state_at_checkpoint() -> (RotationState, Vec<u8>) {
        let mut state = rotation(Limits { daily: 300, monthly: 0 }, &[ANA, BEN, CARL]);
        let own = MemberSettings {
            daily_limit: Some(2),
            monthly_limit: Some(0),
            weight: 3,
            pause: Pause::Until(Timestamp::from_micros(7)),
        };
        settings(&mut state, BEN, own);
        state.set_away(ANA, Pause::Until(Timestamp::from_micros(9)), moment("2026-03-02")).unwrap();
        state.set_away(CARL, Pause::Indefinite, moment("2026-03-02")).unwrap();
        deal(&mut state, 504, "2026-03-02");
        assert_eq!(state.entry, CHECKPOINT_EVERY - 1);
        let entry = state.deal(lead(1), moment("2026-03-03")).entry;
        (state, entry.checkpoint.unwrap())
    }

    #[test]
    fn a_checkpoint_leads_back_to_the_state() {
        let (state, checkpoint) = state_at_checkpoint();
        assert_eq!(open(&checkpoint, state.head), Ok(Some(state)));
    }

    #[test]
    fn any_changed_byte_of_a_checkpoint_is_found() {
        let (state, checkpoint) = state_at_checkpoint();
        for position in 0..checkpoint.len() {
            let mut changed = checkpoint.clone();
            changed[position] ^= 1;
            assert!(!matches!(open(&changed, state.head), Ok(Some(_))), "{position}");
            assert!(open(&checkpoint[..position], state.head).is_err(), "{position}");
        }
        assert_eq!(open(&checkpoint, Hash::ZERO), Ok(None));
    }

    #[test]
    fn only_every_512th_entry_makes_one() {
        let (mut state, _) = state_at_checkpoint();
        assert_eq!(state.deal(lead(1), moment("2026-03-03")).entry.checkpoint, None);
    }
}
