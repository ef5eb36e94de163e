//! The policy of `win`: what the question asks for decides which tool is called, the words are those of the code.

use crm_tools::{
    Tool,
    win::{
        DealArgs, ExplainScore, FindSimilarDeals, NoWinAnswer, NoWinAnswerArgs, ScoreOpportunity,
        SuggestNextSteps, SuggestNextStepsArgs, WhyNot,
    },
};
use serde::Serialize;

use super::Said;
use crate::{
    definitions::WinInput,
    model::{ChatRequest, Entry, StopReason, ToolCall},
};

/// What the ids of the floor's own calls begin with: what a model did before is not gone on from.
const OWN: &str = "offline-win-";

/// Beginnings of words that ask for past deals, for what to do, and for reasons; in English, German, Spanish and French.
const SIMILAR: &[&str] = &[
    "similar",
    "alike",
    "compar",
    "past",
    "ähnlich",
    "vergleich",
    "parecid",
    "semblable",
];
const STEPS: &[&str] = &[
    "next",
    "step",
    "task",
    "improve",
    "increase",
    "raise",
    "should",
    "advise",
    "recommend",
    "nächst",
    "schritt",
    "tun",
    "verbesser",
    "próxim",
    "paso",
    "hacer",
    "mejor",
    "prochain",
    "étape",
    "faire",
    "améliorer",
];
const REASONS: &[&str] = &[
    "why",
    "reason",
    "explain",
    "because",
    "cause",
    "drop",
    "fell",
    "fall",
    "rise",
    "rose",
    "moved",
    "change",
    "help",
    "warum",
    "wieso",
    "grund",
    "gründe",
    "erklär",
    "gefallen",
    "gestiegen",
    "porqu",
    "razón",
    "razon",
    "explica",
    "pourquoi",
    "raison",
];

/// What this turn says.
pub(super) fn turn(request: &ChatRequest) -> Said {
    let Ok(input) = serde_json::from_value::<WinInput>(request.input.clone()) else {
        return Said::Text(String::new(), StopReason::Abstained);
    };
    let own = request
        .transcript
        .iter()
        .filter(|entry| matches!(entry, Entry::ToolResult { call_id, .. } if call_id.starts_with(OWN)));
    // Every call of the floor ends the run, but for one that went wrong.
    if own.count() > 0 {
        let args = NoWinAnswerArgs {
            reason: WhyNot::WhichDeal,
        };
        return call(NoWinAnswer::NAME, 2, &args);
    }
    let opportunity = input.record;
    let words: Vec<String> = input
        .question
        .to_lowercase()
        .split(|char: char| !char.is_alphanumeric())
        .map(str::to_owned)
        .collect();
    let asks = |marks: &[&str]| {
        words
            .iter()
            .any(|word| marks.iter().any(|mark| word.starts_with(mark)))
    };
    let args = DealArgs { opportunity };
    if asks(SIMILAR) {
        call(FindSimilarDeals::NAME, 1, &args)
    } else if asks(REASONS) || input.question.to_lowercase().contains("por qué") {
        call(ExplainScore::NAME, 1, &args)
    } else if asks(STEPS) {
        let args = SuggestNextStepsArgs {
            opportunity: args.opportunity,
            words: Some(Vec::new()),
        };
        call(SuggestNextSteps::NAME, 1, &args)
    } else {
        call(ScoreOpportunity::NAME, 1, &args)
    }
}

fn call(name: &str, number: usize, args: &impl Serialize) -> Said {
    Said::Call(ToolCall {
        id: format!("{OWN}{number}"),
        name: name.to_owned(),
        arguments: serde_json::to_string(args).unwrap_or_default(),
    })
}
