//! The records themselves.

use crm_tools::semantic::PipelineQuery;
use serde_json::{Value as Json, json};

use super::{
    Answer, Reference, currency_of, digits,
    truth::Truth as _,
    values::{Row, Value, directed, rounded},
};

/// How many are shown when nothing is said.
const USUAL: u32 = 100;

impl Reference<'_> {
    pub(super) fn records(&self, query: &PipelineQuery) -> Answer {
        let mut rows = self.asked(query);
        let currency = currency_of(query);
        let amount = |row: &Row| {
            let shown = row.amount(&currency, self);
            shown.map_or(Value::None, |amount| {
                Value::Number(rounded(amount, digits(&currency)))
            })
        };
        let by = |row: &Row, name: &str| match name {
            "amount_each" => amount(row),
            name => row.value(name, self).asked(),
        };
        rows.sort_by(|one, other| {
            let order = match query.order.first() {
                // In the order of the moment, not of the day.
                Some(asked) if asked.by == "created_at" => {
                    let order = one.deal.created.cmp(&other.deal.created);
                    if asked.descending { order.reverse() } else { order }
                }
                Some(asked) => directed(&by(one, &asked.by), &by(other, &asked.by), asked.descending),
                None => other.deal.created.cmp(&one.deal.created),
            };
            order.then_with(|| one.deal.id.cmp(&other.deal.id).reverse())
        });
        let records = i64::try_from(rows.len()).unwrap();
        rows.truncate(query.limit.unwrap_or(USUAL) as usize);
        let shown = |row: &Row| -> Vec<Json> {
            vec![
                json!({"id": row.deal.id, "name": format!("Deal {}", row.deal.id)}),
                row.value("account", self).json(),
                row.value("owner", self).json(),
                json!(row.deal.stage),
                amount(row).json(),
                row.value("close_date", self).json(),
                row.value("probability", self).json(),
            ]
        };
        Answer {
            rows: rows.iter().map(shown).collect(),
            records,
        }
    }
}
