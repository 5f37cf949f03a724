//! A pass through a rotation's waiting list: by the lane in earnest, and by the dry run.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, UserId};
use evenhand_persistence::rotations::Rotation;
use evenhand_persistence::waiting::{Joins, Waiter};

use crate::deal::{Dealing, Placed};

/// What became of a lead that waited.
#[derive(Debug)]
pub(crate) enum Served {
    /// It was dealt.
    Dealt(Box<Placed>),
    /// It went to who was dealt the lead that it joined.
    With(UserId),
}

/// Deals the leads that wait for a rotation, in their order, as long as somebody is eligible; those
/// that joined one which is dealt go with it. Each with what became of it, `None` for one that waits
/// on.
pub(crate) fn serve(
    dealing: &mut Dealing,
    rotation: &mut Rotation,
    waiting: Vec<Waiter>,
    now: Timestamp,
) -> Vec<(LeadId, Option<Served>)> {
    let (mut passed, mut is_eligible) = (Passed::default(), true);
    let mut served = Vec::with_capacity(waiting.len());
    for Waiter { lead_id, joins } in waiting {
        is_eligible = is_eligible && rotation.is_anybody_eligible(now);
        let (owner, became) = match passed.turn(joins) {
            Turn::Own if is_eligible => {
                let placed = dealing.deal_by(rotation, lead_id, now);
                (placed.owner, Some(Served::Dealt(Box::new(placed))))
            }
            Turn::With(owner) => {
                dealing.given(rotation.state.organization_id, owner);
                (Some(owner), Some(Served::With(owner)))
            }
            Turn::Own | Turn::Later => (None, None),
        };
        passed.note(lead_id, owner);
        served.push((lead_id, became));
    }
    served
}

/// What a pass through a waiting list does with a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It is dealt.
    Own,
    /// It goes to this user, who has just been dealt the one it joined.
    With(UserId),
    /// It waits on: the one it joined does, or [`super::joined::follow`] is to
    /// give it to whoever has that.
    Later,
}

/// The leads that a pass through a waiting list has come by so far, with who got them.
#[derive(Debug, Default)]
struct Passed(HashMap<LeadId, Option<UserId>>);

impl Passed {
    fn turn(&self, joins: Option<Joins>) -> Turn {
        let Some(joins) = joins else { return Turn::Own };
        match self.0.get(&joins.lead_id) {
            Some(Some(owner)) => Turn::With(*owner),
            Some(None) => Turn::Later,
            None if joins.is_owned => Turn::Later,
            None => Turn::Own,
        }
    }

    fn note(&mut self, lead: LeadId, owner: Option<UserId>) {
        self.0.insert(lead, owner);
    }
}
