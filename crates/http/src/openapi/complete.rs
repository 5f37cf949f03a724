//! What has to be said of every schema and is the same for all.

use std::collections::BTreeSet;

use utoipa::openapi::schema::{AdditionalProperties, Object};
use utoipa::openapi::{OpenApi, RefOr, Schema};

/// What is sent is complete: every field of an answer is there, null or not. Without this a
/// client would have to expect fields to be missing. Bodies that are received are left alone,
/// except that they take no fields beyond their own.
pub(super) fn complete(mut document: OpenApi) -> OpenApi {
    let received = received(&document);
    if let Some(components) = &mut document.components {
        for (name, schema) in &mut components.schemas {
            let is_received = received.contains(name);
            for object in objects(schema) {
                object.properties.values_mut().for_each(describe_whole);
                if is_received {
                    close(object);
                } else if name != "ProblemDocument" {
                    object.required = object.properties.keys().cloned().collect();
                }
            }
        }
    }
    document
}

/// The object that a schema is, or those that it is put together from.
fn objects(schema: &mut RefOr<Schema>) -> Vec<&mut Object> {
    match schema {
        RefOr::T(Schema::Object(object)) => vec![object],
        RefOr::T(Schema::AllOf(all)) => all.items.iter_mut().flat_map(objects).collect(),
        _ => Vec::new(),
    }
}

/// The words of a field that may be null are about the field, not about one of its two forms.
fn describe_whole(field: &mut RefOr<Schema>) {
    let RefOr::T(Schema::OneOf(either)) = field else { return };
    for item in &mut either.items {
        if let RefOr::Ref(reference) = item
            && !reference.description.is_empty()
        {
            either.description = Some(std::mem::take(&mut reference.description));
        }
    }
}

fn close(object: &mut Object) {
    if !object.properties.is_empty() && object.additional_properties.is_none() {
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    }
}

/// The schemas that requests are made of.
pub(super) fn received(document: &OpenApi) -> BTreeSet<String> {
    let document = serde_json::to_value(document).unwrap_or_default();
    let mut open: Vec<String> = Vec::new();
    for item in document["paths"].as_object().into_iter().flat_map(|paths| paths.values()) {
        for operation in item.as_object().into_iter().flat_map(|item| item.values()) {
            references(&operation["requestBody"], &mut open);
        }
    }
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        references(&document["components"]["schemas"][&name], &mut open);
        open.retain(|other| *other != name && !found.contains(other));
        found.insert(name);
    }
    found
}

pub(super) fn references(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            let name = fields.get("$ref").and_then(|reference| reference.as_str());
            found.extend(name.and_then(|name| name.rsplit('/').next()).map(str::to_owned));
            fields.values().for_each(|field| references(field, found));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
