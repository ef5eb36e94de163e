//! How far messages of ours got.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::ChannelKind;
use crate::{
    StoreError, TenantTx,
    feed::{self, FeedEvent},
    messages::DeliveryStatus,
};

/// What a provider says of a message of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The provider's id of the message.
    pub provider_message_id: String,
    /// How far it got: `Sent`, `Delivered`, `Read` or `Failed`.
    pub status: DeliveryStatus,
    /// When.
    pub at: DateTime<Utc>,
}

/// Goes only forward, in whatever order receipts come: a message that was read was not delivered later, and one that
/// arrived did not fail.
const NOTE: &str = "\
    UPDATE messages SET delivery_status = $3, \
        delivered_at = CASE WHEN $3 IN ('delivered', 'read') THEN COALESCE(delivered_at, $4) ELSE delivered_at END \
    WHERE channel = $1 AND provider_message_id = $2 AND direction = 'outbound' \
      AND array_position(ARRAY['queued', 'sent', 'failed', 'delivered', 'read'], COALESCE(delivery_status, 'queued')) \
        < array_position(ARRAY['queued', 'sent', 'failed', 'delivered', 'read'], $3) \
    RETURNING id, conversation_id";

/// A receipt may come before anybody told us the message's id; it waits.
const KEEP: &str = "\
    INSERT INTO channel_receipts AS r (tenant_id, channel, provider_message_id, status, at) \
    SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT FROM messages m WHERE m.channel = $2 AND m.provider_message_id = $3) \
    ON CONFLICT (tenant_id, channel, provider_message_id) DO UPDATE SET status = excluded.status, at = excluded.at \
    WHERE array_position(ARRAY['sent', 'failed', 'delivered', 'read'], r.status) \
        < array_position(ARRAY['sent', 'failed', 'delivered', 'read'], excluded.status)";

impl TenantTx {
    /// Notes receipts. Says how many told something new of a message that is known.
    pub async fn note_receipts(
        &mut self,
        channel: ChannelKind,
        receipts: &[Receipt],
    ) -> Result<usize, StoreError> {
        let tenant = self.grant().tenant();
        let mut events = Vec::new();
        for receipt in receipts {
            let noted: Option<(Uuid, Uuid)> = sqlx::query_as(NOTE)
                .bind(channel)
                .bind(&receipt.provider_message_id)
                .bind(receipt.status)
                .bind(receipt.at)
                .fetch_optional(self.conn())
                .await?;
            match noted {
                Some((message, conversation)) => events.push(FeedEvent {
                    fields: vec!["delivery_status".to_owned()],
                    refs: json!({ "conversation_id": conversation }),
                    ..FeedEvent::new("message", "updated", message)
                }),
                None => {
                    sqlx::query(KEEP)
                        .bind(tenant)
                        .bind(channel)
                        .bind(&receipt.provider_message_id)
                        .bind(receipt.status)
                        .bind(receipt.at)
                        .execute(self.conn())
                        .await?;
                }
            }
        }
        feed::publish(self, &events).await?;
        Ok(events.len())
    }

    /// Gives a message whose provider's id became known the receipt that came before. Once.
    pub async fn catch_up_receipt(
        &mut self,
        channel: ChannelKind,
        provider_message_id: &str,
    ) -> Result<(), StoreError> {
        let waiting: Option<(DeliveryStatus, DateTime<Utc>)> = sqlx::query_as(
            "DELETE FROM channel_receipts WHERE channel = $1 AND provider_message_id = $2 RETURNING status, at",
        )
        .bind(channel)
        .bind(provider_message_id)
        .fetch_optional(self.conn())
        .await?;
        if let Some((status, at)) = waiting {
            let receipt = Receipt {
                provider_message_id: provider_message_id.to_owned(),
                status,
                at,
            };
            self.note_receipts(channel, &[receipt]).await?;
        }
        Ok(())
    }
}
