//! The organization as the API shows it to its people.

use evenhand_domain::duplicate::DuplicateSettings;
use evenhand_domain::organization::Organization;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organization, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e00",
    "name": "Acme",
    "time_zone": "Europe/London",
    "country": "GB",
    "currency": "GBP",
    "duplicate_policy": "assign_to_previous_owner",
    "duplicate_window_days": 30,
    "auto_assign_creator": false,
    "allow_multiple_assignees": false,
    "version": 1,
}))]
pub(crate) struct OrganizationView {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// Where its days and months begin: an IANA time zone.
    time_zone: String,
    /// The country of phone numbers written without one: ISO 3166-1 alpha-2.
    country: String,
    /// The currency of its reports: ISO 4217.
    currency: String,
    /// What becomes of a lead with the e-mail address or the phone number of a recent one:
    /// `assign_to_previous_owner` (its owner gets it, if active and the request names no other; where
    /// that one waits to be dealt, it waits with it and goes to whoever gets it),
    /// `flag` (it is linked, and else like any other), `reject` (409), `off` (not looked for).
    duplicate_policy: &'static str,
    /// How long a lead is recent: so many times 24 hours.
    duplicate_window_days: u16,
    /// Whether a person who adds a lead, and does not say whose it is to be, owns it.
    auto_assign_creator: bool,
    /// Whether leads may have collaborators besides their owner.
    allow_multiple_assignees: bool,
    /// Raised by every change of its settings, of lead statuses, routing rules and custom fields.
    version: i64,
}

impl From<&Organization> for OrganizationView {
    fn from(organization: &Organization) -> Self {
        // The statuses have operations of their own.
        let Organization {
            id,
            name,
            zone,
            country,
            currency,
            lead_statuses: _,
            duplicates: DuplicateSettings { policy, window },
            auto_assign_creator,
            allow_multiple_assignees,
            settings_version,
        } = organization;
        Self {
            id: id.uuid(),
            name: name.clone(),
            time_zone: zone.name().to_owned(),
            country: country.code().to_owned(),
            currency: currency.code().to_owned(),
            duplicate_policy: policy.as_str(),
            duplicate_window_days: window.days(),
            auto_assign_creator: *auto_assign_creator,
            allow_multiple_assignees: *allow_multiple_assignees,
            version: *settings_version,
        }
    }
}
