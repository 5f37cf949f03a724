//! Deactivations as the API shows them: planned, under way, done.

use evenhand_application::off_boarding::Planned;
use evenhand_domain::off_boarding::{
    ApiKeyName, LeadsAction, LeadsActionKind, OffBoarding, Plan, RotationPlace,
};
use evenhand_domain::team::TeamName;
use evenhand_domain::user::GroupName;
use evenhand_persistence::off_boardings::OffBoardingDetails;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::UserNameView;
use crate::schema::Instant;

/// A record by its name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Named)]
pub(crate) struct NamedView {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
}

impl NamedView {
    fn group(group: GroupName) -> Self {
        Self { id: group.id.uuid(), name: group.name }
    }

    fn team(team: TeamName) -> Self {
        Self { id: team.id.uuid(), name: team.name }
    }

    fn key(key: ApiKeyName) -> Self {
        Self { id: key.id.uuid(), name: key.name }
    }
}

/// A rotation that is left, or taken up again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RotationPlace)]
pub(crate) struct RotationPlaceView {
    /// The rotation.
    rotation_id: Uuid,
    /// The group it is of.
    group: Option<NamedView>,
    /// The team it is of.
    team: Option<NamedView>,
}

impl From<RotationPlace> for RotationPlaceView {
    fn from(place: RotationPlace) -> Self {
        let RotationPlace { rotation_id, group, team } = place;
        Self {
            rotation_id: rotation_id.uuid(),
            group: group.map(NamedView::group),
            team: team.map(NamedView::team),
        }
    }
}

/// What would become of the leads.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlannedLeads)]
pub(crate) struct PlannedLeadsView {
    /// `keep`, `transfer`, `distribute` or `release`.
    action: &'static str,
    /// Who would get them.
    user: Option<UserNameView>,
    /// Which group would deal them.
    group: Option<NamedView>,
    /// Which team would deal them.
    team: Option<NamedView>,
    /// How many open leads the user owns: all of them stay with `keep`, and move else.
    count: usize,
    /// The statuses that count as open.
    open_statuses: Vec<String>,
}

/// What a deactivation would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeactivationPlan, example = json!({
    "status": "planned",
    "plan_hash": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "user": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "first_name": "Tom", "last_name": null, "partner": false},
    "leads": {
        "action": "distribute", "user": null,
        "group": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02", "name": "Tele-Sales"}, "team": null,
        "count": 17, "open_statuses": ["new", "contacted", "qualified"],
    },
    "rotations": [{
        "rotation_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e03",
        "group": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02", "name": "Tele-Sales"}, "team": null,
    }],
    "collaborations": 3, "sessions": 2, "api_keys": [], "api_keys_action": "keep", "withdraws_invitation": false,
    "teams": [], "fallback_of": [],
}))]
pub(crate) struct DeactivationPlanView {
    /// `planned`.
    status: &'static str,
    /// Send it as `plan_hash` to have exactly this done, or nothing.
    plan_hash: String,
    /// Who would leave.
    user: UserNameView,
    /// What would become of their leads.
    leads: PlannedLeadsView,
    /// The rotations they would leave.
    rotations: Vec<RotationPlaceView>,
    /// How many leads they would be taken off that they work on besides the owners.
    collaborations: u64,
    /// How many sessions would end.
    sessions: u32,
    /// The API keys they made that are not revoked.
    api_keys: Vec<NamedView>,
    /// What would become of those: `keep` or `revoke`.
    api_keys_action: &'static str,
    /// Whether an invitation of theirs would stop working.
    withdraws_invitation: bool,
    /// The teams they would stay on.
    teams: Vec<NamedView>,
    /// The rotations that name them as their fallback, and would go on naming them: leads that
    /// nobody can be dealt stay without an owner there until the user is active again or the
    /// fallback is another.
    fallback_of: Vec<RotationPlaceView>,
}

impl DeactivationPlanView {
    pub(crate) fn new(planned: Planned, open_statuses: Vec<String>) -> Self {
        let Planned { plan, to, user_version: _ } = planned;
        let plan_hash = plan.hash();
        let Plan {
            user,
            action,
            leads,
            rotations,
            collaborations,
            sessions,
            api_keys,
            revoke_api_keys,
            revokes_invitation,
            teams,
            fallback_of,
        } = plan;
        Self {
            status: "planned",
            plan_hash,
            user: user.into(),
            leads: PlannedLeadsView {
                action: action.kind().as_str(),
                user: to.user.map(UserNameView::from),
                group: to.group.map(NamedView::group),
                team: to.team.map(NamedView::team),
                count: leads.len(),
                open_statuses,
            },
            rotations: rotations.into_iter().map(RotationPlaceView::from).collect(),
            collaborations,
            sessions,
            api_keys: api_keys.into_iter().map(NamedView::key).collect(),
            api_keys_action: if revoke_api_keys { "revoke" } else { "keep" },
            withdraws_invitation: revokes_invitation,
            teams: teams.into_iter().map(NamedView::team).collect(),
            fallback_of: fallback_of.into_iter().map(RotationPlaceView::from).collect(),
        }
    }
}

/// What becomes of the leads, and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MovedLeads)]
pub(crate) struct MovedLeadsView {
    /// `keep`, `transfer`, `distribute`, `release`; `give_back` when a deactivation is undone.
    /// There will be more.
    action: &'static str,
    /// Who gets them.
    user: Option<UserNameView>,
    /// Which group deals them.
    group: Option<NamedView>,
    /// Which team deals them.
    team: Option<NamedView>,
    /// How many leads it is about.
    total: u32,
    /// How many of them it is through with: `moved`, `unassigned` and `skipped` together.
    done: u32,
    /// How many have another owner by it.
    moved: u32,
    /// How many have no owner by it: released, or nobody could be dealt to.
    unassigned: u32,
    /// How many it left alone, because somebody had decided on them meanwhile.
    skipped: u32,
    /// The first hundred of those.
    skipped_lead_ids: Vec<Uuid>,
}

/// A deactivation, or its being undone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Deactivation, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0a", "kind": "deactivation",
    "status": "running", "failure": null,
    "user": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "first_name": "Tom", "last_name": null, "partner": false},
    "leads": {
        "action": "release", "user": null, "group": null, "team": null, "total": 10000, "done": 1400,
        "moved": 0, "unassigned": 1399, "skipped": 1,
        "skipped_lead_ids": ["01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e04"],
    },
    "rotations": [], "sessions": 2, "api_keys": [], "fallback_of": [],
    "decided_by": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e07",
    "created_at": "2026-03-02T09:30:00.000000Z", "finished_at": null,
}))]
pub(crate) struct DeactivationView {
    /// Its id.
    id: Uuid,
    /// `deactivation` or `undo`.
    kind: &'static str,
    /// `running` while leads are moved, then `completed`; `failed` when it cannot go on, and
    /// `cancelled` when the user came back or left again before it was through: then the rest of
    /// the leads stayed where they were. There will be more.
    status: &'static str,
    /// Why it cannot go on: `user_inactive` (who was to get the leads), `group_archived`, `team_archived`; null
    /// unless it failed. Deactivate the user again to have the rest moved elsewhere. There will be
    /// more.
    failure: Option<&'static str>,
    /// Who left, or came back.
    user: Option<UserNameView>,
    /// What becomes of their leads.
    leads: MovedLeadsView,
    /// The rotations they left, or are in again.
    rotations: Vec<RotationPlaceView>,
    /// How many sessions ended.
    sessions: u32,
    /// The API keys that were revoked.
    api_keys: Vec<NamedView>,
    /// The rotations that name the user as their fallback now. While the user is inactive, leads that
    /// nobody can be dealt stay without an owner there.
    fallback_of: Vec<RotationPlaceView>,
    /// The user who decided.
    decided_by: Uuid,
    /// When.
    created_at: Instant,
    /// When it came to its end.
    finished_at: Option<Instant>,
}

impl DeactivationView {
    pub(crate) fn new(of: &OffBoarding, details: OffBoardingDetails) -> Self {
        let OffBoarding {
            id,
            user_id: _,
            action,
            status,
            failure,
            total,
            moved,
            unassigned,
            skipped,
            // Their names are in the details.
            rotation_ids: _,
            sessions,
            api_key_ids: _,
            decided_by,
            session_id: _,
            created_at,
            finished_at,
        } = of;
        let OffBoardingDetails {
            user,
            to,
            rotations,
            api_keys,
            fallback_of,
            skipped: skipped_leads,
        } = details;
        Self {
            id: id.uuid(),
            kind: kind(*action),
            status: status.as_str(),
            failure: failure.map(|failure| failure.as_str()),
            user: user.map(UserNameView::from),
            leads: MovedLeadsView {
                action: action.kind().as_str(),
                user: to.user.map(UserNameView::from),
                group: to.group.map(NamedView::group),
                team: to.team.map(NamedView::team),
                total: *total,
                done: of.done(),
                moved: *moved,
                unassigned: *unassigned,
                skipped: *skipped,
                skipped_lead_ids: skipped_leads.into_iter().map(|lead| lead.uuid()).collect(),
            },
            rotations: rotations.into_iter().map(RotationPlaceView::from).collect(),
            sessions: *sessions,
            api_keys: api_keys.into_iter().map(NamedView::key).collect(),
            fallback_of: fallback_of.into_iter().map(RotationPlaceView::from).collect(),
            decided_by: decided_by.uuid(),
            created_at: (*created_at).into(),
            finished_at: finished_at.map(Instant::from),
        }
    }
}

fn kind(action: LeadsAction) -> &'static str {
    match action.kind() {
        LeadsActionKind::GiveBack => "undo",
        _ => "deactivation",
    }
}

/// The plan that was asked for, or what was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = DeactivationOrPlan)]
pub(crate) enum DeactivationOrPlan {
    /// With `preview=true`.
    Plan(DeactivationPlanView),
    /// Else.
    Done(DeactivationView),
}
