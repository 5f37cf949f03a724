//! `POST /v1/api-keys`.

use evenhand_application::api_keys;
use evenhand_domain::error::Faults;
use evenhand_domain::ids::GroupId;
use evenhand_domain::permission::{Grant, ManageApiKeys, Permission};
use evenhand_persistence::api_keys as stored;

use super::body::{CreateApiKey, Named};
use super::created;
use super::view::IssuedApiKeyView;
use crate::body::Body;
use crate::guard::AuthorizedPerson;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::problem::Problem;
use crate::state::{HttpState, State};

/// Make an API key.
///
/// The key itself is shown this once. Only people make keys.
#[utoipa::path(
    post, path = "/v1/api-keys", tag = "api-keys",
    responses(
        (status = 201, description = "The API key, with its secret.", body = IssuedApiKeyView),
    ),
)]
pub(crate) async fn create_api_key(
    AuthorizedPerson(grant): AuthorizedPerson<ManageApiKeys>,
    state: State,
    key: IdempotencyKey,
    body: Body<CreateApiKey>,
) -> Answer {
    let body = body.read().await?;
    let mut named = Named::default();
    let mut parsed = body.content.parse(|body, faults| {
        let (new, rest) = body.parse(faults);
        named = rest;
        new
    });
    if parsed.is_faulty() {
        parsed.add(&further_faults(&state, &grant, &named).await?);
    }
    let new = parsed.finish()?;
    let once = key.once(grant.stamp().credential, &body.bytes, created);
    let outcome = api_keys::create(&state.services, &grant, &new, once.as_ref()).await?;
    key.answer(outcome, created)
}

/// What making the key would say too, for a body that is refused anyway.
async fn further_faults(
    state: &HttpState,
    grant: &Grant<ManageApiKeys>,
    named: &Named,
) -> Result<Faults, Problem> {
    let mut faults = Faults::default();
    for (index, scope) in named.scopes.iter().enumerate() {
        let scope = Permission::from_text(scope);
        if scope.is_some_and(|scope| !grant.actor().may(scope)) {
            let pointer = format!("/scopes/{index}");
            faults.add(pointer, "permission_not_held", "you do not hold it yourself");
        }
    }
    let groups: Vec<GroupId> = named.groups.iter().map(|(_, id)| *id).collect();
    let unknown = stored::unknown_groups(state.store(), grant, &groups).await?;
    for (index, _) in named.groups.iter().filter(|(_, id)| unknown.contains(id)) {
        faults.add(format!("/group_ids/{index}"), "unknown_group", "no such group");
    }
    if named.expires_at.is_some_and(|at| at <= state.services.clock.now()) {
        faults.add("/expires_at", "must_be_future", "lies in the past");
    }
    Ok(faults)
}
