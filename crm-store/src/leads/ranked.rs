//! Leads that may still be converted, by their points. By probability, see [`crate::scores::Scores::ranked`].

use std::{fmt, str::FromStr};

use uuid::Uuid;

use super::Leads;
use crate::{StoreError, page::read_limit};

/// A place among leads by points: the last one that was read. Opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointsCursor {
    /// Its points; none behind the last lead that has any.
    points: Option<f64>,
    lead: Uuid,
}

impl fmt::Display for PointsCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.points {
            Some(points) => write!(f, "points-{:x}-{}", points.to_bits(), self.lead.simple()),
            None => write!(f, "points-none-{}", self.lead.simple()),
        }
    }
}

impl FromStr for PointsCursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (points, lead) = text.strip_prefix("points-")?.split_once('-')?;
            let points = match points {
                "none" => None,
                bits => {
                    let known = f64::from_bits(u64::from_str_radix(bits, 16).ok()?);
                    Some(Some(known).filter(|known| known.is_finite())?)
                }
            };
            Some(Self {
                points,
                lead: Uuid::try_parse(lead).ok()?,
            })
        };
        parse().ok_or_else(|| StoreError::invalid("cursor", "must be a next_cursor of this list"))
    }
}

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
        .bind(after.and_then(|after| after.points))
        .bind(after.map(|after| after.lead))
        .bind(read_limit(limit))
        .fetch_all(self.0.conn())
        .await?;
        let most = usize::try_from(read_limit(limit) - 1).unwrap_or(1);
        let next = rows
            .get(most.saturating_sub(1))
            .filter(|_| rows.len() > most)
            .map(|&(lead, points)| PointsCursor { points, lead });
        Ok((rows.into_iter().take(most).map(|(lead, _)| lead).collect(), next))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_place_reads_back_as_what_was_written(points in prop::option::of(-1e6..1e6f64), lead in any::<u128>()) {
            let place = PointsCursor { points, lead: Uuid::from_u128(lead) };
            prop_assert_eq!(place.to_string().parse::<PointsCursor>().unwrap(), place);
        }

        #[test]
        fn what_is_no_place_is_refused_and_breaks_nothing(text in ".{0,60}") {
            prop_assume!(!text.starts_with("points-"));
            prop_assert!(text.parse::<PointsCursor>().is_err());
        }
    }

    #[test]
    fn numbers_that_are_none_are_no_place() {
        let nan = format!("points-{:x}-{}", f64::NAN.to_bits(), Uuid::nil().simple());
        for bad in [nan.as_str(), "points-", "points-none-", "points-zz-0"] {
            assert!(bad.parse::<PointsCursor>().is_err(), "{bad}");
        }
    }
}
