//! `GET /v1/groups/{id}/distribution/fairness`, and a team's.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use evenhand_domain::calendar::{LocalDay, Zone};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use evenhand_domain::fairness::FairShare;
use evenhand_domain::ids::{GroupId, TeamId, UserId};
use evenhand_domain::permission::{Grant, ViewGroups, ViewTeams};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::UserName;
use evenhand_persistence::ledgers::{self, OnLedgers, Period, Weighed};
use evenhand_persistence::users;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::find;
use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::rotation_view::name;
use crate::routes::users::view::UserNameView;
use crate::schema::Instant;
use crate::state::{HttpState, State};

/// The period where none is named.
const LAST_DAYS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Which period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct FairnessQuery {
    /// From when: a local day, e.g. `2026-03-01`, or an instant; 30 days before `to` when absent.
    from: Option<String>,
    /// Until when: a local day, which is part of the period, or an instant, which is not; now when
    /// absent.
    to: Option<String>,
}

impl FairnessQuery {
    fn parse(self, faults: &mut Faults, zone: &Zone, now: Timestamp) -> Option<Period> {
        let Self { from, to } = self;
        let to = match to {
            Some(text) => moment(faults, "/to", &text, zone, LocalDay::next),
            // What was decided right now belongs to it.
            None => Some(now.shifted(1)),
        };
        let from = match from {
            Some(text) => moment(faults, "/from", &text, zone, |day| day),
            None => to.map(|to| to.before(LAST_DAYS)),
        };
        let (from, to) = (from?, to?);
        if from >= to {
            faults.add("/to", "invalid_value", "must lie after from");
            return None;
        }
        Some(Period { from, to })
    }
}

/// An instant, or the start of a local day of `day`'s choosing.
fn moment(
    faults: &mut Faults,
    pointer: &str,
    text: &str,
    zone: &Zone,
    day: impl FnOnce(LocalDay) -> LocalDay,
) -> Option<Timestamp> {
    let local: Result<LocalDay, _> = text.parse();
    let at = match local {
        Ok(local) => Some(zone.day_start(day(local))),
        Err(_) => Timestamp::from_rfc3339(text),
    };
    let invalid = || ("invalid_value", "a day, e.g. 2026-03-01, or an RFC 3339 instant".to_owned());
    faults.keep(pointer, at.ok_or_else(invalid))
}

/// How even a rotation was over a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fairness)]
pub(crate) struct FairnessView {
    /// The first instant of the period.
    from: Instant,
    /// The first instant behind it.
    to: Instant,
    /// How many turns there were.
    turns: u64,
    /// How many decisions dealt to nobody, by reason.
    undealt: BTreeMap<&'static str, u64>,
    /// Everybody who was a member at any time of the period.
    members: Vec<FairShareView>,
}

/// What a period was for one member.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FairShare)]
pub(crate) struct FairShareView {
    /// Who.
    user: UserNameView,
    /// The turns they got.
    received: u64,
    /// What they could expect: of each turn that they could have taken, one part in as many members
    /// as could have taken it; where leads were dealt by weight, by weight.
    expected: f64,
    /// All turns, shared out evenly among everybody who was a member at any time of the period.
    even_share: f64,
    /// How many of the turns they could have taken.
    eligible_turns: u64,
    /// What of their even share they lost because they could not have taken turns. `even_share` less
    /// all of these, plus `from_others`, is `expected`.
    lost: Vec<LostShareView>,
    /// What came to them because others could not have taken turns, or by weight; can be negative.
    from_others: f64,
    /// When they joined, where that was in the period; the last time.
    joined_at: Option<Instant>,
    /// When they left, where that was in the period; the last time.
    left_at: Option<Instant>,
}

/// Turns that somebody could not have taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LostShare)]
pub(crate) struct LostShareView {
    /// Why: `not_member` before they joined and after they left, `paused`, `outside_working_hours`,
    /// `absent`, `holiday`, `zero_weight`, `daily_limit_reached`, `monthly_limit_reached`. There will
    /// be more.
    reason: &'static str,
    /// How many turns.
    turns: u64,
    /// What of their even share that is.
    share: f64,
}

fn share_view(share: FairShare, names: &HashMap<UserId, UserName>) -> FairShareView {
    let FairShare {
        user_id,
        received,
        eligible,
        expected,
        even_share,
        lost,
        from_others,
        joined_at,
        left_at,
    } = share;
    let lost = lost.into_iter().map(|(reason, (turns, share))| LostShareView {
        reason,
        turns,
        share: rounded(share),
    });
    FairShareView {
        user: name(user_id, names),
        received,
        expected: rounded(expected),
        even_share: rounded(even_share),
        eligible_turns: eligible,
        lost: lost.collect(),
        from_others: rounded(from_others),
        joined_at: joined_at.map(Instant::from),
        left_at: left_at.map(Instant::from),
    }
}

/// To the thousandth of a turn.
fn rounded(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}

/// Read how even a group's distribution was.
///
/// What everybody could expect against what they got over a period, and what the gap comes from: limits,
/// pauses, absences, joining later. Worked out by doing the decisions of the period again. At most
/// 200,000 entries of the ledger, and fewer with more than 50 members: ask for a shorter period then.
#[utoipa::path(
    get, path = "/v1/groups/{id}/distribution/fairness", tag = "groups",
    responses((status = 200, description = "How even it was.", body = FairnessView)),
)]
pub(crate) async fn get_group_fairness(
    Authorized(grant): Authorized<ViewGroups>,
    state: State,
    Id(id): Id<GroupId>,
    query: Query<FairnessQuery>,
) -> Answer {
    weigh(&state, &grant, id.into(), query).await
}

/// Read how even a team's distribution was.
///
/// As a group's, for a team you are on, or any for who manages teams.
#[utoipa::path(
    get, path = "/v1/teams/{id}/distribution/fairness", tag = "teams",
    responses((status = 200, description = "How even it was.", body = FairnessView)),
)]
pub(crate) async fn get_team_fairness(
    Authorized(grant): Authorized<ViewTeams>,
    state: State,
    Id(id): Id<TeamId>,
    query: Query<FairnessQuery>,
) -> Answer {
    weigh(&state, &grant, id.into(), query).await
}

async fn weigh<A: OnLedgers>(
    state: &HttpState,
    grant: &Grant<A>,
    owner: RotationOwner,
    query: Query<FairnessQuery>,
) -> Answer {
    let (zone, now) = (&grant.organization().zone, state.services.clock.now());
    let period = query.check(|query, faults| query.parse(faults, zone, now))?;
    let ledger = find(state, grant, owner).await?;
    // What is in a ledger stays: no snapshot is needed.
    let weighed = ledgers::fairness(state.store(), &ledger, period).await?;
    let Weighed::Fairness(fairness) = weighed else {
        let detail = "more decisions than are worked out at once: ask for a shorter period";
        return Err(Problem::fault("/from", "period_too_long", detail));
    };
    let shares = fairness.shares();
    let ids: Vec<UserId> = shares.iter().map(|share| share.user_id).collect();
    let known = users::mentioned(state.store(), grant, &ids).await?;
    let names: HashMap<UserId, UserName> =
        known.into_iter().map(|(id, (name, _))| (id, name)).collect();
    ok(&FairnessView {
        from: period.from.into(),
        to: period.to.into(),
        turns: fairness.turns(),
        undealt: fairness.undealt().clone(),
        members: shares.into_iter().map(|share| share_view(share, &names)).collect(),
    })
}
