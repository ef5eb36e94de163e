//! Bringing articles in from another system, as often as one likes.

use std::collections::HashMap;

use super::{
    Article, ArticlePatch, ArticleStatus, Articles, Audience, NewArticle, rows::article_columns,
    write::content_hash,
};
use crate::{
    StoreError,
    ids::{ArticleId, UserId},
};

/// An article as another system has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleImport {
    /// The other system's id, by which the article is found again.
    pub external_id: String,
    /// The title.
    pub title: String,
    /// The text, Markdown.
    pub body: String,
    /// ISO 639 code.
    pub language: String,
    /// Who may read it.
    pub audience: Audience,
    /// Where it should stand afterwards.
    pub status: ArticleStatus,
    /// Who looks after it; `None` leaves that as it is.
    pub owner_id: Option<UserId>,
}

/// What an import did to one article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// It is new.
    Created(ArticleId),
    /// It differed.
    Updated(ArticleId),
    /// It was the same; nothing was written.
    Unchanged(ArticleId),
}

impl Imported {
    /// The article.
    pub const fn id(self) -> ArticleId {
        match self {
            Self::Created(id) | Self::Updated(id) | Self::Unchanged(id) => id,
        }
    }
}

/// What is stored of an article: enough to see whether the import differs.
#[derive(sqlx::FromRow)]
struct Known {
    #[sqlx(flatten)]
    article: Article,
    content_hash: Vec<u8>,
    latest_language: String,
    latest_audience: Audience,
    has_draft: bool,
}

impl Articles<'_> {
    /// Creates or updates the article with this external id.
    pub async fn import(&mut self, import: &ArticleImport) -> Result<Imported, StoreError> {
        let done = self.import_many(std::slice::from_ref(import)).await?;
        done.into_iter().next().ok_or_else(|| StoreError::Corrupt {
            what: "an import without a result".to_owned(),
        })
    }

    /// Creates or updates many articles; articles that are the same cost one shared query.
    ///
    /// The first bad one fails the transaction, so whoever wants the good ones
    /// kept checks lengths first or imports the batch again one by one.
    pub async fn import_many(&mut self, imports: &[ArticleImport]) -> Result<Vec<Imported>, StoreError> {
        let mut known = self.known(imports).await?;
        let mut done = Vec::with_capacity(imports.len());
        for import in imports {
            let outcome = match known.remove(&import.external_id) {
                Some(known) => self.import_over(known, import).await?,
                // Also the second of two with the same id in one batch, which must see the first.
                None => match self
                    .known(std::slice::from_ref(import))
                    .await?
                    .remove(&import.external_id)
                {
                    Some(known) => self.import_over(known, import).await?,
                    None => self.import_new(import).await?,
                },
            };
            done.push(outcome);
        }
        Ok(done)
    }

    async fn known(&mut self, imports: &[ArticleImport]) -> Result<HashMap<String, Known>, StoreError> {
        let ids: Vec<&str> = imports.iter().map(|import| import.external_id.as_str()).collect();
        let rows: Vec<Known> = sqlx::query_as(concat!(
            "SELECT ",
            article_columns!(),
            ", latest.* FROM articles a CROSS JOIN LATERAL (\
                 SELECT v.content_hash, v.language AS latest_language, v.audience AS latest_audience, v.status = 'draft' AS has_draft \
                 FROM article_versions v WHERE v.tenant_id = a.tenant_id AND v.article_id = a.id \
                 ORDER BY v.number DESC LIMIT 1) latest \
             WHERE a.external_id = ANY ($1)"
        ))
        .bind(ids)
        .fetch_all(self.0.conn())
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((row.article.external_id.clone()?, row)))
            .collect())
    }

    async fn import_new(&mut self, import: &ArticleImport) -> Result<Imported, StoreError> {
        let article = self
            .create(&NewArticle {
                external_id: Some(import.external_id.clone()),
                title: import.title.clone(),
                body: import.body.clone(),
                language: import.language.clone(),
                audience: import.audience,
                owner_id: import.owner_id,
            })
            .await?;
        let id = article.id;
        self.bring_to(article, import.status).await?;
        Ok(Imported::Created(id))
    }

    async fn import_over(&mut self, known: Known, import: &ArticleImport) -> Result<Imported, StoreError> {
        let stands = match import.status {
            // There is no way back to never having been published.
            ArticleStatus::Draft => true,
            // A draft that waits beside what readers have is not what the import says they have.
            status => known.article.status == status && !known.has_draft,
        };
        let same = stands
            && known.content_hash == content_hash(&import.title, &import.body)
            && known.latest_language == import.language
            && known.latest_audience == import.audience
            && (import.owner_id.is_none() || import.owner_id == known.article.owner_id);
        let id = known.article.id;
        if same {
            return Ok(Imported::Unchanged(id));
        }
        let patch = ArticlePatch {
            external_id: None,
            title: Some(import.title.clone()),
            body: Some(import.body.clone()),
            language: Some(import.language.clone()),
            audience: Some(import.audience),
            owner_id: import.owner_id.map(Some),
        };
        let article = self.update(id, &patch, None).await?;
        self.bring_to(article, import.status).await?;
        Ok(Imported::Updated(id))
    }

    /// Publishes or withdraws. A published article that the import calls a draft keeps its readers.
    async fn bring_to(&mut self, article: Article, status: ArticleStatus) -> Result<(), StoreError> {
        match status {
            ArticleStatus::Draft => {}
            ArticleStatus::Published => {
                self.publish_locked(article).await?;
            }
            ArticleStatus::Withdrawn => {
                // What was withdrawn has been published once, so its text counts as such.
                let article = self.publish_locked(article).await?;
                self.withdraw_locked(article).await?;
            }
        }
        Ok(())
    }
}
