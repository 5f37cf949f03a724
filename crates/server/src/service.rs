//! Putting the pieces together, and the life of the server.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::HttpServer;
use actix_web::web::Data;
use evenhand_application::Services;
use evenhand_delivery::mail::{MailServer, Postman};
use evenhand_delivery::{Links, Outbox};
use evenhand_distribution::{Intake, IntakeOptions};
use evenhand_domain::clock::{Clock, Entropy};
use evenhand_domain::ids::IdSource;
use evenhand_http::{HttpConfig, HttpState, app};
use evenhand_identity::passwords::PasswordLimits;
use evenhand_identity::{Authenticator, Keyring, Passwords, Tokens};
use evenhand_persistence::store::Dialect;
use evenhand_persistence::{Store, StoreOptions};
use secrecy::ExposeSecret;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::background;
use crate::clock::{OsEntropy, SystemClock};
use crate::config::Config;
use crate::exit::{Failure, chain};

/// The name that access tokens give as their issuer.
const ISSUER: &str = "evenhand";

/// The database, and the clock that follows it.
pub(crate) struct Connected {
    pub(crate) store: Store,
    pub(crate) clock: Arc<SystemClock>,
}

/// Connects to the database.
pub(crate) async fn connect(config: &Config) -> Result<Connected, Failure> {
    if config.clock_offset != 0 {
        tracing::warn!(
            microseconds = config.clock_offset,
            "THE CLOCK IS SHIFTED: this is for rehearsals and tests, never for production"
        );
    }
    let clock = Arc::new(SystemClock::new(config.clock_offset));
    let options = StoreOptions {
        url: config.database_url.expose_secret().to_owned(),
        max_connections: config.database_connections,
        acquire_timeout: config.database_wait,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        clock_offset_micros: config.clock_offset,
    };
    let store = Store::connect(options).await?;
    let skew = store.clock_skew().await?;
    if skew.abs() > LARGE_SKEW {
        tracing::warn!(microseconds = skew, "this machine's clock is not the database's");
    }
    clock.adjust(skew);
    Ok(Connected { store, clock })
}

/// Microseconds between this machine and the database that somebody should hear of.
const LARGE_SKEW: i64 = 2_000_000;

/// Everything that serves requests.
pub(crate) struct Service {
    pub(crate) services: Services,
    pub(crate) authenticator: Authenticator,
    pub(crate) intake: Intake,
    pub(crate) store: Store,
    clock: Arc<SystemClock>,
    postman: Option<Postman>,
}

impl Service {
    /// Reads the keys and starts the lanes. `public_url` is where people reach the service.
    pub(crate) async fn start(
        config: &Config,
        connected: Connected,
        public_url: String,
    ) -> Result<Self, Failure> {
        let Connected { store, clock: system } = connected;
        let clock = Arc::clone(&system) as Arc<dyn Clock>;
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let ids = IdSource::new(Arc::clone(&entropy));
        let keyring = Keyring::open(&store, entropy.as_ref(), config.secret_key.as_ref())
            .await
            .map_err(|error| Failure::Failed(chain(&error)))?;
        let tokens = Tokens::new(Arc::new(keyring), ISSUER);
        let outbox = Outbox::new(ids.clone(), Arc::clone(&entropy), config.secret_key.as_ref())
            .map_err(|error| Failure::Failed(chain(&error)))?;
        let postman = postman(config, &store, &clock, &outbox)?;
        let services = Services {
            store: store.clone(),
            clock: Arc::clone(&clock),
            ids: ids.clone(),
            entropy: Arc::clone(&entropy),
            passwords: Passwords::new(entropy, password_limits(config)),
            tokens: tokens.clone(),
            links: Links::new(
                &public_url,
                config.invitation_url.as_deref(),
                config.password_reset_url.as_deref(),
            ),
            public_url,
            aside: evenhand_application::aside::Aside::default(),
            mail: config.mail.as_ref().map(|_| outbox),
        };
        let lanes = match store.dialect() {
            Dialect::Sqlite => 1,
            Dialect::Postgres => config.lanes,
        };
        let options = IntakeOptions { lanes, queue: config.lane_queue, ..IntakeOptions::default() };
        Ok(Self {
            authenticator: Authenticator::new(store.clone(), tokens, clock),
            intake: Intake::start(&store, &ids, options),
            services,
            store,
            clock: system,
            postman,
        })
    }

    /// Serves on `listener`, calls `ready` once it does, and goes on until the process is told to
    /// stop; then accepts no more, finishes what it took and lets go of the database.
    pub(crate) async fn serve(
        self,
        config: &Config,
        listener: TcpListener,
        ready: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (stop, stopped) = watch::channel(false);
        let mut background = background::start(&self.services, &self.clock, &stopped);
        background.extend(self.postman.map(|postman| tokio::spawn(postman.run(stopped))));
        let http = HttpConfig {
            cors_origins: config.cors_origins.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
            body_timeout: config.body_timeout,
            hsts: config.behind_https,
            ..HttpConfig::default()
        };
        let intake = self.intake.clone();
        let state =
            Data::new(HttpState::new(self.services.clone(), self.authenticator, intake, http));
        let mut server = HttpServer::new(move || app(state.clone()))
            .disable_signals()
            .shutdown_timeout(config.shutdown_timeout.as_secs().max(1));
        if config.workers > 0 {
            server = server.workers(config.workers);
        }
        let server = server.listen(listener)?.run();
        let handle = server.handle();
        let mut signals = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::spawn(async move {
            tokio::select! {
                _ = signals.0.recv() => {}
                _ = signals.1.recv() => {}
            }
            tracing::info!("stopping: finishing what was taken");
            handle.stop(true).await;
        });
        ready()?;
        let served = server.await;
        stop.send_replace(true);
        let rest = finish(self.intake, background, &self.services, self.store);
        match tokio::time::timeout(config.shutdown_timeout, rest).await {
            Ok(finished) => finished?,
            Err(_) => tracing::error!("stopped before everything was finished: time is up"),
        }
        tracing::info!("stopped");
        Ok(served?)
    }
}

/// What is left to do when nobody is being served any more.
async fn finish(
    intake: Intake,
    background: Vec<JoinHandle<()>>,
    services: &Services,
    store: Store,
) -> Result<(), Failure> {
    intake.close().await;
    services.aside.finish().await;
    for work in background {
        if let Err(error) = work.await {
            tracing::error!(%error, "background work ended badly");
        }
    }
    Ok(store.close().await?)
}

/// Opens the port to serve on: `(listener, address)`, the address with the port that was taken.
pub(crate) fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let taken = |error| Failure::Failed(format!("cannot listen on {address}: {error}"));
    let listener = TcpListener::bind(address).map_err(taken)?;
    let local = listener.local_addr()?;
    Ok((listener, local))
}

/// Who sends mail, where there is any.
fn postman(
    config: &Config,
    store: &Store,
    clock: &Arc<dyn Clock>,
    outbox: &Outbox,
) -> Result<Option<Postman>, Failure> {
    let Some(settings) = &config.mail else { return Ok(None) };
    if matches!(settings.server, MailServer::Log) {
        tracing::warn!("mail is printed to this log, links and all: for development alone");
    }
    Postman::new(store.clone(), Arc::clone(clock), outbox.clone(), settings)
        .map(Some)
        .map_err(|error| Failure::Usage(chain(&error)))
}

fn password_limits(config: &Config) -> PasswordLimits {
    match config.password_checks {
        0 => PasswordLimits::default(),
        parallel => PasswordLimits { parallel, waiting: parallel * 32 },
    }
}
