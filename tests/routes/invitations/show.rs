//! `GET /v1/invitations/{token}`.

use serde_json::Value;

use crate::support::answer::text;
use crate::support::both;
use crate::support::time::expect_instant;
use crate::support::world::World;

both! {
    async fn tells_the_invited_what_they_are_invited_to(database: Database) {
        let acme = World::start(database).await;
        let token = acme.invitation("manager", "Mia").await;
        let shown =
            acme.anonymous().get(format!("/v1/invitations/{token}")).await.expect(200).json();
        assert_eq!(shown["email"], "mia@acme.example");
        assert_eq!(shown["first_name"], "Mia");
        assert_eq!(shown["last_name"], Value::Null);
        assert_eq!(shown["role"], "manager");
        assert_eq!(shown["organization"]["id"], acme.id);
        assert_eq!(shown["organization"]["name"], "Acme");
        expect_instant(&text(&shown["expires_at"]));
    }

    async fn does_not_tell_whether_the_invited_has_an_account_already(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let body = serde_json::json!({
            "email": "olivia@acme.example", "first_name": "Olivia", "send_email": false,
        });
        let known = globex.owner.post("/v1/users", body).await.expect(201).json();
        let body = serde_json::json!({
            "email": "otto@acme.example", "first_name": "Olivia", "send_email": false,
        });
        let unknown = globex.owner.post("/v1/users", body).await.expect(201).json();
        let anonymous = acme.anonymous();
        let mut shown = Vec::new();
        for invited in [known, unknown] {
            let token = text(&invited["invitation"]["token"]);
            let answer = anonymous.get(format!("/v1/invitations/{token}")).await.expect(200);
            let mut invitation = answer.json();
            let own = invitation.as_object_mut().unwrap();
            own.remove("email");
            own.remove("expires_at");
            shown.push(invitation);
        }
        assert_eq!(shown[0], shown[1], "but for the address and the time");
    }

    async fn knows_no_other_token(database: Database) {
        let acme = World::start(database).await;
        let mut token = acme.invitation("agent", "Tom").await;
        token.pop();
        acme.anonymous()
            .get(format!("/v1/invitations/{token}"))
            .await
            .expect_problem(404, "not_found");
        acme.anonymous().get("/v1/invitations/nonsense").await.expect_problem(404, "not_found");
    }
}
