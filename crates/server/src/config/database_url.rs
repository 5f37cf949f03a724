//! Database URLs: what is accepted, and what of one may be shown.

use std::fmt::Write as _;

use url::Url;

/// What a URL must look like.
const WANTED: &str = "sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME";

/// What is wrong most often with one that cannot be read.
const ENCODE: &str = "a URL whose user, password and name have every character but letters, digits and \
                      -._~ percent-encoded (/ is %2F, @ is %40, # is %23, ? is %3F)";

/// Parameters of a PostgreSQL URL that the driver knows and that hold no secret.
const OPEN: [&str; 13] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "application_name",
];

/// Parameters that the driver knows and that may hold one.
const CLOSED: [&str; 5] = ["user", "password", "sslkey", "ssl-key", "options"];

/// What a URL has to be that this is not; `None` for one that can be used. Never repeats any of it.
///
/// Stricter than the driver, whose messages repeat the URL or its parameters: what it would not
/// read as it was meant, it never gets to see.
pub(super) fn fault(text: &str) -> Option<&'static str> {
    let postgres = is_postgres(text);
    if !postgres && !text.starts_with("sqlite:") {
        return Some(WANTED);
    }
    match Url::parse(text) {
        Err(_) if postgres => Some(ENCODE),
        Err(_) => Some("sqlite://FILE, or sqlite:///FILE with an absolute path"),
        Ok(url) if postgres && is_doubtful(&url) => Some(ENCODE),
        Ok(url) if postgres && url.query_pairs().any(|(name, _)| !is_known(&name)) => {
            Some("a URL with parameters of PostgreSQL's driver alone, e.g. ?sslmode=verify-full")
        }
        Ok(_) => None,
    }
}

/// A URL with `***` for whatever may be secret in it; of one that is not understood, the scheme.
pub(super) fn shown(text: &str) -> String {
    if !is_postgres(text) {
        return if text.starts_with("sqlite:") { text.to_owned() } else { "***".to_owned() };
    }
    let scheme = text.split("://").next().unwrap_or_default();
    match Url::parse(text) {
        Ok(url) if !is_doubtful(&url) => without_secrets(&url),
        _ => format!("{scheme}://***"),
    }
}

fn without_secrets(url: &Url) -> String {
    let mut text = format!("{}://{}", url.scheme(), url.username());
    if url.password().is_some() {
        text.push_str(":***");
    }
    if !url.username().is_empty() || url.password().is_some() {
        text.push('@');
    }
    text.push_str(url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        // Writing to a text cannot fail.
        let _ = write!(text, ":{port}");
    }
    text.push_str(url.path());
    for (index, (name, value)) in url.query_pairs().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        let open = OPEN.contains(&name.as_ref()) || name == "user";
        text.push_str(if is_known(&name) { &name } else { "***" });
        text.push('=');
        text.push_str(if open { &value } else { "***" });
    }
    text
}

fn is_postgres(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// Whether something stands where only a part of an unencoded password can have come from, as in
/// `postgres://eve:12/34@db/eve`: host `eve`, port 12 and the name `34@db/eve`.
fn is_doubtful(url: &Url) -> bool {
    let name = url.path().trim_start_matches('/');
    let query = url.query().unwrap_or_default();
    let user = url.username().to_ascii_lowercase();
    name.contains(['@', '/'])
        || query.contains('@')
        || url.fragment().is_some()
        || user.contains("%3a")
}

fn is_known(name: &str) -> bool {
    OPEN.contains(&name)
        || CLOSED.contains(&name)
        || (name.starts_with("options[") && name.ends_with(']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usable_urls_are_accepted_and_shown_without_their_secrets() {
        let urls = [
            ("sqlite://data/evenhand.db", "sqlite://data/evenhand.db"),
            ("sqlite:///var/lib/evenhand.db?mode=rwc", "sqlite:///var/lib/evenhand.db?mode=rwc"),
            ("postgres://db/eve", "postgres://db/eve"),
            ("postgres://eve:hunter2@db/eve", "postgres://eve:***@db/eve"),
            ("postgresql://eve:hunter2@db:6432/eve", "postgresql://eve:***@db:6432/eve"),
            ("postgres://eve:p%2Fs%40s@[::1]/eve", "postgres://eve:***@[::1]/eve"),
            (
                "postgres:///eve?host=/run/postgresql&user=eve&password=hunter2",
                "postgres:///eve?host=/run/postgresql&user=eve&password=***",
            ),
            (
                "postgres://db/eve?sslmode=verify-full&sslkey=hunter2&options[role]=hunter2",
                "postgres://db/eve?sslmode=verify-full&sslkey=***&options[role]=***",
            ),
        ];
        for (url, expected) in urls {
            assert_eq!(fault(url), None, "{url}");
            assert_eq!(shown(url), expected);
        }
    }

    #[test]
    fn of_what_is_not_understood_the_scheme_alone_is_shown() {
        let urls = [
            ("postgres://eve:p/hunter2@db/eve", "postgres://***"),
            ("postgres://eve:12/hunter2@db/eve", "postgres://***"),
            ("postgres://eve:1?hunter2@db/eve", "postgres://***"),
            ("postgres://eve:1#hunter2@db/eve", "postgres://***"),
            ("postgresql://eve:hunter2@db:port/eve", "postgresql://***"),
            ("postgres://eve:hunter2@", "postgres://***"),
            ("postgres://eve%3Ahunter2@db/eve", "postgres://***"),
            ("mysql://eve:hunter2@db/eve", "***"),
            ("eve:hunter2@db/eve", "***"),
        ];
        for (url, expected) in urls {
            assert_eq!(shown(url), expected);
            let fault = fault(url);
            assert!(fault.is_some_and(|fault| !fault.contains("hunter2")), "{url}: {fault:?}");
        }
    }

    #[test]
    fn parameters_that_the_driver_would_log_are_refused_and_not_shown() {
        let url = "postgres://db/eve?sslpassword=hunter2&hunter2=1";
        assert!(fault(url).is_some());
        assert_eq!(shown(url), "postgres://db/eve?***=***&***=***");
    }
}
