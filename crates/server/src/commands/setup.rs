//! `evenhand setup`

use std::io::{BufRead, IsTerminal, stdin};

use clap::Args;
use evenhand_application::start::{self, Founded, SetUp, SetUpTexts};
use evenhand_domain::error::Faults;
use secrecy::SecretString;
use serde_json::json;

use crate::commands::print;
use crate::config::Config;
use crate::exit::Failure;
use crate::service::{self, Service};

/// Who starts what.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The organization's name.
    #[arg(long)]
    organization: String,
    /// Its IANA time zone, e.g. Europe/London: where its days and months begin.
    #[arg(long)]
    timezone: String,
    /// The owner's e-mail address.
    #[arg(long)]
    email: String,
    /// The owner's first name.
    #[arg(long)]
    first_name: String,
    /// The owner's last name.
    #[arg(long)]
    last_name: Option<String>,
    /// The country of phone numbers written without one, ISO 3166-1 alpha-2.
    #[arg(long, default_value = "GB")]
    country: String,
    /// The currency of its reports, ISO 4217.
    #[arg(long, default_value = "GBP")]
    currency: String,
}

pub(crate) async fn run(config: Config, arguments: Arguments) -> Result<(), Failure> {
    let mut faults = Faults::default();
    let texts = SetUpTexts {
        name: &arguments.organization,
        time_zone: &arguments.timezone,
        country: &arguments.country,
        currency: &arguments.currency,
        email: &arguments.email,
        first_name: &arguments.first_name,
        last_name: arguments.last_name.as_deref(),
    };
    let request = SetUp::parse(&texts, password()?, &mut faults);
    let Some(request) = request.filter(|_| faults.is_empty()) else {
        return Err(faults.into_result(()).map_or_else(Failure::from, |()| {
            Failure::Failed("the request could not be read".to_owned())
        }));
    };
    let connected = service::connect(&config).await?;
    let store = connected.store.clone();
    store.migrate().await?;
    let service = Service::start(&config, connected, String::new()).await?;
    let founded = start::set_up(&service.services, request).await?;
    service.intake.close().await;
    drop(service);
    store.close().await?;
    print::line(&report(&founded))
}

/// From the environment, or the first line of standard input.
fn password() -> Result<SecretString, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the one secret that belongs to one command")]
    if let Ok(password) = std::env::var("EVENHAND_SETUP_PASSWORD") {
        return Ok(SecretString::from(password));
    }
    if stdin().is_terminal() {
        print::error("the owner's password, then Enter (it is shown as you type):");
    }
    let mut line = String::new();
    stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        return Err(Failure::Usage(
            "no password: give it on standard input or in EVENHAND_SETUP_PASSWORD".to_owned(),
        ));
    }
    Ok(SecretString::from(password))
}

fn report(founded: &Founded) -> String {
    let (organization, owner) = (&founded.organization, &founded.owner);
    json!({
        "organization": {
            "id": organization.id,
            "name": organization.name,
            "time_zone": organization.zone.name(),
            "country": organization.country.code(),
            "currency": organization.currency.code(),
        },
        "user": {
            "id": owner.id,
            "email": owner.email,
            "first_name": owner.first_name,
            "last_name": owner.last_name,
            "role": owner.role.as_str(),
        },
    })
    .to_string()
}
