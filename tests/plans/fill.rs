//! As many leads as make the planner choose as it does of millions.

use sea_orm::{ConnectionTrait as _, Database as Connection};

use super::asked::Cast;
use crate::support::world::World;

/// Of these, four in ten have no owner; the rest are the agents', by turns.
const LEADS: usize = 12_000;

/// What a table is filled with: from `i`, the numbers up to `count`.
struct Filling {
    table: &'static str,
    columns: &'static str,
    values: String,
    count: usize,
    condition: &'static str,
}

pub(super) async fn fill(acme: &World, cast: &Cast) {
    let is_sqlite = acme.database.file().is_some();
    let db = Connection::connect(acme.database.url()).await.unwrap();
    // Nothing of what is filled in is searched for by these words: the index has what it is to have.
    let run = async |sql: &str| {
        db.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    };
    let id_of = |id: &str| match is_sqlite {
        true => format!("x'{}'", id.replace('-', "")),
        false => format!("'{id}'::uuid"),
    };
    // As ids are made: by the millisecond, with the number behind it.
    let numbered = |number: &str, tail: &str| match is_sqlite {
        true => format!("unhex(printf('%012x7{tail}%015x', 1700000000000 + {number}, {number}))"),
        false => format!(
            "(lpad(to_hex(1700000000000 + {number}), 12, '0') || '7{tail}' || \
             lpad(to_hex({number}::bigint), 15, '0'))::uuid"
        ),
    };
    let (lead, tail) = (numbered("i", "0008"), "0018");
    let organization = id_of(&acme.id);
    let (olivia, mona) = (id_of(&cast.olivia.id), id_of(&cast.mona.id));
    let (sales, service, blue) = (id_of(&cast.sales), id_of(&cast.service), id_of(&cast.blue));
    let agents = cast.agents.iter().enumerate();
    let agents: String =
        agents.map(|(place, agent)| format!("WHEN {place} THEN {} ", id_of(&agent.id))).collect();
    let agent = format!("CASE (i / 10) % 6 {agents}END");
    let owner = format!("CASE WHEN i % 10 < 4 THEN NULL ELSE {agent} END");
    let json =
        |text: &str| if is_sqlite { format!("'{text}'") } else { format!("'{text}'::jsonb") };
    let statuses = "CASE (i / 7) % 5 WHEN 0 THEN 'new' WHEN 1 THEN 'contacted' WHEN 2 THEN 'qualified' \
                    WHEN 3 THEN 'won' ELSE 'lost' END";
    let at = "1700000000000000 + i * 1000";
    let null = if is_sqlite { "NULL" } else { "NULL::uuid" };
    let fillings = [
        Filling {
            table: "leads",
            columns: "organization_id, id, owner_id, group_id, team_id, assignment_id, status, first_name, \
                      source, value_minor, value_currency, tags, custom_fields, created_by_user_id, \
                      created_by_name, version, created_at, updated_at",
            values: format!(
                "{organization}, {lead}, {owner}, \
                 CASE WHEN i % 20 = 0 THEN {null} WHEN i % 3 = 0 THEN {sales} WHEN i % 3 = 1 THEN {service} END, \
                 CASE WHEN i % 20 = 0 THEN {blue} END, {lead}, {statuses}, 'Lee', 'web', \
                 CASE WHEN i % 4 > 0 THEN (i * 37) % 10007 END, CASE WHEN i % 4 > 0 THEN 'GBP' END, \
                 {}, {}, {olivia}, 'Olivia', 1, {at}, {at} + (i * 7919) % 1000000",
                json("[\"spring\"]"),
                json("{}"),
            ),
            count: LEADS,
            condition: "true",
        },
        Filling {
            table: "assignments",
            columns: "organization_id, lead_id, id, to_user_id, decided_by_user_id, decided_at",
            values: format!("{organization}, {lead}, {lead}, {owner}, {olivia}, {at}"),
            count: LEADS,
            condition: "true",
        },
        Filling {
            table: "lead_access",
            columns: "organization_id, user_id, lead_id, kind",
            values: format!("{organization}, {agent}, {lead}, 1"),
            count: LEADS,
            condition: "i % 10 >= 4",
        },
        Filling {
            table: "lead_access",
            columns: "organization_id, user_id, lead_id, kind",
            values: format!("{organization}, {mona}, {lead}, 4"),
            count: LEADS,
            condition: "i % 15 = 0",
        },
        Filling {
            table: "lead_external_ids",
            columns: "organization_id, source, external_id, lead_id",
            values: format!("{organization}, '/web', 'X' || i, {lead}"),
            count: LEADS,
            condition: "true",
        },
        Filling {
            table: "events",
            columns: "organization_id, kind, subject_id, user_id, at, data",
            values: format!(
                "{organization}, CASE WHEN i % 5 > 0 THEN 'lead.assigned' ELSE 'user.changed' END, \
                 CASE WHEN i % 5 > 0 THEN {lead} ELSE {agent} END, {olivia}, {at}, {}",
                json("{}"),
            ),
            count: LEADS,
            condition: "true",
        },
        Filling {
            table: "waiting_leads",
            columns: "organization_id, rotation_id, position, lead_id, assignment_id",
            values: format!(
                "{organization}, (SELECT id FROM rotations WHERE group_id = {service}), 1000 + i, {lead}, {lead}"
            ),
            count: LEADS,
            condition: "i % 40 = 1",
        },
        Filling {
            table: "lead_notes",
            columns: "organization_id, lead_id, id, body, mentions, author_user_id, version, created_at",
            values: format!(
                "{organization}, {}, {}, 'Tea', {}, {olivia}, 1, {at}",
                numbered("(1 + i % 2000)", "0008"),
                numbered("i", tail),
                json("[]"),
            ),
            count: 10_000,
            condition: "true",
        },
        Filling {
            table: "lead_communications",
            columns: "organization_id, lead_id, id, channel, summary, occurred_at, author_user_id, version, \
                      created_at, updated_at",
            values: format!(
                "{organization}, {}, {}, 4, 'Tea', {at}, {olivia}, 1, {at}, {at}",
                numbered("(1 + i % 2000)", "0008"),
                numbered("i", tail),
            ),
            count: 10_000,
            condition: "true",
        },
        Filling {
            table: "lead_tasks",
            columns: "organization_id, lead_id, id, title, assignee_id, due_at, due_order, priority, done_at, \
                      author_user_id, version, created_at, updated_at",
            values: format!(
                "{organization}, {lead}, {}, 'Tea', {agent}, {at}, {at}, 2, CASE WHEN i % 3 > 0 THEN {at} END, \
                 {olivia}, 1, {at}, {at}",
                numbered("i", tail),
            ),
            count: LEADS,
            condition: "i % 10 >= 4",
        },
    ];
    for Filling { table, columns, values, count, condition } in fillings {
        let numbers = match is_sqlite {
            true => format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
            ),
            false => format!("WITH n (i) AS (SELECT generate_series(1, {count})::bigint)"),
        };
        let rows = format!("SELECT {values} FROM n WHERE {condition}");
        match is_sqlite {
            true => run(&format!("INSERT INTO {table} ({columns}) {numbers} {rows}")).await,
            false => run(&format!("{numbers} INSERT INTO {table} ({columns}) {rows}")).await,
        }
    }
    if !is_sqlite {
        // SQLite's own planner is never told how much there is.
        run("VACUUM ANALYZE").await;
    }
    db.close().await.unwrap();
}
