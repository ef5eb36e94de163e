//! What can be scored: deals, leads and customers, by one set of words.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use crm_predict::{
    Dataset, Value,
    features::{
        Belief, DEAL_FEATURES, Deals, Direction, Feature, Kind, LEAD_FEATURES, LOOK_BACK_DAYS, Leads, Plan,
        Usual, UsualHistory, deal_dataset, lead_dataset, row,
    },
};
use crm_store::{
    StoreError, TenantTx,
    history::{DealHistory, LeadHistory, Standing, Which},
    models::ModelKind,
    scores::{ALL_RECORDS, PartEvidence, ScorePart},
    settings::LeadScoring,
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::leads::{Points, points};

/// A record that can be scored, with all that was ever known of it.
pub(super) trait Subject: Sized + Send + Sync + 'static {
    /// The kind of model that speaks of it.
    const KIND: ModelKind;
    /// What is told of it.
    type Of: Kind;
    /// The most that are learned from; more teach little and need memory.
    const MOST: u32 = 60_000;

    /// The features, in the order of the columns.
    fn features() -> &'static [Feature<Self::Of>];
    /// Reads a page of them, in the order of their ids.
    async fn page(
        tx: &mut TenantTx,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<Self>, StoreError>;
    /// As [`Self::page`], but only what is needed to look at them as they are now.
    async fn present(
        tx: &mut TenantTx,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<Self>, StoreError> {
        Self::page(tx, which, after, most).await
    }
    /// As [`Self::page`], but only what is needed to know what is usual.
    fn outlines(
        tx: &mut TenantTx,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Self>, StoreError>> + Send;
    /// What they teach about what is usual. A lead is good when it is converted within `window`; others do not ask.
    fn usual(these: &[Self], window: TimeDelta, now: DateTime<Utc>) -> UsualHistory;
    /// What they teach about how they end.
    fn dataset(these: &[Self], usual: &UsualHistory, window: TimeDelta, now: DateTime<Utc>) -> Dataset;
    /// Which record.
    fn id(&self) -> Uuid;
    /// Whether it has ended by a moment, so that there is nothing to be said of it any more.
    fn has_ended(&self, now: DateTime<Utc>) -> bool;
    /// It, as it was known at a moment.
    fn at(&self, now: DateTime<Utc>) -> <Self::Of as Kind>::At<'_>;
    /// What is believed before looking at it, and how sure that is.
    fn prior(&self, now: DateTime<Utc>, usual: &Usual) -> Belief;

    /// Points for what it did by a moment; none of records that are not counted so.
    fn points(&self, _now: DateTime<Utc>, _rules: &LeadScoring) -> Option<Points> {
        None
    }

    /// The place of a feature among the columns.
    fn place(name: &str) -> Option<usize> {
        Self::features().iter().position(|feature| feature.name == name)
    }

    /// The values of all features at a moment.
    fn values(&self, now: DateTime<Utc>, usual: &Usual) -> Vec<Value> {
        row(Self::features(), &self.at(now), usual)
    }

    /// Puts a part of its score in words, with what the words rest on.
    fn tell(&self, now: DateTime<Utc>, usual: &Usual, values: &[Value], part: &mut ScorePart) {
        let place = part.feature.as_deref().and_then(Self::place);
        let Some((feature, value)) =
            place.and_then(|place| Some((Self::features().get(place)?, values.get(place)?)))
        else {
            return;
        };
        let at = self.at(now);
        let direction = if part.log_odds < 0.0 {
            Direction::Down
        } else {
            Direction::Up
        };
        part.value = match value {
            Value::Missing => Json::Null,
            Value::Number(number) => (*number).into(),
            Value::Category(word) => feature.called(word, &at).into(),
        };
        part.sentence = Some(feature.sentence(value, &at, usual, direction));
        (part.rests_on, part.evidence) = rests_on(feature, &at);
    }
}

/// The most records that are kept with a part. Of more, only those are told who see all records of the kind.
const MOST_EVIDENCE: usize = 200;

/// What a feature rests on at a moment: objects and fields, and the records.
pub(super) fn rests_on<K: Kind>(feature: &Feature<K>, at: &K::At<'_>) -> (Vec<String>, Vec<PartEvidence>) {
    let mut places: Vec<String> = feature.rests_on.iter().map(|&place| place.to_owned()).collect();
    let records = feature.evidence(at);
    let beyond: BTreeSet<&str> = records
        .iter()
        .skip(MOST_EVIDENCE)
        .map(|(object, _)| *object)
        .collect();
    places.extend(beyond.into_iter().map(|object| format!("{object}.{ALL_RECORDS}")));
    let evidence = records
        .into_iter()
        .take(MOST_EVIDENCE)
        .map(|(object, id)| PartEvidence {
            object: object.to_owned(),
            id,
        })
        .collect();
    (places, evidence)
}

impl Subject for DealHistory {
    const KIND: ModelKind = ModelKind::Win;
    type Of = Deals;

    fn features() -> &'static [Feature<Deals>] {
        &DEAL_FEATURES
    }

    async fn page(
        tx: &mut TenantTx,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<Self>, StoreError> {
        tx.deal_histories(which, after, most).await
    }

    async fn present(
        tx: &mut TenantTx,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<Self>, StoreError> {
        // They are looked at when they have been read, never before; a day more is for clocks.
        let since = tx.now() - TimeDelta::days(i64::from(LOOK_BACK_DAYS) + 1);
        tx.deal_histories_since(which, since, after, most).await
    }

    async fn outlines(
        tx: &mut TenantTx,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<Self>, StoreError> {
        tx.deal_outlines(which, after, most).await
    }

    fn usual(these: &[Self], _window: TimeDelta, _now: DateTime<Utc>) -> UsualHistory {
        UsualHistory::new(these, &[])
    }

    fn dataset(these: &[Self], usual: &UsualHistory, _window: TimeDelta, now: DateTime<Utc>) -> Dataset {
        deal_dataset(these, usual, Plan::default(), now)
    }

    fn id(&self) -> Uuid {
        Self::id(self)
    }

    fn has_ended(&self, now: DateTime<Utc>) -> bool {
        self.closed().is_some() || Self::at(self, now).standing() != Standing::Open
    }

    fn at(&self, now: DateTime<Utc>) -> <Deals as Kind>::At<'_> {
        Self::at(self, now)
    }

    fn prior(&self, now: DateTime<Utc>, usual: &Usual) -> Belief {
        usual.deal_belief(&Self::at(self, now))
    }
}

impl Subject for LeadHistory {
    const KIND: ModelKind = ModelKind::Lead;
    type Of = Leads;

    fn features() -> &'static [Feature<Leads>] {
        &LEAD_FEATURES
    }

    async fn page(
        tx: &mut TenantTx,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<Self>, StoreError> {
        tx.lead_histories(which, after, most).await
    }

    async fn outlines(
        tx: &mut TenantTx,
        which: Which<'_>,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<Self>, StoreError> {
        tx.lead_outlines(which, after, most).await
    }

    fn usual(these: &[Self], window: TimeDelta, _now: DateTime<Utc>) -> UsualHistory {
        UsualHistory::of_leads(these, window)
    }

    fn dataset(these: &[Self], usual: &UsualHistory, window: TimeDelta, now: DateTime<Utc>) -> Dataset {
        lead_dataset(these, usual, window, now)
    }

    fn id(&self) -> Uuid {
        Self::id(self)
    }

    fn has_ended(&self, now: DateTime<Utc>) -> bool {
        self.converted().is_some() || Self::at(self, now).status() == Some("unqualified")
    }

    fn at(&self, now: DateTime<Utc>) -> <Leads as Kind>::At<'_> {
        Self::at(self, now)
    }

    fn prior(&self, _now: DateTime<Utc>, usual: &Usual) -> Belief {
        usual.lead_belief()
    }

    fn points(&self, now: DateTime<Utc>, rules: &LeadScoring) -> Option<Points> {
        Some(points(&Self::at(self, now), rules))
    }
}

/// How many records of a dataset there are, and how many of them ended well at some moment.
pub(super) fn records(data: &Dataset) -> (usize, usize) {
    let mut ended: HashMap<&str, bool> = HashMap::new();
    for row in &data.rows {
        *ended.entry(row.group.as_deref().unwrap_or_default()).or_default() |= row.label;
    }
    (ended.len(), ended.values().filter(|good| **good).count())
}
