//! Who is tied to a lead. `lead_access` is read by user; what names the users of one lead is its
//! history.

/// A query for the users that may be tied to a lead: whoever made it, had it, or shares it. Both
/// are expressions.
pub(crate) fn users_of(organization: &str, lead: &str) -> String {
    let of = |table: &str| {
        format!("FROM {table} h WHERE h.organization_id = {organization} AND h.lead_id = {lead}")
    };
    let (assignments, collaborators) = (of("assignments"), of("lead_collaborators"));
    format!(
        "SELECT h.created_by_user_id FROM leads h WHERE h.organization_id = {organization} \
         AND h.id = {lead} UNION SELECT h.to_user_id {assignments} \
         UNION SELECT h.from_user_id {assignments} UNION SELECT h.user_id {collaborators}"
    )
}
