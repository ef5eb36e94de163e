//! Activities: what they are about was last touched then, and a call or mail to a customer answers the case.

use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    catalog::{self, Object},
    query,
    records::{Record, Write},
};

/// What an activity can be about.
const ABOUT: &[(&str, &Object)] = &[
    ("lead_id", &catalog::LEAD),
    ("contact_id", &catalog::CONTACT),
    ("account_id", &catalog::ACCOUNT),
    ("opportunity_id", &catalog::OPPORTUNITY),
    ("case_id", &catalog::CASE),
];

/// Moves the last activity of the records that activities are about, and stops the clock of cases that were answered.
pub(super) async fn after(tx: &mut TenantTx, writes: &[Write]) -> Result<(), StoreError> {
    let now = tx.now();
    let happened: Vec<&Record> = writes
        .iter()
        .filter_map(|write| write.after.as_ref())
        .filter(|record| matches!(record.text("status"), Some("completed" | "in_progress")))
        .filter(|record| record.get("deleted_at").is_null())
        .collect();
    for (field, object) in ABOUT {
        let touched: Vec<_> = happened
            .iter()
            .filter_map(|record| {
                let at = record.get("occurred_at").as_time()?;
                Some((record.reference(field)?, at.min(now)))
            })
            .collect();
        if !touched.is_empty() {
            query::touch(object, &touched).ids(tx.conn()).await?;
        }
    }
    let answered: Vec<Uuid> = happened
        .iter()
        .filter(|record| record.text("direction") == Some("outbound"))
        .filter(|record| matches!(record.text("type"), Some("call" | "email" | "meeting")))
        .filter_map(|record| record.reference("case_id"))
        .collect();
    for case in answered {
        tx.case_clocks().answered(case).await?;
    }
    Ok(())
}
