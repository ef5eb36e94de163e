//! What the HTTP service, the workers and the commands share: the index, the models, the runs.

use std::{fmt, fs::File, path::PathBuf, sync::Arc, time::Duration};

use crm_agents::{
    Agent, Limits, OpenRetriever, Runner, RunnerConfig, RunnerParts,
    definitions::{answer, pipeline, win},
    model::{ChatModel, Fallback, OpenAiConfig, OpenAiModel, RetryPolicy, openai::OutputLimit},
    offline::OfflineModel,
};
use crm_rag::{
    CachedEmbedder, EdgeConfig, EdgeIndex, Embedder, Knowledge, Languages, LocalEmbedder, LocalModel,
    QdrantConfig, QdrantIndex, RagError, RemoteEmbedder, RemoteModel, Retriever, VectorIndex,
};
use crm_store::{
    Store, TenantStore,
    prices::{NanoUsd, Price},
};
use crm_tools::{
    RegistryError, ToolRegistry,
    forecast::Forecaster,
    knowledge::{GetArticle, SearchKnowledge},
    pipeline::{AskBack, Chart, Decline, DescribeMetrics, ReadQuestion, RunQuery},
    predictions::Predictor,
    semantic::SemanticModel,
    win::{Advisor, ExplainScore, FindSimilarDeals, NoWinAnswer, ScoreOpportunity, SuggestNextSteps},
};
use nix::fcntl::{Flock, FlockArg};
use secrecy::SecretString;

use crate::{
    AppError,
    config::{Config, EmbeddingKind, ProviderConfig},
};

/// The folder of the embedded index inside the data folder.
const INDEX_FOLDER: &str = "index";
/// How long one call of a Qdrant server or a remote embedder may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Parts that a test brings along; what is `None` is made from the configuration.
#[derive(Default)]
pub struct PartOverrides {
    /// The embedding model.
    pub embedder: Option<Arc<dyn Embedder>>,
    /// The engine of the index.
    pub engine: Option<Arc<dyn VectorIndex>>,
    /// The models, the floor not among them.
    pub models: Option<Vec<Arc<dyn ChatModel>>>,
}

/// Index, models and runs on one database.
pub struct Services {
    /// The database.
    pub store: Store,
    /// The index.
    pub knowledge: Knowledge,
    /// The runs.
    pub runner: Runner,
    /// Decoded models of tenants, and that one is trained at a time.
    pub predictor: Arc<Predictor>,
    /// Puts together what is said of deals.
    pub advisor: Arc<Advisor>,
    /// Makes forecasts.
    pub forecaster: Forecaster,
    models: Vec<String>,
    /// Remembers the words and sentences that the floor compares questions with.
    floor_embedder: Arc<dyn Embedder>,
    retriever: OpenRetriever,
    agents: Vec<Agent>,
    _index: Option<IndexLock>,
}

impl Services {
    /// Opens the index and the models. With `sole` no other process can work on this database.
    pub async fn open(
        config: &Config,
        store: Store,
        parts: PartOverrides,
        sole: bool,
    ) -> Result<Self, AppError> {
        let embedder = match parts.embedder {
            Some(given) => given,
            None => embedder(config).await?,
        };
        let (engine, lock) = if let Some(given) = parts.engine {
            (given, None)
        } else {
            let is_local = config.search.qdrant_url.is_none();
            let lock = is_local.then(|| IndexLock::take(config)).transpose()?;
            (engine(config, embedder.as_ref()).await?, lock)
        };
        let knowledge = Knowledge::new(engine, Arc::clone(&embedder))
            .await
            .map_err(AppError::Rag)?;
        keep_prices(&store, &config.models.providers).await?;
        let models = match parts.models {
            Some(models) => models,
            None => providers(config, &store)?,
        };
        let floor_embedder: Arc<dyn Embedder> = Arc::new(CachedEmbedder::new(embedder));
        let chain = chain(config, models, Arc::clone(&floor_embedder));
        let names = chain
            .profiles()
            .map(|profile| format!("{}/{}", profile.provider, profile.model))
            .collect();
        let retriever: OpenRetriever = {
            let knowledge = knowledge.clone();
            Arc::new(move |store: &TenantStore| {
                Arc::new(knowledge.retriever(store.clone())) as Arc<dyn Retriever>
            })
        };
        let predictor = Arc::<Predictor>::default();
        let advisor = Arc::new(Advisor::new(Arc::clone(&predictor)));
        let agents = agents(config, &store, &advisor)?;
        let parts = RunnerParts {
            store: store.clone(),
            models: chain,
            agents: agents.clone(),
            retriever: Arc::clone(&retriever),
        };
        let runner = RunnerConfig {
            sole,
            approval_ttl: config.agents.approval_expiry,
            ..RunnerConfig::default()
        };
        let runner = Runner::new(parts, runner);
        // What an earlier process left in the middle ends now; later the heartbeat sees to it.
        if let Err(error) = runner.recover().await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "runs of an earlier process could not be ended"
            );
        }
        Ok(Self {
            store,
            knowledge,
            runner,
            predictor,
            advisor,
            forecaster: Forecaster::default(),
            models: names,
            floor_embedder,
            retriever,
            agents,
            _index: lock,
        })
    }

    /// A runner with the offline model alone, beside the one that serves.
    pub fn floor(&self) -> Runner {
        let floor = OfflineModel::new(Some(Arc::clone(&self.floor_embedder)));
        let parts = RunnerParts {
            store: self.store.clone(),
            models: Fallback::new(Vec::new(), Arc::new(floor)),
            agents: self.agents.clone(),
            retriever: Arc::clone(&self.retriever),
        };
        Runner::new(parts, RunnerConfig::default())
    }

    /// Whether the index answers, and what it is.
    pub async fn index_check(&self) -> Result<String, RagError> {
        self.knowledge.engine().check().await
    }

    /// The models in the order in which they are asked, the floor last.
    pub fn model_names(&self) -> Vec<String> {
        self.models.clone()
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services")
            .field("models", &self.models)
            .finish_non_exhaustive()
    }
}

/// Keeps other processes away from the embedded index, which one process owns.
#[derive(Debug)]
struct IndexLock(#[expect(dead_code, reason = "held, not read")] Flock<File>);

impl IndexLock {
    fn take(config: &Config) -> Result<Self, AppError> {
        let path = config.data.dir.join("index.lock");
        std::fs::create_dir_all(&config.data.dir).map_err(AppError::file("make", &config.data.dir))?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = file.map_err(AppError::file("open", &path))?;
        Flock::lock(file, FlockArg::LockExclusiveNonblock).map(Self).map_err(|_| {
            AppError::Busy(format!(
                "the index in {} is in use by another crm-ai: stop it, or use another folder (DATA_DIR=<folder>)",
                config.data.dir.display()
            ))
        })
    }
}

/// The embedding model that is configured.
pub async fn embedder(config: &Config) -> Result<Arc<dyn Embedder>, AppError> {
    let wanted = &config.embedding;
    match wanted.kind {
        EmbeddingKind::Local => {
            let cache = config.cache_dir();
            let mut model = LocalModel::mini_lm(&cache);
            model.folder = cache.join("models").join(&wanted.model);
            model.threads = (wanted.threads > 0).then_some(wanted.threads);
            let loaded = blocking(move || LocalEmbedder::load(&model)).await?;
            Ok(Arc::new(loaded))
        }
        EmbeddingKind::Remote => Ok(Arc::new(RemoteEmbedder::new(RemoteModel {
            base_url: wanted.base_url.clone().unwrap_or_default(),
            api_key: wanted.api_key.clone().unwrap_or_else(|| SecretString::from("")),
            model: wanted.model.clone(),
            dimensions: wanted.dimensions.get() as usize,
            languages: Languages::All,
            max_tokens: wanted.max_tokens.get() as usize,
            timeout: CALL_TIMEOUT,
        }))),
    }
}

/// The engine that is configured.
pub async fn engine(config: &Config, embedder: &dyn Embedder) -> Result<Arc<dyn VectorIndex>, AppError> {
    if let Some(url) = &config.search.qdrant_url {
        let wanted = QdrantConfig {
            url: url.clone(),
            api_key: config.search.qdrant_api_key.clone(),
            collection: config.search.collection.clone(),
            dimensions: embedder.dimensions(),
            timeout: CALL_TIMEOUT,
        };
        return Ok(Arc::new(QdrantIndex::open(&wanted).await.map_err(AppError::Rag)?));
    }
    let wanted = EdgeConfig::new(index_folder(config), embedder);
    Ok(Arc::new(blocking(move || EdgeIndex::open(&wanted)).await?))
}

/// Where the embedded index is.
pub fn index_folder(config: &Config) -> PathBuf {
    config.data.dir.join(INDEX_FOLDER)
}

/// Runs what reads large files where it holds up no task.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RagError> + Send + 'static,
) -> Result<T, AppError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(AppError::Rag),
        Err(error) => Err(AppError::Busy(format!(
            "a part died while it was opened: {error}"
        ))),
    }
}

/// Writes configured prices into the price list, so that the ledger goes by them.
async fn keep_prices(store: &Store, providers: &[ProviderConfig]) -> Result<(), AppError> {
    let failed = || AppError::store("the price list cannot be kept");
    let wanted: Vec<_> = providers
        .iter()
        .filter_map(|provider| Some((&provider.model, provider.rates()?)))
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut tx = store.system().await.map_err(failed())?;
    let known = tx.prices().all().await.map_err(failed())?;
    let now = tx.now();
    for (model, rates) in wanted {
        let latest = known
            .iter()
            .filter(|price| price.model == *model && price.valid_from <= now)
            .max_by_key(|price| price.valid_from);
        if latest.is_none_or(|latest| latest.rates != rates) {
            let price = Price {
                model: model.clone(),
                valid_from: now,
                rates,
            };
            tx.prices().set(&price).await.map_err(failed())?;
        }
    }
    tx.commit().await.map_err(failed())
}

fn providers(config: &Config, store: &Store) -> Result<Vec<Arc<dyn ChatModel>>, AppError> {
    let models = &config.models;
    let make = |provider: &ProviderConfig| -> Result<Arc<dyn ChatModel>, AppError> {
        let key = provider.api_key.clone().unwrap_or_else(|| SecretString::from(""));
        let wanted = OpenAiConfig {
            provider: provider.name.clone(),
            context_tokens: provider.context_tokens.get(),
            max_output_tokens: provider.max_output_tokens.get(),
            output_limit: if provider.legacy_max_tokens {
                OutputLimit::MaxTokens
            } else {
                OutputLimit::MaxCompletionTokens
            },
            connect_timeout: models.connect_timeout,
            first_event_timeout: models.first_token_timeout,
            idle_timeout: models.idle_timeout,
            ..OpenAiConfig::new(provider.base_url.clone(), key, provider.model.clone())
        };
        let model = OpenAiModel::new(wanted, store.clock());
        Ok(Arc::new(model.map_err(|error| {
            AppError::Model(format!("{}: {error}", provider.name))
        })?))
    };
    models.providers.iter().map(make).collect()
}

fn chain(config: &Config, models: Vec<Arc<dyn ChatModel>>, embedder: Arc<dyn Embedder>) -> Fallback {
    let retry = RetryPolicy {
        attempts: config.models.retries.saturating_add(1),
        longest_asked: config.models.max_backoff,
        ..RetryPolicy::default()
    };
    Fallback::new(models, Arc::new(OfflineModel::new(Some(embedder)))).with_retry(retry)
}

/// The agents of this build, each with the tools that it may use.
fn agents(config: &Config, store: &Store, advisor: &Arc<Advisor>) -> Result<Vec<Agent>, AppError> {
    let broken = |error: &dyn std::error::Error| AppError::Model(error.to_string());
    let knowledge = ToolRegistry::new()
        .with(SearchKnowledge)
        .and_then(|tools| tools.with(GetArticle))
        .map_err(|error| broken(&error))?;
    SemanticModel::embedded().map_err(|error| broken(error))?;
    let numbers = pipeline_tools().map_err(|error| broken(&error))?;
    let chances = win_tools(advisor).map_err(|error| broken(&error))?;
    let clock = store.clock();
    let today = move || clock.now().date_naive();
    let limits = limits(config);
    Ok(vec![
        answer(knowledge).map_err(AppError::Run)?.with_limits(limits),
        pipeline(numbers).map_err(AppError::Run)?.with_limits(limits),
        win(chances, today).map_err(AppError::Run)?.with_limits(limits),
    ])
}

fn win_tools(advisor: &Arc<Advisor>) -> Result<ToolRegistry, RegistryError> {
    ToolRegistry::new()
        .with(ScoreOpportunity(Arc::clone(advisor)))?
        .with(ExplainScore(Arc::clone(advisor)))?
        .with(FindSimilarDeals(Arc::clone(advisor)))?
        .with(SuggestNextSteps(Arc::clone(advisor)))?
        .with(NoWinAnswer)
}

fn pipeline_tools() -> Result<ToolRegistry, RegistryError> {
    ToolRegistry::new()
        .with(DescribeMetrics)?
        .with(ReadQuestion)?
        .with(RunQuery)?
        .with(Chart)?
        .with(AskBack)?
        .with(Decline)
}

fn limits(config: &Config) -> Limits {
    let wanted = &config.agents;
    Limits {
        turns: wanted.max_turns.get(),
        tool_calls: wanted.max_tool_calls.get(),
        wall_time: wanted.max_wall_time,
        tokens: wanted.max_tokens,
        cost: NanoUsd(wanted.max_cost_nano()),
        ..Limits::default()
    }
}
