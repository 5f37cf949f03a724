use evenhand_domain::error::{Conflict, Unauthenticated};
use evenhand_domain::origin::Origin;
use evenhand_domain::permission::{Grant, InviteUsers, Permission, authorize};
use evenhand_domain::user::{Role, UserStatus};
use evenhand_identity::Presented;
use secrecy::ExposeSecret as _;

use super::*;
use crate::api_keys::{self, NewApiKey};
use crate::sign_in as session;
use crate::testing::{
    PASSWORD, World, accept as accepting, done, found, invite as inviting, secret, sign_in,
};

fn link(invited: &Invited) -> &InvitationLink {
    invited.invitation.as_ref().unwrap()
}

fn conflict<T: std::fmt::Debug>(result: Result<T, Error>) -> Conflict {
    match result {
        Err(Error::Conflict(conflict)) => conflict,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_invited_person_joins_and_is_signed_in() {
    let world = World::new().await;
    let token = world.invitation("Tom@Acme.example", Role::Manager).await;
    let shown = find_invitation(&world.services, &token).await.unwrap();
    assert_eq!(
        (shown.email.as_str(), shown.role, shown.account.password_hash),
        ("tom@acme.example", Role::Manager, None)
    );

    let named = Accept { first_name: Some("Thomas".to_owned()), ..accepting(PASSWORD) };
    let tom = accept(&world.services, &token, &named, &Origin::default()).await.unwrap();
    assert_eq!((tom.user.first_name.as_str(), tom.user.status), ("Thomas", UserStatus::Active));
    let me = me(&world.services, world.actor(&tom).await.as_ref()).await.unwrap();
    assert_eq!(me, tom.user);
    assert!(sign_in(&world.services, "tom@acme.example").await.is_ok());
    assert_eq!(conflict(find_invitation(&world.services, &token).await), Conflict::InvitationUsed);
}

#[tokio::test]
async fn of_two_who_accept_at_once_one_does() {
    let world = World::new().await;
    let token = world.invitation("tom@acme.example", Role::Agent).await;
    let (request, nowhere) = (accepting(PASSWORD), Origin::default());
    let (first, second) = tokio::join!(
        accept(&world.services, &token, &request, &nowhere),
        accept(&world.services, &token, &request, &nowhere),
    );
    let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
    assert!(won.is_ok());
    assert_eq!(conflict(lost), Conflict::InvitationUsed);
}

#[tokio::test]
async fn an_invitation_ends_and_an_unknown_one_is_not_found() {
    let world = World::new().await;
    let token = world.invitation("tom@acme.example", Role::Agent).await;
    for unknown in ["", "nonsense", &format!("{}x", token.expose_secret())] {
        let refused = find_invitation(&world.services, &secret(unknown)).await;
        assert!(matches!(refused, Err(Error::NotFound("invitation"))));
    }
    world.clock.advance(evenhand_identity::invitations::VALID_FOR);
    let late = accept(&world.services, &token, &accepting(PASSWORD), &Origin::default()).await;
    assert_eq!(conflict(late), Conflict::InvitationExpired);
}

#[tokio::test]
async fn an_existing_account_proves_itself() {
    let world = World::new().await;
    found(&world.services, "Globex", "gwen@globex.example").await;
    let token = world.invitation("gwen@globex.example", Role::Agent).await;
    let wrong =
        accept(&world.services, &token, &accepting("another-Otter_knits 42"), &Origin::default())
            .await;
    assert!(matches!(wrong, Err(Error::Unauthenticated(Unauthenticated::WrongPassword))));
    let gwen =
        accept(&world.services, &token, &accepting(PASSWORD), &Origin::default()).await.unwrap();
    assert_eq!(gwen.organization.id, world.acme.organization.id);
}

#[tokio::test]
async fn nobody_gives_a_role_above_their_own_or_invites_twice() {
    let world = World::new().await;
    let ada = world.person("ada@acme.example", Role::Admin).await;
    let grant = world.grant(&ada, InviteUsers).await;
    let refused =
        invite(&world.services, &grant, &inviting("x@acme.example", Role::Owner), None).await;
    let Err(Error::Invalid(faults)) = refused else { panic!("{refused:?}") };
    assert_eq!(
        (&*faults.as_slice()[0].pointer, faults.as_slice()[0].code),
        ("/role", "permission_not_held")
    );

    let invited =
        invite(&world.services, &grant, &inviting("x@acme.example", Role::Admin), None).await;
    let invited = done(invited.unwrap());
    let link = invited.invitation.as_ref().unwrap();
    assert!(link.url.expose_secret().ends_with(link.token.expose_secret()));
    assert!(!format!("{invited:?}").contains(link.token.expose_secret()));
    let again =
        invite(&world.services, &grant, &inviting("X@acme.example", Role::Agent), None).await;
    assert_eq!(conflict(again), Conflict::UserExists);
}

#[tokio::test]
async fn logging_out_ends_the_session_at_once_and_no_other() {
    let world = World::new().await;
    let (here, elsewhere) = (world.olivia().await, world.olivia().await);
    session::logout(&world.services, world.actor(&here).await.as_ref()).await.unwrap();
    let presented = Presented::Bearer(here.access_token.clone());
    let refused = world.authenticator.actor(&presented).await;
    assert!(matches!(refused, Err(Error::Unauthenticated(Unauthenticated::Invalid))));
    let refused = session::refresh(&world.services, &here.refresh_token, &Origin::default()).await;
    assert!(matches!(refused, Err(Error::Unauthenticated(Unauthenticated::InvalidRefreshToken))));
    world.actor(&elsewhere).await;
    session::refresh(&world.services, &elsewhere.refresh_token, &Origin::default()).await.unwrap();
}

/// The grant of somebody with all permissions of theirs but one.
async fn lacking(
    world: &World,
    who: &session::SignedIn,
    permission: Permission,
) -> Grant<InviteUsers> {
    let mut actor = (*world.actor(who).await).clone();
    actor.permissions = actor.permissions.without(permission);
    authorize(&std::sync::Arc::new(actor), InviteUsers).unwrap()
}

#[tokio::test]
async fn nobody_gives_a_role_with_a_permission_they_lack() {
    let world = World::new().await;
    let lesser = lacking(&world, &world.olivia().await, Permission::LeadsTransferOwn).await;
    let admin = inviting("x@acme.example", Role::Admin);
    let refused = invite(&world.services, &lesser, &admin, None).await;
    let Err(Error::Invalid(faults)) = refused else { panic!("{refused:?}") };
    assert_eq!(faults.as_slice()[0].code, "permission_not_held");
    let manager = inviting("x@acme.example", Role::Manager);
    done(invite(&world.services, &lesser, &manager, None).await.unwrap());

    let owner = world.grant(&world.olivia().await, InviteUsers).await;
    let above = done(
        invite(&world.services, &owner, &inviting("y@acme.example", Role::Admin), None)
            .await
            .unwrap(),
    );
    let refused = resend(&world.services, &lesser, above.user.id, true, None, None).await;
    assert!(matches!(refused, Err(Error::Denied(Permission::LeadsTransferOwn))));
    let ada = world.person("ada@acme.example", Role::Admin).await;
    let ada = world.grant(&ada, InviteUsers).await;
    done(resend(&world.services, &ada, above.user.id, true, None, None).await.unwrap());
    let top = inviting("z@acme.example", Role::Owner);
    let top = done(invite(&world.services, &owner, &top, None).await.unwrap());
    let refused = resend(&world.services, &ada, top.user.id, true, None, None).await;
    assert!(matches!(refused, Err(Error::Denied(Permission::UsersInvite))));
}

#[tokio::test]
async fn a_key_invites_nobody() {
    let world = World::new().await;
    let manage = evenhand_domain::permission::ManageApiKeys;
    let grant = world.grant(&world.olivia().await, manage).await;
    let new = NewApiKey {
        name: "All".to_owned(),
        scopes: Permission::ALL.to_vec(),
        source: None,
        group_ids: None,
        expires_at: None,
    };
    let key = done(api_keys::create(&world.services, &grant, &new, None).await.unwrap()).key;
    let actor = world.authenticator.actor(&Presented::ApiKey(key)).await.unwrap();
    let by_key = authorize(&actor, InviteUsers).unwrap();
    let agent = inviting("x@acme.example", Role::Agent);
    let refused = invite(&world.services, &by_key, &agent, None).await;
    assert!(matches!(refused, Err(Error::PersonRequired)));
    let refused = resend(&world.services, &by_key, world.acme.owner.id, true, None, None).await;
    assert!(matches!(refused, Err(Error::PersonRequired)));
}

#[tokio::test]
async fn another_link_replaces_the_older_one_until_somebody_joins() {
    let world = World::new().await;
    let grant = world.grant(&world.olivia().await, InviteUsers).await;
    let first = inviting("tom@acme.example", Role::Agent);
    let first = done(invite(&world.services, &grant, &first, None).await.unwrap());
    let id = first.user.id;
    world.clock.advance(evenhand_identity::invitations::VALID_FOR);
    let second = done(resend(&world.services, &grant, id, true, Some(1), None).await.unwrap());
    assert_eq!(second.user, first.user);
    assert!(link(&second).expires_at > link(&first).expires_at);
    let old = find_invitation(&world.services, &link(&first).token).await;
    assert_eq!(conflict(old), Conflict::InvitationRevoked);
    let stale = resend(&world.services, &grant, id, true, Some(2), None).await;
    assert!(matches!(stale, Err(Error::PreconditionFailed)));

    let token = link(&second).token.clone();
    accept(&world.services, &token, &accepting(PASSWORD), &Origin::default()).await.unwrap();
    let late = resend(&world.services, &grant, id, true, None, None).await;
    assert_eq!(conflict(late), Conflict::UserNotInvited);
    assert_eq!(conflict(find_invitation(&world.services, &token).await), Conflict::InvitationUsed);
}
