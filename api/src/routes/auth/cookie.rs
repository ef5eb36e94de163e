//! The refresh token of a browser: a cookie that scripts cannot read and other sites cannot send.
//!
//! `SameSite=Strict` keeps other sites from sending it at all. Browsers that say where a request comes from
//! (`Sec-Fetch-Site`, `Origin`) are believed as well, so that a page on a sister domain, which counts as the same site,
//! gets nowhere either; and every body must be JSON, which a form cannot send. The access token is never a cookie, so no
//! other route can be reached this way.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::{Problem, ProblemKind, config::Http};

const NAME: &str = "crm_refresh";
/// The paths that need it, and no others.
const PATH: &str = "/v1/auth";

/// Hands the token to the browser.
pub(super) fn set(token: &str, seconds: i64, http: &Http) -> Option<HeaderValue> {
    let secure = if http.behind_tls { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{NAME}={token}; Path={PATH}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    ))
    .ok()
}

/// Takes the token from the browser.
pub(super) fn clear(http: &Http) -> Option<HeaderValue> {
    set("", 0, http)
}

/// The token of the cookie, if there is one and the request comes from our own pages.
pub(super) fn read(headers: &HeaderMap, http: &Http) -> Result<Option<String>, Problem> {
    let found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == NAME && !value.is_empty())
        .map(|(_, value)| value.to_owned());
    if found.is_some() && !is_own_page(headers, http) {
        return Err(Problem::new(
            ProblemKind::Forbidden,
            "the cookie is taken from our own pages alone; send refresh_token in the body instead",
        ));
    }
    Ok(found)
}

fn is_own_page(headers: &HeaderMap, http: &Http) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text("origin") else {
        return text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    };
    let host = |url: &str| {
        url.split_once("://")
            .map(|(_, rest)| rest.trim_end_matches('/').to_owned())
    };
    let own = [
        text("host").map(str::to_owned),
        http.public_url.as_deref().and_then(host),
    ];
    own.into_iter()
        .flatten()
        .any(|own| host(origin).as_deref() == Some(own.as_str()))
        || http
            .cors_origins
            .iter()
            .any(|known| known.trim_end_matches('/') == origin)
}
