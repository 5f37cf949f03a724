//! Parts of views that tell what a rotation did or would do.

use std::collections::HashMap;

use evenhand_domain::calendar::Zone;
use evenhand_domain::ids::UserId;
use evenhand_domain::rotation::{Skip, Until};
use evenhand_domain::user::UserName;
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::users::view::UserNameView;
use crate::schema::Instant;

/// Why a member is passed over, and for how long.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Skip)]
pub(crate) struct SkipView {
    /// `paused`, `outside_working_hours`, `absent`, `holiday`, `zero_weight`,
    /// `daily_limit_reached`, `monthly_limit_reached`. There will be more.
    pub(crate) reason: &'static str,
    /// The leads counted against the limit, where the reason is one.
    pub(crate) count: Option<u32>,
    /// The limit that is reached, where the reason is one.
    pub(crate) limit: Option<u32>,
    /// When the reason ends by itself; null = it does not.
    pub(crate) until: Option<Instant>,
}

impl SkipView {
    /// `zone` says when a day begins.
    pub(crate) fn new(skip: Skip, zone: &Zone) -> Self {
        let Skip { reason, count, limit, until } = skip;
        let until = match until {
            Until::Indefinite => None,
            Until::At(end) => Some(end),
            Until::NextDay(day) | Until::NextMonth(day) => Some(zone.day_start(day)),
        };
        Self { reason: reason.as_str(), count, limit, until: until.map(Instant::from) }
    }
}

/// A user's name. Users are never deleted, so every id that a rotation ever held has one.
pub(crate) fn name(user: UserId, names: &HashMap<UserId, UserName>) -> UserNameView {
    match names.get(&user) {
        Some(name) => name.clone().into(),
        None => UserNameView {
            id: user.uuid(),
            first_name: String::new(),
            last_name: None,
            partner: false,
        },
    }
}
