//! What would become of a lead, as the API shows it.

use evenhand_domain::lead::{Assignment, Lead};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::AppliedRuleView;
use crate::routes::users::view::UserNameView;

/// What would become of a lead that is not stored. Another lead that comes first may change it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadPreview, example = json!({
    "owner": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "first_name": "Tom", "last_name": null},
    "group_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02", "team_id": null, "duplicate_of": null,
    "rule": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e05", "version": 3},
    "assignment": {
        "outcome": "assigned", "source": "distribution", "reason": null,
        "rotation_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e03", "turn": 12,
    },
}))]
pub(crate) struct LeadPreviewView {
    /// Who would own it; null = nobody.
    owner: Option<UserNameView>,
    /// The group whose rotation it would be given to.
    group_id: Option<Uuid>,
    /// The team whose rotation it would be given to.
    team_id: Option<Uuid>,
    /// The lead that it would be a duplicate of; null where there is none, or none that you see.
    duplicate_of: Option<Uuid>,
    /// The routing rule that would send it there; null where none would.
    rule: Option<AppliedRuleView>,
    /// The decision.
    assignment: AssignmentPreviewView,
}

/// What would be decided on a lead's ownership; the words are those of `Assignment`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssignmentPreview)]
struct AssignmentPreviewView {
    /// `assigned` or `unassigned`. There will be more.
    outcome: &'static str,
    /// What would give the owner; null without one.
    source: Option<&'static str>,
    /// Why there would be no owner; null with one.
    reason: Option<&'static str>,
    /// The rotation that would decide, where one did.
    rotation_id: Option<Uuid>,
    /// The rotation's turn that it would be; null when nobody were dealt to, or no rotation decided.
    turn: Option<u64>,
}

impl From<&Lead> for LeadPreviewView {
    fn from(lead: &Lead) -> Self {
        Self {
            owner: lead.owner().cloned().map(UserNameView::from),
            group_id: lead.group_id.map(|id| id.uuid()),
            team_id: lead.team_id.map(|id| id.uuid()),
            duplicate_of: lead.duplicate_of.map(|id| id.uuid()),
            rule: lead.rule.map(AppliedRuleView::from),
            assignment: (&lead.assignment).into(),
        }
    }
}

impl From<&Assignment> for AssignmentPreviewView {
    fn from(assignment: &Assignment) -> Self {
        let Assignment { to, source, reason, dealt, .. } = assignment;
        Self {
            outcome: if to.is_some() { "assigned" } else { "unassigned" },
            source: source.map(|source| source.as_str()),
            reason: reason.map(|reason| reason.as_str()),
            rotation_id: dealt.as_ref().map(|dealt| dealt.rotation_id.uuid()),
            turn: dealt.as_ref().and_then(|dealt| dealt.turn),
        }
    }
}
