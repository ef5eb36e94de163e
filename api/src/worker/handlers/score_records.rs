//! `score_records`: one record soon after it changed, or all open ones of a kind every night.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use crm_store::{jobs::JobClaim, models::ModelKind};
use crm_tools::predictions::{self, PredictError, Why};
use uuid::Uuid;

use super::{Ended, JobError};
use crate::worker::Shared;

/// What a key names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All(ModelKind),
    One(ModelKind, Uuid),
}

impl Wanted {
    fn read(key: &str) -> Option<Self> {
        let (kind, which) = key.split_once(':')?;
        let kind = kind.parse().ok()?;
        if which == "all" {
            return Some(Self::All(kind));
        }
        Some(Self::One(kind, which.parse().ok()?))
    }
}

/// Scores what the key names; after all of a kind, looks whether the model still holds and comes back at night.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let store = shared.store.open(&claim.grant);
    let predictor = &shared.predictor;
    match Wanted::read(&claim.key) {
        None => Ok(Ended::Unmarked),
        Some(Wanted::One(kind, record)) => {
            predictions::score_one(predictor, &store, kind, record, Why::Changed).await?;
            Ok(Ended::Unmarked)
        }
        Some(Wanted::All(kind)) => {
            match predictions::score_all(predictor, &store, kind, Why::Night).await {
                Ok(scored) => tracing::info!(
                    tenant = %claim.grant.tenant(),
                    kind = %kind,
                    scored = scored.scored,
                    written = scored.written,
                    told = scored.told,
                    "records were scored"
                ),
                Err(PredictError::Kind(_)) => return Ok(Ended::Unmarked),
                Err(error) => return Err(error.into()),
            }
            let stale = predictions::drift(predictor, &store, kind).await?;
            let mut tx = store.begin().await?;
            let now = tx.now();
            if let Some(why) = stale {
                tracing::info!(tenant = %claim.grant.tenant(), kind = %kind, why, "a model does not hold any more");
                predictions::train_again(&mut tx, kind).await?;
            }
            let night = next_night(now, claim.grant.tenant().uuid());
            tx.models().score_at(kind, night).await?;
            if kind == ModelKind::Win {
                tx.plan_win_digest().await?;
                tx.plan_forecast_snapshot().await?;
            }
            if tx.jobs().complete(claim).await? {
                tx.commit().await?;
            }
            Ok(Ended::Marked)
        }
    }
}

/// The next night between one and five o'clock UTC, at another minute for each tenant.
fn next_night(now: DateTime<Utc>, tenant: Uuid) -> DateTime<Utc> {
    let minute = i64::try_from(tenant.as_u128() % 240).unwrap_or_default();
    let tomorrow = now.date_naive().checked_add_days(Days::new(1));
    tomorrow.map_or(now + TimeDelta::days(1), |day| {
        day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(1) + TimeDelta::minutes(minute)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_one_record_or_all() {
        let id = Uuid::from_u128(7);
        assert_eq!(Wanted::read("win:all"), Some(Wanted::All(ModelKind::Win)));
        assert_eq!(
            Wanted::read(&format!("lead:{id}")),
            Some(Wanted::One(ModelKind::Lead, id))
        );
        assert_eq!(Wanted::read("win"), None);
        assert_eq!(Wanted::read("nothing:all"), None);
    }

    #[test]
    fn the_next_night_is_another_day_and_another_minute_for_each_tenant() {
        let now: DateTime<Utc> = "2026-03-02T00:30:00Z".parse().unwrap();
        let nights = [3, 4].map(|tenant| next_night(now, Uuid::from_u128(tenant)).to_rfc3339());
        assert_eq!(nights, ["2026-03-03T01:03:00+00:00", "2026-03-03T01:04:00+00:00"]);
    }
}
