//! How a new lead is to find its owner: one schema per mode, told apart by `mode`.

use serde::Deserialize;
use utoipa::openapi::schema::{
    AdditionalProperties, Discriminator, KnownFormat, ObjectBuilder, OneOfBuilder, Schema,
    SchemaFormat, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// All modes in one, so that every fault of a request can be told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignmentBody {
    pub(super) mode: Option<String>,
    pub(super) group_id: Option<String>,
    pub(super) team_id: Option<String>,
    pub(super) user_id: Option<String>,
}

struct Mode {
    word: &'static str,
    schema: &'static str,
    description: &'static str,
    /// The ids that it takes: the name of each, and what it is.
    ids: &'static [(&'static str, &'static str)],
}

const MODES: [Mode; 5] = [
    Mode { word: "route", schema: "AssignByRules", description: "By the routing rules.", ids: &[] },
    Mode {
        word: "distribute",
        schema: "AssignByRotation",
        description: "By the rotation of a group or of a team: exactly one of the two is named.",
        ids: &[("group_id", "The group."), ("team_id", "The team.")],
    },
    Mode {
        word: "user",
        schema: "AssignToUser",
        description: "To a named user; needs the permission `leads.assign` as well.",
        ids: &[("user_id", "The user.")],
    },
    Mode {
        word: "me",
        schema: "AssignToMe",
        description: "To whoever adds it; not for API keys.",
        ids: &[],
    },
    Mode { word: "none", schema: "AssignToNobody", description: "To nobody for now.", ids: &[] },
];

impl Mode {
    fn schema(&self) -> RefOr<Schema> {
        let word = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([self.word]));
        let object = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(self.description))
            .property("mode", word)
            .required("mode")
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        let id = |description: &'static str| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
                .description(Some(description))
        };
        let object = self
            .ids
            .iter()
            .fold(object, |object, (name, description)| object.property(*name, id(description)));
        match self.ids {
            [(name, _)] => object.required(*name).into(),
            _ => object.into(),
        }
    }
}

impl PartialSchema for AssignmentBody {
    fn schema() -> RefOr<Schema> {
        let reference = |mode: &Mode| format!("#/components/schemas/{}", mode.schema);
        let mapping = MODES.iter().map(|mode| (mode.word, reference(mode)));
        let one_of = OneOfBuilder::new()
            .description(Some("How a new lead is to find its owner."))
            .discriminator(Some(Discriminator::with_mapping("mode", mapping)));
        let one_of = MODES
            .iter()
            .fold(one_of, |one_of, mode| one_of.item(Ref::from_schema_name(mode.schema)));
        one_of.into()
    }
}

impl ToSchema for AssignmentBody {
    fn name() -> std::borrow::Cow<'static, str> {
        "AssignmentRequest".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend(MODES.iter().map(|mode| (mode.schema.to_owned(), mode.schema())));
    }
}
