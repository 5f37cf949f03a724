//! Reading one value after the other, noting every fault.

use std::str::FromStr;
use std::time::Duration;

use evenhand_delivery::{links, mail::MailSettings};
use secrecy::SecretString;

use super::{LogFormat, database_url, mail};

/// Reads named values and keeps the faults. A value that makes no sense reads as an empty one, so
/// that the rest is read too.
pub(super) struct Reader<'a, F: Fn(&str) -> &'a str> {
    value: F,
    faults: Vec<String>,
}

impl<'a, F: Fn(&str) -> &'a str> Reader<'a, F> {
    pub(super) const fn new(value: F) -> Self {
        Self { value, faults: Vec::new() }
    }

    pub(super) fn into_faults(self) -> Vec<String> {
        self.faults
    }

    fn fault(&mut self, name: &str, wanted: &str) {
        self.faults.push(format!("{name}: must be {wanted}"));
    }

    pub(super) fn text(&self, name: &str) -> String {
        (self.value)(name).trim().to_owned()
    }

    pub(super) fn parsed<T: FromStr + Fallback>(&mut self, name: &str, wanted: &str) -> T {
        self.text(name).parse().unwrap_or_else(|_| {
            self.fault(name, wanted);
            T::fallback()
        })
    }

    pub(super) fn at_least<T>(&mut self, name: &str, least: T) -> T
    where
        T: FromStr + PartialOrd + std::fmt::Display + Copy,
    {
        match self.text(name).parse() {
            Ok(value) if value >= least => value,
            _ => {
                self.fault(name, &format!("a number, at least {least}"));
                least
            }
        }
    }

    pub(super) fn duration(&mut self, name: &str) -> Duration {
        match humantime::parse_duration(&self.text(name)) {
            Ok(duration) if !duration.is_zero() => duration,
            _ => {
                self.fault(name, "a time such as 500ms, 15s or 2m");
                Duration::from_secs(1)
            }
        }
    }

    /// Signed microseconds.
    pub(super) fn offset(&mut self, name: &str) -> i64 {
        let text = self.text(name);
        let (sign, length) = match text.strip_prefix('-') {
            Some(length) => (-1, length),
            None => (1, text.strip_prefix('+').unwrap_or(&text)),
        };
        let micros = humantime::parse_duration(length)
            .ok()
            .and_then(|length| i64::try_from(length.as_micros()).ok());
        micros.map_or_else(
            || {
                self.fault(name, "a signed time such as +36h or -10m");
                0
            },
            |micros| sign * micros,
        )
    }

    pub(super) fn secret(&mut self, name: &str, least: usize) -> Option<SecretString> {
        let text = self.text(name);
        if text.is_empty() {
            return None;
        }
        if text.chars().count() < least {
            self.fault(name, &format!("at least {least} characters"));
        }
        Some(SecretString::from(text))
    }

    pub(super) fn database_url(&mut self, name: &str) -> SecretString {
        let text = self.text(name);
        if let Some(wanted) = database_url::fault(&text) {
            self.fault(name, wanted);
        }
        SecretString::from(text)
    }

    pub(super) fn url(&mut self, name: &str) -> Option<String> {
        let text = self.text(name);
        if text.is_empty() {
            return None;
        }
        if !text.starts_with("http://") && !text.starts_with("https://") {
            self.fault(name, "an http:// or https:// address");
        }
        Some(text.trim_end_matches('/').to_owned())
    }

    /// The template of a link.
    pub(super) fn link(&mut self, name: &str) -> Option<String> {
        let text = self.text(name);
        if text.is_empty() {
            return None;
        }
        if let Some(wanted) = links::fault(&text) {
            self.fault(name, wanted);
        }
        Some(text)
    }

    pub(super) fn mail(&mut self) -> Option<MailSettings> {
        let texts = mail::Texts {
            server: self.text("mail"),
            from: self.text("mail_from"),
            authority: self.text("mail_ca_file"),
            timeout: self.duration("mail_timeout"),
        };
        mail::read(texts, |name, wanted| self.fault(name, wanted))
    }

    pub(super) fn list(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name);
        let origins: Vec<String> = text
            .split(',')
            .map(|origin| origin.trim().trim_end_matches('/').to_owned())
            .filter(|origin| !origin.is_empty())
            .collect();
        if origins.iter().any(|origin| !origin.contains("://")) {
            self.fault(name, "origins such as https://crm.example, separated by commas");
        }
        origins
    }

    pub(super) fn log_format(&mut self, name: &str) -> LogFormat {
        match self.text(name).as_str() {
            "auto" => LogFormat::Auto,
            "json" => LogFormat::Json,
            "text" => LogFormat::Text,
            _ => {
                self.fault(name, "auto, json or text");
                LogFormat::Auto
            }
        }
    }
}

/// What stands in for a value that makes no sense until its fault is reported.
pub(super) trait Fallback {
    fn fallback() -> Self;
}

impl Fallback for bool {
    fn fallback() -> Self {
        false
    }
}

impl Fallback for usize {
    fn fallback() -> Self {
        0
    }
}

impl Fallback for evenhand_http::TrustedProxies {
    fn fallback() -> Self {
        Self::default()
    }
}

impl Fallback for std::net::SocketAddr {
    fn fallback() -> Self {
        Self::from(([127, 0, 0, 1], 0))
    }
}

/// A value of the file as text; a list is joined by commas.
pub(super) fn text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(text).collect();
            items.map(|items| items.join(","))
        }
        _ => None,
    }
}
