//! `crm-ai doctor`: the configuration, each dependency, and an attack on our own isolation.

mod checks;

use std::{fmt::Write as _, future::Future};

use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use super::{Ctx, Done};

/// What was found.
#[derive(Debug, Serialize)]
struct Report {
    healthy: bool,
    version: &'static str,
    config: Value,
    checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: String,
    ok: bool,
    /// It works, and will not in a setting that this one looks like.
    warning: bool,
    detail: String,
    latency_ms: f64,
}

pub(super) async fn run(ctx: Ctx) -> anyhow::Result<Done> {
    let checks = Box::pin(checks::all(&ctx)).await;
    let report = Report {
        healthy: checks.iter().all(|check| check.ok),
        version: env!("CARGO_PKG_VERSION"),
        config: ctx.config.redacted(),
        checks,
    };
    ctx.output.result(&report, || words(&report))?;
    Ok(if report.healthy { Done::Well } else { Done::Badly })
}

/// Looks at one thing and notes how long that took.
async fn check(name: impl Into<String>, look: impl Future<Output = anyhow::Result<String>>) -> Check {
    let started = Instant::now();
    let seen = look.await;
    let latency_ms = started.elapsed().as_secs_f64() * 1e3;
    let (ok, detail) = match seen {
        Ok(detail) => (true, detail),
        Err(error) => {
            let mut words: Vec<String> = error.chain().map(ToString::to_string).collect();
            words.dedup();
            (false, words.join(": "))
        }
    };
    Check {
        name: name.into(),
        ok,
        warning: false,
        detail,
        latency_ms,
    }
}

fn words(report: &Report) -> String {
    let mut words = String::from("configuration\n");
    let shown = serde_json::to_string_pretty(&report.config).unwrap_or_default();
    for line in shown.lines() {
        let _ = writeln!(words, "  {line}");
    }
    words.push_str("\nchecks\n");
    for check in &report.checks {
        let mark = match (check.ok, check.warning) {
            (false, _) => "FAIL",
            (true, true) => "warn",
            (true, false) => "ok  ",
        };
        let _ = writeln!(
            words,
            "  {mark} {:<28} {:>8.1} ms  {}",
            check.name, check.latency_ms, check.detail
        );
    }
    words.push_str(if report.healthy {
        "\nall is well"
    } else {
        "\nsomething is wrong: see FAIL above"
    });
    words
}
