//! The problem document as it is written (RFC 9457).

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:evenhand:problem:validation_failed",
    "title": "The request is readable and wrong",
    "status": 422,
    "detail": "1 fault",
    "code": "validation_failed",
    "request_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e00",
    "errors": [{"pointer": "/email", "code": "invalid_email", "detail": "not an e-mail address"}],
}))]
pub struct ProblemDocument {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The kind of problem in words; the same for every problem of its code.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// This problem in words.
    pub detail: String,
    /// The kind of problem, stable: what clients branch on.
    pub code: &'static str,
    /// The request that failed, as in `X-Request-Id`: quote it when you ask for help.
    pub request_id: String,
    /// With `permission_denied`: the permission that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub permission: Option<&'static str>,
    /// With `validation_failed`: every fault of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FaultDocument>,
    /// With `organization_required`: the organizations to choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub organizations: Vec<OrganizationChoiceDocument>,
    /// With `manages_teams`: the teams.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<TeamChoiceDocument>,
    /// With `team_in_use` and `group_in_use`: what depends on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependents: Vec<DependentsDocument>,
    /// With `used_by_rules`: the routing rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleChoiceDocument>,
    /// With `owner_changed`: whose the lead is; null = nobody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    pub owner_id: Option<Option<Uuid>>,
    /// With `duplicate_lead`: the lead that the person is already; null = one that you do not see.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    pub lead_id: Option<Option<Uuid>>,
    /// With `lead_taken` and `lead_owned`: who has the lead; null = you may not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LeadOwnerDocument>)]
    pub owner: Option<Option<LeadOwnerDocument>>,
    /// With `status_in_use`: the groups whose members may pick up leads in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupChoiceDocument>,
    /// Of a request for many leads of which all are added or none: the place in `leads`, from 0, of the
    /// one that cannot be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub index: Option<u32>,
}

/// One fault of a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fault)]
pub struct FaultDocument {
    /// Where: a JSON Pointer (RFC 6901) into the body, or `/` and the name of a query parameter or
    /// header. Empty when the fault is of the body as a whole.
    pub pointer: String,
    /// What, stable, e.g. `required`, `unknown_field`, `invalid_type`, `too_long`.
    pub code: &'static str,
    /// In words.
    pub detail: String,
}

/// An organization that the account can sign in to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrganizationChoice)]
pub struct OrganizationChoiceDocument {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// A team that stands in the way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeamChoice)]
pub struct TeamChoiceDocument {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// A routing rule that stands in the way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleChoice)]
pub struct RuleChoiceDocument {
    /// Its id; null = the default target, where no rule decides.
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
}

/// A group that stands in the way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GroupChoice)]
pub struct GroupChoiceDocument {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// Who has a lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadOwner)]
pub struct LeadOwnerDocument {
    /// Their id.
    pub id: Uuid,
    /// First name.
    pub first_name: String,
    /// Last name.
    #[schema(required = true)]
    pub last_name: Option<String>,
    /// Whether this is an outside account.
    pub partner: bool,
}

/// What depends on something that is to be deleted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Dependents)]
pub struct DependentsDocument {
    /// What they are: `members`, `fallbacks`, `api_keys`, `invitations`, `off_boardings`,
    /// `waiting_leads`. There will be more.
    pub kind: &'static str,
    /// How many.
    pub count: u64,
}
