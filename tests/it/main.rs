//! The integration tests.
//!
//! `cfg(test)` tells the lints that these modules are tests throughout.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod budget;
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod evals_demo;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod setup_script;
#[cfg(test)]
mod store_articles;
#[cfg(test)]
mod store_catalog;
#[cfg(test)]
mod store_conversations;
#[cfg(test)]
mod store_identity;
#[cfg(test)]
mod store_jobs;
#[cfg(test)]
mod store_operations;
#[cfg(test)]
mod store_terms;
#[cfg(test)]
mod tenant_isolation;
