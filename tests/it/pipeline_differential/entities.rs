//! Random questions about everything else than deals, answered by the compiler and by a reference over records in memory.

mod ask;
mod facts;
mod kinds;
mod measures;
mod tenant;

use chrono_tz::Tz;
use crm_store::StoreError;
use crm_tools::{
    card::CardTable,
    semantic::{Language, SemanticModel, Spoken, answer},
};

use self::{ask::Asking, facts::Facts, kinds::KINDS, tenant::Tenant};
use super::{ask::Who, asked, reference::Answer};
use crate::analytics_summaries::sum_up;

/// How many questions are asked about an entity.
const QUESTIONS: u64 = 250;

/// Asks about an entity. Questions that fail are told together, each with its seed.
async fn all_equal(entity: &str) {
    let at = KINDS.iter().position(|kind| kind.entity == entity).unwrap();
    let kind = &KINDS[at];
    let known = &SemanticModel::embedded()
        .unwrap()
        .entity(entity)
        .unwrap()
        .dimensions;
    for dimension in known {
        let is_known = kind.dimensions.iter().any(|(name, _)| *name == dimension.name);
        assert!(is_known, "the reference knows no {} of {entity}", dimension.name);
    }
    // In Beirut the clock is put on at midnight.
    let (zone, fiscal) = if at % 2 == 0 {
        (Tz::Europe__Berlin, 4)
    } else {
        (Tz::Asia__Beirut, 1)
    };
    let first = 10_000 + at as u64 * QUESTIONS;
    let tenant = Tenant::new(zone, fiscal, first).await;
    let (mut wrong, mut found) = (Vec::new(), 0);
    for seed in first..first + QUESTIONS {
        let mut asking = Asking::new(&tenant, kind, seed);
        let query = asking.query();
        let expected = Facts::new(&tenant, kind, asking.who, asking.moment).answer(&query);
        found += u64::from(expected.records > 0);
        // From differences, from sums that they were moved into, and from the records alone.
        if seed % 100 == 50 {
            sum_up(&tenant.world.store).await;
        }
        let store = asking.moment.store(asking.who).clone();
        let store = if seed % 4 == 3 {
            store.without_sums()
        } else {
            store
        };
        let got = asked(&store, &query).await.map(|card| {
            let CardTable { rows, records, .. } = card.table.unwrap();
            Answer { rows, records }
        });
        if got.as_ref() != Ok(&expected) {
            let query = serde_json::to_string(&query).unwrap();
            wrong.push(format!(
                "seed {seed}, {:?} asks on {}\n{query}\n  expected {expected:?}\n  got      {got:?}",
                asking.who, asking.moment.today
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {entity} differ, the first of them:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(6)].join("\n\n")
    );
    // Questions that all come out empty would prove nothing.
    assert!(
        found * 2 > QUESTIONS,
        "only {found} of {QUESTIONS} about {entity} found something"
    );
}

#[tokio::test]
async fn random_questions_about_leads_have_the_answers_of_the_reference() {
    all_equal("leads").await;
}

#[tokio::test]
async fn random_questions_about_accounts_have_the_answers_of_the_reference() {
    all_equal("accounts").await;
}

#[tokio::test]
async fn random_questions_about_activities_have_the_answers_of_the_reference() {
    all_equal("activities").await;
}

#[tokio::test]
async fn random_questions_about_cases_have_the_answers_of_the_reference() {
    all_equal("cases").await;
}

#[tokio::test]
async fn random_questions_about_campaigns_have_the_answers_of_the_reference() {
    all_equal("campaigns").await;
}

#[tokio::test]
async fn random_questions_about_campaign_members_have_the_answers_of_the_reference() {
    all_equal("campaign_members").await;
}

#[tokio::test]
async fn random_questions_about_conversations_have_the_answers_of_the_reference() {
    all_equal("conversations").await;
}

#[tokio::test]
async fn random_questions_about_usage_have_the_answers_of_the_reference() {
    all_equal("usage").await;
}

#[tokio::test]
async fn random_questions_about_runs_have_the_answers_of_the_reference() {
    all_equal("runs").await;
}

/// Every entity of the layer has its questions here, or in the tests of deals.
#[test]
fn no_entity_is_left_out() {
    let mut asked: Vec<&str> = KINDS.iter().map(|kind| kind.entity).collect();
    asked.push("opportunities");
    asked.sort_unstable();
    let entities = &SemanticModel::embedded().unwrap().entities;
    let mut known: Vec<&str> = entities.iter().map(|entity| entity.name.as_str()).collect();
    known.sort_unstable();
    assert_eq!(asked, known);
}

/// What the organisation spends is for those who administer budgets, whatever is asked.
#[tokio::test]
async fn random_questions_about_usage_are_refused_to_managers_and_reps() {
    let kind = KINDS.iter().find(|kind| kind.entity == "usage").unwrap();
    let tenant = Tenant::new(Tz::Europe__Berlin, 4, 1).await;
    let spoken = Spoken {
        question: None,
        language: Language::En,
    };
    for seed in 0..40 {
        let mut asking = Asking::new(&tenant, kind, seed);
        let query = asking.query();
        for who in [Who::Manager, Who::Rep] {
            let store = asking.moment.store(who);
            let got = answer(SemanticModel::embedded().unwrap(), store, &query, &spoken).await;
            assert!(
                matches!(got, Err(StoreError::Refused { .. })),
                "seed {seed}: {got:?}"
            );
        }
    }
}
