//! The organization's holidays. Its rotations look again before the next lead.

use evenhand_domain::availability::{HolidayInput, Holidays};
use evenhand_domain::error::Error;
use evenhand_domain::permission::{Grant, ManageOrganization};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::holidays::{self, HolidayList};
use evenhand_persistence::{organizations, rotations};
use serde_json::json;

use crate::{Services, check_version};

/// Makes these, and no others, the organization's holidays.
///
/// # Errors
/// [`Error::PreconditionFailed`], unavailability.
pub async fn set(
    services: &Services,
    grant: &Grant<ManageOrganization>,
    holidays: Holidays,
    expected_version: Option<i64>,
) -> Result<HolidayList, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    organizations::lock(&mut tx, grant).await?;
    let before = holidays::get(&tx, grant).await?;
    check_version(expected_version, before.version)?;
    if before.holidays == holidays {
        return Ok(before);
    }
    let now = tx.now().await?;
    let after = HolidayList { holidays, version: before.version + 1 };
    let locked = rotations::lock_all(&mut tx, grant).await?;
    holidays::save(&mut tx, grant, &after, now).await?;
    rotations::look_again(&mut tx, &locked).await?;
    let (old, new) = (before.holidays.render(), after.holidays.render());
    let data = json!({"added": without(&new, &old), "removed": without(&old, &new)});
    let id = grant.organization_id().uuid();
    let event = Event::by(grant.actor(), "organization.holidays_changed", id, now, data);
    events::append(&mut tx, vec![event]).await?;
    tx.commit().await?;
    Ok(after)
}

/// Those of `some` that `others` has not.
fn without<'a>(some: &'a [HolidayInput], others: &[HolidayInput]) -> Vec<&'a HolidayInput> {
    some.iter().filter(|holiday| !others.contains(holiday)).collect()
}
