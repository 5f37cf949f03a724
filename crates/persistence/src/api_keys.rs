//! Integrations' credentials. Only hashes of the secrets are here.

use std::time::Duration;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{ApiKeyId, GroupId, OrganizationId, UserId};
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::{Grant, ManageApiKeys, Permission};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::entities::api_key::{self, Column};
use crate::rows::{Kind, Rows};
use crate::{Read, Result, Store, Tx, convert};

/// How often at most a key's last use is written (api.md, "integrations").
pub const LAST_USE_EVERY: Duration = Duration::from_secs(60);

/// An API key as it is shown: without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Id.
    pub id: ApiKeyId,
    /// Name.
    pub name: String,
    /// The first characters of the key, to recognise it by.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// The source that its leads get, whatever they say.
    pub source: Option<String>,
    /// The groups it may distribute to; `None` = any.
    pub group_ids: Option<Vec<GroupId>>,
    /// Who made it.
    pub created_by: UserId,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Raised by every change, not by use.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Stores a new key with the SHA-256 of its secret.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    grant: &Grant<ManageApiKeys>,
    key: &ApiKey,
    hash: &[u8; 32],
) -> Result<()> {
    let scopes = key.scopes.iter().map(|scope| Json::from(scope.as_str()));
    let row = api_key::ActiveModel {
        organization_id: Set(grant.organization_id().uuid()),
        id: Set(key.id.uuid()),
        name: Set(key.name.clone()),
        prefix: Set(key.prefix.clone()),
        hash: Set(hash.to_vec()),
        scopes: Set(Json::from_iter(scopes)),
        source: Set(key.source.clone()),
        group_ids: Set(key.group_ids.as_deref().map(convert::ids_json)),
        created_by: Set(key.created_by.uuid()),
        expires_at: Set(key.expires_at.map(Timestamp::micros)),
        revoked_at: Set(None),
        last_used_at: Set(None),
        access_version: Set(1),
        version: Set(key.version),
        created_at: Set(key.created_at.micros()),
    };
    api_key::Entity::insert(row).exec_without_returning(tx.db().executor()).await?;
    Ok(())
}

/// The organization's keys, newest first, revoked ones too.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    grant: &Grant<ManageApiKeys>,
    request: &PageRequest,
) -> Result<Page<ApiKey>> {
    let mut query = api_key::Entity::find()
        .filter(Column::OrganizationId.eq(grant.organization_id().uuid()))
        .order_by_desc(Column::Id)
        .limit(request.probe());
    if let Some(after) = request.after {
        query = query.filter(Column::Id.lt(after));
    }
    let rows = query.all(db.db().executor()).await?;
    let keys: Result<Vec<ApiKey>> = rows.into_iter().map(into_domain).collect();
    Ok(Page::from_probe(keys?, request, |key| key.id.uuid()))
}

/// One of the organization's keys.
///
/// # Errors
/// When the database fails.
pub async fn get(
    db: &impl Read,
    grant: &Grant<ManageApiKeys>,
    id: ApiKeyId,
) -> Result<Option<ApiKey>> {
    let key = (grant.organization_id().uuid(), id.uuid());
    let row = api_key::Entity::find_by_id(key).one(db.db().executor()).await?;
    row.map(into_domain).transpose()
}

/// As [`get`], and nobody else changes the key until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    tx: &mut Tx,
    grant: &Grant<ManageApiKeys>,
    id: ApiKeyId,
) -> Result<Option<ApiKey>> {
    // On SQLite the transaction holds the only write lock there is; the clause is left out there.
    let key = (grant.organization_id().uuid(), id.uuid());
    let row = api_key::Entity::find_by_id(key).lock_exclusive().one(tx.db().executor()).await?;
    row.map(into_domain).transpose()
}

/// Stores a locked key's name, expiry, revocation and version, and with a new secret also its
/// prefix and hash. What was read of the key before no longer counts ([`crate::access::confirm`]).
///
/// # Errors
/// When the database fails.
pub async fn update(
    tx: &mut Tx,
    grant: &Grant<ManageApiKeys>,
    key: &ApiKey,
    new_hash: Option<&[u8; 32]>,
) -> Result<()> {
    let sql = "UPDATE api_keys SET name = $3, expires_at = $4, revoked_at = $5, version = $6, \
               prefix = $7, hash = COALESCE($8, hash), access_version = access_version + 1 \
               WHERE organization_id = $1 AND id = $2";
    let values = [
        grant.organization_id().uuid().into(),
        key.id.uuid().into(),
        key.name.clone().into(),
        key.expires_at.map(Timestamp::micros).into(),
        key.revoked_at.map(Timestamp::micros).into(),
        key.version.into(),
        key.prefix.clone().into(),
        new_hash.map(|hash| hash.to_vec()).into(),
    ];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// Which of `ids` are no groups of the organization that can be distributed to.
///
/// # Errors
/// When the database fails.
pub async fn unknown_groups(
    db: &impl Read,
    grant: &Grant<ManageApiKeys>,
    ids: &[GroupId],
) -> Result<Vec<GroupId>> {
    let mut input = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
    for id in ids {
        input.push([grant.organization_id().into(), (*id).into()]);
    }
    let db = db.db();
    let sql = format!(
        "{} SELECT g.id FROM groups g JOIN input i \
         ON g.organization_id = i.organization_id AND g.id = i.id WHERE g.archived_at IS NULL",
        input.input(db.dialect)
    );
    let known: Vec<IdRow> = db.all(&sql, input.into_values(db.dialect)).await?;
    let is_known = |id: &GroupId| known.iter().any(|row| row.id == id.uuid());
    Ok(ids.iter().copied().filter(|id| !is_known(id)).collect())
}

/// Notes that a key was used, unless that was noted within [`LAST_USE_EVERY`] or the key was
/// revoked; on behalf of the service. Where another transaction holds the row, nothing is noted
/// and nobody waits. Returns whether it was.
///
/// # Errors
/// When the database fails.
pub async fn touch(
    store: &Store,
    organization_id: OrganizationId,
    id: ApiKeyId,
    now: Timestamp,
) -> Result<bool> {
    let tx = store.begin().await?;
    let db = tx.db();
    let sql = db.dialect.pick(
        "UPDATE api_keys SET last_used_at = $3 WHERE (organization_id, id) IN \
         (SELECT organization_id, id FROM api_keys \
          WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL \
            AND (last_used_at IS NULL OR last_used_at <= $4) FOR UPDATE SKIP LOCKED)",
        "UPDATE api_keys SET last_used_at = $3 \
         WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL \
           AND (last_used_at IS NULL OR last_used_at <= $4)",
    );
    let values = [
        organization_id.uuid().into(),
        id.uuid().into(),
        now.micros().into(),
        now.before(LAST_USE_EVERY).micros().into(),
    ];
    let touched = db.execute(sql, values).await? == 1;
    tx.commit().await?;
    Ok(touched)
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

fn into_domain(row: api_key::Model) -> Result<ApiKey> {
    let scopes = convert::strings(row.scopes)?;
    Ok(ApiKey {
        id: row.id.into(),
        name: row.name,
        prefix: row.prefix,
        scopes: scopes.iter().filter_map(|scope| Permission::from_text(scope)).collect(),
        source: row.source,
        group_ids: row.group_ids.map(convert::ids).transpose()?,
        created_by: row.created_by.into(),
        expires_at: row.expires_at.map(Timestamp::from_micros),
        revoked_at: row.revoked_at.map(Timestamp::from_micros),
        last_used_at: row.last_used_at.map(Timestamp::from_micros),
        version: row.version,
        created_at: Timestamp::from_micros(row.created_at),
    })
}
