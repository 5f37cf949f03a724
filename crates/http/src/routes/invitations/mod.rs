//! What an invited person sees and accepts.

mod accept;
mod get;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(get::__path_get_invitation, get::get_invitation)
        .add(accept::__path_accept_invitation, accept::accept_invitation)
}
