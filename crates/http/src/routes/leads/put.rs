//! `PUT /v1/leads/by-external-id/{source}/{external_id}`.

use std::sync::Arc;

use actix_web::HttpResponse;
use evenhand_application::leads;
use evenhand_distribution::{Submission, Submitted};
use evenhand_domain::error::{Conflict, Error, Faults};
use evenhand_domain::lead::SourceId;
use evenhand_domain::permission::{CreateLeads, EditLeads, Grant, PutLeads};
use evenhand_persistence::leads::SeenLead;
use evenhand_persistence::{intake, leads as stored};

use super::create::{ROUNDS, by_default, changing, created};
use super::put_body::PutLead;
use super::view::LeadView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::{IfMatch, OnlyNew};
use crate::guard::AuthorizedAnew;
use crate::operations::Answer;
use crate::path::SourceAndId;
use crate::problem::{Code, Problem};
use crate::state::{HttpState, State};

/// Have a lead under its source's id of it.
///
/// Where there is none it is added, dealt and answered as by `POST /v1/leads`. Where there is one it is
/// changed as by `PATCH /v1/leads/{id}`: the fields that are given are set, those that are absent stay,
/// null clears; a lead that stays as it is keeps its version. `assignment` counts for a new lead alone: who
/// has one that is there, and where it rests, changes by other operations.
///
/// Adding takes `leads.create`, changing `leads.edit`. Of any number of these requests at once one adds the
/// lead. `If-Match` only changes one that is there, `If-None-Match: *` only adds.
#[utoipa::path(
    put, path = "/v1/leads/by-external-id/{source}/{external_id}", tag = "leads",
    responses(
        (status = 200, description = "It was there; the lead as it is now.", body = LeadView),
        (status = 201, description = "It is new; the lead with its first assignment.", body = LeadView),
        (status = 403, description = "The lead is there and you may not change it, or only look at it; or it is not, and you may not add one."),
        (status = 409, description = "A lead that you do not see has this external id: `external_id_taken`. The lead is archived: `lead_archived`. A new lead's person is a lead already, and the organization rejects duplicates: `duplicate_lead`, with its `lead_id` if you see it."),
        (status = 412, description = "There is a lead already, and `If-None-Match: *` was sent; or there is none, and `If-Match` was."),
    ),
)]
pub(crate) async fn put_lead_by_external_id(
    mut caller: AuthorizedAnew<PutLeads>,
    state: State,
    SourceAndId(source, external_id): SourceAndId,
    expected: IfMatch,
    only_new: OnlyNew,
    body: Body<PutLead>,
) -> Answer {
    let body = body.read().await?.content.check(|body, _| Some(body))?;
    for _ in 0..ROUNDS {
        let grant = caller.grant();
        let mut of_path = Faults::default();
        let id = SourceId::parse(&source, &external_id, &mut of_path);
        let id = id.filter(|id| is_allowed(id, grant, &mut of_path));
        let seen = match &id {
            Some(id) => stored::by_source_id(state.store(), grant, id).await?,
            None => None,
        };
        let put = Put { state: &state, grant, body: &body };
        let answer = match (seen, &id) {
            (Some(_), _) if only_new.0 => return Err(unmet("there is a lead already")),
            (Some(seen), Some(id)) => put.change(id, &seen, expected).await?,
            _ if expected.is_given() => return Err(unmet("there is no such lead to change")),
            _ => put.add(id.as_ref(), &of_path).await?,
        };
        match answer {
            Some(answer) => return Ok(answer),
            None => caller.refresh(&state).await?,
        }
    }
    Err(changing())
}

/// Who is bound to a source has no lead of another.
fn is_allowed(id: &SourceId, grant: &Grant<PutLeads>, faults: &mut Faults) -> bool {
    match grant.subject().bound_source() {
        Some(bound) if bound != id.source => {
            faults.add("/source", "invalid_value", format!("the key's leads come from {bound}"));
            false
        }
        _ => true,
    }
}

fn unmet(why: &str) -> Problem {
    Problem::new(Code::PreconditionFailed, why)
}

/// A request, by the caller as last read.
struct Put<'a> {
    state: &'a HttpState,
    grant: &'a Grant<PutLeads>,
    body: &'a PutLead,
}

/// `None` where the lead, or the caller, is not any more as was read: it begins anew.
type Attempt = Result<Option<HttpResponse>, Problem>;

impl Put<'_> {
    async fn change(&self, id: &SourceId, seen: &SeenLead, expected: IfMatch) -> Attempt {
        let services = &self.state.services;
        let grant = self.grant.also(EditLeads)?;
        let mut parsed = self.body.to_change()?.parse(|body, faults| {
            self.body.compare(id, faults);
            Some(body.patch())
        });
        parsed.add(&self.body.faults_of_assignment());
        if let Some(patch) = parsed.value().filter(|_| parsed.is_faulty()) {
            // It is refused: all that is wrong with it is told at once.
            match leads::faults(services, &grant, seen.lead.id, patch.clone()).await {
                Err(Error::NotFound(_)) => return Ok(None),
                faults => parsed.add(&faults?),
            }
        }
        let patch = parsed.finish()?;
        let version = expected.version();
        let changed = leads::change_by_source_id(services, &grant, id, patch, version).await?;
        let Some(seen) = changed else { return Ok(None) };
        ok_version(seen.lead.version, &LeadView::seen(&seen, grant.actor())).map(Some)
    }

    async fn add(&self, id: Option<&SourceId>, of_path: &Faults) -> Attempt {
        let grant = self.grant.also_unconfirmed(CreateLeads)?;
        let Some(routing) = self.state.intake.routing(&grant).await? else { return Ok(None) };
        let mut parsed = self.body.to_add(id)?.parse(|body, faults| {
            if let Some(id) = id {
                self.body.compare(id, faults);
            }
            let source = grant.scope().source.as_deref();
            body.parse(grant.organization(), source, &routing.custom_fields, faults)
        });
        parsed.add(of_path);
        let (lead, how) = parsed.finish()?;
        let how = how.unwrap_or_else(|| by_default(&grant));
        let actor = Arc::clone(grant.actor());
        let submission = Submission { grant, lead, how, once: None };
        match self.state.intake.submit(submission).await {
            Ok(Submitted::Created(lead)) => created(&lead, &actor).respond().map(Some),
            Ok(Submitted::Stale | Submitted::Replayed(_)) => Ok(None),
            Err(Error::Conflict(Conflict::ExternalIdTaken)) => match id {
                Some(id) if self.is_taken(id).await? => {
                    Err(Error::Conflict(Conflict::ExternalIdTaken).into())
                }
                _ => Ok(None),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a lead has the external id that is none of the caller's.
    async fn is_taken(&self, id: &SourceId) -> Result<bool, Problem> {
        let store = self.state.store();
        let holder = intake::holder(store, self.grant.organization_id(), id).await?;
        let Some(holder) = holder else { return Ok(false) };
        Ok(stored::get(store, self.grant, holder).await?.is_none())
    }
}
