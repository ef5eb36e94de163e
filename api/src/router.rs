//! All routes, and the layers that each request passes, outermost last.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderName, HeaderValue, Method, header},
    middleware::from_fn_with_state,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, cors::CorsLayer};
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    Problem, ProblemKind, assets,
    config::ConfigError,
    control,
    http::{auth, deadline, finish, idempotency, load, panic, request_id},
    openapi, routes,
    state::AppState,
};

/// The service as one router.
pub fn router(state: AppState) -> Result<Router, ConfigError> {
    let documented =
        utoipa_axum::router::OpenApiRouter::with_openapi(openapi::base()).merge(routes::router());
    let (documented, _) = documented.split_for_parts();
    let docs: Router<AppState> = SwaggerUi::new("/docs")
        .config(utoipa_swagger_ui::Config::from("/openapi.json"))
        .into();
    let router = documented
        .route("/", get(|| async { Redirect::temporary("/docs/") }))
        .route("/openapi.json", get(document))
        .merge(docs)
        .merge(assets::router())
        .merge(control::router())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(state.clone(), auth::authenticate))
        .layer(from_fn_with_state(state.clone(), deadline::deadline))
        .layer(from_fn_with_state(state.clone(), load::shed))
        .layer(CatchPanicLayer::custom(panic::caught))
        .layer(cors(&state)?)
        .layer(from_fn_with_state(state.clone(), finish::finish))
        .layer(CompressionLayer::new())
        .with_state(state);
    Ok(router)
}

/// Closed unless sites are named.
fn cors(state: &AppState) -> Result<CorsLayer, ConfigError> {
    let origins = state.config.http.origins()?;
    Ok(CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            idempotency::HEADER,
            request_id::HEADER,
            HeaderName::from_static("last-event-id"),
            HeaderName::from_static("x-org-id"),
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            request_id::HEADER,
            HeaderName::from_static("x-run-id"),
        ]))
}

async fn document(State(state): State<AppState>) -> ([(HeaderName, HeaderValue); 1], Bytes) {
    (
        [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        state.openapi.clone(),
    )
}

async fn not_found() -> Response {
    Problem::new(ProblemKind::NotFound, "there is no such path; see /docs").into_response()
}

async fn method_not_allowed() -> Response {
    Problem::new(
        ProblemKind::MethodNotAllowed,
        "this path has other methods; see /docs",
    )
    .into_response()
}
