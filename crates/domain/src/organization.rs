//! The tenant: every record belongs to one, and nothing ever crosses.

use std::fmt;

use crate::calendar::Zone;
use crate::ids::OrganizationId;
use crate::text::ValueFault;

/// An ISO 3166-1 alpha-2 country, e.g. `GB`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country(String);

impl Country {
    /// Reads two letters of a country that has phone numbers.
    ///
    /// # Errors
    /// `invalid_country`.
    pub fn parse(text: &str) -> Result<Self, ValueFault> {
        let code = text.trim().to_ascii_uppercase();
        let known = code.len() == 2 && code.parse::<phonenumber::country::Id>().is_ok();
        if known {
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

/// An ISO 4217 alphabetic currency code, e.g. `GBP`: three letters, not checked against the list,
/// which changes faster than software does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Currency(String);

impl Currency {
    /// Reads three letters.
    ///
    /// # Errors
    /// `invalid_currency`.
    pub fn parse(text: &str) -> Result<Self, ValueFault> {
        let code = text.trim().to_ascii_uppercase();
        if code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()) {
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

/// The statuses a new organization starts with, in order.
pub const FIRST_STATUSES: [&str; 5] = ["new", "contacted", "qualified", "won", "lost"];

/// What every request needs to know of its organization. Raising `settings_version` with each
/// change lets a transaction see that it decided by an outdated copy.
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
    /// Keys of the lead statuses, in order; the first is a new lead's.
    pub lead_statuses: Vec<String>,
    /// Raised by every change of the above.
    pub settings_version: i64,
}

impl Organization {
    /// The status of a lead that came without one.
    #[must_use]
    pub fn first_status(&self) -> &str {
        self.lead_statuses.first().map_or(FIRST_STATUSES[0], String::as_str)
    }
}
