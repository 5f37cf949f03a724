//! `GET /v1/leads`.

use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::UserId;
use evenhand_domain::lead::{LeadFilter, OwnerFilter};
use evenhand_domain::permission::{Grant, LeadScope, Permission, ViewLeads};
use evenhand_persistence::{leads, teams, waiting};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::{LeadPage, LeadView};
use crate::answer::ok;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::problem::Problem;
use crate::query::List;
use crate::state::State;

/// Which leads.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeadQuery {
    /// Whose: `me`, `unassigned`, or a user's id. Another person's id is for those who see every
    /// lead, and for managers of a team that the person is a user of.
    owner: Option<String>,
    /// Only leads that the users of this team own or share; a team that you see.
    #[param(value_type = Option<Uuid>)]
    team_id: Option<String>,
    /// Only leads that were given to this group's rotation.
    #[param(value_type = Option<Uuid>)]
    group_id: Option<String>,
    /// With `true`, only leads that you may pick up. People with the permission `leads.pick_up` have
    /// such a pool.
    #[param(value_type = Option<bool>)]
    pool: Option<String>,
    /// Only leads in this status, a key of the organization's list.
    status: Option<String>,
    /// Only leads from this source, exactly as they have it.
    source: Option<String>,
    /// Only leads with this label.
    tag: Option<String>,
    /// Only duplicates of this lead.
    #[param(value_type = Option<Uuid>)]
    duplicate_of: Option<String>,
    /// Only leads that came at this instant or later (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    created_from: Option<String>,
    /// Only leads that came before this instant (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    created_to: Option<String>,
    /// With `true`, only leads that were put away; else only those that were not.
    #[param(value_type = Option<bool>)]
    archived: Option<String>,
}

/// List leads.
///
/// Newest first. Owners and admins see all; managers what they own, share, owned or added, what the
/// users of their teams own or share, and of what nobody owns what is in the rotations of their teams
/// and in their pool; agents what they own, share, owned or added, and their pool where they may pick
/// up; a key what it added.
#[utoipa::path(
    get, path = "/v1/leads", tag = "leads",
    responses(
        (status = 200, description = "A page of leads.", body = LeadPage),
        (status = 403, description = "Another person's leads were asked for without the permission `leads.view_all`, or the pool without `leads.pick_up`: `permission_denied`."),
    ),
)]
pub(crate) async fn list_leads(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    list: List<LeadQuery>,
) -> Answer {
    let asked = list.check(|query, faults| filter(query, &grant, faults))?;
    if let Some(OwnerFilter::User(owner)) = asked.filter.owner
        && !may_name(grant.scope(), owner)
    {
        return Err(Error::Denied(Permission::LeadsViewAll).into());
    }
    if asked.filter.pool && !grant.actor().may(Permission::LeadsPickUp) {
        return Err(Error::Denied(Permission::LeadsPickUp).into());
    }
    if let Some(team) = asked.filter.team_id
        && !teams::is_visible(state.store(), &grant, team).await?
    {
        return Err(Problem::fault("/team_id", "unknown_team", "no team, or none that you see"));
    }
    let mut page = leads::list(state.store(), &grant, &asked.filter, &asked.page).await?;
    let decisions = page.rows.iter_mut().map(|seen| &mut seen.lead.assignment);
    waiting::foresee(state.store(), &grant, decisions, state.services.clock.now()).await?;
    ok(&LeadPage::from(asked.views(page, |seen| LeadView::seen(&seen, grant.actor()))))
}

/// Whose leads somebody may ask for by name: of those they could see them of.
pub(in crate::routes) fn may_name(scope: &LeadScope, owner: UserId) -> bool {
    match scope {
        LeadScope::Everything => true,
        LeadScope::User { user_id, team, .. } => *user_id == owner || team.contains(&owner),
        LeadScope::MadeBy(_) | LeadScope::Nothing => false,
    }
}

fn filter(query: LeadQuery, grant: &Grant<ViewLeads>, faults: &mut Faults) -> Option<LeadFilter> {
    let LeadQuery {
        owner,
        team_id,
        group_id,
        pool,
        status,
        source,
        tag,
        duplicate_of,
        created_from,
        created_to,
        archived,
    } = query;
    let owner = owner.map(|text| owner_filter(&text, grant.user_id(), faults));
    let team_id = team_id.map(|text| fields::id(faults, "/team_id", &text));
    let group_id = group_id.map(|text| fields::id(faults, "/group_id", &text));
    let pool = pool.map(|text| pool_filter(&text, grant.user_id(), faults));
    let duplicate_of = duplicate_of.map(|text| fields::id(faults, "/duplicate_of", &text));
    let created_from = created_from.map(|text| fields::instant(faults, "/created_from", &text));
    let created_to = created_to.map(|text| fields::instant(faults, "/created_to", &text));
    let read_flag = |text: &str| text.parse().ok();
    let archived = archived
        .map(|text| fields::word(faults, "/archived", &text, read_flag, &["true", "false"]));
    if let Some(status) = &status {
        faults.keep("/status", grant.organization().known_status(status).map(|_| ()))?;
    }
    Some(LeadFilter {
        owner: read(owner)?,
        team_id: read(team_id)?,
        group_id: read(group_id)?,
        pool: read(pool)?.unwrap_or(false),
        status,
        source,
        tag,
        duplicate_of: read(duplicate_of)?,
        created_from: read(created_from)?,
        created_to: read(created_to)?,
        archived: read(archived)?.unwrap_or(false),
    })
}

/// A parameter that may be absent; `None` = it is there and faulty.
fn read<T>(parsed: Option<Option<T>>) -> Option<Option<T>> {
    parsed.map_or(Some(None), |parsed| parsed.map(Some))
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

fn pool_filter(text: &str, me: Option<UserId>, faults: &mut Faults) -> Option<bool> {
    let read = |text: &str| text.parse().ok();
    let pool = fields::word(faults, "/pool", text, read, &["true", "false"])?;
    if pool && me.is_none() {
        faults.add("/pool", "invalid_value", "an API key has no pool");
        return None;
    }
    Some(pool)
}
