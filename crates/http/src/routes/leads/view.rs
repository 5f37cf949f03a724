//! Leads as the API shows them.

use std::sync::Arc;

use evenhand_domain::lead::{CreatedBy, Lead, Money, NewLead};
use evenhand_domain::permission::{
    Action as _, Actor, LeadAction, LeadFacts, LeadState, Sight, ViewLeads, allowed_actions,
};
use evenhand_domain::routing::AppliedRule;
use evenhand_persistence::leads::{MovedLead, SeenLead};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::assignment_view::AssignmentView;
use crate::answer::Made;
use crate::routes::users::view::UserNameView;
use crate::schema::{CustomFields, Instant, page_view};

/// An amount of money in the currency's smallest unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Money, example = json!({"amount_minor": 125000, "currency": "GBP"}))]
pub(crate) struct MoneyView {
    /// E.g. pence.
    pub(crate) amount_minor: i64,
    /// ISO 4217.
    pub(crate) currency: String,
}

/// Who added a lead.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CreatedBy)]
pub(crate) struct CreatedByView {
    /// `user` or `api_key`. There will be more.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// The user's or the key's id.
    pub(crate) id: Uuid,
    /// Their name at the time.
    pub(crate) name: String,
}

/// The routing rule that sent a lead somewhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AppliedRule)]
pub(crate) struct AppliedRuleView {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its version then.
    pub(crate) version: i64,
}

impl From<AppliedRule> for AppliedRuleView {
    fn from(rule: AppliedRule) -> Self {
        let AppliedRule { id, version } = rule;
        Self { id: id.uuid(), version }
    }
}

/// A prospective customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Lead, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e04",
    "first_name": "Lee", "last_name": "Ng", "email": "lee.ng@customer.example",
    "phone": "020 7946 0018", "phone_e164": "+442079460018", "company": null, "source": "web",
    "product": "Pension", "value": {"amount_minor": 125000, "currency": "GBP"}, "country": "GB",
    "external_id": null, "status": "new", "tags": ["spring"], "custom_fields": {"budget": "high"},
    "owner": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "first_name": "Tom", "last_name": null,
              "partner": false},
    "collaborators": [{"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e08", "first_name": "Mia",
                       "last_name": null, "partner": false}],
    "group_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02", "team_id": null,
    "duplicate_of": null, "duplicate_count": 0,
    "created_by": {"type": "api_key", "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e05", "name": "Web form"},
    "allowed_actions": ["read", "edit", "assign", "release", "add_collaborator",
                        "remove_collaborator", "archive"],
    "rule": {"id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0a", "version": 3},
    "assignment": {
        "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e06", "outcome": "assigned",
        "source": "distribution", "reason": null,
        "rotation_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e03", "turn": 12,
        "ledger_hash": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
        "next_attempt_at": null, "decided_at": "2026-03-02T09:30:00.000000Z",
    },
    "version": 1,
    "created_at": "2026-03-02T09:30:00.000000Z", "updated_at": "2026-03-02T09:30:00.000000Z",
    "archived_at": null, "erased_at": null,
}))]
pub(crate) struct LeadView {
    /// Its id; ids in order are leads in the order they came.
    pub(crate) id: Uuid,
    /// First name.
    pub(crate) first_name: Option<String>,
    /// Last name.
    pub(crate) last_name: Option<String>,
    /// E-mail address, as given.
    pub(crate) email: Option<String>,
    /// Phone number, as given.
    pub(crate) phone: Option<String>,
    /// Phone number in E.164.
    pub(crate) phone_e164: Option<String>,
    /// Company.
    pub(crate) company: Option<String>,
    /// Where it came from.
    pub(crate) source: Option<String>,
    /// What it is interested in.
    pub(crate) product: Option<String>,
    /// What it may be worth.
    pub(crate) value: Option<MoneyView>,
    /// ISO 3166-1 alpha-2.
    pub(crate) country: Option<String>,
    /// The source's own id of it, unique per source.
    pub(crate) external_id: Option<String>,
    /// A key of the organization's list of statuses.
    pub(crate) status: String,
    /// Labels, in the order given.
    pub(crate) tags: Vec<String>,
    /// The organization's own fields.
    #[schema(value_type = CustomFields)]
    pub(crate) custom_fields: Map<String, Value>,
    /// The one user accountable for it; null = unassigned.
    pub(crate) owner: Option<UserNameView>,
    /// Who works on it besides its owner, in the order in which they were added.
    pub(crate) collaborators: Vec<UserNameView>,
    /// The group whose rotation it was given to.
    pub(crate) group_id: Option<Uuid>,
    /// The team whose rotation it was given to.
    pub(crate) team_id: Option<Uuid>,
    /// The lead that it is a duplicate of: the latest before it with the same e-mail address or
    /// phone number; null where there is none, or none that you see.
    pub(crate) duplicate_of: Option<Uuid>,
    /// How many leads that you see are duplicates of it.
    pub(crate) duplicate_count: u64,
    /// Who added it.
    pub(crate) created_by: CreatedByView,
    /// What the caller may do with it: `read`, `edit` (change its fields and what is on it), `assign`
    /// (give it to a user), `release` (give it to nobody), `pick_up` (take it for themselves; not told
    /// in the answer to adding it), `add_collaborator`, `remove_collaborator` (who has some), `leave`
    /// (as one of them), `archive`, `restore`, `erase`. Empty where they could add or move
    /// it and may not read it. There will be more.
    pub(crate) allowed_actions: Vec<&'static str>,
    /// The routing rule that sent it where it went first; null = none did.
    pub(crate) rule: Option<AppliedRuleView>,
    /// The latest decision on its ownership.
    pub(crate) assignment: AssignmentView,
    /// Raised by every change.
    pub(crate) version: i64,
    /// When it came.
    pub(crate) created_at: Instant,
    /// When it last changed.
    pub(crate) updated_at: Instant,
    /// When it was put away; null = it is not.
    pub(crate) archived_at: Option<Instant>,
    /// When its personal data was erased: then it has none, and stays put away.
    pub(crate) erased_at: Option<Instant>,
}

impl LeadView {
    /// A lead as somebody sees it who reads it.
    pub(crate) fn seen(seen: &SeenLead, actor: &Actor) -> Self {
        Self::of(&seen.lead, actor, Some(seen.sight), seen.may_pick_up)
    }

    /// A lead as somebody sees it who has just moved it.
    pub(crate) fn moved(moved: &MovedLead, actor: &Actor) -> Self {
        Self::of(&moved.lead, actor, moved.sight, moved.may_pick_up)
    }

    /// A lead as somebody sees it who has just added it, by that alone: whether they may pick it up
    /// is told when it is read.
    pub(crate) fn of_new(lead: &Lead, actor: &Actor) -> Self {
        let sight = ViewLeads::scope(actor).sight(&LeadFacts::of_new(lead));
        Self::of(lead, actor, sight, false)
    }

    /// A lead as `actor` sees it, whose sight of it goes this far; `None` = not at all.
    fn of(lead: &Lead, actor: &Actor, sight: Option<Sight>, may_pick_up: bool) -> Self {
        let state = LeadState {
            owner: lead.owner().map(|owner| owner.id),
            may_pick_up,
            is_shared: !lead.collaborators.is_empty(),
            collaborates: lead.collaborators.iter().any(|it| Some(it.id) == actor.user_id()),
            archived: lead.archived_at.is_some(),
            erased: lead.erased_at.is_some(),
        };
        let actions = allowed_actions(actor, sight, state);
        let Lead {
            id,
            fields,
            group_id,
            team_id,
            duplicate_of,
            duplicate_count,
            rule,
            assignment,
            collaborators,
            created_by,
            version,
            created_at,
            updated_at,
            archived_at,
            erased_at,
        } = lead;
        let NewLead {
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
        } = fields;
        Self {
            id: id.uuid(),
            first_name: first_name.clone(),
            last_name: last_name.clone(),
            email: email.as_ref().map(|email| email.given().to_owned()),
            phone: phone.as_ref().map(|phone| phone.given().to_owned()),
            phone_e164: phone.as_ref().map(|phone| phone.e164().to_owned()),
            company: company.clone(),
            source: source.clone(),
            product: product.clone(),
            value: value.as_ref().map(money),
            country: country.as_ref().map(|country| country.code().to_owned()),
            external_id: external_id.clone(),
            status: status.clone(),
            tags: tags.clone(),
            custom_fields: custom_fields.clone(),
            owner: lead.owner().cloned().map(UserNameView::from),
            collaborators: collaborators.iter().cloned().map(UserNameView::from).collect(),
            group_id: group_id.map(|id| id.uuid()),
            team_id: team_id.map(|id| id.uuid()),
            duplicate_of: duplicate_of.map(|id| id.uuid()),
            duplicate_count: *duplicate_count,
            created_by: created_by_view(created_by),
            allowed_actions: actions.into_iter().map(LeadAction::as_str).collect(),
            rule: rule.map(AppliedRuleView::from),
            assignment: assignment.into(),
            version: *version,
            created_at: (*created_at).into(),
            updated_at: (*updated_at).into(),
            archived_at: archived_at.map(Instant::from),
            erased_at: erased_at.map(Instant::from),
        }
    }
}

fn money(money: &Money) -> MoneyView {
    let Money { amount_minor, currency } = money;
    MoneyView { amount_minor: *amount_minor, currency: currency.code().to_owned() }
}

fn created_by_view(by: &CreatedBy) -> CreatedByView {
    match by {
        CreatedBy::User { id, name } => {
            CreatedByView { kind: "user", id: id.uuid(), name: name.clone() }
        }
        CreatedBy::ApiKey { id, name } => {
            CreatedByView { kind: "api_key", id: id.uuid(), name: name.clone() }
        }
    }
}

/// Makes the answer to a request of `actor` that has moved a lead.
pub(super) fn moved(actor: Arc<Actor>) -> impl Fn(&MovedLead) -> Made + Clone + Send + Sync {
    move |moved| Made::changed(moved.lead.version, &LeadView::moved(moved, &actor))
}

page_view! {
    /// A page of leads.
    LeadPage of LeadView
}
