//! Waiting lists of rotations, whether of a group or of a team.

use evenhand_distribution::waiting as lists;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::LeadId;
use evenhand_domain::lead::Assignment;
use evenhand_domain::permission::{Action, Grant};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::waiting::{self, WaitingLead};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::{no_content, ok};
use crate::operations::Answer;
use crate::query::{Asked, NoFilters};
use crate::routes::leads::AssignmentView;
use crate::routes::users::view::UserNameView;
use crate::schema::{Instant, page_view};
use crate::state::HttpState;

/// A lead that waits for a rotation to deal it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitingLead, example = json!({
    "lead_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e04",
    "position": 12,
    "since": "2026-03-02T16:30:00.000000Z",
    "reason": "all_members_at_limit",
    "next_attempt_at": "2026-03-03T00:00:00.000000Z",
}))]
pub(crate) struct WaitingLeadView {
    /// The lead, which says more to whoever sees it.
    lead_id: Uuid,
    /// Leads are dealt in the order of these numbers, which have gaps and never change.
    position: u64,
    /// Since when it waits.
    since: Instant,
    /// Why it could not be dealt when it came: `all_members_at_limit`, `nobody_available`,
    /// `no_members`, `rotation_paused`, or `others_waiting`, behind whom it waits. There will be more.
    reason: &'static str,
    /// When the rotation can deal again, as it stands now: with the end of a limit, a pause or an
    /// absence; null = not by itself.
    next_attempt_at: Option<Instant>,
}

page_view! {
    /// A page of leads that wait, first in, first out.
    WaitingLeadPage of WaitingLeadView
}

/// A lead that was dealt before its turn.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DealtLead)]
pub(crate) struct DealtLeadView {
    /// The lead.
    lead_id: Uuid,
    /// Who got it.
    owner: Option<UserNameView>,
    /// The decision.
    assignment: AssignmentView,
}

/// A page of the leads that wait for a rotation that the caller may look at.
pub(super) async fn page<A: Action>(
    state: &HttpState,
    grant: &Grant<A>,
    rotation: &Rotation,
    asked: &Asked<NoFilters>,
) -> Answer {
    let leads = waiting::list(state.store(), grant, rotation.state.id, &asked.page).await?;
    let now = state.services.clock.now();
    let next = rotations::next_chances(state.store(), &[rotation], now).await?;
    let next = next.get(&rotation.state.id).copied().flatten();
    ok(&WaitingLeadPage::from(asked.views(leads, |lead| WaitingLeadView::new(&lead, next))))
}

/// Deals a lead that waits before its turn.
pub(super) async fn deal<A: Action + Default>(
    state: &HttpState,
    grant: &Grant<A>,
    of: RotationOwner,
    lead: LeadId,
) -> Answer {
    let ids = &state.services.ids;
    let decided = lists::deal_now(state.store(), ids, grant, of, lead).await?;
    ok(&DealtLeadView::new(lead, &decided))
}

/// Takes a lead off the list.
pub(super) async fn remove<A: Action + Default>(
    state: &HttpState,
    grant: &Grant<A>,
    of: RotationOwner,
    lead: LeadId,
) -> Answer {
    lists::take_off(state.store(), &state.services.ids, grant, of, lead).await?;
    no_content()
}

impl WaitingLeadView {
    fn new(lead: &WaitingLead, next: Option<Timestamp>) -> Self {
        let WaitingLead { lead_id, position, reason, since } = lead;
        Self {
            lead_id: lead_id.uuid(),
            position: *position,
            since: (*since).into(),
            reason: reason.as_str(),
            next_attempt_at: next.map(Instant::from),
        }
    }
}

impl DealtLeadView {
    fn new(lead: LeadId, decided: &Assignment) -> Self {
        let owner = decided.to.clone().map(UserNameView::from);
        Self { lead_id: lead.uuid(), owner, assignment: decided.into() }
    }
}
