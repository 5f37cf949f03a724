//! How a field may be compared.

use std::fmt;

use super::field::FieldKind;

macro_rules! operators {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)+) => {
        /// How a field is compared with the value of a condition.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operator { $($(#[$doc])* $variant,)+ }

        impl Operator {
            /// Every operator.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word the API uses.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The operator that the API calls `text`.
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

operators! {
    /// The same.
    Eq = "eq",
    /// Not the same, or no value.
    Ne = "ne",
    /// One of several.
    In = "in",
    /// None of several, or no value.
    NotIn = "not_in",
    /// A text with this part, or a list with this label.
    Contains = "contains",
    /// A text that begins so.
    StartsWith = "starts_with",
    /// More, or later.
    Gt = "gt",
    /// As much or more, then or later.
    Gte = "gte",
    /// Less, or earlier.
    Lt = "lt",
    /// As much or less, then or earlier.
    Lte = "lte",
    /// From one value to another, both included.
    Between = "between",
    /// Has a value (`true`), or has none (`false`).
    Exists = "exists",
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FieldKind {
    /// The operators that fields of this kind have.
    #[must_use]
    pub const fn operators(self) -> &'static [Operator] {
        use Operator::{
            Between, Contains, Eq, Exists, Gt, Gte, In, Lt, Lte, Ne, NotIn, StartsWith,
        };
        match self {
            Self::Text => &[Eq, Ne, In, NotIn, Contains, StartsWith, Exists],
            Self::Choice => &[Eq, Ne, In, NotIn, Exists],
            Self::Labels => &[Contains, In, NotIn, Exists],
            Self::Number | Self::Date => &[Eq, Ne, In, NotIn, Gt, Gte, Lt, Lte, Between, Exists],
            Self::Money => &[Eq, Ne, Gt, Gte, Lt, Lte, Between, Exists],
            Self::Boolean => &[Eq, Ne, Exists],
            Self::Id => &[Eq, Ne, In, NotIn, Exists],
        }
    }
}
