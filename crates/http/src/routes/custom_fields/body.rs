//! What clients send about custom fields; the domain reads it.

use utoipa::ToSchema;

use super::view::CustomFieldType;

/// A custom field to define.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "key": "plan", "label": "Plan", "type": "choice", "options": ["Basic", "Pro"],
}))]
#[expect(dead_code, reason = "describes what the domain reads")]
pub(crate) struct CreateCustomField {
    /// Its key in the `custom_fields` of leads, case and all, for good.
    #[schema(min_length = 1, max_length = 64)]
    key: String,
    /// What people call it.
    #[schema(min_length = 1, max_length = 100)]
    label: String,
    /// What its values are, for good.
    #[schema(value_type = CustomFieldType)]
    r#type: String,
    /// With `choice` and `choices`, and only with these: what there is to choose from. Case does not
    /// count.
    #[schema(min_items = 1, max_items = 200)]
    options: Option<Vec<String>>,
}

/// A change of a custom field (JSON merge patch).
#[derive(Debug, ToSchema)]
#[schema(example = json!({"label": "Tariff"}))]
#[expect(dead_code, reason = "describes what the domain reads")]
pub(crate) struct ChangeCustomField {
    /// What people call it.
    #[schema(required = false, min_length = 1, max_length = 100)]
    label: String,
    /// Of a choice: what there is to choose from.
    #[schema(required = false, min_items = 1, max_items = 200)]
    options: Vec<String>,
}
