//! What to do next about a deal: what most won deals had by its stage, and it has not.
//!
//! The steps, their order and every number come from code. A model may word them; [`word`] takes its words only when they
//! bring no number, address or link of their own.

use crm_predict::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    change::Counted,
    levers::{Lever, standard},
    playbook::{Precedent, share},
    plays::{PLAYS, Play, play_of},
    terms::percent,
};

/// The most steps that are proposed.
const MOST: usize = 4;
/// Won deals that there must be, so that what they had says something.
const LEAST_WON: usize = 5;
/// The share of won deals that had it, from which on it is a gap not to have it.
const USUAL: f64 = 0.5;
/// How much more often won deals must have had it than lost ones.
const MORE_OFTEN: f64 = 0.05;
/// What is proposed where there are too few won deals to learn from.
const BASICS: [&str; 3] = ["involve_decision_maker", "hold_meeting", "plan_next_step"];

/// Who worded a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WordedBy {
    /// Code.
    Code,
    /// A model, within what code decided.
    Model,
}

/// A task that is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[schema(as = WinStep)]
pub struct Step {
    /// Its name: `POST /v1/opportunities/{id}/win/steps/{key}` makes a task of it.
    pub key: String,
    /// The subject of the task.
    pub task: String,
    /// The text of the task.
    pub text: String,
    /// Why it is proposed, in words.
    pub why: String,
    /// Of the won deals that left this stage, how many had it; null where there are too few.
    pub of_won: Option<Counted>,
    /// Of the lost ones.
    pub of_lost: Option<Counted>,
    /// In how many days the task is due.
    pub due_in_days: i64,
    /// `low`, `normal` or `high`.
    pub priority: String,
    /// Who worded subject and text.
    pub worded_by: WordedBy,
    /// The open task that was made of it, if there is one that the reader may see.
    #[schemars(with = "Option<String>")]
    pub task_id: Option<Uuid>,
}

/// A lever with what is said of the deal's present value, such as "No meeting in the last 21 days."
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// The lever.
    pub lever: Lever,
    /// What is so now, if the reader may know it.
    pub now: Option<String>,
}

/// What to do next, most useful first. Steps rest on the counts of ended deals alone, so they need no model.
pub fn steps(row: &[Value], gaps: &[Gap], precedents: &[Precedent]) -> Vec<Step> {
    let won: Vec<&Precedent> = precedents.iter().filter(|one| one.won).collect();
    if won.len() < LEAST_WON {
        let basics = BASICS
            .iter()
            .filter_map(|key| PLAYS.iter().find(|play| play.key == *key));
        let lacking = basics.filter(|play| gaps.iter().any(|gap| lacks(row, gap, play)));
        return lacking.map(basic).collect();
    }
    let mut found: Vec<(f64, Step)> = gaps
        .iter()
        .filter_map(|gap| lacking(row, gap, precedents))
        .collect();
    found.sort_by(|left, right| {
        right
            .0
            .total_cmp(&left.0)
            .then_with(|| left.1.key.cmp(&right.1.key))
    });
    let mut told: Vec<Step> = Vec::new();
    for (_, step) in found {
        if told.len() < MOST && !told.iter().any(|other| other.key == step.key) {
            told.push(step);
        }
    }
    told
}

/// The step that closes a gap, with how much more often won deals had closed it.
fn lacking(row: &[Value], gap: &Gap, precedents: &[Precedent]) -> Option<(f64, Step)> {
    let play = play_of(gap.lever.name)?;
    let target = standard(gap.lever, precedents)?;
    let value = row.get(gap.lever.at)?;
    if *value == Value::Missing || target.is_met_by(value) {
        return None;
    }
    let had = |won: bool| {
        let those = precedents.iter().filter(|one| one.won == won);
        let known = those.filter_map(|one| {
            one.leaving
                .get(gap.lever.at)
                .filter(|value| **value != Value::Missing)
        });
        let (mut met, mut n) = (0, 0);
        for value in known {
            met += usize::from(target.is_met_by(value));
            n += 1;
        }
        (met, n)
    };
    let ((won, of_won), (lost, of_lost)) = (had(true), had(false));
    if of_won < LEAST_WON {
        return None;
    }
    let usual = share(won, of_won);
    let otherwise = if of_lost == 0 { 0.0 } else { share(lost, of_lost) };
    if usual < USUAL || usual - otherwise < MORE_OFTEN {
        return None;
    }
    let seen = if of_lost == 0 {
        format!(
            "{} of {of_won} won deals had {} when they left this stage.",
            percent(usual),
            play.with
        )
    } else {
        format!(
            "{} of {of_won} won deals had {} when they left this stage, and {} of {of_lost} lost ones.",
            percent(usual),
            play.with,
            percent(otherwise),
        )
    };
    let why = match &gap.now {
        Some(now) => format!("{seen} Here: {now}"),
        None => seen,
    };
    let counted = |won, n| Some(Counted { won, n });
    let step = Step {
        of_won: counted(won, of_won),
        of_lost: counted(lost, of_lost),
        ..proposed(play, why)
    };
    Some((usual - otherwise, step))
}

/// Whether a deal has nothing of what a play brings.
fn lacks(row: &[Value], gap: &Gap, play: &Play) -> bool {
    play_of(gap.lever.name).is_some_and(|own| own.key == play.key)
        && matches!(row.get(gap.lever.at), Some(Value::Number(none)) if *none == 0.0)
}

fn basic(play: &'static Play) -> Step {
    let why = "Too few won deals have been at this stage to learn from; this helps most deals.";
    proposed(play, why.to_owned())
}

fn proposed(play: &'static Play, why: String) -> Step {
    Step {
        key: play.key.to_owned(),
        task: play.task.to_owned(),
        text: play.text.to_owned(),
        why,
        of_won: None,
        of_lost: None,
        due_in_days: play.due_in_days,
        priority: play.priority.to_owned(),
        worded_by: WordedBy::Code,
        task_id: None,
    }
}

/// Gives a step the words of a model. False, and nothing was taken, when they bring something of their own: a number that
/// code did not write, a link, an address, a second line, or more than fits.
pub fn word(step: &mut Step, task: &str, text: &str) -> bool {
    let (task, text) = (task.trim(), text.trim());
    let known: Vec<String> = numbers(&format!("{} {} {}", step.task, step.text, step.why));
    let is_plain = |words: &str, most: usize| {
        !words.is_empty()
            && words.chars().count() <= most
            && !words
                .chars()
                .any(|char| char.is_control() || matches!(char, '@' | '<' | '>' | '`' | '{' | '}'))
            && !words.contains("://")
            && !words.to_lowercase().contains("www.")
            && numbers(words).iter().all(|number| known.contains(number))
    };
    if !is_plain(task, 120) || !is_plain(text, 400) {
        return false;
    }
    task.clone_into(&mut step.task);
    text.clone_into(&mut step.text);
    step.worded_by = WordedBy::Model;
    true
}

/// The numbers in a text, as runs of digits of any script.
fn numbers(text: &str) -> Vec<String> {
    text.split(|char: char| !char.is_numeric())
        .filter(|run| !run.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predictions::levers::Way;

    fn gap(name: &'static str, at: usize) -> Gap {
        Gap {
            lever: Lever {
                at,
                name,
                way: Way::More,
            },
            now: Some("Nobody who decides is known.".to_owned()),
        }
    }

    fn seen(n: u128) -> Vec<Precedent> {
        (0..n)
            .map(|id| {
                let won = id % 2 == 0;
                Precedent {
                    deal: Uuid::from_u128(id),
                    won,
                    halfway: [].into(),
                    leaving: [Value::from(won || id % 3 == 0), Value::Number(1.0)].into(),
                }
            })
            .collect()
    }

    #[test]
    fn what_won_deals_had_and_this_one_has_not_is_proposed_with_its_counts() {
        let gaps = [gap("has_decision_maker", 0), gap("meetings_30d", 1)];
        let told = steps(&[Value::Number(0.0), Value::Number(3.0)], &gaps, &seen(40));
        let [step] = told.as_slice() else {
            panic!("{told:?}")
        };
        assert_eq!(step.key, "involve_decision_maker");
        assert_eq!(
            (step.of_won, step.of_lost),
            (Some(Counted { won: 20, n: 20 }), Some(Counted { won: 7, n: 20 }))
        );
        assert_eq!(
            step.why,
            "over 99 % of 20 won deals had a decision maker involved when they left this stage, and 35 % of 20 lost ones. \
             Here: Nobody who decides is known."
        );
    }

    #[test]
    fn with_too_few_won_deals_the_basics_that_are_lacking_are_proposed_and_called_so() {
        let gaps = [gap("has_decision_maker", 0), gap("meetings_30d", 1)];
        let told = steps(&[Value::Number(0.0), Value::Number(3.0)], &gaps, &seen(6));
        let [step] = told.as_slice() else {
            panic!("{told:?}")
        };
        assert_eq!(step.of_won, None);
        assert!(step.why.starts_with("Too few won deals"), "{}", step.why);
    }

    #[test]
    fn words_of_a_model_are_taken_only_without_anything_of_their_own() {
        let step = steps(&[Value::Number(0.0)], &[gap("has_decision_maker", 0)], &seen(40)).remove(0);
        let try_words = |task: &str, text: &str| {
            let mut step = step.clone();
            (word(&mut step, task, text), step)
        };
        let (taken, worded) = try_words(
            "Ask Ms Aydin who signs",
            "20 won deals had a decision maker by now.",
        );
        assert!(taken && worded.worded_by == WordedBy::Model && worded.task.starts_with("Ask Ms"));
        for (task, text) in [
            ("Ask who signs", "It raises the odds by 30 %."),
            ("Ask who signs", "See https://example.com"),
            ("Ask who signs", "Write to a@b.example"),
            ("Ask who signs", "٣ deals had one"),
            ("", "Ask."),
            ("Ask\nIgnore the rest", "Ask."),
        ] {
            let (taken, kept) = try_words(task, text);
            assert!(!taken && kept == step, "{task} {text}");
        }
    }
}
