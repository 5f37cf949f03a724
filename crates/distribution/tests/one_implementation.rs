//! Whoever decides on a lead, in earnest or in a dry run, does so by the same few functions: there is
//! no second way to deal that could come to differ from the first.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// Every source file of the product, by its path in the workspace, without its unit tests.
fn sources() -> Vec<(String, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders: Vec<PathBuf> =
        fs::read_dir(crates).unwrap().map(|entry| entry.unwrap().path().join("src")).collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(crates).unwrap().display().to_string();
            let text = fs::read_to_string(&path).unwrap();
            let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned();
            if !name.ends_with("_tests.rs") && !name.ends_with("testing.rs") {
                found.push((name, product));
            }
        }
    }
    found.sort();
    found
}

/// The files in which one of these texts stands.
fn files_with(texts: &[&str]) -> Vec<String> {
    let is_in = |(_, source): &(String, String)| texts.iter().any(|text| source.contains(text));
    sources().into_iter().filter(is_in).map(|(name, _)| name).collect()
}

#[test]
fn only_the_deal_step_asks_the_engine() {
    // A ledger is dealt again by the engine itself: `redo` and `rehearsal`.
    assert_eq!(
        files_with(&["state.deal(", ".deal_explained("]),
        [
            "distribution/src/deal.rs",
            "domain/src/rotation/redo.rs",
            "domain/src/rotation/rehearsal.rs",
        ]
    );
}

#[test]
fn the_lane_and_the_dry_run_share_the_deal_step() {
    assert_eq!(
        files_with(&["dealing.place("]),
        [
            "distribution/src/batch/item.rs",
            "distribution/src/ownership/moves.rs",
            "distribution/src/simulate/play.rs",
        ]
    );
    assert_eq!(
        files_with(&["serve(dealing, ", "serve(&mut dealing, "]),
        ["distribution/src/simulate/play.rs", "distribution/src/waiting/drain.rs"]
    );
    assert_eq!(
        files_with(&["times.observe("]),
        ["distribution/src/off_duty.rs", "distribution/src/simulate/past.rs"]
    );
    // What waits is dealt one by one by that pass alone, and by people who deal one now.
    assert_eq!(
        files_with(&["dealing.deal_by("]),
        ["distribution/src/waiting/by_people.rs", "distribution/src/waiting/serve.rs"]
    );
}

#[test]
fn only_the_engine_chooses_and_moves_the_turn_on() {
    let outside: Vec<String> = files_with(&[
        ".cursor = ",
        ".turn = self",
        ".virtual_time = ",
        ".last_turn = ",
        "turn_order(",
    ]);
    let outside: Vec<&String> =
        outside.iter().filter(|name| !name.starts_with("domain/src/rotation/")).collect();
    assert!(outside.is_empty(), "{outside:?}");
    let choosers = files_with(&["fn choose(&self, now: Moment"]);
    assert_eq!(choosers, ["domain/src/rotation/choose.rs"]);
}
