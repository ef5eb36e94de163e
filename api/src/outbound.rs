//! Calls to addresses that tenants choose.
//!
//! A tenant could name our own network instead of its own server. So only http and https are spoken, names are
//! resolved here and every address is checked before the connection goes to exactly that address (a name that
//! answers differently the second time gains nothing), redirects are not followed, and no proxy of the environment
//! comes in between. `webhooks.allow_private` opens private addresses where the operator wants that.

mod address;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

pub use address::is_public;

use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};

/// How long it may take until a connection stands.
const CONNECT: Duration = Duration::from_secs(5);

/// A target that is not called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no address of the web.
    #[error("must be an http or https URL with a host and without a user or fragment")]
    NoWebAddress,
    /// Its host is, or resolves to, an address that is not public.
    #[error("the address {0} is not public")]
    Private(IpAddr),
    /// Its host has no address.
    #[error("the host has no address")]
    Unknown,
}

/// A client for such calls.
#[derive(Debug, Clone)]
pub struct Outbound {
    client: Client,
    allow_private: bool,
}

impl Outbound {
    /// A client whose calls take `timeout` at most, connection, answer and all.
    pub fn new(timeout: Duration, allow_private: bool) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(concat!("crm-ai/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT.min(timeout))
            .timeout(timeout)
            .tcp_nodelay(true)
            .dns_resolver(Arc::new(Guard { allow_private }))
            .build()?;
        Ok(Self {
            client,
            allow_private,
        })
    }

    /// The client, for a URL that [`Self::check`] has let pass.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Reads a URL, and refuses it where its host is written as an address that is not public. Names are judged when
    /// they are resolved.
    pub fn check(&self, url: &str) -> Result<Url, Refused> {
        check(url, self.allow_private)
    }
}

/// Like [`Outbound::check`], without a client.
pub fn check(url: &str, allow_private: bool) -> Result<Url, Refused> {
    let url: Url = url.parse().map_err(|_| Refused::NoWebAddress)?;
    let is_web = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none();
    let host = url.host_str().filter(|host| is_web && !host.is_empty());
    let host = host.ok_or(Refused::NoWebAddress)?;
    // The parser has turned other spellings of an IPv4 address, such as a single number, into the usual one.
    let literal: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    match literal {
        Some(ip) if !allow_private && !is_public(ip) => Err(Refused::Private(ip)),
        _ => Ok(url),
    }
}

/// Resolves names for one client and lets no address pass that is not public.
struct Guard {
    allow_private: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            pass(found, allow_private).map_err(Into::into)
        })
    }
}

/// One address that is not public spoils the name: whoever controls it chose to put it there.
fn pass(found: Vec<SocketAddr>, allow_private: bool) -> Result<Addrs, Refused> {
    if found.is_empty() {
        return Err(Refused::Unknown);
    }
    match found
        .iter()
        .find(|found| !allow_private && !is_public(found.ip()))
    {
        Some(private) => Err(Refused::Private(private.ip())),
        None => Ok(Box::new(found.into_iter())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_pass() {
        for good in [
            "https://example.com/hook",
            "http://93.184.216.34:8080/",
            "https://[2606:2800:220:1::1]/x?y=1",
        ] {
            assert!(check(good, false).is_ok(), "{good}");
        }
        for bad in [
            "",
            "example.com",
            "ftp://example.com",
            "file:///etc/passwd",
            "gopher://example.com",
            "https://",
            "https://user:pw@example.com",
            "https://user@example.com",
            "https://example.com/#x",
            "javascript:alert(1)",
        ] {
            assert_eq!(check(bad, true), Err(Refused::NoWebAddress), "{bad}");
        }
    }

    #[test]
    fn addresses_that_are_not_public_are_refused_in_every_spelling() {
        for bad in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[::1]/",
            "http://[::ffff:169.254.169.254]/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[fd00:ec2::254]/",
            "http://10.0.0.1/",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://[::]/",
        ] {
            assert!(matches!(check(bad, false), Err(Refused::Private(_))), "{bad}");
            assert!(check(bad, true).is_ok(), "{bad}");
        }
    }

    #[test]
    fn one_private_address_spoils_a_name() {
        let public: SocketAddr = "93.184.216.34:0".parse().unwrap();
        let private: SocketAddr = "10.0.0.7:0".parse().unwrap();
        assert_eq!(pass(vec![public], false).unwrap().collect::<Vec<_>>(), [public]);
        let spoilt = pass(vec![public, private], false).err();
        assert_eq!(spoilt, Some(Refused::Private(private.ip())));
        assert!(pass(vec![public, private], true).is_ok());
        assert_eq!(pass(Vec::new(), true).err(), Some(Refused::Unknown));
    }
}
