//! Leads that may still be converted, the best first.

use crm_store::{
    TenantStore, TenantTx,
    access::Verb,
    catalog::LEAD,
    leads::{Band, Judgement, JudgementKind, Standing},
    models::ModelKind,
    records::{Record, Select},
    scores::{RankCursor, RankOrder, Score},
};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{
    card::{LeadState, band, visible},
    points::spoken,
};
use crate::{
    ToolError,
    predictions::{
        reasons::{strongest, told},
        sight::Sight,
    },
    whose::Whose,
};

/// The fields of a lead that are shown with what is said of it.
const SHOWN: &[&str] = &[
    "id",
    "name",
    "company",
    "status",
    "lead_source",
    "created_at",
    "owner_id",
    "owner",
    "masked_fields",
];

/// What leads are ordered by, the highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadOrder {
    /// What the model says, or what is believed before it speaks.
    Probability,
    /// Their points.
    Points,
}

/// Which leads.
#[derive(Debug, Clone)]
pub struct OpenLeads {
    /// Whose.
    pub whose: Whose,
    /// In which order.
    pub order: LeadOrder,
    /// How many, 1 to 200.
    pub limit: i64,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What counts most.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadReason {
    /// In words.
    pub sentence: String,
    /// How far it moves the log-odds; none while points speak.
    pub log_odds: Option<f64>,
    /// How many points it adds; none while a model speaks.
    pub points: Option<f64>,
}

/// A lead with what is said of it.
#[derive(Debug, Clone)]
pub struct RankedLead {
    /// The lead.
    pub id: Uuid,
    /// What of it is shown, as the reader may see it.
    pub record: Map<String, Json>,
    /// Which voice its band goes by.
    pub state: LeadState,
    /// Its latest score.
    pub score: Option<Score>,
    /// Its points.
    pub points: Option<f64>,
    /// Its band.
    pub band: Option<Band>,
    /// What a person says in the place of the model.
    pub overridden: Option<Judgement>,
    /// What was found out by asking.
    pub qualification: Option<Judgement>,
    /// What counts most, as the reader may know it.
    pub reason: Option<LeadReason>,
}

/// A page of the leads that may still be converted and that the actor of `store` sees, each with all that is said of it, and
/// the cursor of the next page. A page takes the same number of statements whatever is on it.
pub async fn ranked(
    store: &TenantStore,
    wanted: &OpenLeads,
) -> Result<(Vec<RankedLead>, Option<String>), ToolError> {
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    if !access.can(&LEAD, Verb::Read) {
        return Ok((Vec::new(), None));
    }
    let owners = wanted.whose.owners(&mut tx).await?;
    let (ids, next) = order(&mut tx, owners.as_deref(), wanted).await?;
    let select = Select {
        include: vec!["owner".to_owned()],
        ..Select::default()
    };
    let mut records = tx.records(&LEAD).get_many(&ids, &select).await?;
    records.sort_by_key(|record: &Record| ids.iter().position(|id| *id == record.id));
    let mut latest = tx.scores(ModelKind::Lead).latest(&ids).await?;
    let mut standings = tx.leads().standings(&ids).await?;
    let mut judged = tx.leads().judgements(&ids).await?;
    let sight = Sight::of(
        &mut tx,
        latest.values().filter_map(|score| strongest(&score.terms)),
    )
    .await?;
    tx.commit().await?;
    let leads = records.into_iter().map(|record| {
        let said = latest.remove(&record.id);
        let standing = standings.remove(&record.id);
        let state = LeadState::of(said.as_ref().map(|score| score.state));
        let mut shown = record.to_json(&access);
        shown.retain(|field, _| SHOWN.contains(&field.as_str()));
        let by_model = said
            .as_ref()
            .filter(|_| state == LeadState::Model)
            .and_then(|score| {
                let reason = strongest(&score.terms).and_then(|term| told(term, score.log_odds, &sight))?;
                Some(LeadReason {
                    sentence: reason.sentence,
                    log_odds: Some(reason.log_odds),
                    points: None,
                })
            });
        let by_points = || {
            let Standing { parts, points, .. } = standing.clone().filter(|_| state == LeadState::Points)?;
            let part = visible(parts, points, &access).into_iter().next()?;
            Some(LeadReason {
                sentence: spoken(&part),
                log_odds: None,
                points: Some(part.points),
            })
        };
        RankedLead {
            id: record.id,
            record: shown,
            state,
            reason: by_model.or_else(by_points),
            score: said,
            points: standing.as_ref().map(|standing| standing.points),
            band: band(standing.as_ref(), state),
            overridden: judged.remove(&(record.id, JudgementKind::Override)),
            qualification: judged.remove(&(record.id, JudgementKind::Qualification)),
        }
    });
    Ok((leads.collect(), next))
}

async fn order(
    tx: &mut TenantTx,
    owners: Option<&[Uuid]>,
    wanted: &OpenLeads,
) -> Result<(Vec<Uuid>, Option<String>), ToolError> {
    let cursor = wanted.cursor.as_deref();
    Ok(match wanted.order {
        LeadOrder::Probability => {
            let after: Option<RankCursor> = cursor.map(str::parse).transpose()?;
            let (ranked, next) = tx
                .scores(ModelKind::Lead)
                .ranked(owners, RankOrder::Highest, after, wanted.limit)
                .await?;
            let ids = ranked.into_iter().map(|one| one.record).collect();
            (ids, next.map(|next| next.to_string()))
        }
        LeadOrder::Points => {
            let after = cursor.map(str::parse).transpose()?;
            let (ids, next) = tx.leads().by_points(owners, after, wanted.limit).await?;
            (ids, next.map(|next| next.to_string()))
        }
    })
}
