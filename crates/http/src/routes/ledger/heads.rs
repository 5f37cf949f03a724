//! `GET /v1/groups/{id}/distribution/heads`, and a team's.

use evenhand_domain::ids::{GroupId, TeamId};
use evenhand_domain::permission::{Grant, ViewGroups, ViewTeams};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::ledgers::{self, OnLedgers, SignedHead};
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::query::{List, NoFilters};
use crate::schema::{Instant, page_view};
use crate::state::{HttpState, State};

/// The end of a ledger at some moment, signed by the service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerHead)]
pub(crate) struct HeadView {
    /// The entry that was the last one.
    entry: u64,
    /// When it was signed.
    signed_at: Instant,
    /// The signature with what it is of: a compact JWS of type `evenhand-head+jwt`, to be verified
    /// with the keys of `/.well-known/jwks.json`. Whoever keeps it can show later that nothing up to
    /// its entry was rewritten or cut off.
    jws: String,
}

page_view! {
    /// A page of signed heads.
    LedgerHeadPage of HeadView
}

impl From<SignedHead> for HeadView {
    fn from(head: SignedHead) -> Self {
        let SignedHead { entry, signed_at, jws } = head;
        Self { entry, signed_at: signed_at.into(), jws }
    }
}

/// List the signed heads of a group's ledger.
///
/// Newest first. A ledger that has grown is signed about once a minute.
#[utoipa::path(
    get, path = "/v1/groups/{id}/distribution/heads", tag = "groups",
    responses((status = 200, description = "A page of signed heads.", body = LedgerHeadPage)),
)]
pub(crate) async fn list_group_ledger_heads(
    Authorized(grant): Authorized<ViewGroups>,
    state: State,
    Id(id): Id<GroupId>,
    query: List<NoFilters>,
) -> Answer {
    list(&state, &grant, id.into(), query).await
}

/// List the signed heads of a team's ledger.
///
/// As a group's, for a team you are on, or any for who manages teams.
#[utoipa::path(
    get, path = "/v1/teams/{id}/distribution/heads", tag = "teams",
    responses((status = 200, description = "A page of signed heads.", body = LedgerHeadPage)),
)]
pub(crate) async fn list_team_ledger_heads(
    Authorized(grant): Authorized<ViewTeams>,
    state: State,
    Id(id): Id<TeamId>,
    query: List<NoFilters>,
) -> Answer {
    list(&state, &grant, id.into(), query).await
}

async fn list<A: OnLedgers>(
    state: &HttpState,
    grant: &Grant<A>,
    owner: RotationOwner,
    query: List<NoFilters>,
) -> Answer {
    let asked = query.check(|none, _| Some(none))?;
    let ledger = find(state, grant, owner).await?;
    let page = ledgers::list_heads(state.store(), &ledger, &asked.page).await?;
    ok(&LedgerHeadPage::from(asked.views(page, HeadView::from)))
}
