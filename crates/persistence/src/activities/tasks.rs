//! Tasks, of one lead and across leads.

use evenhand_domain::activity::{Author, Task, TaskDone, TaskFields, TaskFilter, TaskPriority};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, TaskId};
use evenhand_domain::page::{Page, PageRequest, TimeKey};
use evenhand_domain::permission::{EditLeads, Grant, ViewLeads};
use evenhand_domain::user::UserName;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{author, is_visible, key, named, one_row, who, words};
use crate::leads::OnLeads;
use crate::leads::scope::{place, visible};
use crate::rows::{Kind, Rows};
use crate::{Error, Read, Result, Tx};

/// The place of tasks without a due date: behind all others.
const END_OF_TIME: Timestamp = Timestamp::from_micros(i64::MAX);

fn order(due_at: Option<Timestamp>) -> Timestamp {
    due_at.unwrap_or(END_OF_TIME)
}

/// Stores a task on a locked lead, for an active user who is locked as well.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    grant: &Grant<EditLeads>,
    lead_id: LeadId,
    id: TaskId,
    fields: &TaskFields,
    now: Timestamp,
) -> Result<()> {
    let by = Author::from(grant.subject());
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("title", Kind::Text),
        ("description", Kind::Text),
        ("assignee_id", Kind::Uuid),
        ("due_at", Kind::Int),
        ("due_order", Kind::Int),
        ("priority", Kind::Int),
        ("author_user_id", Kind::Uuid),
        ("author_api_key_id", Kind::Uuid),
        ("version", Kind::Int),
        ("created_at", Kind::Int),
        ("updated_at", Kind::Int),
    ]);
    rows.push([
        grant.organization_id().into(),
        lead_id.into(),
        id.into(),
        fields.title.as_str().into(),
        fields.description.as_deref().into(),
        fields.assignee_id.into(),
        fields.due_at.map(Timestamp::micros).into(),
        order(fields.due_at).micros().into(),
        fields.priority.code().into(),
        by.user_id().into(),
        by.api_key_id().into(),
        1_i64.into(),
        now.micros().into(),
        now.micros().into(),
    ]);
    let db = tx.db();
    one_row(db.insert(rows, "lead_tasks", "").await?)
}

/// A task on a lead that the grant's scope covers; `None` when either does not exist or is not
/// visible.
///
/// # Errors
/// When the database fails.
pub async fn get<A: OnLeads>(
    db: &impl Read,
    grant: &Grant<A>,
    lead_id: LeadId,
    id: TaskId,
) -> Result<Option<Task>> {
    let mut values = key(grant, lead_id);
    let id = format!("AND t.lead_id = $2 AND t.id = {}", place(&mut values, id.uuid()));
    Ok(read(db, grant, values, &id).await?.pop())
}

/// The tasks on a lead that the grant's scope covers, in the order of [`list`]; `None` when the lead
/// does not exist or is not visible.
///
/// # Errors
/// When the database fails.
pub async fn list_of_lead(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    lead_id: LeadId,
    page: &PageRequest<TimeKey>,
) -> Result<Option<Page<Task, TimeKey>>> {
    let filter = TaskFilter { lead_id: Some(lead_id), ..TaskFilter::default() };
    let tasks = list(db, grant, &filter, page).await?;
    if tasks.rows.is_empty() && !is_visible(db, grant, lead_id).await? {
        return Ok(None);
    }
    Ok(Some(tasks))
}

/// The tasks that the filter covers, on leads that the grant's scope covers: those due first come
/// first, those without a due date last.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    filter: &TaskFilter,
    page: &PageRequest<TimeKey>,
) -> Result<Page<Task, TimeKey>> {
    let mut values = vec![grant.organization_id().uuid().into()];
    let mut end = narrowed(filter, &mut values);
    if let Some(TimeKey { at, id }) = page.after {
        let (at, id) = (place(&mut values, at.micros()), place(&mut values, id));
        end.push_str(&format!(" AND (t.due_order, t.id) > ({at}, {id})"));
    }
    end.push_str(&format!(" ORDER BY t.due_order, t.id LIMIT {}", page.probe()));
    let tasks = read(db, grant, values, &end).await?;
    let of = |task: &Task| TimeKey { at: order(task.due_at), id: task.id.uuid() };
    Ok(Page::from_probe(tasks, page, of))
}

fn narrowed(filter: &TaskFilter, values: &mut Vec<Value>) -> String {
    let TaskFilter { assignee_id, lead_id, done, overdue_at, due_from, due_to, priority } = filter;
    let mut conditions = Vec::new();
    let mut require = |condition: &str, value: Value| {
        conditions.push(format!("{condition} {}", place(values, value)));
    };
    if let Some(assignee) = assignee_id {
        require("t.assignee_id =", assignee.uuid().into());
    }
    if let Some(lead) = lead_id {
        require("t.lead_id =", lead.uuid().into());
    }
    if let Some(from) = due_from {
        require("t.due_at IS NOT NULL AND t.due_order >=", from.micros().into());
    }
    // What has no due date is due at the end of time.
    for to in [due_to, overdue_at].into_iter().flatten() {
        require("t.due_order <", to.micros().into());
    }
    if let Some(priority) = priority {
        require("t.priority =", priority.code().into());
    }
    if *done == Some(false) || overdue_at.is_some() {
        conditions.push("t.done_at IS NULL".to_owned());
    }
    if *done == Some(true) {
        conditions.push("t.done_at IS NOT NULL".to_owned());
    }
    conditions.iter().map(|condition| format!(" AND {condition}")).collect()
}

#[derive(FromQueryResult)]
struct Row {
    lead_id: Uuid,
    id: Uuid,
    title: String,
    description: Option<String>,
    assignee_id: Uuid,
    first_name: String,
    last_name: Option<String>,
    partner: bool,
    due_at: Option<i64>,
    priority: i16,
    done_at: Option<i64>,
    done_by_user_id: Option<Uuid>,
    done_by_api_key_id: Option<Uuid>,
    done_by_name: Option<String>,
    version: i64,
    created_at: i64,
    updated_at: i64,
    author_user_id: Option<Uuid>,
    author_api_key_id: Option<Uuid>,
    author_name: Option<String>,
}

/// The tasks `t` on visible leads, with more conditions and an order at the `end`.
async fn read<A: OnLeads>(
    db: &impl Read,
    grant: &Grant<A>,
    mut values: Vec<Value>,
    end: &str,
) -> Result<Vec<Task>> {
    let visible = visible(A::leads(grant.scope()), "l", &mut values, db.db().dialect);
    // CROSS JOIN: SQLite then begins with the tasks, whose index has the order.
    let sql = format!(
        "SELECT t.lead_id, t.id, t.title, t.description, t.assignee_id, u.first_name, \
         u.last_name, u.partner, t.due_at, t.priority, t.done_at, t.version, t.created_at, \
         t.updated_at, {author}, {done_by} FROM lead_tasks t CROSS JOIN leads l CROSS JOIN users u \
         WHERE t.organization_id = $1 AND l.organization_id = t.organization_id \
         AND l.id = t.lead_id AND u.organization_id = t.organization_id AND u.id = t.assignee_id \
         AND {visible} {end}",
        author = who("t", "author"),
        done_by = who("t", "done_by"),
    );
    let rows: Vec<Row> = db.db().all(&sql, values).await?;
    rows.into_iter().map(task).collect()
}

fn task(row: Row) -> Result<Task> {
    let by = named(row.done_by_user_id, row.done_by_api_key_id, row.done_by_name)?;
    let done = row.done_at.map(Timestamp::from_micros).zip(by);
    let priority = TaskPriority::from_code(row.priority);
    Ok(Task {
        id: row.id.into(),
        lead_id: row.lead_id.into(),
        title: row.title,
        description: row.description,
        assignee: UserName {
            id: row.assignee_id.into(),
            first_name: row.first_name,
            last_name: row.last_name,
            partner: row.partner,
        },
        due_at: row.due_at.map(Timestamp::from_micros),
        priority: priority.ok_or_else(|| Error::corrupt("a task's priority"))?,
        done: done.map(|(at, by)| TaskDone { at, by }),
        author: author(row.author_user_id, row.author_api_key_id, row.author_name)?,
        version: row.version,
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
    })
}

/// What becomes of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskUpdate {
    /// What it says then.
    pub fields: TaskFields,
    /// Whether, when and by whom it was done then.
    pub done: Option<(Timestamp, Author)>,
}

/// Changes a task on a locked lead. Given to another user, active and locked, it does not go back to
/// whom an off-boarding took it from.
///
/// # Errors
/// When the database fails.
pub async fn update(
    tx: &mut Tx,
    grant: &Grant<EditLeads>,
    before: &Task,
    after: &TaskUpdate,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE lead_tasks SET title = $4, description = $5, \
               off_boarding_id = CASE WHEN assignee_id = $6 THEN off_boarding_id END, \
               assignee_id = $6, due_at = $7, due_order = $8, priority = $9, done_at = $10, \
               done_by_user_id = $11, done_by_api_key_id = $12, updated_at = $13, \
               version = version + 1 WHERE organization_id = $1 AND lead_id = $2 AND id = $3";
    let TaskUpdate { fields, done } = after;
    let by = done.map(|(_, by)| by);
    let values = [
        grant.organization_id().uuid().into(),
        before.lead_id.uuid().into(),
        before.id.uuid().into(),
        fields.title.as_str().into(),
        fields.description.as_deref().into(),
        fields.assignee_id.uuid().into(),
        fields.due_at.map(Timestamp::micros).into(),
        order(fields.due_at).micros().into(),
        fields.priority.code().into(),
        done.map(|(at, _)| at.micros()).into(),
        by.and_then(Author::user_id).map(Uuid::from).into(),
        by.and_then(Author::api_key_id).map(Uuid::from).into(),
        now.micros().into(),
    ];
    one_row(tx.db().execute(sql, values).await?)
}

/// Deletes a task on a locked lead, and its words in the events that tell of it.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, grant: &Grant<EditLeads>, task: &Task) -> Result<()> {
    let organization_id = grant.organization_id();
    let sql = "DELETE FROM lead_tasks WHERE organization_id = $1 AND lead_id = $2 AND id = $3";
    let key = [organization_id.uuid().into(), task.lead_id.uuid().into(), task.id.uuid().into()];
    one_row(tx.db().execute(sql, key).await?)?;
    words::forget(tx, organization_id, task.lead_id, "task_id", task.id.uuid()).await
}
