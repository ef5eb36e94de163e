//! The `OpenAPI` 3.1 document, made from the routes themselves.

mod failures;

use utoipa::{
    Modify, OpenApi,
    openapi::{
        path::Operation,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{ProblemBody, routes};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "crm-ai",
        description = "Agents and retrieval for a CRM. Every request but the operational ones carries an API key \
            as `Authorization: Bearer crm_…`; what it sees and does is its organisation's alone. Errors are \
            `application/problem+json`; every response carries `X-Request-Id`."
    ),
    components(schemas(ProblemBody)),
    modifiers(&Security),
    tags(
        (name = "agents", description = "Start runs of agents and follow them"),
        (name = "knowledge", description = "Search the knowledge base"),
        (name = "articles", description = "Write, publish and withdraw what the knowledge base is made of"),
        (name = "feedback", description = "Judge answers"),
        (name = "conversations", description = "What is said with people, and where it comes in"),
        (name = "predictions", description = "How likely deals are won and leads convert, why, and how well that holds"),
        (name = "feed", description = "Follow what changes"),
        (name = "usage", description = "What was spent, limits, prices"),
        (name = "auth", description = "Sign in and out, invite people, set passwords"),
        (name = "administration", description = "Keys, and who the caller is"),
        (name = "operations", description = "How the service is"),
    ),
)]
struct Document;

/// Declares the bearer key.
struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key of the organisation, `crm_` and 40 letters"))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
        document.security = Some(vec![SecurityRequirement::new("api_key", Vec::<String>::new())]);
    }
}

/// The start of the document, for the router to add its routes to.
pub fn base() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// The whole document.
pub fn document() -> utoipa::openapi::OpenApi {
    let router = utoipa_axum::router::OpenApiRouter::with_openapi(base()).merge(routes::router());
    let (_, mut document) = router.split_for_parts();
    complete(&mut document);
    document
}

/// Adds what holds for every operation: how it can fail, from the key to the service itself.
pub fn complete(document: &mut utoipa::openapi::OpenApi) {
    failures::declare(document);
    for (path, item) in &mut document.paths.paths {
        let is_open = path.starts_with("/health") || path == "/metrics" || path.starts_with("/v1/inbound/");
        let operations: [&mut Option<Operation>; 5] = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            if is_open {
                operation.security = Some(Vec::new());
            } else {
                failures::add(operation);
            }
        }
    }
}
