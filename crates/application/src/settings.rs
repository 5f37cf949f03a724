//! What is set for the whole organization. Each change raises the version of the settings, by which
//! transactions that decided by a copy see that it is outdated.

use evenhand_distribution::ownership::remove_all_collaborators;
use evenhand_domain::calendar::Zone;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::duplicate::{DuplicatePolicy, DuplicateSettings, DuplicateWindow};
use evenhand_domain::error::{Error, Faults};
use evenhand_domain::organization::{Country, Currency, Organization};
use evenhand_domain::permission::{Grant, ManageOrganization};
use evenhand_domain::rotation::Moment;
use evenhand_domain::text::required_line;
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::{Tx, off_boardings, organizations, rotations};
use serde_json::{Value, json};

use crate::memberships::{impossible, record};
use crate::people::MAX_NAME;
use crate::{Services, check_version};

/// A change of an organization: what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct OrganizationChange {
    /// New name.
    pub name: Option<String>,
    /// New time zone.
    pub zone: Option<Zone>,
    /// New country of phone numbers written without one.
    pub country: Option<Country>,
    /// New currency of its reports.
    pub currency: Option<Currency>,
    /// What is new about duplicates.
    pub duplicates: DuplicateChange,
    /// Whether people own the leads that they add without saying whose they are to be.
    pub auto_assign_creator: Option<bool>,
    /// Whether leads may have users besides their owner who work on them.
    pub allow_multiple_assignees: Option<bool>,
}

/// A change of what is set about duplicates: what is `None` stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct DuplicateChange {
    /// What becomes of them.
    pub policy: Option<DuplicatePolicy>,
    /// Until when a lead is one.
    pub window: Option<DuplicateWindow>,
}

impl DuplicateChange {
    /// Reads the values of a request and notes every fault; absent ones stay.
    pub fn parse(policy: Option<&str>, days: Option<i64>, faults: &mut Faults) -> Option<Self> {
        let known = |text: &str| {
            let words: Vec<_> = DuplicatePolicy::ALL.iter().map(|policy| policy.as_str()).collect();
            let unknown = || ("invalid_value", format!("one of: {}", words.join(", ")));
            DuplicatePolicy::from_text(text).ok_or_else(unknown)
        };
        let policy = faults.keep("/duplicate_policy", policy.map(known).transpose());
        let window = days.map(DuplicateWindow::parse).transpose();
        let window = faults.keep("/duplicate_window_days", window);
        Some(Self { policy: policy?, window: window? })
    }

    fn of(self, before: DuplicateSettings) -> DuplicateSettings {
        DuplicateSettings {
            policy: self.policy.unwrap_or(before.policy),
            window: self.window.unwrap_or(before.window),
        }
    }
}

impl OrganizationChange {
    /// Reads the texts of a request and notes every fault; absent ones stay.
    pub fn parse(
        name: Option<&str>,
        time_zone: Option<&str>,
        country: Option<&str>,
        currency: Option<&str>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let zone = |text: &str| {
            text.parse().map_err(|_| ("invalid_time_zone", "not an IANA time zone".to_owned()))
        };
        let name = name.map(|text| required_line(text, MAX_NAME)).transpose();
        let name = faults.keep("/name", name);
        let zone = faults.keep("/time_zone", time_zone.map(zone).transpose());
        let country = faults.keep("/country", country.map(Country::parse).transpose());
        let currency = faults.keep("/currency", currency.map(Currency::parse).transpose());
        Some(Self {
            name: name?,
            zone: zone?,
            country: country?,
            currency: currency?,
            duplicates: DuplicateChange::default(),
            auto_assign_creator: None,
            allow_multiple_assignees: None,
        })
    }
}

/// Changes the organization. A new time zone is every rotation's from the next lead on, and an
/// entry of each one's ledger. Where leads are to have no collaborators any more, all there are are
/// removed: whoever adds one keeps the organization's row, which is locked here, so that none remains.
///
/// # Errors
/// [`Error::PreconditionFailed`], unavailability.
pub async fn change(
    services: &Services,
    grant: &Grant<ManageOrganization>,
    change: OrganizationChange,
    expected_version: Option<i64>,
) -> Result<Organization, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let before = organizations::locked(&mut tx, grant).await?;
    check_version(expected_version, before.settings_version)?;
    let mut after = before.clone();
    after.name = change.name.unwrap_or(after.name);
    after.zone = change.zone.unwrap_or(after.zone);
    after.country = change.country.unwrap_or(after.country);
    after.currency = change.currency.unwrap_or(after.currency);
    after.duplicates = change.duplicates.of(after.duplicates);
    after.auto_assign_creator = change.auto_assign_creator.unwrap_or(after.auto_assign_creator);
    let allows_several = &mut after.allow_multiple_assignees;
    *allows_several = change.allow_multiple_assignees.unwrap_or(*allows_several);
    if after == before {
        return Ok(after);
    }
    let now = tx.now().await?;
    if after.zone != before.zone {
        set_zone(&mut tx, grant, &after.zone, now).await?;
    }
    let mut data = json!({"before": data(&before), "after": data(&after)});
    if before.allow_multiple_assignees && !after.allow_multiple_assignees {
        let removed = remove_all_collaborators(&mut tx, grant).await?;
        off_boardings::forget_all_collaborations(&mut tx, grant).await?;
        data["collaborators_removed"] = removed.into();
    }
    store(&mut tx, grant, &mut after, "organization.changed", data).await?;
    tx.commit().await?;
    Ok(after)
}

/// Stores changed settings as their next version, and the event that tells of it.
pub(crate) async fn store(
    tx: &mut Tx,
    grant: &Grant<ManageOrganization>,
    changed: &mut Organization,
    kind: &'static str,
    data: Value,
) -> Result<(), Error> {
    changed.settings_version += 1;
    organizations::update(tx, changed).await?;
    let now = tx.now().await?;
    let event = Event::by(grant.actor(), kind, changed.id.uuid(), now, data);
    Ok(events::append(tx, vec![event]).await?)
}

/// Gives every rotation the zone. The local day of none goes back, however far west it is.
async fn set_zone(
    tx: &mut Tx,
    grant: &Grant<ManageOrganization>,
    zone: &Zone,
    now: Timestamp,
) -> Result<(), Error> {
    let moment = Moment { at: now, local_day: zone.local_day(now) };
    for mut rotation in rotations::lock_all(tx, grant).await? {
        let entry = rotation.state.set_zone(zone.name(), moment).map_err(impossible)?;
        if let Some(entry) = entry {
            rotations::save_settings(tx, &rotation).await?;
            record(tx, &mut rotation, vec![entry]).await?;
        }
    }
    Ok(())
}

fn data(organization: &Organization) -> Value {
    json!({
        "name": organization.name,
        "time_zone": organization.zone.name(),
        "country": organization.country.code(),
        "currency": organization.currency.code(),
        "duplicate_policy": organization.duplicates.policy.as_str(),
        "duplicate_window_days": organization.duplicates.window.days(),
        "auto_assign_creator": organization.auto_assign_creator,
        "allow_multiple_assignees": organization.allow_multiple_assignees,
    })
}
