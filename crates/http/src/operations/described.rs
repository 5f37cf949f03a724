//! An operation of the specification while its handler's parts describe themselves.

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Required, Response, Schema};
use utoipa::{IntoParams, ToSchema};

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
        let body = RequestBodyBuilder::new()
            .content("application/json", content)
            .required(Some(Required::True))
            .build();
        self.operation.request_body = Some(RefOr::T(body));
        T::schemas(&mut self.schemas);
        self.schemas.push((name, T::schema()));
    }

    /// An optional request header.
    pub fn header(&mut self, name: &str, description: &str) {
        let schema = ObjectBuilder::new().schema_type(Type::String);
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
        let parameters = parameters.into_iter().map(RefOr::T);
        self.operation.parameters.get_or_insert_default().extend(parameters);
    }

    /// A parameter in the path.
    pub(super) fn path_parameter(&mut self, name: &str) {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let (schema, description) = match name {
            "token" => (schema, "The token of the invitation's link".to_owned()),
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

    /// A header of the successful answers that have a body.
    pub fn answer_header(&mut self, name: &str, description: &str) {
        for (status, response) in &mut self.operation.responses.responses {
            let has_body = status == "200" || status == "201";
            if let (true, RefOr::T(response)) = (has_body, response) {
                response.headers.insert(name.to_owned(), header(description));
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
            if status == "201" {
                response.headers.insert("Location".to_owned(), header("Where the new resource is"));
            }
            let is_versioned = body_of(response).is_some_and(|name| versioned.contains(&&name));
            if (status == "200" || status == "201") && (is_versioned || is_conditional) {
                let words = "The resource's version in quotes, for `If-Match`";
                response.headers.insert("ETag".to_owned(), header(words));
            }
        }
    }
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
        "503" => Some(("Retry-After", "Seconds after which to try again")),
        _ => None,
    };
    if let Some((name, words)) = of_status {
        response.headers.insert(name.to_owned(), header(words));
    }
}

fn header(description: &str) -> RefOr<utoipa::openapi::Header> {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    RefOr::T(HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build())
}
