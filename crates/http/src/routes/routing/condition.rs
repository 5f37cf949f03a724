//! The schema of conditions: a tree of `all` and `any` with comparisons as its leaves.

use evenhand_domain::routing::{FieldKind, LeadField, Operator};
use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, Array, ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema,
    Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// What a rule asks of a lead.
#[derive(Debug)]
pub(crate) struct RoutingCondition;

const ALL: &str = "AllRoutingConditions";
const ANY: &str = "AnyRoutingCondition";
const ONE: &str = "RoutingComparison";

impl PartialSchema for RoutingCondition {
    fn schema() -> RefOr<Schema> {
        let one_of = OneOfBuilder::new().description(Some(
            "A comparison of one field, or conditions of which all, or any one, must hold.",
        ));
        let one_of = [ALL, ANY, ONE]
            .into_iter()
            .fold(one_of, |one_of, name| one_of.item(Ref::from_schema_name(name)));
        one_of.into()
    }
}

impl ToSchema for RoutingCondition {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        let all = "Every one of these must hold; of none, it holds for every lead (as the whole of \
                   a rule).";
        schemas.push((ALL.to_owned(), group("all", all, 0)));
        schemas.push((ANY.to_owned(), group("any", "At least one of these must hold.", 1)));
        schemas.push((ONE.to_owned(), comparison()));
    }
}

fn group(name: &str, description: &str, least: usize) -> RefOr<Schema> {
    let items = ArrayBuilder::new()
        .description(Some("The conditions, which may be groups themselves."))
        .items(Ref::from_schema_name("RoutingCondition"))
        .min_items(Some(least))
        .max_items(Some(100));
    closed(ObjectBuilder::new().description(Some(description)).property(name, items).required(name))
}

fn comparison() -> RefOr<Schema> {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let operators = Operator::ALL.iter().map(|operator| operator.as_str());
    let names: Vec<String> =
        LeadField::ALL.iter().map(|field| format!("`{field}` ({})", kind(field.kind()))).collect();
    let field = text().description(Some(format!(
        "What of the lead is compared: {}, or `custom_fields.` and the key of a custom field.",
        names.join(", ")
    )));
    let operator = text().enum_values(Some(operators)).description(Some(OPERATORS));
    let object = ObjectBuilder::new()
        .description(Some("One field of the lead, compared with a value."))
        .property("field", field)
        .required("field")
        .property("operator", operator)
        .required("operator")
        .property("value", value());
    closed(object)
}

const OPERATORS: &str = "How. A text has `eq`, `ne`, `in`, `not_in`, `contains` (a part), \
`starts_with`, `exists`; a choice `eq`, `ne`, `in`, `not_in`, `exists`; labels `contains` (one of \
them), `in`, `not_in`, `exists`; a number or day `eq`, `ne`, `in`, `not_in`, `gt`, `gte`, `lt`, \
`lte`, `between`, `exists`; money the same without `in` and `not_in`; a boolean `eq`, `ne`, \
`exists`; an id `eq`, `ne`, `in`, `not_in`, `exists`. Case does not count in texts. A field without \
a value matches `ne`, `not_in` and `exists` with false, and nothing else. Money compares within one \
currency: an amount in another matches nothing.";

fn value() -> RefOr<Schema> {
    let money = || {
        let money = ObjectBuilder::new()
            .property("amount_minor", ObjectBuilder::new().schema_type(Type::Integer))
            .required("amount_minor")
            .property("currency", ObjectBuilder::new().schema_type(Type::String))
            .required("currency");
        closed(money)
    };
    let single = || {
        AnyOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::String))
            .item(ObjectBuilder::new().schema_type(Type::Number))
            .item(ObjectBuilder::new().schema_type(Type::Boolean))
            .item(money())
    };
    let several: Array = ArrayBuilder::new().items(single()).max_items(Some(250)).build();
    let description = "With what: of the field's kind (a day is `2026-11-21`). An array for `in` \
                       and `not_in`, two ends for `between`, both included; true or false for \
                       `exists`, true when absent.";
    single().item(several).description(Some(description)).into()
}

fn closed(object: ObjectBuilder) -> RefOr<Schema> {
    let none = AdditionalProperties::<Schema>::FreeForm(false);
    object.schema_type(Type::Object).additional_properties(Some(none)).into()
}

const fn kind(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Choice => "choice",
        FieldKind::Labels => "labels",
        FieldKind::Number => "number",
        FieldKind::Money => "money",
        FieldKind::Date => "day",
        FieldKind::Boolean => "boolean",
        FieldKind::Id => "id",
    }
}
