//! What leads an inactive user worked on besides their owners, for the way back.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{Grant, ManageOrganization, ManageUsers};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::ownership::collaborators::Collaborator;
use crate::{Read, Result, Tx};

/// Remembers which leads a user works on besides their owners. The leads are locked.
///
/// # Errors
/// When the database fails.
pub async fn remember_collaborations(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    user: UserId,
) -> Result<()> {
    let sql = "INSERT INTO left_collaborations (organization_id, user_id, lead_id, added_at) \
               SELECT organization_id, user_id, lead_id, added_at FROM lead_collaborators \
               WHERE organization_id = $1 AND user_id = $2";
    tx.db().execute(sql, key(grant, user)).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct LeftRow {
    lead_id: Uuid,
    added_at: i64,
}

/// The leads that an inactive user worked on besides their owners, in the order of their ids; those
/// that were erased since are missing.
///
/// # Errors
/// When the database fails.
pub async fn left_collaborations(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    user: UserId,
) -> Result<Vec<Collaborator>> {
    let sql = "SELECT c.lead_id, c.added_at FROM left_collaborations c \
               JOIN leads l ON l.organization_id = c.organization_id AND l.id = c.lead_id \
               WHERE c.organization_id = $1 AND c.user_id = $2 AND l.erased_at IS NULL \
               ORDER BY c.lead_id";
    let rows: Vec<LeftRow> = db.db().all(sql, key(grant, user)).await?;
    let left = rows.into_iter().map(|row| Collaborator {
        lead_id: row.lead_id.into(),
        added_at: Timestamp::from_micros(row.added_at),
        user_id: user,
    });
    Ok(left.collect())
}

/// Forgets what leads a user worked on.
///
/// # Errors
/// When the database fails.
pub async fn forget_collaborations(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    user: UserId,
) -> Result<()> {
    let sql = "DELETE FROM left_collaborations WHERE organization_id = $1 AND user_id = $2";
    tx.db().execute(sql, key(grant, user)).await?;
    Ok(())
}

/// Forgets what every inactive user of the organization worked on: nobody comes back to it.
///
/// # Errors
/// When the database fails.
pub async fn forget_all_collaborations(
    tx: &mut Tx,
    grant: &Grant<ManageOrganization>,
) -> Result<()> {
    let sql = "DELETE FROM left_collaborations WHERE organization_id = $1";
    tx.db().execute(sql, [grant.organization_id().uuid().into()]).await?;
    Ok(())
}

fn key(grant: &Grant<ManageUsers>, user: UserId) -> [Value; 2] {
    [grant.organization_id().uuid().into(), user.uuid().into()]
}
