//! `evenhand check-config`

use clap::Args;
use evenhand_delivery::mail::Postman;

use crate::commands::print;
use crate::config::{Config, Settings};
use crate::exit::{Failure, chain};
use crate::service;

/// What to check.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print every setting with what it does and its default, as a file to start from.
    #[arg(long)]
    pub(crate) defaults: bool,
    /// Ask the database, too.
    #[arg(long)]
    connect: bool,
}

pub(crate) async fn run(
    settings: &Settings,
    config: &Config,
    arguments: &Arguments,
) -> Result<(), Failure> {
    print::raw(&settings.explain())?;
    if let Some(mail) = &config.mail {
        Postman::check(mail).map_err(|error| Failure::Usage(chain(&error)))?;
    }
    if arguments.connect {
        let store = service::connect(config).await?.store;
        let schema = if store.is_migrated().await? { "up to date" } else { "not up to date" };
        print::line(&format!("the database answers; its schema is {schema}"))?;
        store.close().await?;
    }
    print::line("the configuration is good")
}
