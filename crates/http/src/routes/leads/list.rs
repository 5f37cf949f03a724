//! `GET /v1/leads`.

use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::UserId;
use evenhand_domain::lead::{LeadFilter, OwnerFilter};
use evenhand_domain::permission::{Grant, LeadScope, Permission, ViewLeads};
use evenhand_persistence::leads;
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::{LeadPage, LeadView};
use crate::answer::ok;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::query::List;
use crate::state::State;

/// Which leads.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeadQuery {
    /// Whose: `me`, `unassigned`, or a user's id. Another person's id is for those who see every
    /// lead.
    owner: Option<String>,
    /// Only leads that were given to this group's rotation.
    #[param(value_type = Option<Uuid>)]
    group_id: Option<String>,
    /// Only leads in this status, a key of the organization's list.
    status: Option<String>,
}

/// List leads.
///
/// Newest first. Owners and admins see all; others what they own or added; a key what it added.
#[utoipa::path(
    get, path = "/v1/leads", tag = "leads",
    responses(
        (status = 200, description = "A page of leads.", body = LeadPage),
        (status = 403, description = "Another person's leads were asked for without the permission `leads.view_all`: `permission_denied`."),
    ),
)]
pub(crate) async fn list_leads(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    list: List<LeadQuery>,
) -> Answer {
    let asked = list.check(|query, faults| filter(query, &grant, faults))?;
    if let Some(OwnerFilter::User(owner)) = asked.filter.owner {
        let sees_all = matches!(grant.scope(), LeadScope::Everything);
        if !sees_all && grant.user_id() != Some(owner) {
            return Err(Error::Denied(Permission::LeadsViewAll).into());
        }
    }
    let page = leads::list(state.store(), &grant, &asked.filter, &asked.page).await?;
    ok(&LeadPage::from(asked.views(page, |lead| LeadView::from(&lead))))
}

fn filter(query: LeadQuery, grant: &Grant<ViewLeads>, faults: &mut Faults) -> Option<LeadFilter> {
    let LeadQuery { owner, group_id, status } = query;
    let owner = match owner {
        None => Some(None),
        Some(text) => owner_filter(&text, grant.user_id(), faults).map(Some),
    };
    let group_id = match group_id {
        None => Some(None),
        Some(text) => fields::id(faults, "/group_id", &text).map(Some),
    };
    let known = &grant.organization().lead_statuses;
    if let Some(status) = status.as_ref().filter(|status| !known.contains(status)) {
        let detail = format!("{status:?} is none of: {}", known.join(", "));
        faults.add("/status", "unknown_status", detail);
        return None;
    }
    Some(LeadFilter { owner: owner?, group_id: group_id?, status })
}

fn owner_filter(text: &str, me: Option<UserId>, faults: &mut Faults) -> Option<OwnerFilter> {
    match (text, me) {
        ("unassigned", _) => Some(OwnerFilter::Unassigned),
        ("me", Some(me)) => Some(OwnerFilter::User(me)),
        ("me", None) => {
            faults.add("/owner", "invalid_value", "an API key owns no leads");
            None
        }
        (id, _) => {
            let id = fields::id(&mut Faults::default(), "/owner", id);
            if id.is_none() {
                faults.add("/owner", "invalid_value", "me, unassigned or a user's id");
            }
            id.map(OwnerFilter::User)
        }
    }
}
