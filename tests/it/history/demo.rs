//! What can be learned of the demo companies: well enough, and for the true reasons.

use chrono::TimeDelta;
use crm_evals::{default_today, demo, load_demo, load_years};
use crm_predict::{
    Card, Split, TrainOptions, Verdict,
    features::{
        DEAL_FEATURES, LEAD_FEATURES, LEAD_WINDOW_DAYS, Plan, UsualHistory, deal_dataset, lead_dataset,
    },
    train,
};
use crm_store::{FixedClock, TenantStore, history::Which};
use crm_tests::harness::TestDb;

fn options() -> TrainOptions {
    TrainOptions {
        split: Split::Time { test_fraction: 0.25 },
        half_life_days: Some(365.0),
        ..TrainOptions::default()
    }
}

fn tell(what: &str, card: &Card) {
    let of = &card.measures;
    println!(
        "{what}: {:?}, AUC {:.3} {:.3?}, ECE {:.3}, Brier {:.4} against {:.4} ({:.1} % less), base rate {:.3}; {} rows of {} \
         records to learn from, {} of {} to measure on",
        card.algorithm,
        of.auc.unwrap_or_default(),
        of.auc_interval,
        of.ece,
        of.brier,
        of.brier_base,
        100.0 * (1.0 - of.brier / of.brier_base),
        of.base_rate,
        card.n_train,
        card.groups_train,
        of.n_test,
        of.groups_test,
    );
    for candidate in &card.comparison {
        println!("  {candidate:?}");
    }
    for factor in card.factors.iter().take(16) {
        println!("  {:.3} {}", factor.strength, factor.name);
    }
    println!(
        "  unusable: {:?}",
        card.unusable
            .iter()
            .map(|column| &column.column)
            .collect::<Vec<_>>()
    );
}

/// The generator's causes, and the features in which each can be seen. Need shows in answers and outcomes.
const CAUSES: &[(&str, &[&str])] = &[
    ("kind", &["type", "is_customer", "earlier_won"]),
    (
        "need",
        &[
            "answered_share",
            "reply_hours",
            "positive_outcomes_per_week",
            "negative_outcomes_per_week",
            "outcome_balance",
            "meetings_per_week",
            "calls_reached",
            "days_since_answer",
            "close_date_pushes",
        ],
    ),
    ("competitor", &["competitor", "competitor_record"]),
    ("decision maker", &["decision_maker", "contacts"]),
    ("owner", &["owner_record", "handovers"]),
    ("source", &["source", "source_record"]),
    (
        "health of the account",
        &[
            "unhappy_cases",
            "satisfaction",
            "escalations",
            "sentiment",
            "cases",
        ],
    ),
];

/// The same of leads. Intent shows in how sellers rate them, in what they open, click and visit, in how they write, and in how talks with them went.
const LEAD_CAUSES: &[(&str, &[&str])] = &[
    (
        "intent",
        &[
            "rating",
            "pages",
            "downloads",
            "mails_opened",
            "mails_clicked",
            "forms",
            "events_attended",
            "campaigns_answered",
            "engagement_last_14_days",
            "days_since_engagement",
            "messages",
            "sentiment",
            "talks",
            "reached",
        ],
    ),
    ("source", &["source", "source_record"]),
    ("campaign", &["campaign_record"]),
    ("trade", &["industry_record"]),
    ("address", &["company_mail"]),
    ("first answer", &["response_hours", "answered"]),
];

#[tokio::test]
async fn deals_and_leads_of_the_demo_companies_are_learned_for_the_true_reasons() {
    let db = TestDb::new().await;
    let now = default_today().and_hms_opt(6, 0, 0).unwrap().and_utc();
    let store = db.store_at(std::sync::Arc::new(FixedClock::at(now))).await;
    load_demo(&store, &|_| {}).await.unwrap();
    load_years(&store, default_today()).await.unwrap();
    for tenant in demo().unwrap() {
        let grant = store.operate(&tenant.slug, None).await.unwrap().unwrap();
        let inside = store.open(&grant);
        deals(&tenant.slug, &inside).await;
        leads(&tenant.slug, &inside).await;
    }
}

async fn deals(slug: &str, inside: &TenantStore) {
    let mut tx = inside.begin().await.unwrap();
    let now = tx.now();
    let deals = tx.deal_histories(Which::All, None, 5_000).await.unwrap();
    let usual = UsualHistory::new(&deals, &[]);
    let data = deal_dataset(&deals, &usual, Plan::default(), now);
    let trained = train(&data, &options(), &|_| {}).unwrap();
    let card = &trained.card;
    tell(slug, card);
    let of = &card.measures;
    assert!(of.auc.unwrap() >= 0.80, "{slug}: AUC {:?}", of.auc);
    assert!(of.ece <= 0.05, "{slug}: ECE {}", of.ece);
    assert!(of.brier <= 0.85 * of.brier_base, "{slug}: Brier {}", of.brier);
    let factors: Vec<&str> = card.factors.iter().map(|factor| factor.name.as_str()).collect();
    let missed_of = |leading: &[&str]| -> Vec<&str> {
        CAUSES
            .iter()
            .filter(|(_, seen)| !seen.iter().any(|name| leading.contains(name)))
            .map(|(cause, _)| *cause)
            .collect()
    };
    // What the deal is and whether they need it are among the ten strongest.
    let (ten, _) = factors.split_at(10);
    let missed = missed_of(ten);
    println!("{slug}: causes that are not among the first ten: {missed:?}");
    for cause in ["kind", "need"] {
        assert!(!missed.contains(&cause), "{slug}: {cause} is not among {ten:?}");
    }
    // The stronger third of what is told.
    let (leading, _) = factors.split_at(DEAL_FEATURES.len() / 3);
    let missed = missed_of(leading);
    println!("{slug}: causes that are not among the leading reasons: {missed:?}");
    // The test of one year can miss the weakest; the strong ones are always there.
    for cause in ["kind", "need", "competitor", "decision maker"] {
        assert!(
            !missed.contains(&cause),
            "{slug}: {cause} is not among {leading:?}"
        );
    }
    assert!(missed.len() <= 1, "{slug}: {missed:?} are not among {leading:?}");
}

async fn leads(slug: &str, inside: &TenantStore) {
    let mut tx = inside.begin().await.unwrap();
    let now = tx.now();
    let leads = tx.lead_histories(Which::All, None, 5_000).await.unwrap();
    let usual = UsualHistory::new(&[], &leads);
    let data = lead_dataset(&leads, &usual, TimeDelta::days(LEAD_WINDOW_DAYS), now);
    let trained = train(&data, &options(), &|_| {}).unwrap();
    let card = &trained.card;
    tell(&format!("{slug} leads"), card);
    let of = &card.measures;
    assert_eq!(card.verdict, Verdict::Better, "{slug}: {of:?}");
    assert!(of.auc.unwrap() >= 0.80, "{slug}: AUC {:?}", of.auc);
    assert!(of.ece <= 0.05, "{slug}: ECE {}", of.ece);
    assert!(of.brier <= 0.85 * of.brier_base, "{slug}: Brier {}", of.brier);
    let leading: Vec<&str> = card
        .factors
        .iter()
        .take(LEAD_FEATURES.len() / 3)
        .map(|factor| factor.name.as_str())
        .collect();
    let missed: Vec<&str> = LEAD_CAUSES
        .iter()
        .filter(|(_, seen)| !seen.iter().any(|name| leading.contains(name)))
        .map(|(cause, _)| *cause)
        .collect();
    println!("{slug}: causes of leads that are not among the leading reasons: {missed:?}");
    for cause in ["intent", "source", "first answer"] {
        assert!(
            !missed.contains(&cause),
            "{slug}: {cause} is not among {leading:?}"
        );
    }
}
