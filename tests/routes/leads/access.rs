//! `GET /v1/leads/{id}/access`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::world::{Person, World};

async fn own(person: &Person) -> String {
    let body = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
    text(&person.post("/v1/leads", body).await.expect(201).json()["id"])
}

/// What each rule says, e.g. `owner` or `!team:manages_no_team`.
fn told(access: &Value) -> Vec<String> {
    let word = |rule: &Value| {
        assert!(!text(&rule["detail"]).is_empty(), "{rule}");
        let name = text(&rule["rule"]);
        if rule["applies"] == true { name } else { format!("!{name}:{}", text(&rule["reason"])) }
    };
    access["rules"].as_array().unwrap().iter().map(word).collect()
}

async fn about(asking: &Person, lead: &str, user: &Person) -> Value {
    let path = format!("/v1/leads/{lead}/access?user_id={}", user.id);
    let access = asking.get(path).await.expect(200).json();
    assert_eq!(access["lead_id"], *lead);
    assert_eq!(access["user"]["id"], *user.id);
    access
}

fn seen(access: &Value) -> (bool, bool) {
    (access["visible"].as_bool().unwrap(), access["read_only"].as_bool().unwrap())
}

const HIDDEN: (bool, bool) = (false, false);
const LOOKS_ON: (bool, bool) = (true, true);
const WORKS: (bool, bool) = (true, false);

both! {
    async fn tells_every_rule_of_owner_and_stranger(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let lead = own(&tom).await;
        let owner = about(&acme.owner, &lead, &tom).await;
        assert_eq!(seen(&owner), WORKS);
        assert_eq!(told(&owner), [
            "user_active", "permission", "!everything:permission_missing", "owner",
            "!collaborator:stronger_tie", "!former_owner:stronger_tie", "!creator:stronger_tie",
            "!team:permission_missing", "!unassigned_in_team:permission_missing",
            "!pool:permission_missing",
        ]);
        let stranger = about(&acme.owner, &lead, &ann).await;
        assert_eq!(seen(&stranger), HIDDEN);
        assert_eq!(told(&stranger), [
            "user_active", "permission", "!everything:permission_missing",
            "!owner:does_not_own_it", "!collaborator:does_not_share_it",
            "!former_owner:never_owned_it", "!creator:did_not_enter_it",
            "!team:permission_missing", "!unassigned_in_team:permission_missing",
            "!pool:permission_missing",
        ]);
        let path = format!("/v1/leads/{lead}/access");
        let own = acme.owner.get(path).await.expect(200).json();
        assert_eq!(own["user"]["id"], *acme.owner.id);
        assert_eq!(seen(&own), WORKS);
        assert_eq!(told(&own)[2], "everything");
    }

    async fn names_the_teams_by_which_a_manager_sees_it(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let max = acme.person("manager", "Max").await;
        let tom = acme.agent("Tom").await;
        let lead = own(&tom).await;
        assert_eq!(told(&about(&acme.owner, &lead, &mia).await)[7], "!team:manages_no_team");
        let blue = acme.team("Blue", &[&mia], &[&tom]).await;
        acme.team("Red", &[&max], &[&mia]).await;
        let access = about(&acme.owner, &lead, &mia).await;
        assert_eq!(seen(&access), WORKS);
        let teams = &access["rules"][7]["teams"];
        assert_eq!(teams.as_array().unwrap().len(), 1);
        assert_eq!((&teams[0]["id"], &teams[0]["name"]), (&json!(blue), &json!("Blue")));
        assert_eq!(teams[0]["users"][0]["user"]["id"], *tom.id);
        assert_eq!(teams[0]["users"][0]["tie"], "owner");
        let other = about(&acme.owner, &lead, &max).await;
        assert_eq!(seen(&other), HIDDEN);
        assert_eq!(told(&other)[7], "!team:no_user_tied");
        assert_eq!(other["rules"][7]["teams"], json!([]));
    }

    async fn tells_former_owners_and_creators_that_they_look_on(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let lead = own(&tom).await;
        let body = json!({"user_id": ann.id});
        acme.owner.put(format!("/v1/leads/{lead}/owner"), body).await.expect(200);
        let former = about(&acme.owner, &lead, &tom).await;
        assert_eq!(seen(&former), LOOKS_ON);
        assert_eq!(told(&former)[3..7], [
            "!owner:does_not_own_it", "!collaborator:does_not_share_it", "former_owner",
            "!creator:stronger_tie",
        ]);
        let made = tom.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json();
        let creator = about(&acme.owner, &text(&made["id"]), &tom).await;
        assert_eq!(seen(&creator), LOOKS_ON);
        assert_eq!(told(&creator)[6], "creator");
    }

    async fn tells_what_stands_against_everybody(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let lead = own(&tom).await;
        let path = format!("/v1/users/{}/permissions", tom.id);
        acme.owner.put(path, json!({"grant": [], "deny": ["leads.view"]})).await.expect(200);
        let denied = about(&acme.owner, &lead, &tom).await;
        assert_eq!(seen(&denied), HIDDEN);
        assert_eq!(told(&denied)[1], "!permission:permission_missing");
        assert_eq!(told(&denied)[3], "owner");

        let ann = acme.agent("Ann").await;
        let lead = own(&ann).await;
        let kept = json!({"leads": {"action": "keep"}});
        acme.owner.post(format!("/v1/users/{}/deactivate", ann.id), kept).await.expect(200);
        let gone = about(&acme.owner, &lead, &ann).await;
        assert_eq!(seen(&gone), HIDDEN);
        assert_eq!(told(&gone)[0], "!user_active:inactive");
        assert_eq!(told(&gone)[3], "owner");
    }

    async fn is_about_those_whom_one_may_know_about(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        acme.team("Blue", &[&mia], &[&tom]).await;
        let [toms, anns] = [own(&tom).await, own(&ann).await];
        assert_eq!(seen(&about(&mia, &toms, &tom).await), WORKS);
        assert_eq!(seen(&about(&mia, &toms, &mia).await), WORKS);
        for other in [&ann, &acme.owner, &globex.owner] {
            let path = format!("/v1/leads/{toms}/access?user_id={}", other.id);
            let problem = mia.get(path).await.expect_problem(403, "permission_denied");
            assert_eq!(problem["permission"], "users.view_all");
        }
        let hidden = mia.get(format!("/v1/leads/{anns}/access?user_id={}", tom.id)).await;
        hidden.expect_problem(404, "not_found");
        let foreign =
            acme.owner.get(format!("/v1/leads/{toms}/access?user_id={}", globex.owner.id)).await;
        foreign.expect_faults(&[("/user_id", "unknown_user")]);
        let problem = tom.get(format!("/v1/leads/{toms}/access")).await;
        let problem = problem.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "leads.explain_access");
        let odd = acme.owner.get(format!("/v1/leads/{toms}/access?user_id=7&who=me")).await;
        odd.expect_faults(&[("/user_id", "invalid_value"), ("/who", "unknown_parameter")]);

        let scopes =
            ["leads.explain_access", "leads.view", "leads.view_all", "users.view_all"];
        let key = acme.integration(&scopes).await;
        let path = format!("/v1/leads/{toms}/access");
        key.get(&path).await.expect_faults(&[("/user_id", "required")]);
        key.get(format!("{path}?user_id={}", tom.id)).await.expect(200);
    }
}
