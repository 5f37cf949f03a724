//! The specification: what the operations say of themselves, and what holds for all of them.

mod complete;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths, Server,
};

use crate::routes;

const DESCRIPTION: &str = "Evenhand deals incoming leads to the right people, strictly in turn, \
and can prove that it did.\n\n\
Failures are problem documents (RFC 9457) with a stable `code`; 422 names every fault of the \
request at once. Lists are read page by page: send `next_cursor` as `cursor`. Every mutable \
resource has a `version` and an `ETag`, and writes honour `If-Match`. Creating operations take an \
`Idempotency-Key`. Every GET answers HEAD.";

const TAGS: &[(&str, &str)] = &[
    ("auth", "Signing in and out."),
    ("invitations", "What an invited person sees and accepts."),
    ("me", "Who is asking."),
    ("users", "The organization's people."),
    ("permissions", "What people may do besides what their roles say."),
    ("api-keys", "Credentials of integrations."),
    ("groups", "Departments of users, and the rotations that deal leads to them."),
    ("teams", "Managers, and the users whose records they see."),
    ("leads", "Prospective customers, and who got them."),
    ("activities", "Notes, communications and tasks on leads."),
    ("routing", "Which group, team or user a lead goes to, and the fields that decide it."),
    ("events", "Everything that happens, as a feed for other systems."),
    ("meta", "The service itself."),
];

/// The specification (OpenAPI 3.1.0), the same on every run.
#[must_use]
pub fn openapi() -> OpenApi {
    complete::complete(routes::OPERATIONS.document().clone())
}

/// The specification as text: indented JSON with a newline at its end.
#[must_use]
pub fn openapi_json() -> String {
    let mut text = openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// The specification without operations.
pub(crate) fn base() -> OpenApi {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The access token of a signed-in person, good for 15 minutes."))
        .build();
    let key = ApiKeyValue::with_description("X-API-Key", "The key of an integration.");
    let components = ComponentsBuilder::new()
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .security_scheme("api_key", SecurityScheme::ApiKey(ApiKey::Header(key)))
        .build();
    let license = LicenseBuilder::new()
        .name("Apache-2.0 OR MIT")
        .identifier(Some("Apache-2.0 OR MIT"))
        .build();
    let info = InfoBuilder::new()
        .title("Evenhand")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(license))
        .build();
    let tag = |(name, words): &(&str, &str)| {
        TagBuilder::new().name(*name).description(Some(*words)).build()
    };
    let tags: Vec<_> = TAGS.iter().map(tag).collect();
    OpenApiBuilder::new()
        .info(info)
        .paths(Paths::new())
        .components(Some(components))
        .tags(Some(tags))
        .servers(Some([Server::new("/")]))
        .build()
}

#[cfg(test)]
mod tests;
