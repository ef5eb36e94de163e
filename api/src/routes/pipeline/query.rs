//! `POST /v1/pipeline/query`.

use axum::{
    Json as JsonBody,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use crm_store::{
    StoreError,
    feedback::{CardKind as KeptKind, NewCard},
};
use crm_tools::{
    card::{AnswerCard, CardKind},
    pipeline::{Question, Understood, answer_to, too_much, understand},
    semantic::{self, Language, PipelineQuery, Rows, Spoken},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{csv, questions, reach};
use crate::{
    Problem, ProblemBody,
    http::{
        auth::{Allowed, scopes},
        body::Json,
    },
    state::AppState,
};

/// A longer text is no question; shorter ones that are still too long get a card that says so.
const MAX_QUESTION_CHARS: usize = 20_000;

/// A question in words, or a typed query.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"question": "How much did we win this quarter, by owner?", "language": "en"}))]
pub struct PipelineAsk {
    /// The question in words, in English, German, Spanish or French.
    #[schema(max_length = 20_000)]
    question: Option<String>,
    /// The query of the card before, which "and by owner?" goes on from.
    #[schema(value_type = Option<Object>)]
    previous: Option<PipelineQuery>,
    /// A typed query instead of a question; its shape is in `/v1/pipeline/schema`.
    #[schema(value_type = Option<Object>)]
    query: Option<PipelineQuery>,
    /// A row of the query's card: the records behind its first number are listed, and not the answer. `opens` of the table says
    /// which rows have such a list.
    #[schema(value_type = Option<Vec<Object>>)]
    row: Option<Vec<Value>>,
    /// The `next_cursor` of a card with a list of records, with the same query and row: the records that come after.
    cursor: Option<String>,
    /// The language of the answer: `en`, `de`, `es` or `fr`; that of the question when left out.
    #[schema(value_type = Option<String>)]
    language: Option<Language>,
}

/// A card under the id that `/v1/feedback` takes as `card_id`.
#[derive(Debug, Serialize)]
struct KeptCard {
    id: Uuid,
    #[serde(flatten)]
    card: AnswerCard,
}

/// Ask a question about the numbers
///
/// The answer is a card: a sentence, the numbers, what they mean, which records count, and the typed query that was run.
/// A question that can be read in more than one way gets a card with the ways to choose from; one that cannot be answered
/// gets a card that says why. Everybody gets the numbers of the records that they may see. The card's `id` is what
/// `POST /v1/feedback` takes as `card_id` when a question was read wrongly. A row of a card, sent with its query, gives the list
/// of its records, page by page.
///
/// With `Accept: text/csv` the table comes as CSV: all rows, at most 10,000, unless the query has a limit of its own. What is
/// left out is said in the header `x-rows-cut` and in the last line; notes are lines that begin with `# `.
#[utoipa::path(
    post,
    path = "/v1/pipeline/query",
    operation_id = "ask_pipeline",
    tag = "pipeline",
    request_body = PipelineAsk,
    responses(
        (status = 200, description = "The card", content((AnswerCard = "application/json"), (String = "text/csv"))),
        (status = 403, description = "Fields or records that your role hides", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A query that cannot be asked; the errors say what would be right", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    State(state): State<AppState>,
    caller: Allowed<scopes::ReadRecords>,
    headers: HeaderMap,
    body: Json<PipelineAsk>,
) -> Result<Response, Problem> {
    let said = body.value;
    let is_file = csv::is_wanted(&headers);
    let rows = match (is_file, &said.cursor) {
        (true, Some(_)) => {
            return Err(Problem::field(
                "/cursor",
                "is of no use for a file, which has all rows",
            ));
        }
        (true, None) => Rows::All,
        (false, cursor) => Rows::after(cursor.as_deref())?,
    };
    if said.question.is_some() && (said.row.is_some() || said.cursor.is_some()) {
        return Err(Problem::field("/question", "row and cursor go with a query"));
    }
    let card = match (said.question, said.query) {
        (Some(text), None) => {
            let question = Question {
                text: &text,
                previous: said.previous.as_ref(),
                language: said.language,
            };
            in_words(&state, &caller, &question, rows).await?
        }
        (None, Some(query)) => {
            if said.previous.is_some() {
                return Err(Problem::field(
                    "/previous",
                    "goes with a question, not with a query",
                ));
            }
            let asked = Typed {
                question: None,
                query: &query,
                row: said.row.as_deref(),
                rows,
            };
            typed(&caller, &asked, said.language.unwrap_or_default()).await?
        }
        _ => return Err(Problem::field("/question", "send either question or query")),
    };
    if is_file {
        return csv::respond(&card);
    }
    let kept = KeptCard {
        id: keep(&caller, &card).await?,
        card,
    };
    Ok(([(header::VARY, "Accept")], JsonBody(kept)).into_response())
}

/// Keeps what was asked and how it was read, so that a verdict can name it.
async fn keep(caller: &Allowed<scopes::ReadRecords>, card: &AnswerCard) -> Result<Uuid, Problem> {
    let query = card.query.as_ref().map(serde_json::to_value).transpose();
    let query = query.map_err(Problem::internal)?;
    let mut tx = caller.store().begin().await?;
    let id = tx
        .feedback()
        .keep_card(&NewCard {
            kind: match card.kind {
                CardKind::Answer => KeptKind::Answer,
                CardKind::Clarification => KeptKind::Clarification,
                CardKind::Declined => KeptKind::Declined,
            },
            question: card.question.as_deref(),
            query: query.as_ref(),
        })
        .await?;
    tx.commit().await?;
    Ok(id)
}

async fn in_words(
    state: &AppState,
    caller: &Allowed<scopes::ReadRecords>,
    question: &Question<'_>,
    rows: Rows,
) -> Result<AnswerCard, Problem> {
    let text = question.text;
    let chars = text.chars().count();
    if chars > MAX_QUESTION_CHARS {
        return Err(Problem::field(
            "/question",
            format!("has {chars} characters; at most {MAX_QUESTION_CHARS} are read"),
        ));
    }
    if text.contains('\0') {
        return Err(Problem::field("/question", "contains the character NUL"));
    }
    let embedder = state.services.knowledge.embedder();
    match understand(caller.store(), Some(embedder), question).await? {
        Understood::Card(card, _) => Ok(*card),
        Understood::Query(query, language, ground) => {
            reach::check(caller, &query)?;
            if rows == Rows::All {
                let asked = Typed {
                    question: Some(text),
                    query: &query,
                    row: None,
                    rows,
                };
                return typed(caller, &asked, language).await;
            }
            Ok(answer_to(&ground, caller.store(), text, &query, language).await?)
        }
    }
}

/// A query, and which rows of which answer are wanted.
struct Typed<'a> {
    /// The words that it was read from.
    question: Option<&'a str>,
    query: &'a PipelineQuery,
    /// The row whose records are listed instead.
    row: Option<&'a [Value]>,
    rows: Rows,
}

async fn typed(
    caller: &Allowed<scopes::ReadRecords>,
    asked: &Typed<'_>,
    language: Language,
) -> Result<AnswerCard, Problem> {
    let (store, query) = (caller.store(), asked.query);
    reach::check(caller, query)?;
    let spoken = Spoken {
        question: asked.question.map(str::to_owned),
        language,
    };
    let card = match asked.row {
        Some(row) => semantic::answer_row(store, query, row, &spoken, asked.rows).await,
        None => semantic::answer_rows(store, query, &spoken, asked.rows).await,
    };
    match card {
        Err(StoreError::TooMuch) => Ok(too_much(store, &spoken).await?),
        card => card.map_err(|error| questions::below(error, "/query")),
    }
}
