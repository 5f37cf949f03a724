//! Notes on leads.

mod add;
mod body;
mod change;
mod delete;
mod get;
mod list;
mod revisions;
mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_lead_notes, list::list_lead_notes)
        .add(add::__path_add_lead_note, add::add_lead_note)
        .add(get::__path_get_lead_note, get::get_lead_note)
        .add(change::__path_change_lead_note, change::change_lead_note)
        .add(delete::__path_delete_lead_note, delete::delete_lead_note)
        .add(revisions::__path_list_lead_note_revisions, revisions::list_lead_note_revisions)
}
