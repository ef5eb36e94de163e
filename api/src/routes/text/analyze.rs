//! `POST /v1/analyze`: mood, urgency and language of a text.

use axum::Json as JsonBody;
use crm_store::behaviour::mood::{Mood, mood};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
    },
};

/// The most bytes of a text: as many as a message has.
const MAX_TEXT: usize = 200_000;

/// A text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextToAnalyze {
    /// The words, up to 200,000 bytes.
    #[schema(min_length = 1, example = "The export is broken and we need it today!")]
    text: String,
    /// Its language, ISO 639, where it is known.
    #[serde(default)]
    #[schema(pattern = "^[a-z]{2,3}$")]
    language: Option<String>,
}

/// What the text says.
#[derive(Debug, Serialize, ToSchema)]
pub struct Analysis {
    /// ISO 639; null when it cannot be told.
    language: Option<String>,
    /// How sure the language is, 0 to 1, a decimal number as text.
    #[schema(example = "0.9")]
    language_confidence: String,
    /// -1 (very bad) to 1 (very good), a decimal number as text.
    #[schema(example = "-0.612")]
    sentiment: String,
    /// How sure the sentiment is, 0 to 1, a decimal number as text. Low for every language but English.
    #[schema(example = "0.74")]
    sentiment_confidence: String,
    /// `negative`, `neutral` or `positive`.
    #[schema(example = "negative")]
    sentiment_label: &'static str,
    /// 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    urgency: i32,
    /// What made it urgent, strongest first.
    #[schema(example = json!(["deadline", "failure"]))]
    urgency_signals: Vec<&'static str>,
}

impl From<Mood> for Analysis {
    fn from(mood: Mood) -> Self {
        Self {
            language: mood.language,
            language_confidence: mood.language_confidence.to_string(),
            sentiment: mood.sentiment.to_string(),
            sentiment_confidence: mood.sentiment_confidence.to_string(),
            sentiment_label: mood.label.as_str(),
            urgency: mood.urgency,
            urgency_signals: mood.urgency_signals,
        }
    }
}

/// Analyse a text
///
/// The same floor that every message gets: no model, nothing is kept.
#[utoipa::path(
    post,
    path = "/v1/analyze",
    operation_id = "analyze_text",
    tag = "text",
    request_body = TextToAnalyze,
    responses(
        (status = 200, description = "What the text says", body = Analysis),
        (status = 422, description = "No text, too much of it, or no such language", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    _caller: Allowed<scopes::ReadRecords>,
    body: Json<TextToAnalyze>,
) -> Result<JsonBody<Analysis>, Problem> {
    let TextToAnalyze { text, language } = body.value;
    if text.trim().is_empty() || text.len() > MAX_TEXT {
        return Err(Problem::field(
            "/text",
            format!("must have 1 to {MAX_TEXT} bytes of words"),
        ));
    }
    let is_code =
        |code: &String| (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase());
    if language.as_ref().is_some_and(|code| !is_code(code)) {
        return Err(Problem::field("/language", "must be an ISO 639 code such as en"));
    }
    Ok(JsonBody(mood(&text, language.as_deref()).into()))
}
