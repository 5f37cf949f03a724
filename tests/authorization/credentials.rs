//! Without a credential nothing answers but what says of itself that it is public.

use serde_json::{Value, json};

use super::walk::Examples;
use crate::openapi::committed;
use crate::support::both;
use crate::support::client::Credential;
use crate::support::spec::{Operation, operations};
use crate::support::world::World;

/// Operations that need no credential.
const PUBLIC: [&str; 11] = [
    "GET /.well-known/jwks.json",
    "GET /docs",
    "GET /livez",
    "GET /openapi.json",
    "GET /readyz",
    "GET /v1/invitations/{token}",
    "POST /v1/auth/login",
    "POST /v1/auth/password/forgot",
    "POST /v1/auth/password/reset",
    "POST /v1/auth/refresh",
    "POST /v1/invitations/{token}/accept",
];

/// Operations of a person on what is their own, or of no organization: being a person is enough.
const PERSONAL: [&str; 14] = [
    "DELETE /v1/auth/sessions",
    "DELETE /v1/auth/sessions/{id}",
    "DELETE /v1/me/availability",
    "DELETE /v1/me/pause",
    "GET /v1/auth/sessions",
    "GET /v1/me",
    "GET /v1/me/availability",
    "GET /v1/permissions",
    "PATCH /v1/me",
    "POST /v1/auth/logout",
    "POST /v1/auth/switch",
    "PUT /v1/me/availability",
    "PUT /v1/me/password",
    "PUT /v1/me/pause",
];

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
        let (examples, own) = (Examples::of(&acme).await, Examples::of(&globex).await);
        let spec = committed();
        let all = operations(&spec);
        // A lead status is named by a word, a lead by the id that its source gives it: each
        // organization has these for itself.
        let on_a_record = |operation: &&Operation| {
            let is_named = ["{key}", "{external_id}"].iter().any(|name| operation.path.contains(name));
            !operation.is_public() && operation.path.contains('{') && !is_named
        };
        for operation in all.iter().filter(on_a_record) {
            // Neither with what a record of one's own would take, nor naming the record's own.
            for named in [&own, &examples] {
                let call = examples.call_in_earnest(&globex.owner, operation, &spec, named);
                call.await.expect_problem(404, "not_found");
            }
        }
        // The same requests by those who may: it was not the requests that failed. (The owner was
        // never deactivated.)
        let (mut ending, others): (Vec<_>, Vec<_>) = all
            .iter()
            .filter(on_a_record)
            .filter(|operation| !operation.path.ends_with("/deactivation"))
            .partition(|operation| {
                operation.method == "DELETE" || operation.path.ends_with("/erase")
            });
        // What belongs to a record ends before the record.
        ending.sort_by_key(|operation| std::cmp::Reverse(operation.path.matches('/').count()));
        for operation in others.into_iter().chain(ending) {
            let call = examples.call_in_earnest(&acme.owner, operation, &spec, &examples);
            let answer = call.await;
            // A conflict with the record's state is no fault of the request either.
            assert!(answer.status.is_success() || answer.status == 409, "{answer}");
        }
    }

    async fn nobody_names_in_a_body_what_another_organization_has(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let (user, group) = (&acme.owner.id, acme.group("Sales", &[&acme.owner]).await);
        let own = globex.group("Sales", &[&globex.owner]).await;
        let members = format!("/v1/groups/{own}/members");
        let gwen = &globex.owner;
        let lead = |assignment: Value| json!({"first_name": "Lee", "assignment": assignment});
        let rule = |target: Value| {
            json!({"name": "Theirs", "conditions": {"all": []}, "target": target})
        };
        let requests = [
            (
                gwen.post("/v1/leads", lead(json!({"mode": "distribute", "group_id": group}))),
                ("/assignment/group_id", "unknown_group"),
            ),
            (
                gwen.post("/v1/leads", lead(json!({"mode": "user", "user_id": user}))),
                ("/assignment/user_id", "unknown_user"),
            ),
            (
                gwen.post("/v1/groups", json!({"name": "Theirs", "user_ids": [user]})),
                ("/user_ids/0", "unknown_user"),
            ),
            (gwen.put(members, json!({"user_ids": [user]})), ("/user_ids/0", "unknown_user")),
            (
                gwen.post(
                    "/v1/api-keys",
                    json!({"name": "Form", "scopes": ["leads.create"], "group_ids": [group]}),
                ),
                ("/group_ids/0", "unknown_group"),
            ),
            (
                gwen.post("/v1/routing-rules", rule(json!({"group_id": group}))),
                ("/target/group_id", "unknown_group"),
            ),
            (
                gwen.post("/v1/routing-rules", rule(json!({"user_id": user}))),
                ("/target/user_id", "unknown_user"),
            ),
            (
                gwen.put("/v1/routing-rules/default", json!({"target": {"group_id": group}})),
                ("/target/group_id", "unknown_group"),
            ),
        ];
        for (request, fault) in requests {
            request.await.expect_faults(&[fault]);
        }
    }
}
