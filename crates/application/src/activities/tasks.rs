//! Tasks on leads.

use evenhand_domain::activity::{Author, Task, TaskChange, TaskFields};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Error;
use evenhand_domain::ids::{LeadId, TaskId};
use evenhand_domain::permission::{EditLeads, Grant};
use evenhand_persistence::activities::tasks::{self, TaskUpdate};
use evenhand_persistence::idempotency::{self, Once, Outcome};
use serde_json::{Value, json};

use super::{locked, readers, require_author, tell};
use crate::{Services, check_version};

/// Where requests name who is to do a task.
const ASSIGNEE: &str = "/assignee_id";

/// Adds a task to a lead.
///
/// # Errors
/// [`Error::NotFound`] for a lead that the caller does not see, [`Error::Denied`] for one that they
/// may only look at; [`Error::Invalid`] for an assignee who is not active or does not see it.
pub async fn add(
    services: &Services,
    grant: &Grant<EditLeads>,
    lead_id: LeadId,
    fields: TaskFields,
    once: Option<&Once<Task>>,
) -> Result<Outcome<Task>, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let organization_id = grant.organization_id();
    if let Some(answer) = idempotency::begin(&mut tx, organization_id, once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    readers::lock(&mut tx, grant, &[fields.assignee_id]).await?;
    let lead = locked(&mut tx, grant, lead_id).await?;
    readers::check(&tx, grant, &lead, &[(ASSIGNEE.to_owned(), fields.assignee_id)]).await?;
    let now = tx.now().await?;
    let id: TaskId = services.ids.next(now);
    tasks::insert(&mut tx, grant, lead_id, id, &fields, now).await?;
    let data = json!({"task_id": id, "after": codes(&fields)});
    let words = json!({"after": words(&fields)});
    tell(&mut tx, grant, "lead.task_added", lead_id, data, Some(words)).await?;
    let task = tasks::get(&tx, grant, lead_id, id).await?.ok_or(Error::NotFound("task"))?;
    // Whoever erases the lead finds the kept answer by it.
    idempotency::finish(&mut tx, organization_id, once, lead_id.uuid(), &task).await?;
    tx.commit().await?;
    Ok(Outcome::Done(task))
}

/// Changes a task, completes it or reopens it. Whether it is done is for its assignee to say as well.
///
/// # Errors
/// As [`add`]; [`Error::Denied`] also for who neither added it nor manages what others did;
/// [`Error::PreconditionFailed`].
pub async fn change(
    services: &Services,
    grant: &Grant<EditLeads>,
    lead_id: LeadId,
    id: TaskId,
    change: TaskChange,
    expected_version: Option<i64>,
) -> Result<Task, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    readers::lock(&mut tx, grant, change.assignee_id.as_slice()).await?;
    let lead = locked(&mut tx, grant, lead_id).await?;
    let task = tasks::get(&tx, grant, lead_id, id).await?.ok_or(Error::NotFound("task"))?;
    let is_own = grant.user_id() == Some(task.assignee.id);
    if !is_own || !change.is_about_done_alone() {
        require_author(grant, &task.author)?;
    }
    check_version(expected_version, task.version)?;
    let (before, was_done) = (task.fields(), task.done.is_some());
    let now = tx.now().await?;
    let done = done(&task, change.done, grant.subject().into(), now);
    let after = TaskUpdate { fields: before.clone().changed(change), done };
    if after.fields == before && after.done.is_some() == was_done {
        return Ok(task);
    }
    if after.fields.assignee_id != before.assignee_id {
        let assignee = (ASSIGNEE.to_owned(), after.fields.assignee_id);
        readers::check(&tx, grant, &lead, &[assignee]).await?;
    }
    tasks::update(&mut tx, grant, &task, &after, now).await?;
    if after.fields != before {
        let data = json!({
            "task_id": id, "before": codes(&before), "after": codes(&after.fields),
        });
        let words = json!({"before": words(&before), "after": words(&after.fields)});
        tell(&mut tx, grant, "lead.task_changed", lead_id, data, Some(words)).await?;
    }
    if after.done.is_some() != was_done {
        let kind = if was_done { "lead.task_reopened" } else { "lead.task_completed" };
        tell(&mut tx, grant, kind, lead_id, json!({"task_id": id}), None).await?;
    }
    let task = tasks::get(&tx, grant, lead_id, id).await?.ok_or(Error::NotFound("task"))?;
    tx.commit().await?;
    Ok(task)
}

/// When and by whom a task was done, after a change that may say that it is or is not.
fn done(
    task: &Task,
    wanted: Option<bool>,
    by: Author,
    now: Timestamp,
) -> Option<(Timestamp, Author)> {
    let present = task.done.as_ref().map(|done| (done.at, Author::from(&done.by)));
    match wanted {
        Some(true) => present.or(Some((now, by))),
        Some(false) => None,
        None => present,
    }
}

/// Deletes a task with all its words; that it was there is still told.
///
/// # Errors
/// As [`change`].
pub async fn delete(
    services: &Services,
    grant: &Grant<EditLeads>,
    lead_id: LeadId,
    id: TaskId,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    locked(&mut tx, grant, lead_id).await?;
    let task = tasks::get(&tx, grant, lead_id, id).await?.ok_or(Error::NotFound("task"))?;
    require_author(grant, &task.author)?;
    check_version(expected_version, task.version)?;
    tasks::delete(&mut tx, grant, &task).await?;
    tell(&mut tx, grant, "lead.task_deleted", lead_id, json!({"task_id": id}), None).await?;
    tx.commit().await?;
    Ok(())
}

fn codes(fields: &TaskFields) -> Value {
    json!({
        "assignee_id": fields.assignee_id,
        "due_at": fields.due_at.map(Timestamp::to_rfc3339),
        "priority": fields.priority.as_str(),
    })
}

fn words(fields: &TaskFields) -> Value {
    json!({"title": fields.title, "description": fields.description})
}
