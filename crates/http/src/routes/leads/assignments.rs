//! `GET /v1/leads/{id}/assignments`.

use std::collections::{BTreeMap, HashMap};

use evenhand_domain::error::Error;
use evenhand_domain::ids::{LeadId, RotationId, UserId};
use evenhand_domain::lead::{Assignment, Dealt};
use evenhand_domain::permission::{Grant, ViewLeads};
use evenhand_domain::rotation::Explanation;
use evenhand_domain::user::UserName;
use evenhand_persistence::{leads, rotations, routing, users, waiting};

use super::assignment_view::{
    AssignmentList, AssignmentView, ExplainedAssignmentView, ExplanationView, PassedOnView,
    RoutedByView,
};
use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::problem::Problem;
use crate::routes::users::view::UserNameView;
use crate::state::{HttpState, State};

/// List the decisions on a lead's ownership.
///
/// Newest first, each with who gave it up, who got it, and, where a rotation decided, why: every
/// member in turn order; also those rotations that passed it on to their fallback. Explanations are recomputed from the rotation's ledger.
#[utoipa::path(
    get, path = "/v1/leads/{id}/assignments", tag = "leads",
    responses((status = 200, description = "The decisions.", body = AssignmentList)),
)]
pub(crate) async fn list_lead_assignments(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    Id(id): Id<LeadId>,
) -> Answer {
    let mut assignments =
        leads::assignments(state.store(), &grant, id).await?.ok_or(Error::NotFound("lead"))?;
    let now = state.services.clock.now();
    waiting::foresee(state.store(), &grant, &mut assignments, now).await?;
    let told = explanations(&state, &grant, &assignments).await?;
    let rule = routing::routed_by(state.store(), &grant, id).await?.map(RoutedByView::from);
    let names = names(&state, &grant, told.values()).await?;
    let zone = &grant.organization().zone;
    let explanation = |dealt: &Dealt| {
        let explained = told.get(&(dealt.rotation_id, dealt.entry));
        explained.map(|told| ExplanationView::new(told, zone, &names))
    };
    let view = |assignment: &Assignment| {
        let steps = assignment.passed_on.iter();
        ExplainedAssignmentView {
            assignment: AssignmentView::from(assignment),
            from: assignment.from.clone().map(UserNameView::from),
            to: assignment.to.clone().map(UserNameView::from),
            note: assignment.note.clone(),
            rule: None,
            explanation: assignment.dealt.as_ref().and_then(explanation),
            passed_on: steps
                .map(|step| PassedOnView::new(step, explanation(&step.dealt)))
                .collect(),
        }
    };
    let mut data: Vec<ExplainedAssignmentView> = assignments.iter().map(view).collect();
    if let Some(first) = data.last_mut() {
        first.rule = rule;
    }
    ok(&AssignmentList { data })
}

type Explanations = HashMap<(RotationId, u64), Explanation>;

async fn explanations(
    state: &HttpState,
    grant: &Grant<ViewLeads>,
    assignments: &[Assignment],
) -> Result<Explanations, Problem> {
    let mut wanted: BTreeMap<RotationId, Vec<u64>> = BTreeMap::new();
    let dealt = assignments.iter().flat_map(|assignment| {
        assignment.dealt.iter().chain(assignment.passed_on.iter().map(|step| &step.dealt))
    });
    for dealt in dealt {
        wanted.entry(dealt.rotation_id).or_default().push(dealt.entry);
    }
    let mut explanations = HashMap::new();
    for (rotation, entries) in wanted {
        let told = rotations::explain(state.store(), grant, rotation, &entries).await?;
        explanations.extend(told.into_iter().map(|(entry, told)| ((rotation, entry), told)));
    }
    Ok(explanations)
}

async fn names(
    state: &HttpState,
    grant: &Grant<ViewLeads>,
    told: impl Iterator<Item = &Explanation>,
) -> Result<HashMap<UserId, UserName>, Problem> {
    let mut ids: Vec<UserId> = told
        .flat_map(|told| {
            let members = told.members.iter().map(|member| member.user_id);
            members.chain(told.cursor_before).chain(told.cursor_after)
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let known = users::mentioned(state.store(), grant, &ids).await?;
    Ok(known.into_iter().map(|(id, (name, _))| (id, name)).collect())
}
