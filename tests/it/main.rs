//! The integration tests.

#[cfg(test)]
mod architecture;
mod cluster;
mod store_articles;
