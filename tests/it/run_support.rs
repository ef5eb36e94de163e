//! A tenant with one article, a runner with scripted models, and tools that tests control.

use std::{sync::Arc, time::Duration};

use crm_agents::{
    Agent, Limits, RunHandle, Runner, RunnerConfig, RunnerParts, StartRun,
    event::{AgentEvent, RunOutcome},
    model::{
        Fallback, ModelProfile, RetryPolicy, ScriptedModel, StopReason,
        scripted::{Gate, Step},
    },
};
use crm_rag::Passage;
use crm_store::{
    Clock, FixedClock, Store, SystemClock, TenantStore,
    articles::{Audience, NewArticle},
    ids::{ArticleId, ArticleVersionId, RunId},
};
use crm_tests::harness::TestDb;
use crm_tools::{ToolRegistry, knowledge::SearchKnowledge};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::run_tools::{Broken, Found, Panics, Tools, Wait, Write};

pub(crate) const BODY: &str =
    "# Rückgaben 📦\n\nParcels can be returned within 30 days. Keep the receipt — it helps.\n";
pub(crate) const QUOTE: &str = "Parcels can be returned within 30 days.";
pub(crate) const SECOND: &str = "Keep the receipt — it helps.";

/// Everything a test of runs needs.
pub(crate) struct World {
    pub(crate) db: TestDb,
    pub(crate) store: Store,
    pub(crate) tenant: TenantStore,
    pub(crate) owner: PgPool,
    pub(crate) article: ArticleId,
    pub(crate) version: ArticleVersionId,
    pub(crate) tools: Tools,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::at(Arc::new(SystemClock)).await
    }

    pub(crate) async fn fixed() -> (Self, Arc<FixedClock>) {
        let clock = Arc::new(FixedClock::at("2026-05-05T12:00:00Z".parse().unwrap()));
        (Self::at(clock.clone()).await, clock)
    }

    async fn at(clock: Arc<dyn Clock>) -> Self {
        let db = TestDb::new().await;
        let store = db.store_at(clock).await;
        let (tenant, _) = db.tenant_in(&store, "acme").await;
        let mut tx = tenant.begin().await.unwrap();
        let new = NewArticle {
            external_id: Some("returns".to_owned()),
            title: "Returns".to_owned(),
            body: BODY.to_owned(),
            language: "en".to_owned(),
            audience: Audience::Public,
            owner_id: None,
        };
        let article = tx.articles().create(&new).await.unwrap().id;
        let version = tx
            .articles()
            .publish(article, None)
            .await
            .unwrap()
            .current_version_id
            .unwrap();
        tx.commit().await.unwrap();
        let owner = db.owner().await;
        Self {
            db,
            store,
            tenant,
            owner,
            article,
            version,
            tools: Tools::default(),
        }
    }

    /// Passages `[1]` and `[2]` of the article, and `[3]`, which is not stored so.
    pub(crate) fn passages(&self) -> Vec<Passage> {
        let passage = |text: &str, score: f32| Passage {
            article_id: self.article,
            external_id: Some("returns".to_owned()),
            version_id: self.version,
            version: 1,
            title: "Returns".to_owned(),
            headings: vec!["Rückgaben 📦".to_owned()],
            language: "en".to_owned(),
            start: BODY.find(text).unwrap(),
            end: BODY.find(text).unwrap() + text.len(),
            text: text.to_owned(),
            score,
            relevance: 0.9,
        };
        let mut forged = passage(QUOTE, 0.5);
        forged.start = 0;
        forged.end = QUOTE.len();
        vec![passage(QUOTE, 0.9), passage(SECOND, 0.8), forged]
    }

    pub(crate) fn agent(&self) -> Agent {
        let tools = self.tools.clone();
        let registry = ToolRegistry::new()
            .with(SearchKnowledge)
            .and_then(|registry| registry.with(Write(tools.clone())))
            .and_then(|registry| registry.with(Wait(tools)))
            .and_then(|registry| registry.with(Broken))
            .and_then(|registry| registry.with(Panics))
            .unwrap();
        crm_agents::definitions::answer(registry).unwrap()
    }

    pub(crate) fn runner(&self, models: Vec<ScriptedModel>) -> Runner {
        self.runner_with(models, |_, _| {})
    }

    /// A runner whose floor is the last of `models`, when there are two or more.
    pub(crate) fn runner_with(
        &self,
        models: Vec<ScriptedModel>,
        change: impl FnOnce(&mut RunnerConfig, &mut Agent),
    ) -> Runner {
        let models = models
            .into_iter()
            .map(|model| Arc::new(model) as Arc<dyn crm_agents::model::ChatModel>);
        let chain = Fallback::new(models.collect(), Arc::new(floor())).with_retry(RetryPolicy::NEVER);
        self.runner_on(&self.store, chain, change)
    }

    pub(crate) fn runner_on(
        &self,
        store: &Store,
        models: Fallback,
        change: impl FnOnce(&mut RunnerConfig, &mut Agent),
    ) -> Runner {
        let mut agent = self.agent();
        let mut config = RunnerConfig {
            flush_every: Duration::from_millis(5),
            poll_every: Duration::from_secs(30),
            ..RunnerConfig::default()
        };
        change(&mut config, &mut agent);
        let found = Found {
            passages: self.passages(),
            searches: Arc::clone(&self.tools.searches),
        };
        let parts = RunnerParts {
            store: store.clone(),
            models,
            agents: vec![agent],
            retriever: Arc::new(move |_| Arc::new(found.clone())),
        };
        Runner::new(parts, config)
    }

    pub(crate) async fn ask(&self, runner: &Runner) -> RunHandle {
        runner.start(&self.tenant, question()).await.unwrap()
    }

    /// The whole log of a run that ends or parks, from the start.
    pub(crate) async fn log(&self, runner: &Runner, run: RunId) -> Vec<(u64, AgentEvent)> {
        let mut reader = runner.events(&self.tenant, run, None).await.unwrap();
        let mut log = Vec::new();
        while let Some(batch) = reader.next_batch().await {
            let parked = matches!(batch.last(), Some((_, AgentEvent::ApprovalRequired { .. })));
            log.extend(batch);
            if parked {
                break;
            }
        }
        log
    }

    /// The whole log of a run that ends, also beyond where it parked.
    pub(crate) async fn log_to_end(&self, runner: &Runner, run: RunId) -> Vec<(u64, AgentEvent)> {
        let mut reader = runner.events(&self.tenant, run, None).await.unwrap();
        let mut log = Vec::new();
        while let Some(batch) = reader.next_batch().await {
            log.extend(batch);
        }
        log
    }

    /// Closes what holds the database, for tests that end outside a runtime.
    pub(crate) async fn close(&self) {
        self.store.close().await;
        self.owner.close().await;
    }

    pub(crate) async fn run(&self, runner: &Runner) -> (RunId, Vec<AgentEvent>) {
        let run = self.ask(runner).await.run_id;
        let log = self.log(runner, run).await;
        (run, log.into_iter().map(|(_, event)| event).collect())
    }

    pub(crate) async fn row(&self, run: RunId) -> crm_store::runs::Run {
        let mut tx = self.tenant.begin().await.unwrap();
        tx.runs().get(run).await.unwrap().unwrap()
    }

    /// Entries of the ledger by kind, and what is still held.
    pub(crate) async fn ledger(&self, run: RunId) -> Vec<(String, i64)> {
        sqlx::query_as(
            "SELECT kind, count(*) FROM ledger_entries WHERE run_id = $1 GROUP BY kind ORDER BY kind",
        )
        .bind(run)
        .fetch_all(&self.owner)
        .await
        .unwrap()
    }

    pub(crate) async fn settled(&self, run: RunId) -> i64 {
        let entries = self.ledger(run).await;
        let count = |kind: &str| {
            entries
                .iter()
                .find(|(known, _)| known == kind)
                .map_or(0, |(_, count)| *count)
        };
        assert_eq!(
            count("hold"),
            count("settle"),
            "every hold is settled once: {entries:?}"
        );
        count("settle")
    }
}

pub(crate) fn question() -> StartRun {
    StartRun {
        agent: "answer".to_owned(),
        input: json!({ "question": "How long can I return a parcel?" }),
        conversation_id: None,
    }
}

/// A floor that finds nothing, however often it is asked.
pub(crate) fn floor() -> ScriptedModel {
    let turn = || {
        vec![
            Step::text("I could not find that."),
            Step::finish(StopReason::Abstained),
        ]
    };
    ScriptedModel::new((0..8).map(|_| turn())).with_profile(profile("floor", true))
}

pub(crate) fn profile(model: &str, is_floor: bool) -> ModelProfile {
    ModelProfile {
        provider: "scripted".to_owned(),
        model: model.to_owned(),
        context_tokens: 128_000,
        max_output_tokens: 4_096,
        is_floor,
    }
}

pub(crate) fn says(text: &str) -> Vec<Step> {
    vec![Step::text(text), Step::finish(StopReason::Stop)]
}

pub(crate) fn calls(name: &str, arguments: &Value) -> Vec<Step> {
    vec![
        Step::call("c1", name, &arguments.to_string()),
        Step::finish(StopReason::ToolCalls),
    ]
}

/// Half an answer, a gate, the other half.
pub(crate) fn gated(gate: &Gate) -> Vec<Step> {
    vec![
        Step::text("Within "),
        Step::Wait(gate.clone()),
        Step::text("30 days."),
        Step::finish(StopReason::Stop),
    ]
}

pub(crate) fn search() -> Vec<Step> {
    calls(
        "search_knowledge",
        &json!({ "query": "return a parcel", "limit": null }),
    )
}

pub(crate) fn text_of(events: &[AgentEvent]) -> String {
    events
        .iter()
        .filter_map(|event| match event {
            AgentEvent::TextDelta { text } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

pub(crate) fn outcome_of(events: &[AgentEvent]) -> RunOutcome {
    match events.last() {
        Some(AgentEvent::RunFinished { outcome, .. }) => *outcome,
        other => panic!("the log ends with {other:?}"),
    }
}

pub(crate) fn kinds(events: &[AgentEvent]) -> Vec<&'static str> {
    events.iter().map(AgentEvent::kind).collect()
}

/// The rules that every log keeps. A parked one has no end yet.
pub(crate) fn check_grammar(log: &[(u64, AgentEvent)], parked: bool) {
    assert!(
        matches!(log.first(), Some((1, AgentEvent::RunStarted { .. }))),
        "{log:?}"
    );
    assert!(
        log.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "numbers grow: {log:?}"
    );
    let ends = log
        .iter()
        .filter(|(_, event)| matches!(event, AgentEvent::RunFinished { .. }))
        .count();
    assert_eq!(ends, usize::from(!parked), "{log:?}");
    assert!(
        parked || matches!(log.last(), Some((_, AgentEvent::RunFinished { .. }))),
        "{log:?}"
    );
    let mut open: Vec<&str> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    let mut waiting: Vec<&str> = Vec::new();
    let mut markers = Vec::new();
    for (_, event) in log {
        match event {
            AgentEvent::ToolStarted { call_id, .. } => {
                assert!(!seen.contains(&call_id.as_str()), "{call_id} was started twice");
                assert!(
                    !waiting.contains(&call_id.as_str()),
                    "{call_id} ran before it was decided"
                );
                seen.push(call_id);
                open.push(call_id);
            }
            AgentEvent::ToolFinished { call_id, .. } => {
                assert!(
                    open.contains(&call_id.as_str()),
                    "{call_id} ended and was not open"
                );
                open.retain(|id| id != call_id);
            }
            AgentEvent::ApprovalRequired { call_id, .. } => waiting.push(call_id),
            AgentEvent::ApprovalDecided { call_id, .. } => {
                assert!(
                    waiting.contains(&call_id.as_str()),
                    "{call_id} was decided and did not wait"
                );
                waiting.retain(|id| id != call_id);
            }
            AgentEvent::Citation(citation) => {
                assert!(
                    !markers.contains(&citation.marker),
                    "[{}] was cited twice",
                    citation.marker
                );
                markers.push(citation.marker);
            }
            _ => {}
        }
    }
    assert_eq!(open, [""; 0], "calls without an end");
}

/// Limits that a test may narrow.
pub(crate) fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}
