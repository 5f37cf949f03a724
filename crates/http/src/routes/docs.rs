//! The documentation page. Its scripts are inside the binary: it works without the internet.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, HeaderValue, LOCATION,
};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, guard};
use evenhand_domain::error::Error;
use utoipa_swagger_ui::Config;

use crate::middleware::security_headers::DOCS_POLICY;
use crate::operations::Answer;
use crate::problem::{Code, Problem};

/// Serves `/docs` and what is beneath. It is a page for people, not an operation of the API.
pub(crate) fn serve(config: &mut ServiceConfig) {
    let read = || guard::Any(guard::Get()).or(guard::Head());
    config.service(
        web::resource("/docs")
            .route(web::route().guard(read()).to(to_folder))
            .default_service(web::to(other)),
    );
    config.service(
        web::resource("/docs/{file:.*}")
            .route(web::route().guard(read()).to(file))
            .default_service(web::to(other)),
    );
}

/// The page's references are relative to its folder.
async fn to_folder() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

async fn file(request: HttpRequest) -> Answer {
    let name = request.match_info().get("file").unwrap_or_default();
    let config = Arc::new(Config::from("../openapi.json"));
    let served = utoipa_swagger_ui::serve(name, config)
        .map_err(|error| Error::internal(error.to_string()))?;
    let Some(file) = served else {
        return Err(Problem::new(Code::RouteNotFound, "the documentation is at /docs/"));
    };
    let mut response =
        HttpResponse::Ok().content_type(file.content_type).body(file.bytes.into_owned());
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS_POLICY));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if file.gzpipped {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

async fn other(request: HttpRequest) -> Answer {
    const ALLOWED: &str = "GET, HEAD, OPTIONS";
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent().insert_header((ALLOW, ALLOWED)).finish());
    }
    Err(Problem::method_not_allowed(ALLOWED))
}
