//! One lead on its way through a batch.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::{IdSource, LeadId, OrganizationId, UserId};
use evenhand_domain::lead::{
    Assignment, AssignmentRequest, AssignmentSource, CreatedBy, Dealt, Lead, UnassignedReason,
};
use evenhand_domain::permission::{CreateLeads, Credential, Grant, Permission, Subject};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::routing::Routed;
use evenhand_domain::user::UserName;
use evenhand_persistence::events::Event;
use evenhand_persistence::idempotency::Claim;
use evenhand_persistence::intake::{ExternalId, NewLeadRow, Users};
use evenhand_persistence::ownership::Place;
use evenhand_persistence::rotations::Rotation;

use super::Answer;
use crate::deal::Dealing;
use crate::intake::{Submission, Submitted};
use crate::lane::Work;

/// A submission and how far it has come.
pub(super) struct Item<'a> {
    pub(super) submission: &'a Submission,
    /// Where the routing rules send it, when it asks them.
    pub(super) routed: Option<Routed>,
    /// Whether the user to whom they send it is not active any more.
    pub(super) is_unavailable: bool,
    pub(super) lead_id: Option<LeadId>,
    pub(super) grant: Option<Grant<CreateLeads>>,
    pub(super) claim: Option<Claim>,
    pub(super) external_id: Option<ExternalId>,
    pub(super) decision: Option<Decision>,
    /// The answer that a repetition of it gets.
    pub(super) kept: Option<Vec<u8>>,
    pub(super) outcome: Outcome,
}

/// What stands of an item.
pub(super) enum Outcome {
    /// Nothing stands against it so far.
    Open,
    /// It has the idempotency key of this other item.
    SameKeyAs(usize),
    /// It has the external id of this other item.
    SameExternalIdAs(usize),
    /// What it hangs on failed: a later batch decides.
    Deferred,
    /// Said.
    Answered(Answer),
}

/// Whose a lead is to be, and by what.
pub(super) struct Decision {
    pub(super) owner: Option<UserId>,
    source: Option<AssignmentSource>,
    reason: Option<UnassignedReason>,
    place: Place,
    dealt: Option<Dealt>,
    at: Timestamp,
}

impl<'a> Item<'a> {
    pub(super) const fn new(work: &'a Work) -> Self {
        Self {
            submission: &work.submission,
            routed: work.routed,
            is_unavailable: false,
            lead_id: None,
            grant: None,
            claim: None,
            external_id: None,
            decision: None,
            kept: None,
            outcome: Outcome::Open,
        }
    }

    pub(super) fn organization_id(&self) -> OrganizationId {
        self.submission.grant.organization().id
    }

    pub(super) fn credential(&self) -> (OrganizationId, Credential) {
        (self.organization_id(), self.submission.grant.stamp().credential)
    }

    pub(super) const fn is_open(&self) -> bool {
        matches!(self.outcome, Outcome::Open)
    }

    pub(super) fn own_claim(&self) -> Option<Claim> {
        let once = self.submission.once.as_ref()?;
        Some(once.claim(self.organization_id()))
    }

    pub(super) fn own_external_id(&self) -> Option<ExternalId> {
        let fields = &self.submission.lead;
        Some(ExternalId {
            organization_id: self.organization_id(),
            source: fields.source.clone().unwrap_or_default(),
            external_id: fields.external_id.clone()?,
        })
    }

    /// What this gets after `leader`, which has the same idempotency key.
    pub(super) fn after_key(&self, leader: &Self) -> Outcome {
        let request = |item: &Self| item.submission.once.as_ref().map(|once| once.request_hash);
        let same = request(self) == request(leader);
        match (&leader.kept, &leader.outcome) {
            (Some(kept), _) if same => Outcome::Answered(Ok(Submitted::Replayed(kept.clone()))),
            (Some(_), _) => Outcome::Answered(Err(Error::IdempotencyKeyReused)),
            (None, Outcome::Answered(Err(Error::IdempotencyKeyReused))) if same => {
                Outcome::Answered(Err(Error::IdempotencyKeyReused))
            }
            _ => Outcome::Deferred,
        }
    }

    /// What this gets after `leader`, which has the same external id.
    pub(super) fn after_external_id(&self, leader: &Self) -> Outcome {
        match &leader.outcome {
            Outcome::Answered(
                Ok(Submitted::Created(_)) | Err(Error::Conflict(Conflict::ExternalIdTaken)),
            ) => Outcome::Answered(Err(Error::Conflict(Conflict::ExternalIdTaken))),
            _ => Outcome::Deferred,
        }
    }

    pub(super) fn answer(&mut self, answer: Answer) {
        self.outcome = Outcome::Answered(answer);
    }

    pub(super) fn fail(&mut self, error: Error) {
        self.answer(Err(error));
    }

    pub(super) fn created(&self) -> Option<&Lead> {
        match &self.outcome {
            Outcome::Answered(Ok(Submitted::Created(lead))) => Some(lead),
            _ => None,
        }
    }

    /// What the request, or the rules for it, distribute through.
    pub(super) fn target(&self) -> Option<RotationOwner> {
        match self.submission.how {
            AssignmentRequest::Distribute(owner) => Some(owner),
            _ => self.routed.and_then(Routed::rotation),
        }
    }

    /// The rules are the organization's: where they send a lead is not the sender's choice.
    pub(super) fn may_distribute_to(&self, owner: RotationOwner) -> bool {
        self.routed.is_some()
            || self.grant.as_ref().is_some_and(|grant| grant.scope().may_distribute_to(owner))
    }

    /// The user that the request itself makes the owner.
    pub(super) fn named_owner(&self) -> Result<Option<UserId>, Error> {
        let Some(grant) = &self.grant else { return Ok(None) };
        match self.submission.how {
            AssignmentRequest::Me => grant.user_id().map(Some).ok_or(Error::PersonRequired),
            AssignmentRequest::User(user) => match &grant.scope().assignees {
                Some(assignees) if assignees.covers(user) => Ok(Some(user)),
                Some(_) => Err(Error::Denied(Permission::LeadsViewAll)),
                None => Err(Error::Denied(Permission::LeadsAssign)),
            },
            _ => Ok(None),
        }
    }

    pub(super) fn deal(
        &self,
        rotation: &mut Rotation,
        now: Timestamp,
        dealing: &mut Dealing,
    ) -> Decision {
        let lead_id = self.lead_id.unwrap_or(LeadId::from_uuid(uuid::Uuid::nil()));
        let deal = dealing.deal(rotation, lead_id, now);
        Decision {
            owner: deal.owner,
            source: deal.owner.map(|_| AssignmentSource::Distribution),
            reason: deal.reason,
            place: deal.place,
            dealt: Some(deal.dealt),
            at: deal.at,
        }
    }

    pub(super) fn assign(&self, now: Timestamp) -> Decision {
        let named = self.named_owner().ok().flatten();
        let (owner, source, reason) = match self.submission.how {
            AssignmentRequest::User(_) => (named, Some(AssignmentSource::Manual), None),
            AssignmentRequest::Me => (named, Some(AssignmentSource::Creator), None),
            AssignmentRequest::Route => self.by_rules(),
            AssignmentRequest::None | AssignmentRequest::Distribute(_) => {
                (None, None, Some(UnassignedReason::NotRequested))
            }
        };
        Decision { owner, source, reason, place: Place::default(), dealt: None, at: now }
    }

    pub(super) fn lead(
        &mut self,
        names: &Users,
        ids: &IdSource,
        now: Timestamp,
    ) -> Option<NewLeadRow> {
        let (decision, grant, id) = (self.decision.take()?, self.grant.as_ref()?, self.lead_id?);
        let organization_id = self.organization_id();
        let owner: Option<UserName> = decision
            .owner
            .and_then(|owner| names.get(&(organization_id, owner)))
            .map(|(name, _)| name.clone());
        let created_by = match grant.subject() {
            Subject::User { id, name, .. } => CreatedBy::User { id: *id, name: name.clone() },
            Subject::ApiKey { id, name, .. } => CreatedBy::ApiKey { id: *id, name: name.clone() },
        };
        let lead = Lead {
            id,
            fields: self.submission.lead.clone(),
            group_id: decision.place.group_id,
            team_id: decision.place.team_id,
            rule: self.rule(),
            assignment: Assignment {
                id: ids.next(now),
                from: None,
                to: owner,
                source: decision.source,
                reason: decision.reason,
                dealt: decision.dealt,
                note: None,
                decided_at: decision.at,
            },
            created_by,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        Some(NewLeadRow { organization_id, lead })
    }

    pub(super) fn event(&self, now: Timestamp) -> Option<Event> {
        let (lead, grant) = (self.created()?, self.grant.as_ref()?);
        let assignment = &lead.assignment;
        let dealt = assignment.dealt.as_ref();
        let data = serde_json::json!({
            "assignment_id": assignment.id,
            "owner_id": lead.owner().map(|owner| owner.id),
            "source": assignment.source.map(AssignmentSource::as_str),
            "reason": assignment.reason.map(UnassignedReason::as_str),
            "rotation_id": dealt.map(|dealt| dealt.rotation_id),
            "entry": dealt.map(|dealt| dealt.entry),
            "turn": dealt.and_then(|dealt| dealt.turn),
            "rule_id": lead.rule.map(|rule| rule.id),
            "rule_version": lead.rule.map(|rule| rule.version),
        });
        Some(Event::by(grant.actor(), "lead.created", lead.id, now, data))
    }
}
