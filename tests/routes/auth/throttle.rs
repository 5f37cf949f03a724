//! Guessing passwords: who does it is slowed down, whoever they guess at is not.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::answer::Answer;
use crate::support::both;
use crate::support::client::Client;
use crate::support::server::Variable;
use crate::support::wait::eventually;
use crate::support::world::{PASSWORD, World};

const PROXIED: [Variable<'_>; 1] = [("EVENHAND_TRUSTED_PROXIES", "127.0.0.0/8")];
const OLIVIA: &str = "olivia@acme.example";

async fn login(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/v1/auth/login", json!({"email": email, "password": password})).await
}

async fn login_from(client: &Client, address: &str, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    client.post("/v1/auth/login", body).header("X-Forwarded-For", address).await
}

async fn fail_from(client: &Client, address: &str, email: &str, times: usize) {
    for _ in 0..times {
        let answer = login_from(client, address, email, "not the one I have").await;
        answer.expect_problem(401, "wrong_email_or_password");
    }
}

fn wait(answer: &Answer) -> u64 {
    answer.expect_problem(429, "too_many_attempts");
    answer.header("retry-after").parse().unwrap()
}

both! {
    async fn who_keeps_failing_waits_longer_and_longer(database: Database) {
        let mut acme = World::start_with(database, &PROXIED).await;
        let anonymous = acme.anonymous();
        fail_from(&anonymous, "203.0.113.7", OLIVIA, 5).await;
        // Also for the right password, or trying would still tell.
        let refused = login_from(&anonymous, "203.0.113.7", OLIVIA, PASSWORD).await;
        let mut longest = wait(&refused);
        assert!((1..=10).contains(&longest), "{longest}");
        let mut seconds = 0;
        for passed in [20, 40, 60, 100] {
            seconds += passed;
            let offset = format!("+{seconds}s");
            acme.server.restart_with(&[PROXIED[0], ("EVENHAND_CLOCK_OFFSET", &offset)]).await;
            fail_from(&anonymous, "203.0.113.7", OLIVIA, 1).await;
            let refused = login_from(&anonymous, "203.0.113.7", OLIVIA, "again").await;
            let waits = wait(&refused);
            assert!(waits > longest, "{waits} after {longest}");
            longest = waits;
        }
        let offset = format!("+{}s", seconds + 180);
        acme.server.restart_with(&[PROXIED[0], ("EVENHAND_CLOCK_OFFSET", &offset)]).await;
        login_from(&anonymous, "203.0.113.7", OLIVIA, PASSWORD).await.expect(200);
        // And a success forgets the failures.
        fail_from(&anonymous, "203.0.113.7", OLIVIA, 4).await;
        login_from(&anonymous, "203.0.113.7", OLIVIA, PASSWORD).await.expect(200);
    }

    async fn nobody_is_locked_out_by_who_guesses_elsewhere(database: Database) {
        let acme = World::start_with(database, &PROXIED).await;
        let anonymous = acme.anonymous();
        fail_from(&anonymous, "203.0.113.7", OLIVIA, 5).await;
        wait(&login_from(&anonymous, "203.0.113.7", OLIVIA, PASSWORD).await);
        login_from(&anonymous, "198.51.100.2", OLIVIA, PASSWORD).await.expect(200);
        wait(&login_from(&anonymous, "203.0.113.7", OLIVIA, PASSWORD).await);
        let refresh = json!({"refresh_token": acme.owner.refresh_token});
        let answer = anonymous.post("/v1/auth/refresh", refresh);
        answer.header("X-Forwarded-For", "203.0.113.7").await.expect(200);
    }

    async fn an_address_without_an_account_is_answered_alike(database: Database) {
        let acme = World::start_with(database, &PROXIED).await;
        let anonymous = acme.anonymous();
        let mut answers = Vec::new();
        for email in [OLIVIA, "nobody@acme.example", "no address"] {
            let mut codes = Vec::new();
            for _ in 0..7 {
                let answer = login_from(&anonymous, "203.0.113.7", email, "wrong").await;
                codes.push(answer.code());
            }
            answers.push(codes);
        }
        assert_eq!(answers[0][4..6], ["wrong_email_or_password", "too_many_attempts"]);
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
    }

    async fn an_address_is_the_same_however_it_is_written(database: Database) {
        let acme = World::start_with(database, &PROXIED).await;
        let anonymous = acme.anonymous();
        for email in [OLIVIA, "Olivia@acme.example", " olivia@acme.example ", OLIVIA, OLIVIA] {
            fail_from(&anonymous, "203.0.113.7", email, 1).await;
        }
        wait(&login_from(&anonymous, "203.0.113.7", "OLIVIA@ACME.EXAMPLE", PASSWORD).await);
    }

    async fn an_address_of_ipv6_is_one_of_a_network(database: Database) {
        let acme = World::start_with(database, &PROXIED).await;
        let anonymous = acme.anonymous();
        for host in 1..=5 {
            fail_from(&anonymous, &format!("2001:db8:1:2::{host}"), OLIVIA, 1).await;
        }
        wait(&login_from(&anonymous, "2001:db8:1:2:3:4:5:6", OLIVIA, PASSWORD).await);
        login_from(&anonymous, "2001:db8:1:3::1", OLIVIA, PASSWORD).await.expect(200);
    }

    async fn an_address_cannot_be_made_up_without_a_proxy(database: Database) {
        let acme = World::start(database).await;
        let anonymous = acme.anonymous();
        for host in 1..=5 {
            fail_from(&anonymous, &format!("203.0.113.{host}"), OLIVIA, 1).await;
        }
        wait(&login_from(&anonymous, "203.0.113.6", OLIVIA, PASSWORD).await);
    }

    async fn failures_are_counted_across_replicas(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let mut clients = vec![acme.anonymous()];
        clients.extend(replicas.iter().map(|replica| acme.anonymous().at(replica)));
        for number in 0..5 {
            login(&clients[number % clients.len()], OLIVIA, "wrong").await.expect(401);
        }
        for client in &clients {
            wait(&login(client, OLIVIA, PASSWORD).await);
        }
    }

    async fn many_guesses_at_once_get_no_further(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let mut clients = vec![acme.anonymous()];
        clients.extend(replicas.iter().map(|replica| acme.anonymous().at(replica)));
        let guesses = (0..100).map(|number| {
            let client = clients[number % clients.len()].on_a_new_connection();
            async move { login(&client, OLIVIA, &format!("guess number {number}")).await }
        });
        let answers = join_all(guesses).await;
        let with = |status: u16| answers.iter().filter(|a| a.status.as_u16() == status).count();
        assert_eq!(with(401) + with(429) + with(503), 100);
        // Five are free; another is taken after each wait of 10, 20 … seconds that it lasts.
        assert!((5..=7).contains(&with(401)), "{} were looked at", with(401));
        assert!(with(429) > 0);
        wait(&login(&acme.anonymous(), OLIVIA, PASSWORD).await);
    }

    async fn the_right_password_many_times_at_once_is_no_guessing(database: Database) {
        let acme = World::start(database).await;
        let client = acme.anonymous();
        let answers = join_all((0..20).map(|_| login(&client, OLIVIA, PASSWORD))).await;
        for answer in answers {
            answer.expect(200);
        }
    }

    async fn who_guesses_from_many_places_slows_down_new_ones_alone(database: Database) {
        let acme = World::start_with(database, &PROXIED).await;
        let anonymous = acme.anonymous();
        login_from(&anonymous, "198.51.100.2", OLIVIA, PASSWORD).await.expect(200);
        for network in 0..10 {
            fail_from(&anonymous, &format!("203.0.113.{network}"), OLIVIA, 5).await;
        }
        wait(&login_from(&anonymous, "203.0.113.200", OLIVIA, PASSWORD).await);
        login_from(&anonymous, "198.51.100.2", OLIVIA, PASSWORD).await.expect(200);
    }

    async fn who_guesses_at_many_accounts_slows_down_their_network_alone(database: Database) {
        let acme = World::start_with(database, &PROXIED).await;
        let anonymous = acme.anonymous();
        login_from(&anonymous, "203.0.113.7", OLIVIA, PASSWORD).await.expect(200);
        let tom = acme.agent("Tom").await;
        for batch in 0..10 {
            let guesses = (0..10).map(|number| {
                let email = format!("n{batch}-{number}@acme.example");
                let client = &anonymous;
                async move { fail_from(client, "203.0.113.7", &email, 1).await }
            });
            join_all(guesses).await;
        }
        wait(&login_from(&anonymous, "203.0.113.7", &tom.email, PASSWORD).await);
        login_from(&anonymous, "203.0.113.8", &tom.email, PASSWORD).await.expect(200);
        // Who works in the same office is known there.
        login_from(&anonymous, "203.0.113.7", OLIVIA, PASSWORD).await.expect(200);
    }

    async fn failures_are_in_the_audit_log_of_who_is_guessed_at(database: Database) {
        let acme = World::start_with(database, &PROXIED).await;
        let globex = acme.second_organization().await;
        let anonymous = acme.anonymous();
        fail_from(&anonymous, "203.0.113.7", OLIVIA, 1).await;
        fail_from(&anonymous, "203.0.113.7", "nobody@acme.example", 1).await;
        let told = eventually("the failure is told", || async {
            let path = "/v1/audit-log?kind=session.refused";
            acme.owner.get(path).await.expect(200).items().pop()
        })
        .await;
        assert_eq!(told["data"], json!({"reason": "wrong_password"}));
        assert_eq!(told["details"]["email"], OLIVIA);
        assert_eq!(told["address"], "203.0.113.7");
        assert_eq!(told["subject"], json!({"type": "user", "id": acme.owner.id}));
        let elsewhere = globex.owner.get("/v1/audit-log?kind=session.refused").await;
        assert!(elsewhere.expect(200).items().is_empty());
    }
}
