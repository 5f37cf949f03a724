//! The OpenAPI description, operation by operation.

use serde_json::Value;

/// One operation of the description.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// In capitals, e.g. `POST`.
    pub(crate) method: String,
    /// E.g. `/v1/leads/{id}`.
    pub(crate) path: String,
    pub(crate) definition: Value,
}

impl Operation {
    /// E.g. `POST /v1/leads`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it says of itself that it needs no credential.
    pub(crate) fn is_public(&self) -> bool {
        self.definition["security"].as_array().is_some_and(Vec::is_empty)
    }

    pub(crate) fn required_permission(&self) -> Option<&str> {
        self.definition["x-required-permission"].as_str()
    }

    pub(crate) fn has_body(&self) -> bool {
        self.definition["requestBody"].is_object()
    }
}

/// All operations of a description, in the order of their paths.
pub(crate) fn operations(spec: &Value) -> Vec<Operation> {
    const METHODS: [&str; 8] =
        ["get", "head", "post", "put", "patch", "delete", "options", "trace"];
    let paths = spec["paths"].as_object().expect("paths");
    let mut found = Vec::new();
    for (path, item) in paths {
        for method in METHODS {
            if let Some(definition) = item.get(method) {
                found.push(Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    definition: definition.clone(),
                });
            }
        }
    }
    found
}

/// Where a reference inside the description points to; other values are returned as they are.
pub(crate) fn resolve<'a>(spec: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => spec.pointer(pointer).unwrap_or_else(|| panic!("dangling: {value}")),
        None => value,
    }
}
