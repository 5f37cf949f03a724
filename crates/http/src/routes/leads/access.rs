//! `GET /v1/leads/{id}/access`.

use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::{LeadId, UserId};
use evenhand_domain::permission::lead_access::{Explanation, Rule, TiedTeam, explain};
use evenhand_domain::permission::{ExplainLeadAccess, Grant, LeadTie, Permission, Sight};
use evenhand_domain::user::UserName;
use evenhand_persistence::leads;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::answer::ok;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::users::view::{GroupNameView, UserNameView};
use crate::state::State;

/// Whose sight of a lead.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessQuery {
    /// The user that the question is about; whoever asks when absent. Anybody for who sees all
    /// about every user, else oneself and the users of the teams one manages.
    #[param(value_type = Option<Uuid>)]
    user_id: Option<String>,
}

/// Why a user sees a lead, or does not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadAccess, example = json!({
    "lead_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e04",
    "user": {
        "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e08", "first_name": "Mia", "last_name": null,
        "partner": false,
    },
    "visible": true,
    "read_only": false,
    "rules": [
        {"rule": "user_active", "applies": true, "reason": "active",
         "detail": "the user is active", "teams": [], "groups": []},
        {"rule": "team", "applies": true, "reason": "user_tied",
         "detail": "users of Blue own or share the lead",
         "teams": [{"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e09", "name": "Blue", "users": [
             {"user": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "first_name": "Tom",
                       "last_name": null, "partner": false},
              "tie": "owner"},
         ]}],
         "groups": []},
    ],
}))]
pub(crate) struct LeadAccessView {
    /// The lead.
    pub(crate) lead_id: Uuid,
    /// The user.
    pub(crate) user: UserNameView,
    /// Whether the user sees the lead.
    pub(crate) visible: bool,
    /// Whether they see it and may do no more than that.
    pub(crate) read_only: bool,
    /// Every rule, in this order: `user_active` and `permission`, which both must apply; then
    /// `everything`, `owner`, `collaborator`, `former_owner`, `creator`, `team`, `unassigned_in_team`
    /// and `pool`, of which one must. There will be more.
    pub(crate) rules: Vec<AccessRuleView>,
}

/// What one rule says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadAccessRule)]
pub(crate) struct AccessRuleView {
    /// Which rule.
    pub(crate) rule: &'static str,
    /// Whether it applies.
    pub(crate) applies: bool,
    /// Why it applies or does not, e.g. `permission_missing`, `does_not_own_it`, `stronger_tie`,
    /// `manages_no_team`, `no_user_tied`. There will be more.
    pub(crate) reason: &'static str,
    /// The same in words.
    pub(crate) detail: String,
    /// With `team` and `unassigned_in_team`: the teams by which it applies.
    pub(crate) teams: Vec<TiedTeamView>,
    /// With `pool`: the groups by which it applies.
    pub(crate) groups: Vec<GroupNameView>,
}

/// A team by which a user sees a lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadAccessTeam)]
pub(crate) struct TiedTeamView {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its name.
    pub(crate) name: String,
    /// With `team`: those of its users who own or share the lead.
    pub(crate) users: Vec<TiedUserView>,
}

/// A user who owns or shares a lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadAccessUser)]
pub(crate) struct TiedUserView {
    /// Who.
    pub(crate) user: UserNameView,
    /// `owner` or `collaborator`.
    pub(crate) tie: &'static str,
}

/// Explain who sees a lead.
///
/// Rule by rule, why a user sees it or does not, by the rules that every read of leads goes by.
#[utoipa::path(
    get, path = "/v1/leads/{id}/access", tag = "leads",
    responses(
        (status = 200, description = "What each rule says.", body = LeadAccessView),
        (status = 403, description = "The user is on no team that you manage, and the permission `users.view_all` is missing: `permission_denied`."),
    ),
)]
pub(crate) async fn explain_lead_access(
    Authorized(grant): Authorized<ExplainLeadAccess>,
    state: State,
    Id(id): Id<LeadId>,
    query: Query<AccessQuery>,
) -> Answer {
    let user = query.check(|query, faults| asked_about(query, &grant, faults))?;
    let facts = leads::facts(state.store(), &grant, id).await?.ok_or(Error::NotFound("lead"))?;
    if !grant.scope().users.covers(user) {
        return Err(Error::Denied(Permission::UsersViewAll).into());
    }
    let viewer = leads::viewer(state.store(), &grant, user).await?;
    let unknown = || Problem::fault("/user_id", "unknown_user", "no user of this organization");
    let viewer = viewer.ok_or_else(unknown)?;
    ok(&LeadAccessView::new(id, viewer.user.clone(), explain(&viewer, &facts)))
}

fn asked_about(
    query: AccessQuery,
    grant: &Grant<ExplainLeadAccess>,
    faults: &mut Faults,
) -> Option<UserId> {
    match query.user_id {
        Some(text) => fields::id(faults, "/user_id", &text),
        // An integration is nobody of whom it could be asked.
        None => fields::required(faults, "/user_id", grant.user_id()),
    }
}

impl LeadAccessView {
    fn new(lead: LeadId, user: UserName, explanation: Explanation) -> Self {
        let Explanation { sight, rules } = explanation;
        Self {
            lead_id: lead.uuid(),
            user: user.into(),
            visible: sight.is_some(),
            read_only: sight == Some(Sight::ReadOnly),
            rules: rules.into_iter().map(AccessRuleView::from).collect(),
        }
    }
}

impl From<Rule> for AccessRuleView {
    fn from(rule: Rule) -> Self {
        let Rule { name, applies, reason, detail, teams, groups } = rule;
        let teams = teams.into_iter().map(TiedTeamView::from).collect();
        let groups = groups.into_iter().map(GroupNameView::from).collect();
        Self { rule: name.as_str(), applies, reason, detail, teams, groups }
    }
}

impl From<TiedTeam> for TiedTeamView {
    fn from(tied: TiedTeam) -> Self {
        let TiedTeam { team, users } = tied;
        let view = |(user, tie): (UserName, LeadTie)| TiedUserView {
            user: user.into(),
            tie: tie.as_str(),
        };
        Self { id: team.id.uuid(), name: team.name, users: users.into_iter().map(view).collect() }
    }
}
