//! `crm-ai demo`: from nothing to a served knowledge base of two companies.
//!
//! Every step looks at what is there, so it can be interrupted anywhere and run again.

use std::{fmt::Write as _, path::PathBuf};

use anyhow::Context as _;
use crm_evals::{LoadedTenant, Progress, load_demo};
use crm_store::{Store, api_keys::NewApiKey};
use serde::{Deserialize, Serialize};

use super::{Ctx, Done, index::catch_up, output::Output, serve::until_signal};
use crate::{App, AppError, Overrides, beacon::write_private, config::Config, http::auth::Scope, shutdown};

/// The file in the data folder.
const FILE: &str = "demo.json";
/// A question that the first company's knowledge base answers.
const QUESTION: &str = "How long is a password reset link valid?";

/// What scripts and people need to know of the demo.
#[derive(Debug, Serialize, Deserialize)]
struct Demo {
    base_url: String,
    docs_url: String,
    tenants: Vec<DemoAccess>,
}

/// The way into one company.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct DemoAccess {
    slug: String,
    base_url: String,
    api_key: String,
    docs_url: String,
}

pub(super) async fn run(ctx: Ctx) -> anyhow::Result<Done> {
    let Ctx {
        config,
        output,
        clock,
    } = ctx;
    output.say("starting the database, the index and the models");
    let app = App::prepare(
        config,
        Overrides {
            clock: Some(clock),
            ..Overrides::default()
        },
    )
    .await?;
    let loaded = tokio::select! {
        loaded = load(&app, output) => loaded,
        signal = shutdown::requested() => {
            let signal = signal?;
            app.close().await?;
            anyhow::bail!("{signal} came before the demo was loaded; run it again, it goes on where it stopped");
        }
    };
    let demo = match loaded {
        Ok(demo) => demo,
        Err(error) => {
            app.close().await?;
            return Err(error);
        }
    };
    let running = app.serve()?;
    output.result(&demo, || words(&demo))?;
    until_signal(running, output).await
}

/// Companies, their index, their keys, and the file that names them.
async fn load(app: &App, output: Output) -> anyhow::Result<Demo> {
    let services = &app.state().services;
    let bar = output.progress("loading articles", 0);
    let progress = |at: Progress<'_>| {
        bar.set_prefix(format!("loading {}", at.tenant));
        bar.set_length(at.of as u64);
        bar.set_position(at.done as u64);
    };
    let tenants = load_demo(&services.store, &progress)
        .await
        .context("the demo companies cannot be loaded")?;
    bar.finish_and_clear();
    catch_up(services, output)
        .await
        .context("the articles cannot be indexed")?;
    let config = &app.state().config;
    let base_url = app.base_url();
    let docs_url = format!("{base_url}/docs/");
    let mut demo = Demo {
        tenants: Vec::with_capacity(tenants.len()),
        base_url,
        docs_url,
    };
    let known = known_keys(config);
    for LoadedTenant { slug, .. } in tenants {
        let api_key = key(&services.store, &slug, &known).await?;
        let (base_url, docs_url) = (demo.base_url.clone(), demo.docs_url.clone());
        demo.tenants.push(DemoAccess {
            slug,
            base_url,
            api_key,
            docs_url,
        });
    }
    write_private(&file(config), &serde_json::to_vec_pretty(&demo)?)?;
    Ok(demo)
}

fn file(config: &Config) -> PathBuf {
    config.data.dir.join(FILE)
}

/// The keys of the last time.
fn known_keys(config: &Config) -> Vec<DemoAccess> {
    let text = std::fs::read(file(config)).ok();
    text.and_then(|text| serde_json::from_slice::<Demo>(&text).ok())
        .map(|demo| demo.tenants)
        .unwrap_or_default()
}

/// The key of the last time when it still opens this company, else a new one.
async fn key(store: &Store, slug: &str, known: &[DemoAccess]) -> Result<String, AppError> {
    let failed = || AppError::store("a key cannot be made");
    if let Some(access) = known.iter().find(|access| access.slug == slug) {
        let opens = store.authenticate(&access.api_key).await.map_err(failed())?;
        if opens.is_some_and(|opens| opens.tenant_slug == slug) {
            return Ok(access.api_key.clone());
        }
    }
    let mut tx = store.system().await.map_err(failed())?;
    let tenant = tx.tenants().by_slug(slug).await.map_err(failed())?;
    let tenant = tenant.ok_or_else(|| AppError::Busy(format!("the tenant {slug} is gone")))?;
    let new = NewApiKey {
        name: "demo".to_owned(),
        scopes: vec![Scope::Admin.as_str().to_owned()],
        role_id: None,
        expires_at: None,
    };
    let issued = tx.keys().create(tenant.id, &new).await.map_err(failed())?;
    tx.commit().await.map_err(failed())?;
    Ok(issued.secret)
}

fn words(demo: &Demo) -> String {
    let mut words = format!(
        "\ncrm-ai serves on {}\nAPI docs:   {}\n",
        demo.base_url, demo.docs_url
    );
    for tenant in &demo.tenants {
        let _ = writeln!(words, "{:<12}{}", format!("{}:", tenant.slug), tenant.api_key);
    }
    if let Some(first) = demo.tenants.first() {
        let _ = write!(
            words,
            "\nAsk the first one:\n\n  curl -N {}/v1/agents/answer/runs \\\n    -H 'Authorization: Bearer {}' \\\n    \
             -H 'Content-Type: application/json' \\\n    \
             -d '{{\"input\": {{\"question\": \"{QUESTION}\"}}, \"stream\": true}}'\n",
            demo.base_url, first.api_key
        );
    }
    words
}
