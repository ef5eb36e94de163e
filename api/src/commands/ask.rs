//! `crm-ai ask`: one run to its end.
//!
//! Beside a running server the server does the work, for it holds the index.

use std::fmt::Write as _;

use anyhow::{Context as _, anyhow};
use crm_agents::StartRun;
use crm_tools::{card::AnswerCard, win::WinCard};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Ctx, Done, local::Local, remote::Remote, win_card};
use crate::{
    cli::AskArgs,
    services::{PartOverrides, Services},
};

/// A question of the operator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AskRequest {
    agent: String,
    text: String,
    tenant: String,
    as_email: Option<String>,
    #[serde(default)]
    record: Option<String>,
}

pub(super) async fn run(ctx: Ctx, args: AskArgs) -> anyhow::Result<Done> {
    let request = AskRequest {
        agent: args.agent,
        text: args.text,
        tenant: args.tenant,
        as_email: args.as_email,
        record: args.record,
    };
    let answer: Value = if let Some(remote) = Remote::find(&ctx.config).await? {
        remote.call("ask", &request).await?
    } else {
        let local = Local::open(&ctx, PartOverrides::default()).await?;
        let answer = match super::index::catch_up(&local.services, ctx.output).await {
            Ok(()) => ask(&local.services, &request).await,
            Err(error) => Err(error),
        };
        local.close().await?;
        answer?
    };
    ctx.output.result(&answer, || words(&answer))?;
    let outcome = answer.get("outcome").and_then(Value::as_str);
    Ok(if matches!(outcome, Some("completed" | "abstained")) {
        Done::Well
    } else {
        Done::Badly
    })
}

/// Runs the agent to its end, as a member or as the service itself.
pub async fn ask(services: &Services, request: &AskRequest) -> anyhow::Result<Value> {
    let AskRequest {
        agent,
        text,
        tenant,
        as_email,
        record,
    } = request;
    let grant = services.store.operate(tenant, as_email.as_deref()).await?;
    let grant = grant.ok_or_else(|| match as_email {
        Some(email) => anyhow!("there is no tenant {tenant}, or {email} is no member of it"),
        None => {
            anyhow!("there is no tenant {tenant}; `crm-ai tenant create` makes one, `crm-ai demo` makes two")
        }
    })?;
    let mut input = json!({"question": text});
    if let (Some(input), Some(record)) = (input.as_object_mut(), record) {
        input.insert("record".to_owned(), Value::from(record.as_str()));
    }
    let start = StartRun {
        agent: agent.clone(),
        input,
        conversation_id: None,
    };
    let result = services
        .runner
        .run_to_end(&services.store.open(&grant), start)
        .await?;
    serde_json::to_value(&result).context("the result cannot be written")
}

fn words(answer: &Value) -> String {
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut words = format!("{}\n", text("text"));
    for citation in answer
        .get("citations")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let get = |key: &str| citation.get(key).and_then(Value::as_str).unwrap_or_default();
        let number = |key: &str| citation.get(key).and_then(Value::as_i64).unwrap_or_default();
        let _ = write!(words, "\n[{}] {}", number("marker"), get("title"));
        let _ = write!(words, " ({}, version {})", get("external_id"), number("version"));
    }
    for card in answer
        .get("cards")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if let Ok(card) = serde_json::from_value::<AnswerCard>(card.clone()) {
            words.push_str(&lines(&card));
        } else if let Ok(card) = serde_json::from_value::<WinCard>(card.clone()) {
            words.push_str(&win_card::lines(&card));
        }
    }
    let reason = text("degraded_reason");
    let degraded = if reason.is_empty() {
        String::new()
    } else {
        format!(", offline model ({reason})")
    };
    let _ = write!(words, "\n\n{}{degraded}, run {}", text("outcome"), text("run_id"));
    words
}

/// The most rows of a table that are printed; `--json` has all.
const MOST_ROWS: usize = 50;

/// The table of a card for a terminal, the choices to make, and what the reader must know.
fn lines(card: &AnswerCard) -> String {
    let mut lines = String::new();
    if let Some(table) = &card.table {
        let mut rows: Vec<Vec<String>> =
            vec![table.columns.iter().map(|column| column.label.clone()).collect()];
        rows.extend(table.rows.iter().take(MOST_ROWS).map(|row| {
            let cells = row.iter().zip(&table.columns);
            cells
                .map(|(value, column)| match value {
                    Value::Null => "-".to_owned(),
                    Value::String(text) => column.values.get(text).unwrap_or(text).clone(),
                    Value::Object(record) => {
                        let name = record.get("name").or_else(|| record.get("id"));
                        name.and_then(Value::as_str).unwrap_or("*").to_owned()
                    }
                    other => other.to_string(),
                })
                .collect()
        }));
        let widths: Vec<usize> = (0..table.columns.len())
            .map(|at| {
                let cells = rows.iter().filter_map(|row| row.get(at));
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        for row in &rows {
            let cells = row.iter().zip(&widths).zip(&table.columns);
            let cells = cells.map(|((cell, width), column)| {
                if column.role == "dimension" {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            });
            let _ = write!(lines, "\n{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        }
        if table.rows.len() > MOST_ROWS {
            let _ = write!(lines, "\n({} rows more)", table.rows.len() - MOST_ROWS);
        }
        lines.push('\n');
    }
    for choice in &card.choices {
        let _ = write!(lines, "\n- {}", choice.label);
    }
    for line in card.notes.iter().chain(&card.suggestions) {
        let _ = write!(lines, "\n- {line}");
    }
    lines
}
