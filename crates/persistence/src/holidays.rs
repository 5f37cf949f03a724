//! The holidays of organizations.

use evenhand_domain::availability::{HolidayInput, Holidays};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use evenhand_domain::permission::{Action, Grant, ManageOrganization, ViewHolidays};
use sea_orm::FromQueryResult;
use serde_json::Value as Json;

use crate::rows::{Cell, Kind, Rows};
use crate::{Error, Read, Result, Tx, convert};

/// What allows to read them.
pub trait OnHolidays: Action {}
impl OnHolidays for ViewHolidays {}
impl OnHolidays for ManageOrganization {}

/// An organization's holidays in a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HolidayList {
    /// The days.
    pub holidays: Holidays,
    /// Raised by every change; 0 = none were ever set.
    pub version: i64,
}

/// The organization's holidays. Who changes them has the organization's row locked.
///
/// # Errors
/// When the database fails.
pub async fn get<A: OnHolidays>(db: &impl Read, grant: &Grant<A>) -> Result<HolidayList> {
    let sql = "SELECT h.holidays, h.version FROM organization_holidays h \
               WHERE h.organization_id = $1";
    let row: Option<Row> = db.db().one(sql, [grant.organization_id().uuid().into()]).await?;
    let Some(row) = row else { return Ok(HolidayList::default()) };
    Ok(HolidayList { holidays: stored(Some(row.holidays))?, version: row.version })
}

/// Stores the organization's holidays, whose row the transaction has locked.
///
/// # Errors
/// When the database fails.
pub async fn save(
    tx: &mut Tx,
    grant: &Grant<ManageOrganization>,
    list: &HolidayList,
    now: Timestamp,
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("holidays", Kind::Json),
        ("version", Kind::Int),
        ("updated_at", Kind::Int),
    ]);
    rows.push([
        grant.organization_id().into(),
        Cell::Json(convert::json(&list.holidays.render())?.to_string()),
        list.version.into(),
        now.micros().into(),
    ]);
    let db = tx.db();
    let then = "ON CONFLICT (organization_id) DO UPDATE SET holidays = excluded.holidays, \
                version = excluded.version, updated_at = excluded.updated_at";
    db.insert(rows, "organization_holidays", then).await?;
    Ok(())
}

/// Stored holidays; none where nothing is stored.
pub(crate) fn stored(json: Option<Json>) -> Result<Holidays> {
    let Some(json) = json else { return Ok(Holidays::default()) };
    let inputs: Vec<HolidayInput> = convert::from_json(json)?;
    let mut faults = Faults::default();
    let holidays = Holidays::parse(&inputs, "", &mut faults);
    holidays.ok_or_else(|| Error::corrupt(format!("holidays: {faults}")))
}

#[derive(FromQueryResult)]
struct Row {
    holidays: Json,
    version: i64,
}
