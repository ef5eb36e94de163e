//! Random questions, answered by the compiler to SQL and by a slow, obvious reference over rows in memory: equal.
//!
//! The reference (`pipeline_differential/reference.rs`) knows the deals, their history, the quotas, the rates and the calendar
//! by itself; it shares nothing with the compiler but the words of the query. Questions are asked by three people at moments
//! that are hard for calendars, in two tenants whose time zones and fiscal years differ.

mod ask;
mod entities;
mod reference;
mod rows;

pub(crate) use rows::person_of;

use std::{collections::BTreeMap, ops::Range};

use chrono_tz::Tz;
use crm_store::TenantStore;
use crm_tools::{
    card::{AnswerCard, CardTable},
    semantic::{Language, PipelineQuery, SemanticModel, Spoken, answer},
};

use self::{
    ask::{Asking, Kind},
    reference::{Answer, Reference},
    rows::Rows,
};
use crate::analytics_summaries::sum_up;

async fn asked(store: &TenantStore, query: &PipelineQuery) -> Result<AnswerCard, String> {
    let spoken = Spoken {
        question: None,
        language: Language::En,
    };
    answer(SemanticModel::embedded().unwrap(), store, query, &spoken)
        .await
        .map_err(|error| format!("{error:?}"))
}

/// Asks a question for each seed. Those that fail are told together, each with its seed.
async fn all_equal(zone: Tz, fiscal: u32, seeds: Range<u64>) {
    let rows = Rows::new(zone, fiscal, seeds.start).await;
    let (mut wrong, mut found) = (Vec::new(), BTreeMap::<Kind, (u32, u32)>::new());
    for seed in seeds {
        let mut asking = Asking::new(&rows, seed);
        let query = asking.query();
        let expected = Reference::new(&rows, asking.who, asking.moment).answer(asking.kind, &query);
        let tally = found.entry(asking.kind).or_default();
        tally.0 += 1;
        tally.1 += u32::from(expected.records > 0);
        // From differences, from sums that they were moved into, and from the records alone.
        if seed % 500 == 250 {
            sum_up(&rows.world.store).await;
        }
        // What was touched since is read beside what is kept; of other deals that changes nothing.
        if seed % 500 == 350 {
            sqlx::query(
                "INSERT INTO opportunity_touched (tenant_id, record_id) SELECT tenant_id, id FROM opportunities \
                 WHERE abs(hashtext(id::text)) % 3 = 0",
            )
            .execute(&rows.world.owner)
            .await
            .unwrap();
        }
        let store = asking.store().clone();
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
                "seed {seed}, {:?} asks {:?} on {}\n{query}\n  expected {expected:?}\n  got      {got:?}",
                asking.who, asking.kind, asking.moment.today
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ, the first of them:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(8)].join("\n\n")
    );
    // Questions that all come out empty would prove nothing.
    for (kind, (asked, not_empty)) in found {
        assert!(
            asked >= 30 && not_empty * 2 > asked,
            "only {not_empty} of {asked} {kind:?} found something"
        );
    }
}

#[tokio::test]
async fn a_thousand_random_questions_in_berlin_have_the_answers_of_the_reference() {
    all_equal(Tz::Europe__Berlin, 4, 0..1_000).await;
}

/// In Beirut the clock is put on at midnight: the last of March 2024 began at one o'clock.
#[tokio::test]
async fn a_thousand_random_questions_in_beirut_have_the_answers_of_the_reference() {
    all_equal(Tz::Asia__Beirut, 1, 1_000..2_000).await;
}
