//! What clients send to have a lead under its source's id of it: what adds one or changes one.

use std::borrow::Cow;

use evenhand_domain::error::Faults;
use evenhand_domain::lead::SourceId;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::{Object, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::assignment_body::AssignmentBody;
use super::body::CreateLead;
use super::change::ChangeLead;
use crate::body::{Unchecked, read_structure};
use crate::problem::Problem;

/// The fields that the path names.
const NAMED: [&str; 2] = ["source", "external_id"];

/// A lead as it was sent, to be read as the one or the other.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct PutLead(Map<String, Value>);

impl PutLead {
    /// As a lead to add that comes from where the path says; where that cannot be read, from nowhere.
    pub(super) fn to_add(&self, id: Option<&SourceId>) -> Result<Unchecked<CreateLead>, Problem> {
        let mut fields = self.0.clone();
        if let Some(SourceId { source, external_id }) = id {
            for (name, value) in NAMED.into_iter().zip([source, external_id]) {
                // What is of another type is a fault of its own.
                let given = fields.entry(name).or_insert(Value::Null);
                if matches!(given, Value::Null | Value::String(_)) {
                    *given = Value::from(value.as_str());
                }
            }
        }
        read(fields)
    }

    /// As a change of the lead that is there; how a new one finds its owner is left aside.
    pub(super) fn to_change(&self) -> Result<Unchecked<ChangeLead>, Problem> {
        let mut fields = self.0.clone();
        fields.remove("assignment");
        for name in NAMED {
            if matches!(fields.get(name), Some(Value::Null | Value::String(_))) {
                fields.remove(name);
            }
        }
        read(fields)
    }

    /// What is wrong with how a new lead would find its owner.
    pub(super) fn faults_of_assignment(&self) -> Faults {
        let given = self.0.get_key_value("assignment");
        let fields = given.map(|(name, value)| (name.clone(), value.clone())).into_iter().collect();
        let checked = read::<Assigned>(fields).and_then(|assigned| {
            assigned.check(|Assigned { assignment }, faults| match assignment {
                None => Some(()),
                Some(assignment) => assignment.parse(faults).map(|_| ()),
            })
        });
        checked.map_or_else(|problem| problem.faults().clone(), |()| Faults::default())
    }

    /// Notes where it says otherwise than the path.
    pub(super) fn compare(&self, id: &SourceId, faults: &mut Faults) {
        for (name, value) in NAMED.into_iter().zip([&id.source, &id.external_id]) {
            let is_another = match self.0.get(name) {
                Some(Value::String(given)) => given.trim() != value,
                Some(Value::Null) => true,
                _ => false,
            };
            if is_another {
                let detail = "is what the path says, or is left out";
                faults.add(format!("/{name}"), "invalid_value", detail);
            }
        }
    }
}

/// Of a lead that is there, this alone is not a change.
#[derive(Debug, Clone, Deserialize)]
struct Assigned {
    #[serde(default, deserialize_with = "crate::body::object")]
    assignment: Option<AssignmentBody>,
}

fn read<T: serde::de::DeserializeOwned>(
    fields: Map<String, Value>,
) -> Result<Unchecked<T>, Problem> {
    match read_structure(Value::Object(fields)) {
        (Some(value), faults) => Ok(Unchecked::new(value, faults)),
        (None, faults) => Err(Problem::invalid(faults)),
    }
}

/// The fields of a change, and how a new lead is to find its owner.
impl PartialSchema for PutLead {
    fn schema() -> RefOr<Schema> {
        let mut schema = object(ChangeLead::schema());
        schema.description = Some(
            "A lead as it is to be. One that is not there is added, as by `POST /v1/leads`; one that is \
             there is changed, as by `PATCH /v1/leads/{id}`: what is absent stays, null clears."
                .to_owned(),
        );
        let example = json!({
            "first_name": "Lee", "email": "lee.ng@customer.example", "status": "qualified",
            "value": {"amount_minor": 125_000, "currency": "GBP"},
            "assignment": {
                "mode": "distribute", "group_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02",
            },
        });
        schema.example = Some(example);
        for name in NAMED {
            describe(&mut schema, name, "What the path says, or left out.");
        }
        let assignment = object(CreateLead::schema()).properties.remove("assignment");
        schema.properties.extend(assignment.map(|it| ("assignment".to_owned(), it)));
        describe(
            &mut schema,
            "assignment",
            "How it is to find its owner where it is added; of one that is there nothing is decided by it.",
        );
        RefOr::T(Schema::Object(schema))
    }
}

impl ToSchema for PutLead {
    fn name() -> Cow<'static, str> {
        "PutLead".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ChangeLead::schemas(schemas);
        CreateLead::schemas(schemas);
    }
}

fn object(schema: RefOr<Schema>) -> Object {
    match schema {
        RefOr::T(Schema::Object(object)) => object,
        _ => Object::new(),
    }
}

fn describe(schema: &mut Object, name: &str, description: &str) {
    let description = Some(description.to_owned());
    match schema.properties.get_mut(name) {
        Some(RefOr::T(Schema::Object(field))) => field.description = description,
        Some(RefOr::T(Schema::OneOf(field))) => field.description = description,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_schema_has_every_field_of_both_requests() {
        let names = |schema: RefOr<Schema>| -> Vec<String> {
            let mut names: Vec<String> = object(schema).properties.into_keys().collect();
            names.sort_unstable();
            names
        };
        assert_eq!(names(PutLead::schema()), names(CreateLead::schema()));
    }
}
