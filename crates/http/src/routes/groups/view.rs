//! Groups and their members as the API shows them.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::distribution::MemberPlace;
use evenhand_domain::group::{Group, GroupMember};
use evenhand_domain::rotation::MemberSettings;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::rotations::member_view::{AwayView, pause};
use crate::routes::rotations::settings_view::DistributionSettingsView;
use crate::routes::users::view::UserNameView;
use crate::schema::{Instant, page_view};

/// A department of users with rules for dealing.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Group, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02",
    "name": "Tele-Sales",
    "distribution": {
        "method": "sequential", "daily_limit": 40, "monthly_limit": 0,
        "respect_availability": false, "when_nobody_eligible": "leave_unassigned", "fallback": null,
    },
    "pick_up_statuses": ["new"],
    "member_count": 4,
    "version": 1,
    "created_at": "2026-03-02T09:30:00.000000Z",
    "updated_at": "2026-03-02T09:30:00.000000Z",
}))]
pub(crate) struct GroupView {
    /// Its id.
    pub(crate) id: Uuid,
    /// Unique in the organization without regard to case.
    pub(crate) name: String,
    /// How it deals.
    pub(crate) distribution: DistributionSettingsView,
    /// The keys of the lead statuses in which its members may pick up leads, as they were given.
    pub(crate) pick_up_statuses: Vec<String>,
    /// How many members it has.
    pub(crate) member_count: u64,
    /// Raised by every change of its settings or members, not by dealing.
    pub(crate) version: i64,
    /// When it was made.
    pub(crate) created_at: Instant,
    /// When its settings or members last changed.
    pub(crate) updated_at: Instant,
}

impl From<&Group> for GroupView {
    fn from(group: &Group) -> Self {
        let Group {
            id,
            name,
            // Shown with the rotation's state.
            rotation_id: _,
            distribution,
            pick_up_statuses,
            member_count,
            version,
            created_at,
            updated_at,
        } = group;
        Self {
            id: id.uuid(),
            name: name.clone(),
            distribution: (*distribution).into(),
            pick_up_statuses: pick_up_statuses.clone(),
            member_count: *member_count,
            version: *version,
            created_at: (*created_at).into(),
            updated_at: (*updated_at).into(),
        }
    }
}

page_view! {
    /// A page of groups.
    GroupPage of GroupView
}

/// A member of a group.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = GroupMember, example = json!({
    "user": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "first_name": "Tom", "last_name": null},
    "position": 1,
    "daily_limit": null,
    "monthly_limit": null,
    "weight": 1,
    "paused": false,
    "paused_until": null,
    "away": null,
}))]
pub(crate) struct MemberView {
    /// Who.
    pub(crate) user: UserNameView,
    /// From 1, in turn order.
    pub(crate) position: u32,
    /// Their own limit per local day, 0 = unlimited; null = the group's.
    pub(crate) daily_limit: Option<u32>,
    /// Their own limit per local month, 0 = unlimited; null = the group's.
    pub(crate) monthly_limit: Option<u32>,
    /// Their share in relation to the others' where leads are dealt by weight; 0 = never.
    pub(crate) weight: u32,
    /// Whether they are paused in this group.
    pub(crate) paused: bool,
    /// When the pause ends by itself; null = not by itself, or no pause.
    pub(crate) paused_until: Option<Instant>,
    /// Their being paused in all rotations, besides the pause in this group; null = they are not.
    pub(crate) away: Option<AwayView>,
}

impl MemberView {
    /// As of `now`: a pause that is over by itself is none.
    pub(crate) fn new(member: GroupMember, now: Timestamp) -> Self {
        let GroupMember { user, place: MemberPlace { position, settings, away } } = member;
        let MemberSettings { daily_limit, monthly_limit, weight, pause: paused } = settings;
        let (paused, paused_until) = pause(paused, now);
        Self {
            user: user.into(),
            position,
            daily_limit,
            monthly_limit,
            weight,
            paused,
            paused_until,
            away: AwayView::of(away, now),
        }
    }
}

/// All members of a group in turn order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GroupMemberList)]
pub(crate) struct MemberList {
    /// The members.
    pub(crate) data: Vec<MemberView>,
}

impl MemberList {
    /// As of `now`.
    pub(crate) fn new(members: Vec<GroupMember>, now: Timestamp) -> Self {
        Self { data: members.into_iter().map(|member| MemberView::new(member, now)).collect() }
    }
}
