//! A tenant with a past: deals that were won where somebody decided and met, and lost where nobody did.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::{
    FixedClock, Store, TenantStore,
    catalog::{ACTIVITY, CONTACT, OPPORTUNITY, OPPORTUNITY_CONTACT_ROLE, Object},
    models::{ModelKind, NewModel},
    records::{Draft, Value},
    scores::{NewScore, PartEvidence, PartKind, ScorePart, ScoreState, Terms},
};
use crm_tests::{harness::TestDb, ids};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

/// When the past begins.
const BEGIN: &str = "2025-01-06T09:00:00Z";

/// A tenant whose time the test moves.
pub(crate) struct Past {
    /// Dropped last.
    pub(crate) db: TestDb,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) store: Store,
    pub(crate) tenant: TenantStore,
    contact: Uuid,
}

/// What is done for a deal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) decision_maker: bool,
    pub(crate) meetings: usize,
}

/// What won deals have as a rule.
pub(crate) const MUCH: Effort = Effort {
    decision_maker: true,
    meetings: 3,
};
/// What lost deals have as a rule.
pub(crate) const LITTLE: Effort = Effort {
    decision_maker: false,
    meetings: 0,
};

impl Past {
    pub(crate) async fn new() -> Self {
        let db = TestDb::new().await;
        let clock = Arc::new(FixedClock::at(BEGIN.parse().unwrap()));
        let store = db.store_at(clock.clone()).await;
        let (tenant, _) = db.tenant_in(&store, "acme").await;
        let contact = create(
            &tenant,
            Draft::new(&CONTACT)
                .with("last_name", "Aydin")
                .with("email", "aydin@customer.example"),
        )
        .await;
        Self {
            db,
            clock,
            store,
            tenant,
            contact,
        }
    }

    pub(crate) fn days(&self, days: i64) {
        self.clock.advance(TimeDelta::days(days));
    }

    /// A deal in its first stage.
    pub(crate) async fn deal(&self, name: &str, amount: i64) -> Uuid {
        let draft = Draft::new(&OPPORTUNITY)
            .with("name", name)
            .with(
                "amount",
                Value::Money(crm_store::records::Money::new(Decimal::from(amount), "EUR")),
            )
            .with("currency", "EUR")
            .with(
                "close_date",
                (self.tenant.clock().now() + TimeDelta::days(40)).date_naive(),
            );
        create(&self.tenant, draft).await
    }

    /// Does something for a deal.
    pub(crate) async fn effort(&self, deal: Uuid, effort: Effort) {
        if effort.decision_maker {
            let role = Draft::new(&OPPORTUNITY_CONTACT_ROLE)
                .with("opportunity_id", Value::Id(deal))
                .with("contact_id", Value::Id(self.contact))
                .with("role", "decision_maker");
            create(&self.tenant, role).await;
        }
        for _ in 0..effort.meetings {
            let meeting = Draft::new(&ACTIVITY)
                .with("type", "meeting")
                .with("status", "completed")
                .with("subject", "Meeting")
                .with("occurred_at", self.tenant.clock().now())
                .with("completed_at", self.tenant.clock().now())
                .with("opportunity_id", Value::Id(deal));
            create(&self.tenant, meeting).await;
        }
    }

    /// Moves a deal to a stage.
    pub(crate) async fn stage(&self, deal: Uuid, stage: &str) {
        let mut tx = self.tenant.begin().await.unwrap();
        let mut draft = Draft::new(&OPPORTUNITY).with("stage", stage);
        if stage == LOST {
            draft.set("closed_reason", "No budget");
        }
        tx.records(&OPPORTUNITY).update(deal, draft, None).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Ended deals, one after the other: nine of ten with much effort are won, one of ten with little.
    pub(crate) async fn ended(&self, deals: usize) {
        for n in 0..deals {
            let much = n % 2 == 0;
            let won = much != (n % 20 == 4 || n % 20 == 5);
            let deal = self
                .deal(&format!("Past {n}"), 1_000 + 37 * i64::try_from(n).unwrap())
                .await;
            self.days(1);
            self.stage(deal, SECOND).await;
            self.effort(deal, if much { MUCH } else { LITTLE }).await;
            self.days(3);
            self.stage(deal, if won { WON } else { LOST }).await;
        }
    }
}

/// The stages of a new tenant that the tests use.
pub(crate) const SECOND: &str = "Proposal/Price Quote";
pub(crate) const WON: &str = "Closed Won";
pub(crate) const LOST: &str = "Closed Lost";

/// Makes a record, whose id is the same in each run.
pub(crate) async fn create(tenant: &TenantStore, draft: Draft) -> Uuid {
    let object: &'static Object = draft.object();
    let mut tx = tenant.begin().await.unwrap();
    let id = tx.records(object).create_as(ids::next(), draft).await.unwrap().id;
    tx.commit().await.unwrap();
    id
}

/// A part of a score that rests on a record.
pub(crate) fn part(
    feature: &str,
    log_odds: f64,
    sentence: &str,
    rests_on: &str,
    evidence: &[Uuid],
) -> ScorePart {
    ScorePart {
        kind: PartKind::Feature,
        feature: Some(feature.to_owned()),
        log_odds,
        value: serde_json::Value::Null,
        sentence: Some(sentence.to_owned()),
        rests_on: vec![rests_on.to_owned()],
        evidence: evidence
            .iter()
            .map(|id| PartEvidence {
                object: rests_on.to_owned(),
                id: *id,
            })
            .collect(),
    }
}

/// Writes a score of a deal as the service does: base -0.4, these parts, and no model.
pub(crate) async fn score(
    tenant: &TenantStore,
    deal: Uuid,
    parts: Vec<ScorePart>,
    as_of: DateTime<Utc>,
) -> f64 {
    score_by(tenant, None, deal, parts, as_of).await
}

/// The same by a model, or by none.
pub(crate) async fn score_by(
    tenant: &TenantStore,
    model: Option<Uuid>,
    deal: Uuid,
    parts: Vec<ScorePart>,
    as_of: DateTime<Utc>,
) -> f64 {
    let mut terms = vec![ScorePart {
        kind: PartKind::Base,
        feature: None,
        log_odds: -0.4,
        value: serde_json::Value::Null,
        sentence: None,
        rests_on: Vec::new(),
        evidence: Vec::new(),
    }];
    terms.extend(parts);
    let log_odds: f64 = terms.iter().map(|part| part.log_odds).sum();
    let probability = 1.0 / (1.0 + (-log_odds).exp());
    let new = NewScore {
        record: deal,
        model,
        state: if model.is_some() {
            ScoreState::Model
        } else {
            ScoreState::Prior
        },
        probability,
        low: probability * 0.8,
        high: probability + (1.0 - probability) * 0.2,
        log_odds,
        prior: 0.3,
        terms: Terms::new(terms).unwrap(),
        cause: json!({"why": "record"}),
        as_of,
    };
    let mut tx = tenant.predicting().begin().await.unwrap();
    let mut scores = tx.scores(ModelKind::Win);
    let latest = scores.last(&[deal]).await.unwrap();
    let written = scores.write(&[new], &latest).await.unwrap();
    assert_eq!(written.len(), 1);
    tx.commit().await.unwrap();
    log_odds
}

/// A model as though it had been learned, which nobody can read.
pub(crate) fn any_model(kind: ModelKind) -> NewModel {
    NewModel {
        kind,
        why: "It was trained.".to_owned(),
        data_from: None,
        data_to: None,
        examples: 1,
        positives: 1,
        rows: 1,
        metrics: json!({}),
        card: json!({}),
        features: json!([]),
        artifact: vec![1],
    }
}
