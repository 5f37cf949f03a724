//! `GET /v1/leads/counts`.

use evenhand_domain::lead::CountedBy;
use evenhand_domain::permission::ViewLeads;
use evenhand_domain::user::GroupName;
use evenhand_persistence::leads::{self, Counted, Counts};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::filter::{self, LeadCountQuery};
use crate::answer::ok;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::problem::Problem;
use crate::query::Query;
use crate::routes::users::view::UserNameView;
use crate::state::State;

/// A group that leads were given to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CountedGroup)]
pub(crate) struct CountedGroupView {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
}

/// How many leads there are of one kind. Which of the first three is there, `by` says.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = LeadCount)]
pub(crate) struct LeadCountView {
    /// The status.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    key: Option<String>,
    /// The owner; null = nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<UserNameView>, required = false)]
    owner: Option<Option<UserNameView>>,
    /// The group whose rotation they were given to; null = none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CountedGroupView>, required = false)]
    group: Option<Option<CountedGroupView>>,
    /// How many.
    count: u64,
}

/// How many leads there are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadCounts, example = json!({
    "total": 12,
    "data": [{"key": "new", "count": 9}, {"key": "contacted", "count": 3}, {"key": "won", "count": 0}],
}))]
pub(crate) struct LeadCountsView {
    /// Of all kinds together.
    total: u64,
    /// By status: every status, in the order of the organization's list. Else the most first, without
    /// those that have none.
    data: Vec<LeadCountView>,
}

/// Count leads.
///
/// Those that the same filters list, exactly. It reads each of them: who sees everything waits some
/// tenths of a second for 1,000,000 without a filter, and longer with one that no index serves.
#[utoipa::path(
    get, path = "/v1/leads/counts", tag = "leads",
    responses(
        (status = 200, description = "The counts.", body = LeadCountsView),
        (status = 403, description = "Another person's leads were asked for without the permission `leads.view_all`, or the pool without `leads.pick_up`: `permission_denied`."),
    ),
)]
pub(crate) async fn count_leads(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    query: Query<LeadCountQuery>,
) -> Answer {
    let (filter, by) = query.check(|query, faults| {
        let (filter, by) = query.filter(&grant, faults);
        let words: Vec<&str> = CountedBy::ALL.iter().map(|by| by.as_str()).collect();
        let by = match by {
            None => Some(CountedBy::Status),
            Some(text) => fields::word(faults, "/by", &text, CountedBy::from_text, &words),
        };
        Some((filter?, by?))
    })?;
    filter::check(&state, &grant, &filter, "").await?;
    let counts = leads::count(state.store(), &grant, &filter, by).await?;
    let Some(counts) = counts else {
        let detail = "more leads match than a search can count: look for something rarer";
        return Err(Problem::fault("/q", "too_many_to_count", detail));
    };
    ok(&view(counts, by, grant.organization().status_keys()))
}

fn view<'a>(
    counts: Counts,
    by: CountedBy,
    statuses: impl Iterator<Item = &'a str>,
) -> LeadCountsView {
    let Counts { each, total } = counts;
    let mut data: Vec<LeadCountView> = each.into_iter().map(LeadCountView::from).collect();
    if by == CountedBy::Status {
        let of = |status: &str| {
            let found = data.iter().find(|counted| counted.key.as_deref() == Some(status));
            let count = found.map_or(0, |counted| counted.count);
            LeadCountView { key: Some(status.to_owned()), count, ..LeadCountView::default() }
        };
        data = statuses.map(of).collect();
    }
    LeadCountsView { total, data }
}

impl From<Counted> for LeadCountView {
    fn from(counted: Counted) -> Self {
        match counted {
            Counted::Status(key, count) => Self { key: Some(key), count, ..Self::default() },
            Counted::Owner(owner, count) => {
                Self { owner: Some(owner.map(UserNameView::from)), count, ..Self::default() }
            }
            Counted::Group(group, count) => {
                let group =
                    group.map(|GroupName { id, name }| CountedGroupView { id: id.uuid(), name });
                Self { group: Some(group), count, ..Self::default() }
            }
        }
    }
}
