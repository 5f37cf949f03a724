//! Many sign-ins at once.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::both;
use crate::support::world::World;

both! {
    /// Passwords are hashed beside the threads that serve, a few at a time: whoever does not sign
    /// in is answered long before those who do.
    async fn a_storm_of_sign_ins_does_not_stall_others(database: Database) {
        let one_at_a_time = [("EVENHAND_PASSWORD_CHECKS", "1")];
        let acme = World::start_with(database, &one_at_a_time).await;
        let anonymous = acme.anonymous();
        let sign_ins = (0..30).map(|number| {
            let body = json!({"email": format!("n{number}@acme.example"), "password": "wrong"});
            let request = anonymous.post("/v1/auth/login", body);
            async move { request.await }
        });
        let storm = tokio::spawn(join_all(sign_ins.collect::<Vec<_>>()));
        for _ in 0..10 {
            acme.owner.get("/v1/me").await.expect(200);
        }
        assert!(!storm.is_finished(), "ten reads waited for thirty hashes");
        for answer in storm.await.unwrap() {
            answer.expect_problem(401, "wrong_email_or_password");
        }
    }
}
