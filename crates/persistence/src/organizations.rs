//! Tenants.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::organization::{Country, Currency, Organization};
use evenhand_domain::permission::{Action, Grant};
use sea_orm::{EntityTrait, FromQueryResult, Set};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::entities::organization;
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
        lead_statuses: Set(Json::from(new.lead_statuses.clone())),
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
    let db = tx.db();
    let sql = db.dialect.pick(
        "SELECT id FROM organizations WHERE id = $1 FOR NO KEY UPDATE",
        "SELECT id FROM organizations WHERE id = $1",
    );
    db.execute(sql, [grant.organization_id().uuid().into()]).await?;
    Ok(())
}

/// What [`Columns`] reads of `organizations o`, for queries that join it.
pub(crate) const COLUMNS: &str = "o.id AS o_id, o.name AS o_name, o.zone AS o_zone, \
     o.country AS o_country, o.currency AS o_currency, o.lead_statuses AS o_lead_statuses, \
     o.settings_version AS o_settings_version";

#[derive(FromQueryResult)]
pub(crate) struct Columns {
    o_id: Uuid,
    o_name: String,
    o_zone: String,
    o_country: String,
    o_currency: String,
    o_lead_statuses: Json,
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
            lead_statuses: convert::strings(self.o_lead_statuses)?,
            settings_version: self.o_settings_version,
        })
    }
}
