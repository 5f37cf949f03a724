//! Ledger entries as the API shows them.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::UserId;
use evenhand_domain::rotation::{EntryKind, Record};
use evenhand_domain::user::UserName;
use evenhand_persistence::ledgers::RawEntry;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::content::content;
use crate::routes::rotation_view::name;
use crate::routes::users::view::UserNameView;
use crate::schema::{Instant, free_form, page_view};

free_form! {
    /// What the entry says, decoded from its body: by kind, as `docs/distribution.md` lists them.
    /// There will be more kinds.
    LedgerContent
}

/// One entry of a rotation's ledger, as it is written in a line of the export.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerLine)]
pub(crate) struct LineView {
    /// Its number, from 1 without gaps.
    entry: i64,
    /// The turn that it is; null unless it is a delivery.
    turn: Option<i64>,
    /// What it records: `created`, `decision`, `member_added` and so on. There will be more.
    kind: &'static str,
    /// When it was made; never before the entry before.
    at: Instant,
    /// The lead decided on; null unless it is a decision.
    lead_id: Option<Uuid>,
    /// Who got the lead, joined, left or was changed.
    user_id: Option<Uuid>,
    /// Its hash, 64 hexadecimal digits: with the lead that it dealt, the receipt.
    hash: String,
    /// Its canonical bytes, in hexadecimal digits: what is hashed.
    body: String,
    /// What it says; null where the body cannot be read.
    #[schema(value_type = Option<LedgerContent>)]
    content: Option<Value>,
}

/// One entry of a rotation's ledger, with whom it concerns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
pub(crate) struct EntryView {
    /// The entry.
    #[serde(flatten)]
    line: LineView,
    /// The user by name.
    user: Option<UserNameView>,
}

page_view! {
    /// A page of a rotation's ledger.
    LedgerPage of EntryView
}

impl From<RawEntry> for LineView {
    fn from(row: RawEntry) -> Self {
        let RawEntry { entry, turn, kind, at, lead_id, user_id, body, hash } = row;
        let kind = u8::try_from(kind).ok().and_then(EntryKind::from_code);
        let record = Record::decode(&body).ok();
        Self {
            entry,
            turn,
            kind: kind.map_or("unknown", EntryKind::as_str),
            at: Timestamp::from_micros(at).into(),
            lead_id,
            user_id,
            hash: hex::encode(hash),
            body: hex::encode(&body),
            content: record.map(|record| content(&record.content)),
        }
    }
}

impl EntryView {
    pub(super) fn new(row: RawEntry, names: &HashMap<UserId, UserName>) -> Self {
        let user = row.user_id.map(|user| name(user.into(), names));
        Self { line: row.into(), user }
    }
}
