//! One lead on its way through a batch.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::{IdSource, LeadId, OrganizationId, RotationId, UserId};
use evenhand_domain::lead::{
    Assignment, AssignmentRequest, AssignmentSource, CreatedBy, Lead, UnassignedReason,
};
use evenhand_domain::permission::{CreateLeads, Credential, Grant, Permission, Subject};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::routing::Routed;
use evenhand_domain::user::UserName;
use evenhand_persistence::events::Event;
use evenhand_persistence::idempotency::Claim;
use evenhand_persistence::intake::{ExternalId, NewLeadRow};

use super::Answer;
use super::duplicates::Link;
use crate::deal::{Dealing, Locked, Placed};
use crate::intake::{Submission, Submitted};

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
    /// The earlier lead of the same person.
    pub(super) link: Option<Link>,
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
    source: Option<AssignmentSource>,
    pub(super) placed: Placed,
    /// Whether it waits together with the earlier lead of the same person.
    joins: bool,
}

impl Decision {
    /// To whoever owns an earlier lead of the same person.
    pub(super) fn of_duplicate(owner: UserId, now: Timestamp) -> Self {
        Self {
            source: Some(AssignmentSource::Duplicate),
            placed: Placed::unplaced(Some(owner), None, now),
            joins: false,
        }
    }

    /// On the waiting list that an earlier lead of the same person is on.
    pub(super) const fn joined(placed: Placed) -> Self {
        Self { source: None, placed, joins: true }
    }
}

impl<'a> Item<'a> {
    pub(super) const fn new(submission: &'a Submission, routed: Option<Routed>) -> Self {
        Self {
            submission,
            routed,
            is_unavailable: false,
            lead_id: None,
            grant: None,
            claim: None,
            external_id: None,
            link: None,
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
        ExternalId::of(self.organization_id(), &self.submission.lead)
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

    /// `None` when the rotation is not locked.
    pub(super) fn deal(
        &self,
        owner: RotationOwner,
        locked: &mut Locked<'_>,
        now: Timestamp,
        dealing: &mut Dealing,
    ) -> Option<Decision> {
        let lead_id = self.lead_id.unwrap_or(LeadId::from_uuid(uuid::Uuid::nil()));
        let placed = dealing.place(locked, (self.organization_id(), owner), lead_id, now)?;
        let source = placed.owner.map(|_| AssignmentSource::Distribution);
        Some(Decision { source, placed, joins: false })
    }

    /// Says when it will be tried again, where it waits.
    pub(super) fn foresee(&mut self, chances: &HashMap<RotationId, Option<Timestamp>>) {
        let decision = self.decision.as_mut();
        if let Some(waiting) = decision.and_then(|decision| decision.placed.waiting.as_mut()) {
            waiting.next_attempt_at = chances.get(&waiting.rotation_id).copied().flatten();
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
        Decision { source, placed: Placed::unplaced(owner, reason, now), joins: false }
    }

    pub(super) fn created_by(&self) -> Option<CreatedBy> {
        Some(match self.grant.as_ref()?.subject() {
            Subject::User { id, name, .. } => CreatedBy::User { id: *id, name: name.clone() },
            Subject::ApiKey { id, name, .. } => CreatedBy::ApiKey { id: *id, name: name.clone() },
        })
    }

    pub(super) fn lead(
        &mut self,
        names: &HashMap<(OrganizationId, UserId), UserName>,
        ids: &IdSource,
        now: Timestamp,
    ) -> Option<NewLeadRow> {
        let (decision, created_by, id) = (self.decision.take()?, self.created_by()?, self.lead_id?);
        let organization_id = self.organization_id();
        let Decision { source, placed, joins } = decision;
        let owner: Option<UserName> =
            placed.owner.and_then(|owner| names.get(&(organization_id, owner))).cloned();
        let lead = Lead {
            id,
            fields: self.submission.lead.clone(),
            group_id: placed.place.group_id,
            team_id: placed.place.team_id,
            duplicate_of: self.link.and_then(|link| link.shown()),
            duplicate_count: 0,
            rule: self.rule(),
            assignment: Assignment {
                id: ids.next(now),
                from: None,
                to: owner,
                source,
                reason: placed.reason,
                dealt: placed.dealt,
                waiting: placed.waiting,
                passed_on: placed.passed_on,
                note: None,
                decided_at: placed.at,
            },
            collaborators: Vec::new(),
            created_by,
            version: 1,
            created_at: now,
            updated_at: now,
            archived_at: None,
            erased_at: None,
        };
        let duplicate_of = self.link.map(|link| link.earlier);
        let rotation_id = placed.place.rotation_id;
        Some(NewLeadRow { organization_id, lead, rotation_id, duplicate_of, joins })
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
            "waiting": assignment.waiting.is_some(),
            "duplicate_of": self.link.map(|link| link.earlier),
            "rule_id": lead.rule.map(|rule| rule.id),
            "rule_version": lead.rule.map(|rule| rule.version),
        });
        Some(Event::by(grant.actor(), "lead.created", lead.id, now, data))
    }
}
