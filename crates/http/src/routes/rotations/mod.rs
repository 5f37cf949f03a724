//! What the rotations of groups and of teams have in common: bodies and views. Their operations are
//! those of groups and of teams.

pub(crate) mod member_body;
pub(crate) mod member_view;
pub(crate) mod reset_body;
pub(crate) mod settings_body;
pub(crate) mod settings_view;
pub(crate) mod state_view;

use evenhand_domain::error::Faults;

use crate::fields;

/// Whether a parameter says what is to become of dependents, in the one word there is for it.
pub(crate) fn answered(
    faults: &mut Faults,
    pointer: &str,
    value: Option<String>,
    word: &'static str,
) -> Option<bool> {
    let Some(text) = value else { return Some(false) };
    fields::word(faults, pointer, &text, |text| (text == word).then_some(true), &[word])
}
