//! Users: accounts' memberships of organizations.

mod mentioned;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::OrganizationChoice;
use evenhand_domain::ids::{AccountId, OrganizationId, UserId};
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::{Actor, Grant, InviteUsers, ViewUsers};
use evenhand_domain::user::{Role, User, UserStatus};
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, FromQueryResult, Set, TryInsertResult, Value};
use uuid::Uuid;

use crate::entities::user;
use crate::{Read, Result, Tx, convert};

pub use mentioned::mentioned;

/// Which users a list is narrowed to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Only those in this status; `None` = active and invited ones (product.md, "Users").
    pub status: Option<UserStatus>,
    /// Only those with this role.
    pub role: Option<Role>,
}

/// The organization's users, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    grant: &Grant<ViewUsers>,
    filter: &UserFilter,
    request: &PageRequest,
) -> Result<Page<User>> {
    let mut values: Vec<Value> = vec![grant.organization_id().uuid().into()];
    let mut sql = format!("{SELECT} WHERE u.organization_id = $1");
    let mut narrow = |condition: &str, value: Value| {
        values.push(value);
        sql.push_str(&format!(" AND {condition} ${}", values.len()));
    };
    match filter.status {
        Some(status) => narrow("u.status =", status.code().into()),
        None => narrow("u.status <>", UserStatus::Inactive.code().into()),
    }
    if let Some(role) = filter.role {
        narrow("u.role =", role.code().into());
    }
    if let Some(after) = request.after {
        narrow("u.id <", after.into());
    }
    sql.push_str(&format!(" ORDER BY u.id DESC LIMIT {}", request.probe()));
    let rows: Vec<Row> = db.db().all(&sql, values).await?;
    let users: Result<Vec<User>> = rows.into_iter().map(Row::into_domain).collect();
    Ok(Page::from_probe(users?, request, |user| user.id.uuid()))
}

/// One user of the organization.
///
/// # Errors
/// When the database fails.
pub async fn get(db: &impl Read, grant: &Grant<ViewUsers>, id: UserId) -> Result<Option<User>> {
    one(db, grant.organization_id(), id, "").await
}

/// One user of the organization, and nobody else changes them or their invitations until the
/// transaction ends. Before any row of theirs, so that nobody waits in a circle.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, grant: &Grant<InviteUsers>, id: UserId) -> Result<Option<User>> {
    locked(tx, grant.organization_id(), id).await
}

/// As [`lock`], for whoever holds one of the user's invitations.
///
/// # Errors
/// When the database fails.
pub async fn lock_at_accept(
    tx: &mut Tx,
    organization_id: OrganizationId,
    id: UserId,
) -> Result<Option<User>> {
    locked(tx, organization_id, id).await
}

async fn locked(tx: &mut Tx, organization_id: OrganizationId, id: UserId) -> Result<Option<User>> {
    // On SQLite the transaction holds the only write lock there is.
    let lock = tx.db().dialect.pick("FOR NO KEY UPDATE OF u", "");
    one(tx, organization_id, id, lock).await
}

/// The user who asks; `None` for an integration.
///
/// # Errors
/// When the database fails.
pub async fn own(db: &impl Read, actor: &Actor) -> Result<Option<User>> {
    match actor.user_id() {
        Some(id) => one(db, actor.organization.id, id, "").await,
        None => Ok(None),
    }
}

/// An active user, for whoever just proved to be the one.
///
/// # Errors
/// When the database fails.
pub async fn find_active_for_sign_in(
    db: &impl Read,
    organization_id: OrganizationId,
    id: UserId,
) -> Result<Option<User>> {
    one(db, organization_id, id, &format!("AND u.status = {}", UserStatus::Active.code())).await
}

/// An active user of the account, with the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The organization.
    pub organization: OrganizationChoice,
    /// The account's user there.
    pub user_id: UserId,
}

/// Where an account is an active user, by the organizations' names: for whoever just proved that
/// the account is theirs.
///
/// # Errors
/// When the database fails.
pub async fn memberships_for_sign_in(
    db: &impl Read,
    account_id: AccountId,
) -> Result<Vec<Membership>> {
    let sql = "SELECT u.organization_id, o.name AS organization_name, u.id AS user_id \
               FROM users u JOIN organizations o ON o.id = u.organization_id \
               WHERE u.account_id = $1 AND u.status = $2 ORDER BY o.name, o.id";
    let values = [account_id.uuid().into(), UserStatus::Active.code().into()];
    let rows: Vec<MembershipRow> = db.db().all(sql, values).await?;
    let memberships = rows.into_iter().map(|row| Membership {
        organization: OrganizationChoice {
            id: row.organization_id.into(),
            name: row.organization_name,
        },
        user_id: row.user_id.into(),
    });
    Ok(memberships.collect())
}

/// A user to be stored.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// Id.
    pub id: UserId,
    /// Whose.
    pub account_id: AccountId,
    /// Role.
    pub role: Role,
    /// Invited, or active from the start.
    pub status: UserStatus,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// Stores a user; `false` when the account is a user of the organization already.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, new: NewUser) -> Result<bool> {
    let row = user::ActiveModel {
        organization_id: Set(new.organization_id.uuid()),
        id: Set(new.id.uuid()),
        account_id: Set(new.account_id.uuid()),
        role: Set(new.role.code()),
        status: Set(new.status.code()),
        partner: Set(false),
        first_name: Set(new.first_name),
        last_name: Set(new.last_name),
        access_version: Set(1),
        version: Set(1),
        created_at: Set(new.created_at.micros()),
        updated_at: Set(new.created_at.micros()),
        paused: Set(false),
        paused_until: Set(None),
        joined_at: Set((new.status == UserStatus::Active).then(|| new.created_at.micros())),
    };
    let known = OnConflict::columns([user::Column::OrganizationId, user::Column::AccountId])
        .do_nothing()
        .to_owned();
    let inserted = user::Entity::insert(row)
        .on_conflict(known)
        .try_insert()
        .exec_without_returning(tx.db().executor())
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1..)))
}

/// Makes an invited user active, with the names they gave themselves; a name that is `None`
/// stays. `false` when the user is not invited any more.
///
/// # Errors
/// When the database fails.
pub async fn activate(
    tx: &mut Tx,
    organization_id: OrganizationId,
    id: UserId,
    first_name: Option<&str>,
    last_name: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let sql = "UPDATE users SET status = $4, first_name = COALESCE($5, first_name), \
               last_name = COALESCE($6, last_name), access_version = access_version + 1, \
               version = version + 1, updated_at = $7, joined_at = $7 \
               WHERE organization_id = $1 AND id = $2 AND status = $3";
    let values = [
        organization_id.uuid().into(),
        id.uuid().into(),
        UserStatus::Invited.code().into(),
        UserStatus::Active.code().into(),
        first_name.map(str::to_owned).into(),
        last_name.map(str::to_owned).into(),
        now.micros().into(),
    ];
    Ok(tx.db().execute(sql, values).await? == 1)
}

const SELECT: &str = "SELECT u.id, a.email_key, u.first_name, u.last_name, u.role, u.status, \
     u.partner, u.version, u.created_at, u.updated_at \
     FROM users u JOIN accounts a ON a.id = u.account_id";

async fn one(
    db: &impl Read,
    organization_id: OrganizationId,
    id: UserId,
    condition: &str,
) -> Result<Option<User>> {
    let sql = format!("{SELECT} WHERE u.organization_id = $1 AND u.id = $2 {condition}");
    let row: Option<Row> =
        db.db().one(&sql, [organization_id.uuid().into(), id.uuid().into()]).await?;
    row.map(Row::into_domain).transpose()
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    email_key: String,
    first_name: String,
    last_name: Option<String>,
    role: i16,
    status: i16,
    partner: bool,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn into_domain(self) -> Result<User> {
        Ok(User {
            id: self.id.into(),
            email: self.email_key,
            first_name: self.first_name,
            last_name: self.last_name,
            role: convert::role(self.role)?,
            status: convert::user_status(self.status)?,
            partner: self.partner,
            version: self.version,
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
        })
    }
}

#[derive(FromQueryResult)]
struct MembershipRow {
    organization_id: Uuid,
    organization_name: String,
    user_id: Uuid,
}
