//! Log lines on stderr: JSON for machines, text for people. Never a body, a
//! question, an answer or a key.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{ConfigError, Log, LogFormat};

/// Starts to log. The second call in a process changes nothing.
pub fn install(config: &Log) -> Result<(), ConfigError> {
    // The engine of the index warns of its own set-up at every start; a level of one's own for it still counts.
    let level = if config.level.contains("qdrant_edge") {
        config.level.clone()
    } else {
        format!("{},qdrant_edge=error", config.level)
    };
    let filter = EnvFilter::builder()
        .parse(level)
        .map_err(|error| ConfigError::invalid("log.level", format!("`{}`: {error}", config.level)))?;
    let is_text = match config.format {
        LogFormat::Text => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let registry = tracing_subscriber::registry().with(filter);
    let installed = if is_text {
        registry
            .with(fmt::layer().compact().with_writer(std::io::stderr))
            .try_init()
    } else {
        let layer = fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false);
        registry.with(layer.with_writer(std::io::stderr)).try_init()
    };
    if installed.is_err() {
        tracing::debug!("logging was installed before");
    }
    Ok(())
}
