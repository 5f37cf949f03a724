//! Texts compared without regard to case.

use std::cmp::Ordering;

use super::comparison::Scale;

/// A text of a rule, with its form for comparing made once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    given: String,
    folded: String,
}

impl Text {
    pub(super) fn new(given: impl Into<String>) -> Self {
        let given = given.into();
        let folded = fold(&given).collect();
        Self { given, folded }
    }

    /// As it was written.
    pub(super) fn given(&self) -> &str {
        &self.given
    }

    /// Whether `text` is the same but for case.
    pub(super) fn is(&self, text: &str) -> bool {
        fold(text).eq(self.folded.chars())
    }

    /// Whether `text` begins with this.
    pub(super) fn begins(&self, text: &str) -> bool {
        let mut characters = fold(text);
        self.folded.chars().all(|wanted| characters.next() == Some(wanted))
    }

    /// Whether this is a part of `text`. The one comparison that copies the text: searching in the
    /// copy takes time in proportion to its length, whatever the text, and texts come from outside.
    pub(super) fn is_within(&self, text: &str) -> bool {
        fold(text).collect::<String>().contains(&self.folded)
    }
}

impl Scale<str> for Text {
    fn place(&self, text: &str) -> Option<Ordering> {
        Some(fold(text).cmp(self.folded.chars()))
    }
}

impl Scale<Self> for Text {
    fn place(&self, value: &Self) -> Option<Ordering> {
        Some(value.folded.cmp(&self.folded))
    }
}

/// Lower case, character by character: unlike `str::to_lowercase` it does not depend on what
/// surrounds a sigma, so that a part of a word is a part of the whole.
pub(super) fn fold(text: &str) -> impl Iterator<Item = char> {
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.map(|character| if character == 'ς' { 'σ' } else { character })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_count_and_nothing_else_is_equated() {
        for (rule, text) in
            [("Web", "wEB"), ("ΟΔΟΣ", "οδος"), ("İ", "i\u{307}"), ("ÉCOLE", "école")]
        {
            assert!(Text::new(rule).is(text), "{rule} {text}");
            assert!(Text::new(text).is(rule), "{text} {rule}");
        }
        for (rule, text) in
            [("web", "webs"), ("e", "é"), ("é", "e\u{301}"), ("ß", "ss"), ("I", "ı")]
        {
            assert!(!Text::new(rule).is(text), "{rule} {text}");
        }
    }

    #[test]
    fn parts_and_beginnings() {
        assert!(Text::new("ΟΔΟΣ").is_within("η Οδοσαμα"));
        assert!(Text::new("acme").is_within("The ACME Ltd"));
        assert!(!Text::new("acme").is_within("ac me"));
        assert!(Text::new("ÀB").begins("àbc"));
        assert!(!Text::new("abc").begins("ab"));
    }
}
