//! Tasks of a user who leaves: they go with the leads they are on, and come back with them.

use std::collections::HashMap;

use evenhand_distribution::ownership::{By, Moved};
use evenhand_domain::error::Error;
use evenhand_domain::ids::{LeadId, OrganizationId, UserId};
use evenhand_domain::off_boarding::{LeadsAction, OffBoarding};
use evenhand_persistence::Tx;
use evenhand_persistence::activities::off_boarding::{MovedTask, follow, give_back};
use evenhand_persistence::events::{self, Event};
use serde_json::json;

/// Gives the user's open tasks on leads that have just been moved to whoever got these; on the way
/// back, what had gone that way to the user. Tasks on leads that nobody got stay the user's.
pub(super) async fn go_along(
    tx: &mut Tx,
    organization_id: OrganizationId,
    of: &OffBoarding,
    by: By,
    owners: &HashMap<LeadId, Option<UserId>>,
    moved: &[Moved],
) -> Result<(), Error> {
    let now = tx.now().await?;
    let leads: Vec<(LeadId, UserId)> =
        moved.iter().filter_map(|moved| Some((moved.lead_id, moved.to?))).collect();
    let tasks = match of.action {
        LeadsAction::GiveBack => {
            let leads: Vec<LeadId> = leads.into_iter().map(|(lead, _)| lead).collect();
            // What is given back was closed in the transaction that decided so.
            give_back(tx, organization_id, of.user_id, of.created_at, &leads, now).await?
        }
        LeadsAction::Keep
        | LeadsAction::Transfer(_)
        | LeadsAction::Distribute(_)
        | LeadsAction::Release => {
            follow(tx, organization_id, of.id, of.user_id, &leads, now).await?
        }
    };
    let event = |task: MovedTask| Event {
        organization_id,
        kind: "lead.task_changed",
        subject_id: task.lead_id.uuid(),
        by: by.actor,
        credential: by.credential,
        at: now,
        data: json!({
            "task_id": task.id,
            "off_boarding_id": of.id,
            "before": {"assignee_id": owners.get(&task.lead_id)},
            "after": {"assignee_id": task.to},
        }),
        details: None,
        address: None,
    };
    Ok(events::append(tx, tasks.into_iter().map(event).collect()).await?)
}
