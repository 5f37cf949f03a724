//! What one would write first: a server that adds a lead in a transaction of its own, under a lock of
//! the rotation's row. The same rows are written as the product writes them, one statement each,
//! through sea-orm; the same actix-web in front. It checks little and proves nothing.

mod deal;

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, post, web};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, DbErr,
};
use serde::Deserialize;
use uuid::{Builder, Uuid};

use crate::environment::now_micros;
use crate::error::{Result, While as _};
use crate::print;

/// A lead as it is posted.
#[derive(Debug, Deserialize)]
struct NewLead {
    first_name: Option<String>,
    last_name: Option<String>,
    email: String,
    source: String,
}

/// Serves until it is killed.
pub(crate) async fn serve(database: &str) -> Result<()> {
    let connection = web::Data::new(connect(database).await?);
    let app = move || App::new().app_data(connection.clone()).service(create_lead);
    let server = HttpServer::new(app).bind((Ipv4Addr::LOCALHOST, 0)).whilst("listening")?;
    if let Some(address) = server.addrs().first() {
        print::line(&serde_json::json!({"listening": format!("http://{address}")}).to_string());
    }
    server.run().await.whilst("serving")
}

async fn connect(url: &str) -> std::result::Result<DatabaseConnection, DbErr> {
    let is_sqlite = url.starts_with("sqlite:");
    let mut options = ConnectOptions::new(url);
    // SQLite has one writer.
    options.max_connections(if is_sqlite { 1 } else { 10 }).sqlx_logging(false);
    options.acquire_timeout(Duration::from_secs(30)).test_before_acquire(false);
    let connection = Database::connect(options).await?;
    if is_sqlite {
        let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                        PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; \
                        PRAGMA cache_size = -65536; PRAGMA mmap_size = 268435456; \
                        PRAGMA wal_autocheckpoint = 4000";
        connection.execute_unprepared(settings).await?;
    }
    Ok(connection)
}

#[post("/v1/leads")]
async fn create_lead(
    request: HttpRequest,
    lead: web::Json<NewLead>,
    connection: web::Data<DatabaseConnection>,
) -> HttpResponse {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let (Some(key), Some(once)) = (header("X-API-Key"), header("Idempotency-Key")) else {
        return HttpResponse::Unauthorized().finish();
    };
    match deal::deal(&connection, key, once, &lead).await {
        Ok(Some(body)) => HttpResponse::Created().content_type("application/json").body(body),
        Ok(None) => HttpResponse::Unauthorized().finish(),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

/// Ids whose order is that of time, as the product's.
fn new_id() -> Uuid {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let mut rest = [0; 10];
    rest[2..].copy_from_slice(&made);
    Builder::from_unix_timestamp_millis(now_micros() / 1000, &rest).into_uuid()
}

const fn is_postgres(backend: DbBackend) -> bool {
    matches!(backend, DbBackend::Postgres)
}
