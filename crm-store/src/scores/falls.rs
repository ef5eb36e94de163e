//! What made a score fall: kept beside the score for whoever may know it, and told to others as far as everybody may.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{PartEvidence, ScorePart, Scores, all_of};
use crate::{
    StoreError, TenantTx,
    catalog::{MESSAGE, OPPORTUNITY_CONTACT_ROLE, Object, object},
    feed::{self, FeedEvent},
    text_enum::text_enum,
    webhooks,
};

text_enum! {
    /// What changed, so that a feature moved.
    pub enum By {
        /// The record's own fields.
        Fields = "fields",
        /// Records about it, or about whoever it is with.
        Records = "records",
        /// Nothing that is written down: time went by.
        Time = "time",
    }
}

/// Where in `cause` of a score a fall is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FallOf {
    /// What was told at once, of a fall beyond the tenant's threshold.
    Told,
    /// What the weekly digest told, up or down.
    Moved,
}

impl FallOf {
    const fn key(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Moved => "moved",
        }
    }
}

/// What moved a score between two moments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fall {
    /// Why the record was scored: `record`, `night`, `model` or `asked`.
    pub why: Option<String>,
    /// The feature that moved most: how far, what it says in words, and what it rests on.
    pub part: ScorePart,
    /// What people call the feature.
    pub label: String,
    /// What changed; none where it cannot be told.
    pub by: Option<By>,
    /// The records that changed, of those that the part rests on.
    #[serde(default)]
    pub records: Vec<PartEvidence>,
}

impl Fall {
    /// For everybody who hears of the event: the feature by name where it rests on the record's own fields alone, and
    /// otherwise that it is `hidden`, with why the record was scored. No values: who sees the record may not see a field.
    ///
    /// A whole object, such as `opportunity` of a deal, stands for other records of that kind: they may be hidden.
    pub fn for_everybody(&self, object: &Object) -> Json {
        if self.part.is_own(object) {
            self.named(&[])
        } else {
            self.hidden()
        }
    }

    /// For webhooks, which hear of every activity, quote and role of a deal by its id: as [`Self::for_everybody`], and the
    /// feature with the ids of what changed where it rests on such records too. What is with the customer, such as cases and
    /// messages, is for those alone who may read it.
    pub fn for_webhooks(&self, object: &Object) -> Json {
        const OF_THE_DEAL: [&str; 4] = ["activity", "quote", "quote_line", "opportunity_contact_role"];
        let rests_on = &self.part.rests_on;
        let known = self.part.names_something()
            && rests_on.iter().all(|place| {
                let name = place.split_once('.').map_or(place.as_str(), |(name, _)| name);
                is_field_of(place, object) || OF_THE_DEAL.contains(&name)
            });
        if known {
            self.named(&self.records)
        } else {
            self.hidden()
        }
    }

    /// For a reader who may see all that it rests on, with those of the records that changed that they may see.
    pub fn for_reader(&self, records: &[PartEvidence]) -> Json {
        let mut cause = self.named(records);
        if let (Some(cause), Some(sentence)) = (cause.as_object_mut(), &self.part.sentence) {
            let words = match self.by {
                Some(By::Time) => format!("Time went by. {sentence}"),
                _ => sentence.clone(),
            };
            cause.insert("words".to_owned(), words.into());
        }
        cause
    }

    /// For a reader who may not.
    pub fn hidden(&self) -> Json {
        json!({"why": self.why, "hidden": true})
    }

    /// The feature by name, and what of it changed: for a reader who may see these records, but not what it says.
    pub fn named(&self, records: &[PartEvidence]) -> Json {
        let label = &self.label;
        let words = match self.by {
            Some(By::Time) => format!("{label}: time went by."),
            _ => format!("{label} changed."),
        };
        json!({"why": self.why, "feature": self.part.feature, "by": self.by, "words": words, "records": records})
    }
}

impl ScorePart {
    /// Whether it rests on nothing but fields of the record itself.
    pub(super) fn is_own(&self, object: &Object) -> bool {
        self.names_something() && self.rests_on.iter().all(|place| is_field_of(place, object))
    }

    /// Whether it rests on more than a comparison with all records of a kind.
    fn names_something(&self) -> bool {
        self.rests_on.iter().any(|place| all_of(place).is_none())
    }
}

/// Whether a place among what a part rests on is a field of the record itself, or all records that it is compared with: that
/// something moved against those says nothing of any of them.
fn is_field_of(place: &str, object: &Object) -> bool {
    place
        .strip_prefix(object.name)
        .is_some_and(|rest| rest.starts_with('.'))
}

/// Tells feed and webhooks what moved: the feed what everybody may know, webhooks what theirs do.
pub(crate) async fn tell_falls(
    tx: &mut TenantTx,
    object: &Object,
    told: Vec<(FeedEvent, Option<&Fall>)>,
) -> Result<(), StoreError> {
    let with = |cause: fn(&Fall, &Object) -> Json| -> Vec<FeedEvent> {
        let told = told.iter().map(|(event, fall)| {
            let mut event = event.clone();
            if let Some(refs) = event.refs.as_object_mut() {
                refs.insert(
                    "cause".to_owned(),
                    fall.map_or(Json::Null, |fall| cause(fall, object)),
                );
            }
            event
        });
        told.collect()
    };
    feed::append(tx, &with(Fall::for_everybody)).await?;
    webhooks::enqueue(tx, &with(Fall::for_webhooks)).await
}

/// What may have changed under a part since a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspects {
    /// The record that is scored.
    pub record: Uuid,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What its part rested on at either end, without the record itself.
    pub records: Vec<PartEvidence>,
    /// Whether it rests on the deal's roles too, of which the part names the contacts.
    pub has_roles: bool,
}

/// What changed of suspects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changed {
    /// The record's own tracked fields.
    pub fields: Vec<String>,
    /// The records.
    pub records: Vec<PartEvidence>,
    /// Whether one of the records is gone for good.
    pub gone: bool,
}

impl Scores<'_> {
    /// What of these changed since their moments, in their order: one statement for each object.
    pub async fn changed(&mut self, suspects: &[Suspects]) -> Result<Vec<Changed>, StoreError> {
        if suspects.is_empty() {
            return Ok(Vec::new());
        }
        let own: Vec<Uuid> = suspects.iter().map(|suspect| suspect.record).collect();
        let since: Vec<Option<DateTime<Utc>>> = suspects.iter().map(|suspect| Some(suspect.since)).collect();
        let mut fields = self.changed_since(&own, &since).await?;
        let mut wanted: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
        for record in suspects.iter().flat_map(|suspect| &suspect.records) {
            wanted.entry(&record.object).or_default().push(record.id);
        }
        let mut written: HashMap<Uuid, DateTime<Utc>> = HashMap::new();
        for (name, ids) in &wanted {
            let Some(object) = object(name) else { continue };
            // Messages are written once; what is found in them comes soon after.
            let at = if object.name == MESSAGE.name {
                "GREATEST(created_at, processed_at)"
            } else {
                "updated_at"
            };
            // Words of ours, out of a fixed list.
            let sql = AssertSqlSafe(format!(
                "SELECT id, {at} FROM {} WHERE id = ANY ($1)",
                object.table
            ));
            let rows: Vec<(Uuid, DateTime<Utc>)> =
                sqlx::query_as(sql).bind(ids).fetch_all(self.tx.conn()).await?;
            written.extend(rows);
        }
        let roles = self.changed_roles(suspects).await?;
        Ok(suspects
            .iter()
            .map(|suspect| {
                let known = suspect
                    .records
                    .iter()
                    .filter(|record| written.get(&record.id).is_some_and(|at| *at > suspect.since));
                let of_deal = || roles.iter().filter(|(deal, ..)| *deal == suspect.record);
                let kept = of_deal()
                    .filter(|(.., gone)| !gone)
                    .map(|(_, id, _)| PartEvidence {
                        object: OPPORTUNITY_CONTACT_ROLE.name.to_owned(),
                        id: *id,
                    });
                Changed {
                    records: known.cloned().chain(kept).collect(),
                    gone: of_deal().any(|(.., gone)| *gone)
                        || suspect
                            .records
                            .iter()
                            .any(|record| !written.contains_key(&record.id)),
                    fields: fields.remove(&suspect.record).unwrap_or_default(),
                }
            })
            .collect())
    }

    /// The roles of those deals whose parts rest on them that were written since: the deal, the role, and whether it was
    /// deleted.
    async fn changed_roles(&mut self, suspects: &[Suspects]) -> Result<Vec<(Uuid, Uuid, bool)>, StoreError> {
        let of: Vec<&Suspects> = suspects.iter().filter(|suspect| suspect.has_roles).collect();
        if of.is_empty() {
            return Ok(Vec::new());
        }
        Ok(sqlx::query_as(
            "SELECT r.opportunity_id, r.id, r.deleted_at IS NOT NULL \
             FROM unnest($1::uuid[], $2::timestamptz[]) AS w (deal, since) \
             JOIN opportunity_contact_roles r ON r.opportunity_id = w.deal AND r.updated_at > w.since ORDER BY r.id",
        )
        .bind(of.iter().map(|suspect| suspect.record).collect::<Vec<_>>())
        .bind(of.iter().map(|suspect| suspect.since).collect::<Vec<_>>())
        .fetch_all(self.tx.conn())
        .await?)
    }

    /// The tracked fields of each record that were changed since a moment.
    pub(super) async fn changed_since(
        &mut self,
        records: &[Uuid],
        since: &[Option<DateTime<Utc>>],
    ) -> Result<HashMap<Uuid, Vec<String>>, StoreError> {
        let rows: Vec<(Uuid, Vec<String>)> = sqlx::query_as(
            "SELECT w.record, array_agg(DISTINCT c.field) FROM unnest($2::uuid[], $3::timestamptz[]) AS w (record, since) \
             JOIN field_changes c ON c.object = $1 AND c.record_id = w.record AND c.recorded_at > w.since GROUP BY 1",
        )
        .bind(self.kind.object().name)
        .bind(records)
        .bind(since)
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// Keeps what was told of these scores, for whoever may know more than everybody.
    pub(crate) async fn keep_falls(
        &mut self,
        of: FallOf,
        falls: &[(Uuid, Option<&Fall>)],
    ) -> Result<(), StoreError> {
        let kept: Vec<Json> = falls.iter().map(|(_, fall)| json!({of.key(): fall})).collect();
        let sql = format!(
            "UPDATE {} s SET cause = s.cause || n.kept FROM unnest($1::uuid[], $2::jsonb[]) AS n (id, kept) WHERE s.id = n.id",
            self.place.table
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(falls.iter().map(|(score, _)| *score).collect::<Vec<_>>())
            .bind(kept)
            .execute(self.tx.conn())
            .await?;
        Ok(())
    }

    /// What was told of these scores, as it was kept: of those that the actor sees.
    pub async fn falls(&mut self, of: FallOf, scores: &[Uuid]) -> Result<HashMap<Uuid, Fall>, StoreError> {
        let sql = format!(
            "SELECT id, cause -> $2 FROM {} WHERE id = ANY ($1) AND jsonb_typeof(cause -> $2) = 'object'",
            self.place.table
        );
        let rows: Vec<(Uuid, sqlx::types::Json<Fall>)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(scores)
            .bind(of.key())
            .fetch_all(self.tx.conn())
            .await?;
        Ok(rows.into_iter().map(|(id, fall)| (id, fall.0)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalog::OPPORTUNITY, scores::PartKind};

    fn fall(rests_on: &[&str], by: By) -> Fall {
        let changed = PartEvidence {
            object: "activity".to_owned(),
            id: Uuid::nil(),
        };
        Fall {
            why: Some("night".to_owned()),
            part: ScorePart {
                kind: PartKind::Feature,
                feature: Some("meetings".to_owned()),
                log_odds: -0.9,
                value: Json::Null,
                sentence: Some("No meeting in the last 21 days.".to_owned()),
                rests_on: rests_on.iter().map(|&place| place.to_owned()).collect(),
                evidence: Vec::new(),
            },
            label: "Meetings".to_owned(),
            by: Some(by),
            records: vec![changed],
        }
    }

    #[test]
    fn everybody_is_told_of_own_fields_and_webhooks_of_records_of_the_deal() {
        let hidden = json!({"why": "night", "hidden": true});
        for (rests_on, everybody, webhooks) in [
            (["opportunity.stage"].as_slice(), true, true),
            (&["activity"], false, true),
            (&["activity.*", "opportunity.stage"], false, true),
            (&["activity", "message"], false, false),
            (&["case"], false, false),
            (&["opportunity"], false, false),
            (&["opportunity.*"], false, false),
            (&["opportunity.owner_id", "opportunity.*"], true, true),
            (&["opportunity", "opportunity.*"], false, false),
            (&["account.industry"], false, false),
            (&[], false, false),
        ] {
            let fall = fall(rests_on, By::Records);
            assert_eq!(
                fall.for_everybody(&OPPORTUNITY) != hidden,
                everybody,
                "{rests_on:?}"
            );
            assert_eq!(
                fall.for_webhooks(&OPPORTUNITY) != hidden,
                webhooks,
                "{rests_on:?}"
            );
        }
    }

    #[test]
    fn a_sentence_with_its_number_is_for_readers_alone() {
        let fall = fall(&["opportunity.stage"], By::Time);
        let said = |cause: &Json| cause["words"].as_str().map(str::to_owned).unwrap_or_default();
        assert_eq!(said(&fall.for_everybody(&OPPORTUNITY)), "Meetings: time went by.");
        assert_eq!(fall.for_everybody(&OPPORTUNITY)["records"], json!([]));
        let told = fall.for_reader(&[]);
        assert_eq!(said(&told), "Time went by. No meeting in the last 21 days.");
        assert_eq!((&told["by"], &told["records"]), (&json!("time"), &json!([])));
    }
}
