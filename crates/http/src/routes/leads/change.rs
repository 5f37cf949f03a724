//! `PATCH /v1/leads/{id}`.

use evenhand_application::leads;
use evenhand_domain::ids::LeadId;
use evenhand_domain::lead::{LeadPatch, MoneyPatch};
use evenhand_domain::permission::EditLeads;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::view::LeadView;
use crate::answer::ok_version;
use crate::body::{Body, present, present_object};
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::schema::{CustomFields as AnyCustomFields, Tag};
use crate::state::State;

/// A change of a lead's fields (JSON merge patch): what is absent stays, null clears. At least one of
/// a name, an address and a phone number has to be left.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "status": "qualified", "company": null,
    "value": {"amount_minor": 150000, "currency": "GBP"},
    "custom_fields": {"budget": "low"},
}))]
pub(crate) struct ChangeLead {
    /// First name.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    first_name: Option<Option<String>>,
    /// Last name.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    last_name: Option<Option<String>>,
    /// E-mail address.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 254)]
    email: Option<Option<String>>,
    /// Phone number, as dialled from the lead's or the organization's country, or with a `+`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 40)]
    phone: Option<Option<String>>,
    /// Company.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    company: Option<Option<String>>,
    /// Where it came from. A key with a source of its own gives no other.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    source: Option<Option<String>>,
    /// What it is interested in.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    product: Option<Option<String>>,
    /// What it may be worth. Of an amount that there is, either part may be changed alone.
    #[serde(default, deserialize_with = "present_object")]
    #[schema(value_type = Option<ChangeMoney>)]
    value: Option<Option<ChangeMoney>>,
    /// ISO 3166-1 alpha-2.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 2)]
    country: Option<Option<String>>,
    /// The source's own id of it, unique per source.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 255)]
    external_id: Option<Option<String>>,
    /// A key of the organization's list of statuses.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    status: Option<Option<String>>,
    /// All labels, of at most 64 characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<Tag>>, max_items = 50)]
    tags: Option<Option<Vec<String>>>,
    /// Merged into what is there: a field that is null is taken out. What is in a custom field that is
    /// defined must be of its type.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AnyCustomFields>)]
    custom_fields: Option<Option<Map<String, Value>>>,
}

/// A change of an amount of money.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeMoney)]
pub(crate) struct ChangeMoney {
    /// E.g. pence.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = i64, required = false, minimum = 0)]
    amount_minor: Option<Option<i64>>,
    /// ISO 4217.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 3, max_length = 3)]
    currency: Option<Option<String>>,
}

impl ChangeLead {
    /// What is in it is checked against the lead, by whoever has it.
    pub(super) fn patch(self) -> LeadPatch {
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
        } = self;
        let money = |ChangeMoney { amount_minor, currency }| MoneyPatch { amount_minor, currency };
        LeadPatch {
            first_name,
            last_name,
            email,
            phone,
            company,
            source,
            product,
            value: value.map(|value| value.map(money)),
            country,
            external_id,
            status,
            tags,
            custom_fields,
        }
    }
}

/// Change a lead.
///
/// A JSON merge patch: what is absent stays, null clears. Whose it is changes by other operations. A
/// lead that stays as it is keeps its version.
#[utoipa::path(
    patch, path = "/v1/leads/{id}", tag = "leads",
    responses(
        (status = 200, description = "The lead as it is now.", body = LeadView),
        (status = 403, description = "You may only look at the lead."),
        (status = 409, description = "The source has the external id already: `external_id_taken`. The lead is archived: `lead_archived`."),
    ),
)]
pub(crate) async fn change_lead(
    Authorized(grant): Authorized<EditLeads>,
    state: State,
    Id(id): Id<LeadId>,
    expected: IfMatch,
    body: Body<ChangeLead>,
) -> Answer {
    let mut parsed = body.read().await?.content.parse(|body, _| Some(body.patch()));
    if let Some(patch) = parsed.value().filter(|_| parsed.is_faulty()) {
        // It is refused: all that is wrong with it is told at once.
        let faults = leads::faults(&state.services, &grant, id, patch.clone()).await?;
        parsed.add(&faults);
    }
    let patch = parsed.finish()?;
    let seen = leads::change(&state.services, &grant, id, patch, expected.version()).await?;
    ok_version(seen.lead.version, &LeadView::seen(&seen, grant.actor()))
}
