//! When people work and when they are away, and the organization's holidays.

mod body;
mod holidays;
mod me;
mod user;
mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(me::__path_get_my_availability, me::get_my_availability)
        .add(me::__path_set_my_availability, me::set_my_availability)
        .add(me::__path_clear_my_availability, me::clear_my_availability)
        .add(user::__path_get_user_availability, user::get_user_availability)
        .add(user::__path_set_user_availability, user::set_user_availability)
        .add(user::__path_clear_user_availability, user::clear_user_availability)
        .add(holidays::__path_get_holidays, holidays::get_holidays)
        .add(holidays::__path_set_holidays, holidays::set_holidays)
}
