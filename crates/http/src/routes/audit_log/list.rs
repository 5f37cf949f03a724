//! `GET /v1/audit-log`.

use evenhand_domain::audit::{self, KindFilter};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use evenhand_domain::permission::ViewAuditLog;
use evenhand_persistence::audit::{AuditFilter, list};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::view::{AuditEntryView, AuditLogPage};
use crate::answer::ok;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::query::List;
use crate::state::State;

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditQuery {
    /// Only of this kind, e.g. `user.invited`; with nothing behind the dot, of all its area, e.g.
    /// `user.`.
    #[param(pattern = "^[a-z_]+\\.[a-z_]*$")]
    kind: Option<String>,
    /// Only what this user or API key did.
    #[param(value_type = Option<Uuid>)]
    actor_id: Option<String>,
    /// Only what happened to this record.
    #[param(value_type = Option<Uuid>)]
    subject_id: Option<String>,
    /// Only from this instant on: RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// Only before this instant: RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<String>,
}

/// Read the audit log.
///
/// Every change to people, permissions, teams, groups, keys and settings, and every sign-in and
/// failure, newest first. What happens to leads is on their own timelines.
#[utoipa::path(
    get, path = "/v1/audit-log", tag = "audit log",
    responses((status = 200, description = "A page of the log.", body = AuditLogPage)),
)]
pub(crate) async fn list_audit_log(
    Authorized(grant): Authorized<ViewAuditLog>,
    state: State,
    query: List<AuditQuery>,
) -> Answer {
    let asked = query.check(filter)?;
    let page = list(state.store(), &grant, &asked.filter, &asked.page).await?;
    ok(&AuditLogPage::from(asked.views(page, AuditEntryView::from)))
}

fn filter(query: AuditQuery, faults: &mut Faults) -> Option<AuditFilter> {
    let AuditQuery { kind, actor_id, subject_id, from, to } = query;
    let kind = optional(faults, kind, |faults, text| {
        let areas: Vec<&str> = audit::areas().collect();
        let unknown = || {
            let detail = format!("area.what or area. with one of: {}", areas.join(", "));
            ("invalid_value", detail)
        };
        faults.keep("/kind", KindFilter::parse(text).ok_or_else(unknown))
    });
    let actor_id =
        optional(faults, actor_id, |faults, text| fields::id::<Uuid>(faults, "/actor_id", text));
    let subject_id = optional(faults, subject_id, |faults, text| {
        fields::id::<Uuid>(faults, "/subject_id", text)
    });
    let from = optional(faults, from, |faults, text| fields::instant(faults, "/from", text));
    let to = optional(faults, to, |faults, text| fields::instant(faults, "/to", text));
    if let (Some(Some(from)), Some(Some(to))) = (from, to)
        && !is_before(from, to)
    {
        faults.add("/to", "invalid_value", "must lie after from");
    }
    Some(AuditFilter {
        kind: kind?,
        actor_id: actor_id?,
        subject_id: subject_id?,
        from: from?,
        to: to?,
    })
}

fn is_before(from: Timestamp, to: Timestamp) -> bool {
    from < to
}

/// A filter that may be absent (`Some(None)`); `None` is a fault.
fn optional<T>(
    faults: &mut Faults,
    text: Option<String>,
    read: impl FnOnce(&mut Faults, &str) -> Option<T>,
) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => read(faults, &text).map(Some),
    }
}
