//! What is set for rotations and their members, from storage.

use evenhand_domain::distribution::{Distribution, MemberPlace};
use evenhand_domain::rotation::{Limits, MemberSettings, Method, Policy};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::read::{natural, when_nobody_eligible};
use crate::{Error, Result, convert};

/// What is set for `rotations r`.
pub(crate) const SETTINGS: &str = "r.method, r.respects_availability, r.daily_limit, \
     r.monthly_limit, r.when_nobody_eligible, r.fallback_group_id, r.fallback_team_id, r.fallback_user_id";

/// The same where there may be no rotation: what a new one starts with.
pub(crate) const SETTINGS_OR_DEFAULTS: &str = "coalesce(r.method, CAST(1 AS smallint)) AS method, \
     coalesce(r.respects_availability, false) AS respects_availability, \
     coalesce(r.daily_limit, 0) AS daily_limit, coalesce(r.monthly_limit, 0) AS monthly_limit, \
     coalesce(r.when_nobody_eligible, CAST(1 AS smallint)) AS when_nobody_eligible, \
     r.fallback_group_id, r.fallback_team_id, r.fallback_user_id";

/// The columns [`SETTINGS`].
#[derive(FromQueryResult)]
pub(crate) struct SettingsRow {
    method: i16,
    respects_availability: bool,
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
        let fallback = [self.fallback_group_id, self.fallback_team_id, self.fallback_user_id];
        Ok(Distribution {
            policy: Policy {
                method: method.ok_or_else(|| Error::corrupt("a rotation's method"))?,
                respects_availability: self.respects_availability,
            },
            limits: Limits {
                daily: natural(self.daily_limit)?,
                monthly: natural(self.monthly_limit)?,
            },
            when_nobody_eligible: when_nobody_eligible(self.when_nobody_eligible, fallback)?,
        })
    }
}

/// Where somebody stands in `rotation_members m`, all of them NULL where they are no member.
pub(crate) const PLACE: &str = "m.position, m.daily_limit AS own_daily_limit, \
     m.monthly_limit AS own_monthly_limit, m.weight, m.paused, m.paused_until, m.away, m.away_until";

/// The columns [`PLACE`].
#[derive(FromQueryResult)]
pub(crate) struct PlaceRow {
    position: Option<i32>,
    own_daily_limit: Option<i32>,
    own_monthly_limit: Option<i32>,
    weight: Option<i32>,
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
                daily_limit: self.own_daily_limit.map(natural).transpose()?,
                monthly_limit: self.own_monthly_limit.map(natural).transpose()?,
                weight: natural(self.weight.unwrap_or(1))?,
                pause: convert::pause(self.paused.unwrap_or(false), self.paused_until),
            },
            away: convert::pause(self.away.unwrap_or(false), self.away_until),
        }))
    }
}
