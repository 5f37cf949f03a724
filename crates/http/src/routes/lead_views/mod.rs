//! Saved lists of leads: each user's own.

mod body;
mod change;
mod create;
mod delete;
mod get;
mod list;
mod order;
mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_lead_views, list::list_lead_views)
        .add(create::__path_create_lead_view, create::create_lead_view)
        .add(order::__path_order_lead_views, order::order_lead_views)
        .add(get::__path_get_lead_view, get::get_lead_view)
        .add(change::__path_change_lead_view, change::change_lead_view)
        .add(delete::__path_delete_lead_view, delete::delete_lead_view)
}
