//! Whose counts are to be set back, as clients send it.

use evenhand_domain::distribution::MAX_MEMBERS;
use evenhand_domain::error::Faults;
use evenhand_domain::ids::UserId;
use evenhand_domain::rotation::ResetPeriod;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::fields;
use crate::schema::words;

words! {
    /// Which counts are set back: those of the day, or those of the month and with them the day's.
    LimitsResetPeriod { "day", "month", }
}

/// Whose counts are to be set back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "period": "day", "user_ids": ["01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01"],
}))]
pub(crate) struct ResetLimits {
    /// Which counts.
    #[schema(value_type = LimitsResetPeriod, required = true)]
    period: Option<String>,
    /// Whose, of those it deals to; everybody's when absent or null.
    #[schema(value_type = Option<HashSet<Uuid>>, min_items = 1, max_items = 1000)]
    user_ids: Option<Vec<String>>,
}

impl ResetLimits {
    /// Whose counts, nobody named being everybody, and which.
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<(Vec<UserId>, ResetPeriod)> {
        let Self { period, user_ids } = self;
        let period = fields::required(faults, "/period", period);
        let read = |text: &str| text.parse().ok();
        let period =
            period.and_then(|text| fields::word(faults, "/period", &text, read, &["day", "month"]));
        let users = match user_ids {
            None => Some(Vec::new()),
            Some(named) if named.is_empty() => {
                let detail = "name somebody, or leave it out for everybody";
                faults.add("/user_ids", "required", detail);
                None
            }
            Some(named) => fields::ids(faults, "/user_ids", &named, MAX_MEMBERS).all(),
        };
        users.zip(period)
    }
}
