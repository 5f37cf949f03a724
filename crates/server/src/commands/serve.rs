//! `evenhand serve`

use evenhand_application::teams;

use crate::commands::print;
use crate::config::Config;
use crate::exit::Failure;
use crate::service::{self, Service};

pub(crate) async fn run(config: Config, json: bool) -> Result<(), Failure> {
    let connected = service::connect(&config).await?;
    if config.migrate {
        connected.store.migrate().await?;
    } else if !connected.store.is_migrated().await? {
        let message = "the schema is not up to date: run `evenhand migrate`";
        return Err(Failure::Database(message.to_owned()));
    }
    let (listener, address) = service::bind(config.listen)?;
    let local = format!("http://{address}");
    let public_url = config.public_url.clone().unwrap_or_else(|| local.clone());
    let service = Service::start(&config, connected, public_url).await?;
    let made = teams::make_missing(&service.services).await?;
    if made > 0 {
        tracing::info!(teams = made, "teams that had no rotation have one now");
    }
    let ready = || {
        if json {
            print::line(&serde_json::json!({ "listening": local }).to_string())
        } else {
            print::line(&format!(
                "Evenhand serves on {local}, its documentation is at {local}/docs"
            ))
        }
    };
    service.serve(&config, listener, ready).await
}
