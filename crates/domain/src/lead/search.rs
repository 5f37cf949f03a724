//! Finding leads by what people remember of them: part of a name, an e-mail address, a company, a
//! phone number however it is written.
//!
//! A lead's searchable text is made by [`SearchedFields::text`]; what somebody types is read by
//! [`LeadSearch::parse`] into terms, each of which has to occur in that text. Both are folded the same
//! way. How they are found by an index is `grams`.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use crate::contact::Phone;
use crate::organization::Country;
use crate::text::{ValueFault, line};

/// The longest search, in characters.
pub const MAX_SEARCH: usize = 100;

/// The most terms of a search.
pub const MAX_TERMS: usize = 8;

/// Terms of fewer letters and digits are looked for at the beginning of words alone.
const ANYWHERE_FROM: usize = 3;

/// Of a number that begins with zeros, what is behind them has to be as long as this for them to be
/// taken as a way of dialling.
const DIALLED_FROM: usize = 3;

/// What of a lead is searched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SearchedFields<'a> {
    /// First name.
    pub first_name: Option<&'a str>,
    /// Last name.
    pub last_name: Option<&'a str>,
    /// Company.
    pub company: Option<&'a str>,
    /// E-mail address.
    pub email: Option<&'a str>,
    /// Phone number in E.164.
    pub phone: Option<&'a str>,
}

impl SearchedFields<'_> {
    /// The text that is searched: its words, folded, with a blank before and behind each. Empty where
    /// there is nothing to find.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { first_name, last_name, company, email, phone } = *self;
        let phone = phone.map(digits);
        let fields = [first_name, last_name, company, email, phone.as_deref()];
        let mut text = String::new();
        for field in fields.into_iter().flatten() {
            for word in fold(field).split_whitespace() {
                text.push(' ');
                text.push_str(word);
            }
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text
    }
}

/// What somebody looks for: every term has to occur.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadSearch {
    terms: Vec<String>,
}

impl LeadSearch {
    /// Reads what was typed. Words of digits and of what numbers are punctuated with are one phone
    /// number, where they stand side by side: read as `country` would dial it or, where it is none
    /// that can be dialled, by its digits without the zeros before them.
    ///
    /// # Errors
    /// `too_short` without a word of two letters or digits, `too_many` beyond [`MAX_TERMS`],
    /// `too_long`, `forbidden_character`.
    pub fn parse(text: &str, country: &Country) -> Result<Self, ValueFault> {
        let text = line(text, MAX_SEARCH)?.unwrap_or_default();
        let words = numbers_joined(&text);
        let terms = words.iter().map(|word| match is_number(word) {
            true => number(word, country),
            false => fold(word).split_whitespace().collect(),
        });
        let mut terms: Vec<String> = terms.filter(|term| letters(term) > 0).collect();
        if terms.iter().all(|term| letters(term) < 2) {
            return Err(("too_short", "a word of at least two letters or digits".to_owned()));
        }
        if terms.len() > MAX_TERMS {
            return Err(("too_many", format!("at most {MAX_TERMS} words")));
        }
        for term in &mut terms {
            if letters(term) < ANYWHERE_FROM {
                term.insert(0, ' ');
            }
        }
        Ok(Self { terms })
    }

    /// The terms, each to occur in [`SearchedFields::text`] as it is: one that is to begin a word
    /// begins with a blank.
    #[must_use]
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// The grams of all terms: a text in which they occur has every one of them. Never empty.
    #[must_use]
    pub fn grams(&self) -> BTreeSet<[char; 3]> {
        self.terms.iter().flat_map(|term| grams(term)).collect()
    }
}

/// Every three characters that stand side by side within a word, or at its beginning with the blank
/// before it: what an index finds texts by.
#[must_use]
pub fn grams(text: &str) -> BTreeSet<[char; 3]> {
    let characters: Vec<char> = text.chars().collect();
    let all = characters.windows(3).filter_map(|three| <[char; 3]>::try_from(three).ok());
    all.filter(|[_, second, third]| *second != ' ' && *third != ' ').collect()
}

/// Lower case, without diacritics, compatible forms as one.
fn fold(text: &str) -> String {
    let bare = text.nfkd().filter(|character| !is_diacritic(*character));
    let lower = bare.flat_map(char::to_lowercase);
    // Some letters are lowered to a letter with a mark.
    let lower = lower.filter(|character| !is_diacritic(*character));
    lower.flat_map(|character| spelt(character).chars().chain(own(character))).nfc().collect()
}

/// Marks above, below and through letters, and the points of Hebrew and Arabic. The vowel signs and
/// voicing marks of other scripts make another letter and stay.
fn is_diacritic(character: char) -> bool {
    matches!(canonical_combining_class(character), 1 | 10..=36 | 200..=240)
}

/// Letters that people write without their stroke, but that do not consist of letter and mark.
const fn spelt(letter: char) -> &'static str {
    match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        _ => "",
    }
}

/// The letter itself where [`spelt`] has nothing to say of it.
fn own(letter: char) -> Option<char> {
    spelt(letter).is_empty().then_some(letter)
}

fn letters(term: &str) -> usize {
    term.chars().filter(|character| character.is_alphanumeric()).count()
}

/// The words of a text, with those of digits side by side as one.
fn numbers_joined(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(last) if is_number(last) && is_number(word) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// Digits, with what phone numbers are punctuated with.
fn is_number(word: &str) -> bool {
    word.chars().any(|character| character.is_ascii_digit())
        && word.chars().all(|character| {
            character.is_ascii_digit()
                || matches!(character, '+' | '-' | '(' | ')' | '/' | '.' | ' ')
        })
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

fn number(word: &str, country: &Country) -> String {
    if let Ok(phone) = Phone::parse(word, country) {
        return digits(phone.e164());
    }
    let all = digits(word);
    let dialled = all.trim_start_matches('0');
    if dialled.len() >= DIALLED_FROM { dialled.to_owned() } else { all }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gb() -> Country {
        Country::parse("GB").unwrap()
    }

    fn terms(text: &str) -> Vec<String> {
        LeadSearch::parse(text, &gb()).unwrap().terms
    }

    fn refused(text: &str) -> &'static str {
        LeadSearch::parse(text, &gb()).unwrap_err().0
    }

    fn finds(typed: &str, text: &str) -> bool {
        let search = LeadSearch::parse(typed, &gb()).unwrap();
        let found = search.terms().iter().all(|term| text.contains(term.as_str()));
        if found {
            assert!(search.grams().is_subset(&grams(text)), "{typed} in {text}");
            assert!(!search.grams().is_empty());
        }
        found
    }

    #[test]
    fn the_text_is_the_folded_words_between_blanks() {
        let fields = SearchedFields {
            first_name: Some("Zoë  Ánna"),
            last_name: Some("O\u{2019}Brien-Łukasz"),
            company: Some("Groß & Søn"),
            email: Some("Zoe@Example.COM"),
            phone: Some("+442079460018"),
        };
        assert_eq!(
            fields.text(),
            " zoe anna o\u{2019}brien-lukasz gross & son zoe@example.com 442079460018 "
        );
        assert_eq!(SearchedFields::default().text(), "");
        let folded = ["ﬁsh", "ÅNGSTRÖM", "İstanbul", "ЙОД", "김", "が", "शि"].map(fold);
        assert_eq!(folded, ["fish", "angstrom", "istanbul", "иод", "김", "が", "शि"]);
    }

    #[test]
    fn every_way_of_writing_a_number_finds_it() {
        let text = SearchedFields { phone: Some("+442079460018"), ..SearchedFields::default() };
        let text = text.text();
        for typed in [
            "020 7946 0018",
            "(020) 7946-0018",
            "+44 20 7946 0018",
            "0044 20 7946 0018",
            "02079460018",
            "7946 0018",
            "7946",
            "0207946",
            "+44 (0)20 7946 0018",
        ] {
            assert!(finds(typed, &text), "{typed}: {:?}", terms(typed));
        }
        for typed in ["020 7946 0019", "0018 7946"] {
            assert!(!finds(typed, &text), "{typed}");
        }
        assert_eq!(terms("007"), ["007"]);
        assert_eq!(terms("Ann 020 7946 0018 Lee"), ["ann", "442079460018", "lee"]);
    }

    #[test]
    fn short_terms_begin_a_word_and_long_ones_are_anywhere() {
        let text = SearchedFields {
            first_name: Some("Jo"),
            last_name: Some("Brandão"),
            ..SearchedFields::default()
        };
        let text = text.text();
        for typed in ["jo", "JO bra", "rand", "brandao", "BRANDÃO", "j brandao", "br j", "jo -"] {
            assert!(finds(typed, &text), "{typed}");
        }
        for typed in ["an", "ao", "jo rao bran", "jo x"] {
            assert!(!finds(typed, &text), "{typed}");
        }
        assert_eq!(terms("j lee"), [" j", "lee"]);
    }

    #[test]
    fn what_no_index_could_find_is_refused() {
        for typed in ["", "  ", "x", "a b", "--", "@ .", "+"] {
            assert_eq!(refused(typed), "too_short", "{typed:?}");
        }
        assert_eq!(refused("aa bb cc dd ee ff gg hh ii"), "too_many");
        assert_eq!(refused(&"a".repeat(101)), "too_long");
        assert_eq!(refused("a\u{0}bc"), "forbidden_character");
    }
}
