//! What the worker does for each kind of job: one file each, one line each in [`HANDLERS`].
//!
//! A handler re-reads what its job is about, because a job may run twice, late, or after the record is gone. It ends
//! the job in the transaction that writes its result (`tx.jobs().complete(claim)`; do not commit when that is false)
//! and returns [`Ended::Marked`]; one that writes nothing to Postgres returns [`Ended::Unmarked`]. An error gives the
//! job back: it is tried again after a pause that doubles, until its attempts are used up.

mod case_clock;
mod enrich_lead;
mod erase;
mod forecast_snapshot;
mod import_file;
mod index_article;
mod mail;
mod pipeline_alert;
mod privacy_export;
mod relink_records;
mod score_records;
mod share_rule;
mod train_model;
mod transfer_records;
mod webhook;
mod win_digest;

use crm_store::behaviour::{case::CASE_CLOCK, convert::RELINK, handover::TRANSFER};
use crm_store::forecast_snapshots::SNAPSHOT_JOB;
use crm_store::movers::DIGEST_JOB;
use crm_store::{
    access::sharing::SHARE_JOB, articles::INDEX_JOB, jobs::JobClaim, mail::MAIL_JOB, webhooks::WEBHOOK_JOB,
};
use crm_store::{
    import::IMPORT_JOB,
    leads::ENRICH_JOB,
    models::TRAIN_JOB,
    privacy::{ERASE_JOB, EXPORT_JOB as PRIVACY_EXPORT_JOB},
    questions::ALERT_JOB,
    scores::SCORE_JOB,
};
use futures::future::BoxFuture;

use super::{Lane, Shared};

/// Why a job could not be done; its words are kept with the job.
pub(super) type JobError = Box<dyn std::error::Error + Send + Sync>;

/// How a handler left its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Its own transaction marked the job done, or found that another worker has it.
    Marked,
    /// The worker marks it done.
    Unmarked,
}

/// What is done for one kind of job.
pub(super) struct Handler {
    /// The kind, as jobs are enqueued with it.
    pub(super) kind: &'static str,
    /// What it must not wait behind.
    pub(super) lane: Lane,
    /// Does one job.
    pub(super) run: for<'a> fn(&'a Shared, &'a JobClaim) -> BoxFuture<'a, Result<Ended, JobError>>,
}

/// Every kind of job that this process does.
pub(super) const HANDLERS: &[Handler] = &[
    Handler {
        kind: CASE_CLOCK,
        lane: Lane::Work,
        run: |shared, claim| Box::pin(case_clock::run(shared, claim)),
    },
    Handler {
        kind: RELINK,
        lane: Lane::Work,
        run: |shared, claim| Box::pin(relink_records::run(shared, claim)),
    },
    Handler {
        kind: TRANSFER,
        lane: Lane::Work,
        run: |shared, claim| Box::pin(transfer_records::run(shared, claim)),
    },
    Handler {
        kind: INDEX_JOB,
        lane: Lane::Work,
        run: |shared, claim| Box::pin(index_article::run(shared, claim)),
    },
    Handler {
        kind: SHARE_JOB,
        lane: Lane::Work,
        run: |shared, claim| Box::pin(share_rule::run(shared, claim)),
    },
    Handler {
        kind: WEBHOOK_JOB,
        lane: Lane::Network,
        run: |shared, claim| Box::pin(webhook::run(shared, claim)),
    },
    Handler {
        kind: MAIL_JOB,
        lane: Lane::Work,
        run: |shared, claim| Box::pin(mail::run(shared, claim)),
    },
    Handler {
        kind: IMPORT_JOB,
        lane: Lane::Work,
        run: |shared, claim| Box::pin(import_file::run(shared, claim)),
    },
    Handler {
        kind: ERASE_JOB,
        lane: Lane::Work,
        run: |shared, claim| Box::pin(erase::run(shared, claim)),
    },
    Handler {
        kind: PRIVACY_EXPORT_JOB,
        lane: Lane::Work,
        run: |shared, claim| Box::pin(privacy_export::run(shared, claim)),
    },
    Handler {
        kind: ALERT_JOB,
        lane: Lane::Work,
        run: |shared, claim| Box::pin(pipeline_alert::run(shared, claim)),
    },
    Handler {
        kind: TRAIN_JOB,
        lane: Lane::Learn,
        run: |shared, claim| Box::pin(train_model::run(shared, claim)),
    },
    Handler {
        kind: ENRICH_JOB,
        lane: Lane::Work,
        run: |shared, claim| Box::pin(enrich_lead::run(shared, claim)),
    },
    Handler {
        kind: SCORE_JOB,
        lane: Lane::Score,
        run: |shared, claim| Box::pin(score_records::run(shared, claim)),
    },
    Handler {
        kind: DIGEST_JOB,
        lane: Lane::Work,
        run: |shared, claim| Box::pin(win_digest::run(shared, claim)),
    },
    Handler {
        kind: SNAPSHOT_JOB,
        lane: Lane::Work,
        run: |shared, claim| Box::pin(forecast_snapshot::run(shared, claim)),
    },
];

/// The kinds of a lane, for claiming.
pub(super) fn kinds(lane: Lane) -> Vec<&'static str> {
    let those = HANDLERS.iter().filter(|handler| handler.lane == lane.kinds_of());
    those.map(|handler| handler.kind).collect()
}

/// Does a job that was claimed as one of [`kinds`].
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    match HANDLERS.iter().find(|handler| handler.kind == claim.kind) {
        Some(handler) => (handler.run)(shared, claim).await,
        None => Err(format!("nobody here knows jobs of the kind {}", claim.kind).into()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crm_store::jobs::Keys;

    use super::*;

    #[test]
    fn no_kind_has_two_handlers() {
        let own = Lane::ALL.into_iter().filter(|lane| lane.kinds_of() == *lane);
        let kinds: Vec<_> = own.flat_map(kinds).collect();
        assert_eq!(kinds.len(), HANDLERS.len());
        assert_eq!(kinds.iter().collect::<HashSet<_>>().len(), kinds.len());
    }

    #[test]
    fn learning_and_scoring_hold_up_neither_other_work_nor_each_other() {
        let (learn, score) = (kinds(Lane::Learn), kinds(Lane::Score));
        assert_eq!((learn, score), (vec![TRAIN_JOB], vec![SCORE_JOB]));
        assert_eq!(kinds(Lane::ScoreAll), vec![SCORE_JOB]);
        assert_eq!(
            (Lane::Score.keys(), Lane::ScoreAll.keys()),
            (Keys::One, Keys::All)
        );
        let work = kinds(Lane::Work);
        assert!(work.contains(&MAIL_JOB) && !work.contains(&TRAIN_JOB) && !work.contains(&SCORE_JOB));
    }
}
