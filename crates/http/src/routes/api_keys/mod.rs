//! Credentials of integrations.

mod body;
mod change;
mod create;
mod get;
mod list;
mod revoke;
mod rotate;
mod view;

use evenhand_application::api_keys::IssuedApiKey;
use view::IssuedApiKeyView;

use crate::answer::Made;
use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_api_keys, list::list_api_keys)
        .add(create::__path_create_api_key, create::create_api_key)
        .add(get::__path_get_api_key, get::get_api_key)
        .add(change::__path_change_api_key, change::change_api_key)
        .add(revoke::__path_revoke_api_key, revoke::revoke_api_key)
        .add(rotate::__path_rotate_api_key, rotate::rotate_api_key)
}

fn created(issued: &IssuedApiKey) -> Made {
    let location = format!("/v1/api-keys/{}", issued.api_key.id);
    Made::created(location, issued.api_key.version, &IssuedApiKeyView::from(issued))
}

fn renewed(issued: &IssuedApiKey) -> Made {
    Made::changed(issued.api_key.version, &IssuedApiKeyView::from(issued))
}
