//! How leads of the same person are linked, as far as whoever reads it sees both ends.

use evenhand_domain::ids::LeadId;
use evenhand_domain::permission::LeadScope;
use sea_orm::Value;

use super::scope::{place, visible};
use crate::store::Dialect;

/// The columns `duplicate_of` and `duplicate_count` of `leads l`.
pub(super) fn columns(reader: &LeadScope, values: &mut Vec<Value>, dialect: Dialect) -> String {
    let earlier = visible(reader, "e", values, dialect);
    let later = visible(reader, "d", values, dialect);
    format!(
        "(SELECT e.id FROM leads e WHERE e.organization_id = l.organization_id \
         AND e.id = l.duplicate_of AND {earlier}) AS duplicate_of, \
         (SELECT count(*) FROM leads d WHERE d.organization_id = l.organization_id \
         AND d.duplicate_of = l.id AND {later}) AS duplicate_count"
    )
}

/// True for `leads l` that are duplicates of this lead, where the reader sees it: else an answer
/// would tell that they are.
pub(super) fn of(
    reader: &LeadScope,
    earlier: LeadId,
    values: &mut Vec<Value>,
    dialect: Dialect,
) -> String {
    let id = place(values, earlier.uuid());
    if *reader == LeadScope::Everything {
        return format!("l.duplicate_of = {id}");
    }
    let seen = visible(reader, "e", values, dialect);
    format!(
        "l.duplicate_of = {id} AND EXISTS (SELECT 1 FROM leads e \
         WHERE e.organization_id = l.organization_id AND e.id = l.duplicate_of AND {seen})"
    )
}
