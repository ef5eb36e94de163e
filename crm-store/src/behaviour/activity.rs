//! Activities: what they are about was last touched then, and a call or mail to a customer answers the case.

use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    records::{Record, Write},
};

/// What an activity can be about: the field, and the table.
const ABOUT: &[(&str, &str)] = &[
    ("lead_id", "leads"),
    ("contact_id", "contacts"),
    ("account_id", "accounts"),
    ("opportunity_id", "opportunities"),
    ("case_id", "cases"),
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
    for (field, table) in ABOUT {
        let (mut ids, mut times) = (Vec::new(), Vec::new());
        for record in &happened {
            if let (Some(id), Some(at)) = (record.reference(field), record.get("occurred_at").as_time()) {
                ids.push(id);
                times.push(at.min(now));
            }
        }
        if ids.is_empty() {
            continue;
        }
        // A touch is no change of the record: its version and what it was last changed stay.
        let sql = format!(
            "UPDATE {table} r SET last_activity_at = n.at \
             FROM (SELECT id, max(at) AS at FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, at) GROUP BY id ORDER BY id) n \
             WHERE r.id = n.id AND (r.last_activity_at IS NULL OR r.last_activity_at < n.at)"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(ids)
            .bind(times)
            .execute(tx.conn())
            .await?;
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
