//! `PATCH /v1/organization`.

use evenhand_application::settings::{self, DuplicateChange, OrganizationChange};
use evenhand_domain::error::Faults;
use evenhand_domain::permission::ManageOrganization;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::answer::ok_version;
use crate::body::{Body, present};
use crate::etag::IfMatch;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::routes::organization_view::OrganizationView;
use crate::state::State;

/// A change of the organization (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"time_zone": "Europe/Dublin", "currency": "EUR"}))]
pub(crate) struct ChangeOrganization {
    /// Its name.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    name: Option<Option<String>>,
    /// Where its days and months begin: an IANA time zone.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    time_zone: Option<Option<String>>,
    /// The country of phone numbers written without one: ISO 3166-1 alpha-2.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    country: Option<Option<String>>,
    /// The currency of its reports: ISO 4217.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    currency: Option<Option<String>>,
    /// What becomes of a lead with the e-mail address or the phone number of a recent one:
    /// `assign_to_previous_owner`, `flag`, `reject` or `off`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    duplicate_policy: Option<Option<String>>,
    /// How long a lead is recent: so many times 24 hours.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = u16, required = false, minimum = 1, maximum = 3650)]
    duplicate_window_days: Option<Option<i64>>,
    /// Whether a person who adds a lead, and does not say in `assignment` whose it is to be, owns
    /// it. Leads that integrations add are routed all the same.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    auto_assign_creator: Option<Option<bool>>,
    /// Whether leads may have collaborators besides their owner. Switching it off removes all there
    /// are, each with a line in the lead's timeline.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    allow_multiple_assignees: Option<Option<bool>>,
}

impl ChangeOrganization {
    fn parse(self, faults: &mut Faults) -> Option<OrganizationChange> {
        let mut is_null = false;
        let mut text = |pointer, value: Option<Option<String>>| {
            let value = value.map(|value| fields::required(faults, pointer, value));
            is_null |= value == Some(None);
            value.flatten()
        };
        let name = text("/name", self.name);
        let time_zone = text("/time_zone", self.time_zone);
        let country = text("/country", self.country);
        let currency = text("/currency", self.currency);
        let policy = text("/duplicate_policy", self.duplicate_policy);
        let days = self.duplicate_window_days;
        let days = days.map(|days| fields::required(faults, "/duplicate_window_days", days));
        is_null |= days == Some(None);
        let duplicates = DuplicateChange::parse(policy.as_deref(), days.flatten(), faults);
        let change = OrganizationChange::parse(
            name.as_deref(),
            time_zone.as_deref(),
            country.as_deref(),
            currency.as_deref(),
            faults,
        );
        let auto_assign_creator = match self.auto_assign_creator {
            None => None,
            Some(value) => Some(fields::required(faults, "/auto_assign_creator", value)?),
        };
        let allow_multiple_assignees = match self.allow_multiple_assignees {
            None => None,
            Some(value) => Some(fields::required(faults, "/allow_multiple_assignees", value)?),
        };
        let duplicates = duplicates?;
        let change = OrganizationChange {
            duplicates,
            auto_assign_creator,
            allow_multiple_assignees,
            ..change?
        };
        (!is_null).then_some(change)
    }
}

/// Change the organization.
///
/// A JSON merge patch: what is absent stays. A new time zone holds for every rotation from the next
/// lead on; a local day that has begun is not begun again, however far west the new zone lies.
/// Switching `allow_multiple_assignees` off removes every collaborator of every lead before it is
/// answered.
#[utoipa::path(
    patch, path = "/v1/organization", tag = "organization",
    responses((status = 200, description = "The organization as it is now.", body = OrganizationView)),
)]
pub(crate) async fn change_organization(
    Authorized(grant): Authorized<ManageOrganization>,
    state: State,
    expected: IfMatch,
    body: Body<ChangeOrganization>,
) -> Answer {
    let change = body.read().await?.content.check(ChangeOrganization::parse)?;
    let organization =
        settings::change(&state.services, &grant, change, expected.version()).await?;
    ok_version(organization.settings_version, &OrganizationView::from(&organization))
}
