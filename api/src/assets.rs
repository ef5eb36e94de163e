//! The console's files, built by `make` and embedded in the binary. A debug build reads them from their folder, so that
//! a console built anew is served without building the binary anew.

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::{Problem, ProblemKind, state::AppState};

/// Empty when the console was not built: `cargo build` needs no Node.
#[derive(RustEmbed)]
#[folder = "../web/console/dist"]
#[allow_missing = true]
struct Files;

const PAGE: &str = "index.html";
/// Everything is a file of our own: no inline script or style, nothing compiled from text, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const NOT_BUILT: &str = "The console is not built.\n\nmake builds it before the binary. With cargo alone: \
     scripts/console.sh, then cargo build again.\nThe API works without it: see /docs.\n";

/// The page and its files below `/console/`.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/console", get(|| async { Redirect::permanent("/console/") }))
        .route(
            "/console/",
            get(|headers: HeaderMap| async move { respond("", &headers, Files::get) }),
        )
        .route(
            "/console/{*path}",
            get(|Path(path): Path<String>, headers: HeaderMap| async move {
                respond(&path, &headers, Files::get)
            }),
        )
}

/// A file, or the page for every path of the page's own. What looks like a file and is none is 404, so that a
/// script of an older build is never answered with a page.
fn respond(path: &str, headers: &HeaderMap, find: impl Fn(&str) -> Option<EmbeddedFile>) -> Response {
    if let Some(file) = find(path) {
        return send(path, &file, headers);
    }
    if path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        return Problem::new(ProblemKind::NotFound, "the console has no such file").into_response();
    }
    match find(PAGE) {
        Some(page) => send(PAGE, &page, headers),
        None => (StatusCode::NOT_FOUND, NOT_BUILT).into_response(),
    }
}

fn send(path: &str, file: &EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex::encode(file.metadata.sha256_hash()));
    // Names below assets/ have a hash of the content: they never change.
    let caching = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let body = if is_known(asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(file.data.clone().into_owned()).into_response()
    };
    let mut response = body;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let given = asked.get_all(header::IF_NONE_MATCH).iter();
    given
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
}

/// Of the kinds of files that a build of the console has.
fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use rust_embed::Metadata;

    use super::*;

    const SCRIPT: &str = "assets/index-Dx4kXJAl.js";

    fn built(path: &str) -> Option<EmbeddedFile> {
        [PAGE, SCRIPT, "theme.js"].contains(&path).then(|| EmbeddedFile {
            data: Cow::Owned(path.as_bytes().to_vec()),
            metadata: Metadata::__rust_embed_new([7; 32], None, None),
        })
    }

    fn header_of(response: &Response, name: header::HeaderName) -> String {
        let value = response.headers().get(name);
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn hashed_files_are_kept_for_ever_and_the_page_is_asked_for_anew() {
        let script = respond(SCRIPT, &HeaderMap::new(), built);
        assert_eq!(script.status(), StatusCode::OK);
        assert_eq!(
            header_of(&script, header::CONTENT_TYPE),
            "text/javascript; charset=utf-8"
        );
        assert!(header_of(&script, header::CACHE_CONTROL).contains("immutable"));
        for path in ["", "ask", "questions", "no/such/page"] {
            let page = respond(path, &HeaderMap::new(), built);
            assert_eq!(page.status(), StatusCode::OK, "{path}");
            assert_eq!(header_of(&page, header::CONTENT_TYPE), "text/html; charset=utf-8");
            assert_eq!(header_of(&page, header::CACHE_CONTROL), "no-cache");
        }
        assert_eq!(
            header_of(
                &respond("theme.js", &HeaderMap::new(), built),
                header::CACHE_CONTROL
            ),
            "no-cache"
        );
    }

    #[test]
    fn no_policy_lets_text_become_code() {
        let page = respond("", &HeaderMap::new(), built);
        let policy = header_of(&page, header::CONTENT_SECURITY_POLICY);
        assert_eq!(policy, POLICY);
        assert!(!policy.contains("unsafe"));
    }

    #[test]
    fn a_file_that_is_known_is_not_sent_again() {
        let first = respond("", &HeaderMap::new(), built);
        let tag = header_of(&first, header::ETAG);
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
            let asked = HeaderMap::from_iter([(header::IF_NONE_MATCH, known.parse().unwrap())]);
            assert_eq!(
                respond("", &asked, built).status(),
                StatusCode::NOT_MODIFIED,
                "{known}"
            );
        }
        let asked = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static("\"other\""))]);
        assert_eq!(respond("", &asked, built).status(), StatusCode::OK);
    }

    #[test]
    fn a_script_of_an_older_build_is_not_found() {
        let old = respond("assets/index-old.js", &HeaderMap::new(), built);
        assert_eq!(old.status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_console_that_is_not_built_says_how() {
        let none = |_: &str| None;
        let response = respond("", &HeaderMap::new(), none);
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert!(
            String::from_utf8(body.to_vec())
                .unwrap()
                .contains("make builds it")
        );
    }
}
