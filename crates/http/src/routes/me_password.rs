//! `PUT /v1/me/password`.

use evenhand_application::account::passwords::{self, ChangePassword};
use evenhand_domain::error::Faults;
use evenhand_domain::origin::Origin;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::answer::no_content;
use crate::body::Body;
use crate::fields;
use crate::guard::SignedIn;
use crate::operations::{Answer, Operations};
use crate::state::State;

pub(super) fn add(operations: Operations) -> Operations {
    operations.add(__path_change_password, change_password)
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangePassword, example = json!({"current_password": "seven-Otters_knit 41 scarves", "new_password": "plum violin tractor"}))]
pub(crate) struct ChangePasswordBody {
    /// The one until now.
    #[schema(value_type = String, required = true, format = Password)]
    current_password: Option<String>,
    /// 10 to 128 characters, and not easily guessed.
    #[schema(value_type = String, required = true, format = Password, min_length = 10, max_length = 128)]
    new_password: Option<String>,
}

/// Change my password.
///
/// It is the account's, in all its organizations: every other session of it ends everywhere, and
/// links for a new password do. A mail says that it was changed, where mail is configured.
#[utoipa::path(
    put, path = "/v1/me/password", tag = "me",
    responses(
        (status = 204, description = "The password is changed."),
        (status = 422, description = "The current password is another (`wrong_password` at `/current_password`), or the new one is refused (`too_short`, `too_long`, `weak_password` at `/new_password`)."),
        (status = 429, description = "Too many wrong passwords: `too_many_attempts`."),
    ),
)]
pub(crate) async fn change_password(
    SignedIn(actor): SignedIn,
    state: State,
    origin: Origin,
    body: Body<ChangePasswordBody>,
) -> Answer {
    let request = body.read().await?.content.check(ChangePasswordBody::parse)?;
    passwords::change(&state.services, &actor, &origin, &request).await?;
    no_content()
}

impl ChangePasswordBody {
    fn parse(self, faults: &mut Faults) -> Option<ChangePassword> {
        let current = fields::required(faults, "/current_password", self.current_password);
        let new = fields::required(faults, "/new_password", self.new_password);
        Some(ChangePassword {
            current: SecretString::from(current?),
            new: SecretString::from(new?),
        })
    }
}
