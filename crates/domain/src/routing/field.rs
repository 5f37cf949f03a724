//! What of a lead a condition may look at.

use std::borrow::Cow;
use std::fmt;

/// What kind of value a field has: it says which operators there are, and how their values are
/// written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// Any text.
    Text,
    /// One word of a fixed list.
    Choice,
    /// Several texts, each compared as a whole.
    Labels,
    /// A number.
    Number,
    /// An amount in a currency.
    Money,
    /// A calendar day, `2026-11-21`.
    Date,
    /// True or false.
    Boolean,
    /// A record's id.
    Id,
}

macro_rules! lead_fields {
    ($($(#[$doc:meta])* $variant:ident = $text:literal $kind:ident,)+) => {
        /// A field that every lead may have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum LeadField { $($(#[$doc])* $variant,)+ }

        impl LeadField {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in conditions.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The kind of its values.
            #[must_use]
            pub const fn kind(self) -> FieldKind {
                match self { $(Self::$variant => FieldKind::$kind,)+ }
            }

            /// The field of that name.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

lead_fields! {
    /// First name.
    FirstName = "first_name" Text,
    /// Last name.
    LastName = "last_name" Text,
    /// E-mail address, normalised.
    Email = "email" Text,
    /// What follows the last `@` of the e-mail address.
    EmailDomain = "email_domain" Text,
    /// Phone number in E.164.
    Phone = "phone" Text,
    /// Company.
    Company = "company" Text,
    /// Where it came from.
    Source = "source" Text,
    /// What it is interested in.
    Product = "product" Text,
    /// What it may be worth.
    Value = "value" Money,
    /// Its country's two letters.
    Country = "country" Choice,
    /// The source's own id of it.
    ExternalId = "external_id" Text,
    /// Its status.
    Status = "status" Choice,
    /// Its tags.
    Tags = "tags" Labels,
    /// Whether a `user` or an `api_key` enters it.
    CreatorType = "creator_type" Choice,
    /// The id of the user or the API key that enters it.
    CreatorId = "creator_id" Id,
}

impl fmt::Display for LeadField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What stands before a custom field's key; the key is all that follows, dots included.
pub(super) const CUSTOM_PREFIX: &str = "custom_fields.";

/// A field of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    Lead(LeadField),
    Custom { key: String, kind: FieldKind },
}

impl Field {
    pub(super) const fn kind(&self) -> FieldKind {
        match self {
            Self::Lead(field) => field.kind(),
            Self::Custom { kind, .. } => *kind,
        }
    }

    pub(super) fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Lead(field) => Cow::Borrowed(field.as_str()),
            Self::Custom { key, .. } => Cow::Owned(format!("{CUSTOM_PREFIX}{key}")),
        }
    }
}
