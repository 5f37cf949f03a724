//! E-mail addresses and phone numbers: kept as given, compared normalised.

use email_address::{EmailAddress, Options};
use phonenumber::Mode;

use crate::organization::Country;
use crate::text::{ValueFault, required_line};

/// An e-mail address as given and the key by which two of them are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    given: String,
    key: String,
}

impl Email {
    /// The longest address that mail can be sent to (RFC 5321 §4.5.3.1.3).
    pub const MAX: usize = 254;

    /// Reads `name@domain.tld`; no display name, no address literal.
    ///
    /// # Errors
    /// `invalid_email`, `too_long`, `required`, `forbidden_character`.
    pub fn parse(text: &str) -> Result<Self, ValueFault> {
        let given = required_line(text, Self::MAX)?;
        let options =
            Options::default().with_required_tld().without_domain_literal().without_display_text();
        EmailAddress::parse_with_options(&given, options)
            .map_err(|_| ("invalid_email", "not an e-mail address".to_owned()))?;
        let key = given.to_lowercase();
        Ok(Self { given, key })
    }

    /// An address that was parsed before, as storage gives it back.
    #[must_use]
    pub const fn stored(given: String, key: String) -> Self {
        Self { given, key }
    }

    /// As given, without surrounding blanks.
    #[must_use]
    pub fn given(&self) -> &str {
        &self.given
    }

    /// Lower-cased: two addresses with one key are the same person's.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// A phone number as given and in E.164 (`+442079460018`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    given: String,
    e164: String,
}

impl Phone {
    /// Long enough for every way of writing a number with an extension.
    pub const MAX: usize = 40;

    /// Reads a number; one without a country code is read as one of `country`.
    ///
    /// # Errors
    /// `invalid_phone`, `too_long`, `required`, `forbidden_character`.
    pub fn parse(text: &str, country: &Country) -> Result<Self, ValueFault> {
        let given = required_line(text, Self::MAX)?;
        let invalid =
            || ("invalid_phone", format!("not a phone number that can be dialled from {country}"));
        // A country without phone numbers of its own (Antarctica) still dials abroad.
        let region = country.code().parse().ok();
        let number = phonenumber::parse(region, &given).map_err(|_| invalid())?;
        if !phonenumber::is_viable(&given) || !number.is_valid() {
            return Err(invalid());
        }
        let e164 = number.format().mode(Mode::E164).to_string();
        Ok(Self { given, e164 })
    }

    /// A number that was parsed before, as storage gives it back.
    #[must_use]
    pub const fn stored(given: String, e164: String) -> Self {
        Self { given, e164 }
    }

    /// As given, without surrounding blanks.
    #[must_use]
    pub fn given(&self) -> &str {
        &self.given
    }

    /// E.164: two numbers with one E.164 form are the same line.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.e164
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(code: &str) -> Country {
        Country::parse(code).unwrap()
    }

    #[test]
    fn an_email_is_kept_as_given_and_compared_in_lower_case() {
        let email = Email::parse(" Ann.Lee@Example.COM ").unwrap();
        assert_eq!((email.given(), email.key()), ("Ann.Lee@Example.COM", "ann.lee@example.com"));
        for wrong in
            ["ann", "ann@", "ann@localhost", "Ann <ann@example.com>", "a@b@c.de", "a\u{0}@b.de"]
        {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_without_a_country_code_belongs_to_the_given_country() {
        let british = Phone::parse("020 7946 0018", &country("GB")).unwrap();
        assert_eq!(british.e164(), "+442079460018");
        let foreign = Phone::parse("+49 30 901820", &country("GB")).unwrap();
        assert_eq!(foreign.e164(), "+4930901820");
        for wrong in ["12", "hello", "+44", "00000000000"] {
            assert!(Phone::parse(wrong, &country("GB")).is_err(), "{wrong}");
        }
    }
}
