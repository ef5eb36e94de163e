//! How somebody feels: VADER, and what customers of a service say without a word that VADER knows.

use vader_sentimental::SentimentIntensityAnalyzer;

/// What a lexicon of films and tweets does not know, with valences on VADER's scale of -4 to 4.
const SUPPORT_WORDS: &[(&str, f64)] = &[
    ("does not work", -2.0),
    ("doesn't work", -2.0),
    ("not working", -2.0),
    ("stopped working", -2.2),
    ("is broken", -1.2),
    ("is down", -1.6),
    ("crash", -1.4),
    ("error message", -1.0),
    ("still waiting", -1.8),
    ("nobody answers", -2.2),
    ("no one answers", -2.2),
    ("no reply", -1.5),
    ("no response", -1.5),
    ("refund", -1.2),
    ("cancel my", -1.6),
    ("cancel our", -1.6),
    ("overcharged", -2.2),
    ("charged twice", -2.2),
    ("switch to another", -2.0),
    ("lawyer", -1.8),
    ("unacceptable", -2.6),
    ("waste of time", -2.6),
    ("fixed it", 1.6),
    ("works now", 1.8),
    ("works perfectly", 2.4),
    ("solved my", 1.8),
    ("problem is solved", 1.8),
    ("quick reply", 1.4),
    ("quick response", 1.4),
];

/// VADER's expected limit of a sum of valences.
const ALPHA: f64 = 15.0;

/// A sentiment and how sure it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Felt {
    /// -1 to 1.
    pub(super) score: f64,
    /// 0 to 1.
    pub(super) confidence: f64,
}

/// Reads the sentiment of a text in a language that is so sure.
pub(super) fn of(text: &str, language: Option<&str>, language_confidence: f64) -> Felt {
    let read = SentimentIntensityAnalyzer::new().polarity_scores(&without_courtesy(text));
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    let extra: Vec<f64> = SUPPORT_WORDS
        .iter()
        .filter(|(words, _)| lower.contains(words))
        .map(|(_, valence)| *valence)
        .collect();
    let sum = unnormalized(read.compound) + extra.iter().sum::<f64>();
    let score = (sum / (sum * sum + ALPHA).sqrt()).clamp(-1.0, 1.0);

    // Words that agree make it sure, words that contradict each other do not; without any, neutral is a guess.
    let good = read.pos + extra.iter().filter(|v| **v > 0.0).sum::<f64>() / 10.0;
    let bad = read.neg - extra.iter().filter(|v| **v < 0.0).sum::<f64>() / 10.0;
    let carried = good + bad;
    let evidence = if carried > 0.0 {
        0.5 + 0.5 * (good - bad).abs() / carried * score.abs()
    } else {
        0.4
    };
    let knows = match language {
        Some("en") => 0.5 + 0.5 * language_confidence,
        Some(_) => 0.2 * (1.0 - language_confidence).max(0.5),
        None => 0.3,
    };
    Felt {
        score,
        confidence: (evidence * knows).clamp(0.0, 1.0),
    }
}

/// Words that VADER takes for joy and that everyone writes to a help desk, whatever they feel.
const COURTESY: &[&str] = &[
    "please",
    "kindly",
    "dear",
    "hello",
    "help",
    "support",
    "care",
    "sincerely",
    "yours",
];

/// The text without words of courtesy and greetings.
fn without_courtesy(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let bare = |word: &&str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let mut kept: Vec<&str> = Vec::with_capacity(words.len());
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).map(bare).unwrap_or_default();
        let last = at
            .checked_sub(1)
            .and_then(|at| words.get(at))
            .map(bare)
            .unwrap_or_default();
        let word_bare = bare(word);
        let greeting = matches!(word_bare.as_str(), "best" | "kind" | "warm")
            && matches!(next.as_str(), "regards" | "wishes");
        let wish = word_bare == "like" && (last == "would" || last.ends_with("'d"));
        if !(greeting || wish || COURTESY.contains(&word_bare.as_str())) {
            kept.push(word);
        }
    }
    kept.join(" ")
}

/// The sum that VADER squeezed into -1 to 1.
fn unnormalized(compound: f64) -> f64 {
    let compound = compound.clamp(-0.999, 0.999);
    compound * (ALPHA / (1.0 - compound * compound)).sqrt()
}
