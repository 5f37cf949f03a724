//! Stored values as the domain's, and back. A value that does not convert is corrupt, never a
//! default.

use evenhand_domain::user::{Role, UserStatus};
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

pub(crate) fn ids<T: From<Uuid>>(json: Json) -> Result<Vec<T>> {
    let ids: Vec<Uuid> =
        serde_json::from_value(json).map_err(|error| Error::corrupt(error.to_string()))?;
    Ok(ids.into_iter().map(T::from).collect())
}

pub(crate) fn ids_json<T: Copy + Into<Uuid>>(ids: &[T]) -> Json {
    Json::from_iter(ids.iter().map(|id| Json::from((*id).into().to_string())))
}
