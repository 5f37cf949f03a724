//! Custom fields as the API shows them.

use evenhand_domain::routing::{CustomField, CustomFields};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema::words;

words! {
    /// What the values of a custom field are: `text`, `number`, `boolean`, `date` (a day as text,
    /// `2026-11-21`), `choice` (one of the options) or `choices` (an array of them, or one).
    CustomFieldType { "text", "number", "boolean", "date", "choice", "choices", }
}

/// A field of the organization's own that its leads have.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustomField, example = json!({
    "key": "plan", "label": "Plan", "type": "choice", "options": ["Basic", "Pro"], "version": 2,
}))]
pub(crate) struct CustomFieldView {
    /// Its key in the `custom_fields` of leads; never changes.
    key: String,
    /// What people call it.
    label: String,
    /// What its values are; never changes. There will be more than those that can be made now.
    r#type: &'static str,
    /// Of a choice: what there is to choose from; null else.
    options: Option<Vec<String>>,
    /// The version of the organization's settings, which all custom fields share.
    version: i64,
}

impl CustomFieldView {
    pub(crate) fn new(field: &CustomField, version: i64) -> Self {
        let CustomField { key, label, kind } = field;
        Self {
            key: key.clone(),
            label: label.clone(),
            r#type: kind.as_str(),
            options: kind.options().map(<[String]>::to_vec),
            version,
        }
    }
}

/// All custom fields.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomFieldList {
    /// The fields, by key.
    data: Vec<CustomFieldView>,
}

impl CustomFieldList {
    pub(crate) fn new(fields: &CustomFields, version: i64) -> Self {
        Self { data: fields.iter().map(|field| CustomFieldView::new(field, version)).collect() }
    }
}
