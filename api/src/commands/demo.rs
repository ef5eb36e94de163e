//! `crm-ai demo`: from nothing to two served companies, each with a knowledge base, a year of records and its people.
//!
//! Every step looks at what is there, so it can be interrupted anywhere and run again.

use std::{fmt::Write as _, path::PathBuf};

use anyhow::Context as _;
use chrono::NaiveDate;
use crm_evals::{DemoTenant, LoadedTenant, LoadedYear, Progress, default_today, demo, load_demo, load_years};
use crm_store::{
    Store,
    api_keys::NewApiKey,
    auth::MemberToBe,
    models::{ModelKind, Task},
};
use rand::{Rng as _, distr::Alphanumeric};
use serde::{Deserialize, Serialize};

use super::{Ctx, Done, index::catch_up, output::Output, serve::until_signal};
use crate::{
    App, AppError, Overrides, beacon::write_private, cli::DemoArgs, config::Config, http::auth::Scope,
    shutdown,
};

/// The file in the data folder.
const FILE: &str = "demo.json";
/// A question that the first company's knowledge base answers.
const QUESTION: &str = "How long is a password reset link valid?";
/// The roles of which one person each gets a password.
const ROLES: &[&str] = &["admin", "manager", "sales", "support", "viewer"];
/// Characters of a password that is made up.
const PASSWORD: usize = 20;

/// What scripts and people need to know of the demo.
#[derive(Debug, Serialize, Deserialize)]
struct Demo {
    base_url: String,
    docs_url: String,
    #[serde(default)]
    console_url: String,
    tenants: Vec<DemoAccess>,
}

/// The way into one company.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct DemoAccess {
    slug: String,
    base_url: String,
    api_key: String,
    docs_url: String,
    #[serde(default)]
    logins: Vec<Login>,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Login {
    role: String,
    email: String,
    password: String,
}

pub(super) async fn run(ctx: Ctx, args: DemoArgs) -> anyhow::Result<Done> {
    let today = args.today.unwrap_or_else(default_today);
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
        loaded = load(&app, output, today) => loaded,
        signal = shutdown::requested() => {
            let signal = signal?;
            app.close().await?;
            anyhow::bail!("{signal} came before the demo was loaded; run it again, it goes on where it stopped");
        }
    };
    let made = match loaded {
        Ok(made) => made,
        Err(error) => {
            app.close().await?;
            return Err(error);
        }
    };
    let learning = learn_at_first(&app.state().store, &made).await;
    if let Err(error) = learning {
        app.close().await?;
        return Err(error);
    }
    let running = app.serve()?;
    output.result(&made, || words(&made))?;
    until_signal(running, output).await
}

/// Companies, their index, their year, their keys and logins, and the file that names them.
async fn load(app: &App, output: Output, today: NaiveDate) -> anyhow::Result<Demo> {
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
    let years = load_years(&services.store, today)
        .await
        .context("the years of the demo companies cannot be loaded")?;
    for year in &years {
        output.say(&counts(year, today));
    }
    let config = &app.state().config;
    let base_url = app.base_url();
    let docs_url = format!("{base_url}/docs/");
    let console_url = format!("{base_url}/console/");
    let mut made = Demo {
        tenants: Vec::with_capacity(tenants.len()),
        base_url,
        docs_url,
        console_url,
    };
    let known = known_keys(config);
    let companies = demo()?;
    for LoadedTenant { slug, .. } in tenants {
        let api_key = key(&services.store, &slug, &known).await?;
        let company = companies.iter().find(|company| company.slug == slug);
        let logins = logins(&services.store, company, &known).await?;
        let (base_url, docs_url) = (made.base_url.clone(), made.docs_url.clone());
        made.tenants.push(DemoAccess {
            slug,
            base_url,
            api_key,
            docs_url,
            logins,
        });
    }
    write_private(&file(config), &serde_json::to_vec_pretty(&made)?)?;
    Ok(made)
}

/// Leaves the workers to learn the companies' models, and to find what would have been forecast in the year, once they serve:
/// nobody waits for it.
async fn learn_at_first(store: &Store, demo: &Demo) -> anyhow::Result<()> {
    for access in &demo.tenants {
        let Some(grant) = store.operate(&access.slug, None).await? else {
            continue;
        };
        let mut tx = store.open(&grant).begin().await?;
        let now = tx.now();
        for kind in [ModelKind::Win, ModelKind::Lead, ModelKind::Churn] {
            if tx.models().task(kind, Task::Train).await?.is_none() {
                tx.models().train_at(kind, now).await?;
            }
        }
        tx.plan_past_forecasts().await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What the year of a company holds, in one line.
fn counts(year: &LoadedYear, today: NaiveDate) -> String {
    if year.written.is_empty() {
        let wanted = format!(" {today}");
        let other = if year.edition.ends_with(&wanted) {
            String::new()
        } else {
            format!(
                "; another day needs an empty data folder (this one has {:?})",
                year.edition
            )
        };
        return format!("{}: the year is there{other}", year.slug);
    }
    let rows: u64 = year.written.iter().map(|(_, rows)| rows).sum();
    let named = ["account", "contact", "lead", "opportunity", "case", "message"].map(|object| {
        let written = year.written.iter().find(|(name, _)| *name == object);
        let plural = crm_store::catalog::object(object).map_or(object, |object| object.plural);
        format!("{} {plural}", written.map_or(0, |(_, rows)| *rows))
    });
    format!("{}: a year of {rows} rows: {}", year.slug, named.join(", "))
}

/// One person of each role, with the password of the last time or a new one.
async fn logins(
    store: &Store,
    company: Option<&DemoTenant>,
    known: &[DemoAccess],
) -> anyhow::Result<Vec<Login>> {
    let Some(company) = company else {
        return Ok(Vec::new());
    };
    let before = known
        .iter()
        .filter(|access| access.slug == company.slug)
        .flat_map(|access| &access.logins);
    let mut logins = Vec::with_capacity(ROLES.len());
    for role in ROLES {
        let Some(user) = company.users.iter().find(|user| user.role == *role) else {
            continue;
        };
        let password = match before.clone().find(|login| login.email == user.email) {
            Some(login) => login.password.clone(),
            None => rand::rng()
                .sample_iter(Alphanumeric)
                .take(PASSWORD)
                .map(char::from)
                .collect(),
        };
        let member = MemberToBe {
            email: &user.email,
            name: &user.name,
            role,
            password: Some(&password),
        };
        store
            .ensure_member(&company.slug, &member)
            .await
            .map_err(AppError::store("a login cannot be made"))?;
        logins.push(Login {
            role: user.role.clone(),
            email: user.email.clone(),
            password,
        });
    }
    Ok(logins)
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
        "\ncrm-ai serves on {}\nConsole:    {}\nAPI docs:   {}\n",
        demo.base_url, demo.console_url, demo.docs_url
    );
    for tenant in &demo.tenants {
        let _ = writeln!(words, "{:<12}{}", format!("{}:", tenant.slug), tenant.api_key);
        for Login {
            role,
            email,
            password,
        } in &tenant.logins
        {
            let _ = writeln!(words, "  {role:<10}{email:<32}{password}");
        }
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
