//! `POST /v1/users/{id}/deactivate`.

use evenhand_application::off_boarding::{self, Deactivate, OffBoarded};
use evenhand_domain::error::Faults;
use evenhand_domain::ids::UserId;
use evenhand_domain::off_boarding::{LeadsAction, LeadsActionKind, OffBoardingStatus};
use evenhand_domain::permission::{Grant, ManageUsers};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::off_boardings;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::deactivation_view::{DeactivationOrPlan, DeactivationPlanView, DeactivationView};
use crate::answer::{accepted, ok_version};
use crate::body::{OptionalBody, object};
use crate::etag::IfMatch;
use crate::fields;
use crate::guard::AuthorizedPerson;
use crate::operations::Answer;
use crate::path::Id;
use crate::query::Query;
use crate::schema::words;
use crate::state::{HttpState, State};

words! {
    /// What becomes of open leads.
    LeavingLeadsAction { "keep", "transfer", "distribute", "release", }
}

words! {
    /// What becomes of API keys.
    LeavingKeysAction { "keep", "revoke", }
}

/// What becomes of the open leads of somebody who leaves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeavingLeads {
    /// `keep` leaves them theirs; `transfer` gives them to `user_id`; `distribute` has the rotation
    /// of `group_id` or `team_id` deal them, which counts towards limits; `release` gives them to nobody.
    #[schema(value_type = LeavingLeadsAction, required = true)]
    action: Option<String>,
    /// With `transfer`: another active user.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<String>,
    /// With `distribute`: a group.
    #[schema(value_type = Option<Uuid>)]
    group_id: Option<String>,
    /// With `distribute`, in place of a group: a team.
    #[schema(value_type = Option<Uuid>)]
    team_id: Option<String>,
}

/// How a user is to leave.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "leads": {"action": "distribute", "group_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02"},
    "api_keys": "keep",
}))]
pub(crate) struct DeactivateUser {
    /// What becomes of their open leads; they keep them when absent.
    #[serde(default, deserialize_with = "object")]
    leads: Option<LeavingLeads>,
    /// What becomes of the API keys they made; these stay when absent.
    #[schema(value_type = Option<LeavingKeysAction>)]
    api_keys: Option<String>,
    /// The `plan_hash` of a preview: nothing is done unless the plan is still that one.
    plan_hash: Option<String>,
}

const LEADS: [&str; 4] = ["keep", "transfer", "distribute", "release"];

impl LeavingLeads {
    fn parse(self, faults: &mut Faults) -> Option<LeadsAction> {
        let Self { action, user_id, group_id, team_id } = self;
        let known = |text: &str| {
            LeadsActionKind::from_text(text).filter(|kind| LEADS.contains(&kind.as_str()))
        };
        let action = fields::required(faults, "/leads/action", action);
        let action =
            action.and_then(|text| fields::word(faults, "/leads/action", &text, known, &LEADS));
        let named = |pointer, value: Option<String>, wanted, faults: &mut Faults| match value {
            None if wanted => {
                faults.add(pointer, "required", "say who gets the leads");
                None
            }
            Some(_) if !wanted && action.is_some() => {
                faults.add(pointer, "invalid_value", "does not belong to this action");
                None
            }
            value => value,
        };
        let transfers = action == Some(LeadsActionKind::Transfer);
        let distributes = action == Some(LeadsActionKind::Distribute);
        let user = named("/leads/user_id", user_id, transfers, faults);
        if distributes && group_id.is_some() && team_id.is_some() {
            let detail = "a group or a team, not both";
            faults.add("/leads/team_id", "invalid_value", detail);
            return None;
        }
        let to_team = distributes && team_id.is_some();
        let group = named("/leads/group_id", group_id, distributes && !to_team, faults);
        let team = named("/leads/team_id", team_id, to_team, faults);
        let user = user.and_then(|user| fields::id(faults, "/leads/user_id", &user));
        let group = group.and_then(|group| fields::id(faults, "/leads/group_id", &group));
        let team = team.and_then(|team| fields::id(faults, "/leads/team_id", &team));
        let owner = group.map(RotationOwner::Group).or(team.map(RotationOwner::Team));
        match action? {
            LeadsActionKind::Keep => Some(LeadsAction::Keep),
            LeadsActionKind::Transfer => user.map(LeadsAction::Transfer),
            LeadsActionKind::Distribute => owner.map(LeadsAction::Distribute),
            LeadsActionKind::Release => Some(LeadsAction::Release),
            LeadsActionKind::GiveBack => None,
        }
    }
}

struct Wanted {
    leads: LeadsAction,
    revoke_api_keys: bool,
    plan_hash: Option<String>,
}

impl DeactivateUser {
    fn parse(self, faults: &mut Faults) -> Option<Wanted> {
        let Self { leads, api_keys, plan_hash } = self;
        let leads = match leads {
            Some(leads) => leads.parse(faults),
            None => Some(LeadsAction::Keep),
        };
        let revokes = |text: &str| match text {
            "keep" => Some(false),
            "revoke" => Some(true),
            _ => None,
        };
        let revoke_api_keys = match api_keys {
            Some(text) => fields::word(faults, "/api_keys", &text, revokes, &["keep", "revoke"]),
            None => Some(false),
        };
        Some(Wanted { leads: leads?, revoke_api_keys: revoke_api_keys?, plan_hash })
    }
}

/// Whether to do it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeactivateQuery {
    /// `true` only answers what would be done.
    #[param(value_type = Option<bool>)]
    preview: Option<String>,
}

impl DeactivateQuery {
    fn parse(self, faults: &mut Faults) -> Option<bool> {
        self.preview.map_or(Some(false), |text| fields::flag(faults, "/preview", &text))
    }
}

/// Deactivate a user.
///
/// In one transaction their access and sessions end, they leave every rotation, invitations of
/// theirs stop working, and what becomes of their open leads is decided: those in a status that
/// counts as open. Up to 200 leads move with it (200), more are moved by a job behind it (202), each
/// exactly once; one that somebody decides on meanwhile is left alone. They stay on their teams, and are
/// taken off every lead that they work on besides its owner.
///
/// `preview=true` changes nothing and answers what would be done, with the hash of that plan.
///
/// For users whose role is no higher than one's own. Moving leads needs `leads.assign` and
/// `leads.view_all` as well, revoking keys `api_keys.manage`. A user who is inactive already can be
/// deactivated once more to move the open leads that they still own.
#[utoipa::path(
    post, path = "/v1/users/{id}/deactivate", tag = "users",
    responses(
        (status = 200, description = "Done, or with `preview` what would be done.", body = DeactivationOrPlan),
        (status = 202, description = "Done but for the leads, which are being moved: ask at `Location`.", body = DeactivationView,
            headers(("Location" = String, description = "Where the progress is"))),
        (status = 403, description = "The user's role is higher than yours, or what you ask for needs a further permission."),
        (status = 409, description = "`cannot_deactivate_yourself`, `last_owner`; `user_inactive` and nothing left to move; `deactivation_running`."),
        (status = 412, description = "The plan is another by now than `plan_hash` says."),
    ),
)]
pub(crate) async fn deactivate_user(
    AuthorizedPerson(grant): AuthorizedPerson<ManageUsers>,
    state: State,
    Id(user_id): Id<UserId>,
    expected: IfMatch,
    query: Query<DeactivateQuery>,
    body: OptionalBody<DeactivateUser>,
) -> Answer {
    let preview = query.check(DeactivateQuery::parse)?;
    let Wanted { leads, revoke_api_keys, plan_hash } =
        body.read().await?.check(DeactivateUser::parse)?;
    let expected_version = expected.version();
    let request = Deactivate { user_id, leads, revoke_api_keys, plan_hash, expected_version };
    if preview {
        let planned = off_boarding::plan(&state.services, &grant, &request).await?;
        let statuses = grant.organization().open_status_keys().map(str::to_owned).collect();
        let version = planned.user_version;
        let plan = DeactivationPlanView::new(planned, statuses);
        return ok_version(version, &DeactivationOrPlan::Plan(plan));
    }
    let done = off_boarding::deactivate(&state.services, &grant, &request).await?;
    answer(&state, &grant, &done, DeactivationOrPlan::Done).await
}

/// 200 when it is through, 202 while leads are being moved.
pub(super) async fn answer<V: serde::Serialize>(
    state: &HttpState,
    grant: &Grant<ManageUsers>,
    done: &OffBoarded,
    finished: impl FnOnce(DeactivationView) -> V,
) -> Answer {
    let OffBoarded { off_boarding: of, user_version } = done;
    let details = off_boardings::details(state.store(), grant, of).await?;
    let view = DeactivationView::new(of, details);
    if of.status == OffBoardingStatus::Running {
        let location = format!("/v1/users/{}/deactivation", of.user_id);
        return accepted(&location, *user_version, &view);
    }
    ok_version(*user_version, &finished(view))
}
