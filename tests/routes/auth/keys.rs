//! The keys that sign access tokens and heads of ledgers: `evenhand keys`, and how servers follow.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use sea_orm::{FromQueryResult, Statement};
use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::{Client, Credential};
use crate::support::process::run_server_command;
use crate::support::wait::eventually;
use crate::support::world::{Person, World};

async fn keys(acme: &World, arguments: &[&str], offset: &str) -> Value {
    let arguments: Vec<&str> =
        ["keys"].iter().chain(arguments).chain(&["--json"]).copied().collect();
    let variables = [("EVENHAND_CLOCK_OFFSET", offset)];
    run_server_command(acme.database.url(), &arguments, &variables).await.expect_success().json()
}

fn kid_of(token: &str) -> String {
    decode_header(token).unwrap().kid.unwrap()
}

async fn published(client: &Client) -> Vec<String> {
    let set = client.get("/.well-known/jwks.json").await.expect(200).json();
    set["keys"].as_array().unwrap().iter().map(|key| text(&key["kid"])).collect()
}

/// A token that names a key that nobody has: who gets it looks for the key.
fn of_an_unknown_key(token: &str) -> String {
    let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": "unknown"}).to_string();
    let rest = token.split_once('.').unwrap().1;
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header))
}

/// Waits until a server has taken over as many keys as there are to be published.
async fn follows(client: &Client, token: &str, count: usize) -> Vec<String> {
    let stranger = client.with(Credential::AccessToken(of_an_unknown_key(token)));
    eventually("the server follows", || async {
        stranger.get("/v1/me").await.expect_problem(401, "invalid_credentials");
        Some(published(client).await).filter(|kids| kids.len() == count)
    })
    .await
}

async fn refreshed(client: &Client, person: &Person) -> Person {
    let body = json!({"refresh_token": person.refresh_token});
    Person::from_sign_in(client, &client.post("/v1/auth/refresh", body).await)
}

both! {
    async fn rotate_while_servers_run(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let mut clients = vec![acme.anonymous()];
        clients.extend(replicas.iter().map(|replica| acme.anonymous().at(replica)));
        let old = kid_of(&acme.owner.access_token);

        // Made ten minutes ago, so that it signs by now.
        let rotated = keys(&acme, &["rotate"], "-10m").await;
        let new = text(&rotated["kid"]);
        for client in &clients {
            let kids = follows(client, &acme.owner.access_token, 2).await;
            assert_eq!(kids, [new.clone(), old.clone()]);
        }
        let again = refreshed(&acme.anonymous(), &acme.owner).await;
        assert_eq!(kid_of(&again.access_token), new);
        for client in &clients {
            for token in [&acme.owner.access_token, &again.access_token] {
                let person = client.with(Credential::AccessToken(token.clone()));
                person.get("/v1/me").await.expect(200);
            }
        }
        let listed = keys(&acme, &["list"], "0s").await;
        let states: Vec<&Value> =
            listed["keys"].as_array().unwrap().iter().map(|key| &key["state"]).collect();
        assert_eq!(states, ["signing", "verifying"]);
    }

    async fn are_published_before_they_sign(database: Database) {
        let mut acme = World::start(database).await;
        let anonymous = acme.anonymous();
        let old = kid_of(&acme.owner.access_token);
        let rotated = keys(&acme, &["rotate"], "0s").await;
        let new = text(&rotated["kid"]);
        follows(&anonymous, &acme.owner.access_token, 2).await;
        let again = refreshed(&anonymous, &acme.owner).await;
        assert_eq!(kid_of(&again.access_token), old);

        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+6m")]).await;
        let again = refreshed(&anonymous, &again).await;
        assert_eq!(kid_of(&again.access_token), new);
        acme.owner.get("/v1/me").await.expect(200);

        // Long after, its public half is still there for what it signed for good.
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+2h")]).await;
        assert_eq!(published(&anonymous).await, [new, old]);
        let listed = eventually("its private half is destroyed", || async {
            let listed = keys(&acme, &["list"], "+2h").await;
            (listed["keys"][1]["sealed"] == Value::Null).then_some(listed)
        })
        .await;
        assert_eq!(listed["keys"][1]["state"], "kept");
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+2h")]).await;
        refreshed(&anonymous, &again).await.get("/v1/me").await.expect(200);
    }

    async fn that_are_in_wrong_hands_are_withdrawn_at_once(database: Database) {
        let acme = World::start(database).await;
        let anonymous = acme.anonymous();
        acme.owner.get("/v1/me").await.expect(200);
        let rotated = keys(&acme, &["rotate", "--withdraw"], "0s").await;
        eventually("the server follows", || async {
            let stranger = of_an_unknown_key(&acme.owner.access_token);
            anonymous.with(Credential::AccessToken(stranger)).get("/v1/me").await.expect(401);
            (published(&anonymous).await == [text(&rotated["kid"])]).then_some(())
        })
        .await;
        acme.owner.get("/v1/me").await.expect_problem(401, "invalid_credentials");
        let again = refreshed(&anonymous, &acme.owner).await;
        assert_eq!(kid_of(&again.access_token), text(&rotated["kid"]));
        again.get("/v1/me").await.expect(200);
    }

    /// More than one page of them, and by a key that was rotated since.
    async fn sign_the_heads_of_all_ledgers_so_that_anybody_can_check_them(database: Database) {
        const GROUPS: usize = 203;
        let mut acme = World::start(database).await;
        let anonymous = acme.anonymous();
        for number in 0..GROUPS {
            let body = json!({"name": format!("Group {number}")});
            acme.owner.post("/v1/groups", body).await.expect(201);
        }
        // A server signs what is to be signed when it starts.
        acme.server.restart_with(&[]).await;
        let heads = eventually("all heads are signed", || async {
            Some(stored_heads(&acme).await).filter(|heads| heads.len() == GROUPS)
        })
        .await;
        keys(&acme, &["rotate"], "-10m").await;
        follows(&anonymous, &acme.owner.access_token, 2).await;

        let set = anonymous.get("/.well-known/jwks.json").await.expect(200);
        let set: JwkSet = serde_json::from_slice(&set.bytes).unwrap();
        for head in &heads {
            let header = decode_header(&head.jws).unwrap();
            assert_eq!(header.typ.as_deref(), Some("evenhand-head+jwt"));
            let key = set.find(&header.kid.unwrap()).expect("its key is published");
            let mut validation = Validation::new(Algorithm::EdDSA);
            validation.set_required_spec_claims::<&str>(&[]);
            validation.validate_exp = false;
            let key = DecodingKey::from_jwk(key).unwrap();
            let claims = decode::<Value>(&head.jws, &key, &validation).unwrap().claims;
            assert_eq!(claims["organization_id"], acme.id);
            assert_eq!(claims["rotation_id"], head.rotation_id.to_string());
            assert_eq!(claims["entry"], head.entry);
            assert_eq!(claims["hash"], hex(&head.head));
        }
    }
}

/// A signed head, beside the head of the ledger itself.
#[derive(FromQueryResult)]
struct StoredHead {
    rotation_id: uuid::Uuid,
    entry: i64,
    jws: String,
    head: Vec<u8>,
}

async fn stored_heads(acme: &World) -> Vec<StoredHead> {
    let connection = sea_orm::Database::connect(acme.database.url()).await.unwrap();
    let sql = "SELECT h.rotation_id, h.entry, h.jws, r.head FROM rotation_heads h \
               JOIN rotations r ON r.organization_id = h.organization_id \
                 AND r.id = h.rotation_id AND r.entry = h.entry";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let heads = StoredHead::find_by_statement(statement).all(&connection).await.unwrap();
    connection.close().await.unwrap();
    heads
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
