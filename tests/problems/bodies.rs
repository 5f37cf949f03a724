//! Bodies that are too large, of the wrong type, unreadable or never finished.

use reqwest::Method;
use serde_json::json;

use crate::support::both;
use crate::support::raw::RawConnection;
use crate::support::world::World;

const MEBIBYTE: usize = 1024 * 1024;

/// Sends the head of a request to add a lead.
async fn begin_post(acme: &World, length: &str) -> RawConnection {
    let mut connection = RawConnection::open(acme.server.address()).await;
    let token = &acme.owner.access_token;
    connection
        .send(&format!(
            "POST /v1/leads HTTP/1.1\r\nHost: evenhand\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\n{length}\r\n\r\n",
        ))
        .await;
    connection
}

both! {
    async fn a_mebibyte_is_taken_and_no_byte_more(database: Database) {
        let acme = World::start(database).await;
        let body = r#"{"first_name": "Lee"}"#;
        let padded = format!("{body}{}", " ".repeat(MEBIBYTE - body.len()));
        acme.owner.request(Method::POST, "/v1/leads").raw_json(padded).await.expect(201);

        // Said beforehand: the answer does not wait for the body.
        let length = format!("Content-Length: {}", MEBIBYTE + 1);
        let mut connection = begin_post(&acme, &length).await;
        connection.answer().await.expect_problem(413, "body_too_large");

        // Not said beforehand.
        let mut connection = begin_post(&acme, "Transfer-Encoding: chunked").await;
        let chunk = " ".repeat(MEBIBYTE + 1);
        connection.send(&format!("{:x}\r\n{chunk}", chunk.len())).await;
        connection.answer().await.expect_problem(413, "body_too_large");
        acme.owner.get("/v1/me").await.expect(200);
    }

    async fn what_is_not_json_is_of_the_wrong_type(database: Database) {
        let acme = World::start(database).await;
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/xml"] {
            let post = acme.owner.request(Method::POST, "/v1/leads");
            let answer = post.bytes(content_type, r#"{"first_name": "Lee"}"#).await;
            answer.expect_problem(415, "unsupported_media_type");
        }
        let post = acme.owner.request(Method::POST, "/v1/leads");
        let answer =
            post.bytes("application/json; charset=utf-8", r#"{"first_name": "Lee"}"#).await;
        answer.expect(201);
    }

    async fn unreadable_json_is_malformed(database: Database) {
        let acme = World::start(database).await;
        let bodies: [&[u8]; 8] = [
            b"",
            b"{",
            b"{\"first_name\": \"Lee\"} trailing",
            b"{'first_name': 'Lee'}",
            b"{\"first_name\": \"A\", \"first_name\": \"B\"}",
            b"{\"first_name\": \"A\", \"custom_fields\": {\"a\": 1, \"a\": 2}}",
            b"{\"first_name\": \"A\\u0000\"}",
            b"{\"first_name\": \"\xff\xfe\"}",
        ];
        for body in bodies {
            let answer = acme.owner.request(Method::POST, "/v1/leads").raw_json(body).await;
            answer.expect_problem(400, "malformed_json");
        }
        assert!(acme.owner.get("/v1/leads").await.expect(200).items().is_empty());
    }

    async fn what_is_no_object_is_of_the_wrong_type(database: Database) {
        let acme = World::start(database).await;
        for body in [json!([]), json!("Lee"), json!(null), json!(7)] {
            let answer = acme.owner.post("/v1/leads", body).await;
            answer.expect_faults(&[("", "invalid_type")]);
        }
    }

    async fn a_body_that_stalls_is_given_up(database: Database) {
        let acme = World::start_with(database, &[("EVENHAND_BODY_TIMEOUT", "1s")]).await;
        let mut connection = begin_post(&acme, "Content-Length: 100").await;
        connection.send("{\"first_name\":").await;
        connection.answer().await.expect_problem(408, "request_timeout");
        acme.owner.get("/v1/me").await.expect(200);
    }
}
