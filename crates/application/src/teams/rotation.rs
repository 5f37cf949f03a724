//! Rotations of teams that were made by a version of the service whose teams had none.

use evenhand_domain::distribution::{Distribution, MAX_MEMBERS};
use evenhand_domain::error::Error;
use evenhand_domain::ids::{OrganizationId, TeamId};
use evenhand_domain::organization::Organization;
use evenhand_domain::team::dealt_to;
use evenhand_domain::user::UserStatus;
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::{Tx, intake, organizations, teams};

use crate::{Services, distribution, memberships};

/// Teams that are looked for at a time.
const AT_ONCE: u32 = 100;

/// Makes the rotation of every team that has none, one in a transaction; returns how many those were.
/// For the start of the service: a ledger's first entry is the engine's to make, not the migration's.
///
/// # Errors
/// Unavailability.
pub async fn make_missing(services: &Services) -> Result<usize, Error> {
    let mut count = 0;
    loop {
        let found = teams::without_rotation(&services.store, AT_ONCE).await?;
        for (organization_id, team) in &found {
            let mut tx = services.store.begin().await?;
            let organization = organizations::locked_for_service(&mut tx, *organization_id).await?;
            let organization = organization.ok_or(Error::NotFound("organization"))?;
            // Another process may have been faster.
            if rotations::lock(&mut tx, organization.id, (*team).into()).await?.is_none() {
                make(services, &mut tx, &organization, *team).await?;
                tx.commit().await?;
            }
        }
        count += found.len();
        if found.is_empty() {
            return Ok(count);
        }
    }
}

/// Makes the rotation of a team that has none, with whoever is on the team. The organization is
/// locked.
pub(super) async fn make(
    services: &Services,
    tx: &mut Tx,
    organization: &Organization,
    team: TeamId,
) -> Result<Rotation, Error> {
    let settings = Distribution::default();
    let mut rotation =
        distribution::make(services, tx, organization, team.into(), &settings).await?;
    let seats = teams::seats_for_service(tx, organization.id, team).await?;
    let key = |user| -> (OrganizationId, _) { (organization.id, user) };
    let wanted: Vec<_> = seats.users.iter().map(|user| key(*user)).collect();
    let known = intake::lock_users(tx, &wanted).await?;
    let is_active =
        |user| known.get(&key(user)).is_some_and(|(_, status)| *status == UserStatus::Active);
    let mut order = dealt_to(&seats, false, is_active);
    order.truncate(MAX_MEMBERS);
    let now = tx.now().await?;
    memberships::replace(tx, &mut rotation, &order, now).await?;
    Ok(rotation)
}
