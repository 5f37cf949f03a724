//! Routing rules: which group, team or user a new lead goes to.
//!
//! An organization has an ordered list of rules and a default target. A rule has conditions over a
//! lead's fields and its creator, nested by `all` and `any`; the first enabled rule whose
//! conditions hold decides, else the default does. [`RuleSet::route`] decides on every lead that
//! asks for it; [`RuleSet::explain`] runs the same evaluation with somebody watching.
//!
//! Rules are parsed once, when they are saved or read, so that a lead costs comparisons only.
//!
//! # What a comparison means
//!
//! - Texts compare without regard to case: by the Unicode lowercase mapping of each character, the
//!   Greek final sigma `ς` counting as `σ`. Nothing else is equated: no accents (`é` is not `e`), no
//!   composed with decomposed letters, no `ß` with `ss`, no locale. Surrounding blanks do not count.
//! - A text *contains* a part; a list of labels (tags) *contains* a whole label. For labels, `in`
//!   holds when one of them is listed, and `not_in` when none is.
//! - E-mail addresses compare by [`Email::key`](crate::contact::Email::key), phone numbers in E.164.
//! - Money compares within one currency only. An amount in another currency matches nothing, not
//!   even `ne`.
//! - `between` includes both ends.
//! - A field without a value matches `ne`, `not_in` and `exists: false`, and nothing else.
//! - A custom field whose value is not of its definition's kind matches `exists: true` only.

mod comparison;
mod condition;
mod custom_field;
mod explain;
mod facts;
mod field;
mod json;
mod literal;
mod number;
mod operand;
mod operator;
mod parse;
mod render;
mod route;
mod rule;
mod text;
mod values;
mod verdict;
mod vocabulary;
mod words;

#[cfg(test)]
mod evaluate_tests;
#[cfg(test)]
mod parse_tests;
#[cfg(test)]
mod testing;

pub use condition::Conditions;
pub use custom_field::{CustomField, CustomFieldChange, CustomFieldKind, CustomFields};
pub use explain::{
    ExplainedCondition, ExplainedPart, ExplainedRule, ExplainedTest, Explanation, RuleOutcome,
};
pub use facts::Creator;
pub use field::{FieldKind, LeadField};
pub use operator::Operator;
pub use route::{AppliedRule, Routed, RuleSet};
pub use rule::{Rule, RuleChange, RuleName, RuleSettings, Target};
pub use verdict::Verdict;
pub use vocabulary::Vocabulary;

/// Bounds of routing rules, and of the definitions of custom fields.
pub mod bounds {
    /// Characters of a rule's name.
    pub const NAME: usize = 100;
    /// Rules of one organization: each lead may be held against every one.
    pub const RULES: usize = 200;
    /// Levels of `all` and `any` in one rule.
    pub const DEPTH: usize = 5;
    /// Conditions of one rule, `all` and `any` not counted.
    pub const CONDITIONS: usize = 100;
    /// Values of one `in` or `not_in`.
    pub const VALUES: usize = 250;
    /// Bytes of one rule's conditions as compact JSON: every one of an organization is in memory.
    pub const CONDITIONS_BYTES: usize = 32 * 1024;
    /// Characters of a text that a custom field is compared with.
    pub const TEXT: usize = 1000;
    /// Custom fields of one organization.
    pub const FIELDS: usize = 100;
    /// Characters of a custom field's key.
    pub const KEY: usize = 64;
    /// Characters of a custom field's label, and of an option.
    pub const LABEL: usize = 100;
    /// Options of one custom field.
    pub const OPTIONS: usize = 200;
}
