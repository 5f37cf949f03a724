//! What people save of their lists of leads. Whoever changes theirs has their own row locked, so that
//! names and places are right whatever they do at once.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::LeadViewId;
use evenhand_domain::lead::{LeadView, LeadViewChange, MAX_LEAD_VIEWS};
use evenhand_domain::permission::{Grant, ViewLeads};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::{Tx, lead_views, users};
use serde_json::{Map, Value, json};

use crate::{Services, check_version};

/// Saves a list behind all others.
///
/// # Errors
/// [`Conflict::LeadViewNameTaken`], [`Conflict::TooManyLeadViews`].
pub async fn create(
    services: &Services,
    grant: &Grant<ViewLeads>,
    (name, filter): (String, Map<String, Value>),
    once: Option<&Once<LeadView>>,
) -> Result<Outcome<LeadView>, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    if let Some(answer) = idempotency::begin(&mut tx, grant.organization_id(), once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    let views = locked(&mut tx, grant).await?;
    refuse_name(&views, None, &name)?;
    if views.len() >= MAX_LEAD_VIEWS {
        return Err(Error::Conflict(Conflict::TooManyLeadViews));
    }
    let now = tx.now().await?;
    let view = LeadView {
        id: services.ids.next(now),
        name,
        filter,
        position: u32::try_from(views.len() + 1).unwrap_or(u32::MAX),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    lead_views::insert(&mut tx, grant, &view).await?;
    tell(&mut tx, grant, "lead_view.created", view.id, now, None, Some(&view)).await?;
    idempotency::finish(&mut tx, grant.organization_id(), once, view.id.uuid(), &view).await?;
    tx.commit().await?;
    Ok(Outcome::Done(view))
}

/// Changes one.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`], [`Conflict::LeadViewNameTaken`].
pub async fn change(
    services: &Services,
    grant: &Grant<ViewLeads>,
    id: LeadViewId,
    change: LeadViewChange,
    expected_version: Option<i64>,
) -> Result<LeadView, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let views = locked(&mut tx, grant).await?;
    let before = found(&views, id)?;
    check_version(expected_version, before.version)?;
    let mut after = before.changed(change);
    if after == *before {
        return Ok(after);
    }
    refuse_name(&views, Some(id), &after.name)?;
    let now = tx.now().await?;
    after.version += 1;
    after.updated_at = now;
    lead_views::update(&mut tx, grant, std::slice::from_ref(&after)).await?;
    tell(&mut tx, grant, "lead_view.changed", id, now, Some(before), Some(&after)).await?;
    tx.commit().await?;
    Ok(after)
}

/// Deletes one; those behind it close up.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`].
pub async fn delete(
    services: &Services,
    grant: &Grant<ViewLeads>,
    id: LeadViewId,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let views = locked(&mut tx, grant).await?;
    let before = found(&views, id)?;
    check_version(expected_version, before.version)?;
    lead_views::delete(&mut tx, grant, id).await?;
    let left: Vec<LeadViewId> = views.iter().map(|view| view.id).filter(|it| *it != id).collect();
    place(&mut tx, grant, &views, &left).await?;
    let now = tx.now().await?;
    tell(&mut tx, grant, "lead_view.deleted", id, now, Some(before), None).await?;
    tx.commit().await?;
    Ok(())
}

/// Puts them in this order; gives all of them as they are then.
///
/// # Errors
/// [`Conflict::OtherLeadViews`] when the order names others than there are.
pub async fn reorder(
    services: &Services,
    grant: &Grant<ViewLeads>,
    order: &[LeadViewId],
) -> Result<Vec<LeadView>, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let views = locked(&mut tx, grant).await?;
    let before: Vec<LeadViewId> = views.iter().map(|view| view.id).collect();
    let (mut known, mut named) = (before.clone(), order.to_vec());
    known.sort_unstable();
    named.sort_unstable();
    if known != named {
        return Err(Error::Conflict(Conflict::OtherLeadViews));
    }
    if before == order {
        return Ok(views);
    }
    place(&mut tx, grant, &views, order).await?;
    let now = tx.now().await?;
    let data = json!({"before": before, "after": order});
    let user = grant.user_id().ok_or(Error::PersonRequired)?;
    let event = Event::by(grant.actor(), "lead_view.reordered", user, now, data);
    events::append(&mut tx, vec![event]).await?;
    let views = lead_views::list(&tx, grant).await?;
    tx.commit().await?;
    Ok(views)
}

/// The user's, and the user under lock: nobody changes them before the commit.
async fn locked(tx: &mut Tx, grant: &Grant<ViewLeads>) -> Result<Vec<LeadView>, Error> {
    users::lock_own(tx, grant.actor()).await?.ok_or(Error::PersonRequired)?;
    Ok(lead_views::list(tx, grant).await?)
}

fn found(views: &[LeadView], id: LeadViewId) -> Result<&LeadView, Error> {
    views.iter().find(|view| view.id == id).ok_or(Error::NotFound("saved list"))
}

fn refuse_name(views: &[LeadView], own: Option<LeadViewId>, name: &str) -> Result<(), Error> {
    let key = LeadView::name_key(name);
    let others = views.iter().filter(|view| Some(view.id) != own);
    match others.into_iter().any(|view| LeadView::name_key(&view.name) == key) {
        true => Err(Error::Conflict(Conflict::LeadViewNameTaken)),
        false => Ok(()),
    }
}

/// Gives these of the user's their places.
async fn place(
    tx: &mut Tx,
    grant: &Grant<ViewLeads>,
    views: &[LeadView],
    order: &[LeadViewId],
) -> Result<(), Error> {
    let mut moved = Vec::new();
    for (position, id) in (1_u32..).zip(order) {
        let view = found(views, *id)?;
        if view.position != position {
            moved.push(LeadView { position, ..view.clone() });
        }
    }
    Ok(lead_views::update(tx, grant, &moved).await?)
}

/// What is saved may name people: it is the part that can be erased.
async fn tell(
    tx: &mut Tx,
    grant: &Grant<ViewLeads>,
    kind: &'static str,
    id: LeadViewId,
    at: Timestamp,
    before: Option<&LeadView>,
    after: Option<&LeadView>,
) -> Result<(), Error> {
    let saved = |view: &LeadView| json!({"name": view.name, "filter": view.filter});
    let details = json!({"before": before.map(saved), "after": after.map(saved)});
    let event = Event::by(grant.actor(), kind, id, at, json!({})).with_details(details);
    Ok(events::append(tx, vec![event]).await?)
}
