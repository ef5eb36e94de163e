//! Knowledge articles and their versions.
//!
//! Readers get the published version; writers work on one draft beside it. The
//! text of a version that was ever published never changes, so that a citation
//! stays true. Every write that changes what can be retrieved enqueues a job
//! [`INDEX_JOB`] in the same transaction.

mod import;
mod list;
mod publish;
mod quoted;
mod read;
mod rows;
mod write;

pub use import::{ArticleImport, Imported};
pub use list::ArticleFilter;
pub use quoted::QuotingAnswer;
pub use rows::{
    Article, ArticleBody, ArticleStatus, ArticleVersion, Audience, PublishedRef, VersionInfo, VersionStatus,
};
pub(crate) use write::content_hash;
pub use write::{ArticlePatch, NewArticle};

use crate::TenantTx;

/// The kind of the job that brings the index in line with an article; its key is the article's id.
pub const INDEX_JOB: &str = "index_article";

/// The most bytes that a body may have.
pub const MAX_BODY_BYTES: usize = 2_000_000;

/// The articles of the tenant, as far as the actor may see them.
#[derive(Debug)]
pub struct Articles<'t>(&'t mut TenantTx);

impl TenantTx {
    /// Knowledge articles and their versions.
    pub fn articles(&mut self) -> Articles<'_> {
        Articles(self)
    }
}
