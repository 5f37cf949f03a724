//! What is asked of an API key.

use std::collections::HashSet;
use std::hash::Hash;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use evenhand_domain::ids::GroupId;
use evenhand_domain::permission::Permission;
use evenhand_domain::text::{line, required_line};

/// The longest name, in characters.
pub const MAX_NAME: usize = 100;

/// The longest source, in characters; that of a lead's.
pub const MAX_SOURCE: usize = 200;

/// The most groups that a key can be limited to.
pub const MAX_GROUPS: usize = 100;

/// What a key is to be.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// Name.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// The source that its leads get, whatever they say.
    pub source: Option<String>,
    /// The groups it may distribute to; `None` = any.
    pub group_ids: Option<Vec<GroupId>>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

impl NewApiKey {
    /// Reads the parts of a request and notes every fault; an absent text or list is an empty
    /// one. What depends on the maker, the organization or the time, [`super::create`] says.
    pub fn parse(
        name: &str,
        scopes: &[String],
        source: Option<&str>,
        group_ids: Option<Vec<GroupId>>,
        expires_at: Option<Timestamp>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let name = faults.keep("/name", required_line(name, MAX_NAME));
        let source = faults.keep("/source", line(source.unwrap_or_default(), MAX_SOURCE));
        let scopes = parse_scopes(scopes, faults);
        let groups = group_ids.as_deref().unwrap_or_default();
        let mut bounded = true;
        if groups.len() > MAX_GROUPS {
            faults.add("/group_ids", "too_many", format!("at most {MAX_GROUPS}"));
            bounded = false;
        }
        let distinct = note_duplicates("/group_ids", groups, faults);
        let group_ids = (bounded && distinct).then_some(group_ids);
        Some(Self {
            name: name?,
            scopes: scopes?,
            source: source?,
            group_ids: group_ids?,
            expires_at,
        })
    }
}

fn parse_scopes(texts: &[String], faults: &mut Faults) -> Option<Vec<Permission>> {
    if texts.is_empty() {
        faults.add("/scopes", "required", "at least one permission");
        return None;
    }
    let mut scopes = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let known = Permission::from_text(text);
        let known = known.ok_or_else(|| ("unknown_permission", "no such permission".to_owned()));
        scopes.extend(faults.keep(&format!("/scopes/{index}"), known));
    }
    (scopes.len() == texts.len() && note_duplicates("/scopes", &scopes, faults)).then_some(scopes)
}

fn note_duplicates<T: Eq + Hash>(pointer: &str, values: &[T], faults: &mut Faults) -> bool {
    let mut seen = HashSet::new();
    let mut distinct = true;
    for (index, value) in values.iter().enumerate() {
        if !seen.insert(value) {
            faults.add(format!("{pointer}/{index}"), "duplicate", "listed before");
            distinct = false;
        }
    }
    distinct
}

/// A change of a key: what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiKeyChange {
    /// New name.
    pub name: Option<String>,
    /// New end; the inner `None` = never.
    pub expires_at: Option<Option<Timestamp>>,
}

impl ApiKeyChange {
    /// Reads the parts of a request and notes every fault; the inner `None` is null.
    pub fn parse(
        name: Option<Option<&str>>,
        expires_at: Option<Option<Timestamp>>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let name = name.map(|name| required_line(name.unwrap_or_default(), MAX_NAME)).transpose();
        let name = faults.keep("/name", name);
        Some(Self { name: name?, expires_at })
    }
}
