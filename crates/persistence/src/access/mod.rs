//! Who a credential stands for, read in one query: the credential, its user, what they may do and
//! their organization. Runs before anybody is known; what it gives is the only thing a grant can
//! be made from.

mod confirm;

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

pub use self::confirm::{Confirmed, confirm, confirm_and_look};
use crate::organizations::{COLUMNS as ORGANIZATION, Columns as OrganizationColumns};
use crate::store::Dialect;
use crate::{Read, Result, Tx, convert};

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
