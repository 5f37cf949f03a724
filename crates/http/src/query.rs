//! Query strings of lists: filters and the place in the list. Nothing in them is ignored.

use std::fmt::Write as _;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::web;
use evenhand_domain::error::Faults;
use evenhand_domain::page::{Page, PageRequest};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::body::{Unchecked, read_structure};
use crate::cursor::{Binding, CursorKey};
use crate::operations::{Argument, Described};
use crate::problem::Problem;

/// What a list is asked for: `T` holds the filters as texts.
#[derive(Debug)]
pub struct List<T> {
    filters: Unchecked<T>,
    limit: Option<String>,
    cursor: Option<String>,
    /// Where the cursor stands in the query.
    cursor_at: &'static str,
    binding: Binding,
}

/// What a feed is asked for: a list that never ends, whose cursor is called `after`.
#[derive(Debug)]
pub struct Feed<T>(List<T>);

/// A list's request, checked.
#[derive(Debug)]
pub struct Asked<F, K = Uuid> {
    /// How much, and from where.
    pub page: PageRequest<K>,
    /// Narrowed to what.
    pub filter: F,
    binding: Binding,
}

/// Where every list takes up and how much it gives.
#[derive(IntoParams)]
#[expect(dead_code, reason = "describes what `List` reads itself")]
struct Place {
    /// At most so many items.
    #[param(minimum = 1, maximum = 100, default = 25)]
    limit: Option<u16>,
    /// `next_cursor` of the page before; only with the same filters.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// Where a feed takes up and how much it gives.
#[derive(IntoParams)]
#[expect(dead_code, reason = "describes what `Feed` reads itself")]
struct FeedPlace {
    /// `next_cursor` of an earlier answer, with the same filters; from the beginning when absent.
    #[param(min_length = 1)]
    after: Option<String>,
    /// At most so many items.
    #[param(minimum = 1, maximum = 100, default = 25)]
    limit: Option<u16>,
}

impl<T> List<T> {
    /// Parses the filters and the place.
    ///
    /// # Errors
    /// 422 with every fault of the query.
    pub fn check<F, K: CursorKey>(
        self,
        parse: impl FnOnce(T, &mut Faults) -> Option<F>,
    ) -> Result<Asked<F, K>, Problem> {
        let Self { filters, limit, cursor, cursor_at, binding } = self;
        let (page, filter) = filters.check(|filters, faults| {
            let limit = match limit {
                None => Some(PageRequest::DEFAULT_LIMIT),
                Some(text) => faults.keep("/limit", parse_limit(&text)),
            };
            let after = match cursor {
                None => Some(None),
                Some(text) => faults.keep(cursor_at, binding.read(&text).map(Some)),
            };
            let filter = parse(filters, faults);
            let (limit, after) = (limit?, after?);
            Some((PageRequest { limit, after }, filter?))
        })?;
        Ok(Asked { page, filter, binding })
    }
}

impl<T> Feed<T> {
    /// Parses the filters and the place.
    ///
    /// # Errors
    /// 422 with every fault of the query.
    pub fn check<F>(
        self,
        parse: impl FnOnce(T, &mut Faults) -> Option<F>,
    ) -> Result<Asked<F>, Problem> {
        self.0.check(parse)
    }
}

impl<F, K: CursorKey> Asked<F, K> {
    /// The cursor of what lies behind `after`.
    pub fn cursor(&self, after: &K) -> String {
        self.binding.cursor(after)
    }

    /// The views of a page's rows and the cursor of the next page.
    pub fn views<R, V>(
        &self,
        page: Page<R, K>,
        view: impl FnMut(R) -> V,
    ) -> (Vec<V>, Option<String>) {
        let Page { rows, next } = page;
        let cursor = next.map(|after| self.cursor(&after));
        (rows.into_iter().map(view).collect(), cursor)
    }
}

fn parse_limit(text: &str) -> Result<u16, (&'static str, String)> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit =
        text.parse().ok().filter(|limit| digits && (1..=PageRequest::MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| ("invalid_value", format!("a number from 1 to {}", PageRequest::MAX_LIMIT)))
}

impl<T: DeserializeOwned> List<T> {
    fn read(request: &HttpRequest, cursor_at: &'static str) -> Result<Self, Problem> {
        let (mut parameters, faults) = parameters(request.query_string())?;
        let mut text = |name| match parameters.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (limit, cursor) = (text("limit"), text(cursor_at.trim_start_matches('/')));
        let mut filters = String::new();
        for (name, value) in &parameters {
            // The map is sorted, and JSON texts cannot run into each other.
            let _infallible = writeln!(filters, "{}{value}", Value::from(name.as_str()));
        }
        let binding = Binding::of(&request.match_pattern().unwrap_or_default(), &filters);
        let filters = read(parameters, faults)?;
        Ok(Self { filters, limit, cursor, cursor_at, binding })
    }
}

impl<T: DeserializeOwned + IntoParams> Argument for List<T> {
    const READS_QUERY: bool = true;

    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        Self::read(request, "/cursor")
    }

    fn describe(described: &mut Described) {
        described.query::<T>();
        described.query::<Place>();
        describe_faults(described);
    }
}

impl<T: DeserializeOwned + IntoParams> Argument for Feed<T> {
    const READS_QUERY: bool = true;

    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        List::read(request, "/after").map(Self)
    }

    fn describe(described: &mut Described) {
        described.query::<T>();
        described.query::<FeedPlace>();
        describe_faults(described);
    }
}

fn describe_faults(described: &mut Described) {
    described.problem(
        422,
        "A parameter is unknown or wrong: `validation_failed` with every fault in `errors`.",
    );
}

/// The query of an operation that is no list: `T` holds the parameters as texts.
#[derive(Debug)]
pub struct Query<T>(Unchecked<T>);

impl<T> Query<T> {
    /// Parses the parameters.
    ///
    /// # Errors
    /// 422 with every fault of the query.
    pub fn check<P>(self, parse: impl FnOnce(T, &mut Faults) -> Option<P>) -> Result<P, Problem> {
        self.0.check(parse)
    }
}

impl<T: DeserializeOwned + IntoParams> Argument for Query<T> {
    const READS_QUERY: bool = true;

    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        let (parameters, faults) = parameters(request.query_string())?;
        read(parameters, faults).map(Self)
    }

    fn describe(described: &mut Described) {
        described.query::<T>();
        describe_faults(described);
    }
}

/// What is made of the query of an operation that is no list.
pub trait FromQuery: Sized {
    /// The parameters as texts.
    type Texts: DeserializeOwned + IntoParams;

    /// Parses them; `None` with a fault.
    fn parse(texts: Self::Texts, faults: &mut Faults) -> Option<Self>;
}

/// The same, read before the body is: a faulty query is told whatever the body is.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<T>(pub T);

impl<T: FromQuery> Argument for Parameters<T> {
    const READS_QUERY: bool = true;

    fn take(request: &HttpRequest, payload: &mut Payload) -> Result<Self, Problem> {
        Query::<T::Texts>::take(request, payload)?.check(T::parse).map(Self)
    }

    fn describe(described: &mut Described) {
        Query::<T::Texts>::describe(described);
    }
}

/// The parameters as `T`, with the faults so far and those of the structure.
fn read<T: DeserializeOwned>(
    parameters: Map<String, Value>,
    mut faults: Faults,
) -> Result<Unchecked<T>, Problem> {
    let (read, structural) = read_structure(Value::Object(parameters));
    for fault in structural.as_slice() {
        let code = if fault.code == "unknown_field" { "unknown_parameter" } else { fault.code };
        faults.add(fault.pointer.clone(), code, fault.detail.replace("field", "parameter"));
    }
    match read {
        Some(read) => Ok(Unchecked::new(read, faults)),
        None => Err(Problem::invalid(faults)),
    }
}

/// The parameters by name; one that comes twice, or holds a NUL, is a fault.
fn parameters(query: &str) -> Result<(Map<String, Value>, Faults), Problem> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|_| Problem::fault("", "invalid_value", "the query is not readable"))?;
    let mut parameters = Map::new();
    let mut faults = Faults::default();
    for (name, value) in pairs.into_inner() {
        let pointer = pointer(&name);
        if name.contains('\0') || value.contains('\0') {
            faults.add(pointer, "forbidden_character", "NUL characters are not allowed");
        } else if parameters.contains_key(&name) {
            faults.add(pointer, "duplicate", "the parameter comes more than once");
        } else {
            parameters.insert(name, Value::String(value));
        }
    }
    Ok((parameters, faults))
}

fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// For operations that take no parameters in the query: a misspelt or misplaced one is told, not
/// ignored.
///
/// # Errors
/// 422 with a fault for every parameter.
pub(crate) fn refuse_query(request: &HttpRequest) -> Result<(), Problem> {
    let (parameters, mut faults) = parameters(request.query_string())?;
    for name in parameters.keys() {
        faults.add(pointer(name), "unknown_parameter", "there is no such parameter");
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

/// What [`refuse_query`] means to the specification.
pub(crate) fn describe_no_query(described: &mut Described) {
    described.problem(422, "There are parameters in the query: `validation_failed`.");
}

/// The query of a list without filters.
#[derive(Debug, serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct NoFilters {}
