//! Users: accounts' memberships of organizations.

mod change;
mod list;
mod mentioned;
mod names;
mod visible;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::OrganizationChoice;
use evenhand_domain::ids::{AccountId, OrganizationId, UserId};
use evenhand_domain::permission::{
    Action, Actor, Grant, InviteUsers, ManagePermissions, ManageTeams, ManageUsers, UserScope,
    ViewUsers,
};
use evenhand_domain::rotation::Pause;
use evenhand_domain::user::{Role, User, UserStatus};
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, FromQueryResult, Set, TryInsertResult, Value};
use uuid::Uuid;

use crate::entities::user;
use crate::{Read, Result, Tx, convert};

pub use change::{has_another_owner, raise_access_on_teams, save, save_own, touch};
pub use list::{UserFilter, list};
pub use mentioned::mentioned;
pub use names::{KnownNames, Names, NamesVersions, names};
pub(crate) use visible::{ids_in, visible};

/// What allows to change users: inviting them, managing them, or managing what they may do.
pub trait OnUsers: Action {}
impl OnUsers for InviteUsers {}
impl OnUsers for ManageUsers {}
impl OnUsers for ManagePermissions {}
impl OnUsers for ManageTeams {}

/// One user of the organization; of one outside the grant's scope only what names them.
///
/// # Errors
/// When the database fails.
pub async fn get(db: &impl Read, grant: &Grant<ViewUsers>, id: UserId) -> Result<Option<User>> {
    let wanted = Wanted { id, scope: grant.scope(), status: None, lock: "" };
    one(db, grant.organization_id(), wanted).await
}

/// All about one user, for who is about to change them or has done so.
///
/// # Errors
/// When the database fails.
pub async fn find<A: OnUsers>(
    db: &impl Read,
    grant: &Grant<A>,
    id: UserId,
) -> Result<Option<User>> {
    one(db, grant.organization_id(), Wanted::all_of(id)).await
}

/// One user of the organization, and nobody else changes them or their invitations until the
/// transaction ends. Before any row of theirs, so that nobody waits in a circle.
///
/// # Errors
/// When the database fails.
pub async fn lock<A: OnUsers>(tx: &mut Tx, grant: &Grant<A>, id: UserId) -> Result<Option<User>> {
    locked(tx, grant.organization_id(), id).await
}

/// As [`lock`], several of them in the order of their ids; unknown ones are missing.
///
/// # Errors
/// When the database fails.
pub async fn lock_each<A: OnUsers>(
    tx: &mut Tx,
    grant: &Grant<A>,
    ids: &[UserId],
) -> Result<Vec<User>> {
    let db = tx.db();
    let mut values: Vec<Value> = vec![grant.organization_id().uuid().into()];
    let ids = ids_in(ids, &mut values, db.dialect);
    let sql = format!(
        "{} WHERE u.organization_id = $1 AND u.id IN ({ids}) ORDER BY u.id {}",
        select("true"),
        db.dialect.pick(LOCK, ""),
    );
    let rows: Vec<Row> = db.all(&sql, values).await?;
    rows.into_iter().map(Row::into_domain).collect()
}

/// As [`lock`], the user who acts; `None` for an integration.
///
/// # Errors
/// When the database fails.
pub async fn lock_own(tx: &mut Tx, actor: &Actor) -> Result<Option<User>> {
    match actor.user_id() {
        Some(id) => locked(tx, actor.organization.id, id).await,
        None => Ok(None),
    }
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

/// On SQLite the transaction holds the only write lock there is.
const LOCK: &str = "FOR NO KEY UPDATE OF u";

async fn locked(tx: &mut Tx, organization_id: OrganizationId, id: UserId) -> Result<Option<User>> {
    let lock = tx.db().dialect.pick(LOCK, "");
    one(tx, organization_id, Wanted { lock, ..Wanted::all_of(id) }).await
}

/// The user who asks; `None` for an integration.
///
/// # Errors
/// When the database fails.
pub async fn own(db: &impl Read, actor: &Actor) -> Result<Option<User>> {
    match actor.user_id() {
        Some(id) => one(db, actor.organization.id, Wanted::all_of(id)).await,
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
    let wanted = Wanted { status: Some(UserStatus::Active), ..Wanted::all_of(id) };
    one(db, organization_id, wanted).await
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
    /// Whether this is an outside account.
    pub partner: bool,
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
        partner: Set(new.partner),
        name_key: Set(name_key(&new.first_name, new.last_name.as_deref())),
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

/// Makes an invited user active, with these names. `false` when the user is not invited any more.
///
/// # Errors
/// When the database fails.
pub async fn activate(
    tx: &mut Tx,
    organization_id: OrganizationId,
    id: UserId,
    (first_name, last_name): (&str, Option<&str>),
    now: Timestamp,
) -> Result<bool> {
    let sql = "UPDATE users SET status = $4, first_name = $5, last_name = $6, name_key = $7, \
               access_version = access_version + 1, version = version + 1, updated_at = $8, \
               joined_at = $8 WHERE organization_id = $1 AND id = $2 AND status = $3";
    let values = [
        organization_id.uuid().into(),
        id.uuid().into(),
        UserStatus::Invited.code().into(),
        UserStatus::Active.code().into(),
        first_name.into(),
        last_name.map(str::to_owned).into(),
        name_key(first_name, last_name).into(),
        now.micros().into(),
    ];
    if tx.db().execute(sql, values).await? != 1 {
        return Ok(false);
    }
    names::raise(tx, organization_id).await?;
    Ok(true)
}

/// What names are searched by.
fn name_key(first_name: &str, last_name: Option<&str>) -> String {
    convert::full_name(first_name, last_name).to_lowercase()
}

/// Reads users; more than the name only where `visible` holds.
fn select(visible: &str) -> String {
    format!(
        "SELECT u.id, CASE WHEN {visible} THEN a.email_key END AS email_key, u.first_name, \
         u.last_name, u.role, u.status, u.partner, \
         CASE WHEN {visible} THEN u.paused END AS paused, u.paused_until, \
         CASE WHEN {visible} THEN u.joined_at END AS joined_at, \
         u.version, u.created_at, u.updated_at \
         FROM users u JOIN accounts a ON a.id = u.account_id"
    )
}

/// One user, and how much of them.
struct Wanted<'a> {
    id: UserId,
    scope: &'a UserScope,
    status: Option<UserStatus>,
    lock: &'a str,
}

impl Wanted<'_> {
    const fn all_of(id: UserId) -> Self {
        Self { id, scope: &UserScope::Everyone, status: None, lock: "" }
    }
}

async fn one(
    db: &impl Read,
    organization_id: OrganizationId,
    wanted: Wanted<'_>,
) -> Result<Option<User>> {
    let db = db.db();
    let Wanted { id, scope, status, lock } = wanted;
    let mut values: Vec<Value> = vec![organization_id.uuid().into(), id.uuid().into()];
    let select = select(&visible::visible(scope, &mut values, db.dialect));
    let status =
        status.map_or_else(String::new, |status| format!("AND u.status = {}", status.code()));
    let sql = format!("{select} WHERE u.organization_id = $1 AND u.id = $2 {status} {lock}");
    let row: Option<Row> = db.one(&sql, values).await?;
    row.map(Row::into_domain).transpose()
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    email_key: Option<String>,
    first_name: String,
    last_name: Option<String>,
    role: i16,
    status: i16,
    partner: bool,
    paused: Option<bool>,
    paused_until: Option<i64>,
    joined_at: Option<i64>,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn into_domain(self) -> Result<User> {
        let pause = self.paused.map(|paused| match (paused, self.paused_until) {
            (false, _) => Pause::No,
            (true, None) => Pause::Indefinite,
            (true, Some(until)) => Pause::Until(Timestamp::from_micros(until)),
        });
        Ok(User {
            id: self.id.into(),
            email: self.email_key,
            first_name: self.first_name,
            last_name: self.last_name,
            role: convert::role(self.role)?,
            status: convert::user_status(self.status)?,
            partner: self.partner,
            pause,
            joined_at: self.joined_at.map(Timestamp::from_micros),
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
