//! `POST /v1/groups/{id}/distribution/verify`, and a team's.

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use evenhand_application::verification::{self, Asked, Kept, MAX_KEPT};
use evenhand_domain::error::Faults;
use evenhand_domain::ids::{GroupId, TeamId};
use evenhand_domain::permission::{Grant, ViewGroups, ViewTeams};
use evenhand_domain::rotation::Hash;
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::verification::{Invalid, Proof, ProofKind, ProofOf, Verdict};
use evenhand_persistence::ledgers::OnLedgers;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::ObjectBuilder;

use super::find;
use super::verification::{self as running, VerificationView};
use crate::answer::ok;
use crate::body::OptionalBody;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::{Answer, Argument, Described};
use crate::path::Id;
use crate::problem::Problem;
use crate::state::{HttpState, State};

/// A hash that was given out. Either `entry` or `lead_id` says of what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptReceipt {
    /// The ledger entry that it is of.
    #[schema(minimum = 1)]
    entry: Option<u64>,
    /// The lead that it was given with, as `assignment.ledger_hash`.
    #[schema(value_type = Option<Uuid>)]
    lead_id: Option<String>,
    /// The hash, 64 hexadecimal digits.
    #[schema(required = true, pattern = "^[0-9a-f]{64}$")]
    hash: Option<String>,
}

/// What was kept of the ledger, to be compared with it. A ledger that was hashed anew, or whose end
/// was cut off, is whole in itself: only this shows it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "receipts": [{
        "entry": 1, "hash": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    }],
}))]
pub(crate) struct VerifyDistribution {
    /// Receipts of leads, or hashes of entries.
    #[schema(max_items = 100)]
    receipts: Option<Vec<KeptReceipt>>,
    /// Signed heads.
    #[schema(max_items = 100)]
    heads: Option<Vec<String>>,
}

impl VerifyDistribution {
    fn parse(self, faults: &mut Faults) -> Option<Kept> {
        let Self { receipts, heads } = self;
        let (receipts, heads) = (receipts.unwrap_or_default(), heads.unwrap_or_default());
        let counts = [("/receipts", receipts.len()), ("/heads", heads.len())];
        for (pointer, count) in counts {
            if count > MAX_KEPT {
                faults.add(pointer, "too_many", format!("at most {MAX_KEPT}"));
                return None;
            }
        }
        let receipts: Vec<Option<Proof>> = receipts
            .into_iter()
            .enumerate()
            .map(|(index, receipt)| receipt.parse(index, faults))
            .collect();
        Some(Kept { receipts: receipts.into_iter().collect::<Option<_>>()?, heads })
    }
}

impl KeptReceipt {
    fn parse(self, index: usize, faults: &mut Faults) -> Option<Proof> {
        let Self { entry, lead_id, hash } = self;
        let pointer = |field: &str| format!("/receipts/{index}{field}");
        let hash = fields::required(faults, &pointer("/hash"), hash).and_then(|text| {
            let hash: Result<Hash, _> = text.parse();
            let invalid = |_| ("invalid_value", "64 lower-case hexadecimal digits".to_owned());
            faults.keep(&pointer("/hash"), hash.map_err(invalid))
        });
        let of = match (entry, lead_id) {
            (Some(0), None) => {
                faults.add(pointer("/entry"), "invalid_value", "entries are numbered from 1");
                None
            }
            (Some(entry), None) => Some(ProofOf::Entry(entry)),
            (None, Some(lead)) => {
                fields::id(faults, &pointer("/lead_id"), &lead).map(ProofOf::Lead)
            }
            (None, None) => {
                faults.add(pointer("/entry"), "required", "say of which entry or lead it is");
                None
            }
            (Some(_), Some(_)) => {
                faults.add(pointer("/lead_id"), "invalid_value", "it is of an entry or of a lead");
                None
            }
        };
        Some(Proof { of: of?, hash: hash?, kind: ProofKind::Receipt })
    }
}

/// Whether the client would rather ask again than wait: `Prefer: respond-async` (RFC 7240 §4.1).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Later(bool);

impl Argument for Later {
    fn take(request: &HttpRequest, _payload: &mut Payload) -> Result<Self, Problem> {
        let preferred = request.headers().get_all("Prefer").any(|value| {
            let text = value.to_str().unwrap_or_default();
            text.split(',').any(|one| one.trim().eq_ignore_ascii_case("respond-async"))
        });
        Ok(Self(preferred))
    }

    fn describe(described: &mut Described) {
        described.header(
            "Prefer",
            "`respond-async`: answer 202 and verify behind the answer, however short the ledger is.",
            ObjectBuilder::new(),
        );
    }
}

/// What a verification found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Verdict)]
pub(crate) struct VerdictView {
    /// Whether everything is what it must be.
    pub(super) valid: bool,
    /// How many entries were verified; the whole ledger's where nothing is wrong.
    pub(super) entries: u64,
    /// How many turns are among them.
    pub(super) turns: u64,
    /// The first entry that something is wrong with.
    pub(super) first_invalid: Option<InvalidEntryView>,
}

/// An entry that something is wrong with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvalidEntry)]
pub(crate) struct InvalidEntryView {
    /// Its number; what has no entry of its own, such as a counter, is told at the last entry that it
    /// follows from.
    pub(super) entry: u64,
    /// The turn that it is, where it is one.
    pub(super) turn: Option<u64>,
    /// What is wrong, stable: `wrong_number`, `wrong_hash`, `damaged_body`, `column_differs`,
    /// `foreign_entry`, `wrong_creation`, `unfair_decision`, `impossible_change`, `after_end`,
    /// `wrong_count`, `wrong_content`, `entry_missing`, `row_missing`, `row_unexpected`,
    /// `history_broken`, `signature_invalid`, `receipt_differs`, `head_differs`. There will be more.
    pub(super) problem: String,
    /// In words, e.g. which table and column.
    pub(super) detail: String,
}

impl From<Verdict> for VerdictView {
    fn from(verdict: Verdict) -> Self {
        let Verdict { entries, turns, first_invalid } = verdict;
        let valid = first_invalid.is_none();
        Self { valid, entries, turns, first_invalid: first_invalid.map(InvalidEntryView::from) }
    }
}

impl From<Invalid> for InvalidEntryView {
    fn from(invalid: Invalid) -> Self {
        let Invalid { entry, turn, problem } = invalid;
        Self { entry, turn, problem: problem.as_str().to_owned(), detail: problem.to_string() }
    }
}

/// Verify a group's distribution.
///
/// Does its whole ledger again from the entries alone, and compares what comes out with everything
/// else that is stored: the rotation, its members and counters, checkpoints and signed heads, the
/// assignments and owners of the leads that it dealt; and with the receipts and signed heads in the
/// body. Reads one snapshot and holds nobody up. What is wrong is named in a 200. More than 50,000
/// entries are verified behind a 202; who asks for the same meanwhile is told of the same verification.
#[utoipa::path(
    post, path = "/v1/groups/{id}/distribution/verify", tag = "groups",
    responses(
        (status = 200, description = "What was found.", body = VerdictView),
        (status = 202, description = "It goes on behind this: ask at `Location`.", body = VerificationView,
            headers(("Location" = String, description = "Where the progress is"))),
    ),
)]
pub(crate) async fn verify_group_distribution(
    Authorized(grant): Authorized<ViewGroups>,
    state: State,
    Id(id): Id<GroupId>,
    later: Later,
    body: OptionalBody<VerifyDistribution>,
) -> Answer {
    verify(&state, &grant, id.into(), later, body).await
}

/// Verify a team's distribution.
///
/// As a group's, for a team you are on, or any for who manages teams.
#[utoipa::path(
    post, path = "/v1/teams/{id}/distribution/verify", tag = "teams",
    responses(
        (status = 200, description = "What was found.", body = VerdictView),
        (status = 202, description = "It goes on behind this: ask at `Location`.", body = VerificationView,
            headers(("Location" = String, description = "Where the progress is"))),
    ),
)]
pub(crate) async fn verify_team_distribution(
    Authorized(grant): Authorized<ViewTeams>,
    state: State,
    Id(id): Id<TeamId>,
    later: Later,
    body: OptionalBody<VerifyDistribution>,
) -> Answer {
    verify(&state, &grant, id.into(), later, body).await
}

async fn verify<A: OnLedgers>(
    state: &HttpState,
    grant: &Grant<A>,
    owner: RotationOwner,
    Later(later): Later,
    body: OptionalBody<VerifyDistribution>,
) -> Answer {
    let kept = body.read().await?.check(VerifyDistribution::parse)?;
    let ledger = find(state, grant, owner).await?;
    match verification::ask(&state.services, ledger, kept, later).await? {
        Asked::Done(verdict) => ok(&VerdictView::from(verdict)),
        Asked::Running(verification) => running::accepted(*verification),
    }
}
