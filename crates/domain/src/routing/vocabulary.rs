//! What the words of a condition are checked against.

use super::custom_field::{CustomField, CustomFields};
use crate::organization::Organization;

/// The organization's statuses and country, and its custom fields.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary<'a> {
    organization: Option<&'a Organization>,
    custom_fields: &'a CustomFields,
}

impl<'a> Vocabulary<'a> {
    /// For conditions that somebody writes.
    #[must_use]
    pub const fn new(organization: &'a Organization, custom_fields: &'a CustomFields) -> Self {
        Self { organization: Some(organization), custom_fields }
    }

    /// For conditions that were saved: their texts were checked then, and a status or an option
    /// taken away since must not make a rule unreadable.
    pub(super) const fn saved(custom_fields: &'a CustomFields) -> Self {
        Self { organization: None, custom_fields }
    }

    /// `None` when texts are taken as they are.
    pub(super) const fn organization(&self) -> Option<&'a Organization> {
        self.organization
    }

    pub(super) fn custom_field(&self, key: &str) -> Option<&'a CustomField> {
        self.custom_fields.get(key)
    }
}
