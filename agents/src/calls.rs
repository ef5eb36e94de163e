//! Runs the tools that a model called.

use std::sync::Arc;

use crm_tools::{Called, ToolError};
use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use serde_json::Value;
use tokio::time::timeout;
use tracing::Instrument;

use crate::{
    Agent, Inner, clean,
    event::{AgentEvent, RunOutcome, ToolOutcome},
    limits::Repeat,
    model::{ToolCall, ToolResult},
    run::Waiting,
    task::Task,
};

/// What calls leave to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// The model hears of them.
    Turn,
    /// A human must decide on some.
    Wait,
    Ended(RunOutcome),
}

type Ended = (ToolCall, Result<Called, ToolError>);

impl Inner {
    /// Runs what may run at once and lays the rest before a human. Meanwhile the
    /// turn that called is settled.
    pub(crate) async fn call_tools(&self, task: &mut Task, calls: Vec<ToolCall>) -> After {
        let mut running = FuturesUnordered::new();
        for call in calls {
            if task.run.usage.tool_calls >= task.agent.limits.tool_calls {
                return After::Ended(RunOutcome::ToolLimit);
            }
            task.run.usage.tool_calls += 1;
            let parsed = task.agent.tools.check(&call.name, &call.arguments);
            let arguments = match &parsed {
                Ok(arguments) => clean::value(arguments.clone()),
                Err(_) => Value::String(call.arguments.clone()),
            };
            match (task.run.repeats.note(&call.name, &call.arguments), parsed) {
                (Repeat::Hopeless, _) => {
                    tracing::info!(run_id = %task.run.id, tool = call.name, "a model calls a tool in circles");
                    return After::Ended(RunOutcome::ToolLimit);
                }
                (_, Err(error)) => {
                    started(task, &call, arguments);
                    if let Some(outcome) = ended(task, &call, Err(error)) {
                        return After::Ended(outcome);
                    }
                }
                (Repeat::Circles, Ok(_)) => {
                    started(task, &call, arguments);
                    ended(task, &call, Err(ToolError::Correctable(
                        "this call was made before with the same arguments and gives the same result: use what it \
                         gave, call it with other arguments, or answer"
                            .to_owned(),
                    )));
                }
                (Repeat::Fine, Ok(_)) => {
                    let effect = task.agent.tools.effect(&call.name);
                    if effect.is_some_and(|effect| task.agent.approval.asks(effect)) {
                        task.run.waiting.push(Waiting {
                            call,
                            arguments,
                            proposed: false,
                        });
                    } else {
                        started(task, &call, arguments);
                        running.push(run(task, call));
                    }
                }
            }
        }
        let mut outcome = None;
        // Cloned: whoever stops the run in the middle still finds them.
        let owed = task.owed.clone();
        let store = task.store.clone();
        let settling = async {
            let settled = self.meter.settle(&store, &owed).await;
            settled
                .inspect_err(|error| {
                    tracing::warn!(error = error as &dyn std::error::Error, "a call is settled later");
                })
                .is_ok()
        };
        let control = Arc::clone(&task.control);
        let calling = async {
            loop {
                match control.unless_stopped(task.deadline, running.next()).await {
                    Ok(Some((call, result))) => outcome = outcome.or(ended(task, &call, result)),
                    Ok(None) => break,
                    Err(stopped) => {
                        outcome = Some(stopped);
                        break;
                    }
                }
            }
        };
        let (settled, ()) = futures::join!(settling, calling);
        if settled {
            task.owed.clear();
        }
        match outcome {
            Some(outcome) => After::Ended(outcome),
            None if task.run.waiting.is_empty() => After::Turn,
            None => After::Wait,
        }
    }

    /// Runs one call that a human agreed to.
    pub(crate) async fn call_approved(
        &self,
        task: &mut Task,
        call: ToolCall,
        arguments: Value,
    ) -> Option<RunOutcome> {
        started(task, &call, arguments);
        let running = run(task, call);
        match task.control.unless_stopped(task.deadline, running).await {
            Ok((call, result)) => ended(task, &call, result),
            Err(outcome) => Some(outcome),
        }
    }
}

fn started(task: &mut Task, call: &ToolCall, arguments: Value) {
    task.started.push(call.id.clone());
    task.emit(AgentEvent::ToolStarted {
        call_id: call.id.clone(),
        tool: call.name.clone(),
        arguments,
    });
}

/// One call, which borrows nothing of the task.
fn run(task: &Task, call: ToolCall) -> BoxFuture<'static, Ended> {
    let (agent, ctx): (Arc<Agent>, _) = (Arc::clone(&task.agent), task.ctx.clone());
    let limit = agent.limits.tool_time;
    let span = tracing::info_span!(
        "tool.call",
        "gen_ai.tool.name" = call.name,
        "gen_ai.tool.call.id" = call.id
    );
    let future = async move {
        let result = match timeout(limit, agent.tools.call(&ctx, &call.name, &call.arguments)).await {
            Ok(result) => result,
            Err(_) => Err(ToolError::Correctable(format!(
                "the tool did not answer within {} seconds; try something smaller or do without",
                limit.as_secs()
            ))),
        };
        (call, result)
    };
    Box::pin(future.instrument(span))
}

/// Takes down what came of a call. An outcome comes back when the run cannot go on.
fn ended(task: &mut Task, call: &ToolCall, result: Result<Called, ToolError>) -> Option<RunOutcome> {
    let (outcome, result, end) = match result {
        Ok(mut called) => {
            if clean::is_dirty(&called.output) {
                called.output = clean::value(called.output);
            }
            task.run.searched |= called.output.get("passages").is_some();
            if let Some(settled) = called.settled.take() {
                task.settled.push((call.id.clone(), settled));
            }
            (
                ToolOutcome::Ok {
                    summary: called.summary,
                },
                ToolResult::Ok {
                    output: called.output,
                },
                None,
            )
        }
        Err(ToolError::Correctable(message)) => {
            // It may quote what the model wrote.
            let message = clean::text(&message).into_owned();
            let outcome = ToolOutcome::Error {
                message: message.clone(),
            };
            (outcome, ToolResult::Error { message }, None)
        }
        Err(error @ ToolError::Fatal(_)) => {
            tracing::error!(
                run_id = %task.run.id,
                tool = call.name,
                error = &error as &dyn std::error::Error,
                "a tool failed for good"
            );
            let message = error.to_string();
            (
                ToolOutcome::Error {
                    message: message.clone(),
                },
                ToolResult::Error { message },
                Some(RunOutcome::Failed),
            )
        }
    };
    task.started.retain(|id| *id != call.id);
    task.emit(AgentEvent::ToolFinished {
        call_id: call.id.clone(),
        outcome,
    });
    task.run.answer(call, result);
    end
}
