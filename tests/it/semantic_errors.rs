//! What cannot be asked, and what the answer says would be right.

use crm_store::StoreError;
use crm_tools::semantic::{Language, PipelineQuery, SemanticModel, Spoken, answer, in_words};
use serde_json::{Value as Json, json};

use crate::analytics_support::{Deal, World, day};

async fn said(world: &World, query: Json) -> String {
    let query: PipelineQuery = serde_json::from_value(query).unwrap();
    match answer(
        SemanticModel::embedded().unwrap(),
        &world.rep,
        &query,
        &Spoken::default(),
    )
    .await
    {
        Ok(card) => format!("{} | {}", card.sentence, card.notes.join(" | ")),
        Err(StoreError::InvalidMany(problems)) => in_words(&problems),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn errors_say_what_would_be_right() {
    let world = World::new().await;
    world.account(None, "Acme", Some("Retail")).await;
    let mut all = Vec::new();
    for query in [
        json!({"entity": "oportunity", "measures": ["count"]}),
        json!({"entity": "opportunities", "measures": []}),
        json!({"entity": "opportunities", "measures": ["won_amout", "stage"]}),
        json!({"entity": "opportunities", "measures": ["count"], "dimensions": [{"name": "regoin"}]}),
        json!({"entity": "opportunities", "measures": ["win_rate"], "dimensions": [{"name": "stage"}]}),
        json!({"entity": "opportunities", "measures": ["quota_attainment"], "dimensions": [{"name": "type"}]}),
        json!({"entity": "opportunities", "measures": ["count"], "dimensions": [{"name": "stage", "grain": "month"}]}),
        json!({"entity": "opportunities", "measures": ["count"], "dimensions": [{"name": "close_date"}]}),
        json!({"entity": "opportunities", "measures": ["count"], "dimensions": [{"name": "amount_each"}]}),
        json!({"entity": "opportunities", "measures": ["count"], "limit": 5000}),
        json!({"entity": "opportunities", "measures": ["count"], "having": [{"measure": "won_amount", "op": "gt", "value": "5"}]}),
        json!({"entity": "opportunities", "measures": ["count"], "order": [{"by": "owner"}]}),
        json!({"entity": "opportunities", "measures": ["win_rate"], "dimensions": [{"name": "owner"}], "share": true}),
        json!({"entity": "opportunities", "measures": ["count"], "compare": "previous_year"}),
        json!({"entity": "opportunities", "measures": ["count"], "as_of": "2030-01-01"}),
        json!({"entity": "leads", "form": {"kind": "funnel"}}),
        json!({"entity": "leads", "measures": ["cost_per_lead"]}),
        json!({"entity": "opportunities", "form": {"kind": "bridge", "from": "2024-06-01", "to": "2024-05-01"}}),
        json!({"entity": "opportunities", "measures": ["count"], "currency": "EURO"}),
        json!({"entity": "opportunities", "measures": ["created_count", "won_count"], "time": {"range": {"kind": "relative", "unit": "month", "offset": 0}}}),
        json!({"entity": "opportunities", "measures": ["count"], "filters": [{"dimension": "type", "op": "eq", "value": "renewl"}]}),
        json!({"entity": "opportunities", "measures": ["count"], "filters": [{"dimension": "owner", "op": "eq", "value": "Jo"}]}),
        json!({"entity": "opportunities", "measures": ["count"], "filters": [{"dimension": "account", "op": "eq", "value": "Nobody Ltd"}]}),
        json!({"entity": "opportunities", "measures": ["count"], "filters": [{"dimension": "stage", "op": "gt", "value": "A"}]}),
        json!({"entity": "opportunities", "measures": ["count"], "filters": [{"dimension": "close_date", "op": "gt", "value": "soon"}]}),
        json!({"entity": "accounts", "form": {"kind": "cohort", "grain": "month", "stretches": 3}}),
    ] {
        // Ids are made anew each time.
        let said = said(&world, query.clone()).await;
        let said: Vec<&str> = said.split(' ').filter(|word| !word.contains("-7")).collect();
        all.push(format!("{query}\n    {}", said.join(" ").replace('\n', "\n    ")));
    }
    insta::assert_snapshot!(all.join("\n"));
}

/// Won renewals are no share of quotas that were set for all deals.
#[tokio::test]
async fn a_measure_is_narrowed_only_by_what_it_makes_sense_of() {
    let world = World::new().await;
    let month = json!({"kind": "named", "unit": "month", "year": 2024, "number": 6});
    for (measure, more, wrong) in [
        (
            "quota_attainment",
            json!({"filters": [{"dimension": "type", "op": "eq", "value": "renewal"}]}),
            "/filters/0/dimension: quota_attainment (quota attainment) makes no sense by type (deal type); it does by owner \
             and close_date",
        ),
        (
            "quota_attainment",
            json!({"time": {"dimension": "created_at", "range": month}}),
            "/time/dimension: quota_attainment (quota attainment) makes no sense by created_at (created); it does by \
             owner and close_date",
        ),
    ] {
        let mut query = json!({"entity": "opportunities", "measures": [measure]});
        for (key, value) in more.as_object().unwrap() {
            query[key] = value.clone();
        }
        assert_eq!(said(&world, query).await, wrong);
    }
    // What it does make sense of goes on, and what counts records is narrowed by anything.
    for query in [
        json!({"entity": "opportunities", "measures": ["quota_attainment"], "time": {"range": month},
            "filters": [{"dimension": "owner", "op": "is_null", "value": false}]}),
        json!({"entity": "opportunities", "measures": ["win_rate"],
            "filters": [{"dimension": "type", "op": "eq", "value": "renewal"}]}),
        json!({"entity": "opportunities", "measures": ["open_count"],
            "filters": [{"dimension": "is_closed", "op": "eq", "value": true}]}),
    ] {
        let told = said(&world, query).await;
        assert!(!told.starts_with('/'), "{told}");
    }
}

#[tokio::test]
async fn an_empty_answer_says_why_it_may_be_empty() {
    let world = World::new().await;
    let deal = Deal {
        close: Some(day(2024, 5, 2)),
        ..Deal::new("Closed Won", 10_000)
    };
    world.deals(&[deal]).await;
    let mut all = Vec::new();
    for query in [
        json!({"entity": "opportunities", "measures": ["won_amount"], "time": {"range": {"kind": "relative", "unit": "quarter", "offset": 1}}}),
        json!({"entity": "opportunities", "measures": ["win_rate"], "time": {"range": {"kind": "named", "unit": "month", "year": 2024, "number": 2}}}),
        json!({"entity": "opportunities", "measures": ["win_rate"], "filters": [{"dimension": "is_closed", "op": "eq", "value": false}]}),
        json!({"entity": "opportunities", "measures": ["count"], "dimensions": [{"name": "stage"}], "filters": [{"dimension": "lead_source", "op": "eq", "value": "Fax"}]}),
        json!({"entity": "opportunities", "measures": ["count"], "dimensions": [{"name": "stage"}], "having": [{"measure": "count", "op": "gt", "value": "9"}]}),
    ] {
        all.push(format!("{query}\n    {}", said(&world, query.clone()).await));
    }
    insta::assert_snapshot!(all.join("\n"));
}

#[tokio::test]
async fn a_card_says_everything_in_each_language() {
    let world = World::new().await;
    world.rate("USD", "0.92", day(2024, 1, 1)).await;
    let deals = [("EUR", 4, 3), ("USD", 5, 2), ("EUR", 6, 1)].map(|(currency, month, date)| Deal {
        close: Some(day(2024, month, date)),
        currency,
        ..Deal::new("Closed Won", 1_234_550)
    });
    world.deals(&deals).await;
    let base = json!({"entity": "opportunities", "measures": ["won_amount"]});
    let mut all = Vec::new();
    let this_quarter = json!({"range": {"kind": "relative", "unit": "quarter", "offset": 0}});
    for more in [
        json!({"time": {"range": {"kind": "relative", "unit": "month", "offset": 0}}, "compare": "previous_period"}),
        json!({"time": this_quarter, "dimensions": [{"name": "close_date", "grain": "month"}]}),
        json!({"dimensions": [{"name": "stage"}, {"name": "currency"}], "share": true}),
        json!({"measures": [], "form": {"kind": "records"}}),
        json!({"measures": [], "form": {"kind": "funnel"}}),
        json!({"measures": [], "form": {"kind": "bridge", "from": "2024-03-31", "to": "2024-06-13"}}),
        json!({"measures": [], "form": {"kind": "cohort", "grain": "quarter", "stretches": 4}}),
    ] {
        let mut query = base.clone();
        for (key, value) in more.as_object().unwrap() {
            query[key] = value.clone();
        }
        let query: PipelineQuery = serde_json::from_value(query).unwrap();
        for language in Language::ALL {
            let spoken = Spoken {
                question: None,
                language,
            };
            let card = answer(SemanticModel::embedded().unwrap(), &world.rep, &query, &spoken)
                .await
                .unwrap();
            all.push(format!(
                "{} | {} | {} | {}",
                card.sentence,
                card.filters.join("; "),
                card.notes.join("; "),
                card.rights.unwrap()
            ));
            let chart = card.chart.map(|chart| chart["$schema"].clone());
            let expected = json!("https://vega.github.io/schema/vega-lite/v6.json");
            assert!(chart.is_none_or(|schema| schema == expected));
        }
    }
    insta::assert_snapshot!(all.join("\n"));
}
