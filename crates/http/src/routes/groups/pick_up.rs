//! The statuses in which the members of a group may pick up leads, as clients send them.

use std::collections::HashSet;

use evenhand_domain::error::Faults;
use evenhand_domain::organization::{MAX_STATUSES, Organization};

/// The statuses as a body lists them: of the organization, each once.
pub(super) fn statuses(
    faults: &mut Faults,
    organization: &Organization,
    listed: Vec<String>,
) -> Option<Vec<String>> {
    const POINTER: &str = "/pick_up_statuses";
    if listed.len() > MAX_STATUSES {
        faults.add(POINTER, "too_many", format!("at most {MAX_STATUSES}"));
        return None;
    }
    let mut seen = HashSet::new();
    let mut are_good = true;
    for (index, key) in listed.iter().enumerate() {
        let pointer = format!("{POINTER}/{index}");
        if !seen.insert(key) {
            faults.add(pointer, "duplicate", "comes more than once");
            are_good = false;
        } else if faults.keep(&pointer, organization.known_status(key)).is_none() {
            are_good = false;
        }
    }
    are_good.then_some(listed)
}
