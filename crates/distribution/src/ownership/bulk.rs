//! Many leads given to somebody, to nobody, or to a rotation, in one transaction.

use std::collections::{HashMap, HashSet};

use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::{
    AssignmentId, BulkAssignmentId, IdSource, LeadId, OrganizationId, UserId,
};
use evenhand_domain::lead::{AssignmentSource, LeadFilter, LeadOrder, UnassignedReason};
use evenhand_domain::permission::{
    AssignLeads, Denied, DistributeLeads, Grant, Permission, Sight, ViewLeads,
};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::UserName;
use evenhand_persistence::bulk_assignments::{self, BulkLead};
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::intake::{self, Users};
use evenhand_persistence::ownership::{self, HeldLead};
use evenhand_persistence::{Store, Tx, access, leads};

use super::chain;
use super::distribute::{Usable, unknown, usable};
use super::recipient::{check_active, check_giving};
use super::{Move, Moved, To, move_leads};

/// The most leads of one bulk assignment.
pub const MAX_BULK: u16 = 1_000;

/// Which leads are to be given to whom.
#[derive(Debug, Clone)]
pub struct BulkAssign {
    /// The leads, in the order in which they are to be dealt.
    pub leads: BulkLeads,
    /// Whom to.
    pub to: BulkTo,
    /// Whether leads that are dealt are taken from whoever owns them.
    pub redistribute: bool,
    /// Whether nothing is to be done where something cannot be.
    pub atomic: bool,
    /// Whether only to say what would be done.
    pub preview: bool,
    /// What is said about it.
    pub note: Option<String>,
}

/// Which leads.
#[derive(Debug, Clone)]
pub enum BulkLeads {
    /// These, each once.
    Named(Vec<LeadId>),
    /// All that a list of leads lists to the caller, at most [`MAX_BULK`].
    Listed(Box<LeadFilter>, LeadOrder),
}

/// Whom leads are to be given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkTo {
    /// This user.
    User(UserId),
    /// Whomever the rotation of this group or team deals them.
    Rotation(RotationOwner),
    /// Nobody.
    Nobody,
}

/// What became of many leads.
#[derive(Debug)]
pub struct Bulk {
    /// By what it can be taken back; `None` for a preview.
    pub id: Option<BulkAssignmentId>,
    /// Lead by lead, in the order in which they were to be dealt.
    pub results: Vec<(LeadId, Result<BulkDone, BulkFault>)>,
}

/// What was done with a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkDone {
    /// It is where it was to go already.
    Unchanged,
    /// It was moved.
    Moved {
        /// Its new assignment.
        assignment_id: AssignmentId,
        /// Who has it now.
        owner: Option<UserName>,
        /// The rotation's turn that it was.
        turn: Option<u64>,
        /// Why nobody has it.
        reason: Option<UnassignedReason>,
        /// Whether it waits.
        waits: bool,
    },
}

/// Why a lead stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkFault {
    /// There is none, or none that the caller sees.
    NotFound,
    /// It is not for the caller to do, for want of this permission.
    Denied(Permission),
    /// It was put away.
    Archived,
    /// It has an owner, and is not to be taken from them.
    Owned(UserName),
    /// Somebody has decided on it since.
    Changed,
    /// Whose it was is not active any more.
    OwnerInactive,
}

impl BulkFault {
    /// Its code in the API, and words for a person.
    #[must_use]
    pub fn told(&self) -> (&'static str, String) {
        match self {
            Self::NotFound => ("not_found", "no lead, or none that you see".to_owned()),
            Self::Denied(permission) => {
                ("permission_denied", format!("the permission {permission} is missing"))
            }
            Self::Archived => ("lead_archived", "it is archived: take it back first".to_owned()),
            Self::Owned(owner) => (
                "lead_owned",
                format!("{} owns it: say redistribute to take it from them", owner.first_name),
            ),
            Self::Changed => ("owner_changed", "somebody has decided on it since".to_owned()),
            Self::OwnerInactive => ("inactive_user", "whose it was is not active".to_owned()),
        }
    }
}

/// Gives leads to a user, to nobody, or to whomever a rotation deals them, and keeps what they were
/// before.
///
/// # Errors
/// [`Error::Invalid`] for a user who is not active, a group or team that is not there, more than
/// [`MAX_BULK`] leads listed and, where it is all or nothing, for each lead that stays as it is;
/// [`Error::Denied`] for a rotation that the caller may not use; unavailability.
pub async fn bulk_assign(
    store: &Store,
    ids: &IdSource,
    grant: &Grant<AssignLeads>,
    request: &BulkAssign,
    once: Option<&Once<Bulk>>,
) -> Result<Outcome<Bulk>, Error> {
    loop {
        if let Some(outcome) = attempt(store, ids, grant, request, once).await? {
            return Ok(outcome);
        }
    }
}

/// `None` when a lead has come to wait for another rotation than those that were locked.
async fn attempt(
    store: &Store,
    ids: &IdSource,
    grant: &Grant<AssignLeads>,
    request: &BulkAssign,
    once: Option<&Once<Bulk>>,
) -> Result<Option<Outcome<Bulk>>, Error> {
    let mut tx = store.begin().await?;
    let grant = &access::regrant(&mut tx, grant).await?;
    let organization_id = grant.organization_id();
    let once = once.filter(|_| !request.preview);
    if let Some(answer) = idempotency::begin(&mut tx, organization_id, once).await? {
        return Ok(Some(Outcome::Replayed(answer)));
    }
    let through = through(&tx, grant, request.to).await?;
    let leads = request.leads.find(&tx, grant).await?;
    let (mut rotations, mut waited_for) =
        chain::lock(&mut tx, organization_id, &leads, through).await?;
    if let Some(owner) = through.filter(|_| rotations.is_empty()) {
        return Err(unknown(owner, "/to"));
    }
    let named = match request.to {
        BulkTo::User(user) => Some(user),
        BulkTo::Rotation(_) | BulkTo::Nobody => None,
    };
    let users = chain::lock_users(&mut tx, organization_id, &mut rotations, named).await?;
    if let Some(user) = named {
        check_active(&users, organization_id, user, "/to/user_id")?;
    }
    let held = ownership::lock(&mut tx, grant, &leads).await?;
    let leads = request.leads.keep(&tx, grant, leads).await?;
    let is_covered = |lead: &HeldLead| {
        let is_waited_for = |id| rotations.iter().any(|rotation| rotation.state.id == id);
        waited_for.covers(lead) || lead.waits_for.is_some_and(is_waited_for)
    };
    if !held.iter().all(is_covered) {
        return Ok(None);
    }
    let places = ownership::places(&tx, &held, organization_id).await?;
    let owners: Vec<_> = held.iter().filter_map(|lead| lead.owner_id).collect();
    let owners: Vec<_> = owners.into_iter().map(|owner| (organization_id, owner)).collect();
    let names = intake::users(&tx, &owners).await?;
    let target = rotations.iter().find(|rotation| Some(rotation.owner) == through);
    let judge = Judge { grant, request, waits_there: target.map(|it| it.state.id), names: &names };
    let held: HashMap<LeadId, HeldLead> = held.into_iter().map(|lead| (lead.id, lead)).collect();
    let mut results: Vec<(LeadId, Result<BulkDone, BulkFault>)> = Vec::new();
    let mut moves = Vec::new();
    for id in &leads {
        let judged = judge.judge(held.get(id));
        if let Ok(Some(lead)) = judged {
            moves.push(request.moved(lead));
        }
        results.push((*id, judged.map(|_| BulkDone::Unchanged)));
    }
    if request.atomic {
        request.leads.all_or_nothing(&results)?;
    }
    let by = grant.actor().into();
    let moved = move_leads(&mut tx, ids, organization_id, by, &mut rotations, moves).await?;
    waited_for.left(&mut tx).await?;
    let now = tx.now().await?;
    let id = BulkAssignmentId::from_uuid(ids.next(now));
    let kept: Vec<BulkLead> = moved
        .iter()
        .map(|moved| BulkLead {
            lead_id: moved.lead_id,
            assignment_id: moved.assignment_id,
            owner: held.get(&moved.lead_id).and_then(|lead| lead.owner_id),
            place: places.get(&moved.lead_id).copied().unwrap_or_default(),
        })
        .collect();
    bulk_assignments::insert(&mut tx, grant, id, &kept, now).await?;
    told(&tx, organization_id, &mut results, &moved).await?;
    let bulk = Bulk { id: Some(id).filter(|_| !request.preview), results };
    if request.preview {
        tx.roll_back().await?;
        return Ok(Some(Outcome::Done(bulk)));
    }
    idempotency::finish(&mut tx, organization_id, once, id.uuid(), &bulk).await?;
    tx.commit().await?;
    Ok(Some(Outcome::Done(bulk)))
}

/// Whose rotation is to deal, which the caller may use.
async fn through(
    tx: &Tx,
    grant: &Grant<AssignLeads>,
    to: BulkTo,
) -> Result<Option<RotationOwner>, Error> {
    let BulkTo::Rotation(owner) = to else { return Ok(None) };
    let grant = grant.also(DistributeLeads)?;
    match usable(tx, &grant, owner).await? {
        Usable::Yes => Ok(Some(owner)),
        Usable::Unknown => Err(unknown(owner, "/to")),
        Usable::Denied => Err(Error::Denied(Permission::LeadsViewAll)),
    }
}

/// Decides what becomes of each lead.
struct Judge<'a> {
    grant: &'a Grant<AssignLeads>,
    request: &'a BulkAssign,
    /// The rotation that deals: what waits there already keeps its place.
    waits_there: Option<evenhand_domain::ids::RotationId>,
    names: &'a Users,
}

impl Judge<'_> {
    /// The lead, where it is to be moved.
    fn judge(&self, lead: Option<&HeldLead>) -> Result<Option<HeldLead>, BulkFault> {
        let lead = *lead.ok_or(BulkFault::NotFound)?;
        let to = match self.request.to {
            BulkTo::User(user) => Some(user),
            BulkTo::Nobody => None,
            BulkTo::Rotation(_) => return self.dealt(lead),
        };
        let denied = |Denied(permission)| BulkFault::Denied(permission);
        check_giving(self.grant, &lead, to).map_err(denied)?;
        if lead.archived {
            return Err(BulkFault::Archived);
        }
        // Released, a lead that waits is nobody's for good.
        let is_there = lead.owner_id == to && (to.is_some() || lead.waits_for.is_none());
        Ok(Some(lead).filter(|_| !is_there))
    }

    fn dealt(&self, lead: HeldLead) -> Result<Option<HeldLead>, BulkFault> {
        if lead.sight != Sight::Working {
            return Err(BulkFault::Denied(Permission::LeadsAssign));
        }
        if lead.archived {
            return Err(BulkFault::Archived);
        }
        if let Some(owner) = lead.owner_id.filter(|_| !self.request.redistribute) {
            let name = self.names.get(&(self.grant.organization_id(), owner));
            let name = name.map(|(name, _)| name.clone()).ok_or(BulkFault::Changed)?;
            return Err(BulkFault::Owned(name));
        }
        let waits_there = lead.waits_for.is_some() && lead.waits_for == self.waits_there;
        Ok(Some(lead).filter(|_| !waits_there))
    }
}

impl BulkAssign {
    fn moved(&self, lead: HeldLead) -> Move {
        let (to, source) = match self.to {
            BulkTo::Rotation(owner) => (To::Rotation(owner), None),
            BulkTo::Nobody => (To::Nobody, None),
            BulkTo::User(user) => {
                let source = match lead.owner_id {
                    None => AssignmentSource::Manual,
                    Some(_) => AssignmentSource::Transfer,
                };
                (To::User(user), Some(source))
            }
        };
        Move { lead, to, source, note: self.note.clone() }
    }
}

impl BulkLeads {
    async fn find(&self, tx: &Tx, grant: &Grant<AssignLeads>) -> Result<Vec<LeadId>, Error> {
        let (filter, order) = match self {
            Self::Named(leads) => return Ok(leads.clone()),
            Self::Listed(filter, order) => (filter, *order),
        };
        let found = leads::matching(tx, &grant.also(ViewLeads)?, filter, order, MAX_BULK).await?;
        found.ok_or_else(|| {
            let detail = format!("it lists more than {MAX_BULK} leads, or more match the search than are looked at: narrow it down");
            Error::invalid("/filter", "too_many_leads", detail)
        })
    }

    /// Without those that are listed no more since they were found, now that they are locked: who was
    /// faster is not overruled.
    async fn keep(
        &self,
        tx: &Tx,
        grant: &Grant<AssignLeads>,
        mut found: Vec<LeadId>,
    ) -> Result<Vec<LeadId>, Error> {
        if let Self::Listed(filter, _) = self {
            let listed = leads::still_matching(tx, &grant.also(ViewLeads)?, filter, &found).await?;
            let listed: HashSet<LeadId> = listed.into_iter().collect();
            found.retain(|lead| listed.contains(lead));
        }
        Ok(found)
    }

    /// Refuses all where one cannot be done, and names each that cannot.
    fn all_or_nothing(
        &self,
        results: &[(LeadId, Result<BulkDone, BulkFault>)],
    ) -> Result<(), Error> {
        let mut faults = Faults::default();
        for (index, (lead, result)) in results.iter().enumerate() {
            if let Err(fault) = result {
                let (code, detail) = fault.told();
                match self {
                    Self::Named(_) => faults.add(format!("/lead_ids/{index}"), code, detail),
                    Self::Listed(..) => faults.add("/filter", code, format!("{lead}: {detail}")),
                }
            }
        }
        faults.into_result(())
    }
}

/// Writes what became of leads into their results.
pub(super) async fn told(
    tx: &Tx,
    organization_id: OrganizationId,
    results: &mut [(LeadId, Result<BulkDone, BulkFault>)],
    moved: &[Moved],
) -> Result<(), Error> {
    let owners: Vec<_> = moved.iter().filter_map(|it| Some((organization_id, it.to?))).collect();
    let names = intake::users(tx, &owners).await?;
    let moved: HashMap<LeadId, &Moved> = moved.iter().map(|it| (it.lead_id, it)).collect();
    for (id, result) in results.iter_mut() {
        let Some(Moved { assignment_id, to, turn, reason, waits, .. }) = moved.get(id).copied()
        else {
            continue;
        };
        let name = to.and_then(|user| names.get(&(organization_id, user)));
        *result = Ok(BulkDone::Moved {
            assignment_id: *assignment_id,
            owner: name.map(|(name, _)| name.clone()),
            turn: *turn,
            reason: *reason,
            waits: *waits,
        });
    }
    Ok(())
}
