//! A JSON value as a typed one, with every fault of its structure at once.
//!
//! Serde stops at the first fault. So the faulty part is noted, taken out, and the rest is tried
//! again. For that, every field of a request's type is optional; which ones are required is said
//! where the request is checked.

use evenhand_domain::error::Faults;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};
use serde_path_to_error::Segment;

use crate::problem::MAX_FAULTS;

/// Each pass over the body finds one fault, or all of one kind in one place.
const MAX_PASSES: usize = 100;

/// The type's value, where one could be made of the faultless parts, and the faults of the others.
pub(crate) fn read<T: DeserializeOwned>(mut value: Value) -> (Option<T>, Faults) {
    let mut faults = Faults::default();
    if !value.is_object() {
        faults.add("", "invalid_type", "expected an object");
        return (None, faults);
    }
    for _ in 0..MAX_PASSES {
        let error = match serde_path_to_error::deserialize::<_, T>(&value) {
            // A flood is not worth looking at any closer.
            Ok(read) => {
                return (Some(read).filter(|_| faults.as_slice().len() < MAX_FAULTS), faults);
            }
            Err(error) => error,
        };
        let mut path = steps(&error);
        let message = error.inner().to_string();
        if let Some(field) = quoted_after(&message, "missing field `") {
            path.push(field.to_owned());
            faults.add(pointer(&path), "required", "is required");
            return (None, faults);
        }
        if let Some(field) = quoted_after(&message, "unknown field `")
            && path.last().map(String::as_str) != Some(field)
        {
            path.push(field.to_owned());
        }
        if message.starts_with("invalid type: floating point") && as_integer(&mut value, &path) {
            continue;
        }
        if take_out_alike(&mut value, &path, &message, &mut faults) {
            continue;
        }
        let seen = faults.as_slice().iter().any(|fault| fault.pointer == pointer(&path));
        if !seen {
            let (code, detail) = describe(&message);
            faults.add(pointer(&path), code, detail);
        }
        if path.is_empty() || !take_out(&mut value, &path, seen) {
            return (None, faults);
        }
    }
    (None, faults)
}

fn steps(error: &serde_path_to_error::Error<serde_json::Error>) -> Vec<String> {
    let steps = error.path().iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    steps.collect()
}

/// The JSON Pointer (RFC 6901 §3) of these steps.
fn pointer(path: &[String]) -> String {
    let steps = path.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")));
    steps.collect()
}

fn quoted_after<'a>(message: &'a str, start: &str) -> Option<&'a str> {
    let rest = message.strip_prefix(start)?;
    // The field itself may hold a backtick; what serde writes behind it starts like this.
    let end = rest.rfind("`, expected").or_else(|| rest.rfind("`, there are")).or(rest.rfind('`'));
    end.map(|end| &rest[..end])
}

/// Code and words of a fault, from what serde says (the wording of `serde::de::Error`'s methods).
fn describe(message: &str) -> (&'static str, String) {
    if message.starts_with("unknown field") {
        return ("unknown_field", "there is no such field".to_owned());
    }
    let code = if message.starts_with("invalid type") { "invalid_type" } else { "invalid_value" };
    let expected = message.rsplit_once("expected ").map_or(message, |(_, expected)| expected);
    let expected = match expected {
        "u16" | "u32" | "u64" => "a whole number, not negative and not too large",
        "i32" | "i64" => "a whole number, not too large",
        "a boolean" => "true or false",
        other if other.starts_with("struct ") => "an object",
        "a map" => "an object",
        "a sequence" => "an array",
        other => other,
    };
    (code, format!("expected {expected}"))
}

/// 2.0 is an integer (JSON Schema 2020-12, "integer"), and generic clients write integers so.
fn as_integer(value: &mut Value, path: &[String]) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let Some(Value::Number(number)) = value.pointer_mut(&pointer(path)) else {
        return false;
    };
    let whole = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT);
    let Some(integer) = whole.and_then(|float| format!("{float:.0}").parse::<i64>().ok()) else {
        return false;
    };
    *number = Number::from(integer);
    true
}

/// Takes out the faulty part with those around it that have the same fault, and notes them all: a
/// body full of them costs one pass, not one each. `false` when the fault is of another kind.
fn take_out_alike(value: &mut Value, path: &[String], message: &str, faults: &mut Faults) -> bool {
    let Some((last, parents)) = path.split_last() else {
        return false;
    };
    let (code, detail) = describe(message);
    let place = pointer(parents);
    match value.pointer_mut(&place) {
        Some(Value::Object(fields)) if code == "unknown_field" => {
            // Behind the field, serde lists those that there are.
            let end = message.rfind("`, expected").or_else(|| message.rfind("`, there are"));
            let Some(listed) = end.and_then(|end| message.get(end + 1..)) else { return false };
            let known: Vec<&str> = listed.split('`').skip(1).step_by(2).collect();
            let (kept, unknown) = std::mem::take(fields)
                .into_iter()
                .partition(|(name, _)| name != last && known.contains(&name.as_str()));
            *fields = kept;
            let unknown: Map<String, Value> = unknown;
            for name in unknown.keys() {
                let step = pointer(std::slice::from_ref(name));
                faults.add(format!("{place}{step}"), code, detail.clone());
            }
            true
        }
        Some(Value::Array(items)) if message.ends_with("expected a string") => {
            for (index, item) in items.iter_mut().enumerate().filter(|(_, item)| !item.is_string())
            {
                faults.add(format!("{place}/{index}"), code, detail.clone());
                *item = Value::String(String::new());
            }
            true
        }
        _ => false,
    }
}

/// Takes the faulty part out. An item of an array is replaced, so that its neighbours keep their
/// places; one that no text can stand for (`again`) goes with its array.
fn take_out(value: &mut Value, path: &[String], again: bool) -> bool {
    let Some((last, parents)) = path.split_last() else {
        return false;
    };
    match value.pointer_mut(&pointer(parents)) {
        Some(Value::Object(fields)) => fields.remove(last).is_some(),
        Some(Value::Array(_)) if again => take_out(value, parents, false),
        Some(Value::Array(items)) => {
            let item = last.parse::<usize>().ok().and_then(|index| items.get_mut(index));
            item.map(|item| *item = Value::String(String::new())).is_some()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        name: Option<String>,
        count: Option<u32>,
        #[serde(default, deserialize_with = "crate::body::object")]
        inner: Option<Inner>,
        tags: Option<Vec<String>>,
        numbers: Option<Vec<u32>>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        flag: Option<bool>,
    }

    fn faults(value: Value) -> Vec<(String, &'static str)> {
        let (_, faults) = read::<Outer>(value);
        faults.as_slice().iter().map(|fault| (fault.pointer.clone(), fault.code)).collect()
    }

    #[test]
    fn every_fault_of_the_structure_is_found() {
        let found = faults(json!({
            "name": 5, "count": -1, "inner": {"flag": "yes", "a/b~c": 1}, "tags": ["a", 7, "b", null],
            "shoe`size": 42,
        }));
        let mut found: Vec<_> =
            found.iter().map(|(pointer, code)| (pointer.as_str(), *code)).collect();
        found.sort_unstable();
        let expected = [
            ("/count", "invalid_value"),
            ("/inner/a~1b~0c", "unknown_field"),
            ("/inner/flag", "invalid_type"),
            ("/name", "invalid_type"),
            ("/shoe`size", "unknown_field"),
            ("/tags/1", "invalid_type"),
            ("/tags/3", "invalid_type"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_faultless_is_kept() {
        let (read, faults) = read::<Outer>(json!({"name": "Ann", "count": 2.0, "inner": 3}));
        let read = read.unwrap();
        assert_eq!((read.name.as_deref(), read.count, read.inner), (Some("Ann"), Some(2), None));
        assert_eq!(faults.as_slice().len(), 1);
    }

    #[test]
    fn an_array_that_no_placeholder_fits_goes_as_a_whole() {
        let (read, found) = read::<Outer>(json!({"numbers": [1, "x", 2.5]}));
        assert_eq!(read.unwrap().numbers, None);
        assert_eq!(found.as_slice()[0].pointer, "/numbers/1");
    }

    #[test]
    fn a_body_that_is_no_object_has_one_fault() {
        assert_eq!(faults(json!([1])), [(String::new(), "invalid_type")]);
        assert_eq!(faults(json!("x")), [(String::new(), "invalid_type")]);
        assert_eq!(faults(json!({"inner": [true]})), [("/inner".to_owned(), "invalid_type")]);
    }

    #[test]
    fn a_flood_of_faults_ends() {
        let many: serde_json::Map<String, Value> =
            (0..1000).map(|number| (format!("k{number}"), Value::Null)).collect();
        let (read, faults) = read::<Outer>(Value::Object(many));
        assert!(read.is_none());
        let count = faults.as_slice().len();
        assert!(count >= MAX_FAULTS, "{count}");
        let problem = crate::problem::Problem::invalid(faults);
        assert_eq!(problem.to_string(), "validation_failed: 50 of 1000 faults");
        assert_eq!(problem.faults().as_slice().len(), 50);
    }

    #[test]
    fn faults_of_one_kind_are_found_together() {
        let tags: Vec<Value> = (0..200).map(|number| json!(number)).collect();
        let found = faults(json!({"tags": tags, "a`, expected b": 1, "inner": {"x": 1, "y": 2}}));
        assert_eq!(found.len(), 203);
        assert!(found.contains(&("/tags/199".to_owned(), "invalid_type")));
        assert!(found.contains(&("/a`, expected b".to_owned(), "unknown_field")));
        assert!(found.contains(&("/inner/y".to_owned(), "unknown_field")));
    }
}
