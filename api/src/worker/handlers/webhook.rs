//! `webhook`: tells an endpoint what it is to be told, and writes down what came of it.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use crm_store::{
    Clock,
    jobs::JobClaim,
    webhooks::{Attempt, Due, DueDelivery, Settled, signature},
};
use futures::{StreamExt, stream};
use reqwest::{Response, StatusCode, header};
use tokio::time::timeout;

use super::{Ended, JobError};
use crate::{
    http::finish::chain,
    outbound::{Outbound, Refused},
    worker::Shared,
};

/// Events of one job.
const BATCH: i64 = 50;
/// Calls of one endpoint at the same time.
const AT_ONCE: usize = 4;
/// How much of an answer is read, and how much of that is kept for people.
const MOST_READ: usize = 16 * 1024;
const MOST_KEPT: usize = 500;
/// An answer's text is worth waiting for, but not for long.
const READING: Duration = Duration::from_secs(2);

/// Sends what is due for the endpoint that the key names.
pub(super) async fn run(shared: &Shared, claim: &JobClaim) -> Result<Ended, JobError> {
    let Ok(endpoint) = claim.key.parse() else {
        return Ok(Ended::Unmarked);
    };
    let store = shared.store.open(&claim.grant);
    let mut tx = store.begin().await?;
    let due = tx.webhooks().due(endpoint, BATCH).await?;
    tx.commit().await?;
    let attempts = match due {
        Some(due) => send_all(shared, due).await,
        None => Vec::new(),
    };
    let mut tx = store.begin().await?;
    let settled = tx
        .webhooks()
        .settle(claim, endpoint, &attempts, &shared.webhooks.policy)
        .await?;
    match settled {
        Settled::Lost => return Ok(Ended::Marked),
        Settled::Done => tx.commit().await?,
        Settled::Disabled { reason } => {
            tx.commit().await?;
            tracing::warn!(
                target: "crm_api::security",
                tenant = %claim.grant.tenant(),
                webhook = %endpoint,
                reason,
                "a webhook was disabled"
            );
        }
    }
    Ok(Ended::Marked)
}

/// Sends the events; only the first one where the last attempt failed, to see whether the receiver is back.
async fn send_all(shared: &Shared, due: Due) -> Vec<Attempt> {
    let several = if due.is_failing { 1 } else { due.deliveries.len() };
    let clock = shared.store.clock();
    let calls: Vec<_> = due
        .deliveries
        .iter()
        .take(several)
        .map(|delivery| send(&shared.webhooks.outbound, clock.as_ref(), &due, delivery))
        .collect();
    stream::iter(calls)
        // In order, so that the last one tells how the receiver is.
        .buffered(AT_ONCE)
        .collect()
        .await
}

async fn send(outbound: &Outbound, clock: &dyn Clock, due: &Due, delivery: &DueDelivery) -> Attempt {
    let (at, started) = (clock.now(), Instant::now());
    let mut attempt = Attempt {
        delivery: delivery.id,
        at,
        latency: Duration::ZERO,
        status: None,
        error: None,
        answer: String::new(),
        retry_after: None,
        is_gone: false,
    };
    match post(outbound, due, delivery, at).await {
        Ok(response) => {
            attempt.latency = started.elapsed();
            let status = response.status();
            attempt.status = Some(status.as_u16());
            attempt.error = problem(status);
            attempt.is_gone = status == StatusCode::GONE;
            if attempt.error.is_some() {
                attempt.retry_after = retry_after(&response, at);
            }
            attempt.answer = excerpt(response).await;
        }
        Err(words) => {
            attempt.latency = started.elapsed();
            attempt.error = Some(words);
        }
    }
    attempt
}

async fn post(
    outbound: &Outbound,
    due: &Due,
    delivery: &DueDelivery,
    at: DateTime<Utc>,
) -> Result<Response, String> {
    let url = outbound.check(&due.url).map_err(|refused| refused.to_string())?;
    let id = format!("msg_{}", delivery.event_id.simple());
    let body = delivery.body.clone();
    let sent = outbound
        .client()
        .post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .header(
            "webhook-signature",
            signature(&due.secrets, &id, at, body.as_bytes()),
        )
        .header("webhook-timestamp", at.timestamp())
        .header("webhook-id", id)
        .body(body)
        .send()
        .await;
    sent.map_err(words)
}

/// Why there was no answer, without the URL, which may hold a token of the receiver.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    if let Some(refused) = refused(&error) {
        refused.to_string()
    } else if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        chain(&error)
    }
}

fn refused<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e Refused> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref() {
            return Some(refused);
        }
        cause = error.source();
    }
    None
}

fn problem(status: StatusCode) -> Option<String> {
    match status {
        _ if status.is_success() => None,
        _ if status.is_redirection() => Some(format!("it answered {status}; redirects are not followed")),
        _ => Some(format!("it answered {status}")),
    }
}

/// Seconds, or a date.
fn retry_after(response: &Response, now: DateTime<Utc>) -> Option<Duration> {
    let text = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?;
    (at.with_timezone(&Utc) - now).to_std().ok()
}

/// The start of an answer's text.
async fn excerpt(mut response: Response) -> String {
    let mut bytes = Vec::new();
    let read = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            bytes.extend_from_slice(&chunk);
            if bytes.len() >= MOST_READ {
                break;
            }
        }
    };
    // Late or not, what has come is kept.
    let _ = timeout(READING, read).await;
    let text = String::from_utf8_lossy(&bytes);
    text.chars().filter(|c| *c != '\0').take(MOST_KEPT).collect()
}
