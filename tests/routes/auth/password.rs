//! `POST /v1/auth/password/forgot`, `POST /v1/auth/password/reset`.

use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::both;
use crate::support::client::Client;
use crate::support::postgres;
use crate::support::server::Variable;
use crate::support::session::Session;
use crate::support::wait::eventually;
use crate::support::world::{PASSWORD, World};

const NEW: &str = "plum violin tractor";

/// Mail goes to the log, where the tests read it.
const MAIL: [Variable<'_>; 4] = [
    ("EVENHAND_MAIL", "log"),
    ("EVENHAND_MAIL_FROM", "Evenhand <no-reply@evenhand.example>"),
    ("EVENHAND_LOG", "warn,evenhand_delivery=info,evenhand_application=debug"),
    ("EVENHAND_TRUSTED_PROXIES", "127.0.0.0/8"),
];

async fn forgot(client: &Client, email: &str) -> Answer {
    client.post("/v1/auth/password/forgot", json!({"email": email})).await
}

async fn reset(client: &Client, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "new_password": password});
    client.post("/v1/auth/password/reset", body).await
}

async fn login(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/v1/auth/login", json!({"email": email, "password": password})).await
}

/// The tokens of all links that were mailed so far.
fn mailed(acme: &World) -> Vec<String> {
    let log = acme.server.log();
    let is_token = |c: &char| c.is_ascii_alphanumeric() || *c == '_' || *c == '-';
    let links = log.match_indices("evp_").map(|(at, _)| &log[at..]);
    links.map(|rest| rest.chars().take_while(is_token).collect()).collect()
}

/// The token of the link number `count`, once it was mailed.
async fn mailed_token(acme: &World, count: usize) -> String {
    eventually("a link is mailed", || async { mailed(acme).get(count - 1).cloned() }).await
}

/// How many requests for a link have been worked on, whether one was sent or not.
async fn worked_on(acme: &World, count: usize) {
    eventually("all requests are worked on", || async {
        let done = acme.server.log().matches("was asked for").count();
        (done >= count).then_some(())
    })
    .await;
}

async fn token_for(acme: &World, email: &str) -> String {
    let before = mailed(acme).len();
    forgot(&acme.anonymous(), email).await.expect(202);
    mailed_token(acme, before + 1).await
}

const INVALID: (&str, &str) = ("/token", "invalid_reset_token");

both! {
    async fn is_set_by_a_mailed_link_once_and_every_session_ends(database: Database) {
        let acme = World::start_with(database, &MAIL).await;
        let anonymous = acme.anonymous();
        let tom = acme.agent("Tom").await;
        let elsewhere = tom.signed_in_again().await;
        let token = token_for(&acme, &tom.email.to_uppercase()).await;
        tom.get("/v1/me").await.expect(200);

        reset(&anonymous, &token, NEW).await.expect(204);
        for ended in [&tom, &elsewhere] {
            ended.get("/v1/me").await.expect_problem(401, "invalid_credentials");
        }
        login(&anonymous, &tom.email, PASSWORD)
            .await
            .expect_problem(401, "wrong_email_or_password");
        login(&anonymous, &tom.email, NEW).await.expect(200);
        reset(&anonymous, &token, "rusty kettle balcony").await.expect_faults(&[INVALID]);
        acme.owner.get("/v1/me").await.expect(200);

        let told = acme.owner.get("/v1/audit-log?kind=password.").await.expect(200).items();
        let kinds: Vec<&Value> = told.iter().map(|line| &line["kind"]).collect();
        assert_eq!(kinds, ["password.reset", "password.reset_requested"]);
        assert!(told.iter().all(|line| line["subject"]["id"] == tom.id.as_str()));
        assert_eq!(told[1]["actor"]["type"], "service", "nobody knows who asked");
        eventually("the change is mailed", || async {
            acme.server.log().contains("Your password was changed").then_some(())
        })
        .await;
    }

    async fn answers_the_same_whoever_is_asked_for(database: Database) {
        let acme = World::start_with(database, &MAIL).await;
        let anonymous = acme.anonymous();
        acme.invitation("agent", "Ina").await;
        let told = ["olivia@acme.example", "nobody@acme.example", "ina@acme.example"];
        for email in told {
            let answer = forgot(&anonymous, email).await.expect(202);
            assert!(answer.bytes.is_empty(), "{answer}");
        }
        worked_on(&acme, told.len()).await;
        mailed_token(&acme, 1).await;
        assert_eq!(mailed(&acme).len(), 1, "who cannot sign in gets nothing");
    }

    async fn a_newer_link_ends_the_older_ones(database: Database) {
        let acme = World::start_with(database, &MAIL).await;
        let anonymous = acme.anonymous();
        let first = token_for(&acme, &acme.owner.email).await;
        let second = token_for(&acme, &acme.owner.email).await;
        reset(&anonymous, &first, NEW).await.expect_faults(&[INVALID]);
        reset(&anonymous, &second, NEW).await.expect(204);
    }

    async fn a_changed_password_ends_the_links(database: Database) {
        let acme = World::start_with(database, &MAIL).await;
        let token = token_for(&acme, &acme.owner.email).await;
        let body = json!({"current_password": PASSWORD, "new_password": NEW});
        acme.owner.put("/v1/me/password", body).await.expect(204);
        reset(&acme.anonymous(), &token, NEW).await.expect_faults(&[INVALID]);
    }

    async fn a_link_works_for_thirty_minutes(database: Database) {
        let mut acme = World::start_with(database, &MAIL).await;
        let token = token_for(&acme, &acme.owner.email).await;
        let mut later = MAIL.to_vec();
        later.push(("EVENHAND_CLOCK_OFFSET", "+29m"));
        acme.server.restart_with(&later).await;
        let anonymous = acme.anonymous();
        reset(&anonymous, &token, "short").await.expect_faults(&[("/new_password", "too_short")]);
        later[MAIL.len()] = ("EVENHAND_CLOCK_OFFSET", "+31m");
        acme.server.restart_with(&later).await;
        reset(&anonymous, &token, NEW).await.expect_faults(&[INVALID]);
    }

    async fn a_link_tells_all_faults_at_once(database: Database) {
        let acme = World::start(database).await;
        let anonymous = acme.anonymous();
        for token in ["nonsense", "", "evp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            reset(&anonymous, token, "short")
                .await
                .expect_faults(&[INVALID, ("/new_password", "too_short")]);
        }
        anonymous.post("/v1/auth/password/reset", json!({})).await.expect_faults(&[
            ("/token", "required"),
            ("/new_password", "required"),
        ]);
        forgot(&anonymous, "nobody").await.expect_faults(&[("/email", "invalid_email")]);
    }

    async fn refuses_what_is_known_of_the_person(database: Database) {
        let acme = World::start_with(database, &MAIL).await;
        let token = token_for(&acme, &acme.owner.email).await;
        let anonymous = acme.anonymous();
        for guessed in ["olivia@acme.example", "OliviaOwner", "password1234"] {
            let weak = [("/new_password", "weak_password")];
            reset(&anonymous, &token, guessed).await.expect_faults(&weak);
        }
        reset(&anonymous, &token, NEW).await.expect(204);
    }

    async fn of_two_with_one_link_one_sets_it(database: Database) {
        let acme = World::start_with(database, &MAIL).await;
        let anonymous = acme.anonymous();
        let token = token_for(&acme, &acme.owner.email).await;
        let other = "rusty kettle balcony";
        let (first, second) =
            tokio::join!(reset(&anonymous, &token, NEW), reset(&anonymous, &token, other));
        let set = match (first.status.as_u16(), second.status.as_u16()) {
            (204, 422) => NEW,
            (422, 204) => other,
            _ => panic!("{first}\n{second}"),
        };
        login(&anonymous, &acme.owner.email, set).await.expect(200);
    }

    async fn an_account_gets_three_links_an_hour(database: Database) {
        let mut acme = World::start_with(database, &MAIL).await;
        let anonymous = acme.anonymous();
        let email = acme.owner.email.clone();
        let mut last = String::new();
        for _ in 0..3 {
            last = token_for(&acme, &email).await;
        }
        forgot(&anonymous, &email).await.expect(202);
        worked_on(&acme, 4).await;
        reset(&anonymous, &last, "short").await.expect_faults(&[("/new_password", "too_short")]);
        assert_eq!(mailed(&acme).len(), 3);
        let mut later = MAIL.to_vec();
        later.push(("EVENHAND_CLOCK_OFFSET", "+61m"));
        acme.server.restart_with(&later).await;
        token_for(&acme, &email).await;
    }

    async fn a_network_that_asks_too_often_has_to_wait(database: Database) {
        let acme = World::start_with(database, &MAIL).await;
        let ask = |number: usize, address: &'static str| {
            let body = json!({"email": format!("n{number}@acme.example")});
            let request = acme.anonymous().post("/v1/auth/password/forgot", body);
            request.header("X-Forwarded-For", address)
        };
        for number in 0..20 {
            ask(number, "203.0.113.7").await.expect(202);
        }
        let refused = ask(20, "203.0.113.7").await;
        refused.expect_problem(429, "too_many_attempts");
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        ask(21, "203.0.113.8").await.expect(202);
    }

    async fn is_the_way_out_for_who_failed_too_often(database: Database) {
        let acme = World::start_with(database, &MAIL).await;
        let (anonymous, email) = (acme.anonymous(), acme.owner.email.clone());
        for _ in 0..5 {
            login(&anonymous, &email, "not the one I have").await.expect(401);
        }
        login(&anonymous, &email, PASSWORD).await.expect_problem(429, "too_many_attempts");
        let token = token_for(&acme, &email).await;
        reset(&anonymous, &token, NEW).await.expect(204);
        login(&anonymous, &email, NEW).await.expect(200);
    }

    async fn without_mail_the_answer_is_the_same_and_the_log_says_why(database: Database) {
        let acme = World::start(database).await;
        for email in [&acme.owner.email, "nobody@acme.example"] {
            forgot(&acme.anonymous(), email).await.expect(202);
        }
        eventually("the log says it", || async {
            let lines = acme.server.log().matches("no mail is configured").count();
            (lines == 2).then_some(())
        })
        .await;
    }
}

postgres! {
    /// What an answer does not wait for, its time cannot tell.
    async fn is_answered_before_anybody_looks_whether_there_is_an_account(database: Database) {
        let acme = World::start_with(database, &MAIL).await;
        let anonymous = acme.anonymous();
        let locked = Session::with_table(&acme.database, "accounts").await;
        for email in [&acme.owner.email, "nobody@acme.example"] {
            forgot(&anonymous, email).await.expect(202);
        }
        assert!(mailed(&acme).is_empty());
        locked.lets_go().await;
        mailed_token(&acme, 1).await;
    }
}
