//! Without a credential nothing answers but what says of itself that it is public.

use super::walk::Examples;
use crate::openapi::committed;
use crate::support::both;
use crate::support::client::Credential;
use crate::support::spec::operations;
use crate::support::world::World;

/// Operations that need no credential.
const PUBLIC: [&str; 9] = [
    "GET /.well-known/jwks.json",
    "GET /docs",
    "GET /livez",
    "GET /openapi.json",
    "GET /readyz",
    "GET /v1/invitations/{token}",
    "POST /v1/auth/login",
    "POST /v1/auth/refresh",
    "POST /v1/invitations/{token}/accept",
];

/// Operations of a person on what is their own: being that person is enough.
const PERSONAL: [&str; 2] = ["GET /v1/me", "POST /v1/auth/logout"];

#[test]
fn every_operation_names_its_permission_unless_it_is_known_not_to_need_one() {
    for operation in operations(&committed()) {
        let name = operation.name();
        let named = operation.required_permission().is_some();
        if PUBLIC.contains(&name.as_str()) {
            assert!(operation.is_public() && !named, "{name} is public");
        } else {
            assert!(!operation.is_public(), "{name} is not listed as public");
            assert_ne!(named, PERSONAL.contains(&name.as_str()), "{name} names a permission");
        }
    }
}

both! {
    async fn without_one_every_guarded_operation_asks_for_it(database: Database) {
        let acme = World::start(database).await;
        let examples = Examples::of(&acme).await;
        for operation in operations(&committed()) {
            if operation.is_public() {
                continue;
            }
            let answer = examples.call(&acme.anonymous(), &operation).await;
            answer.expect_problem(401, "authentication_required");
        }
    }

    async fn a_wrong_one_is_refused_by_every_operation_of_the_api(database: Database) {
        let acme = World::start(database).await;
        let examples = Examples::of(&acme).await;
        let key = format!("evh_{}", "A".repeat(49));
        for credential in [Credential::AccessToken("x.y.z".to_owned()), Credential::ApiKey(key)] {
            let liar = acme.owner.with(credential);
            for operation in operations(&committed()) {
                if operation.path.starts_with("/v1") {
                    let answer = examples.call(&liar, &operation).await;
                    answer.expect_problem(401, "invalid_credentials");
                }
            }
        }
    }

    async fn nobody_of_another_organization_reaches_anything(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let examples = Examples::of(&acme).await;
        for operation in operations(&committed()) {
            let names_a_record = operation.path.contains('{');
            if operation.is_public() || !names_a_record || operation.has_body() {
                continue;
            }
            let answer = examples.call(&globex.owner, &operation).await;
            answer.expect_problem(404, "not_found");
        }
    }
}
