//! The few numbers that tell how the service is. Labels have few values: never
//! an id, a path or a tenant.

use std::{
    collections::HashMap,
    sync::OnceLock,
    time::{Duration, Instant},
};

use axum::http::{Method, StatusCode};
use crm_agents::event::{AgentEvent, ToolOutcome};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Bounds in seconds, from a cached answer to a model that thinks.
const SECONDS: &[f64] = &[
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0,
];

/// Starts to record, once for a process; later calls give the same recorder.
pub fn install() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let builder = PrometheusBuilder::new();
            let builder =
                match builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS) {
                    Ok(builder) => builder,
                    Err(_) => PrometheusBuilder::new(),
                };
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            // Fails only when somebody else records already; then this handle stays empty.
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another metrics recorder is installed: /metrics will be empty");
            }
            describe();
            handle
        })
        .clone()
}

fn describe() {
    metrics::describe_counter!("http_requests_total", "Requests by method, route and status");
    metrics::describe_histogram!("http_request_duration_seconds", "Time until a response begins");
    metrics::describe_gauge!("http_streams_open", "Event streams that are open");
    metrics::describe_histogram!(
        "agent_first_text_seconds",
        "Time from a run's start to its first text, as streamed"
    );
    metrics::describe_histogram!("agent_run_seconds", "Time of a run, as streamed");
    metrics::describe_counter!(
        "agent_runs_total",
        "Runs that were streamed to their end, by agent and outcome"
    );
    metrics::describe_counter!("agent_tokens_total", "Tokens of streamed runs, by direction");
    metrics::describe_counter!(
        "agent_cost_nano_usd_total",
        "Cost of streamed runs in billionths of a US dollar"
    );
    metrics::describe_counter!("agent_tool_failures_total", "Failed calls of tools, by tool");
    metrics::describe_counter!(
        "retrieval_total",
        "Searches by whether something fitting was found"
    );
    metrics::describe_gauge!("db_connections", "Connections of the pool by state");
    metrics::describe_gauge!("jobs_oldest_ready_seconds", "Age of the oldest job that waits");
    metrics::describe_counter!("jobs_total", "Jobs by kind and how they ended");
    metrics::describe_histogram!("job_duration_seconds", "Time of a job by kind");
}

/// One request is answered.
pub fn request(method: &Method, route: &str, status: StatusCode, elapsed: Duration) {
    let labels = [
        ("method", method_name(method).to_owned()),
        ("route", route.to_owned()),
        ("status", status.as_str().to_owned()),
    ];
    counter!("http_requests_total", &labels).increment(1);
    histogram!("http_request_duration_seconds", "route" => route.to_owned()).record(elapsed.as_secs_f64());
}

/// A method as a label: a client can invent any number of others.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The gauges that are read when somebody asks for them.
pub fn pool(open: u32, idle: u32, max: u32, streams: usize) {
    gauge!("db_connections", "state" => "open").set(open);
    gauge!("db_connections", "state" => "idle").set(idle);
    gauge!("db_connections", "state" => "max").set(max);
    gauge!("http_streams_open").set(u32::try_from(streams).unwrap_or(u32::MAX));
}

/// How long the oldest job has waited.
pub fn oldest_job(waiting: Duration) {
    gauge!("jobs_oldest_ready_seconds").set(waiting.as_secs_f64());
}

/// A job has ended.
pub fn job(kind: &str, outcome: &'static str, elapsed: Duration) {
    counter!("jobs_total", "kind" => kind.to_owned(), "outcome" => outcome).increment(1);
    histogram!("job_duration_seconds", "kind" => kind.to_owned()).record(elapsed.as_secs_f64());
}

/// A search has ended.
pub fn search(confident: bool) {
    counter!("retrieval_total", "found" => if confident { "yes" } else { "no" }).increment(1);
}

/// Takes the numbers of a run while its stream passes by. Only the stream that
/// the run was started with is counted, so that no run counts twice.
#[derive(Debug)]
pub struct RunWatch {
    agent: String,
    started: Instant,
    first_text: bool,
    tools: HashMap<String, String>,
}

impl RunWatch {
    /// Watches a run of `agent`; without a name nothing is counted.
    pub fn new(agent: &str, started: Instant) -> Self {
        Self {
            agent: agent.to_owned(),
            started,
            first_text: false,
            tools: HashMap::new(),
        }
    }

    /// Takes note of an event.
    pub fn see(&mut self, event: &AgentEvent) {
        if self.agent.is_empty() {
            return;
        }
        let agent = || self.agent.clone();
        match event {
            AgentEvent::TextDelta { .. } if !self.first_text => {
                self.first_text = true;
                histogram!("agent_first_text_seconds", "agent" => agent())
                    .record(self.started.elapsed().as_secs_f64());
            }
            AgentEvent::ToolStarted { call_id, tool, .. } => {
                self.tools.insert(call_id.clone(), tool.clone());
            }
            AgentEvent::ToolFinished {
                call_id,
                outcome: ToolOutcome::Error { .. },
            } => {
                // A model may call a tool by any name; only ours are labels.
                let tool = self
                    .tools
                    .get(call_id)
                    .filter(|tool| KNOWN_TOOLS.contains(&tool.as_str()));
                let tool = tool.map_or("unknown", String::as_str).to_owned();
                counter!("agent_tool_failures_total", "tool" => tool).increment(1);
            }
            AgentEvent::RunFinished { outcome, usage, .. } => {
                counter!("agent_runs_total", "agent" => agent(), "outcome" => outcome.as_str()).increment(1);
                histogram!("agent_run_seconds", "agent" => agent())
                    .record(self.started.elapsed().as_secs_f64());
                counter!("agent_tokens_total", "direction" => "input").increment(usage.tokens.input_tokens);
                counter!("agent_tokens_total", "direction" => "output").increment(usage.tokens.output_tokens);
                counter!("agent_cost_nano_usd_total").increment(usage.cost_nano_usd.unsigned_abs());
            }
            _ => {}
        }
    }
}

/// The tools that there are.
const KNOWN_TOOLS: [&str; 2] = ["search_knowledge", "get_article"];
