//! The service itself: probes, public keys, the specification.

mod document;

use std::sync::LazyLock;
use std::time::Duration;

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use self::document::{JsonWebKeySet, OpenApiDocument};
use crate::answer::ok;
use crate::guard::Open;
use crate::openapi::openapi_json;
use crate::operations::{Answer, Operations};
use crate::problem::Problem;
use crate::state::State;

/// How long the database may take to show a sign of life.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(__path_livez, livez)
        .add(__path_readyz, readyz)
        .add(__path_get_jwks, get_jwks)
        .add(__path_get_openapi, get_openapi)
}

/// A probe's answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health, example = json!({"status": "ok"}))]
pub(crate) struct HealthView {
    /// `ok`.
    status: &'static str,
}

/// Whether the process runs.
#[utoipa::path(get, path = "/livez", tag = "meta", responses((status = 200, description = "It runs.", body = HealthView)))]
pub(crate) async fn livez(_open: Open) -> Answer {
    ok(&HealthView { status: "ok" })
}

/// Whether requests can be served: 503 while the database is away.
#[utoipa::path(get, path = "/readyz", tag = "meta", responses((status = 200, description = "Requests can be served.", body = HealthView)))]
pub(crate) async fn readyz(_open: Open, state: State) -> Answer {
    let away = || Problem::unavailable("the database does not answer", Duration::from_secs(2));
    match tokio::time::timeout(DATABASE_TIMEOUT, state.store().ping()).await {
        Ok(Ok(())) => ok(&HealthView { status: "ok" }),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            Err(away())
        }
        Err(_) => Err(away()),
    }
}

/// The public keys of access tokens, as a JSON Web Key Set (RFC 7517).
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "meta",
    responses((status = 200, description = "The keys.", body = JsonWebKeySet, example = json!({
        "keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]
    }))),
)]
pub(crate) async fn get_jwks(_open: Open, state: State) -> Answer {
    ok(&*state.services.tokens.jwks())
}

/// This specification.
#[utoipa::path(get, path = "/openapi.json", tag = "meta", responses((status = 200, description = "OpenAPI 3.1.0.", body = OpenApiDocument)))]
pub(crate) async fn get_openapi(_open: Open) -> Answer {
    static TEXT: LazyLock<String> = LazyLock::new(openapi_json);
    Ok(HttpResponse::Ok().content_type("application/json").body(TEXT.as_str()))
}
