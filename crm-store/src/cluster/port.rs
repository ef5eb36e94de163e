//! The TCP port on the loopback address.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::time::{Duration, Instant};

use super::error::{ClusterError, OnFile};

/// Below the ports that systems hand out by themselves, so that a remembered port is seldom taken.
const RANGE: Range<u16> = 20_000..32_000;

/// The wished port as soon as it is free, else any free one.
///
/// Another program may take it before the server does: the server's start is then tried again.
pub(super) fn free(wished: Option<u16>, patience: Duration) -> Result<u16, ClusterError> {
    let begun = Instant::now();
    while let Some(port) = wished {
        if is_free(port) {
            return Ok(port);
        }
        if begun.elapsed() >= patience {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    for _ in 0..100 {
        let port = rand::random_range(RANGE);
        if is_free(port) {
            return Ok(port);
        }
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
