//! The TCP port on the loopback address.

use std::net::{Ipv4Addr, TcpListener};

use super::error::{ClusterError, OnFile};

/// The wished port when it is free, else any free one.
///
/// Another program may take it before the server does: the server's start is then tried again.
pub(super) fn free(wished: Option<u16>) -> Result<u16, ClusterError> {
    if let Some(port) = wished.filter(|port| is_free(*port)) {
        return Ok(port);
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).on("find a free port on", "127.0.0.1")?;
    Ok(listener
        .local_addr()
        .on("find a free port on", "127.0.0.1")?
        .port())
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
