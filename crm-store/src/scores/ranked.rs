//! Records that have not ended, by what is said of them.

use std::{fmt, str::FromStr};

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Place, Row, Score, Scores};
use crate::{StoreError, page::read_limit};

/// Which probability comes first. Records without a score come last, either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RankOrder {
    /// The highest.
    Highest,
    /// The lowest.
    Lowest,
}

/// A record in its place, with what is said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The record.
    pub record: Uuid,
    /// Its latest score.
    pub score: Option<Score>,
}

/// A place among ranked records: the last one that was read. Opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankCursor {
    /// Its probability; none behind the last record that has a score.
    pub probability: Option<f64>,
    /// Which one.
    pub record: Uuid,
}

impl fmt::Display for RankCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.probability {
            Some(probability) => write!(f, "{:x}-{}", probability.to_bits(), self.record.simple()),
            None => write!(f, "none-{}", self.record.simple()),
        }
    }
}

impl FromStr for RankCursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (said, record) = text.split_once('-')?;
            let probability = match said {
                "none" => None,
                bits => {
                    let known = f64::from_bits(u64::from_str_radix(bits, 16).ok()?);
                    Some(Some(known).filter(|known| (0.0..=1.0).contains(known))?)
                }
            };
            Some(Self {
                probability,
                record: Uuid::try_parse(record).ok()?,
            })
        };
        parse().ok_or_else(|| StoreError::invalid("cursor", "must be a next_cursor of this list"))
    }
}

impl Scores<'_> {
    /// A page of the records that the actor sees and that have not ended, by probability: those of these owners, or of all.
    /// Records without a score follow behind the last that has one.
    ///
    /// Reads scores in the order of their index, so a page costs what it shows and the ended records it passes.
    pub async fn ranked(
        &mut self,
        owners: Option<&[Uuid]>,
        order: RankOrder,
        after: Option<RankCursor>,
        limit: i64,
    ) -> Result<(Vec<Ranked>, Option<RankCursor>), StoreError> {
        let most = usize::try_from(read_limit(limit)).unwrap_or(1);
        let mut found = Vec::new();
        if after.is_none_or(|after| after.probability.is_some()) {
            found = self.scored(owners, order, after, read_limit(limit)).await?;
        }
        if found.len() < most {
            let behind = after
                .filter(|after| after.probability.is_none())
                .map(|after| after.record);
            let missing = i64::try_from(most - found.len()).unwrap_or(1);
            found.extend(self.unscored(owners, behind, missing).await?);
        }
        let more = found.len() == most;
        found.truncate(most - 1);
        let next = found.last().filter(|_| more).map(|last| RankCursor {
            probability: last.score.as_ref().map(|score| score.probability),
            record: last.record,
        });
        Ok((found, next))
    }

    async fn scored(
        &mut self,
        owners: Option<&[Uuid]>,
        order: RankOrder,
        after: Option<RankCursor>,
        most: i64,
    ) -> Result<Vec<Ranked>, StoreError> {
        let Place { table, column, open } = self.place;
        let records = self.kind.object().table;
        let (way, beyond) = match order {
            RankOrder::Highest => (
                "DESC",
                "s.probability < $2 OR (s.probability = $2 AND s.{record} > $3)",
            ),
            RankOrder::Lowest => (
                "ASC",
                "s.probability > $2 OR (s.probability = $2 AND s.{record} < $3)",
            ),
        };
        let turned = if way == "DESC" { "ASC" } else { "DESC" };
        let beyond = beyond.replace("{record}", column);
        // Words of ours, out of a fixed list.
        let sql = AssertSqlSafe(format!(
            "SELECT s.id, s.{column} AS record_id, s.model_id, s.state, s.probability, s.low, s.high, s.log_odds, s.prior, \
                 s.terms, s.cause, s.as_of, s.scored_at \
             FROM {table} s JOIN {records} r ON r.tenant_id = s.tenant_id AND r.id = s.{column} AND {open} \
                 AND ($1::uuid[] IS NULL OR r.owner_id = ANY ($1)) \
             WHERE s.is_latest AND ($2::double precision IS NULL OR {beyond}) \
             ORDER BY s.probability {way}, s.{column} {turned} LIMIT $4"
        ));
        let rows: Vec<Row> = sqlx::query_as(sql)
            .bind(owners)
            .bind(after.and_then(|after| after.probability))
            .bind(after.map(|after| after.record))
            .bind(most)
            .fetch_all(self.tx.conn())
            .await?;
        let ranked = rows.into_iter().map(|row| Ranked {
            record: row.record_id,
            score: Some(row.into()),
        });
        Ok(ranked.collect())
    }

    async fn unscored(
        &mut self,
        owners: Option<&[Uuid]>,
        after: Option<Uuid>,
        most: i64,
    ) -> Result<Vec<Ranked>, StoreError> {
        let Place { table, column, open } = self.place;
        let records = self.kind.object().table;
        // Words of ours, out of a fixed list.
        let sql = AssertSqlSafe(format!(
            "SELECT r.id FROM {records} r WHERE {open} AND ($1::uuid[] IS NULL OR r.owner_id = ANY ($1)) \
                 AND ($2::uuid IS NULL OR r.id > $2) AND NOT EXISTS (SELECT FROM {table} s \
                     WHERE s.tenant_id = r.tenant_id AND s.{column} = r.id AND s.is_latest) \
             ORDER BY r.id LIMIT $3"
        ));
        let rows: Vec<Uuid> = sqlx::query_scalar(sql)
            .bind(owners)
            .bind(after)
            .bind(most)
            .fetch_all(self.tx.conn())
            .await?;
        let ranked = rows.into_iter().map(|record| Ranked { record, score: None });
        Ok(ranked.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_what_was_written() {
        for probability in [None, Some(0.0), Some(0.1 + 0.2), Some(1.0)] {
            let place = RankCursor {
                probability,
                record: Uuid::from_u128(7),
            };
            assert_eq!(place.to_string().parse::<RankCursor>().unwrap(), place);
        }
        let beyond = format!("{:x}-{}", 1.5_f64.to_bits(), Uuid::from_u128(7).simple());
        let none = format!("{:x}-{}", f64::NAN.to_bits(), Uuid::from_u128(7).simple());
        for text in ["", "none", "none-7", &beyond, &none] {
            assert!(text.parse::<RankCursor>().is_err(), "{text}");
        }
    }
}
