//! What a condition finds.

use std::fmt;

macro_rules! verdicts {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)+) => {
        /// What a condition finds of a lead. The words are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Verdict { $($(#[$doc])* $variant,)+ }

        impl Verdict {
            /// Every verdict.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word the API uses.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

verdicts! {
    /// The condition holds.
    Matched = "matched",
    /// The lead has no value there.
    ValueMissing = "value_missing",
    /// The lead has a value where it must have none.
    ValuePresent = "value_present",
    /// The custom field's value is not of the kind that its definition says.
    WrongType = "wrong_type",
    /// The amounts are of two currencies, and money compares within one only.
    OtherCurrency = "other_currency",
    /// Another value than the one wanted.
    NotEqual = "not_equal",
    /// The very value that it must not be.
    Equal = "equal",
    /// None of the values listed.
    NotListed = "not_listed",
    /// One of the values that it must not be.
    Listed = "listed",
    /// The wanted text or label is not in it.
    NotContained = "not_contained",
    /// It begins otherwise.
    OtherStart = "other_start",
    /// Below what is wanted.
    TooLow = "too_low",
    /// Above what is wanted.
    TooHigh = "too_high",
    /// Of an `all`: not every condition in it holds.
    NotAllMatched = "not_all_matched",
    /// Of an `any`: no condition in it holds.
    NoneMatched = "none_matched",
}

impl Verdict {
    /// Whether the condition holds.
    #[must_use]
    pub const fn is_match(self) -> bool {
        matches!(self, Self::Matched)
    }

    /// Matched, or else `otherwise`.
    pub(super) const fn when(matched: bool, otherwise: Self) -> Self {
        if matched { Self::Matched } else { otherwise }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
