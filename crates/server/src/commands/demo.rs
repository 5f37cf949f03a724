//! `evenhand demo`: an organization to try things on, thrown away afterwards.

mod scene;

use std::net::SocketAddr;
use std::path::PathBuf;

use evenhand_domain::clock::{Clock, Entropy};
use evenhand_domain::user::Role;
use secrecy::ExposeSecret;

use crate::clock::{OsEntropy, SystemClock};
use crate::commands::print;
use crate::config::{Config, Settings};
use crate::exit::Failure;
use crate::service::{self, Service};
use scene::{Scene, Somebody};

/// The settings of a demo: its own database in a folder of its own, and quiet logs.
pub(crate) fn settings(mut settings: Settings) -> Result<(Settings, PathBuf), Failure> {
    let mut random = [0; 4];
    OsEntropy.fill(&mut random);
    let number = u32::from_be_bytes(random);
    let now = SystemClock::new(0).now().seconds();
    let folder = std::env::temp_dir().join(format!("evenhand-demo-{now}-{number:08x}"));
    settings.set("database_url", format!("sqlite://{}", folder.join("evenhand.db").display()));
    if settings.is_default("log") {
        settings.set("log", "error");
    }
    settings.parse()?;
    Ok((settings, folder))
}

pub(crate) async fn run(config: Config, folder: PathBuf, any_port: bool) -> Result<(), Failure> {
    let (listener, address) = match service::bind(config.listen) {
        Err(_) if any_port => service::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?,
        bound => bound?,
    };
    let connected = service::connect(&config).await?;
    connected.store.migrate().await?;
    let url = format!("http://{address}");
    let service = Service::start(&config, connected, url.clone()).await?;
    let scene = scene::set(&service).await?;
    let story = tell(&scene, &url, &folder);
    service.serve(&config, listener, || print::raw(&story)).await
}

fn tell(scene: &Scene, url: &str, folder: &std::path::Path) -> String {
    let mut text = String::from("\nEvenhand demo\n\n");
    text.push_str("The first dozen leads, dealt to Tele-Sales in turn:\n\n");
    text.push_str("  turn  lead                 goes to\n");
    text.push_str("  ----  -------------------  ---------\n");
    for deal in &scene.deals {
        text.push_str(&format!("  {:>4}  {:<19}  {}\n", deal.turn, deal.lead, deal.owner));
    }
    text.push_str("\nSign in with POST /v1/auth/login:\n\n");
    for Somebody { email, role, team } in &scene.people {
        let place = match (role, team) {
            (Role::Manager, Some(team)) => {
                format!("manages {team}: sees its users' leads, no others")
            }
            (_, Some(team)) => format!("in team {team} and in Tele-Sales"),
            (_, None) => "sees everything".to_owned(),
        };
        text.push_str(&format!("  {email:<28} {:<8} {place}\n", role.as_str()));
    }
    text.push_str(&format!(
        "  password (all of them): {}\n\n\
         API key of an integration: {}\n\
         Documentation:             {url}/docs\n\
         Data, until you delete it: {}\n\n\
         Post a lead:\n\n\
         curl -X POST {url}/v1/leads \\\n  \
           -H 'X-API-Key: {}' \\\n  \
           -H 'Content-Type: application/json' \\\n  \
           -d '{{\"first_name\": \"Ada\", \"email\": \"ada@example.com\", \"assignment\": \
         {{\"mode\": \"distribute\", \"group_id\": \"{}\"}}}}'\n\n\
         Serving on {url}. Ctrl-C stops.\n",
        scene.password.expose_secret(),
        scene.api_key.expose_secret(),
        folder.display(),
        scene.api_key.expose_secret(),
        scene.group_id,
    ));
    text
}
