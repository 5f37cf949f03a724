//! `POST /v1/leads/{id}/distribute`.

use std::sync::Arc;

use evenhand_distribution::ownership::{Distribute, distribute};
use evenhand_domain::error::Faults;
use evenhand_domain::ids::{GroupId, LeadId, TeamId, UserId};
use evenhand_domain::permission::DistributeLeads;
use evenhand_domain::rotation_owner::RotationOwner;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{LeadView, moved};
use crate::body::{Body, present};
use crate::etag::IfMatch;
use crate::fields;
use crate::guard::Authorized;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// What is to deal a lead: a group or a team, one of them.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "group_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02",
    "redistribute": true,
}))]
pub(crate) struct DistributeLead {
    /// The group whose rotation deals it.
    #[schema(value_type = Option<Uuid>)]
    group_id: Option<String>,
    /// The team whose rotation deals it.
    #[schema(value_type = Option<Uuid>)]
    team_id: Option<String>,
    /// Whether a lead that has an owner is taken from them; it is not, when absent.
    redistribute: Option<bool>,
    /// Whose the lead must be for this; null = nobody's. Whoever's it is, when absent.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    expected_owner_id: Option<Option<String>>,
}

struct How {
    through: RotationOwner,
    redistribute: bool,
    expected_owner: Option<Option<UserId>>,
}

impl DistributeLead {
    fn parse(self, faults: &mut Faults) -> Option<How> {
        let Self { group_id, team_id, redistribute, expected_owner_id } = self;
        let through = match (group_id, team_id) {
            (group, None) => {
                let group = fields::required(faults, "/group_id", group);
                let group = group.and_then(|id| fields::id::<GroupId>(faults, "/group_id", &id));
                group.map(RotationOwner::Group)
            }
            (None, Some(team)) => {
                fields::id::<TeamId>(faults, "/team_id", &team).map(RotationOwner::Team)
            }
            (Some(_), Some(_)) => {
                faults.add("/team_id", "invalid_value", "a group or a team, not both");
                None
            }
        };
        let expected_owner = match expected_owner_id {
            Some(Some(owner)) => {
                fields::id(faults, "/expected_owner_id", &owner).map(|owner| Some(Some(owner)))
            }
            nobody_or_any => Some(nobody_or_any.map(|_| None)),
        };
        let redistribute = redistribute.unwrap_or(false);
        Some(How { through: through?, redistribute, expected_owner: expected_owner? })
    }
}

/// Distribute a lead.
///
/// The rotation of the group or team deals it: that is a turn, and counts towards limits. Who sees
/// every lead may name any group and team, managers the teams that they manage; a key the groups that
/// it is bound to, if to any. When nobody can be dealt to, the lead has no owner, and `assignment`
/// says why. Whoever owned it may still look at it, and may be dealt it again.
#[utoipa::path(
    post, path = "/v1/leads/{id}/distribute", tag = "leads",
    responses(
        (status = 200, description = "The lead as it is now.", body = LeadView),
        (status = 403, description = "You may only look at the lead, or not distribute by that group or team."),
        (status = 409, description = "It has an owner and `redistribute` is not true: `lead_owned`, with the `owner`. It is not `expected_owner_id`'s: `owner_changed`, with `owner_id`."),
    ),
)]
pub(crate) async fn distribute_lead(
    Authorized(grant): Authorized<DistributeLeads>,
    state: State,
    Id(lead_id): Id<LeadId>,
    expected: IfMatch,
    key: IdempotencyKey,
    body: Body<DistributeLead>,
) -> Answer {
    let body = body.read().await?;
    let How { through, redistribute, expected_owner } =
        body.content.check(DistributeLead::parse)?;
    let made = moved(Arc::new(grant.actor().clone()));
    let once = key.once(grant.stamp().credential, &body.bytes, made.clone());
    let expected_version = expected.version();
    let request = Distribute { lead_id, through, redistribute, expected_owner, expected_version };
    let (store, ids) = (state.store(), &state.services.ids);
    let outcome = distribute(store, ids, &grant, request, once.as_ref()).await?;
    key.answer(outcome, made)
}
