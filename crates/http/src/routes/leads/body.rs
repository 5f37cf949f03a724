//! What clients send about leads.

use evenhand_domain::error::Faults;
use evenhand_domain::ids::{GroupId, TeamId, UserId};
use evenhand_domain::lead::{AssignmentRequest, LeadInput, NewLead};
use evenhand_domain::organization::Organization;
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::routing::CustomFields;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::assignment_body::AssignmentBody;
use crate::body::object;
use crate::fields;
use crate::schema::{CustomFields as AnyCustomFields, Tag};

/// A lead to add. At least one of a name, an address and a phone number is needed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "first_name": "Lee",
    "last_name": "Ng",
    "email": "lee.ng@customer.example",
    "phone": "020 7946 0018",
    "source": "web",
    "value": {"amount_minor": 125000, "currency": "GBP"},
    "tags": ["spring"],
    "custom_fields": {"budget": "high"},
    "assignment": {"mode": "distribute", "group_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02"},
}))]
pub(crate) struct CreateLead {
    /// First name.
    #[schema(max_length = 200)]
    first_name: Option<String>,
    /// Last name.
    #[schema(max_length = 200)]
    last_name: Option<String>,
    /// E-mail address.
    #[schema(max_length = 254)]
    email: Option<String>,
    /// Phone number, as dialled from the lead's or the organization's country, or with a `+`.
    #[schema(max_length = 40)]
    phone: Option<String>,
    /// Company.
    #[schema(max_length = 200)]
    company: Option<String>,
    /// Where it comes from. A key with a source of its own gives that one.
    #[schema(max_length = 200)]
    source: Option<String>,
    /// What it is interested in.
    #[schema(max_length = 200)]
    product: Option<String>,
    /// What it may be worth.
    #[serde(default, deserialize_with = "object")]
    value: Option<MoneyBody>,
    /// ISO 3166-1 alpha-2.
    #[schema(min_length = 2, max_length = 2)]
    country: Option<String>,
    /// The source's own id of it, unique per source.
    #[schema(max_length = 255)]
    external_id: Option<String>,
    /// A key of the organization's list of statuses; the first one when absent.
    status: Option<String>,
    /// Labels of at most 64 characters.
    #[schema(value_type = Option<Vec<Tag>>, max_items = 50)]
    tags: Option<Vec<String>>,
    /// Anything of your own: at most 32 KiB, 5 levels, 200 keys. What is in a custom field that is
    /// defined must be of its type.
    #[schema(value_type = Option<AnyCustomFields>)]
    custom_fields: Option<Map<String, Value>>,
    /// How it is to find its owner; by the routing rules when absent, or to the person who adds it
    /// where the organization says so (`auto_assign_creator`).
    #[serde(default, deserialize_with = "object")]
    assignment: Option<AssignmentBody>,
}

/// An amount of money in the currency's smallest unit.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MoneyInput)]
pub(crate) struct MoneyBody {
    /// E.g. pence.
    #[schema(value_type = i64, required = true, minimum = 0)]
    amount_minor: Option<i64>,
    /// ISO 4217.
    #[schema(value_type = String, required = true, min_length = 3, max_length = 3)]
    currency: Option<String>,
}

impl CreateLead {
    /// The lead, by the rules of the organization, and how it is to find its owner where it says so.
    /// `forced_source` replaces the source that it names.
    pub(crate) fn parse(
        self,
        organization: &Organization,
        forced_source: Option<&str>,
        defined: &CustomFields,
        faults: &mut Faults,
    ) -> Option<(NewLead, Option<AssignmentRequest>)> {
        let Self {
            first_name,
            last_name,
            email,
            phone,
            company,
            source,
            product,
            value,
            country,
            external_id,
            status,
            tags,
            custom_fields,
            assignment,
        } = self;
        let custom_fields = custom_fields.unwrap_or_default();
        let before = faults.as_slice().len();
        defined.check(&custom_fields, faults);
        let are_sound = faults.as_slice().len() == before;
        let input = LeadInput {
            first_name,
            last_name,
            email,
            phone,
            company,
            source,
            product,
            value: value.and_then(|value| value.parse(faults)),
            country,
            external_id,
            status,
            tags: tags.unwrap_or_default(),
            custom_fields,
        };
        let lead = NewLead::parse(input, organization, forced_source, faults);
        let how = match assignment {
            None => Some(None),
            Some(assignment) => assignment.parse(faults).map(Some),
        };
        Some((lead.filter(|_| are_sound)?, how?))
    }
}

impl MoneyBody {
    fn parse(self, faults: &mut Faults) -> Option<(i64, String)> {
        let amount = fields::required(faults, "/value/amount_minor", self.amount_minor);
        let currency = fields::required(faults, "/value/currency", self.currency);
        Some((amount?, currency?))
    }
}

impl AssignmentBody {
    pub(super) fn parse(self, faults: &mut Faults) -> Option<AssignmentRequest> {
        let Self { mode, group_id, team_id, user_id } = self;
        let mode = fields::required(faults, "/assignment/mode", mode)?;
        let (takes_group, takes_user) = match mode.as_str() {
            "distribute" => (true, false),
            "user" => (false, true),
            "route" | "me" | "none" => (false, false),
            _ => {
                let detail = "one of: route, distribute, user, me, none";
                faults.add("/assignment/mode", "invalid_value", detail);
                return None;
            }
        };
        let owner = match (takes_group, team_id) {
            (true, Some(_)) if group_id.is_some() => {
                let detail = "a group or a team, not both";
                faults.add("/assignment/team_id", "invalid_value", detail);
                return None;
            }
            (true, Some(team)) => {
                let team: TeamId = fields::id(faults, "/assignment/team_id", &team)?;
                Some(RotationOwner::Team(team))
            }
            (takes_group, team_id) => {
                id_of_mode::<TeamId>(faults, "team_id", team_id, false)?;
                let group: Option<GroupId> = id_of_mode(faults, "group_id", group_id, takes_group)?;
                group.map(RotationOwner::Group)
            }
        };
        let user: Option<UserId> = id_of_mode(faults, "user_id", user_id, takes_user)?;
        Some(match (mode.as_str(), owner, user) {
            (_, Some(owner), _) => AssignmentRequest::Distribute(owner),
            (_, _, Some(user)) => AssignmentRequest::User(user),
            ("me", ..) => AssignmentRequest::Me,
            ("none", ..) => AssignmentRequest::None,
            _ => AssignmentRequest::Route,
        })
    }
}

/// An id that a mode needs, or does not take. The outer `None` is a fault.
fn id_of_mode<T: From<uuid::Uuid>>(
    faults: &mut Faults,
    field: &str,
    value: Option<String>,
    takes_it: bool,
) -> Option<Option<T>> {
    let pointer = format!("/assignment/{field}");
    match (value, takes_it) {
        (None, false) => Some(None),
        (Some(_), false) => {
            faults.add(pointer, "unknown_field", "the mode has no such field");
            None
        }
        (value, true) => {
            let text = fields::required(faults, &pointer, value)?;
            fields::id(faults, &pointer, &text).map(Some)
        }
    }
}
