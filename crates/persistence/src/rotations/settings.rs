//! What is set for rotations and their members, from storage.

use evenhand_domain::distribution::{Distribution, MemberPlace};
use evenhand_domain::rotation::{Limits, MemberSettings, Method};
use evenhand_domain::when_nobody_eligible::{Fallback, WhenNobodyEligible};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::read::{natural, owner};
use crate::{Error, Result, convert};

/// What is set for `rotations r`.
pub(crate) const SETTINGS: &str = "r.method, r.daily_limit, r.monthly_limit, \
     r.when_nobody_eligible, r.fallback_group_id, r.fallback_team_id, r.fallback_user_id";

/// The same where there may be no rotation: what a new one starts with.
pub(crate) const SETTINGS_OR_DEFAULTS: &str = "coalesce(r.method, 1) AS method, \
     coalesce(r.daily_limit, 0) AS daily_limit, coalesce(r.monthly_limit, 0) AS monthly_limit, \
     coalesce(r.when_nobody_eligible, 1) AS when_nobody_eligible, \
     r.fallback_group_id, r.fallback_team_id, r.fallback_user_id";

/// The columns [`SETTINGS`].
#[derive(FromQueryResult)]
pub(crate) struct SettingsRow {
    method: i16,
    daily_limit: i32,
    monthly_limit: i32,
    when_nobody_eligible: i16,
    fallback_group_id: Option<Uuid>,
    fallback_team_id: Option<Uuid>,
    fallback_user_id: Option<Uuid>,
}

impl SettingsRow {
    pub(crate) fn into_domain(self) -> Result<Distribution> {
        let method = u8::try_from(self.method).ok().and_then(Method::from_code);
        Ok(Distribution {
            method: method.ok_or_else(|| Error::corrupt("a rotation's method"))?,
            limits: Limits {
                daily: natural(self.daily_limit)?,
                monthly: natural(self.monthly_limit)?,
            },
            when_nobody_eligible: self.when_nobody_eligible()?,
        })
    }

    fn when_nobody_eligible(&self) -> Result<WhenNobodyEligible> {
        let named = (self.fallback_group_id, self.fallback_team_id, self.fallback_user_id);
        let fallback = match named {
            (None, None, Some(user)) => Some(Fallback::User(user.into())),
            (None, None, None) => None,
            (group, team, None) => Some(Fallback::Rotation(owner(group, team)?)),
            _ => return Err(Error::corrupt("a rotation's fallback")),
        };
        match (self.when_nobody_eligible, fallback) {
            (1, None) => Ok(WhenNobodyEligible::LeaveUnassigned),
            (2, None) => Ok(WhenNobodyEligible::Wait),
            (3, Some(fallback)) => Ok(WhenNobodyEligible::Fallback(fallback)),
            _ => Err(Error::corrupt("what a rotation does when nobody is eligible")),
        }
    }
}

/// The columns of `when_nobody_eligible` and of the three fallbacks: a group, a team, a user.
pub(super) fn columns(when: WhenNobodyEligible) -> (i16, [Option<Uuid>; 3]) {
    let code = match when {
        WhenNobodyEligible::LeaveUnassigned => 1,
        WhenNobodyEligible::Wait => 2,
        WhenNobodyEligible::Fallback(_) => 3,
    };
    let named = match when.fallback() {
        None => [None, None, None],
        Some(Fallback::User(user)) => [None, None, Some(user.uuid())],
        Some(Fallback::Rotation(owner)) => {
            [owner.group_id().map(|id| id.uuid()), owner.team_id().map(|id| id.uuid()), None]
        }
    };
    (code, named)
}

/// Where somebody stands in `rotation_members m`, all of them NULL where they are no member.
pub(crate) const PLACE: &str = "m.position, m.daily_limit, m.monthly_limit, m.paused, \
     m.paused_until, m.away, m.away_until";

/// The columns [`PLACE`].
#[derive(FromQueryResult)]
pub(crate) struct PlaceRow {
    position: Option<i32>,
    daily_limit: Option<i32>,
    monthly_limit: Option<i32>,
    paused: Option<bool>,
    paused_until: Option<i64>,
    away: Option<bool>,
    away_until: Option<i64>,
}

impl PlaceRow {
    pub(crate) fn into_domain(self) -> Result<Option<MemberPlace>> {
        let Some(position) = self.position else { return Ok(None) };
        Ok(Some(MemberPlace {
            position: natural(position)?,
            settings: MemberSettings {
                daily_limit: self.daily_limit.map(natural).transpose()?,
                monthly_limit: self.monthly_limit.map(natural).transpose()?,
                pause: convert::pause(self.paused.unwrap_or(false), self.paused_until),
            },
            away: convert::pause(self.away.unwrap_or(false), self.away_until),
        }))
    }
}
