//! Who a credential stands for, read in one query: the credential, its user, what they may do and
//! their organization. Runs before anybody is known; what it gives is the only thing a grant can
//! be made from.

use std::collections::HashMap;
use std::sync::Arc;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Error as DomainError, Unauthenticated};
use evenhand_domain::ids::{OrganizationId, SessionId, UserId};
use evenhand_domain::permission::{
    Action, Actor, Credential, Grant, Permission, PermissionSet, Stamp, Subject, authorize,
    role_permissions,
};
use evenhand_domain::team::TeamSeat;
use evenhand_domain::user::{Role, UserStatus};
use sea_orm::{FromQueryResult, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::idempotency::{self, Claim, Kept, KeptRow};
use crate::organizations::{COLUMNS as ORGANIZATION, Columns as OrganizationColumns};
use crate::rows::{Kind, Rows};
use crate::store::{Dialect, PG_NOW};
use crate::users::NamesVersions;
use crate::{Read, Result, Tx, convert, placeholders};

/// The person behind a session; `None` when the session is unknown, ended or past its time, or
/// the user is not active.
///
/// # Errors
/// When the database fails.
pub async fn load_session(
    db: &impl Read,
    id: SessionId,
    organization_id: OrganizationId,
    user_id: UserId,
    now: Timestamp,
) -> Result<Option<Actor>> {
    let db = db.db();
    let overrides = overrides(db.dialect);
    // Whose records the policy may let them see: those whom the teams they manage deal to, the users
    // and managers who are included, and for an agent who was granted it, of the teams they are on.
    let team = format!(
        "SELECT {ids} FROM (SELECT DISTINCT other.user_id \
         FROM team_members mine \
         JOIN teams t ON t.organization_id = mine.organization_id AND t.id = mine.team_id \
         JOIN team_members other ON other.organization_id = mine.organization_id \
           AND other.team_id = mine.team_id \
           AND (other.seat = {user_seat} OR t.include_managers) \
         WHERE mine.organization_id = u.organization_id AND mine.user_id = u.id \
           AND (mine.seat = {manager_seat} OR (u.role = {agent} AND EXISTS (\
             SELECT 1 FROM permission_overrides p WHERE p.organization_id = u.organization_id \
             AND p.user_id = u.id AND p.permission = '{view_team}' AND p.granted)))) seen",
        ids = db
            .dialect
            .pick("string_agg(seen.user_id::text, ' ')", "group_concat(hex(seen.user_id), ' ')"),
        user_seat = TeamSeat::User.code(),
        manager_seat = TeamSeat::Manager.code(),
        agent = Role::Agent.code(),
        view_team = Permission::LeadsViewTeam,
    );
    let sql = format!(
        "SELECT s.id AS session_id, u.id AS user_id, u.account_id, u.first_name, u.last_name, \
                u.role, u.access_version, ({team}) AS team, \
                ({overrides}) AS overrides, \
                {ORGANIZATION} \
         FROM sessions s \
         JOIN users u ON u.organization_id = s.organization_id AND u.id = s.user_id \
         JOIN organizations o ON o.id = u.organization_id \
         WHERE s.id = $1 AND s.organization_id = $2 AND s.user_id = $3 \
           AND s.ended_at IS NULL AND s.expires_at > $4 AND u.status = $5"
    );
    let values = [
        id.uuid().into(),
        organization_id.uuid().into(),
        user_id.uuid().into(),
        now.micros().into(),
        UserStatus::Active.code().into(),
    ];
    let row: Option<SessionRow> = db.one(&sql, values).await?;
    row.map(SessionRow::into_actor).transpose()
}

/// The integration behind a key with this SHA-256; `None` when there is none, or it was revoked
/// or is past its time.
///
/// # Errors
/// When the database fails.
pub async fn load_api_key(
    db: &impl Read,
    key_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Actor>> {
    one_api_key(db, "k.hash = $1", key_hash.to_vec().into(), now).await
}

async fn one_api_key(
    db: &impl Read,
    which: &str,
    value: Value,
    now: Timestamp,
) -> Result<Option<Actor>> {
    let sql = format!(
        "SELECT k.id, k.name, k.scopes, k.source, k.group_ids, k.access_version, {ORGANIZATION} \
         FROM api_keys k JOIN organizations o ON o.id = k.organization_id \
         WHERE {which} AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2)"
    );
    let row: Option<ApiKeyRow> = db.db().one(&sql, [value, now.micros().into()]).await?;
    row.map(ApiKeyRow::into_actor).transpose()
}

/// What each credential stands at now, in the order of the slice: `None` when it is ended,
/// revoked or past its time, or its user is not active. One statement, whose text does not depend
/// on how many there are; it also takes the database's clock as the transaction's now, so it has
/// to be the transaction's first read. A credential may occur more than once.
///
/// # Errors
/// When the database fails.
pub async fn confirm(
    tx: &mut Tx,
    credentials: &[(OrganizationId, Credential)],
) -> Result<Vec<Option<Stamp>>> {
    let input = credential_rows(credentials);
    let db = tx.db();
    let dialect = db.dialect;
    let sql = confirm_sql(dialect, &input);
    let rows: Vec<StampRow> = db.all(&sql, input.into_values(dialect)).await?;
    Ok(stamps(tx, credentials, &rows))
}

/// What a batch reads first.
#[derive(Debug)]
pub struct Confirmed {
    /// What each credential stands at ([`confirm`]).
    pub stamps: Vec<Option<Stamp>>,
    /// What is kept under the idempotency keys.
    pub kept: Kept,
    /// What the names of the credentials' organizations stand at.
    pub names: NamesVersions,
}

/// As [`confirm`], together with what is kept under idempotency keys, which are locked, and with what the
/// organizations' names stand at: one statement, for a batch waits for each.
///
/// # Errors
/// When the database fails.
pub async fn confirm_and_look(
    tx: &mut Tx,
    credentials: &[(OrganizationId, Credential)],
    keys: &[Claim],
) -> Result<Confirmed> {
    let (input, keys) = (credential_rows(credentials), idempotency::key_rows(keys));
    let db = tx.db();
    let dialect = db.dialect;
    let sql = confirm_and_look_sql(dialect, &input, &keys);
    let mut values = input.into_values(dialect);
    values.extend(keys.into_values(dialect));
    let rows: Vec<StampOrKeptRow> = db.all(&sql, values).await?;
    let (mut found, mut kept) = (Vec::new(), Kept::default());
    for row in rows {
        match row.into_kept() {
            Ok(row) => kept.0.push(row),
            Err(row) => found.push(row),
        }
    }
    let versions = found.iter().filter_map(|row| Some((row.id?, row.names_version?)));
    let versions: HashMap<Uuid, i64> = versions.collect();
    let names = credentials.iter().filter_map(|(organization_id, credential)| {
        Some((*organization_id, *versions.get(&credential.uuid())?))
    });
    let names = names.collect();
    Ok(Confirmed { stamps: stamps(tx, credentials, &found), kept, names })
}

fn credential_rows(credentials: &[(OrganizationId, Credential)]) -> Rows<3> {
    let mut rows =
        Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid), ("kind", Kind::Int)]);
    for (organization_id, credential) in credentials {
        rows.push([(*organization_id).into(), credential.uuid().into(), kind(credential).into()]);
    }
    rows
}

/// What was found of these credentials, in their order.
fn stamps(
    tx: &mut Tx,
    credentials: &[(OrganizationId, Credential)],
    rows: &[StampRow],
) -> Vec<Option<Stamp>> {
    let now = tx.set_now(rows.iter().find_map(|row| row.now));
    let current: HashMap<Uuid, &StampRow> =
        rows.iter().filter_map(|row| Some((row.id?, row))).collect();
    let stamps = credentials.iter().map(|(_, credential)| {
        let row = current.get(&credential.uuid())?;
        let expired = row.expires_at.is_some_and(|at| at <= now.micros());
        if expired || row.kind != Some(kind(credential)) {
            return None;
        }
        Some(Stamp {
            credential: *credential,
            access_version: row.access_version?,
            settings_version: row.settings_version?,
        })
    });
    stamps.collect()
}

/// The actor as they are now, where anything about their access or their organization changed since
/// the request was let in, which may be as long ago as a slow body takes; `None` where nothing did.
/// To be asked first in every transaction that changes something, so that it is judged by what holds
/// at its begin.
///
/// # Errors
/// [`DomainError::Unauthenticated`] for a credential that has ended; or when the database fails.
pub async fn renewed(
    tx: &mut Tx,
    actor: &Actor,
) -> std::result::Result<Option<Actor>, DomainError> {
    let organization_id = actor.organization.id;
    let stamps = confirm(tx, &[(organization_id, actor.stamp.credential)]).await?;
    if stamps.first().copied().flatten() == Some(actor.stamp) {
        return Ok(None);
    }
    let now = tx.now().await?;
    let loaded = match (actor.stamp.credential, &actor.subject) {
        (Credential::Session(session), Subject::User { id, .. }) => {
            load_session(tx, session, organization_id, *id, now).await?
        }
        (Credential::ApiKey(key), _) => {
            one_api_key(tx, "k.id = $1", key.uuid().into(), now).await?
        }
        (Credential::Session(_), Subject::ApiKey { .. }) => None,
    };
    let present = loaded.filter(|present| present.organization.id == organization_id);
    let present = present.ok_or(DomainError::Unauthenticated(Unauthenticated::Invalid))?;
    Ok(Some(Actor { address: actor.address, ..present }))
}

/// The grant as it would be given now ([`renewed`]).
///
/// # Errors
/// As [`renewed`]; [`DomainError::Denied`] for who may not do it any more.
pub async fn regrant<A: Action + Default>(
    tx: &mut Tx,
    grant: &Grant<A>,
) -> std::result::Result<Grant<A>, DomainError> {
    match renewed(tx, grant.actor()).await? {
        None => Ok(grant.clone()),
        Some(actor) => Ok(authorize(&Arc::new(actor), A::default())?),
    }
}

const SESSION: i64 = 1;
const API_KEY: i64 = 2;

const fn kind(credential: &Credential) -> i64 {
    match credential {
        Credential::Session(_) => SESSION,
        Credential::ApiKey(_) => API_KEY,
    }
}

/// Expiry is not compared here but against the transaction's now, which this very statement
/// reads.
fn confirm_sql(dialect: Dialect, input: &Rows<3>) -> String {
    let now = dialect.pick(PG_NOW, "NULL");
    format!(
        "{input}, clock (now) AS (SELECT {now}), current AS (\
           SELECT i.id, i.kind, s.expires_at, u.access_version, o.settings_version, \
                  coalesce(n.version, 0) AS names_version \
           FROM input i \
           JOIN sessions s ON s.id = i.id AND s.organization_id = i.organization_id \
           JOIN users u ON u.organization_id = s.organization_id AND u.id = s.user_id \
           JOIN organizations o ON o.id = u.organization_id \
           LEFT JOIN user_names n ON n.organization_id = o.id \
           WHERE i.kind = {SESSION} AND s.ended_at IS NULL AND u.status = {active} \
           UNION ALL \
           SELECT i.id, i.kind, k.expires_at, k.access_version, o.settings_version, \
                  coalesce(n.version, 0) \
           FROM input i \
           JOIN api_keys k ON k.organization_id = i.organization_id AND k.id = i.id \
           JOIN organizations o ON o.id = k.organization_id \
           LEFT JOIN user_names n ON n.organization_id = o.id \
           WHERE i.kind = {API_KEY} AND k.revoked_at IS NULL) \
         SELECT clock.now, current.id, current.kind, current.expires_at, \
                current.access_version, current.settings_version, current.names_version \
         FROM clock LEFT JOIN current ON true",
        input = input.input(dialect),
        active = UserStatus::Active.code(),
    )
}

/// Rows of both kinds, each with nothing in the other's columns.
fn confirm_and_look_sql(dialect: Dialect, input: &Rows<3>, keys: &Rows<3>) -> String {
    let stamps = confirm_sql(dialect, input);
    let kept =
        placeholders::after(input.placeholders(dialect), &idempotency::kept_sql(dialect, keys));
    format!(
        "WITH stamps AS ({stamps}), kept AS ({kept}) \
         SELECT now, id, kind, expires_at, access_version, settings_version, \
                names_version, NULL AS organization_id, NULL AS credential_id, NULL AS key_hash, \
                NULL AS request_hash, NULL AS subject_id, NULL AS answer FROM stamps \
         UNION ALL \
         SELECT NULL, NULL, NULL, expires_at, NULL, NULL, NULL, \
                organization_id, credential_id, key_hash, request_hash, subject_id, answer FROM kept"
    )
}

#[derive(FromQueryResult)]
struct SessionRow {
    session_id: Uuid,
    user_id: Uuid,
    account_id: Uuid,
    first_name: String,
    last_name: Option<String>,
    role: i16,
    access_version: i64,
    overrides: Option<String>,
    team: Option<String>,
    #[sea_orm(nested)]
    organization: OrganizationColumns,
}

impl SessionRow {
    fn into_actor(self) -> Result<Actor> {
        let organization = self.organization.into_domain()?;
        let role = convert::role(self.role)?;
        let overrides = self.overrides.unwrap_or_default();
        let team: std::result::Result<Arc<[UserId]>, _> =
            self.team.unwrap_or_default().split_whitespace().map(str::parse).collect();
        let team = team.map_err(|_| crate::Error::corrupt("the users of a team"))?;
        let stamp = Stamp {
            credential: Credential::Session(self.session_id.into()),
            access_version: self.access_version,
            settings_version: organization.settings_version,
        };
        Ok(Actor {
            organization: Arc::new(organization),
            subject: Subject::User {
                id: self.user_id.into(),
                account_id: self.account_id.into(),
                name: convert::full_name(&self.first_name, self.last_name.as_deref()),
                role,
                team,
            },
            permissions: overridden(role_permissions(role), &overrides),
            stamp,
            address: None,
        })
    }
}

/// A query for the overrides of `users u` as one text, such as `+leads.assign -leads.view`.
pub(crate) const fn overrides(dialect: Dialect) -> &'static str {
    dialect.pick(
        "SELECT string_agg(CASE WHEN p.granted THEN '+' ELSE '-' END || p.permission, ' ') \
         FROM permission_overrides p \
         WHERE p.organization_id = u.organization_id AND p.user_id = u.id",
        "SELECT group_concat(CASE WHEN p.granted THEN '+' ELSE '-' END || p.permission, ' ') \
         FROM permission_overrides p \
         WHERE p.organization_id = u.organization_id AND p.user_id = u.id",
    )
}

/// The set with `+permission` added and `-permission` taken away. A permission has one override at most (the primary key);
/// a name that the catalogue no longer has means nothing.
pub(crate) fn overridden(defaults: PermissionSet, overrides: &str) -> PermissionSet {
    overrides.split_whitespace().fold(defaults, |set, entry| {
        let granted = entry.strip_prefix('+').and_then(Permission::from_text);
        let denied = entry.strip_prefix('-').and_then(Permission::from_text);
        match (granted, denied) {
            (Some(permission), _) => set.with(permission),
            (None, Some(permission)) => set.without(permission),
            (None, None) => set,
        }
    })
}

#[derive(FromQueryResult)]
struct ApiKeyRow {
    id: Uuid,
    name: String,
    scopes: Json,
    source: Option<String>,
    group_ids: Option<Json>,
    access_version: i64,
    #[sea_orm(nested)]
    organization: OrganizationColumns,
}

impl ApiKeyRow {
    fn into_actor(self) -> Result<Actor> {
        let organization = self.organization.into_domain()?;
        let scopes = convert::strings(self.scopes)?;
        let stamp = Stamp {
            credential: Credential::ApiKey(self.id.into()),
            access_version: self.access_version,
            settings_version: organization.settings_version,
        };
        Ok(Actor {
            organization: Arc::new(organization),
            subject: Subject::ApiKey {
                id: self.id.into(),
                name: self.name,
                source: self.source,
                group_ids: self.group_ids.map(convert::ids).transpose()?,
            },
            permissions: scopes.iter().filter_map(|scope| Permission::from_text(scope)).collect(),
            stamp,
            address: None,
        })
    }
}

#[derive(FromQueryResult)]
struct StampRow {
    now: Option<i64>,
    id: Option<Uuid>,
    kind: Option<i64>,
    expires_at: Option<i64>,
    access_version: Option<i64>,
    settings_version: Option<i64>,
    names_version: Option<i64>,
}

#[derive(FromQueryResult)]
struct StampOrKeptRow {
    now: Option<i64>,
    id: Option<Uuid>,
    kind: Option<i64>,
    expires_at: Option<i64>,
    access_version: Option<i64>,
    settings_version: Option<i64>,
    names_version: Option<i64>,
    organization_id: Option<Uuid>,
    credential_id: Option<Uuid>,
    key_hash: Option<Vec<u8>>,
    request_hash: Option<Vec<u8>>,
    subject_id: Option<Uuid>,
    answer: Option<Vec<u8>>,
}

impl StampOrKeptRow {
    fn into_kept(self) -> std::result::Result<KeptRow, StampRow> {
        let Self { now, id, kind, expires_at, access_version, settings_version, .. } = self;
        let names_version = self.names_version;
        let stamp =
            StampRow { now, id, kind, expires_at, access_version, settings_version, names_version };
        let key = self.organization_id.zip(self.credential_id).zip(self.key_hash);
        match key.zip(self.request_hash).zip(expires_at) {
            Some(((((organization_id, credential_id), key_hash), request_hash), expires_at)) => {
                Ok(KeptRow {
                    organization_id,
                    credential_id,
                    key_hash,
                    request_hash,
                    subject_id: self.subject_id,
                    answer: self.answer,
                    expires_at,
                })
            }
            None => Err(stamp),
        }
    }
}
