//! What somebody may know of the records of an entity.

use chrono::{DateTime, NaiveDate, Utc};
use crm_tools::semantic::{Entity, FilterOp, Form, PipelineQuery, QueryFilter, SemanticModel};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{
    kinds::{Kept, Kind},
    tenant::{Record, Tenant},
};
use crate::pipeline_differential::{
    ask::Who,
    reference::{
        Answer, converted, currency_of,
        days::Calendar,
        digits,
        groups::Grouping as _,
        stages::cohort,
        truth::Truth,
        values::{Number, Value, directed, holds, rounded},
    },
    rows::Moment,
};

/// How many are shown when nothing is said.
const USUAL: u32 = 100;

pub(super) struct Facts<'a> {
    pub(super) tenant: &'a Tenant,
    kind: &'static Kind,
    who: Who,
    calendar: Calendar,
    entity: &'static Entity,
}

pub(super) fn text<'r>(record: &'r Record, column: &str) -> Option<&'r str> {
    record[column].as_str()
}

pub(super) fn id(record: &Record, column: &str) -> Option<Uuid> {
    text(record, column).map(|id| id.parse().unwrap())
}

pub(super) fn flag(record: &Record, column: &str) -> bool {
    record[column].as_bool().unwrap()
}

pub(super) fn number(record: &Record, column: &str) -> Option<Decimal> {
    record[column].as_i64().map(Decimal::from)
}

pub(super) fn moment(record: &Record, column: &str) -> Option<DateTime<Utc>> {
    text(record, column).map(|at| at.parse().unwrap())
}

impl<'a> Facts<'a> {
    pub(super) fn new(tenant: &'a Tenant, kind: &'static Kind, who: Who, moment: &Moment) -> Self {
        Self {
            tenant,
            kind,
            who,
            calendar: Calendar {
                zone: tenant.zone,
                fiscal: tenant.fiscal,
                today: moment.today,
            },
            entity: SemanticModel::embedded().unwrap().entity(kind.entity).unwrap(),
        }
    }

    /// Whether the asker sees a record.
    fn sees(&self, table: &str, record: &Record) -> bool {
        let owns = |column: &str| id(record, column) == Some(self.tenant.rep);
        let parents = [
            ("lead_id", "leads"),
            ("contact_id", "contacts"),
            ("account_id", "accounts"),
            ("opportunity_id", "opportunities"),
            ("case_id", "cases"),
        ];
        let sees_parent = || {
            parents.iter().any(|(column, table)| {
                let parent = record.get(*column).and_then(Json::as_str);
                let parent = parent.and_then(|id| self.tenant.record(table, id.parse().unwrap()));
                parent.is_some_and(|parent| self.sees(table, parent))
            })
        };
        let is_about_nobody = || {
            parents
                .iter()
                .all(|(column, _)| record.get(*column).is_none_or(Json::is_null))
        };
        match (table, self.who) {
            ("runs", who @ (Who::Manager | Who::Rep)) => {
                let below = self.tenant.sellers;
                let actor = id(record, "actor_id").unwrap();
                let own = match who {
                    Who::Manager => actor == self.tenant.manager || below.contains(&actor),
                    _ => actor == self.tenant.rep,
                };
                let kind = text(record, "actor_kind");
                // Managers manage articles, which the runs of `answer` quote.
                kind == Some("visitor")
                    || (kind == Some("user") && own)
                    || (who == Who::Manager && text(record, "agent") == Some("answer"))
            }
            ("ledger_entries", who) => who == Who::Admin,
            (_, Who::Admin | Who::Manager)
            | ("campaigns" | "queues" | "products" | "sla_policies", Who::Rep) => true,
            ("campaign_members", Who::Rep) => sees_parent(),
            ("activities", Who::Rep) => {
                owns("owner_id") || sees_parent() || (record["owner_id"].is_null() && is_about_nobody())
            }
            (_, Who::Rep) => record["owner_id"].is_null() || owns("owner_id"),
        }
    }

    /// A record with what it is called; nobody is told what a record is called that he does not see.
    fn named(&self, table: &str, id: Uuid) -> Value {
        let column = match table {
            "cases" | "activities" | "conversations" => "subject",
            "campaign_members" => "id",
            "ledger_entries" | "runs" => return Value::Named(id, None),
            _ => "name",
        };
        let record = self
            .tenant
            .record(table, id)
            .filter(|record| self.sees(table, record));
        let name = record.and_then(|record| text(record, column));
        Value::Named(id, name.map(str::to_owned))
    }

    fn kept(&self, record: &Record, kept: Kept) -> Value {
        let or_none = |value: Option<Value>| value.unwrap_or(Value::None);
        match kept {
            Kept::Text(column) => or_none(text(record, column).map(|text| Value::Text(text.to_owned()))),
            Kept::Word(column, words) => or_none(text(record, column).map(|word| {
                let place = words.iter().position(|known| *known == word);
                Value::Ranked(place.unwrap(), word.to_owned())
            })),
            Kept::Flag(column) => Value::Flag(flag(record, column)),
            Kept::Number(column) => or_none(number(record, column).map(Value::Number)),
            Kept::Money(column) => or_none(self.money(record, column, "EUR").map(Value::Number)),
            Kept::Day(column) => or_none(text(record, column).map(|day| Value::Day(day.parse().unwrap()))),
            Kept::Moment(column) => or_none(self.day(record, column).map(Value::Day)),
            Kept::Person(column) => {
                or_none(id(record, column).map(|id| Value::Named(id, self.tenant.people.get(&id).cloned())))
            }
            Kept::Record(column, table) => or_none(id(record, column).map(|id| self.named(table, id))),
            Kept::Of(column, table, kept) => {
                let other = id(record, column).and_then(|id| self.tenant.record(table, id));
                // What is deleted, or hidden from the asker, tells nothing.
                let other = other.filter(|other| self.sees(table, other) && other["deleted_at"].is_null());
                or_none(other.map(|other| self.kept(other, *kept)))
            }
        }
    }

    fn of(&self, dimension: &str) -> Kept {
        let found = self.kind.dimensions.iter().find(|(name, _)| *name == dimension);
        found
            .unwrap_or_else(|| panic!("nothing is known of {dimension} of {}", self.kind.entity))
            .1
    }

    /// The day of a moment.
    pub(super) fn day(&self, record: &Record, column: &str) -> Option<NaiveDate> {
        moment(record, column).map(|at| self.calendar.local(at))
    }

    /// An amount in a currency; none without an amount or a rate.
    pub(super) fn money(&self, record: &Record, column: &str, currency: &str) -> Option<Decimal> {
        let minor = record[column].as_i64()?;
        converted(minor, text(record, "currency")?, currency, self.calendar.today)
    }

    /// The campaign that a record came from, if the asker sees it and it is not deleted.
    pub(super) fn campaign(&self, record: &Record) -> Option<&'a Record> {
        let campaign = self.tenant.record("campaigns", id(record, "campaign_id")?)?;
        campaign["deleted_at"].is_null().then_some(campaign)
    }

    fn fulfils(&self, record: &Record, filter: &QueryFilter, query: &PipelineQuery) -> bool {
        let value = match (self.of(&filter.dimension), filter.op) {
            (Kept::Money(column), FilterOp::IsNull) => {
                return record[column].is_null() == filter.value.as_bool().unwrap();
            }
            (Kept::Money(column), _) => {
                let amount = self.money(record, column, &currency_of(query));
                amount.map_or(Value::None, Value::Number)
            }
            (kept, _) => self.kept(record, kept),
        };
        holds(&value, filter)
    }

    pub(super) fn answer(&self, query: &PipelineQuery) -> Answer {
        match query.form {
            Form::Groups => self.groups(query),
            Form::Cohort { .. } => cohort(self, query, |record| {
                let reached = self.day(record, self.kind.reached.unwrap());
                // Leads that were converted, and no others.
                reached.filter(|_| record.get("is_converted").is_none_or(|is| *is == json!(true)))
            }),
            _ => self.records(query),
        }
    }

    fn records(&self, query: &PipelineQuery) -> Answer {
        let mut records = self.asked(query);
        let currency = currency_of(query);
        let shown = |record: &Record, name: &str| match self.of(name) {
            Kept::Moment(column) => moment(record, column).map_or(Value::None, Value::Moment),
            Kept::Money(column) => {
                let amount = self.money(record, column, &currency);
                amount.map_or(Value::None, |amount| {
                    Value::Number(rounded(amount, digits(&currency)))
                })
            }
            kept => self.kept(record, kept),
        };
        records.sort_by(|one, other| {
            let order = match query.order.first() {
                Some(asked) => {
                    let by = |record: &Record| shown(record, &asked.by).asked();
                    directed(&by(one), &by(other), asked.descending)
                }
                None => moment(other, "created_at").cmp(&moment(one, "created_at")),
            };
            order.then_with(|| id(other, "id").cmp(&id(one, "id")))
        });
        let count = i64::try_from(records.len()).unwrap();
        records.truncate(query.limit.unwrap_or(USUAL) as usize);
        let row = |record: &&Record| -> Vec<Json> {
            let own = self.named(self.kind.table, id(record, "id").unwrap());
            let others = self.kind.shown.iter().map(|name| shown(record, name).json());
            std::iter::once(own.json()).chain(others).collect()
        };
        Answer {
            rows: records.iter().map(row).collect(),
            records: count,
        }
    }
}

impl<'a> Truth for Facts<'a> {
    type Row = &'a Record;

    fn calendar(&self) -> Calendar {
        self.calendar
    }

    fn entity(&self) -> &'static Entity {
        self.entity
    }

    fn filtered(&self, query: &PipelineQuery) -> Vec<&'a Record> {
        let usual = usual_filters(self.kind.entity);
        let says = |name: &str| query.filters.iter().any(|filter| filter.dimension == name);
        let usual = usual.iter().filter(|filter| !says(&filter.dimension));
        let filters: Vec<&QueryFilter> = query.filters.iter().chain(usual).collect();
        let mut records: Vec<&Record> = self.tenant.all(self.kind.table).collect();
        records.retain(|record| {
            record.get("deleted_at").is_none_or(Json::is_null)
                && self.sees(self.kind.table, record)
                && filters.iter().all(|filter| self.fulfils(record, filter, query))
        });
        records
    }

    fn value(&self, record: &&'a Record, dimension: &str) -> Value {
        self.kept(record, self.of(dimension))
    }

    fn measure(&self, name: &str, records: &[&&'a Record], query: &PipelineQuery) -> Number {
        let records: Vec<&Record> = records.iter().map(|record| **record).collect();
        self.worth(self.kind.entity, name, &records, query)
    }
}

/// What holds unless a query says something else of the dimension: usage is what was spent.
fn usual_filters(entity: &str) -> Vec<QueryFilter> {
    if entity != "usage" {
        return Vec::new();
    }
    vec![QueryFilter {
        dimension: "account".to_owned(),
        op: FilterOp::Eq,
        value: json!("spent"),
    }]
}
