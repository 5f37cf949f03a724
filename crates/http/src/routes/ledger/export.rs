//! `GET /v1/groups/{id}/distribution/ledger.ndjson`, and a team's.

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use evenhand_domain::ids::{GroupId, TeamId};
use evenhand_domain::permission::{ViewGroups, ViewTeams};
use evenhand_persistence::ledgers::{self, Ledger};
use evenhand_persistence::{Error as StoreError, Store};
use futures_util::stream::try_unfold;

use super::find;
use super::view::LineView;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::{HttpState, State};

/// A line of JSON for each entry.
const NDJSON: &str = "application/x-ndjson";

/// Entries in memory at a time.
const CHUNK: u64 = 512;

/// Export a group's ledger.
///
/// All of it in its order, a line of JSON for each entry, without names: enough for anybody to verify
/// it without this service. Entries that come while it is read are left out. What breaks off in the
/// middle was cut by a failure: the connection is closed without the end that HTTP gives a whole
/// answer.
#[utoipa::path(
    get, path = "/v1/groups/{id}/distribution/ledger.ndjson", tag = "groups",
    responses((status = 200, description = "The ledger, a line for each entry.", body = LineView,
        content_type = "application/x-ndjson")),
)]
pub(crate) async fn export_group_ledger(
    Authorized(grant): Authorized<ViewGroups>,
    state: State,
    Id(id): Id<GroupId>,
) -> Answer {
    let ledger = find(&state, &grant, id).await?;
    export(&state, ledger).await
}

/// Export a team's ledger.
///
/// As a group's, for a team you are on, or any for who manages teams.
#[utoipa::path(
    get, path = "/v1/teams/{id}/distribution/ledger.ndjson", tag = "teams",
    responses((status = 200, description = "The ledger, a line for each entry.", body = LineView,
        content_type = "application/x-ndjson")),
)]
pub(crate) async fn export_team_ledger(
    Authorized(grant): Authorized<ViewTeams>,
    state: State,
    Id(id): Id<TeamId>,
) -> Answer {
    let ledger = find(&state, &grant, id).await?;
    export(&state, ledger).await
}

async fn export(state: &HttpState, ledger: Ledger) -> Answer {
    let store = state.store().clone();
    let (last, _) = ledgers::last(&store, &ledger).await?;
    let lines = try_unfold((store, 0), move |(store, after)| async move {
        if after >= last {
            return Ok::<_, StoreError>(None);
        }
        let upto = last.min(after + CHUNK);
        let lines = lines(&store, &ledger, after, upto).await?;
        Ok(Some((lines, (store, upto))))
    });
    Ok(HttpResponse::Ok().content_type(NDJSON).streaming(lines))
}

async fn lines(store: &Store, ledger: &Ledger, after: u64, upto: u64) -> Result<Bytes, StoreError> {
    let mut lines = String::new();
    for row in ledgers::between(store, ledger, after, upto).await? {
        // Views are structs of texts and numbers: there is nothing in them that cannot be JSON.
        lines.push_str(&serde_json::to_string(&LineView::from(row)).unwrap_or_default());
        lines.push('\n');
    }
    Ok(Bytes::from(lines))
}
