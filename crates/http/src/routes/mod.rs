//! The operations, a folder per resource and a file per operation.

mod api_keys;
mod audit_log;
mod auth;
mod author_view;
mod availability;
mod communications;
mod custom_fields;
pub(crate) mod docs;
mod event_view;
mod events;
mod groups;
mod invitations;
mod lead_statuses;
mod lead_views;
mod leads;
mod ledger;
mod me;
mod me_password;
mod me_pause;
mod meta;
mod notes;
mod organization;
mod organization_view;
mod permissions;
mod rotation_view;
mod rotations;
mod routing;
pub(crate) mod simulation;
mod tasks;
mod teams;
mod users;
mod waiting;

use std::sync::LazyLock;

use crate::openapi::base;
use crate::operations::Operations;

/// All of them, described once: every worker serves the same.
pub(crate) static OPERATIONS: LazyLock<Operations> = LazyLock::new(operations);

/// All of them.
pub(crate) fn operations() -> Operations {
    let add = [
        auth::add,
        invitations::add,
        me::add,
        me_password::add,
        me_pause::add,
        organization::add,
        lead_statuses::add,
        users::add,
        availability::add,
        permissions::add,
        api_keys::add,
        groups::add,
        teams::add,
        leads::add,
        notes::add,
        communications::add,
        tasks::add,
        lead_views::add,
        ledger::add,
        simulation::add,
        routing::add,
        custom_fields::add,
        audit_log::add,
        events::add,
        meta::add,
    ];
    add.into_iter().fold(Operations::new(base()), |operations, add| add(operations))
}
