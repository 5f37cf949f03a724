//! What every operation can reach.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::web::Data;
use evenhand_application::Services;
use evenhand_distribution::Intake;
use evenhand_domain::error::Error;
use evenhand_identity::Authenticator;
use evenhand_persistence::Store;

use crate::client_address::TrustedProxies;
use crate::operations::Argument;
use crate::problem::Problem;

/// How the API behaves where it is deployed.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Origins whose pages may call the API, such as `https://crm.example.com`.
    pub cors_origins: Vec<String>,
    /// The reverse proxies that may say who their clients are.
    pub trusted_proxies: TrustedProxies,
    /// How long a request's body may take, from its head to its end.
    pub body_timeout: Duration,
    /// Whether browsers are told to come back over TLS only.
    pub hsts: bool,
    /// Requests beyond so many at once are answered 503.
    pub max_requests_in_flight: usize,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            cors_origins: Vec::new(),
            trusted_proxies: TrustedProxies::default(),
            body_timeout: Duration::from_secs(15),
            hsts: false,
            max_requests_in_flight: 10_000,
        }
    }
}

/// What every operation can reach. The server makes one and gives it to each worker.
pub struct HttpState {
    /// The use cases that change something, and what they work with.
    pub services: Services,
    /// Who is asking.
    pub authenticator: Authenticator,
    /// The door for new leads.
    pub intake: Intake,
    /// How the API behaves here.
    pub config: HttpConfig,
    /// How many requests are being served; starts at zero.
    pub in_flight: Arc<AtomicUsize>,
}

impl HttpState {
    /// The state of a server that has served nothing yet.
    #[must_use]
    pub fn new(
        services: Services,
        authenticator: Authenticator,
        intake: Intake,
        config: HttpConfig,
    ) -> Self {
        Self { services, authenticator, intake, config, in_flight: Arc::default() }
    }

    /// The database, for reads.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.services.store
    }
}

/// The state as handlers take it.
pub type State = Data<HttpState>;

impl fmt::Debug for HttpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpState").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Argument for State {
    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        state_of(request).cloned()
    }
}

/// The state of the application that serves `request`.
pub(crate) fn state_of(request: &HttpRequest) -> Result<&State, Problem> {
    request.app_data::<State>().ok_or_else(|| Error::internal("the state is missing").into())
}
