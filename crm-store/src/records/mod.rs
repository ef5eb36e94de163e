//! Records of every object that the catalogue declares as one: read, listed, written, by one set of rules.
//!
//! Who may do what is asked here (object and field rules) and again by Postgres (record rules). Every write goes
//! through `write.rs`: rights, types, references, custom fields, the object's behaviour, SQL, history, events.
//!
//! ```no_run
//! # async fn example(tx: &mut crm_store::TenantTx) -> Result<(), crm_store::StoreError> {
//! use crm_store::{catalog, query::{Condition, Op}, records::{Draft, ListQuery, Select}};
//!
//! let lead = tx
//!     .records(&catalog::LEAD)
//!     .create(Draft::new(&catalog::LEAD).with("last_name", "Lovelace").with("company", "Analytical Engines"))
//!     .await?;
//! let open = ListQuery {
//!     filters: vec![Condition::new("status", Op::Eq, "new")],
//!     ..ListQuery::default()
//! };
//! let page = tx.records(&catalog::LEAD).list(&open).await?;
//! assert!(page.records.iter().any(|record| record.id == lead.id));
//! # Ok(()) }
//! ```

mod draft;
mod find;
mod list;
pub(crate) mod merged;
pub(crate) mod parse;
pub(crate) mod prepare;
pub(crate) mod read;
mod record;
mod references;
mod store;
mod tenant;
mod upsert;
mod value;
pub(crate) mod write;

pub use draft::Draft;
pub use find::{Found, FoundGroup, searched};
pub use list::{ListQuery, MAX_LIMIT, RecordPage};
pub use read::{MAX_INCLUDED, Select};
pub use record::{Included, Record};
pub(crate) use record::{is_closed, names_of};
pub(crate) use tenant::{Facts as TenantFacts, facts as tenant_facts};
pub use upsert::{MAX_ROWS, Outcome, Row, Upserted};
pub(crate) use value::exponent;
pub use value::{Money, Value};
pub use write::Action;
pub(crate) use write::Write;

use crate::{TenantTx, catalog::Object};

/// The records of one object.
#[derive(Debug)]
pub struct Records<'t> {
    tx: &'t mut TenantTx,
    object: &'static Object,
}

impl TenantTx {
    /// The records of an object.
    pub fn records(&mut self, object: &'static Object) -> Records<'_> {
        Records { tx: self, object }
    }
}

/// Reads a value of a field from JSON, as the API does. The error says what would be right.
pub fn read_value(field: &crate::catalog::Field, json: &serde_json::Value) -> Result<Value, String> {
    parse::parse(field, json)
}

/// Reads a value of a field from text; empty text is no value. The error says what would be right.
pub fn read_text(field: &crate::catalog::Field, said: &str) -> Result<Value, String> {
    parse::parse_text(field, said)
}
