//! An organization with people, groups, rules and a key, made as the README says: by `evenhand setup`,
//! then over HTTP.

use std::path::Path;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::{Result, unusable};
use crate::http::Connection;
use crate::server::{Server, evenhand, finish};

const PASSWORD: &str = "seven-Otters_knit 41 scarves";

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: Uuid,
    email: String,
    /// The header that says who they are.
    pub(crate) credential: String,
}

/// A group, dealt to in the order of `members`.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: Uuid,
    pub(crate) rotation: Uuid,
    /// Leads from this source are routed to it.
    pub(crate) source: String,
    pub(crate) members: Vec<Uuid>,
}

/// An organization.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) id: Uuid,
    pub(crate) owner: Person,
    pub(crate) agents: Vec<Person>,
    pub(crate) groups: Vec<Group>,
    /// The id of the API key that leads are posted with, and the header.
    pub(crate) key_id: Uuid,
    pub(crate) key: String,
}

/// Runs `evenhand setup` for an organization.
pub(crate) async fn set_up(program: &Path, database: &str, name: &str, email: &str) -> Result<()> {
    let arguments = ["setup", "--organization", name, "--timezone", "Etc/UTC", "--email", email];
    let mut command = evenhand(program, database, &arguments);
    command.args(["--first-name", "Olivia"]).env("EVENHAND_SETUP_PASSWORD", PASSWORD);
    let done = finish(command).await?;
    done.is_success
        .then_some(())
        .ok_or_else(|| unusable(format!("evenhand setup: {}", done.stderr)))
}

impl World {
    /// An organization with `agents` agents and `groups` groups of all of them, on a database that it
    /// is set up on first. The server is left running.
    pub(crate) async fn make(
        program: &Path,
        database: &str,
        agents: usize,
        groups: usize,
    ) -> Result<(Self, Server)> {
        set_up(program, database, "Acme", "olivia@acme.example").await?;
        let server = Server::evenhand(program, database).await?;
        let mut connection = Connection::open(server.address).await?;
        let world = Self::enter(&mut connection, "olivia@acme.example", agents, groups).await?;
        Ok((world, server))
    }

    /// The organization of somebody who can sign in, with new agents and groups.
    pub(crate) async fn enter(
        connection: &mut Connection,
        email: &str,
        agents: usize,
        groups: usize,
    ) -> Result<Self> {
        let signed_in = sign_in(connection, email).await?;
        let owner = person(&signed_in)?;
        let id = uuid(&signed_in["organization"]["id"])?;
        let body = json!({"name": "Form", "scopes": ["leads.create", "leads.view_all"]});
        let key = connection.call("POST", "/v1/api-keys", &owner.credential, Some(&body)).await?;
        let mut world = Self {
            id,
            owner,
            agents: Vec::new(),
            groups: Vec::new(),
            key_id: uuid(&key["id"])?,
            key: format!("X-API-Key: {}", text(&key["key"])?),
        };
        let domain = email.rsplit('@').next().unwrap_or_default().to_owned();
        for number in 1..=agents {
            let email = format!("agent{number}@{domain}");
            let agent = world.person(connection, "agent", &email).await?;
            world.agents.push(agent);
        }
        let members: Vec<Uuid> = world.agents.iter().map(|agent| agent.id).collect();
        for number in 1..=groups {
            let source = format!("form-{number}");
            world.group(connection, &source, &members, 0).await?;
        }
        Ok(world)
    }

    /// Somebody new who has accepted an invitation.
    pub(crate) async fn person(
        &self,
        connection: &mut Connection,
        role: &str,
        email: &str,
    ) -> Result<Person> {
        let name = email.split('@').next().unwrap_or_default();
        let body = json!({"email": email, "first_name": name, "role": role, "send_email": false});
        let invited =
            connection.call("POST", "/v1/users", &self.owner.credential, Some(&body)).await?;
        let path = format!("/v1/invitations/{}/accept", text(&invited["invitation"]["token"])?);
        let accepted =
            connection.call("POST", &path, "", Some(&json!({"password": PASSWORD}))).await?;
        person(&accepted)
    }

    /// A further group with the rule that routes the leads of a source to it. A daily limit of 0 is
    /// none.
    pub(crate) async fn group(
        &mut self,
        connection: &mut Connection,
        source: &str,
        members: &[Uuid],
        daily_limit: u32,
    ) -> Result<Group> {
        let body = json!({
            "name": source,
            "user_ids": members,
            "distribution": {"method": "sequential", "daily_limit": daily_limit, "monthly_limit": 0},
        });
        let owner = &self.owner.credential;
        let made = connection.call("POST", "/v1/groups", owner, Some(&body)).await?;
        let id = uuid(&made["id"])?;
        let rule = json!({
            "name": source,
            "conditions": {"field": "source", "operator": "eq", "value": source},
            "target": {"group_id": id},
        });
        connection.call("POST", "/v1/routing-rules", owner, Some(&rule)).await?;
        let group = Group {
            id,
            rotation: Uuid::nil(),
            source: source.to_owned(),
            members: members.to_vec(),
        };
        self.groups.push(group.clone());
        Ok(group)
    }
}

/// Signs somebody in; what was answered.
async fn sign_in(connection: &mut Connection, email: &str) -> Result<Value> {
    let body = json!({"email": email, "password": PASSWORD});
    connection.call("POST", "/v1/auth/login", "", Some(&body)).await
}

impl Person {
    /// Signs them in again: what they are known by lasts for minutes.
    pub(crate) async fn renew(&mut self, connection: &mut Connection) -> Result<()> {
        *self = person(&sign_in(connection, &self.email).await?)?;
        Ok(())
    }
}

fn person(signed_in: &Value) -> Result<Person> {
    let id = uuid(&signed_in["user"]["id"])?;
    let email = text(&signed_in["user"]["email"])?.to_owned();
    let credential = format!("Authorization: Bearer {}", text(&signed_in["access_token"])?);
    Ok(Person { id, email, credential })
}

/// A text of an answer.
pub(crate) fn text(value: &Value) -> Result<&str> {
    value.as_str().ok_or_else(|| unusable(format!("not a text: {value}")))
}

/// An id of an answer.
pub(crate) fn uuid(value: &Value) -> Result<Uuid> {
    text(value)?.parse().map_err(|_| unusable(format!("not an id: {value}")))
}
