use evenhand_domain::error::{Conflict, Unauthenticated};
use evenhand_domain::permission::InviteUsers;
use evenhand_domain::user::{Role, UserStatus};
use evenhand_identity::Presented;
use secrecy::ExposeSecret as _;

use super::*;
use crate::sign_in as session;
use crate::testing::{
    PASSWORD, World, accept as accepting, done, found, invite as inviting, secret, sign_in,
};

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
        (shown.email.as_str(), shown.role, shown.password_hash),
        ("tom@acme.example", Role::Manager, None)
    );

    let named = Accept { first_name: Some("Thomas".to_owned()), ..accepting(PASSWORD) };
    let tom = accept(&world.services, &token, &named).await.unwrap();
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
    let request = accepting(PASSWORD);
    let (first, second) = tokio::join!(
        accept(&world.services, &token, &request),
        accept(&world.services, &token, &request),
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
    let late = accept(&world.services, &token, &accepting(PASSWORD)).await;
    assert_eq!(conflict(late), Conflict::InvitationExpired);
}

#[tokio::test]
async fn an_existing_account_proves_itself() {
    let world = World::new().await;
    found(&world.services, "Globex", "gwen@globex.example").await;
    let token = world.invitation("gwen@globex.example", Role::Agent).await;
    let wrong = accept(&world.services, &token, &accepting("another-Otter_knits 42")).await;
    assert!(matches!(wrong, Err(Error::Unauthenticated(Unauthenticated::WrongPassword))));
    let gwen = accept(&world.services, &token, &accepting(PASSWORD)).await.unwrap();
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
    assert!(
        invited.invitation.url.expose_secret().ends_with(invited.invitation.token.expose_secret())
    );
    assert!(!format!("{invited:?}").contains(invited.invitation.token.expose_secret()));
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
    let refused = session::refresh(&world.services, &here.refresh_token).await;
    assert!(matches!(refused, Err(Error::Unauthenticated(Unauthenticated::InvalidRefreshToken))));
    world.actor(&elsewhere).await;
    session::refresh(&world.services, &elsewhere.refresh_token).await.unwrap();
}
