//! `evenhand keys`

use clap::Subcommand;
use evenhand_domain::clock::Clock as _;
use evenhand_identity::keyring::{self, KeyringError, ListedKey};
use serde_json::json;

use crate::clock::OsEntropy;
use crate::commands::print;
use crate::config::Config;
use crate::exit::{Failure, chain};
use crate::service;

/// What to do with the keys that access tokens are signed with.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make the next key. Running servers publish it at once, sign with it after five minutes, and
    /// go on accepting what the one before signed.
    Rotate {
        /// A key is in wrong hands: withdraw all others with everything that they signed, and sign
        /// with the new one immediately. Running servers follow within 30 seconds; everybody has
        /// to refresh their access token.
        #[arg(long)]
        withdraw: bool,
        /// Print {"kid": …, "signs_from": …}.
        #[arg(long)]
        json: bool,
    },
    /// Show the keys, the newest first.
    List {
        /// Print {"keys": […]}.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(config: Config, what: Keys) -> Result<(), Failure> {
    let connected = service::connect(&config).await?;
    let store = connected.store;
    if !store.is_migrated().await? {
        let message = "the schema is not up to date: run `evenhand migrate`";
        return Err(Failure::Database(message.to_owned()));
    }
    match what {
        Keys::Rotate { withdraw, json } => {
            let secret = config.secret_key.as_ref();
            let rotated = keyring::rotate(&store, &OsEntropy, secret, withdraw).await;
            let rotated = rotated.map_err(failure)?;
            let (kid, signs_from) = (rotated.kid, rotated.signs_from.to_rfc3339());
            print::line(&if json {
                json!({ "kid": kid, "signs_from": signs_from }).to_string()
            } else {
                format!("the new key {kid} signs from {signs_from}")
            })?;
        }
        Keys::List { json } => {
            let keys = keyring::list(&store, connected.clock.now()).await.map_err(failure)?;
            if json {
                let keys: Vec<_> = keys.iter().map(described).collect();
                print::line(&json!({ "keys": keys }).to_string())?;
            } else {
                for key in keys {
                    let (state, signs_from) = (key.state.as_str(), key.signs_from.to_rfc3339());
                    print::line(&format!("{}  {state:<9}  signs from {signs_from}", key.kid))?;
                }
            }
        }
    }
    Ok(store.close().await?)
}

fn described(key: &ListedKey) -> serde_json::Value {
    json!({
        "kid": key.kid,
        "state": key.state.as_str(),
        "created_at": key.created_at.to_rfc3339(),
        "signs_from": key.signs_from.to_rfc3339(),
        "sealed": key.sealed,
    })
}

fn failure(error: KeyringError) -> Failure {
    match error {
        KeyringError::Store(error) => error.into(),
        other => Failure::Failed(chain(&other)),
    }
}
