//! The list of operations: routes and specification are one object, so that neither can say what
//! the other does not do.

mod described;
mod guarded;

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{Handler, HttpRequest, HttpResponse, Resource, Route};
use serde_json::json;
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::PartialSchema as _;
use utoipa::Path;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, RefOr};

pub use described::Described;
pub use guarded::{Argument, Caller, Guard, GuardedArgs};

use crate::middleware::panics;
use crate::problem::{
    DependentsDocument, FaultDocument, GroupChoiceDocument, LeadOwnerDocument,
    OrganizationChoiceDocument, Problem, ProblemDocument, RuleChoiceDocument, TeamChoiceDocument,
};

/// What every handler gives.
pub type Answer = Result<HttpResponse, Problem>;

type MakeRoute = Arc<dyn Fn() -> Route + Send + Sync>;

/// The methods of a path.
type Entries = Vec<(Method, MakeRoute)>;

/// All operations by path.
#[derive(Default)]
pub struct Operations {
    resources: BTreeMap<String, Entries>,
    document: OpenApi,
}

impl Operations {
    /// No operations yet; `document` is what the specification says besides them.
    #[must_use]
    pub fn new(document: OpenApi) -> Self {
        let mut operations = Self { resources: BTreeMap::new(), document };
        operations.schemas([
            ("Dependents".to_owned(), DependentsDocument::schema()),
            ("Fault".to_owned(), FaultDocument::schema()),
            ("GroupChoice".to_owned(), GroupChoiceDocument::schema()),
            ("LeadOwner".to_owned(), LeadOwnerDocument::schema()),
            ("OrganizationChoice".to_owned(), OrganizationChoiceDocument::schema()),
            ("ProblemDocument".to_owned(), ProblemDocument::schema()),
            ("RuleChoice".to_owned(), RuleChoiceDocument::schema()),
            ("TeamChoice".to_owned(), TeamChoiceDocument::schema()),
        ]);
        operations
    }

    /// Adds an operation: `P` is what `#[utoipa::path]` made beside the handler.
    #[must_use]
    pub fn add<P, F, Args>(mut self, _described_by: P, handler: F) -> Self
    where
        P: Path + SchemaReferences + for<'t> Tags<'t>,
        F: Handler<Args, Output = Answer> + Send + Sync,
        Args: GuardedArgs + 'static,
    {
        let mut schemas = Vec::new();
        P::schemas(&mut schemas);
        let mut described = Described { operation: P::operation(), schemas };
        described.operation.tags = Some(P::tags().into_iter().map(str::to_owned).collect());
        describe_guard::<Args::Guard>(&mut described);
        Args::describe(&mut described);
        describe_path(&P::path(), &mut described);
        described.problem(500, "A fault of ours, in the log under `request_id`: `internal_error`.");
        described.problem(503, "Too much at once, or the database is away: `unavailable`.");
        if P::methods().contains(&HttpMethod::Patch) {
            described.merge_patch();
        }
        described.finish();
        let Described { operation, schemas } = described;
        self.schemas(schemas);
        self.document.paths.add_path_operation(P::path(), P::methods(), operation);

        let make: MakeRoute = Arc::new({
            let methods: Vec<Method> = P::methods().iter().map(method).collect();
            move || route(&methods, handler.clone())
        });
        let resource = self.resources.entry(P::path()).or_default();
        resource.extend(P::methods().iter().map(|served| (method(served), Arc::clone(&make))));
        self
    }

    fn schemas(
        &mut self,
        schemas: impl IntoIterator<Item = (String, RefOr<utoipa::openapi::Schema>)>,
    ) {
        self.document.components.get_or_insert_default().schemas.extend(schemas);
    }

    /// The specification of all operations.
    #[must_use]
    pub const fn document(&self) -> &OpenApi {
        &self.document
    }

    /// Serves all operations: each path as one resource that also answers HEAD, OPTIONS, and any
    /// other method with 405.
    ///
    /// What is asked is looked for one resource after the other, and a path with parameters is
    /// compared as a regular expression: those of one collection are in a scope of their own.
    pub fn serve(&self, config: &mut ServiceConfig) {
        let mut collections: BTreeMap<&str, Vec<(&str, &Entries)>> = BTreeMap::new();
        for (path, entries) in &self.resources {
            let (collection, rest) = path.split_at(end_of_collection(path));
            collections.entry(collection).or_default().push((rest, entries));
        }
        for (collection, resources) in collections {
            let serve = |config: &mut ServiceConfig| {
                for (rest, entries) in resources {
                    config.service(resource(rest, entries));
                }
            };
            config.service(web::scope(collection).configure(serve));
        }
    }
}

/// Where the part of a path ends that all of a collection have: `/v1/leads`, or `/healthz`.
fn end_of_collection(path: &str) -> usize {
    let mut slashes = path.match_indices('/').map(|(at, _)| at);
    let nth = if path.starts_with("/v1/") { 2 } else { 1 };
    slashes.nth(nth).unwrap_or(path.len())
}

fn resource(path: &str, entries: &Entries) -> Resource {
    let allow = allowed(entries);
    let mut resource = web::resource(path);
    for (_, make) in entries {
        resource = resource.route(make());
    }
    let options = allow.clone();
    resource = resource.route(web::method(Method::OPTIONS).to(move || {
        let allow = options.clone();
        async move { no_content(&allow) }
    }));
    resource.default_service(web::to(move || {
        let allow = allow.clone();
        async move { Answer::Err(Problem::method_not_allowed(allow)) }
    }))
}

/// Answers with what the handler gives once its guard has let the caller in; a panic in either is
/// 500.
fn route<F, Args>(methods: &[Method], handler: F) -> Route
where
    F: Handler<Args, Output = Answer>,
    Args: GuardedArgs + 'static,
{
    let methods = methods.to_vec();
    let served = move |context: &actix_web::guard::GuardContext<'_>| {
        let asked = &context.head().method;
        // HEAD is GET without the body (RFC 9110 §9.3.2); the connection leaves the body out.
        methods.contains(asked) || (asked == Method::HEAD && methods.contains(&Method::GET))
    };
    web::route().guard(actix_web::guard::fn_guard(served)).to(
        move |request: HttpRequest, payload: Payload| {
            let handler = handler.clone();
            async move {
                let served = async {
                    let args = Args::take(&request, &mut payload.into_inner()).await?;
                    handler.call(args).await
                };
                panics::caught(served).await?
            }
        },
    )
}

fn describe_guard<G: Guard>(described: &mut Described) {
    let bearer = || SecurityRequirement::new("bearer", Vec::<String>::new());
    let key = || SecurityRequirement::new("api_key", Vec::<String>::new());
    described.operation.security = Some(match G::CALLER {
        Caller::Anything | Caller::Anybody => Vec::new(),
        Caller::Person => vec![bearer()],
        Caller::PersonOrKey => vec![bearer(), key()],
    });
    match G::CALLER {
        Caller::Anything => {}
        Caller::Anybody => described.problem(
            401,
            "A credential was sent and is not valid: `invalid_credentials`, `token_expired`, `ambiguous_credentials`.",
        ),
        Caller::Person | Caller::PersonOrKey => described.problem(
            401,
            "Who are you: `authentication_required`, `invalid_credentials`, `token_expired`, `ambiguous_credentials`.",
        ),
    }
    if G::CALLER == Caller::Person {
        described.problem(403, "An API key was sent: `person_required`.");
    }
    if let Some(permission) = G::PERMISSION {
        let name = permission.as_str();
        described
            .problem(403, &format!("The permission `{name}` is missing: `permission_denied`."));
        let extension = ExtensionsBuilder::new().add("x-required-permission", json!(name)).build();
        described.operation.extensions.get_or_insert_default().merge(extension);
    }
}

fn describe_path(path: &str, described: &mut Described) {
    let mut names: Vec<&str> =
        path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
    if names.is_empty() {
        return;
    }
    names.reverse();
    for name in names {
        described.path_parameter(name);
    }
    described.problem(400, "The path is not readable, e.g. an id is no UUID: `invalid_path`.");
    described.problem(404, "Absent, or not visible to you: `not_found`.");
}

fn uuid_format() -> SchemaFormat {
    SchemaFormat::KnownFormat(KnownFormat::Uuid)
}

fn method(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Patch => Method::PATCH,
        _ => Method::TRACE,
    }
}

fn allowed(entries: &Entries) -> String {
    let mut methods: Vec<&str> = entries.iter().map(|(method, _)| method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    methods.sort_unstable();
    methods.join(", ")
}

fn no_content(allow: &str) -> HttpResponse {
    let mut response = HttpResponse::NoContent().finish();
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}
