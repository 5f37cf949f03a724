//! The application that the server runs once per worker.

use actix_web::App;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use crate::middleware::{cors, envelope, paths};
use crate::operations::{Answer, Operations};
use crate::problem::{Code, Problem};
use crate::routes;
use crate::state::State;

/// All operations under all layers, around `state`.
pub fn app(
    state: State,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    app_of(state, &routes::OPERATIONS)
}

/// The same with other operations: for tests.
pub(crate) fn app_of(
    state: State,
    operations: &Operations,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    // The layer named last is the outermost.
    App::new()
        .wrap(from_fn(paths::check))
        .wrap(cors::allow_list(&state.config.cors_origins))
        .wrap(from_fn(envelope::wrap))
        .app_data(state)
        .configure(|config| serve(operations, config))
}

fn serve(operations: &Operations, config: &mut ServiceConfig) {
    operations.serve(config);
    routes::docs::serve(config);
    config.default_service(web::to(|| async {
        Answer::Err(Problem::new(Code::RouteNotFound, "see /openapi.json for what there is"))
    }));
}
