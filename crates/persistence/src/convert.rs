//! Stored values as the domain's, and back. A value that does not convert is corrupt, never a
//! default.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::rotation::Pause;
use evenhand_domain::user::{Role, UserStatus};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::{Error, Result};

pub(crate) fn role(code: i16) -> Result<Role> {
    Role::from_code(code).ok_or_else(|| Error::corrupt(format!("role {code}")))
}

pub(crate) fn user_status(code: i16) -> Result<UserStatus> {
    UserStatus::from_code(code).ok_or_else(|| Error::corrupt(format!("user status {code}")))
}

/// `First Last`, or `First` alone.
pub(crate) fn full_name(first_name: &str, last_name: Option<&str>) -> String {
    match last_name {
        Some(last_name) => format!("{first_name} {last_name}"),
        None => first_name.to_owned(),
    }
}

pub(crate) fn strings(json: Json) -> Result<Vec<String>> {
    serde_json::from_value(json).map_err(|error| Error::corrupt(error.to_string()))
}

/// A pause, from its two columns.
pub(crate) fn pause(paused: bool, until: Option<i64>) -> Pause {
    match (paused, until) {
        (false, _) => Pause::No,
        (true, None) => Pause::Indefinite,
        (true, Some(until)) => Pause::Until(Timestamp::from_micros(until)),
    }
}

/// The two columns of a pause.
pub(crate) const fn pause_columns(pause: Pause) -> (bool, Option<i64>) {
    match pause {
        Pause::No => (false, None),
        Pause::Indefinite => (true, None),
        Pause::Until(until) => (true, Some(until.micros())),
    }
}

/// A stored JSON column as what it holds.
pub(crate) fn from_json<T: DeserializeOwned>(json: Json) -> Result<T> {
    serde_json::from_value(json).map_err(|error| Error::corrupt(error.to_string()))
}

/// A value as a JSON column.
pub(crate) fn json(value: &impl Serialize) -> Result<Json> {
    serde_json::to_value(value).map_err(|error| Error::corrupt(error.to_string()))
}

pub(crate) fn ids<T: From<Uuid>>(json: Json) -> Result<Vec<T>> {
    let ids: Vec<Uuid> =
        serde_json::from_value(json).map_err(|error| Error::corrupt(error.to_string()))?;
    Ok(ids.into_iter().map(T::from).collect())
}

pub(crate) fn ids_json<T: Copy + Into<Uuid>>(ids: &[T]) -> Json {
    Json::from_iter(ids.iter().map(|id| Json::from((*id).into().to_string())))
}
