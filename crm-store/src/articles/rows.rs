//! What the tables of articles hold.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    ids::{ArticleId, ArticleVersionId, UserId},
    text_enum::text_enum,
};

text_enum! {
    /// Where an article stands.
    pub enum ArticleStatus {
        /// Nobody but its writers has seen it.
        Draft = "draft",
        /// Readers find it.
        Published = "published",
        /// Readers do not find it any more.
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// Where a version stands.
    pub enum VersionStatus {
        /// It is being written.
        Draft = "draft",
        /// It is what readers get.
        Published = "published",
        /// A later version took its place.
        Superseded = "superseded",
        /// It was taken back.
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// Who may read.
    pub enum Audience {
        /// Everyone, also visitors of the website.
        Public = "public",
        /// The tenant's own people and programs.
        Internal = "internal",
    }
}

/// An article without its text.
///
/// While a version is published, title, language and audience are that
/// version's; otherwise they are the latest one's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Article {
    /// The article.
    pub id: ArticleId,
    /// The tenant's own id, unique within the tenant.
    pub external_id: Option<String>,
    /// The title.
    pub title: String,
    /// Where it stands.
    pub status: ArticleStatus,
    /// Who may read it.
    pub audience: Audience,
    /// ISO 639 code.
    pub language: String,
    /// The version that readers get, while there is one.
    pub current_version_id: Option<ArticleVersionId>,
    /// The number of the latest version, which may be a draft.
    pub latest_number: i32,
    /// Who looks after it.
    pub owner_id: Option<UserId>,
    /// When the current version was published.
    pub published_at: Option<DateTime<Utc>>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Counts the changes; the `If-Match` of the next one.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// The columns of [`Article`].
macro_rules! article_columns {
    () => {
        "id, external_id, title, status, audience, language, current_version_id, latest_number, owner_id, \
         published_at, withdrawn_at, version, created_at, updated_at"
    };
}
pub(super) use article_columns;

/// A version with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct ArticleVersion {
    /// The version.
    pub id: ArticleVersionId,
    /// Its article.
    pub article_id: ArticleId,
    /// Its number in the article, from 1.
    pub number: i32,
    /// The title.
    pub title: String,
    /// The text, Markdown.
    pub body: String,
    /// ISO 639 code.
    pub language: String,
    /// Who may read it.
    pub audience: Audience,
    /// SHA-256 of title and body.
    pub content_hash: Vec<u8>,
    /// Where it stands.
    pub status: VersionStatus,
    /// What kind of actor wrote it.
    pub created_by_kind: String,
    /// Who wrote it.
    pub created_by_id: Uuid,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

/// The columns of [`ArticleVersion`].
macro_rules! version_columns {
    () => {
        "id, article_id, number, title, body, language, audience, content_hash, status, created_by_kind, \
         created_by_id, created_at, updated_at, published_at"
    };
}
pub(super) use version_columns;

/// A version without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct VersionInfo {
    /// The version.
    pub id: ArticleVersionId,
    /// Its number in the article, from 1.
    pub number: i32,
    /// The title.
    pub title: String,
    /// ISO 639 code.
    pub language: String,
    /// Who may read it.
    pub audience: Audience,
    /// Where it stands.
    pub status: VersionStatus,
    /// The size of the text in bytes.
    pub body_bytes: i32,
    /// What kind of actor wrote it.
    pub created_by_kind: String,
    /// Who wrote it.
    pub created_by_id: Uuid,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

/// What retrieval and citing need of a version, as the actor may see it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ArticleBody {
    /// The article.
    pub article_id: ArticleId,
    /// The tenant's own id of the article.
    pub external_id: Option<String>,
    /// The version.
    pub version_id: ArticleVersionId,
    /// Its number, from 1.
    pub number: i32,
    /// The title.
    pub title: String,
    /// The text, Markdown.
    pub body: String,
    /// ISO 639 code.
    pub language: String,
    /// Who may read it.
    pub audience: Audience,
    /// SHA-256 of title and body.
    pub content_hash: Vec<u8>,
    /// Where the version stands.
    pub status: VersionStatus,
}

/// What the index should contain of one article.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PublishedRef {
    /// The article.
    pub article_id: ArticleId,
    /// Its published version.
    pub version_id: ArticleVersionId,
    /// SHA-256 of title and body.
    pub content_hash: Vec<u8>,
    /// ISO 639 code.
    pub language: String,
    /// Who may read it.
    pub audience: Audience,
}
