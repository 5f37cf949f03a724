//! A server with a few operations of its own, and a client that speaks HTTP by hand.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use evenhand_application::Services;
use evenhand_distribution::{Intake, IntakeOptions};
use evenhand_domain::clock::{Clock, Entropy, Timestamp};
use evenhand_domain::ids::IdSource;
use evenhand_identity::passwords::PasswordLimits;
use evenhand_identity::{Authenticator, Keyring, Passwords, Tokens};
use evenhand_persistence::{Store, StoreOptions};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use utoipa::ToSchema;

use crate::answer::ok;
use crate::app::app_of;
use crate::body::Body;
use crate::fields;
use crate::guard::Open;
use crate::openapi::base;
use crate::operations::{Answer, Operations};
use crate::state::{HttpConfig, HttpState, State};

struct Random;

impl Entropy for Random {
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).unwrap();
    }
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000)
    }
}

/// The state of a server on an empty database in a temporary folder.
pub(crate) async fn state(config: HttpConfig) -> (State, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(Noon);
    let options = StoreOptions {
        url: format!("sqlite://{}", folder.path().join("test.db").display()),
        max_connections: 4,
        acquire_timeout: Duration::from_secs(5),
        clock: Arc::clone(&clock),
        clock_offset_micros: 0,
    };
    let store = Store::connect(options).await.unwrap();
    store.migrate().await.unwrap();
    let entropy: Arc<dyn Entropy> = Arc::new(Random);
    let keyring = Keyring::open(&store, entropy.as_ref(), None).await.unwrap();
    let tokens = Tokens::new(Arc::new(keyring), Tokens::ISSUER);
    let ids = IdSource::new(Arc::clone(&entropy));
    let limits = PasswordLimits { parallel: 1, waiting: 8 };
    let services = Services {
        store: store.clone(),
        clock: Arc::clone(&clock),
        ids: ids.clone(),
        passwords: Passwords::new(Arc::clone(&entropy), limits),
        entropy,
        tokens: tokens.clone(),
        public_url: "https://api.example.com".to_owned(),
        links: evenhand_delivery::Links::new("https://api.example.com", None, None),
        aside: evenhand_application::aside::Aside::default(),
        mail: None,
    };
    let intake = Intake::start(&store, &ids, IntakeOptions::default());
    let authenticator = Authenticator::new(store, tokens, clock);
    (Data::new(HttpState::new(services, authenticator, intake, config)), folder)
}

#[utoipa::path(get, path = "/test/panic", responses((status = 200, description = "never")))]
async fn fall_over(_open: Open) -> Answer {
    panic!("a secret of the house")
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Greeting {
    name: Option<String>,
    times: Option<u32>,
}

#[utoipa::path(post, path = "/test/greet", responses((status = 200, description = "hello")))]
async fn greet(_open: Open, body: Body<Greeting>) -> Answer {
    let (name, times) = body.read().await?.content.check(|Greeting { name, times }, faults| {
        let name = fields::required_line(faults, "/name", name, 5);
        Some((name?, times.unwrap_or(1)))
    })?;
    ok(&serde_json::json!({"hello": name, "times": times}))
}

fn operations() -> Operations {
    let operations = crate::routes::operations();
    assert!(operations.document().openapi == base().openapi);
    operations.add(__path_fall_over, fall_over).add(__path_greet, greet)
}

/// A running server.
pub(crate) struct TestServer {
    port: u16,
    handle: ServerHandle,
    _folder: TempDir,
}

impl TestServer {
    pub(crate) async fn start(config: HttpConfig) -> Self {
        let (state, folder) = state(config).await;
        let operations = Arc::new(operations());
        let server = HttpServer::new(move || app_of(state.clone(), &operations))
            .workers(1)
            .disable_signals()
            .bind("127.0.0.1:0")
            .unwrap();
        let port = server.addrs()[0].port();
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { port, handle, _folder: folder }
    }

    pub(crate) async fn connect(&self) -> Connection {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        Connection { stream: BufReader::new(stream) }
    }

    /// One request on a connection of its own.
    pub(crate) async fn ask(&self, head: &str, body: &str) -> Reply {
        self.connect().await.ask(head, body).await
    }

    pub(crate) async fn stop(self) {
        self.handle.stop(false).await;
    }
}

/// One connection to a server.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Sends a request line with further header lines, and a body.
    pub(crate) async fn ask(&mut self, head: &str, body: &str) -> Reply {
        let length = if body.is_empty() {
            String::new()
        } else {
            format!("content-length: {}\r\n", body.len())
        };
        self.send(&format!("{head}\r\nhost: test\r\n{length}\r\n{body}")).await;
        self.reply(head.starts_with("HEAD ")).await
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    pub(crate) async fn reply(&mut self, is_head: bool) -> Reply {
        let mut headers = Vec::new();
        let status_line = self.line().await;
        let status = status_line.split(' ').nth(1).unwrap().parse().unwrap();
        loop {
            let line = self.line().await;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let mut reply = Reply { status, headers, body: String::new() };
        let length: usize = reply.header("content-length").parse().unwrap_or(0);
        if !is_head {
            let mut bytes = vec![0; length];
            self.stream.read_exact(&mut bytes).await.unwrap();
            reply.body = String::from_utf8(bytes).unwrap();
        }
        reply
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.stream.read_line(&mut line).await.unwrap(), 0, "the connection was closed");
        line.trim_end().to_owned()
    }
}

/// A server's answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Panics unless this is a complete problem document; returns it.
    #[track_caller]
    pub(crate) fn expect_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(
            (&problem["code"], &problem["status"]),
            (&code.into(), &status.into()),
            "{self:?}"
        );
        assert_eq!(problem["request_id"], self.header("x-request-id"), "{self:?}");
        for name in
            ["x-request-id", "x-content-type-options", "content-security-policy", "cache-control"]
        {
            assert_ne!(self.header(name), "", "{name} of {self:?}");
        }
        problem
    }
}
