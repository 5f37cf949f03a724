//! What a credential stands at when a transaction begins: whether whoever was let in may still do what
//! they ask for.

use std::collections::HashMap;

use evenhand_domain::ids::OrganizationId;
use evenhand_domain::permission::{Credential, Stamp};
use evenhand_domain::user::UserStatus;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::idempotency::{self, Claim, Kept, KeptRow};
use crate::rows::{Kind, Rows};
use crate::store::{Dialect, PG_NOW};
use crate::users::NamesVersions;
use crate::{Read, Result, Tx, placeholders};

/// What each credential stands at now, in the order of the slice: `None` when it is ended,
/// revoked or past its time, or its user is not active. It takes the database's clock as the
/// transaction's now, so it has to be the transaction's first read. A credential may occur more than once.
///
/// # Errors
/// When the database fails.
pub async fn confirm(
    tx: &mut Tx,
    credentials: &[(OrganizationId, Credential)],
) -> Result<Vec<Option<Stamp>>> {
    Ok(confirm_and_look(tx, credentials, &[]).await?.stamps)
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
    let sql = sql(dialect, &input, &keys);
    let mut values = input.into_values(dialect);
    values.extend(keys.into_values(dialect));
    let rows: Vec<FoundRow> = db.all(&sql, values).await?;
    let now = tx.set_now(rows.iter().find_map(|row| row.now));
    let (mut current, mut kept) = (HashMap::new(), Kept::default());
    for row in rows {
        current.extend(row.credential.map(|row| (row.id, row)));
        kept.0.extend(row.kept);
    }
    let found = |credential: &Credential| {
        current.get(&credential.uuid()).filter(|row| row.kind == kind(credential))
    };
    let stamps = credentials.iter().map(|(_, credential)| {
        let row = found(credential)?;
        let is_current = row.ends_at.is_none_or(|at| at > now.micros());
        is_current.then_some(Stamp {
            credential: *credential,
            access_version: row.access_version,
            settings_version: row.settings_version,
        })
    });
    let names = credentials.iter().filter_map(|(organization_id, credential)| {
        Some((*organization_id, found(credential)?.names_version))
    });
    Ok(Confirmed { stamps: stamps.collect(), names: names.collect(), kept })
}

fn credential_rows(credentials: &[(OrganizationId, Credential)]) -> Rows<3> {
    let mut rows =
        Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid), ("kind", Kind::Int)]);
    for (organization_id, credential) in credentials {
        rows.push([(*organization_id).into(), credential.uuid().into(), kind(credential).into()]);
    }
    rows
}

const SESSION: i64 = 1;
const API_KEY: i64 = 2;

const fn kind(credential: &Credential) -> i64 {
    match credential {
        Credential::Session(_) => SESSION,
        Credential::ApiKey(_) => API_KEY,
    }
}

/// Rows of both kinds, credentials and what is kept under keys, each with nothing in the other's
/// columns; at least one, with the clock. When a credential ends is not compared here but with the
/// transaction's now, which this very statement reads.
fn sql(dialect: Dialect, input: &Rows<3>, keys: &Rows<3>) -> String {
    let now = dialect.pick(PG_NOW, "NULL");
    let current = format!(
        "{input}, clock (now) AS (SELECT {now}), current AS (\
           SELECT i.id, i.kind, s.expires_at AS ends_at, u.access_version, o.settings_version, \
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
         SELECT clock.now, current.id, current.kind, current.ends_at, \
                current.access_version, current.settings_version, current.names_version \
         FROM clock LEFT JOIN current ON true",
        input = input.input(dialect),
        active = UserStatus::Active.code(),
    );
    let kept =
        placeholders::after(input.placeholders(dialect), &idempotency::kept_sql(dialect, keys));
    format!(
        "WITH current AS ({current}), kept AS ({kept}) \
         SELECT now, id, kind, ends_at, access_version, settings_version, names_version, \
                NULL AS organization_id, NULL AS credential_id, NULL AS key_hash, \
                NULL AS request_hash, NULL AS subject_id, NULL AS answer, NULL AS expires_at \
         FROM current \
         UNION ALL \
         SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, organization_id, credential_id, key_hash, \
                request_hash, subject_id, answer, expires_at FROM kept"
    )
}

#[derive(FromQueryResult)]
struct FoundRow {
    now: Option<i64>,
    #[sea_orm(nested)]
    credential: Option<CredentialRow>,
    #[sea_orm(nested)]
    kept: Option<KeptRow>,
}

#[derive(FromQueryResult)]
struct CredentialRow {
    id: Uuid,
    kind: i64,
    ends_at: Option<i64>,
    access_version: i64,
    settings_version: i64,
    names_version: i64,
}
