//! The tasks that steps became and that are still to be done.

use crm_store::{
    StoreError, TenantTx,
    access::{FieldRule, Verb},
    catalog::ACTIVITY,
    query::{Condition, Op},
    records::{ListQuery, MAX_LIMIT, Select},
};
use serde_json::Value as Json;
use uuid::Uuid;

/// What the external ids of such tasks begin with; the step and a colon follow.
pub(super) const STEP_MARK: &str = "win-step:";
/// Statuses of tasks that are still to be done.
const OPEN: [&str; 3] = ["planned", "in_progress", "waiting"];

/// The open tasks of a deal that steps became, as the reader may see them.
pub(super) struct OpenTasks(Vec<(String, Uuid)>);

impl OpenTasks {
    /// Those of a deal; none for a reader whose role does not show what they are told by.
    pub(super) async fn of(tx: &mut TenantTx, deal: Uuid) -> Result<Self, StoreError> {
        let access = tx.access().await?;
        let hides = |field: &str| {
            matches!(
                access.field_rule(&ACTIVITY, field),
                Some(FieldRule::Hidden | FieldRule::Masked)
            )
        };
        if !access.can(&ACTIVITY, Verb::Read)
            || ["external_id", "opportunity_id", "type", "status"]
                .into_iter()
                .any(hides)
        {
            return Ok(Self(Vec::new()));
        }
        let list = ListQuery {
            filters: vec![
                Condition::new("opportunity_id", Op::Eq, deal.to_string()),
                Condition::new("type", Op::Eq, "task"),
                Condition::new("status", Op::In, Json::from(OPEN.to_vec())),
            ],
            limit: Some(MAX_LIMIT),
            select: Select {
                fields: Some(vec!["external_id".to_owned()]),
                ..Select::default()
            },
            ..ListQuery::default()
        };
        let tasks = tx.records(&ACTIVITY).list(&list).await?.records;
        let marked = tasks
            .iter()
            .filter_map(|task| Some((task.text("external_id")?.to_owned(), task.id)));
        Ok(Self(
            marked
                .filter(|(external, _)| external.starts_with(STEP_MARK))
                .collect(),
        ))
    }

    /// The task that a step became, on whatever day.
    pub(super) fn made_of(&self, step: &str) -> Option<Uuid> {
        let mark = format!("{STEP_MARK}{step}:");
        let made = self.0.iter().find(|(external, _)| external.starts_with(&mark));
        made.map(|(_, task)| *task)
    }
}
