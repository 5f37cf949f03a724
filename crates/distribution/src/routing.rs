//! What routes an organization's leads, remembered for each version of its settings.
//!
//! A lead is routed before it joins a lane, so that it joins that of the rotation which is to deal
//! it. The batch's first read then confirms the version of the settings with the grant: a lead that
//! was routed by outdated rules is not stored, and its sender is told to submit it again.

use std::fmt;
use std::sync::Arc;

use evenhand_domain::error::Error;
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::permission::{CreateLeads, Unconfirmed};
use evenhand_domain::routing::{CustomFields, RuleSet};
use evenhand_persistence::{Store, routing};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

/// Organizations that are remembered at the least, and bytes (as stored) of all at the most.
const ORGANIZATIONS: usize = 1_000;
const BYTES: u64 = 64 * 1024 * 1024;

/// What routes an organization's leads in one version of its settings.
#[derive(Debug, PartialEq)]
pub struct Routing {
    /// The rules, ready to evaluate.
    pub rules: RuleSet,
    /// What the custom fields of its leads are.
    pub custom_fields: CustomFields,
    bytes: usize,
}

type Key = (OrganizationId, i64);

/// Routing by organization and version of its settings.
pub(crate) struct Routings(Cache<Key, Arc<Routing>, Size>);

impl Routings {
    pub(crate) fn new() -> Self {
        // One shard: an organization with as many rules as there may be still fits in.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity(ORGANIZATIONS)
            .weight_capacity(BYTES)
            .build();
        Self(match options {
            Ok(options) => Cache::with_options(
                options,
                Size,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            Err(_) => Cache::with_weighter(ORGANIZATIONS, BYTES, Size),
        })
    }

    /// What routes leads that come under this grant; `None` when the grant is made from a copy of
    /// the organization that is out of date. Whoever comes first reads it, others wait for that.
    pub(crate) async fn get(
        &self,
        store: &Store,
        grant: &Unconfirmed<CreateLeads>,
    ) -> Result<Option<Arc<Routing>>, Error> {
        let version = grant.stamp().settings_version;
        let read = async {
            let found = routing::for_intake(store, grant).await.map_err(Miss::Failed)?;
            if found.settings_version != version {
                return Err(Miss::Outdated);
            }
            let (rules, bytes) = (found.rule_set(), found.bytes);
            Ok(Arc::new(Routing { rules, custom_fields: found.custom_fields, bytes }))
        };
        match self.0.get_or_insert_async(&(grant.organization().id, version), read).await {
            Ok(routing) => Ok(Some(routing)),
            Err(Miss::Outdated) => Ok(None),
            Err(Miss::Failed(error)) => Err(error.into()),
        }
    }
}

enum Miss {
    Outdated,
    Failed(evenhand_persistence::Error),
}

#[derive(Clone)]
struct Size;

impl Weighter<Key, Arc<Routing>> for Size {
    fn weight(&self, _: &Key, routing: &Arc<Routing>) -> u64 {
        // Never nothing: what weighs nothing is never thrown out.
        u64::try_from(routing.bytes).unwrap_or(u64::MAX).saturating_add(1_000)
    }
}

impl fmt::Debug for Routings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Routings").field(&self.0.len()).finish()
    }
}
