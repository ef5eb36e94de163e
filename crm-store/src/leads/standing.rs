//! Points and bands of leads, and telling when a lead crosses a line.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::Leads;
use crate::{
    StoreError,
    catalog::LEAD,
    feed::{self, FeedEvent},
    settings::LeadScoring,
    text_enum::text_enum,
};

/// Points that are nearer are the same number for a reader, who is shown one decimal.
const SHOWN: f64 = 0.02;

text_enum! {
    /// How much a lead is worth turning to.
    pub enum Band {
        /// Now.
        Hot = "hot",
        /// Soon.
        Warm = "warm",
        /// Not yet.
        Cold = "cold",
    }
}

impl Band {
    /// Whether it is this band or a higher one.
    pub const fn is_at_least(self, other: Self) -> bool {
        self.rank() >= other.rank()
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Hot => 2,
            Self::Warm => 1,
            Self::Cold => 0,
        }
    }
}

text_enum! {
    /// What a band goes by.
    pub enum Measure {
        /// What the model says.
        Probability = "probability",
        /// Points, while there is no model.
        Points = "points",
    }
}

/// What events of one type add to the points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PointPart {
    /// The type of event, or `limit` for what lies beyond 0 and the cap.
    pub kind: String,
    /// How many there were.
    pub events: usize,
    /// What they add by now.
    pub points: f64,
}

/// Where a lead stands, to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct NewStanding {
    /// The lead.
    pub lead: Uuid,
    /// Its points,
    pub points: f64,
    /// which these add up to.
    pub parts: Vec<PointPart>,
    /// What its band goes by.
    pub measure: Measure,
    /// The probability or the points, as the measure says.
    pub value: f64,
    /// The same before; none when the score before came from another model, or there was none.
    pub before: Option<f64>,
    /// Its latest score, for the event.
    pub score: Uuid,
    /// Whether somebody is told when it begins above a line.
    pub tells_first: bool,
    /// What moved it, for whoever sees the lead.
    pub cause: Option<Json>,
}

impl NewStanding {
    /// Whether it says something else than what is kept, or is the first of the day.
    fn is_news(&self, band: Band, known: Option<&Standing>, now: DateTime<Utc>) -> bool {
        let same = |kept: &PointPart, part: &PointPart| {
            kept.kind == part.kind && kept.events == part.events && (kept.points - part.points).abs() < SHOWN
        };
        known.is_none_or(|known| {
            known.measure != self.measure
                || known.band != band
                || (known.points - self.points).abs() >= SHOWN
                || known.parts.len() != self.parts.len()
                || !known
                    .parts
                    .iter()
                    .zip(&self.parts)
                    .all(|(kept, part)| same(kept, part))
                || known.as_of.date_naive() != now.date_naive()
        })
    }
}

/// Where a lead stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The lead.
    pub lead: Uuid,
    /// Its points,
    pub points: f64,
    /// which these add up to.
    pub parts: Vec<PointPart>,
    /// What its band goes by.
    pub measure: Measure,
    /// Its band.
    pub band: Band,
    /// Since when.
    pub band_since: DateTime<Utc>,
    /// When its points were counted: once a day, and whenever something else came of it.
    pub as_of: DateTime<Utc>,
}

/// A lead that crossed a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossed {
    /// The lead.
    pub lead: Uuid,
    /// Its band before; none for one that begins above a line.
    pub from: Option<Band>,
    /// Its band now.
    pub to: Band,
}

#[derive(sqlx::FromRow)]
struct Row {
    lead_id: Uuid,
    points: f64,
    parts: sqlx::types::Json<Vec<PointPart>>,
    measure: Measure,
    band: Band,
    band_since: DateTime<Utc>,
    as_of: DateTime<Utc>,
}

impl From<Row> for Standing {
    fn from(row: Row) -> Self {
        Self {
            lead: row.lead_id,
            points: row.points,
            parts: row.parts.0,
            measure: row.measure,
            band: row.band,
            band_since: row.band_since,
            as_of: row.as_of,
        }
    }
}

impl Leads<'_> {
    /// Where these leads stand, in one statement. Leads that were never scored are left out.
    pub async fn standings(&mut self, leads: &[Uuid]) -> Result<HashMap<Uuid, Standing>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT s.lead_id, s.points, s.parts, s.measure, s.band, s.band_since, s.as_of \
             FROM unnest($1::uuid[]) AS wanted (id) CROSS JOIN LATERAL (\
                 SELECT * FROM lead_standings l WHERE l.lead_id = wanted.id LIMIT 1) s",
        )
        .bind(leads)
        .fetch_all(self.0.conn())
        .await?;
        Ok(rows.into_iter().map(|row| (row.lead_id, row.into())).collect())
    }

    /// Writes where leads stand, in the transaction that writes their scores and under its lock, and tells feed and
    /// webhooks of those that crossed a line: `lead.score_crossed`, once for each crossing. Who comes back across a line
    /// has to fall a tenth below it first; another measure or another model is no crossing. `known` are their standings
    /// before, as [`Self::standings`] read them in this transaction; what is as it was there is not written again that day.
    pub async fn stand(
        &mut self,
        new: &[NewStanding],
        known: &HashMap<Uuid, Standing>,
        rules: &LeadScoring,
    ) -> Result<Vec<Crossed>, StoreError> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let bands: Vec<Band> = new
            .iter()
            .map(|standing| {
                let before = known
                    .get(&standing.lead)
                    .filter(|known| known.measure == standing.measure && standing.before.is_some());
                rules.band(standing.measure, standing.value, before.map(|known| known.band))
            })
            .collect();
        let now = self.0.now();
        let news: Vec<(&NewStanding, Band)> = new
            .iter()
            .zip(bands.iter().copied())
            .filter(|(standing, band)| standing.is_news(*band, known.get(&standing.lead), now))
            .collect();
        self.write(&news).await?;
        let mut told: Vec<(&NewStanding, Crossed)> = Vec::new();
        for (standing, band) in new.iter().zip(&bands) {
            let from = match known.get(&standing.lead) {
                None if standing.tells_first && *band != Band::Cold => None,
                Some(known)
                    if known.measure == standing.measure
                        && standing.before.is_some()
                        && known.band != *band =>
                {
                    Some(known.band)
                }
                _ => continue,
            };
            let crossed = Crossed {
                lead: standing.lead,
                from,
                to: *band,
            };
            told.push((standing, crossed));
        }
        self.tell(&told, rules).await?;
        Ok(told.into_iter().map(|(_, crossed)| crossed).collect())
    }

    async fn write(&mut self, new: &[(&NewStanding, Band)]) -> Result<(), StoreError> {
        if new.is_empty() {
            return Ok(());
        }
        let (tenant, now) = (self.0.grant().tenant(), self.0.now());
        // A lead may have gone since it was read: its standing goes with it.
        sqlx::query(
            "INSERT INTO lead_standings (tenant_id, lead_id, points, parts, measure, band, band_since, as_of) \
             SELECT $1, n.*, $7, $7 FROM unnest($2::uuid[], $3::float8[], $4::jsonb[], $5::text[], $6::text[]) \
                 AS n (lead_id, points, parts, measure, band) \
             WHERE EXISTS (SELECT FROM leads l WHERE l.tenant_id = $1 AND l.id = n.lead_id) \
             ON CONFLICT (tenant_id, lead_id) DO UPDATE SET points = excluded.points, parts = excluded.parts, \
                 measure = excluded.measure, band = excluded.band, as_of = excluded.as_of, \
                 band_since = CASE WHEN lead_standings.band = excluded.band THEN lead_standings.band_since \
                     ELSE excluded.band_since END",
        )
        .bind(tenant)
        .bind(new.iter().map(|(standing, _)| standing.lead).collect::<Vec<_>>())
        .bind(new.iter().map(|(standing, _)| standing.points).collect::<Vec<_>>())
        .bind(
            new.iter()
                .map(|(standing, _)| sqlx::types::Json(&standing.parts))
                .collect::<Vec<_>>(),
        )
        .bind(new.iter().map(|(standing, _)| standing.measure.as_str()).collect::<Vec<_>>())
        .bind(new.iter().map(|(_, band)| band.as_str()).collect::<Vec<_>>())
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    async fn tell(
        &mut self,
        told: &[(&NewStanding, Crossed)],
        rules: &LeadScoring,
    ) -> Result<(), StoreError> {
        if told.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = told.iter().map(|(_, crossed)| crossed.lead).collect();
        let owners: Vec<(Uuid, Option<Uuid>)> =
            sqlx::query_as("SELECT id, owner_id FROM leads WHERE id = ANY ($1)")
                .bind(&ids)
                .fetch_all(self.0.conn())
                .await?;
        let owners: HashMap<Uuid, Option<Uuid>> = owners.into_iter().collect();
        let events: Vec<FeedEvent> = told
            .iter()
            .map(|(standing, crossed)| {
                let line = |band: Band| rules.line(band, standing.measure);
                // Going down, it is the line of the band that it leaves.
                let left = crossed.from.filter(|from| from.is_at_least(crossed.to));
                FeedEvent {
                    owner: owners.get(&crossed.lead).copied().flatten(),
                    refs: json!({
                        "score_id": standing.score,
                        "measure": standing.measure,
                        "from": standing.before.map(rounded),
                        "to": rounded(standing.value),
                        "from_band": crossed.from,
                        "to_band": crossed.to,
                        "line": line(left.unwrap_or(crossed.to)),
                        "cause": standing.cause,
                    }),
                    ..FeedEvent::new(LEAD.name, "score_crossed", crossed.lead)
                }
            })
            .collect();
        feed::publish(self.0, &events).await
    }
}

/// A number as readers see it.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
