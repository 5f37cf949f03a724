//! `GET /v1/verifications/{id}`.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderValue, LOCATION};
use evenhand_domain::error::Error;
use evenhand_domain::ids::VerificationId;
use evenhand_domain::permission::ViewVerifications;
use evenhand_persistence::verifications::{self, Found, Verification};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::verify::{InvalidEntryView, VerdictView};
use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::schema::Instant;
use crate::state::State;

/// A verification that goes on behind an answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Verification)]
pub(crate) struct VerificationView {
    /// Its id.
    id: Uuid,
    /// The rotation.
    rotation_id: Uuid,
    /// `running` or `completed`. There will be more.
    status: &'static str,
    /// Entries verified so far, as far as that was noted.
    entries: u64,
    /// Entries of the whole ledger.
    total: u64,
    /// What was found; null while it runs.
    result: Option<VerdictView>,
    /// When it was asked for.
    created_at: Instant,
    /// When it was through.
    finished_at: Option<Instant>,
}

impl From<Verification> for VerificationView {
    fn from(verification: Verification) -> Self {
        let Verification {
            id,
            ledger,
            // What was sent is the client's own, and what is known on the way the service's.
            kept: _,
            decisions: _,
            departed: _,
            entries,
            turns,
            total,
            found,
            created_at,
            finished_at,
        } = verification;
        let result = finished_at.map(|_| VerdictView {
            valid: found.is_none(),
            entries,
            turns,
            first_invalid: found.map(|found| {
                let Found { entry, turn, problem, detail } = found;
                InvalidEntryView { entry, turn, problem, detail }
            }),
        });
        Self {
            id: id.uuid(),
            rotation_id: ledger.rotation_id.uuid(),
            status: if result.is_some() { "completed" } else { "running" },
            entries,
            total,
            result,
            created_at: created_at.into(),
            finished_at: finished_at.map(Instant::from),
        }
    }
}

/// 202 with where to ask.
pub(super) fn accepted(verification: Verification) -> Answer {
    let location = format!("/v1/verifications/{}", verification.id);
    let mut response = HttpResponse::Accepted().json(VerificationView::from(verification));
    let location = HeaderValue::from_str(&location).map_err(Error::internal)?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// Read a verification.
///
/// How far it has come, and what it found. It is forgotten 30 days after it was through.
#[utoipa::path(
    get, path = "/v1/verifications/{id}", tag = "groups",
    responses((status = 200, description = "The verification.", body = VerificationView)),
)]
pub(crate) async fn get_verification(
    Authorized(grant): Authorized<ViewVerifications>,
    state: State,
    Id(id): Id<VerificationId>,
) -> Answer {
    let found = verifications::get(state.store(), &grant, id).await?;
    ok(&VerificationView::from(found.ok_or(Error::NotFound("verification"))?))
}
