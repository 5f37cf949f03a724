//! Who may change what somebody else may do.

use crate::error::Error;
use crate::permission::{Actor, Permission, PermissionSet, Subject, role_permissions};
use crate::user::Role;

/// What is granted and denied to one user besides their role's permissions. No permission is in
/// both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overrides {
    /// Granted. What the role has anyway may be here too: it stays when the role changes.
    pub grant: PermissionSet,
    /// Denied. What the role lacks anyway may be here too: it stays denied when the role changes.
    pub deny: PermissionSet,
}

impl Overrides {
    /// What a user with this role may do.
    #[must_use]
    pub fn effective(self, role: Role) -> PermissionSet {
        role_permissions(role).union(self.grant).minus(self.deny)
    }

    /// The fewest overrides with which a user of this role may do exactly `wanted`.
    #[must_use]
    pub fn towards(wanted: PermissionSet, role: Role) -> Self {
        let defaults = role_permissions(role);
        Self { grant: wanted.minus(defaults), deny: defaults.minus(wanted) }
    }
}

/// Refuses who may not touch somebody with this role: nobody reaches above their own, so admins do
/// not touch owners (product.md, "Roles"). `by` is the permission that reaches so far and no
/// further.
///
/// # Errors
/// [`Error::Denied`] with `by`; [`Error::PersonRequired`] for an integration, which has no role.
pub fn require_power(actor: &Actor, target: Role, by: Permission) -> Result<(), Error> {
    match &actor.subject {
        Subject::User { role, .. } if target <= *role => Ok(()),
        Subject::User { .. } => Err(Error::Denied(by)),
        Subject::ApiKey { .. } => Err(Error::PersonRequired),
    }
}

/// The first permission that somebody would get by going from `before` to `after` and that the
/// actor does not hold: nobody gives what they do not have, and lifting a denial is giving.
#[must_use]
pub fn first_unheld(
    actor: &Actor,
    before: PermissionSet,
    after: PermissionSet,
) -> Option<Permission> {
    after.minus(before).minus(actor.permissions).iter().next()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::calendar::Zone;
    use crate::ids::SessionId;
    use crate::organization::{Country, Currency, Organization, first_statuses};
    use crate::permission::{Credential, Stamp};

    fn set() -> impl Strategy<Value = PermissionSet> {
        proptest::sample::subsequence(Permission::ALL, 0..=Permission::ALL.len())
            .prop_map(|permissions| PermissionSet::of(&permissions))
    }

    fn role() -> impl Strategy<Value = Role> {
        proptest::sample::select(Role::ALL)
    }

    fn overrides() -> impl Strategy<Value = Overrides> {
        (set(), set()).prop_map(|(grant, deny)| Overrides { grant: grant.minus(deny), deny })
    }

    fn actor(role: Role, permissions: PermissionSet) -> Actor {
        let id = Uuid::from_u128(7);
        let organization = Organization {
            id: id.into(),
            name: "Acme".to_owned(),
            zone: "Europe/London".parse::<Zone>().unwrap(),
            country: Country::parse("GB").unwrap(),
            currency: Currency::parse("GBP").unwrap(),
            lead_statuses: first_statuses(),
            duplicates: crate::duplicate::DuplicateSettings::default(),
            auto_assign_creator: false,
            allow_multiple_assignees: false,
            settings_version: 1,
        };
        Actor {
            organization: Arc::new(organization),
            subject: Subject::User {
                id: id.into(),
                account_id: id.into(),
                name: "Olivia".to_owned(),
                role,
                team: Arc::default(),
            },
            permissions,
            stamp: Stamp {
                credential: Credential::Session(SessionId::from_uuid(id)),
                access_version: 1,
                settings_version: 1,
            },
            address: None,
        }
    }

    proptest! {
        /// A denial only ever takes away, and only what it names; a grant only adds.
        #[test]
        fn no_role_gains_by_a_denial(role in role(), overrides in overrides(), more in set()) {
            let before = overrides.effective(role);
            let denied =
                Overrides { grant: overrides.grant.minus(more), deny: overrides.deny.union(more) };
            let after = denied.effective(role);
            prop_assert!(after.minus(before).is_empty());
            prop_assert_eq!(after, before.minus(more));
            let granted =
                Overrides { grant: overrides.grant.union(more), deny: overrides.deny.minus(more) };
            prop_assert_eq!(granted.effective(role), before.union(more));
        }

        /// A clone may do exactly what the original may, whatever the roles of the two.
        #[test]
        fn a_clone_may_do_the_same(own in role(), other in role(), overrides in overrides()) {
            let wanted = overrides.effective(own);
            let cloned = Overrides::towards(wanted, other);
            prop_assert_eq!(cloned.effective(other), wanted);
            prop_assert!(cloned.grant.minus(cloned.deny) == cloned.grant);
            prop_assert_eq!(Overrides::towards(role_permissions(own), own), Overrides::default());
        }

        /// Whoever gives nothing that they lack cannot bring anybody, themselves included, to more
        /// than the two of them had together.
        #[test]
        fn nobody_gives_what_they_do_not_hold(
            role in role(), held in set(), before in set(), after in set(),
        ) {
            let giver = actor(role, held);
            let refused = first_unheld(&giver, before, after);
            match refused {
                None => prop_assert!(after.minus(before.union(held)).is_empty()),
                Some(unheld) => {
                    prop_assert!(after.has(unheld) && !before.has(unheld) && !held.has(unheld));
                }
            }
        }
    }

    #[test]
    fn nobody_reaches_above_their_own_role() {
        for own in Role::ALL {
            for target in Role::ALL {
                let actor = actor(*own, PermissionSet::all());
                let reached = require_power(&actor, *target, Permission::UsersManage);
                assert_eq!(reached.is_ok(), target <= own, "{own} over {target}");
            }
        }
    }
}
