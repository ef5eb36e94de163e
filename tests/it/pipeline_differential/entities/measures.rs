//! What measures are worth, in the words of their definitions.

use std::collections::BTreeSet;

use crm_tools::semantic::PipelineQuery;
use rust_decimal::Decimal;

use super::{
    facts::{Facts, flag, id, moment, number, text},
    tenant::Record,
};
use crate::pipeline_differential::reference::{currency_of, digits, values::Number};

/// A whole or a part of a billion.
const NANO: Decimal = Decimal::from_parts(1, 0, 0, false, 9);

fn counted(count: usize) -> Number {
    Number {
        exact: Some(Decimal::from(count)),
        digits: 0,
        additive: true,
    }
}

fn summed(values: impl Iterator<Item = Option<Decimal>>, digits: u32) -> Number {
    Number {
        exact: Some(values.flatten().sum()),
        digits,
        additive: true,
    }
}

fn single(exact: Option<Decimal>, digits: u32) -> Number {
    Number {
        exact,
        digits,
        additive: false,
    }
}

fn mean(values: impl Iterator<Item = Option<Decimal>>) -> Option<Decimal> {
    let values: Vec<Decimal> = values.flatten().collect();
    let count = Decimal::from(values.len());
    (!values.is_empty()).then(|| values.into_iter().sum::<Decimal>() / count)
}

fn share(part: usize, whole: usize) -> Number {
    let share = (whole > 0).then(|| Decimal::from(part) / Decimal::from(whole));
    single(share, 6)
}

/// The seconds between two moments of a record that has both.
fn seconds(record: &Record, from: &str, to: &str) -> Option<Decimal> {
    let length = moment(record, to)? - moment(record, from)?;
    Some(Decimal::new(length.num_milliseconds(), 3))
}

fn mean_of(records: &[&Record], from: &str, to: &str, unit: u32) -> Number {
    let mean = mean(records.iter().map(|record| seconds(record, from, to)));
    single(mean.map(|seconds| seconds / Decimal::from(unit)), 6)
}

fn distinct(records: &[&Record], column: &str) -> usize {
    let ids: BTreeSet<_> = records.iter().filter_map(|record| id(record, column)).collect();
    ids.len()
}

impl Facts<'_> {
    #[expect(clippy::too_many_lines, reason = "a line for each measure, in one list")]
    pub(super) fn worth(
        &self,
        entity: &str,
        name: &str,
        records: &[&Record],
        query: &PipelineQuery,
    ) -> Number {
        let count = |which: &dyn Fn(&Record) -> bool| records.iter().filter(|record| which(record)).count();
        let is = |column: &'static str, words: &'static [&'static str]| {
            move |record: &Record| text(record, column).is_some_and(|word| words.contains(&word))
        };
        let sum = |column: &str| summed(records.iter().map(|record| number(record, column)), 6);
        let average = |column: &str| single(mean(records.iter().map(|record| number(record, column))), 6);
        let has = |column: &'static str| move |record: &Record| !record[column].is_null();
        let currency = currency_of(query);
        let cents = digits(&currency);
        let money = |column: &'static str| records.iter().map(|record| self.money(record, column, &currency));
        // The costs of the campaign that they came from.
        let cost = || {
            let costs = records.iter().filter_map(|record| {
                let campaign = self.campaign(record)?;
                self.money(campaign, "actual_cost_minor", &currency)
            });
            costs.max()
        };
        let per = |count: usize| {
            let per = (count > 0).then(|| Some(cost()? / Decimal::from(count)));
            single(per.flatten(), 6)
        };
        let all = records.len();
        match (entity, name) {
            (_, "count") => counted(all),
            ("leads", "open_count") => counted(count(&is(
                "status",
                &["new", "working", "nurturing", "qualified"],
            ))),
            ("leads", "qualified_count") => counted(count(&is("status", &["qualified", "converted"]))),
            ("leads", "converted_count") => counted(count(&|lead| flag(lead, "is_converted"))),
            ("leads", "conversion_rate") => share(count(&|lead| flag(lead, "is_converted")), all),
            ("leads", "days_to_convert") => mean_of(records, "created_at", "converted_at", 86_400),
            ("leads" | "campaign_members", "cost_per_member") | ("leads", "cost_per_lead") => per(all),
            ("campaign_members", "cost_per_lead") => per(distinct(records, "lead_id")),
            ("campaign_members", "response_count") => counted(count(&|member| flag(member, "has_responded"))),
            ("campaign_members", "response_rate") => {
                share(count(&|member| flag(member, "has_responded")), all)
            }
            ("accounts", "customer_count") => counted(count(&is("type", &["customer"]))),
            ("accounts", "annual_revenue") => summed(money("annual_revenue_minor"), cents),
            ("accounts", "average_annual_revenue") => single(mean(money("annual_revenue_minor")), cents),
            ("accounts", "average_employees") => average("number_of_employees"),
            ("activities", "completed_count") => counted(count(&is("status", &["completed"]))),
            ("activities", "open_count") => {
                counted(count(&is("status", &["planned", "in_progress", "waiting"])))
            }
            ("activities", "meetings_held" | "calls_made") => {
                let of = if name == "calls_made" { "call" } else { "meeting" };
                counted(count(&|activity| {
                    text(activity, "type") == Some(of) && text(activity, "status") == Some("completed")
                }))
            }
            ("activities", "emails_exchanged") => counted(count(&is("type", &["email"]))),
            ("activities", "total_minutes") => sum("duration_minutes"),
            ("activities", "average_minutes") => average("duration_minutes"),
            ("activities", "account_count") => {
                single(Some(Decimal::from(distinct(records, "account_id"))), 0)
            }
            ("cases", "open_count") => counted(count(&is("status", &["new", "open", "pending", "reopened"]))),
            ("cases", "resolved_count") => counted(count(&has("resolved_at"))),
            ("cases", "first_response_hours") => mean_of(records, "created_at", "first_responded_at", 3_600),
            ("cases", "resolution_hours") => mean_of(records, "created_at", "resolved_at", 3_600),
            ("cases", "median_resolution_hours") => {
                let lengths = records
                    .iter()
                    .map(|case| seconds(case, "created_at", "resolved_at"));
                let mut lengths: Vec<Decimal> = lengths.flatten().collect();
                lengths.sort();
                let middle = (!lengths.is_empty()).then(|| {
                    (lengths[(lengths.len() - 1) / 2] + lengths[lengths.len() / 2]) / Decimal::from(7_200)
                });
                single(middle, 6)
            }
            ("cases", "satisfaction") => average("satisfaction"),
            ("cases", "breach_rate") => {
                let late = |case: &Record| {
                    flag(case, "first_response_breached") || flag(case, "resolution_breached")
                };
                share(count(&late), all)
            }
            ("cases", "reopen_rate") => {
                let again = |case: &Record| number(case, "reopened_count") > Some(Decimal::ZERO);
                share(count(&again), all)
            }
            ("cases", "escalated_count") => counted(count(&|case| flag(case, "is_escalated"))),
            ("campaigns", "budgeted_cost") => summed(money("budgeted_cost_minor"), cents),
            ("campaigns", "actual_cost") => summed(money("actual_cost_minor"), cents),
            ("campaigns", "expected_revenue") => summed(money("expected_revenue_minor"), cents),
            ("campaigns", "number_sent") => sum("number_sent"),
            ("conversations", "handoff_count") => counted(count(&has("handoff_requested_at"))),
            ("conversations", "handoff_rate") => share(count(&has("handoff_requested_at")), all),
            ("conversations", "containment_rate") => {
                let closed = is("status", &["closed"]);
                let alone = |talk: &Record| closed(talk) && !has("handoff_requested_at")(talk);
                share(count(&alone), count(&closed))
            }
            ("conversations", "average_messages") => average("message_count"),
            ("conversations", "tokens") => sum("tokens"),
            ("usage", "cost") => {
                let spent = records
                    .iter()
                    .map(|entry| Some(number(entry, "amount_nano")? * NANO));
                summed(spent, 15)
            }
            ("usage", "calls") => counted(count(&is("kind", &["settle"]))),
            ("usage", "input_tokens" | "output_tokens") => sum(name),
            ("usage", "cached_tokens") => sum("cached_input_tokens"),
            ("runs", "completed_rate") => share(
                count(&is("outcome", &["completed"])),
                count(&is("state", &["finished"])),
            ),
            ("runs", "degraded_rate") => share(count(&|run| flag(run, "degraded")), all),
            ("runs", "failed_count") => counted(count(&is("outcome", &["failed", "interrupted"]))),
            ("runs", "average_hours") => mean_of(records, "created_at", "finished_at", 3_600),
            _ => panic!("nobody knows what {name} of {entity} is worth"),
        }
    }
}
