//! What clients send to add many leads.

use evenhand_distribution::Routing;
use evenhand_domain::error::Faults;
use evenhand_domain::lead::{AssignmentRequest, NewLead};
use evenhand_domain::permission::{CreateLeads, Unconfirmed};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::body::{Unchecked, read_structure};
use crate::fields;
use crate::problem::Problem;
use crate::routes::leads::body::CreateLead;
use crate::schema::words;

/// The most leads of one request.
const MOST: usize = 1_000;

words! {
    /// `partial`: each lead on its own. `atomic`: all of them, or none.
    BatchMode { "partial", "atomic", }
}

/// What is to become of the others when one lead cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// They are added.
    Partial,
    /// They are not added either.
    Atomic,
}

/// Leads to add.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "mode": "atomic",
    "leads": [
        {
            "first_name": "Lee",
            "email": "lee.ng@customer.example",
            "assignment": {"mode": "distribute", "group_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02"},
        },
        {"first_name": "Kim", "phone": "020 7946 0019", "source": "web"},
    ],
}))]
pub(crate) struct CreateLeadBatch {
    /// `partial` when absent.
    #[schema(value_type = Option<BatchMode>)]
    mode: Option<String>,
    /// The leads, each as for `POST /v1/leads`.
    #[schema(value_type = Vec<CreateLead>, required = true, min_items = 1, max_items = 1000)]
    leads: Option<Vec<Value>>,
}

impl CreateLeadBatch {
    pub(super) fn parse(self, faults: &mut Faults) -> Option<(Mode, Vec<Value>)> {
        let Self { mode, leads } = self;
        let read = |text: &str| match text {
            "partial" => Some(Mode::Partial),
            "atomic" => Some(Mode::Atomic),
            _ => None,
        };
        let mode = match mode {
            None => Some(Mode::Partial),
            Some(text) => fields::word(faults, "/mode", &text, read, &["partial", "atomic"]),
        };
        let leads = fields::required(faults, "/leads", leads);
        let leads = leads.and_then(|leads| match leads.len() {
            0 => {
                faults.add("/leads", "required", "at least one lead");
                None
            }
            count if count > MOST => {
                faults.add("/leads", "too_many", format!("at most {MOST}"));
                None
            }
            _ => Some(leads),
        });
        Some((mode?, leads?))
    }
}

/// One of the leads as it was sent.
#[derive(Debug)]
pub(super) struct Given {
    content: Result<Unchecked<CreateLead>, Problem>,
    /// The same however it is written.
    pub(super) canonical: String,
}

impl Given {
    pub(super) fn read(lead: Value) -> Self {
        let canonical = lead.to_string();
        let content = match read_structure(lead) {
            (Some(lead), faults) => Ok(Unchecked::new(lead, faults)),
            (None, faults) => Err(Problem::invalid(faults)),
        };
        Self { content, canonical }
    }

    /// The lead by the rules of the organization. Pointers are into the lead.
    pub(super) fn parse(
        &self,
        grant: &Unconfirmed<CreateLeads>,
        routing: &Routing,
    ) -> Result<(NewLead, Option<AssignmentRequest>), Problem> {
        let source = grant.scope().source.as_deref();
        self.content.clone()?.check(|lead, faults| {
            lead.parse(grant.organization(), source, &routing.custom_fields, faults)
        })
    }
}
