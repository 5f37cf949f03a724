//! Notes, and what they said before.

use std::collections::HashMap;

use evenhand_domain::activity::{Author, Note, NoteEdit, NoteFields, NoteRevision};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{AssignmentId, LeadId, NoteId, OrganizationId, UserId};
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::{EditLeads, Grant, ViewLeads};
use evenhand_domain::user::{UserName, UserStatus};
use sea_orm::{FromQueryResult, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{author, is_visible, key, named, one_row, who, words};
use crate::leads::OnLeads;
use crate::leads::scope::{place, visible};
use crate::rows::{Cell, Kind, Rows};
use crate::{Error, Read, Result, Tx, convert, ownership, users};

/// A note to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNote {
    /// Its id.
    pub id: NoteId,
    /// The lead, locked.
    pub lead_id: LeadId,
    /// What it says; not blank.
    pub fields: NoteFields,
    /// Who says it.
    pub author: Author,
    /// The decision on the lead's ownership that it is said with.
    pub assignment_id: Option<AssignmentId>,
    /// When.
    pub at: Timestamp,
}

/// Stores notes. Who mentions somebody has checked that they see the lead.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, organization_id: OrganizationId, notes: &[NewNote]) -> Result<()> {
    if notes.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("body", Kind::Text),
        ("mentions", Kind::Json),
        ("author_user_id", Kind::Uuid),
        ("author_api_key_id", Kind::Uuid),
        ("assignment_id", Kind::Uuid),
        ("version", Kind::Int),
        ("created_at", Kind::Int),
    ]);
    for note in notes {
        rows.push([
            organization_id.into(),
            note.lead_id.into(),
            note.id.into(),
            note.fields.body.as_str().into(),
            mentions_cell(&note.fields.mentions),
            note.author.user_id().into(),
            note.author.api_key_id().into(),
            note.assignment_id.into(),
            1_i64.into(),
            note.at.micros().into(),
        ]);
    }
    let db = tx.db();
    db.insert(rows, "lead_notes", "").await?;
    Ok(())
}

fn mentions_cell(mentions: &[UserId]) -> Cell {
    Cell::Json(convert::ids_json(mentions).to_string())
}

/// A note of a lead that the grant's scope covers; `None` when either does not exist or is not
/// visible.
///
/// # Errors
/// When the database fails.
pub async fn get<A: OnLeads>(
    db: &impl Read,
    grant: &Grant<A>,
    lead_id: LeadId,
    id: NoteId,
) -> Result<Option<Note>> {
    let mut values = key(grant, lead_id);
    let id = format!("AND n.id = {}", place(&mut values, id.uuid()));
    Ok(read(db, grant, values, &id).await?.pop())
}

/// The notes of a lead that the grant's scope covers, newest first; `None` when the lead does not
/// exist or is not visible.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    lead_id: LeadId,
    page: &PageRequest,
) -> Result<Option<Page<Note>>> {
    let mut values = key(grant, lead_id);
    let before = page.after.map(|after| format!("AND n.id < {}", place(&mut values, after)));
    let end = format!("{} ORDER BY n.id DESC LIMIT {}", before.unwrap_or_default(), page.probe());
    let notes = read(db, grant, values, &end).await?;
    if notes.is_empty() && !is_visible(db, grant, lead_id).await? {
        return Ok(None);
    }
    Ok(Some(Page::from_probe(notes, page, |note| note.id.uuid())))
}

#[derive(FromQueryResult)]
struct NoteRow {
    lead_id: Uuid,
    id: Uuid,
    body: String,
    mentions: Json,
    assignment_id: Option<Uuid>,
    edited_at: Option<i64>,
    version: i64,
    created_at: i64,
    author_user_id: Option<Uuid>,
    author_api_key_id: Option<Uuid>,
    author_name: Option<String>,
    edited_by_user_id: Option<Uuid>,
    edited_by_api_key_id: Option<Uuid>,
    edited_by_name: Option<String>,
}

/// The notes `n` of the lead `$2`, visible, with more conditions and an order at the `end`.
async fn read<A: OnLeads>(
    db: &impl Read,
    grant: &Grant<A>,
    mut values: Vec<Value>,
    end: &str,
) -> Result<Vec<Note>> {
    let visible = visible(A::leads(grant.scope()), "l", &mut values, db.db().dialect);
    let sql = format!(
        "SELECT n.lead_id, n.id, n.body, n.mentions, n.assignment_id, n.edited_at, n.version, \
         n.created_at, {author}, {edited_by} FROM lead_notes n \
         JOIN leads l ON l.organization_id = n.organization_id AND l.id = n.lead_id \
         WHERE n.organization_id = $1 AND n.lead_id = $2 AND {visible} {end}",
        author = who("n", "author"),
        edited_by = who("n", "edited_by"),
    );
    let rows: Vec<NoteRow> = db.db().all(&sql, values).await?;
    let names = names(db, grant, rows.iter().map(|row| &row.mentions)).await?;
    rows.into_iter().map(|row| note(row, &names)).collect()
}

fn note(row: NoteRow, names: &Names) -> Result<Note> {
    let editor = named(row.edited_by_user_id, row.edited_by_api_key_id, row.edited_by_name)?;
    let edited_at = row.edited_at.map(Timestamp::from_micros);
    Ok(Note {
        id: row.id.into(),
        lead_id: row.lead_id.into(),
        body: row.body,
        mentions: mentioned(row.mentions, names)?,
        author: author(row.author_user_id, row.author_api_key_id, row.author_name)?,
        assignment_id: row.assignment_id.map(Into::into),
        edit: editor.zip(edited_at).map(|(by, at)| NoteEdit { by, at }),
        version: row.version,
        created_at: Timestamp::from_micros(row.created_at),
    })
}

type Names = HashMap<UserId, (UserName, UserStatus)>;

/// The names of whomever these columns mention.
async fn names<A: OnLeads>(
    db: &impl Read,
    grant: &Grant<A>,
    mentions: impl Iterator<Item = &Json>,
) -> Result<Names> {
    let mut ids = Vec::new();
    for mentions in mentions {
        ids.extend(convert::ids::<UserId>(mentions.clone())?);
    }
    ids.sort_unstable();
    ids.dedup();
    users::mentioned(db, grant, &ids).await
}

fn mentioned(mentions: Json, names: &Names) -> Result<Vec<UserName>> {
    let name = |id: UserId| {
        let known = names.get(&id).map(|(name, _)| name.clone());
        known.ok_or_else(|| Error::corrupt("a note mentions somebody unknown"))
    };
    convert::ids(mentions)?.into_iter().map(name).collect()
}

/// Makes a note of a locked lead say something else, and keeps what it said.
///
/// # Errors
/// When the database fails.
pub async fn update(
    tx: &mut Tx,
    grant: &Grant<EditLeads>,
    before: &Note,
    after: &NoteFields,
    by: Author,
    now: Timestamp,
) -> Result<()> {
    keep(tx, grant, before).await?;
    let sql = "UPDATE lead_notes SET body = $4, mentions = $5, edited_by_user_id = $6, \
               edited_by_api_key_id = $7, edited_at = $8, version = version + 1 \
               WHERE organization_id = $1 AND lead_id = $2 AND id = $3";
    let values = [
        grant.organization_id().uuid().into(),
        before.lead_id.uuid().into(),
        before.id.uuid().into(),
        after.body.as_str().into(),
        convert::ids_json(&after.mentions).into(),
        by.user_id().map(UserId::uuid).into(),
        by.api_key_id().map(Uuid::from).into(),
        now.micros().into(),
    ];
    one_row(tx.db().execute(sql, values).await?)
}

/// Keeps what a note says, as a revision.
async fn keep(tx: &mut Tx, grant: &Grant<EditLeads>, note: &Note) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("lead_id", Kind::Uuid),
        ("note_id", Kind::Uuid),
        ("version", Kind::Int),
        ("body", Kind::Text),
        ("mentions", Kind::Json),
        ("author_user_id", Kind::Uuid),
        ("author_api_key_id", Kind::Uuid),
        ("written_at", Kind::Int),
    ]);
    let (by, at) = note.written();
    let (by, fields) = (Author::from(by), note.fields());
    rows.push([
        grant.organization_id().into(),
        note.lead_id.into(),
        note.id.into(),
        note.version.into(),
        fields.body.into(),
        mentions_cell(&fields.mentions),
        by.user_id().into(),
        by.api_key_id().into(),
        at.micros().into(),
    ]);
    let db = tx.db();
    one_row(db.insert(rows, "lead_note_revisions", "").await?)
}

/// Deletes a note of a locked lead with its words, wherever they are: its revisions, and the details
/// of the events that tell of it, and the assignment that it was said with.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, grant: &Grant<EditLeads>, note: &Note) -> Result<()> {
    let organization_id = grant.organization_id();
    let key = || [organization_id.uuid().into(), note.lead_id.uuid().into(), note.id.uuid().into()];
    let sql = "DELETE FROM lead_note_revisions \
               WHERE organization_id = $1 AND lead_id = $2 AND note_id = $3";
    tx.db().execute(sql, key()).await?;
    let sql = "DELETE FROM lead_notes WHERE organization_id = $1 AND lead_id = $2 AND id = $3";
    one_row(tx.db().execute(sql, key()).await?)?;
    if let Some(assignment) = note.assignment_id {
        ownership::erase_note(tx, organization_id, note.lead_id, assignment).await?;
    }
    words::forget(tx, organization_id, note.lead_id, "note_id", note.id.uuid()).await
}

#[derive(FromQueryResult)]
struct RevisionRow {
    version: i64,
    body: String,
    mentions: Json,
    written_at: i64,
    author_user_id: Option<Uuid>,
    author_api_key_id: Option<Uuid>,
    author_name: Option<String>,
}

/// What a note of a lead that the grant's scope covers said before, newest first; `None` when there
/// is no such note, or none that is visible.
///
/// # Errors
/// When the database fails.
pub async fn revisions(
    db: &impl Read,
    grant: &Grant<ViewLeads>,
    lead_id: LeadId,
    id: NoteId,
    page: &PageRequest,
) -> Result<Option<Page<NoteRevision>>> {
    let mut values = key(grant, lead_id);
    let note = place(&mut values, id.uuid());
    let before = page
        .after
        .map(|after| format!("AND r.version < {}", place(&mut values, version_of(after))));
    let visible = visible(grant.scope(), "l", &mut values, db.db().dialect);
    let sql = format!(
        "SELECT r.version, r.body, r.mentions, r.written_at, {author} FROM lead_note_revisions r \
         JOIN leads l ON l.organization_id = r.organization_id AND l.id = r.lead_id \
         WHERE r.organization_id = $1 AND r.lead_id = $2 AND r.note_id = {note} AND {visible} \
         {before} ORDER BY r.version DESC LIMIT {limit}",
        author = who("r", "author"),
        before = before.unwrap_or_default(),
        limit = page.probe(),
    );
    let rows: Vec<RevisionRow> = db.db().all(&sql, values).await?;
    if rows.is_empty() && get(db, grant, lead_id, id).await?.is_none() {
        return Ok(None);
    }
    let names = names(db, grant, rows.iter().map(|row| &row.mentions)).await?;
    let revisions = rows.into_iter().map(|row| revision(row, &names)).collect::<Result<_>>()?;
    Ok(Some(Page::from_probe(revisions, page, |revision| place_of(revision.version))))
}

fn revision(row: RevisionRow, names: &Names) -> Result<NoteRevision> {
    Ok(NoteRevision {
        version: row.version,
        body: row.body,
        mentions: mentioned(row.mentions, names)?,
        author: author(row.author_user_id, row.author_api_key_id, row.author_name)?,
        written_at: Timestamp::from_micros(row.written_at),
    })
}

/// A version as the key of a page: pages are keyed by 128 bits.
fn place_of(version: i64) -> Uuid {
    Uuid::from_u64_pair(0, version.cast_unsigned())
}

fn version_of(place: Uuid) -> i64 {
    place.as_u64_pair().1.cast_signed()
}
