//! Successful answers.

use std::fmt;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, HeaderName, HeaderValue, LOCATION};
use evenhand_domain::error::Error;
use serde::{Deserialize, Serialize};

use crate::etag::etag;
use crate::operations::Answer;
use crate::problem::Problem;

/// The answer to a request that made something; can be kept for a repetition of the request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    location: Option<String>,
    etag: Option<String>,
    body: String,
}

impl Made {
    /// 201: a new resource at `location` in its first `version`.
    #[must_use]
    pub fn created(location: String, version: i64, body: &impl Serialize) -> Self {
        Self { location: Some(location), ..Self::changed(version, body) }
    }

    /// 200: something new in a resource that was there.
    #[must_use]
    pub fn changed(version: i64, body: &impl Serialize) -> Self {
        Self { etag: Some(etag(version)), ..Self::told(body) }
    }

    /// 200: what was done to many resources.
    #[must_use]
    pub fn told(body: &impl Serialize) -> Self {
        // Views are structs of texts and numbers: there is nothing in them that cannot be JSON.
        let body = serde_json::to_string(body).unwrap_or_default();
        Self { location: None, etag: None, body }
    }

    /// The body, which is JSON.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The answer itself.
    ///
    /// # Errors
    /// When a header cannot be written.
    pub fn respond(self) -> Answer {
        let status = if self.location.is_some() { StatusCode::CREATED } else { StatusCode::OK };
        let mut response =
            HttpResponse::build(status).content_type("application/json").body(self.body);
        if let Some(location) = &self.location {
            set(&mut response, LOCATION, location)?;
        }
        if let Some(etag) = &self.etag {
            set(&mut response, ETAG, etag)?;
        }
        Ok(response)
    }

    pub(crate) fn to_kept(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(crate) fn from_kept(kept: &[u8]) -> Result<Self, Problem> {
        serde_json::from_slice(kept).map_err(|error| Error::internal(error).into())
    }
}

/// The body may hold a secret.
impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").field("location", &self.location).finish_non_exhaustive()
    }
}

/// 200 with a body.
///
/// # Errors
/// Never so far; the type is that of every answer.
pub fn ok(body: &impl Serialize) -> Answer {
    Ok(HttpResponse::Ok().json(body))
}

/// 200 with a resource in a version.
///
/// # Errors
/// When a header cannot be written.
pub fn ok_version(version: i64, body: &impl Serialize) -> Answer {
    let mut response = HttpResponse::Ok().json(body);
    set(&mut response, ETAG, &etag(version))?;
    Ok(response)
}

/// 202 for a resource in a version: work that goes on, to be asked for at `location`.
///
/// # Errors
/// When a header cannot be written.
pub fn accepted(location: &str, version: i64, body: &impl Serialize) -> Answer {
    let mut response = HttpResponse::Accepted().json(body);
    set(&mut response, LOCATION, location)?;
    set(&mut response, ETAG, &etag(version))?;
    Ok(response)
}

/// 204.
///
/// # Errors
/// Never so far; the type is that of every answer.
pub fn no_content() -> Answer {
    Ok(HttpResponse::NoContent().finish())
}

fn set(response: &mut HttpResponse, name: HeaderName, value: &str) -> Result<(), Problem> {
    let value = HeaderValue::from_str(value).map_err(Error::internal)?;
    response.headers_mut().insert(name, value);
    Ok(())
}
