//! A lead that somebody wants to pick up, locked.

use evenhand_domain::ids::{AssignmentId, LeadId, UserId};
use evenhand_domain::permission::{Grant, PickUpLeads, Sight};
use evenhand_domain::user::UserName;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::leads::scope::{sight, sight_of_code};
use crate::leads::unassigned::{in_pool, picked_up};
use crate::{Error, Read, Result, Tx};

/// A locked lead, as far as picking it up goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedLead {
    /// Id.
    pub id: LeadId,
    /// Whose it is.
    pub owner: Option<UserName>,
    /// The latest decision on that.
    pub assignment_id: AssignmentId,
    /// Its version.
    pub version: i64,
    /// How far the user's sight of it goes; `None` = they do not see it.
    pub sight: Option<Sight>,
    /// Whether it is in the user's pool.
    pub in_pool: bool,
    /// Whether it would be, had nobody taken it from there.
    pub was_in_pool: bool,
}

#[derive(FromQueryResult)]
struct WantedRow {
    owner_id: Option<Uuid>,
    first_name: Option<String>,
    last_name: Option<String>,
    partner: Option<bool>,
    assignment_id: Uuid,
    version: i64,
    sight: Option<i32>,
    in_pool: bool,
    was_in_pool: bool,
}

/// Locks a lead, whether or not the grant's scope covers it, and says how it stands to `user`;
/// `None` when the organization has none of that id.
///
/// # Errors
/// When the database fails.
pub async fn lock_wanted(
    tx: &mut Tx,
    grant: &Grant<PickUpLeads>,
    user: UserId,
    id: LeadId,
) -> Result<Option<WantedLead>> {
    let key: [Value; 2] = [grant.organization_id().uuid().into(), id.uuid().into()];
    let dialect = tx.db().dialect;
    let lock = dialect.pick("FOR NO KEY UPDATE", "");
    if !lock.is_empty() {
        let sql = format!("SELECT id FROM leads WHERE organization_id = $1 AND id = $2 {lock}");
        tx.db().execute(&sql, key.clone()).await?;
    }
    // A statement of its own: the first one's snapshot is older than the lock it waited for.
    let mut values = key.to_vec();
    let sight = sight(grant.scope(), "l", &mut values, dialect);
    let in_pool = in_pool(user, "l", &mut values);
    let picked_up = picked_up(user, "l", &mut values);
    // It came from nobody, and not by its first assignment: it had no owner right before.
    let sql = format!(
        "SELECT l.owner_id, u.first_name, u.last_name, u.partner, l.assignment_id, l.version, \
         {sight} AS sight, {in_pool} AS in_pool, \
         ({picked_up} AND l.owner_id IS NOT NULL AND a.from_user_id IS NULL AND EXISTS (\
           SELECT 1 FROM assignments e WHERE e.organization_id = l.organization_id \
           AND e.lead_id = l.id AND e.id <> l.assignment_id)) AS was_in_pool \
         FROM leads l \
         JOIN assignments a ON a.organization_id = l.organization_id AND a.lead_id = l.id \
         AND a.id = l.assignment_id \
         LEFT JOIN users u ON u.organization_id = l.organization_id AND u.id = l.owner_id \
         WHERE l.organization_id = $1 AND l.id = $2"
    );
    let row: Option<WantedRow> = tx.db().one(&sql, values).await?;
    row.map(|row| wanted(id, row)).transpose()
}

fn wanted(id: LeadId, row: WantedRow) -> Result<WantedLead> {
    let owner = match (row.owner_id, row.first_name) {
        (None, _) => None,
        (Some(owner), Some(first_name)) => Some(UserName {
            id: owner.into(),
            first_name,
            last_name: row.last_name,
            partner: row.partner == Some(true),
        }),
        (Some(_), None) => return Err(Error::corrupt("a lead's owner")),
    };
    Ok(WantedLead {
        id,
        owner,
        assignment_id: row.assignment_id.into(),
        version: row.version,
        sight: row.sight.map(sight_of_code).transpose()?,
        in_pool: row.in_pool,
        was_in_pool: row.was_in_pool,
    })
}
