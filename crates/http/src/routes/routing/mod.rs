//! Routing rules: which group, team or user a lead goes to.

pub(super) mod body;
mod change;
mod condition;
mod create;
mod default;
mod delete;
mod explained;
mod get;
mod list;
mod order;
mod test;
mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_routing_rules, list::list_routing_rules)
        .add(create::__path_create_routing_rule, create::create_routing_rule)
        .add(get::__path_get_routing_rule, get::get_routing_rule)
        .add(change::__path_change_routing_rule, change::change_routing_rule)
        .add(delete::__path_delete_routing_rule, delete::delete_routing_rule)
        .add(order::__path_order_routing_rules, order::order_routing_rules)
        .add(default::__path_get_routing_default, default::get_routing_default)
        .add(default::__path_set_routing_default, default::set_routing_default)
        .add(test::__path_test_routing_rules, test::test_routing_rules)
}
