//! What is looked at, in the order in which one thing needs the other.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use crm_store::{Attempt, Store};
use crm_tools::semantic::stale_vocabulary;
use secrecy::ExposeSecret;

use super::{Check, check};
use crate::{
    beacon::Beacon,
    commands::{Ctx, close},
    config::{Config, ProviderConfig},
    database::Database,
    services::{self, index_folder},
};

/// How long a provider has to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at everything.
pub(super) async fn all(ctx: &Ctx) -> Vec<Check> {
    let mut checks = vec![check("data folder", async { data_folder(ctx) }).await];
    checks.push(secrets(&ctx.config));
    database(ctx, &mut checks).await;
    checks.push(check("embedding model", embedder(ctx)).await);
    checks.push(check("vector index", Box::pin(index(ctx))).await);
    if ctx.config.models.providers.is_empty() {
        checks.push(
            check("models", async {
                Ok("none configured: the offline model answers".to_owned())
            })
            .await,
        );
    }
    for provider in &ctx.config.models.providers {
        checks.push(check(format!("model {}", provider.name), model(provider)).await);
    }
    checks
}

/// Where the keys are that seal secrets and sign tokens. A database that is not embedded may have several replicas in
/// front of it; each would make a key of its own and refuse what the others sealed and signed.
fn secrets(config: &Config) -> Check {
    let given = config.secrets.keys.is_some();
    let warning = !given && config.database.url.is_some();
    let detail = match (given, warning) {
        (true, _) => "in the configuration".to_owned(),
        (false, false) => format!("in {}", config.data.dir.display()),
        (false, true) => format!(
            "secrets.keys is not set, so this machine keeps a key of its own in {}: another replica could not read what it \
             seals, nor accept its tokens. Set secrets.keys to the same keys on all of them",
            config.data.dir.display()
        ),
    };
    Check {
        name: "keys of secrets".to_owned(),
        ok: true,
        warning,
        detail,
        latency_ms: 0.0,
    }
}

fn data_folder(ctx: &Ctx) -> anyhow::Result<String> {
    let folder = &ctx.config.data.dir;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    std::fs::write(&probe, b"x").with_context(|| format!("cannot write into {}", folder.display()))?;
    std::fs::remove_file(&probe)?;
    Ok(folder.display().to_string())
}

async fn database(ctx: &Ctx, checks: &mut Vec<Check>) {
    let mut opened = None;
    let open = async {
        let database = Database::open(&ctx.config).await?;
        if database.owns_cluster() {
            database.migrate().await?;
        }
        let store = match database.connect(&ctx.config, Arc::clone(&ctx.clock)).await {
            Ok(store) => store,
            Err(error) => {
                database.close().await?;
                return Err(error.into());
            }
        };
        let (schema, expected) = (store.schema_version().await?, Store::expected_schema());
        let kind = if database.owns_cluster() {
            "embedded"
        } else {
            "running already"
        };
        opened = Some((database, store));
        Ok(format!("{kind}, schema {schema} of {expected}"))
    };
    checks.push(check("database", open).await);
    let Some((database, store)) = opened else { return };
    checks.push(
        check("database round trip", async {
            Ok(store.ping().await.map(|()| "answers".to_owned())?)
        })
        .await,
    );
    if ctx.config.database.read_url.is_some() {
        checks.push(replica(&store).await);
    }
    match store.probe_isolation().await {
        Ok(attempts) => {
            for Attempt { what, held, detail } in attempts {
                checks.push(Check {
                    name: format!("isolation: {what}"),
                    ok: held,
                    warning: false,
                    detail,
                    latency_ms: 0.0,
                });
            }
        }
        Err(error) => checks.push(check("isolation", async { Err(error.into()) }).await),
    }
    checks.push(vocabularies(&store).await);
    checks.push(check("sums of records", sums(&store)).await);
    if let Err(error) = close(database, store).await {
        checks.push(check("database stop", async { Err(error) }).await);
    }
}

/// Whether the copy of the database that questions are read on is one, and how far behind it is.
async fn replica(store: &Store) -> Check {
    let mut warned = false;
    let look = async {
        let Some(found) = store.check_replica().await? else {
            bail!("is not used");
        };
        if !found.is_same {
            bail!("is another database than database.url: questions would be answered from it");
        }
        if !found.is_replica {
            warned = true;
            return Ok("replays nothing: database.read_url leads to the database itself".to_owned());
        }
        let most = found.most.as_secs_f64();
        Ok(match found.lag {
            Some(lag) if lag <= found.most => format!("{:.1} s behind", lag.as_secs_f64()),
            Some(lag) => {
                warned = true;
                let lag = lag.as_secs_f64();
                format!(
                    "{lag:.1} s behind, more than the {most} s of database.read_max_lag: questions go to the database"
                )
            }
            None => {
                warned = true;
                "cannot tell how far it is behind: questions go to the database".to_owned()
            }
        })
    };
    let mut check = check("copy for questions", look).await;
    check.warning = check.ok && warned;
    check
}

/// Whether the sums that questions read are those of the records.
async fn sums(store: &Store) -> anyhow::Result<String> {
    let (mut after, mut tenants, mut wrong) = (None, 0, Vec::new());
    loop {
        let grants = store.upkeep(after).await?;
        let Some(last) = grants.last() else { break };
        after = Some(last.tenant());
        for grant in &grants {
            tenants += 1;
            if !store.open(grant).check_sums().await?.is_empty() {
                wrong.push(grant.tenant().to_string());
            }
        }
    }
    if wrong.is_empty() {
        return Ok(format!("of {tenants} tenants, all are those of the records"));
    }
    bail!(
        "not those of the records, of the tenants {}: crm-ai sums rebuild",
        wrong.join(", ")
    )
}

/// How many tenants are read at once.
const PAGE: i64 = 200;

/// Whether what tenants added to the words of questions can still be used: a later version may have taken a name.
async fn vocabularies(store: &Store) -> Check {
    let mut stale = Vec::new();
    let look = async {
        let (mut after, mut with) = (None, 0);
        loop {
            let mut tx = store.system().await?;
            let page = tx.tenants().list(after, PAGE).await?;
            tx.commit().await?;
            after = page.last().map(|tenant| tenant.id);
            for tenant in &page {
                let Some(grant) = store.operate(&tenant.slug, None).await? else {
                    continue;
                };
                let mut tx = store.open(&grant).begin().await?;
                let vocabulary = tx.vocabulary().await?;
                if !vocabulary.is_null() {
                    with += 1;
                    let wrong = stale_vocabulary(&mut tx, &vocabulary).await?;
                    stale.extend(
                        wrong
                            .into_iter()
                            .map(|wrong| format!("{}: {}: {}", tenant.slug, wrong.pointer, wrong.message)),
                    );
                }
                tx.commit().await?;
            }
            if page.is_empty() {
                return Ok(format!("of {with} tenants, every entry is used"));
            }
        }
    };
    let mut check = check("vocabularies of questions", look).await;
    if check.ok && !stale.is_empty() {
        check.warning = true;
        check.detail = format!("entries that are not used; {}", stale.join("; "));
    }
    check
}

async fn embedder(ctx: &Ctx) -> anyhow::Result<String> {
    let embedder = services::embedder(&ctx.config).await?;
    let vector = embedder.query("a question").await?;
    Ok(format!(
        "{}, {} dimensions",
        ctx.config.embedding.model,
        vector.len()
    ))
}

async fn index(ctx: &Ctx) -> anyhow::Result<String> {
    if ctx.config.search.qdrant_url.is_none() {
        if let Some(beacon) = Beacon::read(&ctx.config.data.dir) {
            return Ok(format!(
                "held by the server at {} (process {})",
                beacon.url, beacon.pid
            ));
        }
        if !index_folder(&ctx.config).exists() {
            return Ok("embedded; nothing is indexed yet".to_owned());
        }
    }
    let embedder = services::embedder(&ctx.config).await?;
    let engine = services::engine(&ctx.config, embedder.as_ref()).await?;
    let (name, total) = (engine.check().await?, engine.total().await?);
    Ok(format!("{name}, {total} passages"))
}

/// Every OpenAI-compatible server lists its models; that costs nothing.
async fn model(provider: &ProviderConfig) -> anyhow::Result<String> {
    let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
    let mut request = client.get(format!("{}/models", provider.base_url.trim_end_matches('/')));
    if let Some(key) = &provider.api_key {
        request = request.bearer_auth(key.expose_secret());
    }
    let status = request
        .send()
        .await
        .context("the provider does not answer")?
        .status();
    match status.as_u16() {
        401 | 403 => bail!("the provider refuses the key ({status})"),
        // Some servers have no such list; that they answer is enough.
        200..=299 | 404 | 405 => Ok(format!("{} answers with {status}", provider.model)),
        _ => bail!("the provider answers with {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    #[test]
    fn a_key_of_this_machine_alone_is_warned_of_where_there_may_be_other_replicas() {
        let key = crm_store::Secrets::generate();
        let url = ("DATABASE_URL", "postgres://crm@db.example/crm");
        let keys = ("CRM_AI__SECRETS__KEYS", key.as_str());
        for (settings, warned) in [
            (vec![], false),
            (vec![keys], false),
            (vec![url], true),
            (vec![url, keys], false),
        ] {
            let environment: Environment = settings.iter().copied().collect();
            let found = secrets(&Config::load(None, &environment).unwrap());
            assert!(found.ok, "it works, here");
            assert_eq!(found.warning, warned, "{settings:?}");
            assert_eq!(found.detail.contains("secrets.keys"), warned, "{}", found.detail);
            assert!(!found.detail.contains(key.as_str()));
        }
    }
}
