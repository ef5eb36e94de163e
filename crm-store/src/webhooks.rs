//! Webhooks out: endpoints of a tenant, the outbox of what they are to be told, and the log of what came of it.
//!
//! [`enqueue`] writes one row per event and endpoint in the transaction of the change, and one job per endpoint. The
//! worker takes what is due ([`Webhooks::due`]), sends it outside any transaction, and writes what came of it together
//! with the end of its job ([`Webhooks::settle`]). A crash in between sends an event again, under the same
//! `webhook-id`. An endpoint that fails waits as a whole, so that one which hangs costs one call at a time.

mod deliver;
mod deliveries;
mod endpoints;
mod enqueue;
mod sign;

pub use deliver::{Attempt, DeliveryPolicy, Due, DueDelivery, Settled};
pub use deliveries::{Delivery, DeliveryState, Replay};
pub use endpoints::{Endpoint, EndpointPatch, EndpointStatus, NewEndpoint, NewSecret};
pub use enqueue::enqueue;
pub(crate) use sign::keyed;
pub use sign::{SigningSecret, signature, verify};

use crate::{StoreError, TenantTx};

/// The kind of job that delivers; its key is the endpoint.
pub const WEBHOOK_JOB: &str = "webhook";

/// What secrets of endpoints are sealed for.
pub(crate) const PURPOSE: &str = "webhook";

/// The webhooks of the tenant.
#[derive(Debug)]
pub struct Webhooks<'t>(pub(crate) &'t mut TenantTx);

impl TenantTx {
    /// Endpoints, their deliveries and their log.
    pub fn webhooks(&mut self) -> Webhooks<'_> {
        Webhooks(self)
    }
}

impl Webhooks<'_> {
    /// Refuses who may not administer webhooks.
    async fn require(&mut self) -> Result<(), StoreError> {
        self.0.access().await?.require_area("webhooks")
    }
}
