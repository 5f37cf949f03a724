use super::*;

fn with(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let environment = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::load(None, environment)?.parse()
}

#[test]
fn the_defaults_are_a_configuration() {
    let config = with(&[]).unwrap();
    assert_eq!(config.listen.port(), 8080);
    assert!(config.secret_key.is_none());
    assert_eq!(config.clock_offset, 0);
    let file: toml::Table = default_file().parse().unwrap();
    assert!(file.is_empty(), "every default is commented out");
}

#[test]
fn everything_wrong_is_said_at_once_and_typos_are_found() {
    let error = with(&[("EVENHAND_LISTEN", "here"), ("EVENHAND_SECRET_KEY", "short")]);
    let text = error.unwrap_err().to_string();
    assert!(text.contains("listen") && text.contains("secret_key"), "{text}");
    assert!(!text.contains("short"), "a secret is not repeated");
    let unknown = with(&[("EVENHAND_LISTENN", "x")]).unwrap_err().to_string();
    assert!(unknown.contains("EVENHAND_LISTENN"));
}

#[test]
fn trusted_proxies_are_networks() {
    let config = with(&[("EVENHAND_TRUSTED_PROXIES", "10.0.0.0/8, ::1")]).unwrap();
    assert_eq!(config.trusted_proxies.to_string(), "10.0.0.0/8,::1/128");
    let error = with(&[("EVENHAND_TRUSTED_PROXIES", "10.0.0.0/33")]).unwrap_err().to_string();
    assert!(error.contains("trusted_proxies"), "{error}");
}

#[test]
fn durations_and_offsets_are_read_as_people_write_them() {
    let config =
        with(&[("EVENHAND_CLOCK_OFFSET", "-10m"), ("EVENHAND_BODY_TIMEOUT", "500ms")]).unwrap();
    assert_eq!(config.clock_offset, -600_000_000);
    assert_eq!(config.body_timeout, Duration::from_millis(500));
    let config = with(&[("EVENHAND_CLOCK_OFFSET", "+36h")]).unwrap();
    assert_eq!(config.clock_offset, 36 * 3_600_000_000);
}

#[test]
fn secrets_are_in_no_print_out() {
    let urls = [
        "postgres://eve:hunter2@db/eve",
        "postgres://eve:p%2Fhunter2@db/eve",
        "postgres://eve:p/hunter2@db/eve",
        "postgres://eve:12/hunter2@db/eve",
        "postgres://eve:p@hunter2@db/eve",
        "postgres://eve:p?hunter2@db/eve",
        "postgres://eve:p#hunter2@db/eve",
        "postgres://db/eve?user=eve&password=hunter2",
        "postgresql://db/eve?sslpassword=hunter2",
        "postgres://db/eve?sslkey=hunter2",
        "postgres://eve:hunter2@[db/eve",
        "postgres//eve:hunter2@db/eve",
        "mysql://eve:hunter2@db/eve",
    ];
    for url in urls {
        let pairs = [
            ("EVENHAND_DATABASE_URL".to_owned(), url.to_owned()),
            ("EVENHAND_SECRET_KEY".to_owned(), "correct horse battery staple wins".to_owned()),
        ];
        let settings = Settings::load(None, pairs).unwrap();
        let parsed = match settings.parse() {
            Ok(config) => format!("{config:?}"),
            Err(faults) => format!("{faults} {faults:?}"),
        };
        let printed = format!("{} {settings:?} {parsed}", settings.explain());
        assert!(!printed.contains("hunter2") && !printed.contains("horse"), "{printed}");
    }
}

#[test]
fn a_password_that_must_be_encoded_is_said_to_be_so() {
    let error = with(&[("EVENHAND_DATABASE_URL", "postgres://eve:p/ss@db/eve")]).unwrap_err();
    assert!(error.to_string().contains("percent-encoded"), "{error}");
}

#[test]
fn a_broken_file_is_not_repeated() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let text = "listen = \"127.0.0.1:0\"\ndatabase_url = \"postgres://eve:hunter2@db/eve\n";
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    let error = Settings::load(Some(file.path()), []).unwrap_err().to_string();
    assert!(error.contains("line 2") && !error.contains("hunter2"), "{error}");
}
