//! `POST /v1/auth/switch`.

use evenhand_application::people;
use evenhand_domain::error::Faults;
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::origin::Origin;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::SignInView;
use crate::answer::ok;
use crate::body::Body;
use crate::fields;
use crate::guard::SignedIn;
use crate::operations::Answer;
use crate::state::State;

/// Where to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organization_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e00"}))]
pub(crate) struct Switch {
    /// One of `organizations` in `GET /v1/me`.
    #[schema(value_type = Uuid, required = true)]
    organization_id: Option<String>,
}

/// Switch to another organization.
///
/// Starts a session in another organization that the account belongs to. The present one stays.
#[utoipa::path(
    post, path = "/v1/auth/switch", tag = "auth",
    responses(
        (status = 200, description = "The person's tokens there.", body = SignInView),
        (status = 404, description = "The account is no active user there: `not_found`."),
    ),
)]
pub(crate) async fn switch_organization(
    SignedIn(actor): SignedIn,
    state: State,
    origin: Origin,
    body: Body<Switch>,
) -> Answer {
    let to = body.read().await?.content.check(Switch::parse)?;
    let signed_in = people::switch(&state.services, &actor, to, &origin).await?;
    ok(&SignInView::from(signed_in))
}

impl Switch {
    fn parse(self, faults: &mut Faults) -> Option<OrganizationId> {
        let text = fields::required(faults, "/organization_id", self.organization_id)?;
        fields::id(faults, "/organization_id", &text)
    }
}
