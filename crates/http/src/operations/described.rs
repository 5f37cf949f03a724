//! An operation of the specification while its handler's parts describe themselves.

use evenhand_domain::lead::bounds;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Header, Ref, RefOr, Required, Response, Schema};
use utoipa::{IntoParams, ToSchema};

use crate::body::{JSON, MERGE_PATCH};
use crate::problem::MEDIA_TYPE;

/// An operation being described, with the schemas that it needs.
pub struct Described {
    pub(super) operation: Operation,
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
}

impl Described {
    /// A problem that the operation can answer with. Words that the handler has for the same
    /// status stand before these.
    pub fn problem(&mut self, status: u16, description: &str) {
        let responses = &mut self.operation.responses.responses;
        match responses.get_mut(&status.to_string()) {
            Some(RefOr::T(response)) => {
                if !response.description.contains(description) {
                    response.description = format!("{} {description}", response.description);
                }
            }
            Some(RefOr::Ref(_)) => {}
            None => {
                let response = ResponseBuilder::new().description(description).build();
                responses.insert(status.to_string(), RefOr::T(response));
            }
        }
    }

    /// The body is a `T`.
    pub fn body<T: ToSchema>(&mut self) {
        let name = T::name().into_owned();
        let content =
            ContentBuilder::new().schema(Some(Ref::from_schema_name(name.clone()))).build();
        let body =
            RequestBodyBuilder::new().content(JSON, content).required(Some(Required::True)).build();
        self.operation.request_body = Some(RefOr::T(body));
        T::schemas(&mut self.schemas);
        self.schemas.push((name, T::schema()));
    }

    /// The body may be left out.
    pub fn body_is_optional(&mut self) {
        if let Some(RefOr::T(body)) = &mut self.operation.request_body {
            body.required = Some(Required::False);
        }
    }

    /// The body may be called a merge patch as well.
    pub(super) fn merge_patch(&mut self) {
        if let Some(RefOr::T(body)) = &mut self.operation.request_body
            && let Some(content) = body.content.get(JSON).cloned()
        {
            body.content.insert(MERGE_PATCH.to_owned(), content);
        }
    }

    /// An optional request header, with what its value is made of.
    pub fn header(&mut self, name: &str, description: &str, value: ObjectBuilder) {
        let schema = value.schema_type(Type::String);
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(description))
            .schema(Some(schema));
        self.operation.parameters.get_or_insert_default().push(RefOr::T(parameter.build()));
    }

    /// The parameters in the query.
    pub fn query<T: IntoParams>(&mut self) {
        let parameters = T::into_params(|| Some(ParameterIn::Query));
        let parameters = parameters.into_iter().map(|mut parameter| {
            parameter.schema = parameter.schema.map(never_null);
            RefOr::T(parameter)
        });
        self.operation.parameters.get_or_insert_default().extend(parameters);
    }

    /// A parameter in the path.
    pub(super) fn path_parameter(&mut self, name: &str) {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let (schema, description) = match name {
            "token" => (schema, "The token of the invitation's link".to_owned()),
            "key" => (schema, "The resource's key".to_owned()),
            "source" => (
                schema.max_length(Some(bounds::LINE)),
                "The lead's source, percent-encoded".to_owned(),
            ),
            "external_id" => (
                schema.max_length(Some(bounds::EXTERNAL_ID)),
                "The source's own id of the lead, percent-encoded".to_owned(),
            ),
            "id" => (schema.format(Some(super::uuid_format())), "The resource's id".to_owned()),
            other => {
                let whose = other.trim_end_matches("_id");
                (schema.format(Some(super::uuid_format())), format!("The {whose}'s id"))
            }
        };
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(description))
            .schema(Some(schema));
        self.operation.parameters.get_or_insert_default().insert(0, RefOr::T(parameter.build()));
    }

    /// A header that some of the successful answers with a body have.
    pub fn answer_header(&mut self, name: &str, description: &str) {
        for (status, response) in &mut self.operation.responses.responses {
            let has_body = status == "200" || status == "201";
            if let (true, RefOr::T(response)) = (has_body, response) {
                response.headers.insert(name.to_owned(), sometimes(description));
            }
        }
    }

    /// Completes what every operation has: a problem document in each failure, a request id in
    /// each answer.
    pub(super) fn finish(&mut self) {
        self.versions();
        for (status, response) in &mut self.operation.responses.responses {
            let RefOr::T(response) = response else { continue };
            if status.starts_with('4') || status.starts_with('5') {
                complete_problem(status, response);
            }
            let words = "The request's id: yours, or a new one";
            response.headers.insert("X-Request-Id".to_owned(), header(words));
        }
    }
}

impl Described {
    /// What has a version is sent with it as `ETag`; what is new, with where it is.
    fn versions(&mut self) {
        let is_conditional = self.operation.parameters.iter().flatten().any(
            |parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == "If-Match"),
        );
        let versioned: Vec<&String> = self
            .schemas
            .iter()
            .filter(|(_, schema)| has_version(schema))
            .map(|(name, _)| name)
            .collect();
        for (status, response) in &mut self.operation.responses.responses {
            let RefOr::T(response) = response else { continue };
            if status == "202" && response.headers.contains_key("Location") {
                response.headers.insert("Location".to_owned(), header("Where the progress is"));
            }
            if status == "201" {
                response.headers.insert("Location".to_owned(), header("Where the new resource is"));
            }
            let is_versioned = response.headers.contains_key("ETag")
                || body_of(response).is_some_and(|name| versioned.contains(&&name));
            if (status == "200" || status == "201") && (is_versioned || is_conditional) {
                let words = "The resource's version in quotes, for `If-Match`";
                response.headers.insert("ETag".to_owned(), header(words));
            }
        }
    }
}

/// In a query there is no null, only absence.
fn never_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            if let SchemaType::Array(types) = &object.schema_type
                && let Some(other) = types.iter().find(|other| **other != Type::Null)
            {
                object.schema_type = SchemaType::Type(other.clone());
            }
            object.into()
        }
        RefOr::T(Schema::OneOf(mut either)) => {
            either.items.retain(|item| !is_null(item));
            match either.items.pop() {
                Some(only) if either.items.is_empty() => only,
                last => {
                    either.items.extend(last);
                    RefOr::T(Schema::OneOf(either))
                }
            }
        }
        other => other,
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    let RefOr::T(Schema::Object(object)) = schema else { return false };
    object.schema_type == SchemaType::Type(Type::Null)
}

/// The name of the schema of a response's body.
fn body_of(response: &Response) -> Option<String> {
    let RefOr::T(content) = response.content.get("application/json")? else { return None };
    match content.schema.as_ref()? {
        RefOr::Ref(reference) => reference.ref_location.rsplit('/').next().map(str::to_owned),
        RefOr::T(_) => None,
    }
}

fn has_version(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::Object(object)) => object.properties.contains_key("version"),
        // Put together from a resource and what is told of it once.
        RefOr::T(Schema::AllOf(_)) => true,
        _ => false,
    }
}

fn complete_problem(status: &str, response: &mut Response) {
    let schema = Ref::from_schema_name("ProblemDocument");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    response.content.insert(MEDIA_TYPE.to_owned(), RefOr::T(content));
    let of_status = match status {
        "401" => Some(("WWW-Authenticate", "`Bearer`")),
        "429" => Some(("Retry-After", "Seconds after which the next attempt is taken")),
        "503" => Some(("Retry-After", "Seconds after which to try again")),
        _ => None,
    };
    if let Some((name, words)) = of_status {
        response.headers.insert(name.to_owned(), header(words));
    }
}

/// A header that is always there. (The specification's type has no field for that, but writes what
/// stands among its extensions as it is.)
fn header(description: &str) -> RefOr<Header> {
    let required = Extensions::from_iter([("required", true)]);
    RefOr::T(header_builder(description).extensions(Some(required)).build())
}

fn sometimes(description: &str) -> RefOr<Header> {
    RefOr::T(header_builder(description).build())
}

fn header_builder(description: &str) -> HeaderBuilder {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    HeaderBuilder::new().schema(Some(schema)).description(Some(description))
}
