//! `GET /v1/events`.

use evenhand_domain::audit::{self, KindFilter};
use evenhand_domain::error::Faults;
use evenhand_domain::feed::FeedPlace;
use evenhand_domain::permission::ViewEvents;
use evenhand_persistence::feed::{FeedFilter, FeedPage, read};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::view::{EventFeed, EventView};
use crate::answer::ok;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::problem::Problem;
use crate::query::Feed;
use crate::state::State;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsQuery {
    /// Only of this kind, e.g. `lead.created`; with nothing behind the dot, of all its area, e.g.
    /// `lead.`.
    #[param(pattern = "^[a-z_]+\\.[a-z_]*$")]
    kind: Option<String>,
    /// Only what happened to this record.
    #[param(value_type = Option<Uuid>)]
    subject_id: Option<String>,
}

/// Read the feed of events.
///
/// Everything that happens in the organization, oldest first: begin without `after`, go on with
/// `next_cursor`, at once while `has_more` is true and else after a while. Whoever does so gets every
/// event exactly once, also of transactions that commit in another order than they wrote in: an event is
/// in the feed once nothing can come before it any more. A transaction that stays open holds back what
/// was written after it began; none may be idle for longer than 10 seconds.
///
/// With filters, at most 10,000 events are looked at, and `next_cursor` lies behind all of them. There are
/// no names, addresses or texts in it, but for the names of who did it: read the records.
#[utoipa::path(
    get, path = "/v1/events", tag = "events",
    responses((status = 200, description = "The next events.", body = EventFeed)),
)]
pub(crate) async fn list_events(
    Authorized(grant): Authorized<ViewEvents>,
    state: State,
    query: Feed<EventsQuery>,
) -> Answer {
    let asked = query.check(filter)?;
    let after = asked.page.after.map(place_of).unwrap_or_default();
    let page = read(state.store(), &grant, &asked.filter, after, asked.page.limit).await?;
    let Some(FeedPage { events, next, has_more }) = page else {
        let detail = "it lies ahead of all events: a backup was restored; begin anew";
        return Err(Problem::fault("/after", "invalid_cursor", detail));
    };
    ok(&EventFeed {
        data: events.into_iter().map(EventView::from).collect(),
        next_cursor: asked.cursor(&key_of(next)),
        has_more,
    })
}

fn filter(query: EventsQuery, faults: &mut Faults) -> Option<FeedFilter> {
    let EventsQuery { kind, subject_id } = query;
    let kind = match kind {
        None => Some(None),
        Some(text) => {
            let areas: Vec<&str> = audit::areas().chain([audit::LEADS]).collect();
            let detail = format!("area.what or area. with one of: {}", areas.join(", "));
            let kind = KindFilter::parse_in_feed(&text).ok_or(("invalid_value", detail));
            faults.keep("/kind", kind).map(Some)
        }
    };
    let subject_id = match subject_id {
        None => Some(None),
        Some(text) => fields::id::<Uuid>(faults, "/subject_id", &text).map(Some),
    };
    Some(FeedFilter { kind: kind?, subject_id: subject_id? })
}

/// A place as the key of a cursor, which has 128 bits.
const fn key_of(place: FeedPlace) -> Uuid {
    let FeedPlace { transaction, sequence } = place;
    Uuid::from_u64_pair(transaction.cast_unsigned(), sequence.cast_unsigned())
}

const fn place_of(key: Uuid) -> FeedPlace {
    let (transaction, sequence) = key.as_u64_pair();
    FeedPlace { transaction: transaction.cast_signed(), sequence: sequence.cast_signed() }
}
