//! What ended deals were like: how many of them are read for it.

use std::{panic::AssertUnwindSafe, sync::Arc};

use chrono::{DateTime, Utc};
use crm_store::{
    catalog::ACTIVITY,
    history::Which,
    records::{Draft, Value},
};
use crm_tools::predictions::{Predictor, book::Books};
use futures::FutureExt;
use uuid::Uuid;

use crate::win_support::{Past, WON, create};

/// One ended deal an hour, back from a moment, one more than are read; their ids, and when they ended.
const ENDED: &str = "
    WITH ended AS (SELECT n, $2::timestamptz - n * interval '1 hour' AS at FROM generate_series(1, 3001) n)
    INSERT INTO opportunities (tenant_id, id, name, stage, stage_entered_at, forecast_category, is_closed, is_won, closed_at,
        close_date, created_at, updated_at)
    SELECT $1, gen_random_uuid(), 'Past ' || n, s.name, e.at, s.forecast_category, true, true, e.at, e.at::date,
        e.at - interval '10 days', e.at
    FROM ended e JOIN pipeline_stages s ON s.tenant_id = $1 AND s.name = $3 ORDER BY n RETURNING id, closed_at";

#[tokio::test]
async fn a_book_reads_the_latest_deals_and_no_others() {
    let past = Past::new().await;
    let owner = past.db.owner().await;
    let mut ended: Vec<(Uuid, DateTime<Utc>)> = sqlx::query_as(ENDED)
        .bind(past.tenant.grant().tenant().uuid())
        .bind(past.tenant.clock().now())
        .bind(WON)
        .fetch_all(&owner)
        .await
        .unwrap();
    ended.sort_by_key(|(_, at)| *at);
    // Of the oldest there is something that no program can read: a day beyond all days.
    let task = Draft::new(&ACTIVITY)
        .with("type", "task")
        .with("subject", "Call")
        .with("occurred_at", past.tenant.clock().now())
        .with("opportunity_id", Value::Id(ended[0].0));
    let task = create(&past.tenant, task).await;
    sqlx::query("UPDATE activities SET due_at = 'infinity' WHERE id = $1")
        .bind(task)
        .execute(&owner)
        .await
        .unwrap();
    let read = async |deal: Uuid| {
        let mut tx = past.tenant.predicting().begin().await?;
        tx.deal_histories(Which::Ids(&[deal]), None, 1).await
    };
    assert_eq!(read(ended[1].0).await.unwrap().len(), 1);
    let oldest = AssertUnwindSafe(read(ended[0].0)).catch_unwind().await;
    assert!(!matches!(oldest, Ok(Ok(_))), "whoever reads it breaks off");
    let books = Books::new(Arc::new(Predictor::default()));
    books.of(&past.tenant).await.unwrap();
    past.store.close().await;
}
