//! Small fixtures for the unit tests of this module.

use std::str::FromStr;

use uuid::Uuid;

use super::{Hash, Limits, MemberSettings, Method, Moment, RotationState};
use crate::calendar::{LocalDay, Zone};
use crate::clock::Timestamp;
use crate::ids::{LeadId, OrganizationId, RotationId, UserId};

pub(super) const ANA: UserId = UserId::from_uuid(Uuid::from_u128(0xa));
pub(super) const BEN: UserId = UserId::from_uuid(Uuid::from_u128(0xb));
pub(super) const CARL: UserId = UserId::from_uuid(Uuid::from_u128(0xc));
pub(super) const DORA: UserId = UserId::from_uuid(Uuid::from_u128(0xd));
pub(super) const ORGANIZATION: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(1));
pub(super) const ROTATION: RotationId = RotationId::from_uuid(Uuid::from_u128(2));

pub(super) fn user(number: u16) -> UserId {
    UserId::from_uuid(Uuid::from_u128(0x1000 + u128::from(number)))
}

pub(super) fn lead(number: u16) -> LeadId {
    LeadId::from_uuid(Uuid::from_u128(0x2000 + u128::from(number)))
}

/// Noon UTC of a date.
pub(super) fn moment(date: &str) -> Moment {
    let at = Timestamp::from_rfc3339(&format!("{date}T12:00:00Z")).unwrap();
    let local_day = Zone::from_str("UTC").unwrap().local_day(at);
    Moment { at, local_day }
}

pub(super) fn day(date: &str) -> LocalDay {
    moment(date).local_day
}

/// A rotation in London with these members, begun on 2025-12-01.
pub(super) fn rotation(limits: Limits, users: &[UserId]) -> RotationState {
    let start = moment("2025-12-01");
    let (mut state, _) = RotationState::create(
        ORGANIZATION,
        ROTATION,
        Method::Sequential.into(),
        limits,
        "Europe/London",
        *Hash::ZERO.bytes(),
        start,
    );
    for &user in users {
        state.add_member(user, MemberSettings::default(), None, start).unwrap();
    }
    state
}

/// Deals `leads` leads at noon of `date` and says who got them.
pub(super) fn deal(state: &mut RotationState, leads: u16, date: &str) -> Vec<Option<UserId>> {
    (0..leads).map(|number| state.deal(lead(number), moment(date)).chosen).collect()
}

pub(super) fn settings(state: &mut RotationState, user: UserId, settings: MemberSettings) {
    let now = Moment { at: state.last_at, local_day: state.local_day };
    state.set_member(user, settings, now).unwrap();
}
