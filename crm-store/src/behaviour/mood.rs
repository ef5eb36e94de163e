//! The floor under every message: how somebody feels and how urgent it is, without a model.
//!
//! Sentiment is VADER's lexicon and rules plus the words of a help desk; VADER knows English, so a text in another
//! language gets a sentiment of low confidence. Urgency is a lexicon of four languages, deadlines and typography. Both
//! are pure functions of the text: the same words always get the same numbers.

mod language;
mod sentiment;
mod urgency;

use rust_decimal::Decimal;
use serde::Serialize;

use crate::text_enum::text_enum;

/// How many characters are looked at: the beginning and the end. What stands between them rarely turns a mood, and the
/// rules take time that grows with the square of emotional words.
const HEAD: usize = 3_000;
const TAIL: usize = 1_000;

text_enum! {
    /// Which way a sentiment points.
    pub enum MoodLabel {
        /// Below -0.05.
        Negative = "negative",
        /// Between.
        Neutral = "neutral",
        /// Above 0.05.
        Positive = "positive",
    }
}

/// What a text says about the mood and the hurry of whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mood {
    /// ISO 639 code of the language; none when it cannot be told.
    pub language: Option<String>,
    /// How sure the language is, 0 to 1.
    pub language_confidence: Decimal,
    /// -1 (very bad) to 1 (very good), three decimals.
    pub sentiment: Decimal,
    /// How sure the sentiment is, 0 to 1: low when the language is not English, when few words carry a mood or when
    /// they contradict each other.
    pub sentiment_confidence: Decimal,
    /// Which way the sentiment points.
    pub label: MoodLabel,
    /// 0 to 100.
    pub urgency: i32,
    /// What made it urgent, such as `deadline`, strongest first.
    pub urgency_signals: Vec<&'static str>,
}

/// Reads the mood of a text. `known` is its language, where somebody said.
pub fn mood(text: &str, known: Option<&str>) -> Mood {
    let sample = sample(text);
    let (language, language_confidence) = language::of(&sample, known);
    let felt = sentiment::of(&sample, language.as_deref(), language_confidence);
    let (urgency, urgency_signals) = urgency::of(&sample, felt.score);
    Mood {
        language,
        language_confidence: three(language_confidence),
        sentiment: three(felt.score),
        sentiment_confidence: three(felt.confidence),
        label: match felt.score {
            score if score <= -0.05 => MoodLabel::Negative,
            score if score >= 0.05 => MoodLabel::Positive,
            _ => MoodLabel::Neutral,
        },
        urgency,
        urgency_signals,
    }
}

/// The part of a text that is looked at.
fn sample(text: &str) -> String {
    let count = text.chars().count();
    if count <= HEAD + TAIL {
        return text.to_owned();
    }
    let head = text.chars().take(HEAD);
    let tail = text.chars().skip(count - TAIL);
    head.chain(['\n']).chain(tail).collect()
}

/// A number with three decimals, as the columns keep it.
fn three(number: f64) -> Decimal {
    Decimal::from_f64_retain(number)
        .unwrap_or_default()
        .round_dp(3)
        .normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn felt(text: &str) -> Mood {
        mood(text, None)
    }

    #[test]
    fn the_sign_follows_the_words() {
        for good in [
            "Thank you so much, that fixed it. Great support!",
            "I love the new dashboard, it works perfectly.",
            "Perfect 😀",
        ] {
            assert_eq!(felt(good).label, MoodLabel::Positive, "{good}: {:?}", felt(good));
        }
        for bad in [
            "This is the worst service I have ever had. I want a refund.",
            "The export does not work and nobody answers.",
            "Still waiting for a reply after two weeks!",
            "The login page is broken again, we are very disappointed.",
        ] {
            assert_eq!(felt(bad).label, MoodLabel::Negative, "{bad}: {:?}", felt(bad));
        }
        let plain = felt("Please send the invoice for March to our office in Lyon.");
        assert_eq!(plain.label, MoodLabel::Neutral, "{plain:?}");
    }

    #[test]
    fn negation_turns_a_word_around() {
        assert!(felt("The support was good.").sentiment > felt("The support was not good.").sentiment);
        assert_eq!(
            felt("The support was not good at all.").label,
            MoodLabel::Negative
        );
    }

    #[test]
    fn a_language_that_the_lexicon_does_not_know_gets_low_confidence() {
        let english = felt("This is terrible, the worst experience ever, I am very angry.");
        let german =
            felt("Das ist wirklich eine Katastrophe, ich bin sehr enttäuscht von Ihrem Kundendienst.");
        assert_eq!(english.language.as_deref(), Some("en"));
        assert_eq!(german.language.as_deref(), Some("de"));
        assert!(english.sentiment_confidence > Decimal::new(6, 1), "{english:?}");
        assert!(german.sentiment_confidence <= Decimal::new(2, 1), "{german:?}");
    }

    #[test]
    fn what_the_caller_knows_about_the_language_counts() {
        let told = mood("ok super", Some("de"));
        assert_eq!(told.language.as_deref(), Some("de"));
        assert!(told.sentiment_confidence <= Decimal::new(2, 1));
    }

    #[test]
    fn hurry_is_seen_in_four_languages() {
        let calm = felt("When you have a moment, could you send me last month's report? No rush.");
        assert!(calm.urgency < 20, "{calm:?}");
        for urgent in [
            "URGENT: production is down, nobody can log in!!!",
            "We need this fixed by 5 pm today or we lose the contract.",
            "Dringend: das System ist ausgefallen, bitte sofort melden!",
            "C'est urgent, le site est en panne, répondez immédiatement !",
            "Es urgente, el sistema no funciona, ayuda inmediatamente.",
        ] {
            assert!(felt(urgent).urgency >= 60, "{urgent}: {:?}", felt(urgent));
        }
        assert!(felt("URGENT: production is down!!!").urgency > felt("production is slow").urgency);
    }

    #[test]
    fn nothing_strange_breaks_it() {
        let long = "terrible good ".repeat(30_000);
        for text in [
            "", " ", "!", "???", "a", "😀", "\u{202e}", "؟", "ＮＯ", "x\u{0}y", &long,
        ] {
            let mood = felt(text);
            assert!(
                mood.sentiment.abs() <= Decimal::ONE && mood.sentiment.scale() <= 3,
                "{mood:?}"
            );
            assert!((0..=100).contains(&mood.urgency));
            assert!(mood.sentiment_confidence >= Decimal::ZERO && mood.sentiment_confidence <= Decimal::ONE);
        }
    }
}
