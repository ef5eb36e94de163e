//! Random questions, answered by the compiler to SQL and by a slow, obvious reference over rows in memory: equal.
//!
//! The reference (`pipeline_differential/reference.rs`) knows the deals, the rates and the calendar by itself; it shares
//! nothing with the compiler but the words of the query.

mod ask;
mod reference;
mod rows;

pub(crate) use rows::person_of;

use crm_store::TenantStore;
use crm_tools::{
    card::AnswerCard,
    semantic::{Form, Language, PipelineQuery, SemanticModel, Spoken, answer},
};
use rand::{SeedableRng as _, rngs::StdRng};

use self::{ask::Asking, reference::Reference, rows::Rows};

/// How many questions about groups are asked.
const QUESTIONS: u64 = 2_000;

async fn asked(store: &TenantStore, query: &PipelineQuery) -> AnswerCard {
    let spoken = Spoken {
        question: None,
        language: Language::En,
    };
    match answer(SemanticModel::embedded().unwrap(), store, query, &spoken).await {
        Ok(card) => card,
        Err(error) => panic!("{}\n{error:?}", shown(query)),
    }
}

fn shown(query: &PipelineQuery) -> String {
    serde_json::to_string(query).unwrap()
}

#[tokio::test]
async fn two_thousand_random_questions_have_the_answers_of_the_reference() {
    let rows = Rows::new(7).await;
    let mut not_empty = 0;
    for seed in 0..QUESTIONS {
        let mut asking = Asking::new(&rows, StdRng::seed_from_u64(seed));
        let query = asking.groups();
        let (who, store) = asking.who();
        let card = asked(store, &query).await;
        let table = card.table.unwrap();
        let expected = Reference::new(&rows, who).groups(&query);
        assert_eq!(
            table.rows,
            expected.rows,
            "seed {seed}, {who:?}\n{}",
            shown(&query)
        );
        assert_eq!(
            table.records,
            expected.records,
            "seed {seed}, {who:?}\n{}",
            shown(&query)
        );
        not_empty += usize::from(!expected.rows.is_empty() && expected.records > 0);
    }
    // Questions that all come out empty would prove nothing.
    assert!(
        not_empty > 1_000,
        "only {not_empty} of {QUESTIONS} found something"
    );
}

#[tokio::test]
async fn random_cohorts_are_those_of_the_reference() {
    let rows = Rows::new(11).await;
    for seed in 0..100 {
        let mut asking = Asking::new(&rows, StdRng::seed_from_u64(seed));
        let query = asking.cohort();
        let (who, store) = asking.who();
        let table = asked(store, &query).await.table.unwrap();
        let expected = Reference::new(&rows, who).cohort(&query);
        assert_eq!(table.rows, expected, "seed {seed}, {who:?}\n{}", shown(&query));
    }
}

#[tokio::test]
async fn random_days_of_the_past_are_those_of_the_reference() {
    let rows = Rows::new(13).await;
    for seed in 0..200 {
        let mut asking = Asking::new(&rows, StdRng::seed_from_u64(seed));
        let query = asking.as_of();
        let (who, store) = asking.who();
        let table = asked(store, &query).await.table.unwrap();
        let expected = Reference::new(&rows, who).groups(&query);
        assert_eq!(
            table.rows,
            expected.rows,
            "seed {seed}, {who:?}\n{}",
            shown(&query)
        );
    }
}

#[tokio::test]
async fn records_of_past_days_are_those_of_the_reference() {
    let rows = Rows::new(19).await;
    for seed in 0..20 {
        let mut asking = Asking::new(&rows, StdRng::seed_from_u64(seed));
        let query = asking.past_records();
        let (who, store) = asking.who();
        let mut table = asked(store, &query).await.table.unwrap();
        table.rows.sort_by_key(|row| row[0]["id"].to_string());
        let expected = Reference::new(&rows, who).past_records(&query);
        for (row, expected) in table.rows.iter().zip(&expected) {
            let stored = rows.deals.iter().find(|deal| row[0]["id"] == deal.id.to_string());
            let change = rows
                .changes
                .iter()
                .find(|change| row[0]["id"] == change.deal.to_string());
            assert_eq!(
                row,
                expected,
                "seed {seed}, {who:?}\n{}\n{stored:?}\n{change:?}",
                shown(&query)
            );
        }
        assert_eq!(
            table.rows.len(),
            expected.len(),
            "seed {seed}, {who:?}\n{}",
            shown(&query)
        );
    }
}

#[tokio::test]
async fn random_bridges_add_up_and_are_those_of_the_reference() {
    let rows = Rows::new(17).await;
    for seed in 0..100 {
        let mut asking = Asking::new(&rows, StdRng::seed_from_u64(seed));
        let query = asking.bridge();
        let (who, store) = asking.who();
        let table = asked(store, &query).await.table.unwrap();
        let Form::Bridge { from, to } = query.form else {
            panic!("a bridge")
        };
        let reference = Reference::new(&rows, who);
        let number = |part: &str| {
            let row = table.rows.iter().find(|row| row[0] == part).unwrap();
            row[1].as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap()
        };
        let context = format!("seed {seed}, {who:?}\n{}", shown(&query));
        assert_eq!(number("opening"), reference.open_on(&query, from), "{context}");
        assert_eq!(number("closing"), reference.open_on(&query, to), "{context}");
        let sum = number("opening") + number("created") + number("moved_in") + number("changed")
            - number("won")
            - number("lost")
            - number("slipped");
        assert_eq!(sum, number("closing"), "{context}");
    }
}
