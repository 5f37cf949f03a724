//! A small HTTP client that speaks as somebody.

use std::future::IntoFuture;
use std::pin::Pin;

use reqwest::Method;
use serde_json::Value;

use super::answer::Answer;
use super::server::{Address, TestServer};

/// How a client proves who it is.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    None,
    AccessToken(String),
    ApiKey(String),
}

/// Somebody (or something) who talks to a server.
#[derive(Clone)]
pub(crate) struct Client {
    address: Address,
    credential: Credential,
    http: reqwest::Client,
}

impl Client {
    /// Somebody who proves nothing.
    pub(crate) fn anonymous(address: &Address) -> Self {
        let http = reqwest::Client::builder().timeout(std::time::Duration::from_secs(60));
        let http = http.redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        Self { address: address.clone(), credential: Credential::None, http }
    }

    /// The same client with another proof.
    pub(crate) fn with(&self, credential: Credential) -> Self {
        Self { credential, ..self.clone() }
    }

    /// The same client, talking to another replica.
    pub(crate) fn at(&self, server: &TestServer) -> Self {
        Self { address: server.address().clone(), ..self.clone() }
    }

    /// The same client on connections of its own.
    pub(crate) fn on_a_new_connection(&self) -> Self {
        Self::anonymous(&self.address).with(self.credential.clone())
    }

    pub(crate) fn get(&self, path: impl AsRef<str>) -> Request {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: impl AsRef<str>, body: Value) -> Request {
        self.request(Method::POST, path).json(body)
    }

    pub(crate) fn put(&self, path: impl AsRef<str>, body: Value) -> Request {
        self.request(Method::PUT, path).json(body)
    }

    pub(crate) fn patch(&self, path: impl AsRef<str>, body: Value) -> Request {
        self.request(Method::PATCH, path).json(body)
    }

    pub(crate) fn delete(&self, path: impl AsRef<str>) -> Request {
        self.request(Method::DELETE, path)
    }

    /// A request without a body, e.g. `request(Method::HEAD, "/v1/leads")`.
    pub(crate) fn request(&self, method: Method, path: impl AsRef<str>) -> Request {
        let path = path.as_ref();
        let line = format!("{method} {path}");
        let request = self.http.request(method, format!("{}{path}", self.address.url()));
        let request = match &self.credential {
            Credential::None => request,
            Credential::AccessToken(token) => request.bearer_auth(token),
            Credential::ApiKey(key) => request.header("X-API-Key", key),
        };
        Request { line, request, json: None }
    }
}

/// A request that is sent when it is awaited.
pub(crate) struct Request {
    line: String,
    request: reqwest::RequestBuilder,
    json: Option<Value>,
}

impl Request {
    pub(crate) fn header(self, name: &str, value: impl AsRef<str>) -> Self {
        let line = format!("{}\n  {name}: {}", self.line, value.as_ref());
        Self { line, request: self.request.header(name, value.as_ref()), ..self }
    }

    pub(crate) fn if_match(self, version: &Value) -> Self {
        self.header("If-Match", format!("\"{version}\""))
    }

    pub(crate) fn idempotency_key(self, key: impl AsRef<str>) -> Self {
        self.header("Idempotency-Key", key)
    }

    pub(crate) fn json(self, body: Value) -> Self {
        Self { json: Some(body), ..self }
    }

    /// Any bytes, said to be JSON.
    pub(crate) fn raw_json(self, body: impl Into<Vec<u8>>) -> Self {
        self.bytes("application/json", body)
    }

    /// Any bytes of any type.
    pub(crate) fn bytes(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let shown: String = String::from_utf8_lossy(&body).chars().take(2_000).collect();
        let request = self.request.header("Content-Type", content_type).body(body);
        Self { line: format!("{}\n  {shown}", self.line), request, ..self }
    }

    /// Sends it; an error when no complete answer came.
    pub(crate) async fn try_send(self) -> Result<Answer, reqwest::Error> {
        let (request, shown) = match &self.json {
            Some(body) => (self.request.json(body), format!("{}\n  {body}", self.line)),
            None => (self.request, self.line),
        };
        let response = request.send().await?;
        Ok(Answer {
            request: shown,
            status: response.status(),
            headers: response.headers().clone(),
            bytes: response.bytes().await?.to_vec(),
        })
    }
}

impl IntoFuture for Request {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let line = self.line.clone();
        Box::pin(async move {
            self.try_send().await.unwrap_or_else(|error| panic!("no answer to {line}: {error:?}"))
        })
    }
}
