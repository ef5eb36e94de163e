//! Keeping what is forecast, once a week.

use crm_store::{
    TenantStore,
    forecast_snapshots::{Snapshot, SnapshotScope},
};
use uuid::Uuid;

use super::{By, ForecastAnswer, ForecastError, ForecastLine, Forecaster, days, seen, told::told};
use crate::semantic::{Grain, Range};

/// The periods that are forecast every week: this quarter and the next one.
pub(super) const PERIODS: [Range; 2] = [quarter(0), quarter(1)];

const fn quarter(offset: i32) -> Range {
    Range::Relative {
        unit: Grain::Quarter,
        offset,
    }
}

/// By what the forecasts are split that are kept; the whole comes with the owners.
pub(super) const SPLITS: [By; 2] = [By::Owner, By::Team];

/// Forecasts this quarter and the next one of all deals, of each team and each owner, from one reading of them, and keeps that.
/// `store` sees all deals: that of a job. How many were kept.
pub async fn keep(forecaster: &Forecaster, store: &TenantStore) -> Result<u64, ForecastError> {
    let reporting = forecaster.reporting(store).await?;
    let past = forecaster.past(store, &reporting).await?;
    let mut periods = Vec::with_capacity(PERIODS.len());
    for period in &PERIODS {
        periods.push(days(period, &reporting)?);
    }
    let (seen, stretches) = seen::see(store, reporting, &past, &periods, None).await?;
    let said = forecaster
        .simulate(store, move || {
            let mut said = Vec::new();
            for stretch in &stretches {
                for by in SPLITS {
                    said.extend(snapshots(&told(&seen, &past, stretch, by), by));
                }
            }
            said
        })
        .await?;
    let mut tx = store.begin().await?;
    let kept = tx.keep_forecasts(&said).await?;
    tx.commit().await?;
    Ok(kept)
}

/// A forecast as it is kept.
pub(super) fn snapshots(made: &ForecastAnswer, by: By) -> Vec<Snapshot> {
    let one = |scope, owner: Option<Uuid>, team: Option<&str>, line: &ForecastLine| Snapshot {
        period_from: made.from,
        period_to: made.to,
        scope,
        owner_id: owner,
        team: team.map(str::to_owned),
        currency: made.currency.clone(),
        closed: line.closed,
        expected: line.expected,
        low: line.low,
        high: line.high,
        commit: line.commit,
        best_case: line.best_case,
        pipeline: line.pipeline,
        made_on: made.today,
        as_of: made.as_of,
    };
    let groups = made.groups.iter();
    match by {
        By::Team => groups
            .map(|group| one(SnapshotScope::Team, None, Some(&group.name), &group.line))
            .collect(),
        By::Owner => std::iter::once(one(SnapshotScope::All, None, None, &made.total))
            .chain(groups.map(|group| one(SnapshotScope::Owner, group.owner_id, None, &group.line)))
            .collect(),
        By::Nothing => vec![one(SnapshotScope::All, None, None, &made.total)],
    }
}
