//! Configuration: defaults, then `evenhand.toml`, then the environment. Everything that is wrong
//! is said at once, and no secret is ever printed.

mod database_url;
mod keys;
mod mail;
mod values;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use evenhand_delivery::mail::MailSettings;
use evenhand_http::TrustedProxies;
use secrecy::SecretString;

pub use keys::{KEYS, Key};

/// The file that is read when it exists and no other is named.
const DEFAULT_FILE: &str = "evenhand.toml";

/// Variables that belong to one command and are no settings.
const OTHER_VARIABLES: [&str; 4] =
    ["EVENHAND_CONFIG", "EVENHAND_SETUP_PASSWORD", "EVENHAND_CRASH_AT", "EVENHAND_STATEMENT_LOG"];

/// How the service is to run.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is described once, in KEYS")]
pub struct Config {
    pub database_url: SecretString,
    pub listen: SocketAddr,
    pub public_url: Option<String>,
    pub invitation_url: Option<String>,
    pub password_reset_url: Option<String>,
    /// `None` = no mail.
    pub mail: Option<MailSettings>,
    pub secret_key: Option<SecretString>,
    pub cors_origins: Vec<String>,
    pub trusted_proxies: TrustedProxies,
    pub behind_https: bool,
    pub migrate: bool,
    pub database_connections: u32,
    pub database_wait: Duration,
    pub lanes: usize,
    pub lane_queue: usize,
    pub workers: usize,
    pub password_checks: usize,
    pub body_timeout: Duration,
    pub shutdown_timeout: Duration,
    pub log: String,
    pub log_format: LogFormat,
    /// Microseconds.
    pub clock_offset: i64,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, else JSON.
    Auto,
    /// One JSON object a line.
    Json,
    /// For a person.
    Text,
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError(Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is wrong:")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl ConfigError {
    pub(crate) fn one(fault: impl Into<String>) -> Self {
        Self(vec![fault.into()])
    }
}

/// Settings by name with where each value came from, before they are understood.
#[derive(Clone)]
pub struct Settings {
    values: BTreeMap<&'static str, (String, Origin)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Default,
    File,
    Environment,
}

impl Settings {
    /// Reads file and environment. `file` must exist when it is named.
    ///
    /// # Errors
    /// An unreadable file, and every unknown key in file or environment.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut settings = Self {
            values: KEYS
                .iter()
                .map(|key| (key.name, (key.default.to_owned(), Origin::Default)))
                .collect(),
        };
        let mut faults = ConfigError::default();
        let path = file.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_path_buf);
        if file.is_some() || path.exists() {
            settings.read_file(&path, &mut faults);
        }
        settings.read_environment(environment, &mut faults);
        if faults.0.is_empty() { Ok(settings) } else { Err(faults) }
    }

    fn read_file(&mut self, path: &Path, faults: &mut ConfigError) {
        let table = std::fs::read_to_string(path)
            .map_err(|error| error.to_string())
            .and_then(|text| text.parse::<toml::Table>().map_err(|error| at_line(&text, &error)));
        match table {
            Err(error) => faults.0.push(format!("{}: {error}", path.display())),
            Ok(table) => {
                for (name, value) in table {
                    match (KEYS.iter().find(|key| key.name == name), values::text(&value)) {
                        (Some(key), Some(text)) => {
                            self.values.insert(key.name, (text, Origin::File));
                        }
                        (Some(_), None) => faults.0.push(format!("{name}: not a plain value")),
                        (None, _) => {
                            faults.0.push(format!("{}: unknown key {name}", path.display()));
                        }
                    }
                }
            }
        }
    }

    fn read_environment(
        &mut self,
        environment: impl IntoIterator<Item = (String, String)>,
        faults: &mut ConfigError,
    ) {
        for (variable, value) in environment {
            if !variable.starts_with("EVENHAND_")
                || variable.starts_with("EVENHAND_TEST_")
                || OTHER_VARIABLES.contains(&variable.as_str())
            {
                continue;
            }
            match KEYS.iter().find(|key| key.variable() == variable) {
                Some(key) => {
                    self.values.insert(key.name, (value, Origin::Environment));
                }
                None => faults.0.push(format!("unknown variable {variable}")),
            }
        }
    }

    /// Sets a value that a command decides itself.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.values.insert(name, (value.into(), Origin::Environment));
    }

    /// Whether nobody has said anything about `name`.
    #[must_use]
    pub fn is_default(&self, name: &str) -> bool {
        self.values.get(name).is_none_or(|(_, origin)| *origin == Origin::Default)
    }

    /// Understands the values.
    ///
    /// # Errors
    /// Every value that makes no sense.
    pub fn parse(&self) -> Result<Config, ConfigError> {
        let mut read = values::Reader::new(|name| {
            self.values.get(name).map_or("", |(value, _)| value.as_str())
        });
        let config = Config {
            database_url: read.database_url("database_url"),
            listen: read.parsed("listen", "an address with a port, e.g. 127.0.0.1:8080"),
            public_url: read.url("public_url"),
            invitation_url: read.link("invitation_url"),
            password_reset_url: read.link("password_reset_url"),
            mail: read.mail(),
            secret_key: read.secret("secret_key", evenhand_identity::MIN_SECRET),
            cors_origins: read.list("cors_origins"),
            trusted_proxies: read
                .parsed("trusted_proxies", "networks such as 10.0.0.0/8, separated by commas"),
            behind_https: read.parsed("behind_https", "true or false"),
            migrate: read.parsed("migrate", "true or false"),
            database_connections: read.at_least("database_connections", 2),
            database_wait: read.duration("database_wait"),
            lanes: read.at_least("lanes", 1),
            lane_queue: read.at_least("lane_queue", 1),
            workers: read.parsed("workers", "a number"),
            password_checks: read.parsed("password_checks", "a number"),
            body_timeout: read.duration("body_timeout"),
            shutdown_timeout: read.duration("shutdown_timeout"),
            log: read.text("log"),
            log_format: read.log_format("log_format"),
            clock_offset: read.offset("clock_offset"),
        };
        let faults = read.into_faults();
        match config {
            config if faults.is_empty() => Ok(config),
            _ => Err(ConfigError(faults)),
        }
    }

    /// What holds and why, a line each, secrets left out.
    #[must_use]
    pub fn explain(&self) -> String {
        let mut text = String::new();
        for key in &KEYS {
            let Some((value, origin)) = self.values.get(key.name) else { continue };
            let shown = match (key.secret, key.name) {
                (true, "database_url") => database_url::shown(value),
                (true, "mail") if !value.is_empty() => evenhand_delivery::mail::shown(value),
                (true, _) if value.is_empty() => "(none)".to_owned(),
                (true, _) => "(set)".to_owned(),
                (false, _) => value.clone(),
            };
            let origin = match origin {
                Origin::Default => "default",
                Origin::File => "file",
                Origin::Environment => "environment",
            };
            text.push_str(&format!("{} = {shown} ({origin})\n", key.name));
        }
        text
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explain())
    }
}

/// What is wrong with a file, and where. The error's own text would repeat the line, which may hold
/// a secret.
fn at_line(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let line = 1 + text.bytes().take(start).filter(|byte| *byte == b'\n').count();
    format!("line {line}: {}", error.message())
}

/// A documented file with every setting at its default.
#[must_use]
pub fn default_file() -> String {
    let mut text = String::from("# Evenhand. Every key can also be set as EVENHAND_<KEY>.\n");
    for key in &KEYS {
        text.push_str(&format!("\n# {}\n# {} = \"{}\"\n", key.doc, key.name, key.default));
    }
    text
}

#[cfg(test)]
mod tests;
