//! Leads that may still be converted, by their points. By probability, see [`crate::scores::Scores::ranked`].

use uuid::Uuid;

use super::Leads;
use crate::{
    StoreError,
    page::{NumberCursor, read_limit},
};

/// A place among leads, by their points.
pub type PointsCursor = NumberCursor<'p'>;

impl Leads<'_> {
    /// A page of leads that may still be converted and that the actor sees, those with the most points first, in one
    /// statement: those of these owners, or of all. Leads that were never scored come last. A lead that is scored between
    /// two pages may be on both or on none.
    pub async fn by_points(
        &mut self,
        owners: Option<&[Uuid]>,
        after: Option<PointsCursor>,
        limit: i64,
    ) -> Result<(Vec<Uuid>, Option<PointsCursor>), StoreError> {
        // The second half is asked only where the first is used up.
        let rows: Vec<(Uuid, Option<f64>)> = sqlx::query_as(
            "(SELECT g.lead_id, g.points FROM lead_standings g JOIN leads l ON l.tenant_id = g.tenant_id AND l.id = g.lead_id \
                  AND NOT l.is_converted AND l.status <> 'unqualified' AND l.deleted_at IS NULL \
                  AND ($1::uuid[] IS NULL OR l.owner_id = ANY ($1)) \
              WHERE $3::uuid IS NULL OR g.points < $2 OR (g.points = $2 AND g.lead_id > $3) \
              ORDER BY g.points DESC, g.lead_id LIMIT $4) \
             UNION ALL \
             (SELECT l.id, NULL FROM leads l WHERE NOT l.is_converted AND l.status <> 'unqualified' AND l.deleted_at IS NULL \
                  AND ($1::uuid[] IS NULL OR l.owner_id = ANY ($1)) \
                  AND ($3::uuid IS NULL OR $2::float8 IS NOT NULL OR l.id > $3) \
                  AND NOT EXISTS (SELECT FROM lead_standings g WHERE g.tenant_id = l.tenant_id AND g.lead_id = l.id) \
              ORDER BY l.id LIMIT $4) LIMIT $4",
        )
        .bind(owners)
        .bind(after.and_then(|after| after.number))
        .bind(after.map(|after| after.record))
        .bind(read_limit(limit))
        .fetch_all(self.0.conn())
        .await?;
        let most = usize::try_from(read_limit(limit) - 1).unwrap_or(1);
        let next = rows
            .get(most.saturating_sub(1))
            .filter(|_| rows.len() > most)
            .map(|&(lead, points)| PointsCursor {
                number: points,
                record: lead,
            });
        Ok((rows.into_iter().take(most).map(|(lead, _)| lead).collect(), next))
    }
}
