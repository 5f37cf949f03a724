//! Databases of many leads, written as sets: the rows are those that assigning the leads by hand
//! would have left.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use serde_json::json;
use uuid::Uuid;

use crate::bench::Bench;
use crate::error::Result;
use crate::http::Connection;
use crate::postgres::connect;
use crate::server::Server;
use crate::world::{Person, World};

/// Users of the teams whose managers' pages are compared.
pub(super) const SMALL_TEAM: usize = 12;
/// The most users of one team.
const LARGEST_TEAM: usize = 1_000;
const CHUNK: u64 = 50_000;

/// A database with so many leads, and a server on it.
pub(super) struct Big {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) size: u64,
    pub(super) server: Server,
    pub(super) world: World,
    /// The manager of some of those among whom leads are spread evenly.
    pub(super) even: Person,
    /// The manager of as many who have only the oldest leads.
    pub(super) skewed: Person,
    /// An agent with leads of their own, and a pool besides.
    pub(super) picker: Person,
    /// Managers of more users, with how many.
    pub(super) larger: Vec<(usize, Person)>,
    /// A lead that the log tells of.
    pub(super) lead: Uuid,
}

impl Big {
    /// Signs everybody in again.
    pub(super) async fn renew(&mut self) -> Result<()> {
        let mut connection = Connection::open(self.server.address).await?;
        let Self { world, even, skewed, picker, larger, .. } = self;
        let known = [&mut world.owner, even, skewed, picker].into_iter().chain(&mut world.agents);
        for person in known.chain(larger.iter_mut().map(|(_, person)| person)) {
            person.renew(&mut connection).await?;
        }
        Ok(())
    }

    pub(super) async fn make(bench: &Bench, name: &str, size: u64) -> Result<Self> {
        let url = bench.cluster.create(name).await?;
        let (world, server) = World::make(&bench.program, &url, 1, 1).await?;
        let mut connection = Connection::open(server.address).await?;
        let picker = world.person(&mut connection, "agent", "picker@acme.example").await?;
        let sql = connect(&url).await?;
        let agents = bench.plan.agents;
        // The two who sign in, those among whom leads are spread evenly, those who have the oldest.
        let mut known: Vec<Uuid> = world.agents.iter().map(|agent| agent.id).collect();
        known.push(picker.id);
        let others = agents + SMALL_TEAM - known.len();
        known.extend(clone_agents(&sql, &world, others).await?);
        place_agents(&sql, &known).await?;
        let mut people = Vec::new();
        let larger = [200, 2_000].map(|wanted| agents.min(wanted));
        let (even_team, old_team) = (&known[1..=SMALL_TEAM], &known[agents..]);
        for (what, users) in [
            ("even", even_team),
            ("skewed", old_team),
            ("larger", &known[..larger[0]]),
            ("largest", &known[..larger[1]]),
        ] {
            people.push(manager(&world, &mut connection, what, users).await?);
        }
        pool(&world, &mut connection, picker.id).await?;
        let lead = write_leads(bench, &sql, &world, agents, size).await?;
        sql.execute_unprepared("VACUUM ANALYZE").await?;
        sql.close().await?;
        bench.until_indexed(&url).await?;
        let mut people = people.into_iter();
        let (even, skewed) = (people.next(), people.next());
        let missing = || crate::error::unusable("a manager is missing");
        Ok(Self {
            name: name.to_owned(),
            url,
            size,
            server,
            world,
            even: even.ok_or_else(missing)?,
            skewed: skewed.ok_or_else(missing)?,
            picker,
            larger: larger.into_iter().zip(people).collect(),
            lead,
        })
    }
}

/// Adds so many agents, written without the server, as copies of somebody who is there already; their
/// ids.
pub(crate) async fn clone_agents(
    sql: &DatabaseConnection,
    world: &World,
    count: usize,
) -> Result<Vec<Uuid>> {
    let agent = world.agents.first().map_or(world.owner.id, |agent| agent.id);
    let organization = world.id;
    let id = |what: &str| format!("md5('{what} {organization} ' || g)::uuid");
    let (account, user) = (id("account"), id("user"));
    let text = format!(
        "INSERT INTO accounts SELECT n.* FROM accounts a JOIN users u ON u.account_id = a.id \
         CROSS JOIN generate_series(1, {count}) g CROSS JOIN LATERAL jsonb_populate_record(a, \
         jsonb_build_object('id', {account}, 'email', 'clone' || g || '@{organization}.example', \
         'email_key', 'clone' || g || '@{organization}.example')) n \
         WHERE u.organization_id = '{organization}' AND u.id = '{agent}'; \
         INSERT INTO users SELECT n.* FROM users u \
         CROSS JOIN generate_series(1, {count}) g CROSS JOIN LATERAL jsonb_populate_record(u, \
         jsonb_build_object('id', {user}, 'account_id', {account}, 'first_name', 'Clone ' || g, \
         'name_key', 'clone ' || g, 'role', 1)) n \
         WHERE u.organization_id = '{organization}' AND u.id = '{agent}'"
    );
    sql.execute_unprepared(&text).await?;
    let all = format!("SELECT {user} FROM generate_series(1, {count}) g ORDER BY g");
    let rows = sql.query_all_raw(Statement::from_string(DbBackend::Postgres, all)).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Writes who leads are spread among, by place.
async fn place_agents(sql: &DatabaseConnection, agents: &[Uuid]) -> Result<()> {
    let rows = (1..).zip(agents).map(|(place, id): (usize, _)| format!("({place}, '{id}')"));
    let text = format!(
        "CREATE TABLE bench_agents (place integer PRIMARY KEY, id uuid NOT NULL); \
         INSERT INTO bench_agents VALUES {}",
        rows.collect::<Vec<_>>().join(", ")
    );
    sql.execute_unprepared(&text).await?;
    Ok(())
}

/// A new manager of these users.
async fn manager(
    world: &World,
    connection: &mut Connection,
    what: &str,
    users: &[Uuid],
) -> Result<Person> {
    let email = format!("{what}@acme.example");
    let manager = world.person(connection, "manager", &email).await?;
    for (number, users) in users.chunks(LARGEST_TEAM).enumerate() {
        let body = json!({
            "name": format!("{what} {number}"), "manager_ids": [manager.id], "user_ids": users,
        });
        connection.call("POST", "/v1/teams", &world.owner.credential, Some(&body)).await?;
    }
    Ok(manager)
}

/// Lets the agent pick up leads that nobody has.
async fn pool(world: &World, connection: &mut Connection, agent: Uuid) -> Result<()> {
    let owner = &world.owner.credential;
    let body = json!({"name": "Pool", "user_ids": [agent], "pick_up_statuses": ["new"]});
    connection.call("POST", "/v1/groups", owner, Some(&body)).await?;
    let path = format!("/v1/users/{agent}/permissions");
    let body = json!({"grant": ["leads.pick_up"], "deny": []});
    connection.call("PUT", &path, owner, Some(&body)).await?;
    Ok(())
}

/// Writes the leads, the oldest to the team that has only such; the id of the newest that somebody
/// owns.
async fn write_leads(
    bench: &Bench,
    sql: &DatabaseConnection,
    world: &World,
    agents: usize,
    size: u64,
) -> Result<Uuid> {
    let Plan { organization, key, old, from_millis } = Plan::of(world, agents, size);
    // Every row was right when it was chosen: checking each against its parents is left out.
    let begin = "SET session_replication_role = replica; SET synchronous_commit = off; \
                 CREATE UNLOGGED TABLE bench_new (n bigint, id uuid, assignment_id uuid, \
                 owner_id uuid, at bigint, status text)";
    sql.execute_unprepared(begin).await?;
    for first in (1..=size).step_by(usize::try_from(CHUNK).unwrap_or(usize::MAX)) {
        let last = (first + CHUNK - 1).min(size);
        let logged = size.saturating_sub(bench.plan.logged) + 1;
        let text = format!(
            "TRUNCATE bench_new; \
             INSERT INTO bench_new SELECT n, \
               (lpad(to_hex({from_millis} + n * 10), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') \
                || '8' || lpad(to_hex(n), 15, '0'))::uuid, \
               (lpad(to_hex({from_millis} + n * 10), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') \
                || '9' || lpad(to_hex(n), 15, '0'))::uuid, \
               a.id, ({from_millis} + n * 10) * 1000, \
               CASE WHEN n % 10 < 7 THEN 'new' WHEN n % 10 < 9 THEN 'contacted' ELSE 'won' END \
             FROM generate_series({first}::bigint, {last}::bigint) n LEFT JOIN bench_agents a \
             ON n % 100 <> 0 AND a.place = CASE WHEN n <= {old} THEN {agents} + 1 + n % {SMALL_TEAM} \
             ELSE 1 + (hashint8(n)::bigint & 2147483647) % {agents} END; \
             INSERT INTO leads (organization_id, id, owner_id, assignment_id, status, first_name, \
               last_name, email, email_key, source, value_minor, value_currency, tags, custom_fields, \
               created_by_api_key_id, created_by_name, version, created_at, updated_at) \
             SELECT '{organization}', id, owner_id, assignment_id, status, 'Lee', 'Number ' || n, \
               'lee' || n || '@customer.example', 'lee' || n || '@customer.example', \
               'form-' || n % 20, CASE WHEN n % 3 = 0 THEN n % 1000000 END, \
               CASE WHEN n % 3 = 0 THEN 'GBP' END, \
               CASE WHEN n % 100 = 1 THEN '[\"vip\"]'::jsonb ELSE '[]'::jsonb END, '{{}}', \
               '{key}', 'Form', 1, at, at FROM bench_new ORDER BY n; \
             INSERT INTO lead_access (organization_id, user_id, lead_id, kind) \
             SELECT '{organization}', owner_id, id, 1 FROM bench_new WHERE owner_id IS NOT NULL \
             ORDER BY n; \
             INSERT INTO assignments (organization_id, lead_id, id, to_user_id, source, reason, \
               decided_by_api_key_id, decided_at) \
             SELECT '{organization}', id, assignment_id, owner_id, \
               CASE WHEN owner_id IS NOT NULL THEN 2 END, CASE WHEN owner_id IS NULL THEN 5 END, \
               '{key}', at FROM bench_new ORDER BY n; \
             INSERT INTO events (organization_id, kind, subject_id, api_key_id, credential_id, at, data) \
             SELECT '{organization}', 'lead.created', id, '{key}', '{key}', at, jsonb_build_object( \
               'assignment_id', assignment_id, 'duplicate_of', NULL, 'entry', NULL, \
               'owner_id', owner_id, 'reason', \
               CASE WHEN owner_id IS NULL THEN 'not_requested' END, 'rotation_id', NULL, \
               'rule_id', NULL, 'rule_version', NULL, \
               'source', CASE WHEN owner_id IS NOT NULL THEN 'manual' END, 'turn', NULL, \
               'waiting', false) FROM bench_new WHERE n >= {logged} ORDER BY n"
        );
        sql.execute_unprepared(&text).await?;
        if size > CHUNK {
            bench.progress.tell(&format!("{size} leads: {last}"));
        }
    }
    let newest = "SELECT id FROM leads WHERE owner_id IS NOT NULL ORDER BY organization_id DESC, id \
                  DESC LIMIT 1";
    let statement = Statement::from_string(DbBackend::Postgres, newest);
    let row = sql.query_one_raw(statement).await?;
    let id = row.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(id.unwrap_or_default())
}

struct Plan {
    organization: Uuid,
    key: Uuid,
    /// So many of the oldest leads are the skewed team's.
    old: u64,
    from_millis: u64,
}

impl Plan {
    fn of(world: &World, agents: usize, size: u64) -> Self {
        let team = SMALL_TEAM as u64;
        let old = size * team / (agents as u64 + team);
        let now = crate::environment::now_micros() / 1000;
        let from_millis = now - size * 10 - 60_000;
        Self { organization: world.id, key: world.key_id, old, from_millis }
    }
}

/// The cursor of a page's next, as it is put into a path.
pub(super) async fn cursor_behind(
    connection: &mut Connection,
    credential: &str,
    pages: usize,
) -> Result<Option<String>> {
    let mut cursor: Option<String> = None;
    for _ in 0..pages {
        let further = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let path = format!("/v1/leads?limit=50{further}");
        let page = connection.call("GET", &path, credential, None).await?;
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    Ok(cursor)
}

/// The id of the first group.
pub(super) fn group_of(world: &World) -> Uuid {
    world.groups.first().map(|group| group.id).unwrap_or_default()
}
