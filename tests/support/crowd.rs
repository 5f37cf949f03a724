//! Many people at once, written without the server.

use evenhand_domain::user::{Role, UserStatus};
use sea_orm::{ConnectionTrait as _, Database as Connection, DbBackend};

use super::world::World;

/// Adds so many active agents who never signed in; their ids.
pub(crate) async fn add_agents(world: &World, count: usize) -> Vec<String> {
    let connection = Connection::connect(world.database.url()).await.unwrap();
    let is_sqlite = connection.get_database_backend() == DbBackend::Sqlite;
    let literal = |id: &str| {
        if is_sqlite { format!("x'{}'", id.replace('-', "")) } else { format!("'{id}'") }
    };
    let organization = literal(&world.id);
    let no = if is_sqlite { "0" } else { "false" };
    let (agent, active) = (Role::Agent.code(), UserStatus::Active.code());
    let (mut accounts, mut users, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..count {
        let (id, account) = (
            format!("01890a5d-ac96-774b-bcce-{number:012}"),
            format!("01890a5d-ac97-774b-bcce-{number:012}"),
        );
        let (user, account) = (literal(&id), literal(&account));
        let email = format!("agent{number}@acme.example");
        accounts.push(format!("({account}, '{email}', '{email}', 0)"));
        users.push(format!(
            "({organization}, {user}, {account}, {agent}, {active}, {no}, 'Agent {number}', \
             'agent {number}', 1, 1, 0, 0)"
        ));
        ids.push(id);
    }
    let statements = [
        format!(
            "INSERT INTO accounts (id, email, email_key, created_at) VALUES {}",
            accounts.join(", ")
        ),
        format!(
            "INSERT INTO users (organization_id, id, account_id, role, status, partner, first_name, \
             name_key, access_version, version, created_at, updated_at) VALUES {}",
            users.join(", ")
        ),
    ];
    for sql in statements {
        connection.execute_unprepared(&sql).await.unwrap();
    }
    connection.close().await.unwrap();
    ids
}
