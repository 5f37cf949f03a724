use evenhand_domain::error::Conflict;

use super::*;
use crate::testing::{PASSWORD, World, found, secret, sign_in, start};

#[test]
fn every_fault_is_named_at_once() {
    let texts = SetUpTexts {
        name: " ",
        time_zone: "Mars/Olympus",
        country: "XX",
        currency: "pounds",
        email: "olivia",
        first_name: "",
        last_name: Some("a\nb"),
    };
    let mut faults = Faults::default();
    assert!(SetUp::parse(&texts, secret(PASSWORD), &mut faults).is_none());
    let found: Vec<(&str, &str)> =
        faults.as_slice().iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
    assert_eq!(
        found,
        [
            ("/name", "required"),
            ("/time_zone", "invalid_time_zone"),
            ("/country", "invalid_country"),
            ("/currency", "invalid_currency"),
            ("/email", "invalid_email"),
            ("/first_name", "required"),
            ("/last_name", "forbidden_character"),
        ]
    );
}

#[tokio::test]
async fn an_existing_account_joins_by_its_password() {
    let world = World::new().await;
    let wrong =
        set_up(&world.services, start("Globex", "olivia@acme.example", "not-her_Password 17"))
            .await;
    assert!(matches!(wrong, Err(Error::Unauthenticated(Unauthenticated::WrongPassword))));
    assert!(
        sign_in(&world.services, "olivia@acme.example").await.is_ok(),
        "still one organization"
    );

    let globex = found(&world.services, "Globex", "Olivia@ACME.example").await;
    let refused = sign_in(&world.services, "olivia@acme.example").await;
    let Err(Error::Conflict(Conflict::OrganizationRequired(choices))) = refused else {
        panic!("{refused:?}");
    };
    let ids: Vec<_> = choices.iter().map(|choice| choice.id).collect();
    assert_eq!(ids, [world.acme.organization.id, globex.organization.id]);
}

#[tokio::test]
async fn a_weak_password_is_refused() {
    let world = World::new().await;
    let weak = set_up(&world.services, start("Globex", "gwen@globex.example", "password123")).await;
    let Err(Error::Invalid(faults)) = weak else { panic!("{weak:?}") };
    assert_eq!(
        (&*faults.as_slice()[0].pointer, faults.as_slice()[0].code),
        ("/password", "weak_password")
    );
}
