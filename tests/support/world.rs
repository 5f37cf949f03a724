//! An organization on a running server, with people, groups and keys in it.

use std::ops::{Deref, DerefMut};

use serde_json::{Value, json};

use super::answer::{Answer, text};
use super::client::{Client, Credential};
use super::database::Database;
use super::process::{Finished, run_server_command};
use super::server::{TestServer, Variable};
use super::time::zone_at_noon;

/// The password of everybody in the tests.
pub(crate) const PASSWORD: &str = "seven-Otters_knit 41 scarves";

/// A signed-in user.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) refresh_token: String,
    pub(crate) access_token: String,
    client: Client,
}

impl Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Person {
    /// The person that a sign-in's answer is about.
    #[track_caller]
    pub(crate) fn from_sign_in(client: &Client, answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{answer}");
        let body = answer.json();
        let access_token = text(&body["access_token"]);
        Self {
            id: text(&body["user"]["id"]),
            email: text(&body["user"]["email"]),
            refresh_token: text(&body["refresh_token"]),
            client: client.with(Credential::AccessToken(access_token.clone())),
            access_token,
        }
    }

    /// The same person with a further session of their own.
    pub(crate) async fn signed_in_again(&self) -> Self {
        sign_in(&self.client, &self.email).await
    }
}

/// An integration with an API key.
#[derive(Clone)]
pub(crate) struct Integration {
    pub(crate) id: String,
    pub(crate) key: String,
    client: Client,
}

impl Deref for Integration {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// An organization and its owner, signed in.
#[derive(Clone)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) time_zone: String,
    pub(crate) owner: Person,
}

/// A server with one organization.
pub(crate) struct World {
    pub(crate) server: TestServer,
    pub(crate) organization: Organization,
    pub(crate) database: Database,
}

impl Deref for World {
    type Target = Organization;

    fn deref(&self) -> &Organization {
        &self.organization
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Organization {
        &mut self.organization
    }
}

impl World {
    /// The organization Acme and its owner Olivia, in a place where it is about noon.
    pub(crate) async fn start(database: Database) -> Self {
        Self::start_with(database, &[]).await
    }

    /// The same, with more in the server's environment.
    pub(crate) async fn start_with(database: Database, variables: &[Variable<'_>]) -> Self {
        set_up(&database, "Acme", "olivia@acme.example").await.expect_success();
        let server = TestServer::start_with(&database, variables).await;
        let anonymous = Client::anonymous(server.address());
        let organization = Organization::of(&anonymous, "olivia@acme.example").await;
        Self { server, organization, database }
    }

    /// A second organization beside Acme: Globex and its owner Gwen.
    pub(crate) async fn second_organization(&self) -> Organization {
        set_up(&self.database, "Globex", "gwen@globex.example").await.expect_success();
        Organization::of(&self.anonymous(), "gwen@globex.example").await
    }

    /// As many servers as the database is for, this world's own among them.
    pub(crate) async fn further_replicas(&self) -> Vec<TestServer> {
        let mut replicas = Vec::new();
        for _ in 1..self.database.replicas() {
            replicas.push(TestServer::start(&self.database).await);
        }
        replicas
    }

    /// Ends all servers in order.
    pub(crate) async fn ends_in_order(mut self, replicas: Vec<TestServer>) {
        for mut replica in replicas {
            assert!(replica.stop().await.success(), "a replica ends in order");
        }
        assert!(self.server.stop().await.success(), "the server ends in order");
    }
}

impl Organization {
    async fn of(anonymous: &Client, owner: &str) -> Self {
        let answer =
            anonymous.post("/v1/auth/login", json!({"email": owner, "password": PASSWORD})).await;
        let body = answer.json();
        Self {
            owner: Person::from_sign_in(anonymous, &answer),
            id: text(&body["organization"]["id"]),
            time_zone: text(&body["organization"]["time_zone"]),
        }
    }

    /// Somebody who proves nothing.
    pub(crate) fn anonymous(&self) -> Client {
        self.owner.with(Credential::None)
    }

    /// Invites somebody by their first name; the invitation's token.
    pub(crate) async fn invitation(&self, role: &str, first_name: &str) -> String {
        let domain = self.owner.email.rsplit('@').next().unwrap_or_default();
        let email = format!("{}@{domain}", first_name.to_lowercase());
        let body = json!({
            "email": email, "first_name": first_name, "role": role, "send_email": false,
        });
        let invited = self.owner.post("/v1/users", body).await.expect(201).json();
        text(&invited["invitation"]["token"])
    }

    /// Somebody who was invited with a role and has accepted.
    pub(crate) async fn person(&self, role: &str, first_name: &str) -> Person {
        let token = self.invitation(role, first_name).await;
        let path = format!("/v1/invitations/{token}/accept");
        let anonymous = self.anonymous();
        let answer = anonymous.post(path, json!({"password": PASSWORD})).await;
        Person::from_sign_in(&anonymous, &answer)
    }

    pub(crate) async fn agent(&self, first_name: &str) -> Person {
        self.person("agent", first_name).await
    }

    pub(crate) async fn agents<const N: usize>(&self, first_names: [&str; N]) -> [Person; N] {
        let mut agents = Vec::new();
        for first_name in first_names {
            agents.push(self.agent(first_name).await);
        }
        agents.try_into().unwrap_or_else(|_| unreachable!())
    }

    /// An integration that may do what `scopes` name.
    pub(crate) async fn integration(&self, scopes: &[&str]) -> Integration {
        self.integration_from(json!({"name": "Web form", "scopes": scopes})).await
    }

    /// An integration from the body of the request that makes its key.
    pub(crate) async fn integration_from(&self, body: Value) -> Integration {
        let made = self.owner.post("/v1/api-keys", body).await.expect(201).json();
        let key = text(&made["key"]);
        let client = self.owner.with(Credential::ApiKey(key.clone()));
        Integration { id: text(&made["id"]), key, client }
    }

    /// A group without limits, dealt to in the order of `members`; its id.
    pub(crate) async fn group(&self, name: &str, members: &[&Person]) -> String {
        self.group_with_limits(name, members, 0, 0).await
    }

    /// A group with a daily and a monthly limit; its id.
    pub(crate) async fn group_with_limits(
        &self,
        name: &str,
        members: &[&Person],
        daily: u32,
        monthly: u32,
    ) -> String {
        let user_ids: Vec<&str> = members.iter().map(|member| member.id.as_str()).collect();
        let body = json!({
            "name": name,
            "user_ids": user_ids,
            "distribution": {
                "method": "sequential", "daily_limit": daily, "monthly_limit": monthly,
            },
        });
        text(&self.owner.post("/v1/groups", body).await.expect(201).json()["id"])
    }

    /// A team; its id.
    pub(crate) async fn team(&self, name: &str, managers: &[&Person], users: &[&Person]) -> String {
        let body = json!({
            "name": name, "manager_ids": ids_of(managers), "user_ids": ids_of(users),
        });
        text(&self.owner.post("/v1/teams", body).await.expect(201).json()["id"])
    }

    /// Sets who is on a team.
    pub(crate) async fn set_team(&self, team: &str, managers: &[&Person], users: &[&Person]) {
        let body = json!({"manager_ids": ids_of(managers), "user_ids": ids_of(users)});
        self.owner.put(format!("/v1/teams/{team}/members"), body).await.expect(200);
    }
}

/// The ids of people, in their order.
pub(crate) fn ids_of<'a>(people: &[&'a Person]) -> Vec<&'a str> {
    people.iter().map(|person| person.id.as_str()).collect()
}

/// Signs somebody in.
pub(crate) async fn sign_in(client: &Client, email: &str) -> Person {
    let anonymous = client.with(Credential::None);
    let answer =
        anonymous.post("/v1/auth/login", json!({"email": email, "password": PASSWORD})).await;
    Person::from_sign_in(&anonymous, &answer)
}

/// Runs `evenhand setup`.
pub(crate) async fn set_up(database: &Database, name: &str, owner: &str) -> Finished {
    let zone = zone_at_noon();
    let arguments = [
        "setup",
        "--organization",
        name,
        "--timezone",
        &zone,
        "--country",
        "GB",
        "--currency",
        "GBP",
        "--email",
        owner,
        "--first-name",
        "Olivia",
        "--last-name",
        "Owner",
    ];
    let password = [("EVENHAND_SETUP_PASSWORD", PASSWORD)];
    run_server_command(database.url(), &arguments, &password).await
}
