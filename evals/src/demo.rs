//! The demo companies: two fictional tenants with their knowledge bases.
//!
//! A company is a folder in `evals/demo`: `tenant.yaml`, and one Markdown file for
//! each article. `billing-refunds.md` is the current version, `billing-refunds@1.md`
//! and `billing-refunds@2.md` are earlier ones; the external id is the name before
//! the `@`. So the numbers of versions are the same in every installation.

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "chances, days and prices of a made-up year are small numbers"
)]
mod generate;
mod load;
mod load_year;
mod parse;

pub use generate::{GENERATOR, Year, default_today, year};
pub use load::{LoadedTenant, Progress, load_demo};
pub use load_year::{LoadedYear, load_years};

use crm_store::articles::{ArticleStatus, Audience};
use serde::Deserialize;

use crate::{EvalError, embedded};

/// One demo company.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoTenant {
    /// The tenant's slug.
    pub slug: String,
    /// The name for people.
    pub name: String,
    /// BCP 47 tag.
    pub locale: String,
    /// ISO 4217 code.
    pub currency: String,
    /// IANA name.
    pub timezone: String,
    /// Its people; the first is the founding administrator.
    pub users: Vec<DemoUser>,
    /// Its articles, by external id.
    pub articles: Vec<DemoArticle>,
}

/// A person of a demo company.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoUser {
    /// The address.
    pub email: String,
    /// The name for people.
    pub name: String,
    /// The name of the role.
    pub role: String,
    /// With whom they work: the key of a segment for sellers, `support`, or nothing.
    #[serde(default)]
    pub team: String,
    /// What they add to the log odds of their deals.
    #[serde(default)]
    pub skill: f64,
}

/// An article of a demo company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoArticle {
    /// The company's own id of the article.
    pub external_id: String,
    /// Where it stands.
    pub status: ArticleStatus,
    /// All versions in order; the first is number 1, the last is the current one.
    pub versions: Vec<DemoVersion>,
}

/// One version of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoVersion {
    /// The title.
    pub title: String,
    /// ISO 639 code.
    pub language: String,
    /// Who may read it.
    pub audience: Audience,
    /// The day on which the company wrote it, `YYYY-MM-DD`.
    pub updated: String,
    /// The text, Markdown.
    pub body: String,
}

impl DemoArticle {
    /// The number of the current version.
    pub fn current(&self) -> usize {
        self.versions.len()
    }
}

/// The demo companies as they are embedded in the binary.
pub fn demo() -> Result<Vec<DemoTenant>, EvalError> {
    parse::tenants(embedded::demo())
}

#[cfg(test)]
mod tests;
