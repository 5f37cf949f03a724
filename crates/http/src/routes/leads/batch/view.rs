//! What became of many leads, as the API shows it.

use evenhand_domain::lead::Lead;
use evenhand_domain::permission::Actor;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::answer::Made;
use crate::problem::{Problem, ProblemDocument};
use crate::routes::leads::view::LeadView;

/// What became of the leads of one request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadBatchResult)]
pub(crate) struct LeadBatchView {
    /// Of each lead, in the request's order.
    data: Vec<LeadBatchItemView>,
    /// How many are there now.
    created: u32,
    /// How many are not.
    failed: u32,
}

/// What became of one of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadBatchItem)]
pub(crate) struct LeadBatchItemView {
    /// The lead's place in the request, from 0.
    index: u32,
    /// 201, or the status of the problem: as if it had been sent alone.
    status: u16,
    /// The lead; null where it was not added.
    #[schema(value_type = Option<LeadView>)]
    lead: Option<Added>,
    /// Why it was not added; pointers are into the lead.
    problem: Option<ProblemDocument>,
}

/// A lead that was added.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Added {
    /// Now.
    Now(Box<LeadView>),
    /// By an earlier request with the same idempotency key, as it was told then.
    Before(Value),
}

impl Added {
    pub(super) fn now(lead: &Lead, actor: &Actor) -> Self {
        Self::Now(Box::new(LeadView::of_new(lead, actor)))
    }

    pub(super) fn before(made: &Made) -> Self {
        Self::Before(serde_json::from_str(made.body()).unwrap_or_default())
    }

    pub(super) const fn is_now(&self) -> bool {
        matches!(self, Self::Now(_))
    }
}

impl From<Vec<Result<Added, Problem>>> for LeadBatchView {
    fn from(results: Vec<Result<Added, Problem>>) -> Self {
        let (mut created, mut failed) = (0, 0);
        let items = (0..).zip(results).map(|(index, result)| match result {
            Ok(lead) => {
                created += 1;
                LeadBatchItemView { index, status: 201, lead: Some(lead), problem: None }
            }
            Err(problem) => {
                failed += 1;
                let status = problem.code().status().as_u16();
                let problem = Some(problem.to_document());
                LeadBatchItemView { index, status, lead: None, problem }
            }
        });
        let data = items.collect();
        Self { data, created, failed }
    }
}
