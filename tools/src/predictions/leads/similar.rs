//! Leads of the past that were like this one at its age, and how they ended.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use crm_rag::{RecordKind, Retriever};
use crm_store::{
    StoreError, TenantStore,
    history::{LeadHistory, Which},
    models::ModelKind,
    records::{Record, Value},
};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    kept::Lasting,
    predictions::{
        PredictError, Predictor,
        alike::{Alike, Compared, alike},
        book::weights,
        playbook::{Playbook, Precedent},
        score::Scale,
        subject::Subject,
        terms::percent,
    },
};

/// Books that are kept. One takes some megabytes.
const KEPT: usize = 16;
/// How long what past leads were like is kept: leads that ended since are missing in it.
const FRESH: TimeDelta = TimeDelta::minutes(15);
/// Leads that came longer ago say little about today.
const SINCE: TimeDelta = TimeDelta::days(2 * 365);
/// Leads that are read at once.
const PAGE: u32 = 500;
/// The most leads, the latest, among which those that ended are looked for.
const READ: u32 = 12_000;
/// The most ended leads that are kept; the latest ones.
const MOST_LEADS: usize = 3_000;
/// The ages at which leads are compared, in days.
const AGES: [(&str, i64); 4] = [("day", 1), ("week", 7), ("month", 30), ("quarter", 90)];

const LEADS: Compared = Compared {
    kind: RecordKind::Lead,
    has_ended,
    over: None,
    ended_well: "is_converted",
};

/// What past leads were like, by tenant and model.
pub(in super::super) type LeadBooks = Lasting<(Uuid, Option<Uuid>), Playbook>;

/// No books yet.
pub(in super::super) fn lead_books() -> LeadBooks {
    Lasting::new(KEPT, FRESH)
}

/// Leads that were alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SimilarLeads {
    /// The most alike first.
    pub leads: Vec<SimilarLead>,
    /// Of the nearest ones, how many were converted.
    pub converted: usize,
    /// How many nearest ones were counted.
    pub n: usize,
    /// The same in words.
    pub sentence: String,
    /// Why the texts were not compared, if they were not.
    pub note: Option<String>,
}

/// A lead that was alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SimilarLead {
    /// Which one.
    pub id: Uuid,
    /// Its name, if the reader's role shows it.
    pub name: Option<String>,
    /// Its company.
    pub company: Option<String>,
    /// Whether it was converted, if the reader's role shows it.
    pub converted: Option<bool>,
    /// When.
    pub converted_at: Option<DateTime<Utc>>,
    /// Why it was found unqualified, as it was written down.
    pub unqualified_reason: Option<String>,
    /// The deal that it became.
    pub opportunity_id: Option<Uuid>,
    /// How alike it was by what is known of it, 0 to 1; null when only its words are alike.
    pub alike: Option<f64>,
    /// `features`, `words`, or both.
    pub by: Vec<String>,
}

/// The leads of the past that were like one that the reader of `store` may see, as they may see them. What a lead was like
/// is read as the service; what of it is shown, as the reader.
pub async fn similar(
    predictor: &Predictor,
    store: &TenantStore,
    retriever: Option<&dyn Retriever>,
    lead: Uuid,
) -> Result<SimilarLeads, PredictError> {
    let all = store.predicting();
    let scale = predictor.scale::<LeadHistory>(&all).await?;
    let usual = scale.usual();
    let now = store.clock().now();
    let mut tx = all.begin().await?;
    let found = tx.lead_histories(Which::Ids(&[lead]), None, 1).await?.pop();
    let window = tx.lead_scoring().await?.conversion_window();
    tx.commit().await?;
    let near = match found {
        None => Vec::new(),
        Some(history) => {
            let place = (all.grant().tenant().uuid(), scale.model());
            let making = write(all.clone(), scale.clone(), window, now);
            let book = predictor.lead_books.of(&place, now, making).await?;
            let age = AGES
                .iter()
                .rfind(|(_, days)| history.created_at() + TimeDelta::days(*days) <= now)
                .map_or("day", |(age, _)| *age);
            book.nearest(age, &history.values(now, usual))
        }
    };
    let leads = Compared {
        over: Some(now - window),
        ..LEADS
    };
    let found = alike(store, retriever, leads, lead, &near).await?;
    let sentence = match found.tally.rate() {
        None if found.records.is_empty() => {
            "Among the past leads that are compared there is none that you may see.".to_owned()
        }
        None => "What became of the leads that were most like this one, your role does not show.".to_owned(),
        Some(rate) => format!(
            "Of the {} past leads that were most like this one, {} were converted ({}).",
            found.tally.of,
            found.tally.won,
            percent(rate)
        ),
    };
    Ok(SimilarLeads {
        leads: found.records.iter().map(told).collect(),
        converted: found.tally.won,
        n: found.tally.of,
        sentence,
        note: found.note,
    })
}

fn told(lead: &Alike) -> SimilarLead {
    SimilarLead {
        id: lead.id,
        name: lead.text("name"),
        company: lead.text("company"),
        converted: lead.well,
        converted_at: lead.text("converted_at").and_then(|at| at.parse().ok()),
        unqualified_reason: lead.text("unqualified_reason"),
        opportunity_id: lead
            .text("converted_opportunity_id")
            .and_then(|id| id.parse().ok()),
        alike: lead.alike,
        by: lead.by.clone(),
    }
}

fn has_ended(lead: &Record) -> bool {
    matches!(lead.get("is_converted"), Value::Boolean(true)) || lead.text("status") == Some("unqualified")
}

/// What past leads of a tenant were like. It is made of all its leads, whoever asks: what of it is shown is decided elsewhere.
async fn write(
    all: TenantStore,
    scale: Scale,
    window: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Playbook, PredictError> {
    let leads = ended(&all, window, now).await?;
    let weights = weights::<LeadHistory>(&all, &scale).await?;
    let book = tokio::task::spawn_blocking(move || {
        let usual = scale.usual();
        let precedents = leads.iter().flat_map(|(lead, end)| {
            ages(lead.created_at(), *end).map(|(age, moment)| {
                let values: Arc<[_]> = lead.values(moment, usual).into();
                let one = Precedent {
                    deal: lead.id(),
                    won: lead.converted().is_some(),
                    halfway: Arc::clone(&values),
                    leaving: values,
                };
                (age.to_owned(), one)
            })
        });
        Playbook::new(precedents.collect(), &weights)
    });
    Ok(book.await?)
}

/// The moments of a lead's life at which it is compared: before its end, at least one.
fn ages(began: DateTime<Utc>, ended: DateTime<Utc>) -> impl Iterator<Item = (&'static str, DateTime<Utc>)> {
    let last = ended - TimeDelta::milliseconds(1);
    AGES.into_iter().enumerate().filter_map(move |(at, (age, days))| {
        let moment = began + TimeDelta::days(days);
        (at == 0 || moment < ended).then(|| (age, moment.min(last)))
    })
}

/// The leads that ended lately, each with its end; the latest of them when there are many. One that nobody converted within
/// the window has ended, as for the model: those that were converted or found unqualified alone are better than leads are.
async fn ended(
    store: &TenantStore,
    window: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Vec<(LeadHistory, DateTime<Utc>)>, StoreError> {
    let mut tx = store.begin().await?;
    let which = tx.lessons(ModelKind::Lead, now - SINCE, READ).await?.which;
    tx.commit().await?;
    let (mut leads, mut after): (Vec<(LeadHistory, DateTime<Utc>)>, _) = (Vec::new(), None);
    loop {
        let mut tx = store.begin().await?;
        let page = tx.lead_histories(which, after, PAGE).await?;
        tx.commit().await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        leads.extend(page.into_iter().filter_map(|lead| {
            let at = lead.at(now);
            let over = lead.created_at() + window;
            // Without a history it is not known when somebody said so.
            let refused = (at.status() == Some("unqualified"))
                .then(|| at.status_since())
                .flatten()
                .filter(|since| *since > lead.created_at());
            let end = lead
                .converted()
                .unwrap_or_else(|| refused.map_or(over, |refused| refused.min(over)));
            (end <= now).then_some((lead, end))
        }));
        if leads.len() > 2 * MOST_LEADS {
            latest(&mut leads);
        }
    }
    latest(&mut leads);
    Ok(leads)
}

fn latest(leads: &mut Vec<(LeadHistory, DateTime<Utc>)>) {
    leads.sort_by_key(|(lead, end)| (std::cmp::Reverse(*end), lead.id()));
    leads.truncate(MOST_LEADS);
}
