//! `crm-ai sums`: the sums that questions read, against the records.

use std::sync::Arc;

use anyhow::anyhow;
use crm_store::Store;
use serde::Serialize;

use super::{Ctx, Done, close};
use crate::{cli::SumsArgs, database::Database};

/// What was found and done.
#[derive(Debug, Serialize)]
struct Report {
    /// How many sums differed from the records, for each object that had any.
    differed: Vec<Differed>,
    rebuilt: bool,
}

#[derive(Debug, Serialize)]
struct Differed {
    object: &'static str,
    sums: i64,
}

pub(super) async fn run(ctx: Ctx, args: SumsArgs, rebuild: bool) -> anyhow::Result<Done> {
    let database = Database::open(&ctx.config).await?;
    let store = match database.connect(&ctx.config, Arc::clone(&ctx.clock)).await {
        Ok(store) => store,
        Err(error) => {
            database.close().await?;
            return Err(error.into());
        }
    };
    let report = look(&store, &args.tenant, rebuild).await;
    close(database, store).await?;
    let report = report?;
    ctx.output.result(&report, || {
        let mut words = if report.differed.is_empty() {
            "all sums are those of the records".to_owned()
        } else {
            let each: Vec<String> = report
                .differed
                .iter()
                .map(|differed| format!("{} sums of {}", differed.sums, differed.object))
                .collect();
            format!("not those of the records: {}", each.join(", "))
        };
        if report.rebuilt {
            words.push_str("\nmade anew");
        }
        words
    })?;
    let well = report.differed.is_empty() || report.rebuilt;
    Ok(if well { Done::Well } else { Done::Badly })
}

async fn look(store: &Store, tenant: &str, rebuild: bool) -> anyhow::Result<Report> {
    let grant = store.operate(tenant, None).await?;
    let grant = grant.ok_or_else(|| anyhow!("there is no tenant {tenant}"))?;
    let tenant = store.open(&grant);
    let differed = tenant.check_sums().await?;
    let made_anew = rebuild && tenant.rebuild_sums().await?;
    if rebuild && !made_anew {
        return Err(anyhow!(
            "somebody else works on the sums at the moment; try again"
        ));
    }
    Ok(Report {
        differed: differed
            .into_iter()
            .map(|drift| Differed {
                object: drift.object,
                sums: drift.sums,
            })
            .collect(),
        rebuilt: made_anew,
    })
}
