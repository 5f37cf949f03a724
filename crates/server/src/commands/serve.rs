//! `evenhand serve`

use crate::commands::print;
use crate::config::Config;
use crate::exit::Failure;
use crate::service::{self, Service};

pub(crate) async fn run(config: Config, json: bool) -> Result<(), Failure> {
    let store = service::connect(&config).await?;
    if config.migrate {
        store.migrate().await?;
    } else if !store.is_migrated().await? {
        let message = "the schema is not up to date: run `evenhand migrate`";
        return Err(Failure::Database(message.to_owned()));
    }
    let (listener, address) = service::bind(config.listen)?;
    let local = format!("http://{address}");
    let public_url = config.public_url.clone().unwrap_or_else(|| local.clone());
    let service = Service::start(&config, store, public_url).await?;
    if json {
        print::line(&serde_json::json!({ "listening": local }).to_string())?;
    } else {
        print::line(&format!("Evenhand serves on {local}, its documentation is at {local}/docs"))?;
    }
    service.serve(&config, listener).await
}
