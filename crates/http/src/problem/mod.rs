//! Every failure as a problem document (RFC 9457).

mod codes;
mod document;
mod from_error;

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use evenhand_domain::error::{Dependents, Fault, Faults, OrganizationChoice};
use evenhand_domain::ids::{LeadId, UserId};
use evenhand_domain::permission::Permission;
use evenhand_domain::routing::RuleName;
use evenhand_domain::team::TeamName;
use evenhand_domain::user::{GroupName, UserName};

pub use codes::Code;
pub use document::{
    DependentsDocument, FaultDocument, GroupChoiceDocument, LeadOwnerDocument,
    OrganizationChoiceDocument, ProblemDocument, RuleChoiceDocument, TeamChoiceDocument,
};

use crate::middleware::{request_id, security_headers};

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// The most faults that one answer tells; `detail` says of how many.
pub(crate) const MAX_FAULTS: usize = 50;

/// The longest name that is repeated to whoever sent it, in characters.
const MAX_NAME: usize = 200;

/// A name out of a request, for the words of a problem.
pub(crate) fn short(name: &str) -> &str {
    name.char_indices().nth(MAX_NAME).map_or(name, |(end, _)| name.get(..end).unwrap_or(name))
}

fn first(faults: &Faults) -> Faults {
    let mut first = Faults::default();
    for Fault { pointer, code, detail } in faults.as_slice().iter().take(MAX_FAULTS) {
        first.add(pointer.clone(), code, detail.clone());
    }
    first
}

fn short_pointer(pointer: &str) -> String {
    pointer.split('/').map(short).collect::<Vec<_>>().join("/")
}

/// A failure on its way to the client. Nothing in it is secret: what explains a fault of ours went
/// to the log when the problem was made.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    detail: String,
    permission: Option<Permission>,
    faults: Faults,
    conflict: Option<Box<ConflictMembers>>,
    retry_after: Option<Duration>,
    allow: Option<String>,
    closes_connection: bool,
}

/// What conflicts tell besides their code. In a box, because every result has room for a problem.
#[derive(Debug, Clone, Default)]
struct ConflictMembers {
    organizations: Vec<OrganizationChoice>,
    teams: Vec<TeamName>,
    dependents: Vec<Dependents>,
    rules: Vec<RuleName>,
    owner_id: Option<Option<UserId>>,
    lead_id: Option<Option<LeadId>>,
    owner: Option<Option<UserName>>,
    groups: Vec<GroupName>,
    index: Option<u32>,
}

impl Problem {
    /// A problem of this code, with words about this occurrence.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            permission: None,
            faults: Faults::default(),
            conflict: None,
            retry_after: None,
            allow: None,
            closes_connection: false,
        }
    }

    /// 422 `validation_failed` with these faults.
    #[must_use]
    pub fn invalid(faults: Faults) -> Self {
        let count = faults.as_slice().len();
        let detail = match count {
            1 => "1 fault".to_owned(),
            count if count > MAX_FAULTS => format!("{MAX_FAULTS} of {count} faults"),
            count => format!("{count} faults"),
        };
        let faults = if count > MAX_FAULTS { first(&faults) } else { faults };
        Self { faults, ..Self::new(Code::ValidationFailed, detail) }
    }

    /// 422 `validation_failed` with one fault.
    pub fn fault(
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let mut faults = Faults::default();
        faults.add(pointer, code, detail);
        Self::invalid(faults)
    }

    /// 405 with the methods that the path does take.
    pub fn method_not_allowed(allow: impl Into<String>) -> Self {
        let allow = allow.into();
        Self {
            allow: Some(allow.clone()),
            ..Self::new(Code::MethodNotAllowed, format!("it takes {allow}"))
        }
    }

    /// 503 with the time after which to try again.
    pub fn unavailable(detail: impl Into<String>, retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(Code::Unavailable, detail) }
    }

    /// 429 with the time after which the next attempt is taken.
    #[must_use]
    pub fn too_many_attempts(after: Duration) -> Self {
        // Whole seconds, and not one too few.
        let after = Duration::from_secs(after.as_secs() + u64::from(after.subsec_nanos() > 0));
        let detail = "too many attempts have failed; try again after the time in Retry-After";
        Self { retry_after: Some(after), ..Self::new(Code::TooManyAttempts, detail) }
    }

    /// 409 for a lead that is somebody else's than the request says. Whose it is may be told to
    /// whoever sees the lead.
    #[must_use]
    pub fn owner_changed(owner: Option<UserId>) -> Self {
        let detail = match owner {
            Some(owner) => format!("its owner is {owner}"),
            None => "it has no owner".to_owned(),
        };
        let members = ConflictMembers { owner_id: Some(owner), ..ConflictMembers::default() };
        Self::conflict(Code::OwnerChanged, detail, members)
    }

    /// 409 for a lead of a person who came before, as this lead; `None` where the caller does not
    /// see it.
    #[must_use]
    pub fn duplicate_lead(lead: Option<LeadId>) -> Self {
        let detail = match lead {
            Some(lead) => format!("it came as the lead {lead}"),
            None => "it came as a lead that you do not see".to_owned(),
        };
        let members = ConflictMembers { lead_id: Some(lead), ..ConflictMembers::default() };
        Self::conflict(Code::DuplicateLead, detail, members)
    }

    fn conflict(code: Code, detail: impl Into<String>, members: ConflictMembers) -> Self {
        Self { conflict: Some(Box::new(members)), ..Self::new(code, detail) }
    }

    /// The same problem, of the item at this place of a request for many.
    #[must_use]
    pub fn of_item(self, index: usize) -> Self {
        let members = self.conflict.map(|members| *members).unwrap_or_default();
        let index = u32::try_from(index).ok();
        Self { conflict: Some(Box::new(ConflictMembers { index, ..members })), ..self }
    }

    /// The same problem, after which the connection is closed: the request's body was not read to
    /// its end.
    #[must_use]
    pub fn closing(self) -> Self {
        Self { closes_connection: true, ..self }
    }

    /// What kind of problem it is.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The faults, where it is `validation_failed`.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The document as it is a part of the answer to the present request.
    #[must_use]
    pub fn to_document(&self) -> ProblemDocument {
        self.document(&request_id::current())
    }

    fn document(&self, request_id: &str) -> ProblemDocument {
        let none = ConflictMembers::default();
        let ConflictMembers {
            organizations,
            teams,
            dependents,
            rules,
            owner_id,
            lead_id,
            owner,
            groups,
            index,
        } = self.conflict.as_deref().unwrap_or(&none);
        ProblemDocument {
            type_uri: self.code.type_uri(),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: self.detail.clone(),
            code: self.code.as_str(),
            request_id: request_id.to_owned(),
            permission: self.permission.map(Permission::as_str),
            errors: self.faults.as_slice().iter().map(fault_document).collect(),
            organizations: organizations.iter().map(choice_document).collect(),
            teams: teams.iter().map(team_document).collect(),
            dependents: dependents.iter().map(dependents_document).collect(),
            rules: rules.iter().map(rule_document).collect(),
            owner_id: owner_id.map(|owner| owner.map(UserId::uuid)),
            lead_id: lead_id.map(|lead| lead.map(LeadId::uuid)),
            owner: owner.as_ref().map(|owner| owner.as_ref().map(owner_document)),
            groups: groups.iter().map(group_document).collect(),
            index: *index,
        }
    }

    fn write_headers(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if self.code.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(after) = self.retry_after {
            let seconds = after.as_secs().max(1);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let allow = self.allow.as_deref().and_then(|allow| HeaderValue::from_str(allow).ok());
        if let Some(allow) = allow {
            headers.insert(header::ALLOW, allow);
        }
    }
}

fn fault_document(fault: &Fault) -> FaultDocument {
    let Fault { pointer, code, detail } = fault;
    FaultDocument { pointer: short_pointer(pointer), code, detail: detail.clone() }
}

fn choice_document(choice: &OrganizationChoice) -> OrganizationChoiceDocument {
    let OrganizationChoice { id, name } = choice;
    OrganizationChoiceDocument { id: id.uuid(), name: name.clone() }
}

fn team_document(team: &TeamName) -> TeamChoiceDocument {
    let TeamName { id, name } = team;
    TeamChoiceDocument { id: id.uuid(), name: name.clone() }
}

fn group_document(group: &GroupName) -> GroupChoiceDocument {
    let GroupName { id, name } = group;
    GroupChoiceDocument { id: id.uuid(), name: name.clone() }
}

fn owner_document(owner: &UserName) -> LeadOwnerDocument {
    let UserName { id, first_name, last_name, partner } = owner.clone();
    LeadOwnerDocument { id: id.uuid(), first_name, last_name, partner }
}

fn rule_document(rule: &RuleName) -> RuleChoiceDocument {
    let RuleName { id, name } = rule;
    RuleChoiceDocument { id: id.map(|id| id.uuid()), name: name.clone() }
}

const fn dependents_document(dependents: &Dependents) -> DependentsDocument {
    let Dependents { kind, count } = *dependents;
    DependentsDocument { kind, count }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    /// The whole answer, complete also where no middleware will see it.
    fn error_response(&self) -> HttpResponse {
        let request_id = request_id::current();
        let mut builder = HttpResponse::build(self.status_code());
        if self.closes_connection {
            builder.force_close();
        }
        let mut response = builder.json(self.document(&request_id));
        self.write_headers(response.headers_mut());
        security_headers::write(response.headers_mut());
        request_id::write(&request_id, response.headers_mut());
        response
    }
}
