//! The table of permissions, as it is committed in `permissions.txt`: which role starts with which,
//! and what each is needed for.

use std::fmt::Write as _;

use serde_json::Value;

use crate::openapi::committed;
use crate::support::answer::text;
use crate::support::both;
use crate::support::process::environment;
use crate::support::spec::operations;
use crate::support::world::World;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/authorization/permissions.txt");
const HEAD: &str = "\
# Which role starts with which permission, and which operations need it.
# Regenerate with EVENHAND_UPDATE_SNAPSHOTS=1 and read the difference.

";
const ROLES: [&str; 4] = ["owner", "admin", "manager", "agent"];

both! {
    async fn is_as_committed(database: Database) {
        let acme = World::start(database).await;
        let catalogue = acme.owner.get("/v1/permissions").await.expect(200).json();
        let spec = committed();
        let operations = operations(&spec);
        let mut table = HEAD.to_owned();
        writeln!(table, "{:24} {}", "permission", ROLES.join("  ")).unwrap();
        for permission in catalogue["data"].as_array().unwrap() {
            let key = text(&permission["key"]);
            write!(table, "{key:24}").unwrap();
            for role in ROLES {
                let held = holds(&catalogue, role, &key);
                write!(table, " {:width$}", if held { "yes" } else { "-" }, width = role.len() + 1)
                    .unwrap();
            }
            let line = table.trim_end().len();
            table.truncate(line);
            table.push('\n');
            for operation in &operations {
                if operation.required_permission() == Some(key.as_str()) {
                    writeln!(table, "    {}", operation.name()).unwrap();
                }
            }
        }
        if environment("EVENHAND_UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(FILE, &table).unwrap();
        }
        let committed = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(
            table == committed,
            "tests/authorization/permissions.txt is not what the server says:\n{table}",
        );
    }
}

fn holds(catalogue: &Value, role: &str, permission: &str) -> bool {
    let roles = catalogue["roles"].as_array().unwrap();
    let role = roles.iter().find(|entry| entry["role"] == role).unwrap();
    role["permissions"].as_array().unwrap().iter().any(|held| held == permission)
}
