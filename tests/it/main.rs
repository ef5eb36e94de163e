//! The integration tests.

mod architecture;
#[cfg(test)]
mod cluster;
