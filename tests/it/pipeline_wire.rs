//! Committed questions by way of a model's tool calls, over the wire of a provider: the card has what SQL by hand says. And
//! questions that read too much, by every way.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use crm_agents::{
    Runner, RunnerConfig, RunnerParts, StartRun, definitions,
    event::RunOutcome,
    model::{ChatModel, Fallback},
    offline::OfflineModel,
};
use crm_evals::{PipelineCase, PipelineKind, load_demo, load_years, open_asker, pipeline_suite};
use crm_store::{FixedClock, Store};
use crm_tests::{
    fake_openai::{Captured, FakeOpenAi, Reply},
    harness::TestDb,
};
use crm_tools::{
    ToolRegistry,
    card::{AnswerCard, CardKind},
    pipeline::{AskBack, Chart, Decline, DescribeMetrics, Question, ReadQuestion, RunQuery, ask},
    semantic::Language,
};
use serde_json::{Value, json};
use sqlx::Acquire as _;

use crate::{
    pipeline_questions::{MOMENT, VIEWS, agree_in_text, rows},
    run_tools::Found,
};

/// How many of each kind are asked.
const EACH: usize = 5;

fn runner(store: &Store, models: Vec<Arc<dyn ChatModel>>) -> Runner {
    let tools = ToolRegistry::new()
        .with(DescribeMetrics)
        .and_then(|tools| tools.with(ReadQuestion))
        .and_then(|tools| tools.with(RunQuery))
        .and_then(|tools| tools.with(Chart))
        .and_then(|tools| tools.with(AskBack))
        .and_then(|tools| tools.with(Decline))
        .unwrap();
    let parts = RunnerParts {
        store: store.clone(),
        models: Fallback::new(models, Arc::new(OfflineModel::new(None))),
        agents: vec![definitions::pipeline(tools).unwrap()],
        retriever: Arc::new(|_| {
            Arc::new(Found {
                passages: Vec::new(),
                searches: Arc::default(),
            })
        }),
    };
    Runner::new(parts, RunnerConfig::default())
}

/// The same number of each kind, and of languages whatever comes.
fn sample(cases: &[PipelineCase]) -> Vec<PipelineCase> {
    let mut taken: BTreeMap<PipelineKind, usize> = BTreeMap::new();
    let mut all: Vec<&PipelineCase> = cases.iter().collect();
    // Neighbours are alike: every seventh, round and round.
    let count = all.len();
    all = (0..count).map(|at| all[at * 7 % count]).collect();
    let wanted = all.into_iter().filter(|case| {
        let taken = taken.entry(case.kind).or_default();
        *taken += 1;
        *taken <= EACH
    });
    wanted.cloned().collect()
}

/// What a good model calls: the meant query as arguments; what must be declined is declined, what is ambiguous asked back.
fn call(case: &PipelineCase) -> Reply {
    match (&case.query, case.kind) {
        (Some(query), _) => {
            let arguments = json!({"query": query, "language": case.lang});
            Reply::call("call_1", "run_query", &arguments)
        }
        (None, PipelineKind::Ambiguous) => {
            let choices: Vec<Value> = ["open_amount", "won_amount"]
                .into_iter()
                .map(|measure| json!({"entity": "opportunities", "measures": [measure]}))
                .collect();
            Reply::call(
                "call_1",
                "ask_back",
                &json!({"choices": choices, "language": case.lang}),
            )
        }
        (None, _) => Reply::call(
            "call_1",
            "decline",
            &json!({"reason": "outside", "language": case.lang}),
        ),
    }
}

/// The rows of a card as text, records by their ids where they are what is listed.
fn rows_of(card: &AnswerCard, records: bool) -> Vec<Vec<Option<String>>> {
    let text = |at: usize, value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(match text.parse::<DateTime<Utc>>() {
            Ok(moment) => moment.format(MOMENT).to_string(),
            Err(_) => text.clone(),
        }),
        Value::Object(record) if record.contains_key("other") => Some("other".to_owned()),
        Value::Object(record) => {
            let key = if records && at == 0 { "id" } else { "name" };
            record.get(key).and_then(Value::as_str).map(str::to_owned)
        }
        other => Some(other.to_string()),
    };
    let table = card.table.as_ref().unwrap().rows.iter();
    table
        .map(|row| {
            row.iter()
                .enumerate()
                .map(|(at, value)| text(at, value))
                .collect()
        })
        .collect()
}

#[tokio::test]
async fn pipeline_questions_by_way_of_a_model_have_the_numbers_of_hand_written_sql() {
    let suite = pipeline_suite("pipeline").unwrap().unwrap();
    let cases = sample(&suite.cases);
    assert_eq!(cases.len(), 8 * EACH);
    let db = TestDb::new().await;
    let noon: DateTime<Utc> = format!("{}T12:00:00Z", suite.today).parse().unwrap();
    let store = db.store_at(Arc::new(FixedClock::at(noon))).await;
    load_demo(&store, &|_| {}).await.unwrap();
    load_years(&store, suite.today).await.unwrap();
    let script = cases.clone();
    let fake = FakeOpenAi::answering(move |request: &Captured| {
        let asked = request.user_texts().concat();
        call(script.iter().find(|case| case.question == asked).unwrap())
    })
    .await;
    let runner = runner(&store, vec![Arc::new(fake.model())]);
    let owner = db.owner().await;
    let mut connection = owner.acquire().await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    sqlx::raw_sql(VIEWS).execute(&mut *transaction).await.unwrap();

    let mut wrong = Vec::new();
    for case in &cases {
        let slug = suite.tenant_of(case);
        let tenant = open_asker(&store, slug, suite.asker_of(case)).await.unwrap();
        let start = StartRun {
            agent: "pipeline".to_owned(),
            input: json!({"question": case.question, "previous": suite.before(case), "language": case.lang}),
            conversation_id: None,
        };
        let result = runner.run_to_end(&tenant, start).await.unwrap();
        let card: AnswerCard = serde_json::from_value(result.cards[0].clone()).unwrap();
        let kind = match case.kind {
            PipelineKind::Declined => CardKind::Declined,
            PipelineKind::Ambiguous => CardKind::Clarification,
            _ => CardKind::Answer,
        };
        if (card.kind, result.degraded) != (kind, false) {
            wrong.push(format!("{}: {card:?}", case.id));
        } else if let Some(sql) = &case.sql {
            let by_sql = rows(&mut transaction, slug, sql).await;
            let listed = rows_of(&card, case.kind == PipelineKind::Records);
            if let Err(why) = agree_in_text(&listed, &by_sql) {
                wrong.push(format!("{}: {why}", case.id));
            }
        }
    }

    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    assert_eq!(
        fake.requests().len(),
        cases.len(),
        "one request for each question"
    );
}

#[tokio::test]
async fn what_reads_too_much_is_declined_in_the_askers_language_by_every_way() {
    let db = TestDb::new().await;
    let before = db.store().await;
    db.tenant_in(&before, "acme").await;
    // To the planner every row is so dear that nothing can end in time; whoever connects from now on sees it so.
    sqlx::raw_sql(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET cpu_tuple_cost = 900000000', current_database()); \
         EXECUTE format('ALTER DATABASE %I SET jit = off', current_database()); END $$",
    )
    .execute(&db.owner().await)
    .await
    .unwrap();
    let store = db.store().await;
    let grant = store.operate("acme", None).await.unwrap().unwrap();
    let tenant = store.open(&grant);
    let query = json!({"entity": "leads", "measures": ["count"], "dimensions": [{"name": "lead_source"}]});
    let fake = FakeOpenAi::start().await;
    fake.reply(Reply::call(
        "call_1",
        "run_query",
        &json!({"query": query, "language": "fr"}),
    ));
    let by_model = runner(&store, vec![Arc::new(fake.model())]);
    let by_floor = runner(&store, Vec::new());
    let told = [
        (
            Language::En,
            "leads by source",
            "This reads more than can be read",
        ),
        (Language::De, "Leads nach Quelle", "Dafür ist mehr zu lesen"),
        (
            Language::Es,
            "leads por origen",
            "Esto lee más de lo que se puede leer",
        ),
        (Language::Fr, "leads par source", "Il y a plus à lire"),
    ];
    for (language, text, sentence) in told {
        // At once, as `POST /v1/pipeline/query` asks.
        let question = Question {
            text,
            previous: None,
            language: Some(language),
        };
        let card = ask(&tenant, None, &question).await.unwrap();
        assert_eq!(card.kind, CardKind::Declined, "{card:?}");
        assert!(card.sentence.starts_with(sentence), "{card:?}");
        assert!(
            !card.sentence.contains('/') && !card.suggestions.is_empty(),
            "{card:?}"
        );
        // By the agent, as `crm-ai ask` does.
        let start = StartRun {
            agent: "pipeline".to_owned(),
            input: json!({"question": text, "language": language}),
            conversation_id: None,
        };
        let result = by_floor.run_to_end(&tenant, start.clone()).await.unwrap();
        assert_eq!(result.outcome, Some(RunOutcome::Abstained));
        assert_eq!(result.cards[0]["sentence"], card.sentence);
        if language == Language::Fr {
            let result = by_model.run_to_end(&tenant, start).await.unwrap();
            assert_eq!(result.cards[0]["sentence"], card.sentence);
        }
    }
    assert_eq!(fake.requests().len(), 1, "no model is asked to try again");
}
