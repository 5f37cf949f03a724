//! Where a rotation stands.

use std::collections::HashMap;

use evenhand_domain::calendar::Zone;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{Action, Grant};
use evenhand_domain::rotation::{MemberStanding, Method, Standing};
use evenhand_domain::user::UserName;
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::users;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::member_view::pause;
use super::settings_view::{DistributionSettingsView, FallbackView};
use crate::problem::Problem;
use crate::routes::rotation_view::{SkipView, name};
use crate::routes::users::view::UserNameView;
use crate::schema::Instant;
use crate::state::HttpState;

/// Where a rotation stands right now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DistributionState, example = json!({
    "rotation_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e03",
    "method": "sequential",
    "respect_availability": false,
    "when_nobody_eligible": "leave_unassigned",
    "fallback": null,
    "paused": false,
    "paused_until": null,
    "daily_limit": 40,
    "monthly_limit": 0,
    "turn": 12,
    "entry": 17,
    "ledger_hash": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "local_day": "2026-03-02",
    "next": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "first_name": "Tom", "last_name": null},
    "reason": null,
    "members": [{
        "user": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "first_name": "Tom", "last_name": null},
        "position": 1, "today": 3, "this_month": 3, "daily_limit": 40, "monthly_limit": 0,
        "remaining_today": 37, "remaining_this_month": null, "weight": 1,
        "open_leads": null, "skipped": null,
    }],
}))]
pub(crate) struct DistributionStateView {
    /// The rotation.
    rotation_id: Uuid,
    /// How it chooses: `sequential`, `random`, `weighted`, `least_open`. There will be more.
    method: &'static str,
    /// Whether members are passed over outside their working hours, on absences and holidays.
    respect_availability: bool,
    /// What becomes of leads that nobody can be dealt: `leave_unassigned`, `wait`, `fallback`. There
    /// will be more.
    when_nobody_eligible: &'static str,
    /// Where those leads go on to, with `fallback`.
    fallback: Option<FallbackView>,
    /// Whether the whole rotation is paused.
    paused: bool,
    /// When that ends by itself; null = not by itself, or no pause.
    paused_until: Option<Instant>,
    /// The limit of members without one of their own; 0 = unlimited.
    daily_limit: u32,
    /// The limit of members without one of their own; 0 = unlimited.
    monthly_limit: u32,
    /// The number of the last turn; 0 before the first.
    turn: u64,
    /// The number of the last ledger entry.
    entry: u64,
    /// The hash of the last ledger entry.
    ledger_hash: String,
    /// The organization's local day that the limits are counted on.
    #[schema(format = Date)]
    local_day: String,
    /// Who would be dealt a lead now.
    next: Option<UserNameView>,
    /// Why nobody would be: `no_members`, `all_members_at_limit`, `nobody_available`,
    /// `rotation_paused`. There will be more.
    reason: Option<&'static str>,
    /// Everybody, in turn order.
    members: Vec<MemberStateView>,
}

/// Where a member stands right now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MemberState)]
pub(crate) struct MemberStateView {
    /// Who.
    user: UserNameView,
    /// From 1, in turn order.
    position: usize,
    /// Leads dealt to them on the local day.
    today: u32,
    /// Leads dealt to them in the local month.
    this_month: u32,
    /// The limit that holds for them; 0 = unlimited.
    daily_limit: u32,
    /// The limit that holds for them; 0 = unlimited.
    monthly_limit: u32,
    /// How many more they can be dealt today; null = unlimited.
    remaining_today: Option<u32>,
    /// How many more they can be dealt this month; null = unlimited.
    remaining_this_month: Option<u32>,
    /// Their share in relation to the others', where leads are dealt by weight; 0 = never.
    weight: u32,
    /// The open leads that they were last seen to have, where leads are dealt by them; else null.
    open_leads: Option<u32>,
    /// Why they are passed over; null = they are not.
    skipped: Option<SkipView>,
}

impl DistributionStateView {
    /// As of now, with the names of the members.
    pub(crate) async fn read<A: Action>(
        state: &HttpState,
        grant: &Grant<A>,
        rotation: &Rotation,
    ) -> Result<Self, Problem> {
        let members = &rotation.state.members;
        let ids: Vec<UserId> = members.iter().map(|member| member.user_id).collect();
        let known = users::mentioned(state.store(), grant, &ids).await?;
        let names = known.into_iter().map(|(id, (name, _))| (id, name)).collect();
        let now = rotation.moment(state.services.clock.now());
        let foreseen = rotations::foreseen(state.store(), rotation, now.at).await?;
        Ok(view(rotation, &foreseen.standing(now), now.at, &names))
    }
}

fn view(
    rotation: &Rotation,
    standing: &Standing,
    now: Timestamp,
    names: &HashMap<UserId, UserName>,
) -> DistributionStateView {
    let state = &rotation.state;
    let members = standing.members.iter().enumerate();
    let by_open_leads = state.policy.method == Method::LeastOpen;
    let (paused, paused_until) = pause(state.pause, now);
    let DistributionSettingsView {
        method,
        respect_availability,
        when_nobody_eligible,
        fallback,
        ..
    } = rotation.distribution().into();
    DistributionStateView {
        rotation_id: state.id.uuid(),
        method,
        respect_availability,
        when_nobody_eligible,
        fallback,
        paused,
        paused_until,
        daily_limit: state.limits.daily,
        monthly_limit: state.limits.monthly,
        turn: state.turn,
        entry: state.entry,
        ledger_hash: state.head.to_string(),
        local_day: standing.moment.local_day.to_string(),
        next: standing.next.map(|user| name(user, names)),
        reason: standing.reason.map(|reason| reason.as_str()),
        members: members
            .map(|(index, member)| {
                member_view(index + 1, member, &rotation.zone, by_open_leads, names)
            })
            .collect(),
    }
}

fn member_view(
    position: usize,
    member: &MemberStanding,
    zone: &Zone,
    by_open_leads: bool,
    names: &HashMap<UserId, UserName>,
) -> MemberStateView {
    let MemberStanding { user_id, of_day, of_month, limits, open_leads, weight, skip } = member;
    let remaining = |limit: u32, count: u32| (limit > 0).then(|| limit.saturating_sub(count));
    MemberStateView {
        user: name(*user_id, names),
        position,
        today: *of_day,
        this_month: *of_month,
        daily_limit: limits.daily,
        monthly_limit: limits.monthly,
        remaining_today: remaining(limits.daily, *of_day),
        remaining_this_month: remaining(limits.monthly, *of_month),
        weight: *weight,
        open_leads: by_open_leads.then_some(*open_leads),
        skipped: skip.map(|skip| SkipView::new(skip, zone)),
    }
}
