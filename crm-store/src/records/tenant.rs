//! What the tenant's settings mean for values.

use super::parse::{Region, region};
use crate::{StoreError, TenantTx};

/// Facts about the tenant that values are read by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Facts {
    /// The currency of amounts that say none.
    pub(crate) currency: String,
    /// The country of telephone numbers that say none: the region of the tenant's locale, such as `de-DE`.
    pub(crate) region: Option<Region>,
}

/// Reads them.
pub(crate) async fn facts(tx: &mut TenantTx) -> Result<Facts, StoreError> {
    let (currency, locale): (String, String) = sqlx::query_as("SELECT currency, locale FROM tenants")
        .fetch_one(tx.conn())
        .await?;
    Ok(Facts {
        currency,
        region: locale.split(['-', '_']).nth(1).and_then(region),
    })
}
