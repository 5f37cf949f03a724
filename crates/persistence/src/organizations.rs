//! Tenants.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::duplicate::{DuplicatePolicy, DuplicateSettings, DuplicateWindow};
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::organization::{Country, Currency, LeadStatus, Organization};
use evenhand_domain::permission::{Action, Grant, ManageOrganization};
use sea_orm::{EntityTrait, FromQueryResult, Set};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::entities::organization;
use crate::idempotency::Claim;
use crate::locks::{self, Locks};
use crate::rows::{Cell, Kind, Rows};
use crate::store::Dialect;
use crate::{Error, Read, Result, Tx, convert};

/// Stores a new organization; nobody exists yet who could have a grant for it.
///
/// # Errors
/// When the database fails.
pub async fn insert_at_set_up(tx: &mut Tx, new: &Organization, now: Timestamp) -> Result<()> {
    let row = organization::ActiveModel {
        id: Set(new.id.uuid()),
        name: Set(new.name.clone()),
        zone: Set(new.zone.name().to_owned()),
        country: Set(new.country.code().to_owned()),
        currency: Set(new.currency.code().to_owned()),
        lead_statuses: Set(convert::json(&new.lead_statuses)?),
        duplicate_policy: Set(new.duplicates.policy.code()),
        duplicate_window_days: Set(new.duplicates.window.days().into()),
        auto_assign_creator: Set(new.auto_assign_creator),
        allow_multiple_assignees: Set(new.allow_multiple_assignees),
        settings_version: Set(new.settings_version),
        created_at: Set(now.micros()),
    };
    organization::Entity::insert(row).exec_without_returning(tx.db().executor()).await?;
    Ok(())
}

/// An organization for whoever just proved to belong to it.
///
/// # Errors
/// When the database fails.
pub async fn find_for_sign_in(db: &impl Read, id: OrganizationId) -> Result<Option<Organization>> {
    let sql = format!("SELECT {COLUMNS} FROM organizations o WHERE o.id = $1");
    let row: Option<Columns> = db.db().one(&sql, [id.uuid().into()]).await?;
    row.map(Columns::into_domain).transpose()
}

/// Makes this transaction the only one that gives names to groups and teams of the organization,
/// takes power from its owners or changes its settings, until it ends: two that did so at once
/// would wait for each other in a circle, or each rely on what the other takes away.
///
/// # Errors
/// When the database fails.
pub async fn lock<A: Action>(tx: &mut Tx, grant: &Grant<A>) -> Result<()> {
    lock_row(tx, grant.organization_id()).await
}

/// As [`locked`], for the service's own work and for who is about to join; `None` for one that does
/// not exist.
///
/// # Errors
/// When the database fails.
pub async fn locked_for_service(tx: &mut Tx, id: OrganizationId) -> Result<Option<Organization>> {
    lock_row(tx, id).await?;
    find_for_sign_in(tx, id).await
}

async fn lock_row(tx: &mut Tx, id: OrganizationId) -> Result<()> {
    let db = tx.db();
    let sql = db.dialect.pick(
        "SELECT id FROM organizations WHERE id = $1 FOR NO KEY UPDATE",
        "SELECT id FROM organizations WHERE id = $1",
    );
    db.execute(sql, [id.uuid().into()]).await?;
    Ok(())
}

/// The organization as it is, and stays until the transaction ends: any number of transactions may
/// keep it at once, none of which may change it or [`lock`] it then.
///
/// # Errors
/// When the database fails.
pub async fn keep<A: Action>(tx: &mut Tx, grant: &Grant<A>) -> Result<Organization> {
    let id = grant.organization_id();
    let db = tx.db();
    if db.dialect == Dialect::Postgres {
        let sql = "SELECT id FROM organizations WHERE id = $1 FOR SHARE";
        db.execute(sql, [id.uuid().into()]).await?;
    }
    let found = find_for_sign_in(tx, id).await?;
    found.ok_or_else(|| Error::corrupt("an organization that is gone"))
}

/// As [`lock`], and the organization as it is under the lock: the one of the grant was read
/// before it.
///
/// # Errors
/// When the database fails.
pub async fn locked<A: Action>(tx: &mut Tx, grant: &Grant<A>) -> Result<Organization> {
    lock(tx, grant).await?;
    let found = find_for_sign_in(tx, grant.organization_id()).await?;
    found.ok_or_else(|| Error::corrupt("an organization that is gone"))
}

/// Stores what is set for an organization. Who calls it has it [`locked`].
///
/// # Errors
/// When the database fails.
pub async fn update(tx: &mut Tx, organization: &Organization) -> Result<()> {
    let mut rows = Rows::new([
        ("id", Kind::Uuid),
        ("name", Kind::Text),
        ("zone", Kind::Text),
        ("country", Kind::Text),
        ("currency", Kind::Text),
        ("lead_statuses", Kind::Json),
        ("duplicate_policy", Kind::Int),
        ("duplicate_window_days", Kind::Int),
        ("auto_assign_creator", Kind::Flag),
        ("allow_multiple_assignees", Kind::Flag),
        ("settings_version", Kind::Int),
    ]);
    rows.push([
        organization.id.into(),
        organization.name.as_str().into(),
        organization.zone.name().into(),
        organization.country.code().into(),
        organization.currency.code().into(),
        Cell::Json(convert::json(&organization.lead_statuses)?.to_string()),
        organization.duplicates.policy.code().into(),
        i64::from(organization.duplicates.window.days()).into(),
        organization.auto_assign_creator.into(),
        organization.allow_multiple_assignees.into(),
        organization.settings_version.into(),
    ]);
    let db = tx.db();
    let sql = format!(
        "{} UPDATE organizations SET name = i.name, zone = i.zone, country = i.country, \
         currency = i.currency, lead_statuses = i.lead_statuses, \
         duplicate_policy = i.duplicate_policy, \
         duplicate_window_days = i.duplicate_window_days, \
         auto_assign_creator = i.auto_assign_creator, \
         allow_multiple_assignees = i.allow_multiple_assignees, \
         settings_version = i.settings_version FROM input i WHERE organizations.id = i.id",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// How many leads are in a status, archived ones too.
///
/// # Errors
/// When the database fails.
pub async fn leads_in_status(
    db: &impl Read,
    grant: &Grant<ManageOrganization>,
    key: &str,
) -> Result<u64> {
    let sql = "SELECT count(*) AS count FROM leads WHERE organization_id = $1 AND status = $2";
    let values = [grant.organization_id().uuid().into(), key.into()];
    let row: Option<CountRow> = db.db().one(sql, values).await?;
    Ok(row.map_or(0, |row| row.count.unsigned_abs()))
}

#[derive(FromQueryResult)]
struct CountRow {
    count: i64,
}

/// Keeps the lead statuses of these organizations from being deleted until the transaction ends:
/// for whoever stores leads whose status was checked before. Comes before every read that the check
/// relies on, in a statement of its own, for a statement's snapshot is older than the locks it
/// waits for.
///
/// A row lock would do as well, but writes the organization's row with every batch of leads and
/// meets everybody who locks it for a name; this one is in memory and meets nobody but
/// [`claim_lead_statuses`]. SQLite has one writer.
///
/// # Errors
/// When the database fails.
pub async fn keep_lead_statuses(
    tx: &mut Tx,
    organizations: impl IntoIterator<Item = OrganizationId>,
) -> Result<()> {
    keep_lead_statuses_and_lock(tx, organizations, &[]).await
}

/// The same, and locks idempotency keys ([`crate::idempotency::lock`]) by the same statement.
///
/// # Errors
/// When the database fails.
pub async fn keep_lead_statuses_and_lock(
    tx: &mut Tx,
    organizations: impl IntoIterator<Item = OrganizationId>,
    keys: &[Claim],
) -> Result<()> {
    let shared = organizations.into_iter().map(statuses_key).collect();
    let exclusive = keys.iter().map(Claim::lock).collect();
    locks::take(tx, Locks { shared, exclusive }).await
}

#[derive(FromQueryResult)]
struct StatusesRow {
    id: Uuid,
    lead_statuses: Json,
}

/// The keys of the statuses in which leads are still being worked on, for rotations that choose by
/// such leads.
///
/// # Errors
/// When the database fails.
pub async fn open_statuses(
    db: &impl Read,
    organizations: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Vec<String>>> {
    let mut rows = Rows::new([("id", Kind::Uuid)]);
    organizations.iter().for_each(|id| rows.push([(*id).into()]));
    let db = db.db();
    let sql = format!(
        "{} SELECT o.id, o.lead_statuses FROM organizations o JOIN input i ON i.id = o.id",
        rows.input(db.dialect),
    );
    let found: Vec<StatusesRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    (found.into_iter())
        .map(|row| {
            let statuses: Vec<LeadStatus> = convert::from_json(row.lead_statuses)?;
            let open = statuses.into_iter().filter(LeadStatus::is_open).map(|status| status.key);
            Ok((row.id.into(), open.collect()))
        })
        .collect()
}

/// Waits until nobody is storing leads of the organization ([`keep_lead_statuses`]), and lets
/// nobody begin before the transaction ends. The first lock of a transaction.
///
/// # Errors
/// When the database fails.
pub async fn claim_lead_statuses(tx: &mut Tx, grant: &Grant<ManageOrganization>) -> Result<()> {
    let db = tx.db();
    if db.dialect == Dialect::Postgres {
        let key = statuses_key(grant.organization_id());
        db.execute("SELECT pg_advisory_xact_lock($1)", [key.into()]).await?;
    }
    Ok(())
}

/// The random half of the id. Two organizations of the same number would wait for each other, and
/// nothing else.
const fn statuses_key(organization: OrganizationId) -> i64 {
    let (_, random) = organization.uuid().as_u64_pair();
    random.cast_signed()
}

/// What [`Columns`] reads of `organizations o`, for queries that join it.
pub(crate) const COLUMNS: &str = "o.id AS o_id, o.name AS o_name, o.zone AS o_zone, \
     o.country AS o_country, o.currency AS o_currency, o.lead_statuses AS o_lead_statuses, \
     o.duplicate_policy AS o_duplicate_policy, \
     o.duplicate_window_days AS o_duplicate_window_days, \
     o.auto_assign_creator AS o_auto_assign_creator, \
     o.allow_multiple_assignees AS o_allow_multiple_assignees, \
     o.settings_version AS o_settings_version";

#[derive(FromQueryResult)]
pub(crate) struct Columns {
    o_id: Uuid,
    o_name: String,
    o_zone: String,
    o_country: String,
    o_currency: String,
    o_lead_statuses: Json,
    o_duplicate_policy: i16,
    o_duplicate_window_days: i32,
    o_auto_assign_creator: bool,
    o_allow_multiple_assignees: bool,
    o_settings_version: i64,
}

impl Columns {
    pub(crate) fn into_domain(self) -> Result<Organization> {
        let zone = self.o_zone.parse();
        Ok(Organization {
            id: self.o_id.into(),
            name: self.o_name,
            zone: zone.map_err(|_| Error::corrupt(format!("time zone {}", self.o_zone)))?,
            country: Country::stored(self.o_country),
            currency: Currency::stored(self.o_currency),
            lead_statuses: convert::from_json(self.o_lead_statuses)?,
            duplicates: duplicates(self.o_duplicate_policy, self.o_duplicate_window_days)?,
            auto_assign_creator: self.o_auto_assign_creator,
            allow_multiple_assignees: self.o_allow_multiple_assignees,
            settings_version: self.o_settings_version,
        })
    }
}

fn duplicates(policy: i16, days: i32) -> Result<DuplicateSettings> {
    let policy = DuplicatePolicy::from_code(policy);
    let window = DuplicateWindow::parse(days.into());
    Ok(DuplicateSettings {
        policy: policy.ok_or_else(|| Error::corrupt("a policy of duplicates"))?,
        window: window.map_err(|_| Error::corrupt("a window of duplicates"))?,
    })
}
