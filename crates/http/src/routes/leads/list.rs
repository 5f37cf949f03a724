//! `GET /v1/leads`.

use evenhand_domain::permission::ViewLeads;
use evenhand_persistence::leads::{self, Listed};
use evenhand_persistence::waiting;

use super::filter::{self, LeadQuery};
use super::view::{LeadPage, LeadView};
use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::problem::Problem;
use crate::query::List;
use crate::state::State;

/// List leads.
///
/// Newest first unless `sort` says otherwise. Owners and admins see all; managers what they own, share,
/// owned or added, what the users of their teams own or share, and of what nobody owns what is in the
/// rotations of their teams and in their pool; agents what they own, share, owned or added, and their
/// pool where they may pick up; a key what it added.
///
/// A lead is found by `q` a moment after it came or changed. A page of a search that many leads match
/// may be short, or empty, and have a `next_cursor` nevertheless: one request looks at so many leads and
/// no more.
#[utoipa::path(
    get, path = "/v1/leads", tag = "leads",
    responses(
        (status = 200, description = "A page of leads.", body = LeadPage),
        (status = 403, description = "Another person's leads were asked for without the permission `leads.view_all`, or the pool without `leads.pick_up`: `permission_denied`."),
    ),
)]
pub(crate) async fn list_leads(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    list: List<LeadQuery>,
) -> Answer {
    let asked = list.check(|query, faults| {
        let (filter, sort) = query.filter(&grant, faults);
        let order = filter::order(faults, sort.as_deref());
        Some((filter?, order?))
    })?;
    let (filter, order) = &asked.filter;
    filter::check(&state, &grant, filter, "").await?;
    let listed = leads::list(state.store(), &grant, filter, *order, &asked.page).await?;
    let mut page = match listed {
        Listed::Page(page) => page,
        Listed::TooManyToSort(most) => {
            let detail = format!(
                "at most {most} of these leads can be listed in this order: narrow it down, or sort by \
                 created_at"
            );
            return Err(Problem::fault("/sort", "too_many_to_sort", detail));
        }
    };
    let decisions = page.rows.iter_mut().map(|seen| &mut seen.lead.assignment);
    waiting::foresee(state.store(), &grant, decisions, state.services.clock.now()).await?;
    ok(&LeadPage::from(asked.views(page, |seen| LeadView::seen(&seen, grant.actor()))))
}
