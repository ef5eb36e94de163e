//! What people thought of an answer: of a run's, or of a card that came straight from a question about the numbers.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    ids::{AnswerId, FeedbackId},
    page::{Cursor, Page, read_limit},
    text_enum::text_enum,
};

text_enum! {
    /// Whether an answer helped.
    pub enum Verdict {
        /// It did.
        Good = "good",
        /// It did not.
        Bad = "bad",
    }
}

text_enum! {
    /// What a card said.
    pub enum CardKind {
        /// Numbers.
        Answer = "answer",
        /// The readings to choose from.
        Clarification = "clarification",
        /// That it cannot be asked here.
        Declined = "declined",
    }
}

/// A card to be kept under an id that a verdict can name.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCard<'a> {
    /// What it said.
    pub kind: CardKind,
    /// The question in the asker's words, if it was asked in words.
    pub question: Option<&'a str>,
    /// How it was read.
    pub query: Option<&'a Json>,
}

/// What a verdict is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The answer of a run.
    Answer(AnswerId),
    /// A card that came without a run.
    Card(Uuid),
}

/// Which verdicts to list; every condition that is set must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeedbackFilter {
    /// On answers of this agent. Cards without a run are `pipeline`'s.
    pub kind: Option<String>,
    /// The verdict.
    pub verdict: Option<Verdict>,
    /// Not given before this time.
    pub from: Option<DateTime<Utc>>,
    /// Given before this time.
    pub to: Option<DateTime<Utc>>,
}

/// A verdict with what it is on.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Judged {
    /// The verdict's id.
    pub id: FeedbackId,
    /// The agent that answered; `pipeline` for cards without a run.
    pub kind: String,
    /// Whether it helped.
    pub verdict: Verdict,
    /// Why, in the words of whoever gave it.
    pub comment: Option<String>,
    /// The answer, of a run.
    pub answer_id: Option<AnswerId>,
    /// The run that answered.
    pub run_id: Option<Uuid>,
    /// The card, without a run.
    pub card_id: Option<Uuid>,
    /// What was asked.
    pub question: Option<String>,
    /// What was answered; of cards nothing is kept but how the question was read.
    pub answer: Option<String>,
    /// How a question about the numbers was read, as a typed query.
    pub query: Option<Json>,
    /// `user`, `api_key` or `visitor`.
    pub actor_kind: String,
    /// Who gave the verdict.
    pub actor_id: Uuid,
    /// The person's name, where a member gave it.
    pub actor_name: Option<String>,
    /// When it was given first.
    pub created_at: DateTime<Utc>,
    /// When it was given last.
    pub updated_at: DateTime<Utc>,
}

/// The verdicts of one tenant.
#[derive(Debug)]
pub struct Feedbacks<'t> {
    tx: &'t mut TenantTx,
}

impl TenantTx {
    /// What people thought of answers.
    pub fn feedback(&mut self) -> Feedbacks<'_> {
        Feedbacks { tx: self }
    }
}

macro_rules! put {
    ($column:literal) => {
        concat!(
            "INSERT INTO feedback (tenant_id, id, ",
            $column,
            ", verdict, comment, actor_kind, actor_id, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (tenant_id, ",
            $column,
            ", actor_kind, actor_id) DO UPDATE \
                 SET verdict = EXCLUDED.verdict, comment = EXCLUDED.comment, updated_at = EXCLUDED.updated_at \
             RETURNING id"
        )
    };
}

/// The query of a run's card is in its log, as long as that is kept.
const LIST: &str = "\
    SELECT f.id, CASE WHEN f.card_id IS NULL THEN r.agent ELSE 'pipeline' END AS kind, f.verdict, f.comment, f.answer_id, \
        a.run_id, f.card_id, COALESCE(a.question, c.question) AS question, a.text AS answer, \
        CASE WHEN f.card_id IS NULL THEN (\
            SELECT e.payload #> '{card,query}' FROM run_events e \
            WHERE e.tenant_id = f.tenant_id AND e.run_id = a.run_id AND e.type = 'card' ORDER BY e.seq DESC LIMIT 1) \
        ELSE c.query END AS query, \
        f.actor_kind, f.actor_id, u.name AS actor_name, f.created_at, f.updated_at \
    FROM feedback f \
    LEFT JOIN answers a ON a.tenant_id = f.tenant_id AND a.id = f.answer_id \
    LEFT JOIN runs r ON r.tenant_id = a.tenant_id AND r.id = a.run_id \
    LEFT JOIN pipeline_cards c ON c.tenant_id = f.tenant_id AND c.id = f.card_id \
    LEFT JOIN users u ON f.actor_kind = 'user' AND u.id = f.actor_id \
    WHERE ($1::text IS NULL OR (CASE WHEN f.card_id IS NULL THEN r.agent ELSE 'pipeline' END) = $1) \
        AND ($2::text IS NULL OR f.verdict = $2) \
        AND ($3::timestamptz IS NULL OR f.created_at >= $3) AND ($4::timestamptz IS NULL OR f.created_at < $4) \
        AND ($5::timestamptz IS NULL OR (f.created_at, f.id) < ($5, $6)) \
    ORDER BY f.created_at DESC, f.id DESC LIMIT $7";

impl Feedbacks<'_> {
    /// Keeps what was asked and how it was read, in the actor's name, and says under which id.
    pub async fn keep_card(&mut self, card: &NewCard<'_>) -> Result<Uuid, StoreError> {
        let (grant, now) = (*self.tx.grant(), self.tx.now());
        let id = Uuid::now_v7();
        sqlx::query(
            "INSERT INTO pipeline_cards (tenant_id, id, kind, question, query, actor_kind, actor_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(grant.tenant())
        .bind(id)
        .bind(card.kind)
        .bind(card.question)
        .bind(card.query)
        .bind(grant.actor().kind())
        .bind(grant.actor().id())
        .bind(now)
        .execute(self.tx.conn())
        .await?;
        Ok(id)
    }

    /// Keeps the actor's verdict; a second one on the same thing replaces the first.
    pub async fn put(
        &mut self,
        about: About,
        verdict: Verdict,
        comment: Option<&str>,
    ) -> Result<FeedbackId, StoreError> {
        let (grant, now) = (*self.tx.grant(), self.tx.now());
        // A foreign key sees every row; whoever gives a verdict must see it too.
        let (statement, id) = match about {
            About::Answer(answer) => {
                if self.tx.answers().get(answer).await?.is_none() {
                    return Err(StoreError::NotFound { what: "answer" });
                }
                (put!("answer_id"), answer.uuid())
            }
            About::Card(card) => {
                let is_seen: bool =
                    sqlx::query_scalar("SELECT EXISTS (SELECT FROM pipeline_cards WHERE id = $1)")
                        .bind(card)
                        .fetch_one(self.tx.conn())
                        .await?;
                if !is_seen {
                    return Err(StoreError::NotFound { what: "card" });
                }
                (put!("card_id"), card)
            }
        };
        Ok(sqlx::query_scalar(statement)
            .bind(grant.tenant())
            .bind(FeedbackId::new())
            .bind(id)
            .bind(verdict)
            .bind(comment)
            .bind(grant.actor().kind())
            .bind(grant.actor().id())
            .bind(now)
            .fetch_one(self.tx.conn())
            .await?)
    }

    /// The tenant's verdicts, latest first. Needs the area `runs`.
    pub async fn list(
        &mut self,
        filter: &FeedbackFilter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<Judged>, StoreError> {
        self.tx.access().await?.require_area("runs")?;
        let rows = sqlx::query_as(LIST)
            .bind(&filter.kind)
            .bind(filter.verdict)
            .bind(filter.from)
            .bind(filter.to)
            .bind(after.as_ref().map(|cursor| cursor.at))
            .bind(after.as_ref().map(|cursor| cursor.id))
            .bind(read_limit(limit))
            .fetch_all(self.tx.conn())
            .await?;
        Ok(Page::cut(rows, limit, |judged: &Judged| Cursor {
            at: judged.created_at,
            id: judged.id.uuid(),
        }))
    }
}
