//! Decisions on ownership as the API shows them.

use std::collections::HashMap;

use evenhand_domain::calendar::Zone;
use evenhand_domain::ids::UserId;
use evenhand_domain::lead::{Assignment, Dealt, PassedOn};
use evenhand_domain::rotation::{ExplainedMember, Explanation, Method, Outcome};
use evenhand_domain::user::UserName;
use evenhand_persistence::routing::RoutedBy;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::rotation_view::{SkipView, name};
use crate::routes::users::view::UserNameView;
use crate::schema::Instant;

/// One decision on a lead's ownership.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Assignment)]
pub(crate) struct AssignmentView {
    /// Its id.
    pub(crate) id: Uuid,
    /// `assigned`, `unassigned`, or `waiting`: without an owner until its rotation can deal it. There
    /// will be more.
    pub(crate) outcome: &'static str,
    /// What gave the owner: `distribution` (by a rotation, or by its fallback or a routing rule to a
    /// user: then without a turn), `manual`, `creator`, `transfer` (from another owner),
    /// `off_boarding`, `duplicate` (of a lead of that owner's), `pick_up` (by the owner themselves);
    /// null without one, but for a lead taken from a deactivated owner. There will be more.
    pub(crate) source: Option<&'static str>,
    /// Why there is no owner: `no_rule_matched`, `all_members_at_limit`, `nobody_available`,
    /// `no_members`, `rotation_paused`, `not_requested`, `released`, `rule_says_nobody`,
    /// `target_unavailable` (the user to whom the routing rules send it is not active any more),
    /// `others_waiting` (it waits behind them), `removed_from_waiting_list`; null with one. There will
    /// be more.
    pub(crate) reason: Option<&'static str>,
    /// The rotation that decided, or that the lead waits for.
    pub(crate) rotation_id: Option<Uuid>,
    /// The rotation's turn that it was; null when nobody was dealt to, or no rotation decided.
    pub(crate) turn: Option<u64>,
    /// The receipt: the hash of the ledger entry that records the decision.
    pub(crate) ledger_hash: Option<String>,
    /// With `waiting`: when the rotation can deal again, as it stands now; null = not by itself.
    pub(crate) next_attempt_at: Option<Instant>,
    /// When it was decided.
    pub(crate) decided_at: Instant,
}

impl From<&Assignment> for AssignmentView {
    fn from(assignment: &Assignment) -> Self {
        // `from`, the note and what came before are part of the history alone; `to` is the lead's
        // owner.
        let Assignment {
            id,
            from: _,
            to,
            source,
            reason,
            dealt,
            waiting,
            passed_on: _,
            note: _,
            decided_at,
        } = assignment;
        let outcome = match (to, waiting) {
            (Some(_), _) => "assigned",
            (None, Some(_)) => "waiting",
            (None, None) => "unassigned",
        };
        let (rotation_id, turn, hash) = match dealt {
            // The entry's number is in the explanation.
            Some(Dealt { rotation_id, entry: _, turn, hash }) => {
                (Some(rotation_id.uuid()), *turn, Some(hash.to_string()))
            }
            None => (waiting.map(|waiting| waiting.rotation_id.uuid()), None, None),
        };
        Self {
            id: id.uuid(),
            outcome,
            source: source.map(|source| source.as_str()),
            reason: reason.map(|reason| reason.as_str()),
            rotation_id,
            turn,
            ledger_hash: hash,
            next_attempt_at: waiting.and_then(|it| it.next_attempt_at).map(Instant::from),
            decided_at: (*decided_at).into(),
        }
    }
}

/// One decision on a lead's ownership, with what it changed and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedAssignment)]
pub(crate) struct ExplainedAssignmentView {
    /// The decision.
    #[serde(flatten)]
    pub(crate) assignment: AssignmentView,
    /// Who gave it up.
    pub(crate) from: Option<UserNameView>,
    /// Who got it.
    pub(crate) to: Option<UserNameView>,
    /// What whoever decided had to say about it.
    pub(crate) note: Option<String>,
    /// With the first decision: the routing rule that sent the lead there; null where none did, and
    /// with all later decisions.
    pub(crate) rule: Option<RoutedByView>,
    /// Why, member by member; null unless a rotation decided.
    pub(crate) explanation: Option<ExplanationView>,
    /// The rotations that could deal the lead to nobody before, each of which passed it on to its
    /// fallback; in their order.
    pub(crate) passed_on: Vec<PassedOnView>,
}

/// A rotation's decision that dealt a lead to nobody and passed it on to its fallback.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PassedOn)]
pub(crate) struct PassedOnView {
    /// The rotation.
    rotation_id: Uuid,
    /// Why nobody got it, as in `reason` of a decision.
    reason: &'static str,
    /// The receipt: the hash of the ledger entry that records the decision.
    ledger_hash: String,
    /// When it was decided.
    decided_at: Instant,
    /// Why, member by member.
    explanation: Option<ExplanationView>,
}

impl PassedOnView {
    pub(crate) fn new(step: &PassedOn, explanation: Option<ExplanationView>) -> Self {
        let PassedOn { dealt, reason, at } = step;
        Self {
            rotation_id: dealt.rotation_id.uuid(),
            reason: reason.as_str(),
            ledger_hash: dealt.hash.to_string(),
            decided_at: (*at).into(),
            explanation,
        }
    }
}

/// The routing rule that sent a lead where it went first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoutedBy)]
pub(crate) struct RoutedByView {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its name now, or the last it had.
    pub(crate) name: String,
    /// Its version then.
    pub(crate) version: i64,
}

impl From<RoutedBy> for RoutedByView {
    fn from(routed: RoutedBy) -> Self {
        let RoutedBy { rule, name } = routed;
        Self { id: rule.id.uuid(), name, version: rule.version }
    }
}

/// Every decision on a lead's ownership, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssignmentList)]
pub(crate) struct AssignmentList {
    /// The decisions.
    pub(crate) data: Vec<ExplainedAssignmentView>,
}

/// Why a rotation decided as it did, recomputed from its ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
pub(crate) struct ExplanationView {
    /// The ledger entry that records the decision.
    entry: u64,
    /// The turn that it was; null when nobody was dealt to.
    turn: Option<u64>,
    /// How the rotation chose: `sequential`, `random`, `weighted`, `least_open`. There will be more.
    method: &'static str,
    /// With `random`: the rotation's seed, 64 hexadecimal digits, from which anybody can draw the
    /// same member again.
    seed: Option<String>,
    /// The local day that the limits were counted on.
    #[schema(format = Date)]
    local_day: String,
    /// Whose turn it was before.
    cursor_before: Option<UserNameView>,
    /// Whose turn it was after.
    cursor_after: Option<UserNameView>,
    /// Everybody, in turn order.
    members: Vec<ExplainedMemberView>,
}

/// What a decision meant for one member.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedMember)]
struct ExplainedMemberView {
    /// Who.
    user: UserNameView,
    /// `chosen`, `skipped`, or `not_reached`: it was another's turn.
    outcome: &'static str,
    /// Why they were skipped: `paused`, `outside_working_hours`, `absent`, `holiday`,
    /// `zero_weight`, `daily_limit_reached`, `monthly_limit_reached`; null unless they were. There
    /// will be more.
    reason: Option<&'static str>,
    /// The leads counted against the limit, where the reason is one.
    count: Option<u32>,
    /// The limit that was reached, where the reason is one.
    limit: Option<u32>,
    /// When the reason would end by itself.
    until: Option<Instant>,
    /// Leads dealt to them on the local day before this one.
    today: u32,
    /// Leads dealt to them in the local month before this one.
    this_month: u32,
    /// The limit per local day that held for them; 0 = unlimited.
    daily_limit: u32,
    /// The limit per local month that held for them; 0 = unlimited.
    monthly_limit: u32,
    /// With `weighted`: their weight.
    weight: Option<u32>,
    /// With `least_open`: the open leads they had before this one.
    open_leads: Option<u32>,
}

impl ExplanationView {
    pub(crate) fn new(told: &Explanation, zone: &Zone, names: &HashMap<UserId, UserName>) -> Self {
        let Explanation {
            entry,
            turn,
            // The assignment has these.
            at: _,
            lead_id: _,
            chosen: _,
            reason: _,
            local_day,
            method,
            seed,
            cursor_before,
            cursor_after,
            members,
        } = told;
        Self {
            entry: *entry,
            turn: *turn,
            method: method.as_str(),
            seed: seed.map(hex::encode),
            local_day: local_day.to_string(),
            cursor_before: cursor_before.map(|user| name(user, names)),
            cursor_after: cursor_after.map(|user| name(user, names)),
            members: members
                .iter()
                .map(|member| member_view(member, *method, zone, names))
                .collect(),
        }
    }
}

fn member_view(
    member: &ExplainedMember,
    method: Method,
    zone: &Zone,
    names: &HashMap<UserId, UserName>,
) -> ExplainedMemberView {
    let ExplainedMember {
        user_id,
        outcome,
        of_day,
        of_month,
        daily_limit,
        monthly_limit,
        open_leads,
        weight,
    } = member;
    let (outcome, skip) = match outcome {
        Outcome::Chosen => ("chosen", None),
        Outcome::NotReached => ("not_reached", None),
        Outcome::Skipped(skip) => ("skipped", Some(SkipView::new(*skip, zone))),
    };
    ExplainedMemberView {
        user: name(*user_id, names),
        outcome,
        reason: skip.as_ref().map(|skip| skip.reason),
        count: skip.as_ref().and_then(|skip| skip.count),
        limit: skip.as_ref().and_then(|skip| skip.limit),
        until: skip.and_then(|skip| skip.until),
        today: *of_day,
        this_month: *of_month,
        daily_limit: *daily_limit,
        monthly_limit: *monthly_limit,
        weight: (method == Method::Weighted).then_some(*weight),
        open_leads: (method == Method::LeastOpen).then_some(*open_leads),
    }
}
