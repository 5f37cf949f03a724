//! Groups: departments of users, each with its rotation.

mod pick_up;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::group::{Group, GroupMember};
use evenhand_domain::ids::GroupId;
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::{Action, Grant, ManageGroups, ManageRotationMembers, ViewGroups};
use evenhand_domain::user::UserName;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::rotations::{PLACE, PlaceRow, SETTINGS, SettingsRow};
use crate::rows::{Kind, Rows};
use crate::{Error, Read, Result, Tx};

pub(crate) use pick_up::of_users;
pub use pick_up::{letting_pick_up, set_pick_up_statuses};

/// What allows to look at groups: seeing them, managing them, or managing members.
pub trait OnGroups: Action {}
impl OnGroups for ViewGroups {}
impl OnGroups for ManageGroups {}
impl OnGroups for ManageRotationMembers {}

/// What allows to change something about a group's members.
pub trait OnMembers: OnGroups {}
impl OnMembers for ManageGroups {}
impl OnMembers for ManageRotationMembers {}

#[derive(FromQueryResult)]
struct GroupRow {
    id: Uuid,
    name: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
    rotation_id: Uuid,
    member_count: i64,
    pick_up_statuses: Option<String>,
    #[sea_orm(nested)]
    settings: SettingsRow,
}

fn select() -> String {
    format!(
        "SELECT g.id, g.name, g.version, g.created_at, g.updated_at, \
         r.id AS rotation_id, {SETTINGS}, \
         (SELECT count(*) FROM rotation_members m WHERE m.organization_id = r.organization_id \
          AND m.rotation_id = r.id) AS member_count, \
         (SELECT string_agg(p.status, ' ' ORDER BY p.position) FROM group_pick_up_statuses p \
          WHERE p.organization_id = g.organization_id AND p.group_id = g.id) AS pick_up_statuses \
         FROM groups g \
         JOIN rotations r ON r.organization_id = g.organization_id AND r.group_id = g.id"
    )
}

/// A group; `None` when it does not exist or is archived.
///
/// # Errors
/// When the database fails.
pub async fn get<A: OnGroups>(
    db: &impl Read,
    grant: &Grant<A>,
    id: GroupId,
) -> Result<Option<Group>> {
    let organization_id = grant.organization_id();
    let sql = format!(
        "{} WHERE g.organization_id = $1 AND g.id = $2 AND g.archived_at IS NULL",
        select()
    );
    let values = [Value::from(organization_id.uuid()), Value::from(id.uuid())];
    let row: Option<GroupRow> = db.db().one(&sql, values).await?;
    row.map(group).transpose()
}

/// The organization's groups, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    grant: &Grant<ViewGroups>,
    page: &PageRequest,
) -> Result<Page<Group>> {
    let mut sql = format!("{} WHERE g.organization_id = $1 AND g.archived_at IS NULL", select());
    let mut values = vec![Value::from(grant.organization_id().uuid())];
    if let Some(after) = page.after {
        sql.push_str(" AND g.id < $2");
        values.push(Value::from(after));
    }
    sql.push_str(&format!(" ORDER BY g.id DESC LIMIT {}", page.probe()));
    let rows: Vec<GroupRow> = db.db().all(&sql, values).await?;
    let groups: Result<Vec<Group>> = rows.into_iter().map(group).collect();
    Ok(Page::from_probe(groups?, page, |group| group.id.uuid()))
}

#[derive(FromQueryResult)]
struct MemberRow {
    user_id: Uuid,
    first_name: String,
    last_name: Option<String>,
    partner: bool,
    #[sea_orm(nested)]
    place: PlaceRow,
}

/// A group's members in turn order; empty for a group that does not exist.
///
/// # Errors
/// When the database fails.
pub async fn members<A: OnGroups>(
    db: &impl Read,
    grant: &Grant<A>,
    id: GroupId,
) -> Result<Vec<GroupMember>> {
    let organization_id = grant.organization_id();
    let sql = format!(
        "SELECT m.user_id, u.first_name, u.last_name, u.partner, {PLACE} \
         FROM rotations r JOIN rotation_members m \
         ON m.organization_id = r.organization_id AND m.rotation_id = r.id \
         JOIN users u ON u.organization_id = m.organization_id AND u.id = m.user_id \
         WHERE r.organization_id = $1 AND r.group_id = $2 AND r.archived_at IS NULL \
         ORDER BY m.position"
    );
    let values = [Value::from(organization_id.uuid()), Value::from(id.uuid())];
    let rows: Vec<MemberRow> = db.db().all(&sql, values).await?;
    rows.into_iter().map(member).collect()
}

/// Stores a new group; its rotation follows in the same transaction.
///
/// # Errors
/// [`Error::Unique`] for a name that an unarchived group of the organization has.
pub async fn insert(
    tx: &mut Tx,
    grant: &Grant<ManageGroups>,
    id: GroupId,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    let organization_id = grant.organization_id();
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("name", Kind::Text),
        ("name_key", Kind::Text),
        ("version", Kind::Int),
        ("created_at", Kind::Int),
        ("updated_at", Kind::Int),
    ]);
    rows.push([
        organization_id.into(),
        id.into(),
        name.into(),
        name_key(name).into(),
        1_i64.into(),
        now.micros().into(),
        now.micros().into(),
    ]);
    let db = tx.db();
    db.insert(rows, "groups", "").await?;
    Ok(())
}

/// Renames a group, or keeps its name, and raises its version.
///
/// # Errors
/// [`Error::Unique`] for a name that another unarchived group of the organization has.
pub async fn touch<A: OnMembers>(
    tx: &mut Tx,
    grant: &Grant<A>,
    id: GroupId,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    let organization_id = grant.organization_id();
    let sql = "UPDATE groups SET name = $3, name_key = $4, version = version + 1, updated_at = $5 \
               WHERE organization_id = $1 AND id = $2";
    let values = [
        Value::from(organization_id.uuid()),
        Value::from(id.uuid()),
        Value::from(name),
        Value::from(name_key(name)),
        Value::from(now.micros()),
    ];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// Takes a group out of every list; its rotation's ledger stays.
///
/// # Errors
/// When the database fails.
pub async fn archive(
    tx: &mut Tx,
    grant: &Grant<ManageGroups>,
    id: GroupId,
    now: Timestamp,
) -> Result<()> {
    let organization_id = grant.organization_id();
    let sql = "UPDATE groups SET archived_at = $3, updated_at = $3, version = version + 1 \
               WHERE organization_id = $1 AND id = $2";
    let values =
        [Value::from(organization_id.uuid()), Value::from(id.uuid()), Value::from(now.micros())];
    tx.db().execute(sql, values).await?;
    Ok(())
}

fn name_key(name: &str) -> String {
    name.to_lowercase()
}

fn group(row: GroupRow) -> Result<Group> {
    Ok(Group {
        id: row.id.into(),
        name: row.name,
        rotation_id: row.rotation_id.into(),
        distribution: row.settings.into_domain()?,
        pick_up_statuses: pick_up::keys(row.pick_up_statuses.as_deref()),
        member_count: row.member_count.unsigned_abs(),
        version: row.version,
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
    })
}

fn member(row: MemberRow) -> Result<GroupMember> {
    Ok(GroupMember {
        user: UserName {
            id: row.user_id.into(),
            first_name: row.first_name,
            last_name: row.last_name,
            partner: row.partner,
        },
        place: row.place.into_domain()?.ok_or_else(|| Error::corrupt("a member's place"))?,
    })
}
