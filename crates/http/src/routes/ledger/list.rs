//! `GET /v1/groups/{id}/distribution/ledger`, and a team's.

use std::collections::HashMap;

use evenhand_domain::error::Faults;
use evenhand_domain::ids::{GroupId, TeamId, UserId};
use evenhand_domain::permission::{Grant, ViewGroups, ViewTeams};
use evenhand_domain::rotation::EntryKind;
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::UserName;
use evenhand_persistence::ledgers::{self, Direction, EntryFilter, OnLedgers};
use evenhand_persistence::users;
use serde::Deserialize;
use utoipa::IntoParams;

use super::find;
use super::view::{EntryView, LedgerPage};
use crate::answer::ok;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::query::List;
use crate::schema::words;
use crate::state::{HttpState, State};

words! {
    /// The order of a ledger: from its first entry on, or from its last one back.
    LedgerOrder { "entry", "-entry", }
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerQuery {
    /// Only entries that concern this user: who got the lead, joined, left or was changed.
    #[param(value_type = Option<Uuid>)]
    user_id: Option<String>,
    /// Only the deliveries from this turn on.
    #[param(value_type = Option<u64>, minimum = 1)]
    turn_from: Option<String>,
    /// Only the deliveries up to this turn.
    #[param(value_type = Option<u64>, minimum = 1)]
    turn_to: Option<String>,
    /// Only entries of this kind, e.g. `decision`.
    kind: Option<String>,
    /// In which order; `entry` when absent.
    #[param(inline, value_type = Option<LedgerOrder>)]
    sort: Option<String>,
}

impl LedgerQuery {
    fn parse(self, faults: &mut Faults) -> Option<EntryFilter> {
        let Self { user_id, turn_from, turn_to, kind, sort } = self;
        let user_id = optional(user_id, |text| fields::id(faults, "/user_id", text));
        let turn_from = optional(turn_from, |text| turn(faults, "/turn_from", text));
        let turn_to = optional(turn_to, |text| turn(faults, "/turn_to", text));
        if let (Some(Some(from)), Some(Some(to))) = (turn_from, turn_to)
            && from > to
        {
            faults.add("/turn_to", "invalid_value", "must not be less than turn_from");
        }
        let kinds: Vec<&str> = EntryKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let known = |text: &str| text.parse().ok();
        let kind = optional(kind, |text| fields::word(faults, "/kind", text, known, &kinds));
        let order = |text: &str| match text {
            "entry" => Some(Direction::Forwards),
            "-entry" => Some(Direction::Backwards),
            _ => None,
        };
        let sort =
            optional(sort, |text| fields::word(faults, "/sort", text, order, &["entry", "-entry"]));
        Some(EntryFilter {
            user_id: user_id?,
            turn_from: turn_from?,
            turn_to: turn_to?,
            kind: kind?,
            direction: sort?.unwrap_or_default(),
        })
    }
}

/// A parameter that may be absent (`Some(None)`); `None` is a fault.
fn optional<T>(text: Option<String>, read: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => read(&text).map(Some),
    }
}

fn turn(faults: &mut Faults, pointer: &str, text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let turn = text.parse().ok().filter(|turn| digits && *turn > 0);
    faults.keep(pointer, turn.ok_or_else(|| ("invalid_value", "a turn's number".to_owned())))
}

/// Read a group's ledger.
///
/// Everything that its rotation ever decided, and everything that could influence a decision, with
/// the bytes that are hashed, so that anybody can verify it (`docs/distribution.md`). Leads are named
/// by their ids alone. The ledger of a group that was deleted stays readable: it is kept as proof.
#[utoipa::path(
    get, path = "/v1/groups/{id}/distribution/ledger", tag = "groups",
    responses((status = 200, description = "A page of the ledger.", body = LedgerPage)),
)]
pub(crate) async fn list_group_ledger(
    Authorized(grant): Authorized<ViewGroups>,
    state: State,
    Id(id): Id<GroupId>,
    query: List<LedgerQuery>,
) -> Answer {
    list(&state, &grant, id.into(), query).await
}

/// Read a team's ledger.
///
/// As a group's, for a team you are on, or any for who manages teams.
#[utoipa::path(
    get, path = "/v1/teams/{id}/distribution/ledger", tag = "teams",
    responses((status = 200, description = "A page of the ledger.", body = LedgerPage)),
)]
pub(crate) async fn list_team_ledger(
    Authorized(grant): Authorized<ViewTeams>,
    state: State,
    Id(id): Id<TeamId>,
    query: List<LedgerQuery>,
) -> Answer {
    list(&state, &grant, id.into(), query).await
}

async fn list<A: OnLedgers>(
    state: &HttpState,
    grant: &Grant<A>,
    owner: RotationOwner,
    query: List<LedgerQuery>,
) -> Answer {
    let asked = query.check(LedgerQuery::parse)?;
    let ledger = find(state, grant, owner).await?;
    let page = ledgers::list(state.store(), &ledger, &asked.filter, &asked.page).await?;
    let mut ids: Vec<UserId> =
        page.rows.iter().filter_map(|row| row.user_id.map(UserId::from)).collect();
    ids.sort_unstable();
    ids.dedup();
    let known = users::mentioned(state.store(), grant, &ids).await?;
    let names: HashMap<UserId, UserName> =
        known.into_iter().map(|(id, (name, _))| (id, name)).collect();
    ok(&LedgerPage::from(asked.views(page, |row| EntryView::new(row, &names))))
}
