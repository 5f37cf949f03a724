//! `POST /v1/leads`: what is kept of a lead, and who may put it where.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::time::expect_instant;
use crate::support::world::World;

both! {
    async fn keeps_what_it_was_given(database: Database) {
        let acme = World::start(database).await;
        let given = json!({
            "first_name": "Lee", "last_name": "Ng", "email": "Lee.Ng@Customer.example",
            "phone": "020 7946 0018", "company": "Ng & Sons", "source": "web",
            "product": "Pension", "value": {"amount_minor": 125_000, "currency": "EUR"},
            "country": "GB", "external_id": "form-17", "status": "contacted",
            "tags": ["hot", "spring"],
            "custom_fields": {"budget": {"from": 1, "to": [2, null, true]}},
        });
        let answer = acme.owner.post("/v1/leads", given.clone()).await.expect(201);
        let lead = answer.json();
        for (member, value) in given.as_object().unwrap() {
            assert_eq!(&lead[member], value, "{member}");
        }
        assert_eq!(lead["phone_e164"], "+442079460018");
        assert_eq!(lead["team_id"], Value::Null);
        assert_eq!(lead["created_by"]["type"], "user");
        assert_eq!(lead["created_by"]["id"], acme.owner.id);
        assert!(lead["allowed_actions"].is_array(), "{lead}");
        expect_instant(&text(&lead["created_at"]));
        assert_eq!(answer.header("location"), format!("/v1/leads/{}", text(&lead["id"])));
        assert_eq!(answer.header("etag"), format!("\"{}\"", lead["version"]));
        let shown = acme.owner.get(answer.header("location")).await.expect(200);
        assert_eq!(shown.json(), lead);
        assert_eq!(shown.header("etag"), answer.header("etag"));
    }

    async fn fills_in_what_was_left_out(database: Database) {
        let acme = World::start(database).await;
        let lead = acme
            .owner
            .post("/v1/leads", json!({"phone": "+49 30 901820"}))
            .await
            .expect(201)
            .json();
        assert_eq!(lead["status"], "new");
        assert_eq!(lead["tags"], json!([]));
        assert_eq!(lead["custom_fields"], json!({}));
        for member in
            ["first_name", "email", "company", "value", "external_id", "owner", "group_id"]
        {
            assert_eq!(lead.get(member), Some(&Value::Null), "{member} is there, and null");
        }
        assert_eq!(lead["phone_e164"], "+4930901820");
    }

    async fn reads_a_phone_in_the_leads_own_country_or_the_organizations(database: Database) {
        let acme = World::start(database).await;
        let phone = async |body: Value| {
            text(&acme.owner.post("/v1/leads", body).await.expect(201).json()["phone_e164"])
        };
        assert_eq!(phone(json!({"phone": "020 7946 0018"})).await, "+442079460018");
        assert_eq!(phone(json!({"phone": "030 901820", "country": "DE"})).await, "+4930901820");
        assert_eq!(
            phone(json!({"phone": "+1 650-253-0000", "country": "DE"})).await,
            "+16502530000"
        );
    }

    async fn goes_nowhere_by_itself_where_no_rule_says_so(database: Database) {
        let acme = World::start(database).await;
        acme.group("Sales", &[&acme.owner]).await;
        for body in [
            json!({"first_name": "A"}),
            json!({"first_name": "B", "assignment": {"mode": "route"}}),
        ] {
            let lead = acme.owner.post("/v1/leads", body).await.expect(201).json();
            assert_eq!(lead["owner"], Value::Null);
            assert_eq!(lead["assignment"]["outcome"], "unassigned");
            assert_eq!(lead["assignment"]["reason"], "no_rule_matched");
            assert_eq!(lead["assignment"]["source"], Value::Null);
            assert_eq!(lead["assignment"]["turn"], Value::Null);
        }
    }

    async fn may_be_left_to_nobody(database: Database) {
        let acme = World::start(database).await;
        let body = json!({"first_name": "Lee", "assignment": {"mode": "none"}});
        let lead = acme.owner.post("/v1/leads", body).await.expect(201).json();
        assert_eq!(lead["owner"], Value::Null);
        assert_eq!(lead["assignment"]["reason"], "not_requested");
    }

    async fn may_be_given_to_a_named_user(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let body =
            || json!({"first_name": "Lee", "assignment": {"mode": "user", "user_id": tom.id}});
        let lead = acme.owner.post("/v1/leads", body()).await.expect(201).json();
        let named =
            json!({"id": tom.id, "first_name": "Tom", "last_name": null, "partner": false});
        assert_eq!(lead["owner"], named);
        assert_eq!(lead["assignment"]["outcome"], "assigned");
        assert_eq!(lead["assignment"]["source"], "manual");
        assert_eq!(lead["assignment"]["turn"], Value::Null);
        tom.get(format!("/v1/leads/{}", text(&lead["id"]))).await.expect(200);

        // That takes a permission of its own.
        let problem = tom.post("/v1/leads", body()).await.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "leads.assign");
        let form = acme.integration(&["leads.create"]).await;
        let problem = form.post("/v1/leads", body()).await.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "leads.assign");
        let crm = acme.integration(&["leads.create", "leads.assign"]).await;
        crm.post("/v1/leads", body()).await.expect(201);
    }

    async fn may_be_kept_by_who_adds_it(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let body = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
        let lead = tom.post("/v1/leads", body).await.expect(201).json();
        assert_eq!(lead["owner"]["id"], tom.id);
        assert_eq!(lead["assignment"]["source"], "creator");
    }

    async fn knows_no_user_or_group_of_another_organization(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let theirs = globex.group("Sales", &[&globex.owner]).await;
        let to_group =
            json!({"first_name": "A", "assignment": {"mode": "distribute", "group_id": theirs}});
        let answer = acme.owner.post("/v1/leads", to_group).await;
        answer.expect_faults(&[("/assignment/group_id", "unknown_group")]);
        let to_user =
            json!({"first_name": "A", "assignment": {"mode": "user", "user_id": globex.owner.id}});
        let answer = acme.owner.post("/v1/leads", to_user).await;
        answer.expect_faults(&[("/assignment/user_id", "unknown_user")]);
    }

    async fn takes_an_external_id_once_for_each_source(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let body =
            |source: &str| json!({"first_name": "Lee", "source": source, "external_id": "17"});
        acme.owner.post("/v1/leads", body("web")).await.expect(201);
        acme.owner.post("/v1/leads", body("web")).await.expect_problem(409, "external_id_taken");
        acme.owner.post("/v1/leads", body("ads")).await.expect(201);
        globex.owner.post("/v1/leads", body("web")).await.expect(201);
        let post = || async { acme.owner.post("/v1/leads", body("phone")).await.status.as_u16() };
        let (a, b, c, d) = tokio::join!(post(), post(), post(), post());
        let mut statuses = [a, b, c, d];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
    }
}
