//! `evenhand setup`, and first starts on an empty database.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::process::{run_server_command, server_command};
use crate::support::server::TestServer;
use crate::support::world::{PASSWORD, World, set_up, sign_in};
use crate::support::{both, both_empty, client::Client};

/// `evenhand setup` in Germany, with the first name Olivia.
const fn setup<'a>(organization: &'a str, zone: &'a str, email: &'a str) -> [&'a str; 13] {
    [
        "setup",
        "--organization",
        organization,
        "--timezone",
        zone,
        "--country",
        "DE",
        "--currency",
        "EUR",
        "--email",
        email,
        "--first-name",
        "Olivia",
    ]
}

both! {
    async fn makes_an_organization_and_its_owner(database: Database) {
        let arguments = setup("Acme", "Europe/London", "olivia@acme.example");
        let password = [("EVENHAND_SETUP_PASSWORD", PASSWORD)];
        let made =
            run_server_command(database.url(), &arguments, &password).await.expect_success().json();
        assert_eq!(made["organization"]["name"], "Acme");
        assert_eq!(made["organization"]["time_zone"], "Europe/London");
        assert_eq!(made["organization"]["country"], "DE");
        assert_eq!(made["organization"]["currency"], "EUR");
        assert_eq!(made["user"]["email"], "olivia@acme.example");
        assert_eq!(made["user"]["first_name"], "Olivia");
        assert_eq!(made["user"]["last_name"], Value::Null);
        assert_eq!(made["user"]["role"], "owner");

        let server = TestServer::start(&database).await;
        let owner = sign_in(&Client::anonymous(server.address()), "olivia@acme.example").await;
        assert_eq!(made["user"]["id"], owner.id);
        let me = owner.get("/v1/me").await.expect(200).json();
        assert_eq!(me["organization"]["id"], made["organization"]["id"]);
    }

    async fn run_twice_makes_two_organizations(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        assert_ne!(acme.id, globex.id);
        let users = globex.owner.get("/v1/users").await.expect(200).items();
        assert_eq!(users.len(), 1, "the second knows only its own: {users:?}");
    }

    async fn joins_an_existing_account_that_proves_itself(database: Database) {
        let acme = World::start(database).await;
        set_up(&acme.database, "Globex", "olivia@acme.example").await.expect_success();
        let login = json!({"email": "olivia@acme.example", "password": PASSWORD});
        acme.anonymous()
            .post("/v1/auth/login", login)
            .await
            .expect_problem(409, "organization_required");
    }

    async fn refuses_an_existing_account_with_another_password(database: Database) {
        let acme = World::start(database).await;
        let arguments = setup("Globex", "Europe/London", "olivia@acme.example");
        let password = [("EVENHAND_SETUP_PASSWORD", "not-her_Password 17 at all")];
        run_server_command(acme.database.url(), &arguments, &password).await.expect_failure();
        // She still belongs to one organization only.
        sign_in(&acme.owner, "olivia@acme.example").await;
    }

    async fn refuses_what_it_cannot_use(database: Database) {
        let refused = [
            ("Mars/Olympus", "olivia@acme.example", PASSWORD),
            ("Europe/London", "olivia", PASSWORD),
            ("Europe/London", "olivia@acme.example", "short"),
            ("Europe/London", "olivia@acme.example", "password123"),
        ];
        for (zone, email, password) in refused {
            let arguments = setup("Acme", zone, email);
            let password = [("EVENHAND_SETUP_PASSWORD", password)];
            run_server_command(database.url(), &arguments, &password).await.expect_failure();
        }
        // Nothing of it stayed: the same name and address can still be set up.
        set_up(&database, "Acme", "olivia@acme.example").await.expect_success();
    }

    async fn reads_the_password_from_standard_input(database: Database) {
        let mut command =
            server_command(database.url(), &setup("Acme", "Europe/London", "olivia@acme.example"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let output = tokio::task::spawn_blocking(move || {
            use std::io::Write as _;
            let mut setup = command.spawn().unwrap();
            writeln!(setup.stdin.take().unwrap(), "{PASSWORD}").unwrap();
            setup.wait_with_output().unwrap()
        });
        assert!(output.await.unwrap().status.success());
        let server = TestServer::start(&database).await;
        sign_in(&Client::anonymous(server.address()), "olivia@acme.example").await;
    }
}

both_empty! {
    async fn two_setups_at_once_make_one_schema_and_two_organizations(database: Database) {
        let (acme, globex) = tokio::join!(
            set_up(&database, "Acme", "olivia@acme.example"),
            set_up(&database, "Globex", "gwen@globex.example"),
        );
        acme.expect_success();
        globex.expect_success();
        let server = TestServer::start(&database).await;
        let anonymous = Client::anonymous(server.address());
        let olivia = sign_in(&anonymous, "olivia@acme.example").await;
        let gwen = sign_in(&anonymous, "gwen@globex.example").await;
        for owner in [olivia, gwen] {
            assert_eq!(owner.get("/v1/users").await.expect(200).items().len(), 1);
        }
    }

    async fn two_servers_at_once_make_one_schema_and_one_signing_key(database: Database) {
        let (first, second) =
            tokio::join!(TestServer::start(&database), TestServer::start(&database));
        let mut keys = Vec::new();
        for server in [&first, &second] {
            let anonymous = Client::anonymous(server.address());
            keys.push(anonymous.get("/.well-known/jwks.json").await.expect(200).json());
        }
        assert_eq!(keys[0]["keys"].as_array().map(Vec::len), Some(1), "{}", keys[0]);
        assert_eq!(keys[0], keys[1]);
        assert_eq!(keys[0]["keys"][0]["d"], Value::Null, "no private part is shown");
    }

    async fn a_server_that_starts_on_an_empty_database_is_ready(database: Database) {
        let server = TestServer::start(&database).await;
        let anonymous = Client::anonymous(server.address());
        anonymous.get("/readyz").await.expect(200);
        let login = json!({"email": "nobody@acme.example", "password": PASSWORD});
        anonymous
            .post("/v1/auth/login", login)
            .await
            .expect_problem(401, "wrong_email_or_password");
    }
}

/// Needs no database: none of these can be reached or understood.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_repeats_the_password_of_the_database() {
    let urls = [
        "postgres://eve:hunter2@127.0.0.1:1/eve",
        "postgres://127.0.0.1:1/eve?user=eve&password=hunter2",
        "postgres://eve:p/hunter2@127.0.0.1:1/eve",
        "postgres://eve:1/hunter2@127.0.0.1:1/eve",
        "postgres://eve:hunter2@127.0.0.1:port/eve",
        "postgres://eve:hunter2@[127.0.0.1/eve",
        "postgres:/eve:hunter2@127.0.0.1:1/eve",
    ];
    let variables = [("EVENHAND_DATABASE_WAIT", "100ms"), ("EVENHAND_LOG", "trace")];
    let commands: [&[&str]; 3] = [&["check-config"], &["check-config", "--connect"], &["migrate"]];
    for url in urls {
        for command in commands {
            let finished = run_server_command(url, command, &variables).await;
            let said = format!("{}{}", finished.stdout, finished.stderr);
            assert!(!said.contains("hunter2"), "{command:?} repeats {url}:\n{said}");
            if command != ["check-config"] {
                let finished = finished.expect_failure();
                assert!(matches!(finished.status.code(), Some(2 | 3)), "{finished:#?}");
            }
        }
    }
}
