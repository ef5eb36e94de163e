//! Messages: what a word from the customer, or to the customer, means for the case that it belongs to.

use uuid::Uuid;

use super::{case::CaseStatus, mood::Mood};
use crate::{
    Actor, StoreError, TenantTx,
    access::Verb,
    catalog,
    messages::{Author, Direction},
    records::{Draft, Select},
};

/// A reply stops the clock of the first response; the customer's word brings a pending case back to work, opens a
/// settled one again, and says how the customer feels now.
///
/// Visitors of the widget change no case: whoever answers them does.
pub(crate) async fn said(
    tx: &mut TenantTx,
    case: Option<Uuid>,
    direction: Direction,
    author: Author,
    mood: &Mood,
) -> Result<(), StoreError> {
    let Some(case) = case.filter(|_| !matches!(tx.grant().actor(), Actor::Visitor(_))) else {
        return Ok(());
    };
    match (direction, author) {
        (Direction::Outbound, Author::Actor) => tx.case_clocks().answered(case).await,
        (Direction::Inbound, _) => heard(tx, case, mood).await,
        (Direction::Outbound, Author::Agent(_)) | (Direction::Internal, _) => Ok(()),
    }
}

async fn heard(tx: &mut TenantTx, case: Uuid, mood: &Mood) -> Result<(), StoreError> {
    if !tx.access().await?.can(&catalog::CASE, Verb::Update) {
        return Ok(());
    }
    let Some(record) = tx.records(&catalog::CASE).get(case, &Select::default()).await? else {
        return Ok(());
    };
    let now = tx.now();
    let mut draft = Draft::new(&catalog::CASE);
    draft
        .set("sentiment", mood.sentiment)
        .set("urgency", i64::from(mood.urgency))
        .set("last_activity_at", now);
    match record.text("status").and_then(|status| status.parse().ok()) {
        Some(CaseStatus::Pending) => {
            draft.set("status", CaseStatus::Open.as_str());
        }
        Some(CaseStatus::Resolved | CaseStatus::Closed) => {
            draft.set("status", CaseStatus::Reopened.as_str());
        }
        _ => {}
    }
    match tx.records(&catalog::CASE).update(case, draft, None).await {
        // Seen, but somebody else's: the message stands, the owner will see it.
        Ok(_) | Err(StoreError::Refused { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
