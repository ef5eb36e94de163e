//! The state of one run, and the rules of its transcript.
//!
//! Rules: every call of a tool has exactly one result; ids of calls are unique
//! in the run; results stand after the turn that asked for them. So a transcript
//! can be given to a provider at any time.

use crm_store::ids::RunId;
use crm_tools::{PassageRefs, ToolSpec};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    clean,
    event::{Citation, DegradedReason, Usage},
    limits::Repeats,
    model::{ChatRequest, Entry, ToolCall, ToolResult},
};

/// What a call that never ran answers.
pub(crate) const RUN_ENDED: &str = "not run: the run ended first";

/// A citation with the place in bytes, which the store keeps too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cited {
    pub(crate) citation: Citation,
    pub(crate) start_byte: usize,
    pub(crate) end_byte: usize,
}

/// A call that waits for a human.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) call: ToolCall,
    /// The arguments, parsed: what the human sees.
    pub(crate) arguments: Value,
    /// Whether the human was asked.
    pub(crate) proposed: bool,
}

/// A run while somebody works on it. A parked one is stored whole and read back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) id: RunId,
    pub(crate) agent: String,
    pub(crate) input: Value,
    pub(crate) question: String,
    pub(crate) system: String,
    /// Kept in a column of its own.
    #[serde(skip)]
    pub(crate) transcript: Vec<Entry>,
    pub(crate) turns: u32,
    pub(crate) usage: Usage,
    pub(crate) repeats: Repeats,
    /// The text of the present turn, as the reader sees it.
    pub(crate) text: String,
    /// Whether the reader has seen text of an earlier turn or attempt.
    pub(crate) text_before: bool,
    pub(crate) citations: Vec<Cited>,
    /// The place in the list of models that answers now.
    pub(crate) model: usize,
    pub(crate) degraded: Option<DegradedReason>,
    /// Why the first model that failed did.
    pub(crate) failed: Option<DegradedReason>,
    /// Turns of models in which a call failed.
    #[serde(default)]
    pub(crate) failed_turns: u32,
    /// Whether a model said of itself that it found nothing.
    pub(crate) abstained: bool,
    /// Whether anything was looked up.
    pub(crate) searched: bool,
    /// Calls that wait for a human, or for their turn after one.
    pub(crate) waiting: Vec<Waiting>,
    /// Milliseconds of work before the run was parked.
    pub(crate) worked_ms: u64,
    /// The numbers of the passages; rebuilt from the transcript.
    #[serde(skip)]
    pub(crate) refs: PassageRefs,
}

impl Run {
    pub(crate) fn new(id: RunId, agent: &str, opening: crate::Opening) -> Self {
        let user = Entry::User {
            text: opening.question.clone(),
        };
        Self {
            id,
            agent: agent.to_owned(),
            input: opening.input,
            question: opening.question,
            system: opening.system,
            transcript: vec![user],
            turns: 0,
            usage: Usage::default(),
            repeats: Repeats::default(),
            text: String::new(),
            text_before: false,
            citations: Vec::new(),
            model: 0,
            degraded: None,
            failed: None,
            failed_turns: 0,
            abstained: false,
            searched: false,
            waiting: Vec::new(),
            worked_ms: 0,
            refs: PassageRefs::default(),
        }
    }

    /// Reads back a parked run.
    pub(crate) fn restore(parked: Value, transcript: Value) -> Result<Self, serde_json::Error> {
        let mut run: Self = serde_json::from_value(parked)?;
        run.transcript = serde_json::from_value(transcript)?;
        run.refs = PassageRefs::from_outputs(run.transcript.iter().filter_map(|entry| match entry {
            Entry::ToolResult {
                result: ToolResult::Ok { output },
                ..
            } => Some(output),
            _ => None,
        }));
        Ok(run)
    }

    pub(crate) fn request(&self, tools: Vec<ToolSpec>, max_output_tokens: u32) -> ChatRequest {
        ChatRequest {
            agent: self.agent.clone(),
            input: self.input.clone(),
            system: self.system.clone(),
            transcript: self.transcript.clone(),
            tools,
            max_output_tokens,
        }
    }

    /// Takes down what a model said in a turn. Ids that are empty or taken are
    /// replaced: some providers count from zero in every turn.
    pub(crate) fn said(&mut self, text: String, mut calls: Vec<ToolCall>) -> Vec<ToolCall> {
        for at in 0..calls.len() {
            let (earlier, rest) = calls.split_at_mut(at);
            let Some(call) = rest.first_mut() else { break };
            for text in [&mut call.id, &mut call.name, &mut call.arguments] {
                *text = clean::text(text).into_owned();
            }
            let wish = call.id.clone();
            let mut n = 1;
            while call.id.is_empty()
                || self.knows(&call.id)
                || earlier.iter().any(|other| other.id == call.id)
            {
                n += 1;
                call.id = format!("{}-{n}", if wish.is_empty() { "call" } else { &wish });
            }
        }
        self.transcript.push(Entry::Assistant {
            text,
            tool_calls: calls.clone(),
        });
        calls
    }

    pub(crate) fn answer(&mut self, call: &ToolCall, result: ToolResult) {
        self.transcript.push(Entry::ToolResult {
            call_id: call.id.clone(),
            tool: call.name.clone(),
            result,
        });
    }

    /// Changes what a call is made with, as the human wants it.
    pub(crate) fn amend(&mut self, call_id: &str, arguments: &Value) {
        for entry in &mut self.transcript {
            if let Entry::Assistant { tool_calls, .. } = entry
                && let Some(call) = tool_calls.iter_mut().find(|call| call.id == call_id)
            {
                call.arguments = arguments.to_string();
            }
        }
    }

    /// The calls that have no result yet.
    pub(crate) fn open_calls(&self) -> Vec<ToolCall> {
        let answered: Vec<&str> = self
            .transcript
            .iter()
            .filter_map(|entry| match entry {
                Entry::ToolResult { call_id, .. } => Some(call_id.as_str()),
                _ => None,
            })
            .collect();
        self.transcript
            .iter()
            .filter_map(|entry| match entry {
                Entry::Assistant { tool_calls, .. } => Some(tool_calls),
                _ => None,
            })
            .flatten()
            .filter(|call| !answered.contains(&call.id.as_str()))
            .cloned()
            .collect()
    }

    /// Gives every open call the result that it never ran, and names those calls.
    pub(crate) fn close_calls(&mut self) -> Vec<ToolCall> {
        let open = self.open_calls();
        for call in &open {
            self.answer(
                call,
                ToolResult::Error {
                    message: RUN_ENDED.to_owned(),
                },
            );
        }
        self.waiting.clear();
        open
    }

    /// Whether a call of the last turn failed.
    pub(crate) fn last_turn_failed(&self) -> bool {
        self.transcript
            .iter()
            .rev()
            .map_while(|entry| match entry {
                Entry::ToolResult { result, .. } => Some(result),
                Entry::User { .. } | Entry::Assistant { .. } => None,
            })
            .any(|result| matches!(result, ToolResult::Error { .. }))
    }

    /// The answer that the run stores: the text of its last turn.
    pub(crate) fn final_text(&self) -> &str {
        self.text.trim()
    }

    fn knows(&self, call_id: &str) -> bool {
        self.transcript.iter().any(|entry| match entry {
            Entry::Assistant { tool_calls, .. } => tool_calls.iter().any(|call| call.id == call_id),
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Opening;

    fn run() -> Run {
        let opening = Opening {
            input: json!({}),
            system: "s".to_owned(),
            question: "q".to_owned(),
        };
        Run::new(RunId::new(), "answer", opening)
    }

    fn call(id: &str) -> ToolCall {
        ToolCall {
            id: id.to_owned(),
            name: "search".to_owned(),
            arguments: "{}".to_owned(),
        }
    }

    #[test]
    fn ids_of_calls_become_unique() {
        let mut run = run();
        run.said(String::new(), vec![call("call_0")]);

        let ids: Vec<_> = run
            .said(
                String::new(),
                vec![call("call_0"), call(""), call(""), call("call_0")],
            )
            .into_iter()
            .map(|call| call.id)
            .collect();

        assert_eq!(ids, ["call_0-2", "call-2", "call-3", "call_0-3"]);
    }

    #[test]
    fn open_calls_get_a_result_when_the_run_ends() {
        let mut run = run();
        let calls = run.said(String::new(), vec![call("a"), call("b")]);
        run.answer(&calls[0], ToolResult::Ok { output: json!({}) });

        assert_eq!(run.close_calls(), [call("b")]);
        assert_eq!(run.open_calls(), []);
        assert_eq!(
            run.transcript.last(),
            Some(&Entry::ToolResult {
                call_id: "b".to_owned(),
                tool: "search".to_owned(),
                result: ToolResult::Error {
                    message: RUN_ENDED.to_owned()
                },
            })
        );
    }

    #[test]
    fn a_parked_run_reads_back_as_it_was() {
        let mut run = run();
        let calls = run.said("one moment".to_owned(), vec![call("a")]);
        run.waiting = calls
            .into_iter()
            .map(|call| Waiting {
                call,
                arguments: json!({}),
                proposed: true,
            })
            .collect();
        let (parked, transcript) = (
            serde_json::to_value(&run).unwrap(),
            serde_json::to_value(&run.transcript).unwrap(),
        );

        let back = Run::restore(parked, transcript).unwrap();

        assert_eq!(back.transcript, run.transcript);
        assert_eq!(back.waiting, run.waiting);
        assert_eq!(
            (back.turns, back.model, back.question),
            (run.turns, run.model, run.question)
        );
    }
}
