//! An account from all sides, in one call.
//!
//! A fixed number of statements, whatever the account has: one for each list, which shows the latest ten, and one for
//! each kind of sums.

use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    access::{Access, FieldRule, Verb},
    catalog::{self, Object},
    query::{Condition, Op},
    records::{ListQuery, Money, Select},
};

/// Sums of deals: closed, won, currency, how many, how much in minor units.
type DealSum = (bool, bool, Option<String>, i64, Option<i64>);

/// How many records of each kind are shown.
const SHOWN: i64 = 10;

/// A list of an overview: its name, what is in it, further filters, and the order.
type Part = (
    &'static str,
    &'static Object,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);

const PARTS: &[Part] = &[
    ("children", &catalog::ACCOUNT, &[], "parent_id", "name"),
    ("contacts", &catalog::CONTACT, &[], "account_id", "-updated_at"),
    (
        "open_opportunities",
        &catalog::OPPORTUNITY,
        &[("is_closed", "false")],
        "account_id",
        "close_date",
    ),
    (
        "open_cases",
        &catalog::CASE,
        &[("closed_at", "")],
        "account_id",
        "-created_at",
    ),
    ("contracts", &catalog::CONTRACT, &[], "account_id", "-end_date"),
    ("payments", &catalog::PAYMENT, &[], "account_id", "-due_date"),
    (
        "activities",
        &catalog::ACTIVITY,
        &[],
        "account_id",
        "-occurred_at",
    ),
];

impl TenantTx {
    /// The account with its parent and owner, what belongs to it, and the sums; none when the actor sees no such account.
    /// A part that the role may not read is null.
    pub async fn account_overview(&mut self, id: Uuid) -> Result<Option<Map<String, Json>>, StoreError> {
        let access = self.access().await?;
        let select = Select {
            include: vec!["parent".to_owned(), "owner".to_owned()],
            ..Select::default()
        };
        let Some(account) = self.records(&catalog::ACCOUNT).get(id, &select).await? else {
            return Ok(None);
        };
        let mut shown = Map::new();
        shown.insert("account".to_owned(), Json::Object(account.to_json(&access)));
        for part in PARTS {
            let list = self.overview_part(id, part, &access).await?;
            shown.insert(part.0.to_owned(), list);
        }
        shown.insert("totals".to_owned(), self.overview_totals(id, &access).await?);
        Ok(Some(shown))
    }

    async fn overview_part(&mut self, id: Uuid, part: &Part, access: &Access) -> Result<Json, StoreError> {
        let (_, object, narrower, by, sort) = part;
        if !access.can(object, Verb::Read) {
            return Ok(Json::Null);
        }
        let mut filters = vec![Condition::new(*by, Op::Eq, id.to_string())];
        filters.extend(narrower.iter().map(|(field, value)| match *value {
            "" => Condition::new(*field, Op::IsNull, true),
            "false" => Condition::new(*field, Op::Eq, false),
            other => Condition::new(*field, Op::Eq, other),
        }));
        let list = ListQuery {
            filters,
            sort: Some((*sort).to_owned()),
            limit: Some(SHOWN),
            ..ListQuery::default()
        };
        match self.records(object).list(&list).await {
            Ok(page) => Ok(page
                .records
                .iter()
                .map(|record| Json::Object(record.to_json(access)))
                .collect()),
            // The role may not see what the list goes by.
            Err(StoreError::Refused { .. } | StoreError::Invalid { .. }) => Ok(Json::Null),
            Err(error) => Err(error),
        }
    }

    async fn overview_totals(&mut self, id: Uuid, access: &Access) -> Result<Json, StoreError> {
        let (contacts, children, activities): (i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM contacts WHERE account_id = $1 AND deleted_at IS NULL), \
                 (SELECT count(*) FROM accounts WHERE parent_id = $1 AND deleted_at IS NULL), \
                 (SELECT count(*) FROM activities WHERE account_id = $1 AND deleted_at IS NULL)",
        )
        .bind(id)
        .fetch_one(self.conn())
        .await?;
        let deals: Vec<DealSum> = sqlx::query_as(
            "SELECT is_closed, is_won, currency, count(*), sum(amount_minor)::bigint FROM opportunities \
             WHERE account_id = $1 AND deleted_at IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        )
        .bind(id)
        .fetch_all(self.conn())
        .await?;
        let cases: Vec<(String, i64)> = sqlx::query_as(
            "SELECT status, count(*) FROM cases WHERE account_id = $1 AND deleted_at IS NULL GROUP BY 1 ORDER BY 1",
        )
        .bind(id)
        .fetch_all(self.conn())
        .await?;
        let (satisfaction, late): (Option<rust_decimal::Decimal>, i64) = sqlx::query_as(
            "SELECT round(avg(satisfaction), 2), count(*) FILTER (WHERE first_response_breached OR resolution_breached) \
             FROM cases WHERE account_id = $1 AND deleted_at IS NULL",
        )
        .bind(id)
        .fetch_one(self.conn())
        .await?;
        let due: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT currency, count(*), sum(amount_minor)::bigint FROM payments \
             WHERE account_id = $1 AND deleted_at IS NULL AND status IN ('pending', 'overdue', 'failed') GROUP BY 1 ORDER BY 1",
        )
        .bind(id)
        .fetch_all(self.conn())
        .await?;
        let deal_amounts = open(access, &catalog::OPPORTUNITY, "amount");
        let deals: Vec<Json> = deals
            .into_iter()
            .map(|(closed, won, currency, count, sum)| {
                let state = match (closed, won) {
                    (false, _) => "open",
                    (true, true) => "won",
                    (true, false) => "lost",
                };
                let amount = sum
                    .zip(currency)
                    .filter(|_| deal_amounts)
                    .map(|(sum, currency)| Money::from_minor(sum, &currency).to_json());
                json!({"state": state, "count": count, "amount": amount})
            })
            .collect();
        let payments = open(access, &catalog::PAYMENT, "amount");
        let due: Vec<Json> = due
            .into_iter()
            .map(|(currency, count, sum)| {
                let amount = payments.then(|| Money::from_minor(sum, &currency).to_json());
                json!({"count": count, "amount": amount})
            })
            .collect();
        let cases: Map<String, Json> = if open(access, &catalog::CASE, "status") {
            cases
                .into_iter()
                .map(|(status, count)| (status, json!(count)))
                .collect()
        } else {
            Map::new()
        };
        let satisfaction = satisfaction.filter(|_| open(access, &catalog::CASE, "satisfaction"));
        Ok(json!({
            "contacts": contacts,
            "children": children,
            "activities": activities,
            "opportunities": deals,
            "cases": cases,
            "cases_late": late,
            "satisfaction": satisfaction.map(|average| average.to_string()),
            "payments_due": due,
        }))
    }
}

/// Whether the role sees the values of a field, and so their sums.
fn open(access: &Access, object: &'static Object, field: &str) -> bool {
    !matches!(
        access.field_rule(object, field),
        Some(FieldRule::Hidden | FieldRule::Masked)
    )
}
