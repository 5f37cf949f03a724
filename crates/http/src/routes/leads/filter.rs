//! What lists and counts of leads are narrowed to, as requests say it.

use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::UserId;
use evenhand_domain::lead::search::LeadSearch;
use evenhand_domain::lead::{LeadFilter, LeadOrder, OwnerFilter, ValueFilter};
use evenhand_domain::organization::Currency;
use evenhand_domain::permission::{Action, Grant, LeadScope, Permission, ViewLeads};
use evenhand_persistence::teams;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::fields;
use crate::problem::Problem;
use crate::state::State;

/// Makes the query of an operation on leads: the filters, and what else it takes.
macro_rules! lead_query {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $field:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, IntoParams, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            /// Only leads in which each of these words occurs: in a name, the company, the e-mail
            /// address or the phone number, whatever its case and diacritics. Words of one or two
            /// letters are looked for at the beginning of words. Numbers may be written in any way.
            #[param(min_length = 2, max_length = 100)]
            #[serde(skip_serializing_if = "Option::is_none")]
            q: Option<String>,
            /// Whose: `me`, `unassigned`, or a user's id. Another person's id is for those who see
            /// every lead, and for managers of a team that the person is a user of.
            #[serde(skip_serializing_if = "Option::is_none")]
            owner: Option<String>,
            /// Only leads that somebody works on besides their owner: `me`, or a user's id, another
            /// person's as with `owner`.
            #[serde(skip_serializing_if = "Option::is_none")]
            collaborator: Option<String>,
            /// Only leads that the users of this team own or share; a team that you see.
            #[param(value_type = Option<Uuid>)]
            #[serde(skip_serializing_if = "Option::is_none")]
            team_id: Option<String>,
            /// Only leads that were given to this group's rotation.
            #[param(value_type = Option<Uuid>)]
            #[serde(skip_serializing_if = "Option::is_none")]
            group_id: Option<String>,
            /// With `true`, only leads that you may pick up. People with the permission
            /// `leads.pick_up` have such a pool.
            #[param(value_type = Option<bool>)]
            #[serde(skip_serializing_if = "Option::is_none")]
            pool: Option<String>,
            /// Only leads in this status, a key of the organization's list.
            #[serde(skip_serializing_if = "Option::is_none")]
            status: Option<String>,
            /// Only leads from this source, exactly as they have it.
            #[serde(skip_serializing_if = "Option::is_none")]
            source: Option<String>,
            /// Only leads with this label.
            #[serde(skip_serializing_if = "Option::is_none")]
            tag: Option<String>,
            /// Only duplicates of this lead.
            #[param(value_type = Option<Uuid>)]
            #[serde(skip_serializing_if = "Option::is_none")]
            duplicate_of: Option<String>,
            /// Only leads that came at this instant or later (RFC 3339).
            #[param(value_type = Option<String>, format = DateTime)]
            #[serde(skip_serializing_if = "Option::is_none")]
            created_from: Option<String>,
            /// Only leads that came before this instant (RFC 3339).
            #[param(value_type = Option<String>, format = DateTime)]
            #[serde(skip_serializing_if = "Option::is_none")]
            created_to: Option<String>,
            /// Only leads that may be worth at least so much, in the smallest unit of `currency`.
            #[param(value_type = Option<i64>, minimum = 0)]
            #[serde(skip_serializing_if = "Option::is_none")]
            value_min: Option<String>,
            /// Only leads that may be worth at most so much, in the smallest unit of `currency`.
            #[param(value_type = Option<i64>, minimum = 0)]
            #[serde(skip_serializing_if = "Option::is_none")]
            value_max: Option<String>,
            /// Only leads whose value is in this currency (ISO 4217). Without it, `value_min` and
            /// `value_max` are in the organization's; values are not converted.
            #[serde(skip_serializing_if = "Option::is_none")]
            currency: Option<String>,
            /// With `true`, only leads that were put away; else only those that were not.
            #[param(value_type = Option<bool>)]
            #[serde(skip_serializing_if = "Option::is_none")]
            archived: Option<String>,
            $($(#[$of])* #[serde(skip_serializing_if = "Option::is_none")] $field: Option<String>,)+
        }

        impl $name {
            /// The filters, if none is faulty, beside what else there is, unread.
            pub(crate) fn filter<A: Action>(
                self,
                grant: &Grant<A>,
                faults: &mut Faults,
            ) -> (Option<LeadFilter>, $(lead_query!(@text $field)),+) {
                let Self {
                    q, owner, collaborator, team_id, group_id, pool, status, source, tag,
                    duplicate_of, created_from, created_to, value_min, value_max, currency, archived, $($field),+
                } = self;
                let texts = Texts {
                    q, owner, collaborator, team_id, group_id, pool, status, source, tag,
                    duplicate_of, created_from, created_to, value_min, value_max, currency, archived,
                };
                (texts.parse(grant, faults), $($field),+)
            }
        }
    };
    (@text $field:ident) => { Option<String> };
}

lead_query! {
    /// Which leads, in which order.
    LeadQuery {
        /// The order. `status` is in the order of the organization's list; leads without a value count
        /// as worth less than nothing, and amounts of all currencies are compared by the number.
        /// Leads that are the same in it are in the order in which they came.
        #[param(value_type = Option<LeadSort>)]
        #[schema(value_type = Option<LeadSort>)]
        sort,
    }
}

lead_query! {
    /// Which leads, by what.
    LeadCountQuery {
        /// What they are counted by.
        #[param(inline, value_type = Option<LeadCountedBy>)]
        by,
    }
}

crate::schema::words! {
    /// An order of leads; `-` = the greatest, or the latest, first.
    LeadSort {
        "created_at", "-created_at", "updated_at", "-updated_at", "value", "-value", "status",
        "-status",
    }
}

crate::schema::words! {
    /// What leads are counted by.
    LeadCountedBy { "status", "owner", "group", }
}

/// The filters as texts.
struct Texts {
    q: Option<String>,
    owner: Option<String>,
    collaborator: Option<String>,
    team_id: Option<String>,
    group_id: Option<String>,
    pool: Option<String>,
    status: Option<String>,
    source: Option<String>,
    tag: Option<String>,
    duplicate_of: Option<String>,
    created_from: Option<String>,
    created_to: Option<String>,
    value_min: Option<String>,
    value_max: Option<String>,
    currency: Option<String>,
    archived: Option<String>,
}

impl Texts {
    fn parse<A: Action>(self, grant: &Grant<A>, faults: &mut Faults) -> Option<LeadFilter> {
        let organization = grant.organization();
        let value = self.value(&organization.currency, faults);
        let Self {
            q,
            owner,
            collaborator,
            team_id,
            group_id,
            pool,
            status,
            source,
            tag,
            duplicate_of,
            created_from,
            created_to,
            value_min: _,
            value_max: _,
            currency: _,
            archived,
        } = self;
        let search =
            q.map(|text| faults.keep("/q", LeadSearch::parse(&text, &organization.country)));
        let owner = owner.map(|text| owner_filter(&text, grant.user_id(), faults));
        let collaborator =
            collaborator.map(|text| collaborator_filter(&text, grant.user_id(), faults));
        let team_id = team_id.map(|text| fields::id(faults, "/team_id", &text));
        let group_id = group_id.map(|text| fields::id(faults, "/group_id", &text));
        let pool = pool.map(|text| pool_filter(&text, grant.user_id(), faults));
        let duplicate_of = duplicate_of.map(|text| fields::id(faults, "/duplicate_of", &text));
        let created_from = created_from.map(|text| fields::instant(faults, "/created_from", &text));
        let created_to = created_to.map(|text| fields::instant(faults, "/created_to", &text));
        let archived = archived.map(|text| fields::flag(faults, "/archived", &text));
        if let Some(status) = &status {
            faults.keep("/status", organization.known_status(status).map(|_| ()))?;
        }
        Some(LeadFilter {
            search: read(search)?,
            owner: read(owner)?,
            collaborator: read(collaborator)?,
            team_id: read(team_id)?,
            group_id: read(group_id)?,
            pool: read(pool)?.unwrap_or(false),
            status,
            source,
            tag,
            duplicate_of: read(duplicate_of)?,
            created_from: read(created_from)?,
            created_to: read(created_to)?,
            value: value?,
            archived: read(archived)?.unwrap_or(false),
        })
    }

    fn value(&self, own: &Currency, faults: &mut Faults) -> Option<Option<ValueFilter>> {
        let min = self.value_min.as_ref().map(|text| amount(faults, "/value_min", text));
        let max = self.value_max.as_ref().map(|text| amount(faults, "/value_max", text));
        let currency =
            self.currency.as_ref().map(|text| faults.keep("/currency", Currency::parse(text)));
        let is_there = min.is_some() || max.is_some() || currency.is_some();
        let (min, max, currency) = (read(min)?, read(max)?, read(currency)?);
        let currency = currency.unwrap_or_else(|| own.clone());
        Some(is_there.then_some(ValueFilter { currency, min, max }))
    }
}

impl LeadQuery {
    /// The filters and the order, if one is named, of a query that is the field `filter` of a body.
    pub(in crate::routes) fn in_body<A: Action>(
        self,
        grant: &Grant<A>,
        faults: &mut Faults,
    ) -> Option<(LeadFilter, Option<LeadOrder>)> {
        let mut own = Faults::default();
        let (filter, sort) = self.filter(grant, &mut own);
        let order = sort.map(|sort| named_order(&mut own, &sort));
        for fault in own.as_slice() {
            faults.add(format!("/filter{}", fault.pointer), fault.code, fault.detail.clone());
        }
        filter.zip(read(order))
    }
}

/// The order of this name; the newest first where none is named.
pub(crate) fn order(faults: &mut Faults, sort: Option<&str>) -> Option<LeadOrder> {
    sort.map_or(Some(LeadOrder::default()), |sort| named_order(faults, sort))
}

fn named_order(faults: &mut Faults, sort: &str) -> Option<LeadOrder> {
    fields::word(faults, "/sort", sort, LeadOrder::from_text, &LeadOrder::NAMES)
}

/// Refuses what the caller may not ask for: another person's leads, a pool that they have not, a team
/// that they do not see. `within` points to the filter in the body; empty for a query.
pub(crate) async fn check(
    state: &State,
    grant: &Grant<ViewLeads>,
    filter: &LeadFilter,
    within: &str,
) -> Result<(), Problem> {
    let owner = match filter.owner {
        Some(OwnerFilter::User(owner)) => Some(owner),
        Some(OwnerFilter::Unassigned) | None => None,
    };
    let mut named = owner.into_iter().chain(filter.collaborator);
    if named.any(|user| !may_name(grant.scope(), user)) {
        return Err(Error::Denied(Permission::LeadsViewAll).into());
    }
    if filter.pool && !grant.actor().may(Permission::LeadsPickUp) {
        return Err(Error::Denied(Permission::LeadsPickUp).into());
    }
    if let Some(team) = filter.team_id
        && !teams::is_visible(state.store(), grant, team).await?
    {
        let pointer = format!("{within}/team_id");
        return Err(Problem::fault(pointer, "unknown_team", "no team, or none that you see"));
    }
    Ok(())
}

/// Whose leads somebody may ask for by name: of those they could see them of.
pub(in crate::routes) fn may_name(scope: &LeadScope, owner: UserId) -> bool {
    match scope {
        LeadScope::Everything => true,
        LeadScope::User { user_id, team, .. } => *user_id == owner || team.contains(&owner),
        LeadScope::MadeBy(_) | LeadScope::Nothing => false,
    }
}

/// A parameter that may be absent; `None` = it is there and faulty.
fn read<T>(parsed: Option<Option<T>>) -> Option<Option<T>> {
    parsed.map_or(Some(None), |parsed| parsed.map(Some))
}

fn amount(faults: &mut Faults, pointer: &str, text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let amount = text.parse().ok().filter(|_| digits);
    let invalid = || ("invalid_value", "a whole number of the smallest unit, from 0".to_owned());
    faults.keep(pointer, amount.ok_or_else(invalid))
}

fn owner_filter(text: &str, me: Option<UserId>, faults: &mut Faults) -> Option<OwnerFilter> {
    match (text, me) {
        ("unassigned", _) => Some(OwnerFilter::Unassigned),
        ("me", Some(me)) => Some(OwnerFilter::User(me)),
        ("me", None) => {
            faults.add("/owner", "invalid_value", "an API key owns no leads");
            None
        }
        (id, _) => {
            let id = fields::id(&mut Faults::default(), "/owner", id);
            if id.is_none() {
                faults.add("/owner", "invalid_value", "me, unassigned or a user's id");
            }
            id.map(OwnerFilter::User)
        }
    }
}

fn collaborator_filter(text: &str, me: Option<UserId>, faults: &mut Faults) -> Option<UserId> {
    match (text, me) {
        ("me", Some(me)) => Some(me),
        ("me", None) => {
            faults.add("/collaborator", "invalid_value", "an API key works on no leads");
            None
        }
        (id, _) => {
            let id = fields::id(&mut Faults::default(), "/collaborator", id);
            if id.is_none() {
                faults.add("/collaborator", "invalid_value", "me or a user's id");
            }
            id
        }
    }
}

fn pool_filter(text: &str, me: Option<UserId>, faults: &mut Faults) -> Option<bool> {
    let pool = fields::flag(faults, "/pool", text)?;
    if pool && me.is_none() {
        faults.add("/pool", "invalid_value", "an API key has no pool");
        return None;
    }
    Some(pool)
}
