//! Ledgers of rotations, whether a group or a team owns them: read, exported, verified.

mod content;
mod export;
mod fairness;
mod heads;
mod list;
mod verification;
mod verify;
mod view;

use evenhand_domain::error::Error;
use evenhand_domain::permission::Grant;
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::ledgers::{self, Ledger, OnLedgers};

use crate::operations::Operations;
use crate::problem::Problem;
use crate::state::HttpState;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_group_ledger, list::list_group_ledger)
        .add(list::__path_list_team_ledger, list::list_team_ledger)
        .add(export::__path_export_group_ledger, export::export_group_ledger)
        .add(export::__path_export_team_ledger, export::export_team_ledger)
        .add(heads::__path_list_group_ledger_heads, heads::list_group_ledger_heads)
        .add(heads::__path_list_team_ledger_heads, heads::list_team_ledger_heads)
        .add(fairness::__path_get_group_fairness, fairness::get_group_fairness)
        .add(fairness::__path_get_team_fairness, fairness::get_team_fairness)
        .add(verification::__path_get_verification, verification::get_verification)
        .add(verify::__path_verify_group_distribution, verify::verify_group_distribution)
        .add(verify::__path_verify_team_distribution, verify::verify_team_distribution)
}

/// The ledger of a group's or team's rotation.
async fn find<A: OnLedgers>(
    state: &HttpState,
    grant: &Grant<A>,
    owner: impl Into<RotationOwner>,
) -> Result<Ledger, Problem> {
    let owner = owner.into();
    let what = match owner {
        RotationOwner::Group(_) => "group",
        RotationOwner::Team(_) => "team",
    };
    let found = ledgers::find(state.store(), grant, owner).await?;
    found.ok_or_else(|| Error::NotFound(what).into())
}
