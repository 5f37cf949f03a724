//! By which e-mail addresses and phone numbers people are known, and the latest lead by each.
//!
//! Whoever stores leads claims their contacts first, and keeps them until the transaction ends: of
//! two leads of one person, the second waits here and then sees the first.

use std::collections::{BTreeMap, HashMap};

use evenhand_domain::clock::Timestamp;
use evenhand_domain::duplicate::{ContactKey, ContactKind};
use evenhand_domain::ids::{LeadId, OrganizationId, UserId};
use evenhand_domain::rotation_owner::RotationOwner;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::rows::{Kind, Rows};
use crate::store::Dialect;
use crate::{Error, Read, Result, Tx, Writes};

/// A contact of an organization's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contact {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The normalised address or number.
    pub key: ContactKey,
}

/// The latest lead by a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LastSeen {
    /// When it came.
    pub at: Timestamp,
    /// The lead.
    pub lead_id: LeadId,
}

/// What is written of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The contact.
    pub contact: Contact,
    /// Its latest lead.
    pub last: LastSeen,
}

#[derive(FromQueryResult)]
struct ContactRow {
    organization_id: Uuid,
    kind: i16,
    contact: String,
    lead_id: Uuid,
    seen_at: i64,
}

impl ContactRow {
    fn into_domain(self) -> Result<(Contact, LastSeen)> {
        let kind = ContactKind::from_code(self.kind);
        let kind = kind.ok_or_else(|| Error::corrupt("a contact's kind"))?;
        let key = ContactKey { kind, text: self.contact };
        let last =
            LastSeen { at: Timestamp::from_micros(self.seen_at), lead_id: self.lead_id.into() };
        Ok((Contact { organization_id: self.organization_id.into(), key }, last))
    }
}

/// What is known of claimed contacts.
#[derive(Debug, Default)]
pub struct Claimed {
    /// Those that were known before, with their latest lead.
    pub known: HashMap<Contact, LastSeen>,
    /// Whether the others have a row by now.
    pub have_rows: bool,
}

/// Claims contacts for leads that are about to be stored, each for the first of them, and keeps
/// others from claiming them until the transaction ends. Those that were known before come back
/// with their latest lead, and stay as they are. On PostgreSQL the others are the given leads' from now
/// on, and rows are locked in the contacts' order; on SQLite, which has one writer, claiming them is to
/// look at them.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    tx: &mut Tx,
    claims: &BTreeMap<Contact, LeadId>,
    now: Timestamp,
) -> Result<Claimed> {
    if claims.is_empty() {
        return Ok(Claimed::default());
    }
    if tx.db().dialect == Dialect::Sqlite {
        let known = lock(tx, &claims.keys().collect::<Vec<_>>()).await?;
        return Ok(Claimed { known, have_rows: false });
    }
    let claimed = claims.iter().map(|(contact, lead_id)| Seen {
        contact: contact.clone(),
        last: LastSeen { at: now, lead_id: *lead_id },
    });
    let then = "ON CONFLICT (organization_id, kind, contact) DO NOTHING \
                RETURNING organization_id, kind, contact, lead_id, seen_at";
    let rows = seen_rows(claimed);
    let db = tx.db();
    let new: Vec<ContactRow> = db.insert_returning(rows, "lead_contacts", then).await?;
    let new: HashMap<Contact, LastSeen> =
        new.into_iter().map(ContactRow::into_domain).collect::<Result<_>>()?;
    let known: Vec<&Contact> = claims.keys().filter(|contact| !new.contains_key(contact)).collect();
    Ok(Claimed { known: lock(tx, &known).await?, have_rows: true })
}

/// Rows that are there, which are read under their lock. What is found by them has to be read by a
/// later statement: this one's sight of other rows is older than the locks it waits for.
async fn lock(tx: &mut Tx, contacts: &[&Contact]) -> Result<HashMap<Contact, LastSeen>> {
    if contacts.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = contact_rows(contacts.iter().copied());
    let db = tx.db();
    let sql = format!(
        "{} SELECT c.organization_id, c.kind, c.contact, c.lead_id, c.seen_at FROM input i \
         JOIN lead_contacts c ON c.organization_id = i.organization_id AND c.kind = i.kind \
         AND c.contact = i.contact ORDER BY c.organization_id, c.kind, c.contact {}",
        rows.input(db.dialect),
        // SQLite has one writer.
        db.dialect.pick("FOR NO KEY UPDATE OF c", ""),
    );
    let known: Vec<ContactRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    known.into_iter().map(ContactRow::into_domain).collect()
}

/// Writes the latest lead of each contact, whether the contact was known or not. No contact may be
/// named twice. Whoever does not have them claimed waits for who has, in the contacts' order.
///
/// # Errors
/// When the database fails.
pub async fn store(tx: &mut Tx, seen: Vec<Seen>) -> Result<()> {
    let mut writes = Writes::of(tx);
    store_with(&mut writes, seen);
    writes.run(tx).await
}

/// The same with other writes.
pub fn store_with(writes: &mut Writes, mut seen: Vec<Seen>) {
    seen.sort_unstable_by(|a, b| a.contact.cmp(&b.contact));
    let then = "ON CONFLICT (organization_id, kind, contact) DO UPDATE \
                SET lead_id = excluded.lead_id, seen_at = excluded.seen_at";
    writes.insert(seen_rows(seen), "lead_contacts", then);
}

/// Gives up contacts that this transaction has claimed, for leads that are not stored after all or are
/// known by others now.
///
/// # Errors
/// When the database fails.
pub async fn release(tx: &mut Tx, contacts: &[&Contact]) -> Result<()> {
    if contacts.is_empty() {
        return Ok(());
    }
    let rows = contact_rows(contacts.iter().copied());
    let db = tx.db();
    let sql = format!(
        "{} DELETE FROM lead_contacts WHERE (organization_id, kind, contact) IN \
         (SELECT organization_id, kind, contact FROM input)",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct EarlierRow {
    id: Uuid,
    created_at: i64,
}

/// The latest lead before `lead` that has the contact as well, among those it is linked to as their
/// duplicate; `None` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn before(tx: &mut Tx, lead: LeadId, contact: &Contact) -> Result<Option<LastSeen>> {
    let column = match contact.key.kind {
        ContactKind::Email => "email_key",
        ContactKind::Phone => "phone_key",
    };
    // Links run from later to earlier leads, so there is an end.
    let sql = format!(
        "WITH RECURSIVE earlier (id) AS (\
           SELECT duplicate_of FROM leads WHERE organization_id = $1 AND id = $2 \
           UNION ALL \
           SELECT l.duplicate_of FROM earlier e JOIN leads l \
           ON l.organization_id = $1 AND l.id = e.id) \
         SELECT l.id, l.created_at FROM earlier e JOIN leads l \
         ON l.organization_id = $1 AND l.id = e.id WHERE l.{column} = $3 \
         ORDER BY l.id DESC LIMIT 1"
    );
    let values = [
        contact.organization_id.uuid().into(),
        lead.uuid().into(),
        contact.key.text.clone().into(),
    ];
    let found: Option<EarlierRow> = tx.db().one(&sql, values).await?;
    Ok(found
        .map(|row| LastSeen { at: Timestamp::from_micros(row.created_at), lead_id: row.id.into() }))
}

/// Moves a lead's contacts from what they were to what they are: those that it gives up are those of
/// the latest lead before it that has them, or nobody's; those that are new to it are its own where
/// no later lead has them. Claims all of them first ([`claim`]), in the contacts' order.
///
/// # Errors
/// When the database fails.
pub async fn change(
    tx: &mut Tx,
    (organization_id, lead): (OrganizationId, LeadId),
    came_at: Timestamp,
    (given_up, new): (&[ContactKey], &[ContactKey]),
) -> Result<()> {
    let contact = |key: &ContactKey| Contact { organization_id, key: key.clone() };
    let claims: BTreeMap<_, _> =
        given_up.iter().chain(new).map(|key| (contact(key), lead)).collect();
    let known = claim(tx, &claims, came_at).await?.known;
    let own = LastSeen { at: came_at, lead_id: lead };
    let mut seen = Vec::new();
    let mut unknown = Vec::new();
    for contact in given_up.iter().map(contact) {
        match known.get(&contact) {
            Some(last) if last.lead_id != lead => {}
            Some(_) | None => match before(tx, lead, &contact).await? {
                Some(last) => seen.push(Seen { contact, last }),
                None => unknown.push(contact),
            },
        }
    }
    for contact in new.iter().map(contact) {
        if known.get(&contact).is_none_or(|last| *last < own) {
            seen.push(Seen { contact, last: own });
        }
    }
    store(tx, seen).await?;
    release(tx, &unknown.iter().collect::<Vec<_>>()).await
}

fn contact_rows<'a>(contacts: impl Iterator<Item = &'a Contact>) -> Rows<3> {
    let mut rows =
        Rows::new([("organization_id", Kind::Uuid), ("kind", Kind::Int), ("contact", Kind::Text)]);
    for Contact { organization_id, key } in contacts {
        rows.push([(*organization_id).into(), key.kind.code().into(), key.text.as_str().into()]);
    }
    rows
}

fn seen_rows(seen: impl IntoIterator<Item = Seen>) -> Rows<5> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("kind", Kind::Int),
        ("contact", Kind::Text),
        ("lead_id", Kind::Uuid),
        ("seen_at", Kind::Int),
    ]);
    for Seen { contact: Contact { organization_id, key }, last } in seen {
        rows.push([
            organization_id.into(),
            key.kind.code().into(),
            key.text.into(),
            last.lead_id.into(),
            last.at.micros().into(),
        ]);
    }
    rows
}

/// How an earlier lead stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stands {
    /// Whose it is.
    pub owner: Option<UserId>,
    /// Whose rotation it waits for.
    pub waits_for: Option<RotationOwner>,
}

#[derive(FromQueryResult)]
struct StandsRow {
    organization_id: Uuid,
    id: Uuid,
    owner_id: Option<Uuid>,
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
}

impl StandsRow {
    fn into_domain(self) -> ((OrganizationId, LeadId), Stands) {
        let group = self.group_id.map(|id| RotationOwner::Group(id.into()));
        let waits_for = group.or_else(|| self.team_id.map(|id| RotationOwner::Team(id.into())));
        let owner = self.owner_id.map(Into::into);
        ((self.organization_id.into(), self.id.into()), Stands { owner, waits_for })
    }
}

/// How leads stand right now, by key: leads that do not exist are missing. They are not locked, for
/// leads are locked last; somebody may be giving one away. One that waits does so until the
/// transaction ends, if its rotation is locked and this transaction leaves it alone.
///
/// # Errors
/// When the database fails.
pub async fn standing(
    tx: &mut Tx,
    leads: impl IntoIterator<Item = (OrganizationId, LeadId)>,
) -> Result<HashMap<(OrganizationId, LeadId), Stands>> {
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
    for (organization_id, id) in leads {
        rows.push([organization_id.into(), id.into()]);
    }
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let db = tx.db();
    let sql = format!(
        "{} SELECT l.organization_id, l.id, l.owner_id, r.group_id, r.team_id \
         FROM input i JOIN leads l ON l.organization_id = i.organization_id AND l.id = i.id \
         LEFT JOIN waiting_leads w ON w.organization_id = l.organization_id AND w.lead_id = l.id \
         LEFT JOIN rotations r ON r.organization_id = w.organization_id AND r.id = w.rotation_id",
        rows.input(db.dialect)
    );
    let found: Vec<StandsRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    Ok(found.into_iter().map(StandsRow::into_domain).collect())
}
