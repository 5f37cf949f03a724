//! Parts of schemas that many views share.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::permission::Permission;
use serde::Serialize;
use utoipa::ToSchema;

/// An instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Instant(String);

impl From<Timestamp> for Instant {
    fn from(at: Timestamp) -> Self {
        Self(at.to_rfc3339())
    }
}

impl utoipa::PartialSchema for Instant {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("An instant: RFC 3339 in UTC with microseconds."))
            .examples([serde_json::json!("2026-03-02T09:30:00.000000Z")])
            .into()
    }
}

impl ToSchema for Instant {}

/// Makes the page of a list: a named type per list, because a generic one has no name that every
/// client generator can write.
macro_rules! page_view {
    ($(#[$doc:meta])* $name:ident of $view:ty) => {
        $(#[$doc])*
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        pub(crate) struct $name {
            /// The items of this page.
            pub(crate) data: Vec<$view>,
            /// Send it as `cursor` for the next page; null on the last page.
            pub(crate) next_cursor: Option<String>,
        }

        impl From<(Vec<$view>, Option<String>)> for $name {
            fn from((data, next_cursor): (Vec<$view>, Option<String>)) -> Self {
                Self { data, next_cursor }
            }
        }
    };
}
pub(crate) use page_view;

/// Makes a named schema of objects whose fields are not known beforehand.
macro_rules! free_form {
    ($(#[doc = $doc:literal])* $name:ident) => {
        $(#[doc = $doc])*
        pub(crate) struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
                ObjectBuilder::new()
                    .schema_type(Type::Object)
                    .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
                    .description(Some(concat!($($doc),*).trim()))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use free_form;

free_form! {
    /// The organization's own fields of a lead: at most 32 KiB, 5 levels, 200 keys.
    CustomFields
}

/// A label.
pub(crate) struct Tag;

impl utoipa::PartialSchema for Tag {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .max_length(Some(64))
            .description(Some("A label."))
            .into()
    }
}

impl ToSchema for Tag {}

/// Makes a closed set of words as a named schema of its own.
macro_rules! words {
    ($(#[doc = $doc:literal])* $name:ident { $($word:literal,)+ }) => {
        $(#[doc = $doc])*
        pub(crate) struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($word),+]))
                    .description(Some(concat!($($doc),*).trim()))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use words;

/// The name of a permission, for requests. (In answers it is an open string: there will be more.)
pub(crate) struct PermissionName;

impl utoipa::PartialSchema for PermissionName {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let names = Permission::ALL.iter().map(|permission| permission.as_str());
        let meanings: Vec<String> = Permission::ALL
            .iter()
            .map(|permission| format!("`{permission}`: {}", permission.description()))
            .collect();
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(names))
            .description(Some(format!("One named ability.\n\n{}", meanings.join("\n\n"))))
            .into()
    }
}

impl ToSchema for PermissionName {
    fn name() -> std::borrow::Cow<'static, str> {
        "Permission".into()
    }
}
