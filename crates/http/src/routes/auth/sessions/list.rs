//! `GET /v1/auth/sessions`.

use evenhand_domain::permission::Credential;
use evenhand_persistence::sessions::{self, OwnSession};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::ok;
use crate::guard::SignedIn;
use crate::operations::Answer;
use crate::query::{List, NoFilters};
use crate::state::State;

/// A signed-in device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    /// Its id.
    id: Uuid,
    /// When the person signed in.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was signed in or refreshed last.
    #[schema(format = DateTime)]
    last_used_at: String,
    /// When it ends for good.
    #[schema(format = DateTime)]
    expires_at: String,
    /// What the client called itself then, cut after 200 characters.
    user_agent: Option<String>,
    /// The address that it was used from then.
    address: Option<String>,
    /// Whether it is the one that this request came with.
    current: bool,
}

/// A page of sessions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionPage {
    /// The sessions.
    data: Vec<SessionView>,
    /// Where the next page starts; null on the last page.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// List my sessions.
///
/// Those of the organization that I am signed in to, newest first, that are not over. What I am
/// signed in to elsewhere is listed there.
#[utoipa::path(
    get, path = "/v1/auth/sessions", tag = "auth",
    responses((status = 200, description = "A page of sessions.", body = SessionPage)),
)]
pub(crate) async fn list_sessions(
    SignedIn(actor): SignedIn,
    state: State,
    list: List<NoFilters>,
) -> Answer {
    let asked = list.check(|NoFilters {}, _| Some(()))?;
    let now = state.services.clock.now();
    let page = sessions::list_own(state.store(), &actor, now, &asked.page).await?;
    let current = actor.stamp.credential;
    let (data, next_cursor) = asked.views(page, |session| SessionView::of(session, current));
    ok(&SessionPage { data, next_cursor })
}

impl SessionView {
    fn of(session: OwnSession, current: Credential) -> Self {
        let OwnSession { id, created_at, last_used_at, expires_at, user_agent, address } = session;
        Self {
            id: id.uuid(),
            created_at: created_at.to_rfc3339(),
            last_used_at: last_used_at.to_rfc3339(),
            expires_at: expires_at.to_rfc3339(),
            user_agent,
            address,
            current: current == Credential::Session(id),
        }
    }
}
