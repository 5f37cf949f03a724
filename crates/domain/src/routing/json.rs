//! Reading JSON strictly, noting every fault with its pointer (RFC 6901).

use serde_json::{Map, Value};

use crate::error::Faults;

/// The object, with a fault for each member that is not `known`.
pub(super) fn object<'a>(
    value: &'a Value,
    pointer: &str,
    known: &[&str],
    faults: &mut Faults,
) -> Option<&'a Map<String, Value>> {
    let Value::Object(members) = value else {
        return wrong_type(pointer, "an object", faults);
    };
    for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
        let step = name.replace('~', "~0").replace('/', "~1");
        faults.add(format!("{pointer}/{step}"), "unknown_field", "there is no such field");
    }
    Some(members)
}

/// The member of that name; a fault when it is absent or null.
pub(super) fn required<'a>(
    members: &'a Map<String, Value>,
    name: &str,
    pointer: &str,
    faults: &mut Faults,
) -> Option<&'a Value> {
    let value = members.get(name).filter(|value| !value.is_null());
    if value.is_none() {
        faults.add(format!("{pointer}/{name}"), "required", "is required");
    }
    value
}

pub(super) fn text<'a>(value: &'a Value, pointer: &str, faults: &mut Faults) -> Option<&'a str> {
    value.as_str().or_else(|| wrong_type(pointer, "a text", faults))
}

pub(super) fn boolean(value: &Value, pointer: &str, faults: &mut Faults) -> Option<bool> {
    value.as_bool().or_else(|| wrong_type(pointer, "true or false", faults))
}

/// The items of an array of 1 to `most`.
pub(super) fn array<'a>(
    value: &'a Value,
    pointer: &str,
    most: usize,
    faults: &mut Faults,
) -> Option<&'a [Value]> {
    let Value::Array(items) = value else {
        return wrong_type(pointer, "an array", faults);
    };
    if items.is_empty() {
        faults.add(pointer, "required", "must not be empty");
        return None;
    }
    if items.len() > most {
        faults.add(pointer, "too_many", format!("at most {most}"));
        return None;
    }
    Some(items)
}

/// Notes that something else was expected.
pub(super) fn wrong_type<T>(pointer: &str, expected: &str, faults: &mut Faults) -> Option<T> {
    faults.add(pointer, "invalid_type", format!("expected {expected}"));
    None
}

/// What `read` gives, or `None` when it noted a fault.
pub(super) fn faultless<T>(
    faults: &mut Faults,
    read: impl FnOnce(&mut Faults) -> Option<T>,
) -> Option<T> {
    let before = faults.as_slice().len();
    let value = read(faults);
    value.filter(|_| faults.as_slice().len() == before)
}
