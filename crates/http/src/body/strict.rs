//! JSON without the liberties that readers take: duplicate keys, NUL characters, endless nesting.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::problem::short;

/// The deepest nesting of arrays and objects that is read.
pub(super) const MAX_DEPTH: usize = 64;

/// Reads one JSON value.
///
/// # Errors
/// What is wrong with the text and where, for the client.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8 from byte {} on", error.valid_up_to()))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0, key: "" }
        .deserialize(&mut deserializer)
        .map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// A value at a depth, beneath a key.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    key: &'a str,
}

impl<'a> Strict<'a> {
    fn within<E: serde::de::Error>(self, key: &'a str) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self { depth: self.depth + 1, key })
    }

    fn text<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        if text.contains('\0') {
            return Err(E::custom(match self.key {
                "" => "a NUL character".to_owned(),
                key => format!("a NUL character in the value of {:?}", short(key)),
            }));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value);
        number.map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.text(value)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.text(&value)?;
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.within(self.key)?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if key.contains('\0') {
                return Err(A::Error::custom("a NUL character in a key"));
            }
            if values.contains_key(&key) {
                return Err(A::Error::custom(format!(
                    "the key {:?} twice in one object",
                    short(&key)
                )));
            }
            let value = entries.next_value_seed(self.within(&key)?)?;
            values.insert(key, value);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_json_is_read_as_it_is() {
        let text = r#" {"a": [1, -2, 2.5, true, null, "é\n"], "b": {}} "#;
        assert_eq!(
            parse(text.as_bytes()),
            Ok(json!({"a": [1, -2, 2.5, true, null, "é\n"], "b": {}}))
        );
    }

    #[test]
    fn liberties_are_refused_with_their_place() {
        for (text, part) in [
            ("{\n\"a\": 1,\n\"a\": 2}", "the key \"a\" twice in one object at line 3"),
            (r#"{"a": "x\u0000"}"#, "a NUL character in the value of \"a\""),
            (r#"{"a\u0000": 1}"#, "a NUL character in a key"),
            (r#"{"a": 1} x"#, "trailing characters"),
            (r#"{"a": 1,}"#, "trailing comma"),
            (r#"{"a": 1e999}"#, "number out of range"),
            ("", "EOF"),
        ] {
            let fault = parse(text.as_bytes()).unwrap_err();
            assert!(fault.contains(part), "{text}: {fault}");
        }
        assert!(parse(b"\"\xff\"").unwrap_err().contains("not UTF-8 from byte 1"));
    }

    #[test]
    fn nesting_ends_at_the_bound() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(parse(nested(MAX_DEPTH + 1).as_bytes()).unwrap_err().contains("deeper than 64"));
        assert!(parse(nested(100_000).as_bytes()).is_err());
    }
}
