//! No event is forgotten: whatever the code tells of is either of leads or in the audit log.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use evenhand_domain::audit;
use evenhand_domain::permission::Permission;

/// Where events are made.
const CRATES: [&str; 5] = ["application", "delivery", "distribution", "identity", "server"];

/// Files with texts of the same form that are no events.
const WITHOUT_EVENTS: [&str; 3] = ["crash.rs", "tests.rs", "testing.rs"];

#[test]
fn every_event_is_audited_or_of_a_lead() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut kinds = BTreeSet::new();
    for name in CRATES {
        let mut files = Vec::new();
        sources(&root.join("crates").join(name).join("src"), &mut files);
        for file in files {
            kinds.extend(kinds_in(&fs::read_to_string(file).unwrap()));
        }
    }
    assert!(kinds.contains("lead.created") && kinds.contains("group.created"), "{kinds:?}");
    let forgotten: Vec<_> = kinds
        .iter()
        .filter(|kind| !kind.starts_with(&format!("{}.", audit::LEADS)))
        .filter(|kind| audit::subject_type(kind).is_none())
        .collect();
    assert!(forgotten.is_empty(), "say in domain::audit what these are of: {forgotten:?}");
}

/// The files of a folder and all beneath it, but for tests.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".rs") && !WITHOUT_EVENTS.iter().any(|other| name.ends_with(other)) {
            files.push(path);
        }
    }
}

/// The texts of the form `area.what`.
fn kinds_in(source: &str) -> impl Iterator<Item = String> {
    source.split('"').filter(|text| is_kind(text)).map(str::to_owned)
}

fn is_kind(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase())
    };
    text.split_once('.').is_some_and(|(area, what)| is_word(area) && is_word(what))
        && Permission::from_text(text).is_none()
        && !["rs", "db", "json", "html", "txt", "toml", "pem"]
            .iter()
            .any(|extension| text.ends_with(&format!(".{extension}")))
}
