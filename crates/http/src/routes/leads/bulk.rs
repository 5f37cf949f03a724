//! `POST /v1/leads/bulk-assign` and `POST /v1/bulk-assignments/{id}/undo`.

use evenhand_distribution::ownership::{
    Bulk, BulkAssign, BulkDone, BulkFault, BulkLeads, BulkTo, MAX_BULK, bulk_assign, undo_bulk,
};
use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::{BulkAssignmentId, GroupId, LeadId, TeamId, UserId};
use evenhand_domain::lead::{LeadOrder, MAX_NOTE, UnassignedReason};
use evenhand_domain::permission::{AssignLeads, Grant, ViewLeads};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::text::lines;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::filter::{self, LeadQuery};
use crate::answer::{Made, ok};
use crate::body::{Body, object, present_object};
use crate::fields;
use crate::guard::Authorized;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::path::Id;
use crate::query::{FromQuery, Parameters};
use crate::routes::users::view::UserNameView;
use crate::state::State;

/// Many leads, and whom they are to be given to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "lead_ids": ["01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e04", "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e05"],
    "to": {"user_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01"},
    "mode": "partial",
    "note": "Ann is away this week.",
}))]
pub(crate) struct BulkAssignLeads {
    /// The leads, each once; a group or team deals them in this order. Either these or `filter`.
    #[schema(value_type = Option<Vec<Uuid>>, nullable = false, min_items = 1, max_items = 1000)]
    lead_ids: Option<Vec<String>>,
    /// Instead: all that `GET /v1/leads` lists with these parameters, at most 1,000, dealt in their
    /// order; the oldest first when `sort` is absent.
    #[serde(default, deserialize_with = "object")]
    #[schema(value_type = Option<LeadQuery>, nullable = false)]
    filter: Option<LeadQuery>,
    /// Whom to: one of a user, a group and a team; null = nobody.
    #[serde(default, deserialize_with = "present_object")]
    #[schema(value_type = Option<BulkTarget>, required = true)]
    to: Option<Option<BulkTarget>>,
    /// `partial`: what cannot be done is told, and the rest is done, when absent; `atomic`: all or
    /// nothing.
    #[schema(value_type = Option<BulkMode>)]
    mode: Option<String>,
    /// Whether a group or team is dealt leads that have an owner; it is not, when absent.
    redistribute: Option<bool>,
    /// What the new owners should know: a note on each lead, by you.
    #[schema(max_length = 2000)]
    note: Option<String>,
}

/// Whom leads are to be given to: one of the three.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkTarget {
    /// An active user.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<String>,
    /// The group whose rotation deals them.
    #[schema(value_type = Option<Uuid>)]
    group_id: Option<String>,
    /// The team whose rotation deals them.
    #[schema(value_type = Option<Uuid>)]
    team_id: Option<String>,
}

/// What is done where something cannot be.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes what is read as text")]
pub(crate) enum BulkMode {
    Partial,
    Atomic,
}

/// How it is to be done.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkAssignQuery {
    /// `true` only answers what would be done.
    #[param(value_type = Option<bool>)]
    preview: Option<String>,
}

/// Whether only to say what would be done.
pub(crate) struct Preview(bool);

impl FromQuery for Preview {
    type Texts = BulkAssignQuery;

    fn parse(BulkAssignQuery { preview }: BulkAssignQuery, faults: &mut Faults) -> Option<Self> {
        let preview = preview.map_or(Some(false), |text| fields::flag(faults, "/preview", &text));
        preview.map(Self)
    }
}

/// What became of many leads.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkAssignment, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0b",
    "moved": 1, "unchanged": 0, "failed": 1,
    "data": [
        {"lead_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e04", "outcome": "moved",
         "owner": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "first_name": "Tom",
                   "last_name": null, "partner": false},
         "assignment_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e06", "turn": 12, "reason": null,
         "waiting": false, "code": null, "detail": null},
        {"lead_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e05", "outcome": "failed", "owner": null,
         "assignment_id": null, "turn": null, "reason": null, "waiting": false,
         "code": "lead_archived", "detail": "it is archived: take it back first"},
    ],
}))]
pub(crate) struct BulkView {
    /// By what it can be taken back as a whole; null for a preview.
    id: Option<Uuid>,
    /// How many were moved.
    moved: usize,
    /// How many were where they were to go.
    unchanged: usize,
    /// How many stayed as they are.
    failed: usize,
    /// Lead by lead, in the order in which they were to be dealt.
    data: Vec<BulkResultView>,
}

/// What became of one lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkAssignmentResult)]
struct BulkResultView {
    /// The lead.
    lead_id: Uuid,
    /// `moved`, `unchanged`, or `failed`: it stayed as it is.
    outcome: &'static str,
    /// With `moved`: who owns it now; null = nobody.
    owner: Option<UserNameView>,
    /// With `moved`: the new assignment.
    assignment_id: Option<Uuid>,
    /// With `moved`: the rotation's turn that it was.
    turn: Option<u64>,
    /// With `moved`: why it has no owner, as `assignment` has it.
    reason: Option<&'static str>,
    /// With `moved`: whether it waits to be dealt.
    waiting: bool,
    /// With `failed`: why. There will be more.
    code: Option<&'static str>,
    /// With `failed`: the same in words.
    detail: Option<String>,
}

impl BulkAssignLeads {
    fn parse(
        self,
        grant: &Grant<AssignLeads>,
        preview: bool,
        faults: &mut Faults,
    ) -> Option<BulkAssign> {
        let Self { lead_ids, filter, to, mode, redistribute, note } = self;
        let leads = which(lead_ids, filter, grant, faults);
        let to = fields::required(faults, "/to", to).and_then(|to| match to {
            None => Some(BulkTo::Nobody),
            Some(target) => target.parse(faults),
        });
        let atomic = match mode {
            None => Some(false),
            Some(mode) => {
                let words = ["partial", "atomic"];
                let read = |text: &str| words.contains(&text).then_some(text == "atomic");
                fields::word(faults, "/mode", &mode, read, &words)
            }
        };
        let note = faults.keep("/note", lines(&note.unwrap_or_default(), MAX_NOTE));
        let redistribute = redistribute.unwrap_or(false);
        Some(BulkAssign {
            leads: leads?,
            to: to?,
            redistribute,
            atomic: atomic?,
            preview,
            note: note?,
        })
    }
}

fn which(
    lead_ids: Option<Vec<String>>,
    filter: Option<LeadQuery>,
    grant: &Grant<AssignLeads>,
    faults: &mut Faults,
) -> Option<BulkLeads> {
    match (lead_ids, filter) {
        (Some(ids), None) if ids.is_empty() => {
            faults.add("/lead_ids", "required", "must not be empty");
            None
        }
        (Some(ids), None) => fields::ids::<LeadId>(faults, "/lead_ids", &ids, MAX_BULK.into())
            .all()
            .map(BulkLeads::Named),
        (None, Some(filter)) => filter.in_body(grant, faults).map(|(filter, order)| {
            BulkLeads::Listed(Box::new(filter), order.unwrap_or(LeadOrder::OLDEST_FIRST))
        }),
        (None, None) => {
            faults.add("/lead_ids", "required", "either lead_ids or filter is required");
            None
        }
        (Some(_), Some(_)) => {
            faults.add("/filter", "invalid_value", "either lead_ids or filter, not both");
            None
        }
    }
}

impl BulkTarget {
    fn parse(self, faults: &mut Faults) -> Option<BulkTo> {
        let Self { user_id, group_id, team_id } = self;
        match (user_id, group_id, team_id) {
            (Some(user), None, None) => {
                fields::id::<UserId>(faults, "/to/user_id", &user).map(BulkTo::User)
            }
            (None, Some(group), None) => fields::id::<GroupId>(faults, "/to/group_id", &group)
                .map(|group| BulkTo::Rotation(RotationOwner::Group(group))),
            (None, None, Some(team)) => fields::id::<TeamId>(faults, "/to/team_id", &team)
                .map(|team| BulkTo::Rotation(RotationOwner::Team(team))),
            _ => {
                faults.add("/to", "invalid_value", "one of user_id, group_id and team_id");
                None
            }
        }
    }
}

/// Assign many leads.
///
/// Up to 1,000, named or listed by a filter, to a user, to nobody, or to whomever the rotation of a group or team deals them, which
/// are turns and count towards limits; each by the rules of doing it singly. All of it is one
/// transaction, and can be taken back as a whole.
#[utoipa::path(
    post, path = "/v1/leads/bulk-assign", tag = "leads",
    responses(
        (status = 200, description = "What became, or would become, of each lead.", body = BulkView),
        (status = 403, description = "You may not distribute by that group or team."),
        (status = 422, description = "With `atomic`: what cannot be done, lead by lead, and nothing was."),
    ),
)]
pub(crate) async fn bulk_assign_leads(
    Authorized(grant): Authorized<AssignLeads>,
    state: State,
    key: IdempotencyKey,
    Parameters(Preview(preview)): Parameters<Preview>,
    body: Body<BulkAssignLeads>,
) -> Answer {
    let body = body.read().await?;
    let request = body.content.check(|body, faults| body.parse(&grant, preview, faults))?;
    if let BulkLeads::Listed(listed, _) = &request.leads {
        let may_list = grant.also(ViewLeads).map_err(Error::from)?;
        filter::check(&state, &may_list, listed, "/filter").await?;
    }
    let made = |bulk: &Bulk| Made::told(&BulkView::from(bulk));
    let once = key.once(grant.stamp().credential, &body.bytes, made);
    let (store, ids) = (state.store(), &state.services.ids);
    let outcome = bulk_assign(store, ids, &grant, &request, once.as_ref()).await?;
    key.answer(outcome, made)
}

/// Take back a bulk assignment.
///
/// Every lead that it moved, and that nobody has decided on since, goes back to whose it was; what had
/// no owner has none again, and does not wait. Turns that were dealt stay dealt. For who made it, and
/// for who sees every lead.
#[utoipa::path(
    post, path = "/v1/bulk-assignments/{id}/undo", tag = "leads",
    responses(
        (status = 200, description = "What became of each lead.", body = BulkView),
        (status = 409, description = "It was taken back before: `nothing_to_undo`."),
    ),
)]
pub(crate) async fn undo_bulk_assignment(
    Authorized(grant): Authorized<AssignLeads>,
    state: State,
    Id(id): Id<BulkAssignmentId>,
) -> Answer {
    let bulk = undo_bulk(state.store(), &state.services.ids, &grant, id).await?;
    ok(&BulkView::from(&bulk))
}

impl From<&Bulk> for BulkView {
    fn from(bulk: &Bulk) -> Self {
        let data: Vec<BulkResultView> =
            bulk.results.iter().map(|(lead, result)| BulkResultView::of(*lead, result)).collect();
        let count = |outcome| data.iter().filter(|it| it.outcome == outcome).count();
        Self {
            id: bulk.id.map(BulkAssignmentId::uuid),
            moved: count("moved"),
            unchanged: count("unchanged"),
            failed: count("failed"),
            data,
        }
    }
}

impl BulkResultView {
    fn of(lead: LeadId, result: &Result<BulkDone, BulkFault>) -> Self {
        let blank = Self {
            lead_id: lead.uuid(),
            outcome: "unchanged",
            owner: None,
            assignment_id: None,
            turn: None,
            reason: None,
            waiting: false,
            code: None,
            detail: None,
        };
        match result {
            Ok(BulkDone::Unchanged) => blank,
            Ok(BulkDone::Moved { assignment_id, owner, turn, reason, waits }) => Self {
                outcome: "moved",
                owner: owner.clone().map(UserNameView::from),
                assignment_id: Some(assignment_id.uuid()),
                turn: *turn,
                reason: reason.map(UnassignedReason::as_str),
                waiting: *waits,
                ..blank
            },
            Err(fault) => {
                let (code, detail) = fault.told();
                Self { outcome: "failed", code: Some(code), detail: Some(detail), ..blank }
            }
        }
    }
}
