//! Single values of bodies and queries, from text to domain.

use std::collections::HashSet;
use std::hash::Hash;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use evenhand_domain::text;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// A value that must be there.
pub(crate) fn required<T>(faults: &mut Faults, pointer: &str, value: Option<T>) -> Option<T> {
    if value.is_none() {
        faults.add(pointer, "required", "is required");
    }
    value
}

/// A line of text that must be there and not be blank.
pub(crate) fn required_line(
    faults: &mut Faults,
    pointer: &str,
    value: Option<String>,
    max: usize,
) -> Option<String> {
    let value = required(faults, pointer, value)?;
    faults.keep(pointer, text::required_line(&value, max))
}

/// An id.
pub(crate) fn id<T: From<Uuid>>(faults: &mut Faults, pointer: &str, value: &str) -> Option<T> {
    let id = value.parse::<Hyphenated>().map(|id| T::from(id.into_uuid()));
    faults.keep(pointer, id.map_err(|_| ("invalid_value", "not a UUID".to_owned())))
}

/// Ids as a request lists them.
pub(crate) struct Listed<T> {
    /// Those that can be read and come for the first time, with their places.
    pub(crate) placed: Vec<(usize, T)>,
    count: usize,
}

impl<T: Copy> Listed<T> {
    /// All of them; `None` when one is faulty.
    pub(crate) fn all(&self) -> Option<Vec<T>> {
        let all = self.placed.len() == self.count;
        all.then(|| self.placed.iter().map(|(_, id)| *id).collect())
    }
}

/// Ids, each once and at most `max` of them.
pub(crate) fn ids<T: From<Uuid> + Copy + Eq + Hash>(
    faults: &mut Faults,
    pointer: &str,
    values: &[String],
    max: usize,
) -> Listed<T> {
    let mut listed = Listed { placed: Vec::new(), count: values.len() };
    if values.len() > max {
        faults.add(pointer, "too_many", format!("at most {max}"));
        return listed;
    }
    let mut seen = HashSet::new();
    for (index, value) in values.iter().enumerate() {
        let pointer = format!("{pointer}/{index}");
        let Some(id) = id::<T>(faults, &pointer, value) else { continue };
        if seen.insert(id) {
            listed.placed.push((index, id));
        } else {
            faults.add(pointer, "duplicate", "comes more than once");
        }
    }
    listed
}

/// An instant.
pub(crate) fn instant(faults: &mut Faults, pointer: &str, value: &str) -> Option<Timestamp> {
    let invalid =
        || ("invalid_value", "not an RFC 3339 instant, e.g. 2026-03-02T09:30:00Z".to_owned());
    faults.keep(pointer, Timestamp::from_rfc3339(value).ok_or_else(invalid))
}

/// An instant after `now`.
pub(crate) fn future_instant(
    faults: &mut Faults,
    pointer: &str,
    value: &str,
    now: Timestamp,
) -> Option<Timestamp> {
    let at = instant(faults, pointer, value)?;
    if at <= now {
        faults.add(pointer, "must_be_future", "must lie in the future");
        return None;
    }
    Some(at)
}

/// One of a closed set of words.
pub(crate) fn word<T>(
    faults: &mut Faults,
    pointer: &str,
    value: &str,
    read: impl Fn(&str) -> Option<T>,
    words: &[&str],
) -> Option<T> {
    let unknown = || ("invalid_value", format!("one of: {}", words.join(", ")));
    faults.keep(pointer, read(value).ok_or_else(unknown))
}

/// `true` or `false`.
pub(crate) fn flag(faults: &mut Faults, pointer: &str, value: &str) -> Option<bool> {
    word(faults, pointer, value, |text| text.parse().ok(), &["true", "false"])
}

/// A whole number of at most `max`.
pub(crate) fn at_most(faults: &mut Faults, pointer: &str, value: u32, max: u32) -> Option<u32> {
    if value > max {
        faults.add(pointer, "too_large", format!("at most {max}"));
        return None;
    }
    Some(value)
}

/// Text of any number of lines that must be there and not be blank.
pub(crate) fn required_lines(
    faults: &mut Faults,
    pointer: &str,
    value: Option<String>,
    max: usize,
) -> Option<String> {
    let value = required(faults, pointer, value)?;
    let lines = text::lines(&value, max);
    let required = || ("required", "must not be blank".to_owned());
    faults.keep(pointer, lines.and_then(|lines| lines.ok_or_else(required)))
}

/// A field of a merge patch, which `parse` reads where it is there; `None` = it is faulty.
pub(crate) fn patched<T, U>(
    value: Option<Option<T>>,
    parse: impl FnOnce(Option<T>) -> Option<U>,
) -> Option<Option<U>> {
    match value {
        None => Some(None),
        Some(value) => parse(value).map(Some),
    }
}

/// A value that may be absent or null, which `parse` reads; `None` = it is faulty.
pub(crate) fn optional<T, U>(
    value: Option<T>,
    parse: impl FnOnce(T) -> Option<U>,
) -> Option<Option<U>> {
    match value {
        None => Some(None),
        Some(value) => parse(value).map(Some),
    }
}
