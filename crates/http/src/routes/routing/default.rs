//! `GET` and `PUT /v1/routing-rules/default`.

use evenhand_domain::permission::ManageRouting;

use super::body::{DescribedAs, SetRoutingDefault};
use super::view::RoutingDefaultView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::state::State;

/// Read where leads go that no rule is for.
///
/// To nobody, as long as nobody has said otherwise.
#[utoipa::path(
    get, path = "/v1/routing-rules/default", tag = "routing",
    responses((status = 200, description = "The default.", body = RoutingDefaultView)),
)]
pub(crate) async fn get_routing_default(
    Authorized(grant): Authorized<ManageRouting>,
    state: State,
) -> Answer {
    let routing = evenhand_persistence::routing::read(state.store(), &grant).await?;
    let version = routing.settings_version;
    ok_version(version, &RoutingDefaultView::new(routing.default, version))
}

/// Say where leads go that no rule is for.
#[utoipa::path(
    put, path = "/v1/routing-rules/default", tag = "routing",
    responses((status = 200, description = "The default as it is now.", body = RoutingDefaultView)),
)]
pub(crate) async fn set_routing_default(
    Authorized(grant): Authorized<ManageRouting>,
    state: State,
    expected: IfMatch,
    body: Body<DescribedAs<SetRoutingDefault>>,
) -> Answer {
    let body = body.read().await?.content.check(DescribedAs::into_json)?;
    let expected = expected.version();
    let routing =
        evenhand_application::routing::set_default(&state.services, &grant, &body, expected)
            .await?;
    let version = routing.settings_version;
    ok_version(version, &RoutingDefaultView::new(routing.default, version))
}
