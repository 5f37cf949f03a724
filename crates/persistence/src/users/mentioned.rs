//! Users as other records mention them.

use std::collections::HashMap;

use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{Action, Grant};
use evenhand_domain::user::{UserName, UserStatus};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::rows::{Kind, Rows};
use crate::{Read, Result, convert};

/// Names and statuses of users of the grant's organization that a record mentions, such as the
/// members of a decision; unknown ones are missing.
///
/// # Errors
/// When the database fails.
pub async fn mentioned<A: Action>(
    db: &impl Read,
    grant: &Grant<A>,
    ids: &[UserId],
) -> Result<HashMap<UserId, (UserName, UserStatus)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut input = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
    for id in ids {
        input.push([grant.organization_id().into(), (*id).into()]);
    }
    let db = db.db();
    let sql = format!(
        "{} SELECT u.id, u.first_name, u.last_name, u.partner, u.status FROM users u \
         JOIN input i ON u.organization_id = i.organization_id AND u.id = i.id",
        input.input(db.dialect)
    );
    let rows: Vec<MentionedRow> = db.all(&sql, input.into_values(db.dialect)).await?;
    let known = rows.into_iter().map(|row| {
        let name = UserName {
            id: row.id.into(),
            first_name: row.first_name,
            last_name: row.last_name,
            partner: row.partner,
        };
        Ok((name.id, (name, convert::user_status(row.status)?)))
    });
    known.collect()
}

#[derive(FromQueryResult)]
struct MentionedRow {
    id: Uuid,
    first_name: String,
    last_name: Option<String>,
    partner: bool,
    status: i16,
}
