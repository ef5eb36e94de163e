//! The parts of the service for one command.

use std::time::Duration;

use crm_store::Store;

use super::{Ctx, close};
use crate::{
    database::Database,
    services::{PartOverrides, Services},
};

/// Database, index and models of this process.
pub(super) struct Local {
    pub(super) services: Services,
    database: Database,
    store: Store,
}

impl Local {
    pub(super) async fn open(ctx: &Ctx, parts: PartOverrides) -> anyhow::Result<Self> {
        let (database, store) = ctx.open().await?;
        let services = match Services::open(&ctx.config, store.clone(), parts, database.owns_cluster()).await
        {
            Ok(services) => services,
            Err(error) => {
                close(database, store).await?;
                return Err(error.into());
            }
        };
        Ok(Self {
            services,
            database,
            store,
        })
    }

    pub(super) async fn close(self) -> anyhow::Result<()> {
        self.services.runner.shutdown(Duration::ZERO).await;
        drop(self.services);
        close(self.database, self.store).await
    }
}
