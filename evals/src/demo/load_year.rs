//! Putting the years of the demo companies into the store, once.

use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use crm_store::{
    Store, StoreError, TenantStore, TenantTx,
    behaviour::mood::mood,
    catalog::{self, Object},
    numbers::Counter,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{DemoTenant, GENERATOR, Year, demo, year};
use crate::EvalError;

/// The name under which the store knows the year.
const NAME: &str = "demo year";
/// Records that are indexed each second: half of what two cores embed, so that people come first.
const INDEXED_A_SECOND: u32 = 16;
/// How long after the load the indexing begins.
const HEAD_START: TimeDelta = TimeDelta::seconds(20);
/// What is indexed, in this order.
const INDEXED: &[&str] = &["case", "opportunity", "lead", "message"];

/// What loading did to one company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedYear {
    /// The tenant's slug.
    pub slug: String,
    /// Which edition of the year the company has.
    pub edition: String,
    /// Rows that were written by object; none when the year was there.
    pub written: Vec<(&'static str, u64)>,
}

/// Loads the year of each demo company that has none; a year that is there stays as it is, whatever `today` is.
///
/// All of it is one transaction for each company, so an interrupted load leaves nothing behind. The companies must be
/// there.
pub async fn load_years(store: &Store, today: NaiveDate) -> Result<Vec<LoadedYear>, EvalError> {
    let tenants = demo()?;
    // Both at once: while one is put together, Postgres writes the other.
    let loads = tenants.into_iter().map(|tenant| load(store, tenant, today));
    futures::future::try_join_all(loads).await
}

async fn load(store: &Store, tenant: DemoTenant, today: NaiveDate) -> Result<LoadedYear, EvalError> {
    let slug = tenant.slug.clone();
    let grant = store.operate(&slug, None).await?;
    let inside = store.open(&grant.ok_or_else(|| EvalError::NoTenant { slug: slug.clone() })?);
    let mut tx = inside.begin().await?;
    let known = tx.seeds().edition(NAME).await?;
    drop(tx);
    if let Some(edition) = known {
        return Ok(LoadedYear {
            slug,
            edition,
            written: Vec::new(),
        });
    }
    join(store, &inside, &tenant).await?;
    let members = members(&inside).await?;
    let work = move || {
        let mut made = year(&tenant, today, &|email| members.get(email).copied())?;
        feel(&mut made);
        Ok::<_, EvalError>(made)
    };
    let made = tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| EvalError::Interrupted)??;
    let edition = format!("{GENERATOR} {today}");
    let written = write(&inside, made, &edition).await?;
    Ok(LoadedYear {
        slug,
        edition,
        written,
    })
}

/// Makes the people members who are not yet.
async fn join(store: &Store, inside: &TenantStore, tenant: &DemoTenant) -> Result<(), StoreError> {
    let id = inside.grant().tenant();
    let mut tx = store.system().await?;
    for user in &tenant.users {
        if tx.users().member(id, &user.email).await?.is_none() {
            let user_id = tx.users().ensure(&user.email, &user.name).await?.id;
            tx.users().join(id, user_id, &user.role).await?;
        }
    }
    tx.commit().await
}

async fn members(inside: &TenantStore) -> Result<HashMap<String, Uuid>, StoreError> {
    let mut tx = inside.begin().await?;
    let members = tx.members().list().await?;
    Ok(members
        .into_iter()
        .map(|member| (member.email, member.user_id.uuid()))
        .collect())
}

/// Reads mood and hurry of what customers wrote, as the service does with every message that comes in.
fn feel(year: &mut Year) {
    let mut felt: HashMap<String, (Value, i32)> = HashMap::new();
    for message in rows(year, "message") {
        let inbound = text(message, "direction") == "inbound";
        let mood = inbound.then(|| mood(text(message, "body"), Some(text(message, "language"))));
        let said = |value: Option<Value>| value.unwrap_or(Value::Null);
        let sentiment = mood.as_ref().map(|mood| mood.sentiment.to_string().into());
        let confidence = mood
            .as_ref()
            .map(|mood| mood.sentiment_confidence.to_string().into());
        let urgency = mood.as_ref().map(|mood| mood.urgency);
        if let (Some(sentiment), Some(urgency)) = (&sentiment, urgency) {
            felt.insert(
                text(message, "case_id").to_owned(),
                (Value::clone(sentiment), urgency),
            );
        }
        let at = message.get("created_at").cloned();
        message.insert("sentiment".to_owned(), said(sentiment));
        message.insert("sentiment_confidence".to_owned(), said(confidence));
        message.insert(
            "sentiment_label".to_owned(),
            said(mood.as_ref().map(|mood| mood.label.as_str().into())),
        );
        message.insert("urgency".to_owned(), said(urgency.map(Value::from)));
        message.insert("processed_at".to_owned(), said(at.filter(|_| inbound)));
    }
    for case in rows(year, "case") {
        let (sentiment, urgency) = felt.remove(text(case, "id")).unwrap_or_else(|| {
            let mood = mood(text(case, "description"), Some(text(case, "language")));
            (mood.sentiment.to_string().into(), mood.urgency)
        });
        case.insert("sentiment".to_owned(), sentiment);
        case.insert("urgency".to_owned(), urgency.into());
    }
}

fn rows<'y>(year: &'y mut Year, object: &str) -> impl Iterator<Item = &'y mut Map<String, Value>> {
    let table = year.tables.iter_mut().find(|(name, _)| *name == object);
    table.into_iter().flat_map(|(_, rows)| rows)
}

fn text<'r>(row: &'r Map<String, Value>, field: &str) -> &'r str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

async fn write(
    inside: &TenantStore,
    mut year: Year,
    edition: &str,
) -> Result<Vec<(&'static str, u64)>, EvalError> {
    for case in rows(&mut year, "case") {
        // The other side, the conversation, is written after it.
        case.remove("conversation_id");
    }
    let keys: Vec<String> = INDEXED
        .iter()
        .flat_map(|object| {
            let rows = year.rows(object).iter();
            rows.map(move |row| format!("{object}:{}", text(row, "id")))
        })
        .collect();
    let mut tx = inside.begin().await?;
    if !tx.seeds().mark(NAME, edition).await? {
        // Somebody else loaded it meanwhile.
        return Ok(Vec::new());
    }
    let mut written = Vec::new();
    // The company's own queues take the place of the empty one that every tenant begins with: the first takes what
    // belongs nowhere else.
    let queues = year.rows("queue");
    let first_queue = queues.first().and_then(|queue| text(queue, "id").parse().ok());
    for (name, mut rows) in year.tables {
        let object = catalog::object(name)
            .ok_or_else(|| StoreError::invalid("object", format!("there is no {name}")))?;
        number(&mut tx, object, &mut rows).await?;
        written.push((name, tx.seeds().load(object, rows).await?));
    }
    if let Some(queue) = first_queue {
        tx.seeds().replace_default_queue(queue).await?;
    }
    tx.seeds().link_cases().await?;
    let from = tx.now() + HEAD_START;
    tx.seeds().index(&keys, from, INDEXED_A_SECOND).await?;
    tx.commit().await?;
    Ok(written)
}

/// Gives rows the numbers that people call them by.
async fn number(
    tx: &mut TenantTx,
    object: &'static Object,
    rows: &mut [Map<String, Value>],
) -> Result<(), StoreError> {
    let (counter, field) = match object.name {
        "case" => (Counter::Case, "case_number"),
        "quote" => (Counter::Quote, "quote_number"),
        "contract" => (Counter::Contract, "contract_number"),
        _ => return Ok(()),
    };
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let first = tx.reserve_numbers(counter, count).await?;
    for (number, row) in (first..).zip(rows) {
        row.insert(field.to_owned(), number.into());
    }
    Ok(())
}
