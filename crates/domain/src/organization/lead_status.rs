//! Lead statuses: the steps that leads of an organization go through.

use serde::{Deserialize, Serialize};

use super::Organization;
use crate::error::{Conflict, Error};
use crate::text::{self, ValueFault};

/// The most statuses of one organization: they are read with every request.
pub const MAX_STATUSES: usize = 50;

/// The longest key, in characters.
const MAX_KEY: usize = 40;

/// The longest name, in characters.
const MAX_NAME: usize = 100;

/// The status of leads where there is none: never, for one is always left.
pub(super) const FIRST: &str = "new";

/// A step that leads of the organization are in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadStatus {
    /// What leads and requests call it; never changes.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// How far leads in it have come.
    pub kind: LeadStatusKind,
}

/// How far leads in a status have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadStatusKind {
    /// They are still being worked on.
    Open,
    /// They have become customers.
    Won,
    /// They never will.
    Lost,
}

impl LeadStatusKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Open, Self::Won, Self::Lost];

    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl LeadStatus {
    /// Whether leads in it are still being worked on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.kind == LeadStatusKind::Open
    }
}

/// The statuses a new organization starts with, in order (api.md, "Lead").
#[must_use]
pub fn first_statuses() -> Vec<LeadStatus> {
    let status = |key: &str, name: &str, kind| LeadStatus {
        key: key.to_owned(),
        name: name.to_owned(),
        kind,
    };
    vec![
        status(FIRST, "New", LeadStatusKind::Open),
        status("contacted", "Contacted", LeadStatusKind::Open),
        status("qualified", "Qualified", LeadStatusKind::Open),
        status("won", "Won", LeadStatusKind::Won),
        status("lost", "Lost", LeadStatusKind::Lost),
    ]
}

/// A status to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLeadStatus {
    /// The status.
    pub status: LeadStatus,
    /// From 1; at the end when absent.
    pub position: Option<usize>,
}

/// A change of a status: what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeadStatusChange {
    /// New name.
    pub name: Option<String>,
    /// New kind.
    pub kind: Option<LeadStatusKind>,
    /// New place, from 1.
    pub position: Option<usize>,
}

impl LeadStatus {
    /// Reads a key: lower-case letters, digits and underscores, a letter first.
    ///
    /// # Errors
    /// `required`, `too_long`, `invalid_value`.
    pub fn parse_key(key: &str) -> Result<String, ValueFault> {
        let key = text::required_line(key, MAX_KEY)?;
        let begins = key.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let sane = |byte: u8| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if begins && key.bytes().all(sane) {
            Ok(key)
        } else {
            let detail = "lower-case letters, digits and underscores, a letter first";
            Err(("invalid_value", detail.to_owned()))
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// `required`, `too_long`, `forbidden_character`.
    pub fn parse_name(name: &str) -> Result<String, ValueFault> {
        text::required_line(name, MAX_NAME)
    }
}

impl Organization {
    /// The status of this key.
    #[must_use]
    pub fn status(&self, key: &str) -> Option<&LeadStatus> {
        self.lead_statuses.iter().find(|status| status.key == key)
    }

    /// The place of the status of this key, from 1.
    #[must_use]
    pub fn status_position(&self, key: &str) -> Option<usize> {
        self.lead_statuses.iter().position(|status| status.key == key).map(|index| index + 1)
    }

    /// The keys of all statuses, in order.
    pub fn status_keys(&self) -> impl Iterator<Item = &str> {
        self.lead_statuses.iter().map(|status| status.key.as_str())
    }

    /// The keys of the statuses whose leads are still being worked on, in order.
    pub fn open_status_keys(&self) -> impl Iterator<Item = &str> {
        self.lead_statuses
            .iter()
            .filter(|status| status.is_open())
            .map(|status| status.key.as_str())
    }

    /// The status of this key, or words that say which there are.
    ///
    /// # Errors
    /// `unknown_status`.
    pub fn known_status(&self, key: &str) -> Result<&LeadStatus, ValueFault> {
        self.status(key).ok_or_else(|| {
            let keys: Vec<&str> = self.status_keys().collect();
            ("unknown_status", format!("the statuses are: {}", keys.join(", ")))
        })
    }

    /// Adds a status.
    ///
    /// # Errors
    /// [`Conflict::StatusKeyTaken`], [`Conflict::TooManyStatuses`]; `too_large` for a place
    /// beyond the end.
    pub fn add_status(&mut self, new: NewLeadStatus) -> Result<(), Error> {
        if self.status(&new.status.key).is_some() {
            return Err(Error::Conflict(Conflict::StatusKeyTaken));
        }
        if self.lead_statuses.len() >= MAX_STATUSES {
            return Err(Error::Conflict(Conflict::TooManyStatuses));
        }
        let last = self.lead_statuses.len() + 1;
        let index = index(new.position.unwrap_or(last), last)?;
        self.lead_statuses.insert(index, new.status);
        Ok(())
    }

    /// Changes a status.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Conflict::LastOpenStatus`]; `too_large` for a place beyond the end.
    pub fn change_status(&mut self, key: &str, change: LeadStatusChange) -> Result<(), Error> {
        let place = self.status_position(key).ok_or(Error::NotFound("lead status"))?;
        let last = self.lead_statuses.len();
        let to = index(change.position.unwrap_or(place), last)?;
        let mut status = self.lead_statuses.remove(place - 1);
        status.name = change.name.unwrap_or(status.name);
        status.kind = change.kind.unwrap_or(status.kind);
        self.lead_statuses.insert(to, status);
        self.require_open()
    }

    /// Takes a status out. That no lead is in it is for the caller to know.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Conflict::LastOpenStatus`].
    pub fn remove_status(&mut self, key: &str) -> Result<LeadStatus, Error> {
        let place = self.status_position(key).ok_or(Error::NotFound("lead status"))?;
        let status = self.lead_statuses.remove(place - 1);
        self.require_open()?;
        Ok(status)
    }

    /// New leads are to have somewhere to be worked on.
    fn require_open(&self) -> Result<(), Error> {
        match self.open_status_keys().next() {
            Some(_) => Ok(()),
            None => Err(Error::Conflict(Conflict::LastOpenStatus)),
        }
    }
}

/// The index of a place from 1 to `last`.
fn index(position: usize, last: usize) -> Result<usize, Error> {
    match position.checked_sub(1) {
        Some(index) if position <= last => Ok(index),
        _ => Err(Error::invalid("/position", "too_large", format!("a place from 1 to {last}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::{Country, Currency};

    fn acme() -> Organization {
        Organization {
            id: uuid::Uuid::nil().into(),
            name: "Acme".to_owned(),
            zone: "Europe/London".parse().unwrap(),
            country: Country::parse("GB").unwrap(),
            currency: Currency::parse("GBP").unwrap(),
            lead_statuses: first_statuses(),
            duplicates: crate::duplicate::DuplicateSettings::default(),
            auto_assign_creator: false,
            allow_multiple_assignees: false,
            settings_version: 1,
        }
    }

    fn status(key: &str) -> LeadStatus {
        LeadStatus { key: key.to_owned(), name: key.to_owned(), kind: LeadStatusKind::Open }
    }

    #[test]
    fn statuses_come_go_and_move() {
        let mut acme = acme();
        acme.add_status(NewLeadStatus { status: status("called"), position: Some(2) }).unwrap();
        acme.add_status(NewLeadStatus { status: status("later"), position: None }).unwrap();
        let first = LeadStatusChange { position: Some(1), ..Default::default() };
        acme.change_status("later", first).unwrap();
        acme.remove_status("new").unwrap();
        let keys: Vec<_> = acme.status_keys().collect();
        assert_eq!(keys, ["later", "called", "contacted", "qualified", "won", "lost"]);
        assert_eq!(acme.first_status(), "later");
        let beyond = LeadStatusChange { position: Some(7), ..Default::default() };
        assert!(matches!(acme.change_status("later", beyond), Err(Error::Invalid(_))));
    }

    #[test]
    fn an_open_status_is_always_left() {
        let mut acme = acme();
        let closed = LeadStatusChange { kind: Some(LeadStatusKind::Lost), ..Default::default() };
        acme.change_status("contacted", closed.clone()).unwrap();
        acme.remove_status("qualified").unwrap();
        let last = acme.change_status("new", closed);
        assert!(matches!(last, Err(Error::Conflict(Conflict::LastOpenStatus))));
    }

    #[test]
    fn keys_are_unique_bounded_and_snake_case() {
        let mut acme = acme();
        let again = acme.add_status(NewLeadStatus { status: status("won"), position: None });
        assert!(matches!(again, Err(Error::Conflict(Conflict::StatusKeyTaken))));
        for number in 5..MAX_STATUSES {
            let status = status(&format!("status_{number}"));
            acme.add_status(NewLeadStatus { status, position: None }).unwrap();
        }
        let full = acme.add_status(NewLeadStatus { status: status("more"), position: None });
        assert!(matches!(full, Err(Error::Conflict(Conflict::TooManyStatuses))));
        assert!(LeadStatus::parse_key("follow_up_2").is_ok());
        for odd in ["", "2nd", "_x", "New", "a-b", "\u{e9}", &"x".repeat(41)] {
            assert!(LeadStatus::parse_key(odd).is_err(), "{odd}");
        }
    }
}
