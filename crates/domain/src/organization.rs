//! The tenant: every record belongs to one, and nothing ever crosses.

mod lead_status;

use std::fmt;

use crate::calendar::Zone;
use crate::duplicate::DuplicateSettings;
use crate::ids::OrganizationId;
use crate::text::ValueFault;

pub use lead_status::{
    LeadStatus, LeadStatusChange, LeadStatusKind, MAX_STATUSES, NewLeadStatus, first_statuses,
};

/// An ISO 3166-1 alpha-2 country, e.g. `GB`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country(String);

impl Country {
    /// Reads two letters of the standard's list.
    ///
    /// # Errors
    /// `invalid_country`.
    pub fn parse(text: &str) -> Result<Self, ValueFault> {
        let code = text.trim().to_ascii_uppercase();
        if rust_iso3166::from_alpha2(&code).is_some() {
            Ok(Self(code))
        } else {
            Err(("invalid_country", "not an ISO 3166-1 alpha-2 country code".to_owned()))
        }
    }

    /// A code that was parsed before, as storage gives it back.
    #[must_use]
    pub fn stored(code: String) -> Self {
        Self(code)
    }

    /// The two capital letters.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An ISO 4217 alphabetic currency code, e.g. `GBP`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Currency(String);

impl Currency {
    /// Reads three letters of the standard's list.
    ///
    /// # Errors
    /// `invalid_currency`.
    pub fn parse(text: &str) -> Result<Self, ValueFault> {
        let code = text.trim().to_ascii_uppercase();
        if iso_currency::Currency::from_code(&code).is_some() {
            Ok(Self(code))
        } else {
            Err(("invalid_currency", "not an ISO 4217 currency code".to_owned()))
        }
    }

    /// A code that was parsed before, as storage gives it back.
    #[must_use]
    pub fn stored(code: String) -> Self {
        Self(code)
    }

    /// The three capital letters.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }
}

/// What every request needs to know of its organization. Raising `settings_version` with each
/// change, of the routing rules and custom fields as well, lets a transaction see that it decided by
/// an outdated copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Where its days and months begin.
    pub zone: Zone,
    /// The country of phone numbers written without one.
    pub country: Country,
    /// The currency of its reports.
    pub currency: Currency,
    /// The lead statuses, in order; the first is a new lead's.
    pub lead_statuses: Vec<LeadStatus>,
    /// What becomes of a lead whose person came before.
    pub duplicates: DuplicateSettings,
    /// Whether a person who adds a lead, and does not say whose it is to be, owns it.
    pub auto_assign_creator: bool,
    /// Whether leads may have users besides their owner who work on them.
    pub allow_multiple_assignees: bool,
    /// Raised by every change of the above, of the routing rules and of the custom fields.
    pub settings_version: i64,
}

impl Organization {
    /// The key of the status of a lead that came without one.
    #[must_use]
    pub fn first_status(&self) -> &str {
        self.lead_statuses.first().map_or(lead_status::FIRST, |status| status.key.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_and_currencies_are_those_of_the_standards() {
        for country in ["GB", "aq", "UM", "TF"] {
            assert!(Country::parse(country).is_ok(), "{country}");
        }
        for country in ["XX", "GBR", "", "🇬🇧"] {
            assert!(Country::parse(country).is_err(), "{country}");
        }
        assert_eq!(Currency::parse(" eur").unwrap().code(), "EUR");
        for currency in ["AAA", "BTC", "EURO", ""] {
            assert!(Currency::parse(currency).is_err(), "{currency}");
        }
    }
}
