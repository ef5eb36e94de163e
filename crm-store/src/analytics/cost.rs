//! What an answer costs, before and after.

use std::time::Duration;

use serde_json::Value as Json;

use crate::StoreError;

/// What the planner's unit of cost takes at the least, in nanoseconds: a question that would take longer than its limit
/// even so is not begun. It is this little because the policies' look at what is shared counts much and costs nothing.
const LEAST_NANOS: f64 = 40.0;
/// What the planner adds for each step that it takes although it was switched off.
const SWITCHED_OFF: f64 = 1e10;
/// Who goes through so many records one by one reads nearly everything; an index that holds all that is asked is no such.
const MANY_ROWS: f64 = 100_000.0;

/// What the planner expects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expected {
    cost: f64,
    /// The most rows that one step reads out of a table.
    rows: f64,
}

impl Expected {
    /// Reads what `EXPLAIN (FORMAT JSON)` says.
    pub(super) fn read(explained: &Json) -> Self {
        let plan = explained.pointer("/0/Plan").unwrap_or(&Json::Null);
        let number = |key: &str| plan.get(key).and_then(Json::as_f64).unwrap_or(0.0);
        Self {
            cost: number("Total Cost") % SWITCHED_OFF,
            rows: most_read(plan),
        }
    }

    /// Whether it reads nearly everything.
    pub(super) fn scans(self) -> bool {
        self.rows >= MANY_ROWS
    }

    /// Refuses what cannot end in time.
    pub(super) fn within(self, limit: Duration) -> Result<Self, StoreError> {
        if Duration::from_secs_f64((self.cost * LEAST_NANOS / 1e9).clamp(0.0, 1e9)) > limit {
            return Err(StoreError::TooMuch);
        }
        Ok(self)
    }
}

/// The most rows that a step reads out of a table.
fn most_read(plan: &Json) -> f64 {
    let node = plan.get("Node Type").and_then(Json::as_str).unwrap_or_default();
    let reads = plan.get("Relation Name").is_some() && node != "Index Only Scan";
    let here = if reads {
        plan.get("Plan Rows").and_then(Json::as_f64).unwrap_or(0.0)
    } else {
        0.0
    };
    let below = plan.get("Plans").and_then(Json::as_array);
    below.into_iter().flatten().map(most_read).fold(here, f64::max)
}

/// Tells a statement that ran out of time from other failures.
pub(crate) fn explained(error: StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(sqlx::Error::Database(database))
            if database.code().as_deref() == Some("57014") =>
        {
            StoreError::TooMuch
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_would_take_too_long_is_refused() {
        let plan = |node: &str| {
            json!([{"Plan": {"Node Type": "Aggregate", "Total Cost": 5e8, "Plan Rows": 1, "Plans": [
                {"Node Type": node, "Relation Name": "opportunities", "Plan Rows": 1_000_000},
            ]}}])
        };
        assert!(!Expected::read(&plan("Index Only Scan")).scans());
        let mut sorted = plan("Seq Scan");
        sorted[0]["Plan"]["Total Cost"] = json!(2e10 + 5.0);
        assert!(Expected::read(&sorted).within(Duration::from_secs(1)).is_ok());
        let expected = Expected::read(&plan("Seq Scan"));
        assert!(expected.scans());
        assert!(expected.within(Duration::from_secs(10)).is_err());
        assert!(expected.within(Duration::from_mins(1)).is_ok());
    }
}
