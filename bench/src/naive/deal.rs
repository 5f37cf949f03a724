//! The transaction.

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbErr, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _, Value,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{NewLead, is_postgres, new_id};
use crate::environment::now_micros;

/// Who posts.
struct Caller {
    organization: Uuid,
    id: Uuid,
    name: String,
}

/// Where the rule for the lead's source sends it.
struct Rotation {
    id: Uuid,
    group: Uuid,
    rule: Uuid,
    rule_version: i64,
    next: Option<Uuid>,
    entry: i64,
    turn: i64,
    head: Vec<u8>,
    local_day: i32,
    daily_limit: i32,
}

struct Member {
    id: Uuid,
    name: String,
    of_day: i32,
    of_month: i32,
}

/// What is about to be stored.
struct Dealt<'a> {
    lead: Uuid,
    assignment: Uuid,
    at: i64,
    caller: &'a Caller,
    rotation: &'a Rotation,
    owner: &'a Member,
    following: Uuid,
    hash: Vec<u8>,
}

/// Adds a lead; the answer, or nothing when the key is unknown.
#[expect(clippy::disallowed_methods, reason = "who sends it waits for every answer")]
pub(super) async fn deal(
    connection: &DatabaseConnection,
    key: &str,
    once: &str,
    lead: &NewLead,
) -> Result<Option<String>, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate)
            .filter(|_| !is_postgres(connection.get_database_backend())),
        ..TransactionOptions::default()
    };
    let mut tx = Tx(connection.begin_with_options(options).await?);
    let at = i64::try_from(now_micros()).unwrap_or(i64::MAX);
    let Some(caller) = tx.caller(key).await? else { return Ok(None) };
    let (lead_id, assignment) = (new_id(), new_id());
    let key_hash = Sha256::digest(once.as_bytes()).to_vec();
    tx.claim(&caller, &key_hash, lead, at).await?;
    tx.claim_contact(&caller, &lead.email, lead_id, at).await?;
    let rotation = tx.lock_rotation(&caller, &lead.source).await?;
    let members = tx.members(&caller, &rotation).await?;
    let cursor = members.iter().position(|member| Some(member.id) == rotation.next).unwrap_or(0);
    let order = (0..members.len()).map(|step| (cursor + step) % members.len());
    let limit = rotation.daily_limit;
    let chosen = order.clone().find(|place| limit == 0 || members[*place].of_day < limit);
    let Some(chosen) = chosen else {
        return Err(DbErr::Custom("nobody can be dealt to".to_owned()));
    };
    let mut hash = Sha256::new();
    hash.update(&rotation.head);
    hash.update(lead_id.as_bytes());
    let dealt = Dealt {
        lead: lead_id,
        assignment,
        at,
        caller: &caller,
        owner: &members[chosen],
        following: members[(chosen + 1) % members.len()].id,
        hash: hash.finalize().to_vec(),
        rotation: &rotation,
    };
    tx.insert_lead(&dealt, lead).await?;
    tx.insert_ownership(&dealt).await?;
    tx.move_on(&dealt).await?;
    tx.append(&dealt).await?;
    let answer = answer(&dealt, lead);
    tx.keep_answer(&caller, &key_hash, lead_id, &answer).await?;
    tx.0.commit().await?;
    Ok(Some(answer))
}

/// As long as the product's.
fn answer(dealt: &Dealt<'_>, lead: &NewLead) -> String {
    json!({
        "id": dealt.lead, "first_name": lead.first_name, "last_name": lead.last_name,
        "email": lead.email, "phone": null, "phone_e164": null, "company": null,
        "source": lead.source, "product": null, "value": null, "country": null,
        "external_id": null, "status": "new", "tags": [], "custom_fields": {},
        "owner": {"id": dealt.owner.id, "first_name": dealt.owner.name, "last_name": null, "partner": false},
        "group_id": dealt.rotation.group, "team_id": null, "duplicate_of": null, "duplicate_count": 0,
        "created_by": {"type": "api_key", "id": dealt.caller.id, "name": dealt.caller.name},
        "allowed_actions": [],
        "rule": {"id": dealt.rotation.rule, "version": dealt.rotation.rule_version},
        "assignment": {
            "id": dealt.assignment, "outcome": "assigned", "source": "distribution", "reason": null,
            "rotation_id": dealt.rotation.id, "turn": dealt.rotation.turn + 1,
            "ledger_hash": hex::encode(&dealt.hash), "next_attempt_at": null, "decided_at": dealt.at,
        },
        "version": 1, "created_at": dealt.at, "updated_at": dealt.at,
        "archived_at": null, "erased_at": null,
    })
    .to_string()
}

struct Tx(DatabaseTransaction);

impl Tx {
    fn statement(&self, sql: &str, values: Vec<Value>) -> Statement {
        Statement::from_sql_and_values(self.0.get_database_backend(), sql, values)
    }

    async fn run(&mut self, sql: &str, values: Vec<Value>) -> Result<(), DbErr> {
        self.0.execute_raw(self.statement(sql, values)).await.map(drop)
    }

    async fn one(&mut self, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(self.statement(sql, values)).await
    }

    /// What only PostgreSQL understands.
    fn only_postgres<'a>(&self, sql: &'a str) -> &'a str {
        if is_postgres(self.0.get_database_backend()) { sql } else { "" }
    }

    async fn caller(&mut self, key: &str) -> Result<Option<Caller>, DbErr> {
        let sql = "SELECT k.organization_id, k.id, k.name FROM api_keys k JOIN organizations o \
                   ON o.id = k.organization_id WHERE k.hash = $1 AND k.revoked_at IS NULL";
        let hash = Sha256::digest(key.as_bytes()).to_vec();
        let row = self.one(sql, vec![hash.into()]).await?;
        row.map(|row| {
            Ok(Caller {
                organization: row.try_get_by_index(0)?,
                id: row.try_get_by_index(1)?,
                name: row.try_get_by_index(2)?,
            })
        })
        .transpose()
    }

    async fn claim(
        &mut self,
        caller: &Caller,
        key_hash: &[u8],
        lead: &NewLead,
        at: i64,
    ) -> Result<(), DbErr> {
        let sql = "INSERT INTO idempotency_keys (organization_id, credential_id, key_hash, \
                   request_hash, expires_at) VALUES ($1, $2, $3, $4, $5)";
        let request = Sha256::digest(lead.email.as_bytes()).to_vec();
        let values = vec![
            caller.organization.into(),
            caller.id.into(),
            key_hash.to_vec().into(),
            request.into(),
            (at + 86_400_000_000).into(),
        ];
        self.run(sql, values).await
    }

    async fn claim_contact(
        &mut self,
        caller: &Caller,
        email: &str,
        lead: Uuid,
        at: i64,
    ) -> Result<(), DbErr> {
        let sql = "INSERT INTO lead_contacts (organization_id, kind, contact, lead_id, seen_at) \
                   VALUES ($1, 1, $2, $3, $4) ON CONFLICT (organization_id, kind, contact) DO NOTHING";
        self.run(sql, vec![caller.organization.into(), email.into(), lead.into(), at.into()]).await
    }

    async fn lock_rotation(&mut self, caller: &Caller, source: &str) -> Result<Rotation, DbErr> {
        // The rule's name is the source that it is for.
        let sql = format!(
            "SELECT r.id, r.group_id, x.id, x.version, r.next_user_id, r.entry, r.turn, r.head, \
             r.local_day, r.daily_limit FROM routing_rules x JOIN rotations r \
             ON r.organization_id = x.organization_id AND r.group_id = x.group_id \
             WHERE x.organization_id = $1 AND x.name = $2 {}",
            self.only_postgres("FOR UPDATE OF r"),
        );
        let row = self.one(&sql, vec![caller.organization.into(), source.into()]).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("a rule".to_owned()))?;
        Ok(Rotation {
            id: row.try_get_by_index(0)?,
            group: row.try_get_by_index(1)?,
            rule: row.try_get_by_index(2)?,
            rule_version: row.try_get_by_index(3)?,
            next: row.try_get_by_index(4)?,
            entry: row.try_get_by_index(5)?,
            turn: row.try_get_by_index(6)?,
            head: row.try_get_by_index(7)?,
            local_day: row.try_get_by_index(8)?,
            daily_limit: row.try_get_by_index(9)?,
        })
    }

    async fn members(
        &mut self,
        caller: &Caller,
        rotation: &Rotation,
    ) -> Result<Vec<Member>, DbErr> {
        let sql = "SELECT m.user_id, u.first_name, coalesce(c.of_day, 0), coalesce(c.of_month, 0) \
                   FROM rotation_members m JOIN users u ON u.organization_id = m.organization_id \
                   AND u.id = m.user_id LEFT JOIN rotation_counts c \
                   ON c.organization_id = m.organization_id AND c.rotation_id = m.rotation_id \
                   AND c.user_id = m.user_id WHERE m.organization_id = $1 AND m.rotation_id = $2 \
                   ORDER BY m.position";
        let values = vec![caller.organization.into(), rotation.id.into()];
        let rows = self.0.query_all_raw(self.statement(sql, values)).await?;
        rows.iter()
            .map(|row| {
                Ok(Member {
                    id: row.try_get_by_index(0)?,
                    name: row.try_get_by_index(1)?,
                    of_day: row.try_get_by_index(2)?,
                    of_month: row.try_get_by_index(3)?,
                })
            })
            .collect()
    }

    async fn insert_lead(&mut self, dealt: &Dealt<'_>, lead: &NewLead) -> Result<(), DbErr> {
        let sql = "INSERT INTO leads (organization_id, id, owner_id, group_id, rotation_id, rule_id, \
                   rule_version, assignment_id, status, first_name, last_name, email, email_key, \
                   source, tags, custom_fields, created_by_api_key_id, created_by_name, version, \
                   created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'new', $9, $10, \
                   $11, $11, $12, '[]', '{}', $13, $14, 1, $15, $15)";
        let Dealt { caller, rotation, .. } = dealt;
        let values = vec![
            caller.organization.into(),
            dealt.lead.into(),
            dealt.owner.id.into(),
            rotation.group.into(),
            rotation.id.into(),
            rotation.rule.into(),
            rotation.rule_version.into(),
            dealt.assignment.into(),
            lead.first_name.clone().into(),
            lead.last_name.clone().into(),
            lead.email.as_str().into(),
            lead.source.as_str().into(),
            caller.id.into(),
            caller.name.as_str().into(),
            dealt.at.into(),
        ];
        self.run(sql, values).await
    }

    async fn insert_ownership(&mut self, dealt: &Dealt<'_>) -> Result<(), DbErr> {
        let Dealt { caller, rotation, owner, .. } = dealt;
        let sql = "INSERT INTO lead_access (organization_id, user_id, lead_id, kind) \
                   VALUES ($1, $2, $3, 1)";
        let values = vec![caller.organization.into(), owner.id.into(), dealt.lead.into()];
        self.run(sql, values).await?;
        let sql = "INSERT INTO assignments (organization_id, lead_id, id, to_user_id, source, \
                   rotation_id, entry, turn, ledger_hash, decided_by_api_key_id, decided_at) \
                   VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10)";
        let values = vec![
            caller.organization.into(),
            dealt.lead.into(),
            dealt.assignment.into(),
            owner.id.into(),
            rotation.id.into(),
            (rotation.entry + 1).into(),
            (rotation.turn + 1).into(),
            dealt.hash.clone().into(),
            caller.id.into(),
            dealt.at.into(),
        ];
        self.run(sql, values).await
    }

    async fn move_on(&mut self, dealt: &Dealt<'_>) -> Result<(), DbErr> {
        let Dealt { caller, rotation, owner, .. } = dealt;
        let sql = "UPDATE rotations SET next_user_id = $3, entry = $4, turn = $5, head = $6, \
                   last_at = $7 WHERE organization_id = $1 AND id = $2";
        let values = vec![
            caller.organization.into(),
            rotation.id.into(),
            dealt.following.into(),
            (rotation.entry + 1).into(),
            (rotation.turn + 1).into(),
            dealt.hash.clone().into(),
            dealt.at.into(),
        ];
        self.run(sql, values).await?;
        let sql = "INSERT INTO rotation_counts (organization_id, rotation_id, user_id, local_day, \
                   of_day, of_month, virtual_time, last_turn, open_leads) \
                   VALUES ($1, $2, $3, $4, $5, $6, 0, $7, 0) \
                   ON CONFLICT (organization_id, rotation_id, user_id) DO UPDATE \
                   SET local_day = excluded.local_day, of_day = excluded.of_day, \
                   of_month = excluded.of_month, last_turn = excluded.last_turn";
        let values = vec![
            caller.organization.into(),
            rotation.id.into(),
            owner.id.into(),
            rotation.local_day.into(),
            (owner.of_day + 1).into(),
            (owner.of_month + 1).into(),
            (rotation.turn + 1).into(),
        ];
        self.run(sql, values).await
    }

    async fn append(&mut self, dealt: &Dealt<'_>) -> Result<(), DbErr> {
        let Dealt { caller, rotation, owner, .. } = dealt;
        let sql = "INSERT INTO rotation_ledger (organization_id, rotation_id, entry, turn, kind, at, \
                   lead_id, user_id, body, hash) VALUES ($1, $2, $3, $4, 2, $5, $6, $7, $8, $9)";
        let mut body = Vec::with_capacity(96);
        for id in [rotation.id, dealt.lead, owner.id, dealt.following] {
            body.extend_from_slice(id.as_bytes());
        }
        body.extend_from_slice(&dealt.hash);
        let values = vec![
            caller.organization.into(),
            rotation.id.into(),
            (rotation.entry + 1).into(),
            (rotation.turn + 1).into(),
            dealt.at.into(),
            dealt.lead.into(),
            owner.id.into(),
            body.into(),
            dealt.hash.clone().into(),
        ];
        self.run(sql, values).await?;
        let sql = format!(
            "INSERT INTO events (organization_id, kind, subject_id, api_key_id, credential_id, at, \
             data) VALUES ($1, 'lead.created', $2, $3, $3, $4, $5{})",
            self.only_postgres("::text::jsonb"),
        );
        let data = json!({
            "assignment_id": dealt.assignment, "duplicate_of": null, "entry": rotation.entry + 1,
            "owner_id": owner.id, "reason": null, "rotation_id": rotation.id,
            "rule_id": rotation.rule, "rule_version": rotation.rule_version,
            "source": "distribution", "turn": rotation.turn + 1, "waiting": false,
        });
        let values = vec![
            caller.organization.into(),
            dealt.lead.into(),
            caller.id.into(),
            dealt.at.into(),
            data.to_string().into(),
        ];
        self.run(&sql, values).await
    }

    async fn keep_answer(
        &mut self,
        caller: &Caller,
        key_hash: &[u8],
        lead: Uuid,
        answer: &str,
    ) -> Result<(), DbErr> {
        let sql = "UPDATE idempotency_keys SET subject_id = $4, answer = $5 \
                   WHERE organization_id = $1 AND credential_id = $2 AND key_hash = $3";
        let values = vec![
            caller.organization.into(),
            caller.id.into(),
            key_hash.to_vec().into(),
            lead.into(),
            answer.as_bytes().to_vec().into(),
        ];
        self.run(sql, values).await
    }
}
