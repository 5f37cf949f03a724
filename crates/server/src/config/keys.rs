//! Every setting, documented in this one place. `evenhand check-config --defaults` prints it as a
//! file to start from.

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name in `evenhand.toml`; in the environment it is `EVENHAND_` and the name in capitals.
    pub name: &'static str,
    /// What holds when nothing is said.
    pub default: &'static str,
    /// Whether its value is kept out of every log and print-out.
    pub secret: bool,
    /// What it does.
    pub doc: &'static str,
}

impl Key {
    /// The variable that overrides the file.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("EVENHAND_{}", self.name.to_uppercase())
    }
}

const fn key(name: &'static str, default: &'static str, doc: &'static str) -> Key {
    Key { name, default, secret: false, doc }
}

const fn secret(name: &'static str, doc: &'static str) -> Key {
    Key { name, default: "", secret: true, doc }
}

/// All settings in the order they are documented in.
pub const KEYS: [Key; 25] = [
    Key {
        name: "database_url",
        default: "sqlite://data/evenhand.db",
        secret: true,
        doc: "Where the data is: sqlite://FILE (one machine) or postgres://USER:PASSWORD@HOST/NAME (many replicas; special characters percent-encoded).",
    },
    key("listen", "127.0.0.1:8080", "Address and port to serve on; port 0 takes a free one."),
    key(
        "public_url",
        "",
        "The address that people reach this service by, for links in letters; empty = http:// and the listening address.",
    ),
    key(
        "invitation_url",
        "",
        "Where links in invitations point, with {token} in the token's place, e.g. https://crm.example.com/invitations/{token}; empty = the API itself.",
    ),
    key(
        "password_reset_url",
        "",
        "Where links to set a new password point, likewise, e.g. https://crm.example.com/new-password/{token}.",
    ),
    secret(
        "mail",
        "How mail leaves: smtps://USER:PASSWORD@HOST or smtp://USER:PASSWORD@HOST (STARTTLS; special characters percent-encoded; ?tls=opportunistic or none for a server of your own), log = it is printed to the log with the links in it, for development; empty = no mail: links are shown to whoever made them.",
    ),
    key("mail_from", "", "Whom mail comes from, e.g. Evenhand <no-reply@example.com>."),
    key(
        "mail_ca_file",
        "",
        "A certificate authority's certificate (PEM) to trust beside the public ones when mail is sent.",
    ),
    key("mail_timeout", "20s", "How long sending one letter may take."),
    secret(
        "secret_key",
        "At least 32 characters. Encrypts the signing keys at rest; without it they are stored in clear.",
    ),
    key(
        "cors_origins",
        "",
        "Origins of browser applications that may call the API, separated by commas, e.g. https://crm.example.",
    ),
    key(
        "trusted_proxies",
        "",
        "Networks of the reverse proxies whose X-Forwarded-For says where requests come from, separated by commas, e.g. 10.0.0.0/8,2001:db8::/32.",
    ),
    key(
        "behind_https",
        "false",
        "Whether clients reach the service by HTTPS: sends Strict-Transport-Security.",
    ),
    key("migrate", "true", "Whether `serve` brings the schema up to date before it starts."),
    key("database_connections", "10", "Most connections to PostgreSQL, or readers on SQLite."),
    key(
        "database_wait",
        "3s",
        "How long a request waits for a connection before it is answered 503.",
    ),
    key(
        "lanes",
        "1",
        "How many transactions of incoming leads run side by side on PostgreSQL; SQLite has one.",
    ),
    key("lane_queue", "4096", "How many leads may wait in a lane before more are answered 503."),
    key("workers", "0", "Threads that serve HTTP; 0 = one per core."),
    key(
        "password_checks",
        "0",
        "Password checks at once, each 20 MiB and a core for 40 ms; 0 = cores less one, at least one.",
    ),
    key("body_timeout", "15s", "How long a request body may take to arrive."),
    key("shutdown_timeout", "30s", "How long a stopping server goes on with what it took."),
    key(
        "log",
        "info",
        "What to log: error, warn, info, debug, or a filter such as info,evenhand_http=debug.",
    ),
    key("log_format", "auto", "json, text, or auto: text on a terminal, else json."),
    key(
        "clock_offset",
        "0s",
        "Shifts the service's clock for rehearsals and tests, e.g. +36h or -10m. Never in production.",
    ),
];
