//! Putting the demo companies into the store.

use crm_store::{
    Store, StoreError, TenantStore,
    articles::{ArticleImport, ArticleStatus},
    tenants::NewTenant,
};

use super::{DemoArticle, DemoTenant, demo};
use crate::EvalError;

/// How far loading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The company that is being loaded.
    pub tenant: &'a str,
    /// Articles that are in the store.
    pub done: usize,
    /// Articles of the company.
    pub of: usize,
}

/// What loading did to one company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedTenant {
    /// The tenant's slug.
    pub slug: String,
    /// The address of its founding administrator.
    pub admin_email: String,
    /// Whether the tenant is new.
    pub created: bool,
    /// Versions that were written.
    pub versions_written: usize,
    /// Articles that were complete before.
    pub articles_kept: usize,
}

/// Loads the demo companies; what is there already stays as it is.
///
/// An article is written in one transaction with all its versions, so an
/// interrupted load goes on where it stopped. What people changed in an article
/// since is kept.
pub async fn load_demo(
    store: &Store,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Vec<LoadedTenant>, EvalError> {
    let mut loaded = Vec::new();
    for tenant in demo()? {
        loaded.push(load_tenant(store, &tenant, progress).await?);
    }
    Ok(loaded)
}

async fn load_tenant(
    store: &Store,
    tenant: &DemoTenant,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<LoadedTenant, EvalError> {
    let (admin_email, created) = ensure_tenant(store, tenant).await?;
    let grant = store
        .operate(&tenant.slug, None)
        .await?
        .ok_or_else(|| EvalError::NoTenant {
            slug: tenant.slug.clone(),
        })?;
    let inside = store.open(&grant);
    let of = tenant.articles.len();
    let (mut versions_written, mut articles_kept) = (0, 0);
    for (done, article) in (1..).zip(&tenant.articles) {
        match load_article(&inside, article).await? {
            0 => articles_kept += 1,
            written => versions_written += written,
        }
        progress(Progress {
            tenant: &tenant.slug,
            done,
            of,
        });
    }
    Ok(LoadedTenant {
        slug: tenant.slug.clone(),
        admin_email,
        created,
        versions_written,
        articles_kept,
    })
}

async fn ensure_tenant(store: &Store, tenant: &DemoTenant) -> Result<(String, bool), StoreError> {
    let admin = tenant
        .users
        .first()
        .ok_or_else(|| StoreError::invalid("users", "must not be empty"))?;
    let mut tx = store.system().await?;
    let known = tx.tenants().by_slug(&tenant.slug).await?.is_some();
    if !known {
        let new = NewTenant {
            slug: tenant.slug.clone(),
            name: tenant.name.clone(),
            admin_email: admin.email.clone(),
            admin_name: Some(admin.name.clone()),
        };
        let id = tx.tenants().create(&new).await?.tenant.id;
        tx.tenants()
            .set_region(id, &tenant.locale, &tenant.currency, &tenant.timezone)
            .await?;
        for user in tenant.users.iter().skip(1) {
            let user_id = tx.users().ensure(&user.email, &user.name).await?.id;
            tx.users().join(id, user_id, &user.role).await?;
        }
    }
    tx.commit().await?;
    Ok((admin.email.clone(), !known))
}

/// Writes the versions that are missing; returns how many that were.
async fn load_article(store: &TenantStore, article: &DemoArticle) -> Result<usize, StoreError> {
    let mut tx = store.begin().await?;
    let known = tx.articles().by_external_id(&article.external_id).await?;
    let have = known.map_or(0, |known| usize::try_from(known.latest_number).unwrap_or(0));
    let missing = article.versions.iter().enumerate().skip(have);
    let mut written = 0;
    for (at, version) in missing {
        let last = at + 1 == article.versions.len();
        let import = ArticleImport {
            external_id: article.external_id.clone(),
            title: version.title.clone(),
            body: version.body.clone(),
            language: version.language.clone(),
            audience: version.audience,
            // Earlier versions were published in their time.
            status: if last {
                article.status
            } else {
                ArticleStatus::Published
            },
            owner_id: None,
        };
        tx.articles().import(&import).await?;
        written += 1;
    }
    tx.commit().await?;
    Ok(written)
}
