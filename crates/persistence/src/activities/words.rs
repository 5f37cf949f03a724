//! Words that are to be nowhere any more.

use evenhand_domain::ids::{LeadId, OrganizationId};
use uuid::Uuid;

use crate::{Read, Result, Tx};

/// By which the data of events names what was put down.
const NAMES: [&str; 3] = ["note_id", "communication_id", "task_id"];

/// Deletes every note with its revisions, every communication and every task of a locked lead, and
/// empties the details of the events that tell of them: who did what when is still there.
///
/// # Errors
/// When the database fails.
pub async fn wipe(tx: &mut Tx, organization_id: OrganizationId, lead_id: LeadId) -> Result<()> {
    for table in ["lead_note_revisions", "lead_notes", "lead_communications", "lead_tasks"] {
        let sql = format!("DELETE FROM {table} WHERE organization_id = $1 AND lead_id = $2");
        tx.db().execute(&sql, [organization_id.uuid().into(), lead_id.uuid().into()]).await?;
    }
    let named = NAMES.map(|name| format!("e.data ->> '{name}' IS NOT NULL"));
    let sql = format!(
        "UPDATE event_details SET data = '{{}}' WHERE organization_id = $1 AND sequence IN (\
         SELECT e.sequence FROM events e WHERE e.organization_id = $1 AND e.subject_id = $2 \
         AND ({}))",
        named.join(" OR ")
    );
    tx.db().execute(&sql, [organization_id.uuid().into(), lead_id.uuid().into()]).await?;
    Ok(())
}

/// Empties the details of the events of a lead that tell of one thing put down on it: whose data
/// has `id` by `name`.
pub(super) async fn forget(
    tx: &mut Tx,
    organization_id: OrganizationId,
    lead_id: LeadId,
    name: &str,
    id: Uuid,
) -> Result<()> {
    let sql = format!(
        "UPDATE event_details SET data = '{{}}' WHERE organization_id = $1 AND sequence IN (\
         SELECT e.sequence FROM events e WHERE e.organization_id = $1 AND e.subject_id = $2 \
         AND e.data ->> '{name}' = $3)"
    );
    let values =
        [organization_id.uuid().into(), lead_id.uuid().into(), id.hyphenated().to_string().into()];
    tx.db().execute(&sql, values).await?;
    Ok(())
}
