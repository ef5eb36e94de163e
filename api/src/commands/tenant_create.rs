//! `crm-ai tenant create`: a tenant, its first member and its first key.

use anyhow::Context as _;
use crm_store::{
    Store,
    api_keys::{IssuedKey, NewApiKey},
    tenants::{CreatedTenant, NewTenant},
};
use serde_json::json;

use super::{Ctx, Done, close};
use crate::{cli::TenantCreateArgs, http::auth::Scope};

pub(super) async fn run(ctx: Ctx, args: TenantCreateArgs) -> anyhow::Result<Done> {
    let (database, store) = ctx.open().await?;
    let made = create(&store, args).await;
    let closed = close(database, store).await;
    let (created, key) = made?;
    closed?;
    let document = json!({
        "tenant": {"id": created.tenant.id, "slug": created.tenant.slug, "name": created.tenant.name},
        "admin_id": created.admin,
        "api_key": key.secret,
    });
    ctx.output.result(&document, || {
        format!(
            "tenant {} is made\nAPI key (shown once, may do everything): {}",
            created.tenant.slug, key.secret
        )
    })?;
    Ok(Done::Well)
}

async fn create(store: &Store, args: TenantCreateArgs) -> anyhow::Result<(CreatedTenant, IssuedKey)> {
    let new = NewTenant {
        slug: args.slug,
        name: args.name,
        admin_email: args.admin_email,
        admin_name: None,
    };
    let mut tx = store.system().await?;
    let created = tx
        .tenants()
        .create(&new)
        .await
        .context("the tenant was not made")?;
    let key = NewApiKey {
        name: "first key".to_owned(),
        scopes: vec![Scope::Admin.as_str().to_owned()],
        role_id: None,
        expires_at: None,
    };
    let key = tx.keys().create(created.tenant.id, &key).await?;
    tx.commit().await?;
    Ok((created, key))
}
