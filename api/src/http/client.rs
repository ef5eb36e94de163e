//! From where a request comes.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{Extensions, HeaderMap, header, request::Parts},
};
use crm_store::auth::Client;

use super::request_id::RequestId;
use crate::{Problem, state::AppState};

/// The client of a request, as an argument of handlers.
#[derive(Debug, Clone)]
pub struct From(pub Client);

impl FromRequestParts<AppState> for From {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let text = |name| Some(parts.headers.get(name)?.to_str().ok()?.to_owned());
        Ok(Self(Client {
            address: address(
                &parts.headers,
                &parts.extensions,
                &state.config.http.trusted_proxies,
            ),
            user_agent: text(header::USER_AGENT),
            request_id: parts
                .extensions
                .get::<RequestId>()
                .map(|id| id.as_str().to_owned()),
        }))
    }
}

/// The address of the client: the peer's, or what proxies that we trust say of theirs.
pub fn address(headers: &HeaderMap, extensions: &Extensions, trusted: &[IpAddr]) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    Some(behind_proxies(peer, headers, trusted))
}

/// Each proxy appends who asked it. From the right, the first that is no proxy of ours is the client; what stands left of
/// it is anybody's invention.
fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let told: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut client = peer;
    for part in told.into_iter().rev() {
        let Ok(address) = part.trim().parse::<IpAddr>() else {
            break;
        };
        if !trusted.contains(&client) {
            break;
        }
        client = address.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(peer: &str, forwarded: &'static str) -> String {
        let headers = HeaderMap::from_iter([(
            axum::http::HeaderName::from_static("x-forwarded-for"),
            HeaderValue::from_static(forwarded),
        )]);
        let trusted = ["10.0.0.1", "10.0.0.2"].map(|address| address.parse().unwrap());
        behind_proxies(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_say_who_the_client_is() {
        assert_eq!(client("203.0.113.9", "1.2.3.4"), "203.0.113.9");
        assert_eq!(client("10.0.0.1", "1.2.3.4"), "1.2.3.4");
        assert_eq!(client("10.0.0.1", "9.9.9.9, 1.2.3.4, 10.0.0.2"), "1.2.3.4");
        assert_eq!(client("10.0.0.1", "what, 1.2.3.4"), "1.2.3.4");
        assert_eq!(client("10.0.0.1", ""), "10.0.0.1");
        assert_eq!(client("10.0.0.1", "10.0.0.2"), "10.0.0.2");
    }
}
