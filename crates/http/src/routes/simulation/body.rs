//! What clients ask of a dry run.

use std::time::Duration;

use evenhand_application::simulation::{Changes, Question};
use evenhand_distribution::simulate::{Arrivals, MAX_LEADS};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::distribution::{MAX_MEMBERS, MemberChange};
use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::UserId;
use evenhand_persistence::ledgers::Period;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::body::{Item, object, present};
use crate::fields;
use crate::routes::rotations::member_body::{self, MemberFields};
use crate::routes::rotations::settings_body::ChangeDistribution;

/// How far ahead the last lead may come in.
const FARTHEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Which leads, and what is to be otherwise: exactly one of `leads` and `replay`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"leads": 30, "distribution": {"method": "weighted", "daily_limit": 40}}))]
pub(crate) struct SimulateDistribution {
    /// How many leads come in.
    #[schema(minimum = 1, maximum = 100000)]
    leads: Option<u32>,
    /// When the first of them comes in; now when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// They are spread evenly up to before this instant, at most 366 days ahead; all at once when
    /// absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
    /// A past period, whose leads are dealt again.
    #[serde(default, deserialize_with = "object")]
    replay: Option<ReplayedPeriod>,
    /// How it is to deal; what is absent stays. A replay is about this rotation alone and takes no
    /// `when_nobody_eligible`.
    #[serde(default, deserialize_with = "object")]
    distribution: Option<ChangeDistribution>,
    /// Whether the whole rotation is paused.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    paused: Option<Option<bool>>,
    /// When that pause ends by itself; null = not by itself.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = DateTime)]
    paused_until: Option<Option<String>>,
    /// Exactly these members, in turn order; the present ones when absent. Others than those can be
    /// named by who may look at them.
    #[schema(value_type = Option<HashSet<Uuid>>, max_items = 1000)]
    user_ids: Option<Vec<String>>,
    /// What is set for members.
    #[schema(value_type = Option<Vec<SimulatedMember>>, max_items = 1000)]
    members: Option<Vec<Item<SimulatedMember>>>,
}

/// A past period.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayedPeriod {
    /// The first instant of it.
    #[schema(value_type = String, format = DateTime, required = true)]
    from: Option<String>,
    /// The first instant behind it.
    #[schema(value_type = String, format = DateTime, required = true)]
    until: Option<String>,
}

/// What is to be set for a member; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimulatedMember {
    /// Who.
    #[schema(value_type = Uuid, required = true)]
    user_id: Option<String>,
    /// Whether they are passed over; null = no.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    paused: Option<Option<bool>>,
    /// When the pause ends by itself; null = not by itself.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = DateTime)]
    paused_until: Option<Option<String>>,
    /// Their own limit per local day, 0 = unlimited; null = the rotation's.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000000)]
    daily_limit: Option<Option<u32>>,
    /// Their own limit per local month, 0 = unlimited; null = the rotation's.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000000)]
    monthly_limit: Option<Option<u32>>,
    /// Their share in relation to the others' where leads are dealt by weight, 0 = never; null = 1.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000)]
    weight: Option<Option<u32>>,
}

/// What a request's text asks for, as the operation reads it: for the command line.
///
/// # Errors
/// [`Error::Invalid`] with every fault; at the root for what is no such object.
pub fn simulation_of(text: &str, now: Timestamp) -> Result<(Question, Changes), Error> {
    let body: SimulateDistribution = serde_json::from_str(text)
        .map_err(|error| Error::invalid("", "invalid_type", error.to_string()))?;
    let mut faults = Faults::default();
    let parsed = body.parse(now, &mut faults);
    faults.into_result(())?;
    parsed.ok_or_else(|| Error::internal("a body without faults and without content"))
}

impl SimulateDistribution {
    pub(super) fn parse(self, now: Timestamp, faults: &mut Faults) -> Option<(Question, Changes)> {
        let Self {
            leads,
            from,
            until,
            replay,
            distribution,
            paused,
            paused_until,
            user_ids,
            members,
        } = self;
        let question = match (leads, replay) {
            (Some(leads), None) => next(leads, from, until, now, faults),
            (None, Some(period)) => {
                for (pointer, given) in [("/from", from), ("/until", until)] {
                    if given.is_some() {
                        faults.add(pointer, "invalid_value", "only with leads");
                    }
                }
                period.parse(faults)
            }
            (None, None) => {
                faults.add("/leads", "required", "say how many leads, or name a period to replay");
                None
            }
            (Some(_), Some(_)) => {
                faults.add("/replay", "invalid_value", "either leads or replay");
                None
            }
        };
        let distribution = distribution.unwrap_or_default().parse(faults);
        let paused = paused.map(|paused| paused.unwrap_or(false));
        let pause = member_body::pause(paused, paused_until, now, faults);
        let user_ids = match user_ids {
            None => Some(None),
            Some(ids) => fields::ids(faults, "/user_ids", &ids, MAX_MEMBERS).all().map(Some),
        };
        let members = members_of(members.unwrap_or_default(), now, faults);
        let changes = Changes {
            distribution: distribution?,
            pause: pause?,
            user_ids: user_ids?,
            members: members?,
        };
        Some((question?, changes))
    }
}

fn next(
    leads: u32,
    from: Option<String>,
    until: Option<String>,
    now: Timestamp,
    faults: &mut Faults,
) -> Option<Question> {
    let leads = fields::at_most(faults, "/leads", leads, MAX_LEADS);
    if leads == Some(0) {
        faults.add("/leads", "invalid_value", "at least 1");
    }
    let from = match from {
        None => Some(now),
        Some(text) => fields::future_instant(faults, "/from", &text, now),
    };
    let is_until = until.is_some();
    let until = match until {
        None => from,
        Some(text) => fields::future_instant(faults, "/until", &text, now),
    };
    let (leads, from, until) = (leads?, from?, until?);
    if until < from {
        faults.add("/until", "invalid_value", "must not lie before from");
    }
    if until > now.after(FARTHEST) {
        let pointer = if is_until { "/until" } else { "/from" };
        faults.add(pointer, "too_far", "at most 366 days ahead");
    }
    Some(Question::Next(Arrivals { leads, from, until }))
}

impl ReplayedPeriod {
    fn parse(self, faults: &mut Faults) -> Option<Question> {
        let mut instant = |pointer: &str, text: Option<String>| {
            let text = fields::required(faults, pointer, text)?;
            fields::instant(faults, pointer, &text)
        };
        let from = instant("/replay/from", self.from);
        let to = instant("/replay/until", self.until);
        let (from, to) = (from?, to?);
        if to <= from {
            faults.add("/replay/until", "invalid_value", "must lie after from");
        }
        Some(Question::Past(Period { from, to }))
    }
}

fn members_of(
    members: Vec<Item<SimulatedMember>>,
    now: Timestamp,
    faults: &mut Faults,
) -> Option<Vec<(UserId, MemberChange)>> {
    if members.len() > MAX_MEMBERS {
        faults.add("/members", "too_many", format!("at most {MAX_MEMBERS}"));
        return None;
    }
    let mut read: Vec<Option<(UserId, MemberChange)>> = Vec::new();
    for (index, Item(member)) in members.into_iter().enumerate() {
        let mut own = Faults::default();
        let parsed = member.parse(now, &mut own);
        if let Some((user, _)) = parsed
            && read.iter().flatten().any(|(named, _)| *named == user)
        {
            own.add("/user_id", "duplicate", "named twice");
        }
        faults.append_below(&format!("/members/{index}"), own);
        read.push(parsed);
    }
    read.into_iter().collect()
}

impl SimulatedMember {
    fn parse(self, now: Timestamp, faults: &mut Faults) -> Option<(UserId, MemberChange)> {
        let Self { user_id, paused, paused_until, daily_limit, monthly_limit, weight } = self;
        let user = fields::required(faults, "/user_id", user_id);
        let user = user.and_then(|text| fields::id(faults, "/user_id", &text));
        let change = MemberFields { paused, paused_until, daily_limit, monthly_limit, weight };
        let change = change.parse(now, faults);
        Some((user?, change?))
    }
}
