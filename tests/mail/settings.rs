//! Settings of mail: what makes no sense is said before anything starts.

use crate::support::process::run_server_command;

const DATABASE: &str = "sqlite://nowhere/evenhand.db";

#[tokio::test]
async fn what_makes_no_sense_is_refused_without_repeating_a_password() {
    let from = ("EVENHAND_MAIL_FROM", "no-reply@example.com");
    for (setting, variables) in [
        ("mail", vec![("EVENHAND_MAIL", "smtp://eve:p/hunter2@mail"), from]),
        ("mail", vec![("EVENHAND_MAIL", "smtp://eve:hunter2@mail?tls=none"), from]),
        ("mail", vec![("EVENHAND_MAIL", "smtp://mail?tls=hunter2"), from]),
        ("mail", vec![("EVENHAND_MAIL", "mailto:hunter2@mail"), from]),
        ("mail_from", vec![("EVENHAND_MAIL", "smtp://eve:hunter2@mail")]),
        ("mail_from", vec![("EVENHAND_MAIL", "log"), ("EVENHAND_MAIL_FROM", "Eve")]),
        ("mail_timeout", vec![("EVENHAND_MAIL_TIMEOUT", "soon")]),
        ("invitation_url", vec![("EVENHAND_INVITATION_URL", "https://crm.example.com/join")]),
        ("password_reset_url", vec![("EVENHAND_PASSWORD_RESET_URL", "crm/{token}")]),
        (
            "mail_ca_file",
            vec![
                ("EVENHAND_MAIL", "smtp://eve:hunter2@mail"),
                from,
                ("EVENHAND_MAIL_CA_FILE", "/nowhere/ca.pem"),
            ],
        ),
    ] {
        let checked = run_server_command(DATABASE, &["check-config"], &variables).await;
        let checked = checked.expect_failure();
        assert_eq!(checked.status.code(), Some(2), "{checked:?}");
        let said = format!("{}{}", checked.stdout, checked.stderr);
        assert!(checked.stderr.contains(&format!("{setting}:")), "{setting}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn what_holds_is_shown_without_the_password() {
    let variables = [
        ("EVENHAND_MAIL", "smtps://eve:hunter2@mail.example.com"),
        ("EVENHAND_MAIL_FROM", "Evenhand <no-reply@example.com>"),
        ("EVENHAND_INVITATION_URL", "https://crm.example.com/#/join/{token}"),
    ];
    let checked = run_server_command(DATABASE, &["check-config"], &variables).await;
    let shown = checked.expect_success().stdout;
    assert!(shown.contains("mail = smtps://eve:***@mail.example.com (environment)"), "{shown}");
    assert!(shown.contains("mail_from = Evenhand <no-reply@example.com>"), "{shown}");
}
