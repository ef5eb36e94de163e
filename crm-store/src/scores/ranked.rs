//! Records that have not ended, by what is said of them.

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Place, Row, Score, Scores};
use crate::{
    StoreError,
    page::{NumberCursor, read_limit},
};

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

/// A place among ranked records, by their probabilities.
pub type RankCursor = NumberCursor<'r'>;

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
        let said = after.and_then(|after| after.number);
        if said.is_some_and(|said| !(0.0..=1.0).contains(&said)) {
            return Err(StoreError::invalid(
                "cursor",
                "must be a next_cursor of this list",
            ));
        }
        let most = usize::try_from(read_limit(limit)).unwrap_or(1);
        let mut found = Vec::new();
        if after.is_none_or(|after| after.number.is_some()) {
            found = self.scored(owners, order, after, read_limit(limit)).await?;
        }
        if found.len() < most {
            let behind = after
                .filter(|after| after.number.is_none())
                .map(|after| after.record);
            let missing = i64::try_from(most - found.len()).unwrap_or(1);
            found.extend(self.unscored(owners, behind, missing).await?);
        }
        let more = found.len() == most;
        found.truncate(most - 1);
        let next = found.last().filter(|_| more).map(|last| RankCursor {
            number: last.score.as_ref().map(|score| score.probability),
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
                 COALESCE(s.parts, s.terms::json) AS terms, s.cause, s.as_of, s.scored_at \
             FROM {table} s JOIN {records} r ON r.tenant_id = s.tenant_id AND r.id = s.{column} AND {open} \
                 AND ($1::uuid[] IS NULL OR r.owner_id = ANY ($1)) \
             WHERE s.is_latest AND ($2::double precision IS NULL OR {beyond}) \
             ORDER BY s.probability {way}, s.{column} {turned} LIMIT $4"
        ));
        let rows: Vec<Row> = sqlx::query_as(sql)
            .bind(owners)
            .bind(after.and_then(|after| after.number))
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
