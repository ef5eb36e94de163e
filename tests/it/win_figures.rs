//! Reasons that compare a deal with all others: their figures are for whoever may view all deals, their names for every reader.

use std::sync::Arc;

use chrono::TimeDelta;
use crm_predict::features::{DEAL_FEATURES, Direction, UsualHistory};
use crm_store::{
    Store, TenantStore,
    access::sharing::{NewSharingRule, ShareAccess},
    auth::MemberToBe,
    catalog::OPPORTUNITY,
    history::Which,
    query::{Condition, Op},
    records::{Draft, Money, Value},
    scores::{ALL_RECORDS, PartEvidence, PartKind, ScorePart},
};
use crm_tools::{
    predictions::{
        Predictor,
        change::shown,
        reasons::{Reason, told},
        sight::Sight,
    },
    win::{Advisor, Parts, WinCard},
};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::win_support::{LOST, Past, SECOND, WON, create, score};

async fn person(store: &Store, email: &str) -> TenantStore {
    let member = MemberToBe {
        email,
        name: "Somebody",
        role: "sales",
        password: None,
    };
    store.ensure_member("acme", &member).await.unwrap();
    store.open(&store.operate("acme", Some(email)).await.unwrap().unwrap())
}

async fn deal(past: &Past, name: &str, owner: Uuid) -> Uuid {
    let draft = Draft::new(&OPPORTUNITY)
        .with("name", name)
        .with("owner_id", Value::Id(owner))
        .with("type", "renewal")
        .with("lead_source", "Referral")
        .with("competitor", "Rival")
        .with("amount", Value::Money(Money::new(Decimal::from(4_000), "EUR")))
        .with("currency", "EUR")
        .with(
            "close_date",
            (past.tenant.clock().now() + TimeDelta::days(40)).date_naive(),
        );
    create(&past.tenant, draft).await
}

/// A colleague who won twelve deals, where others lost twelve; and an open one of theirs, which is shared with a rep.
async fn shared() -> (Past, TenantStore, Uuid) {
    let past = Past::new().await;
    let rep = person(&past.store, "rep@acme.test").await;
    let colleague = person(&past.store, "colleague@acme.test").await;
    let colleague = colleague.grant().actor().id();
    let other = past.tenant.grant().actor().id();
    for n in 0..24 {
        let wins = n % 2 == 0;
        let ended = deal(&past, &format!("Past {n}"), if wins { colleague } else { other }).await;
        past.days(1);
        past.stage(ended, SECOND).await;
        past.days(3);
        past.stage(ended, if wins { WON } else { LOST }).await;
    }
    let open = deal(&past, "Shared", colleague).await;
    past.days(2);
    past.stage(open, SECOND).await;
    past.days(1);
    let mut tx = past.tenant.begin().await.unwrap();
    let sales = tx.roles().by_name("sales").await.unwrap().unwrap();
    let rule = NewSharingRule {
        name: "one deal".to_owned(),
        object: "opportunity".to_owned(),
        criteria: vec![Condition::new("name", Op::Eq, "Shared")],
        role_id: sales.id,
        access: ShareAccess::Read,
    };
    let rule = tx.sharing_rules().create(&rule).await.unwrap();
    tx.sharing_rules().refresh(rule.id).await.unwrap();
    tx.commit().await.unwrap();
    (past, rep, open)
}

/// What compares the deal with all others, in turn for it and against it, as it is kept with a score.
async fn compared(past: &Past, deal: Uuid) -> Vec<ScorePart> {
    let mut tx = past.tenant.predicting().begin().await.unwrap();
    let deals = tx.deal_histories(Which::All, None, 100).await.unwrap();
    drop(tx);
    let now = past.tenant.clock().now();
    let usual = UsualHistory::new(&deals, &[]).at(now);
    let at = deals.iter().find(|known| known.id() == deal).unwrap().at(now);
    let those = DEAL_FEATURES
        .iter()
        .filter(|feature| feature.compares_with().is_some());
    those
        .enumerate()
        .map(|(n, feature)| {
            let value = feature.value(&at, &usual);
            let evidence = feature.evidence(&at).into_iter();
            ScorePart {
                kind: PartKind::Feature,
                feature: Some(feature.name.to_owned()),
                log_odds: if n % 2 == 0 { 0.5 } else { -0.5 },
                value: shown(&value),
                sentence: Some(feature.sentence(&value, &at, &usual, Direction::Up)),
                rests_on: feature.rests_on.iter().map(|&place| place.to_owned()).collect(),
                evidence: evidence
                    .map(|(object, id)| PartEvidence {
                        object: object.to_owned(),
                        id,
                    })
                    .collect(),
            }
        })
        .collect()
}

/// The parts as a reader is told them, and whether with all that they say.
async fn read(store: &TenantStore, parts: &[ScorePart]) -> Vec<(Reason, bool)> {
    let mut tx = store.begin().await.unwrap();
    let sight = Sight::of(&mut tx, parts).await.unwrap();
    parts
        .iter()
        .map(|part| (told(part, 0.3, &sight).unwrap(), sight.shows(part)))
        .collect()
}

fn has_figures(sentence: &str) -> bool {
    sentence.contains(|letter: char| letter.is_ascii_digit())
}

/// The sentence of a feature.
fn sentence<'p>(parts: &'p [ScorePart], feature: &str) -> &'p str {
    let part = parts.iter().find(|part| part.feature.as_deref() == Some(feature));
    part.and_then(|part| part.sentence.as_deref()).unwrap()
}

#[tokio::test]
async fn figures_over_all_deals_are_for_those_who_may_view_all_of_them() {
    let (past, rep, deal) = Box::pin(shared()).await;
    let parts = compared(&past, deal).await;
    assert!(sentence(&parts, "owner_record").ends_with(" more often than others (12 deals)."));
    let sentences = parts.iter().filter_map(|part| part.sentence.as_deref());
    assert!(sentences.filter(|sentence| has_figures(sentence)).count() >= 6);
    // A program of before did not keep that a part rests on all deals.
    let mut before = parts.clone();
    for part in &mut before {
        part.rests_on.retain(|place| !place.ends_with(ALL_RECORDS));
    }
    for parts in [&parts, &before] {
        let (whole, named) = (read(&past.tenant, parts).await, read(&rep, parts).await);
        for ((part, (whole, all)), (named, figures)) in parts.iter().zip(whole).zip(named) {
            assert_eq!(part.sentence.as_ref(), Some(&whole.sentence));
            assert!(all && !figures, "{named:?}");
            assert!(!named.hidden && named.feature == part.feature, "{named:?}");
            assert!(!has_figures(&named.sentence), "{named:?}");
            assert_eq!(
                (named.log_odds.to_bits(), named.records.len()),
                (whole.log_odds.to_bits(), whole.records.len())
            );
        }
    }
    let named: Vec<String> = read(&rep, &parts)
        .await
        .into_iter()
        .map(|(reason, _)| reason.sentence)
        .collect();
    for words in ["The owner's record.", "Type: renewal."] {
        let is_told = named.iter().any(|sentence| sentence == words);
        assert!(is_told, "{words}: {named:?}");
    }
    past.store.close().await;
}

#[tokio::test]
async fn a_card_and_what_moved_name_the_record_of_a_colleague_without_its_figures() {
    let (past, rep, deal) = Box::pin(shared()).await;
    let mut parts = compared(&past, deal).await;
    let mut log_odds = 0.0;
    for of_owner in [2.0, -2.0] {
        for part in &mut parts {
            if part.feature.as_deref() == Some("owner_record") {
                part.log_odds = of_owner;
            }
        }
        past.days(1);
        log_odds = score(&past.tenant, deal, parts.clone(), past.tenant.clock().now()).await;
    }
    let advisor = Advisor::new(Arc::new(Predictor::default()));
    let card = async |store: &TenantStore| -> WinCard {
        let card = advisor.card(store, None, deal, Parts::SCORE).await.unwrap();
        card.expect("a deal that the reader sees")
    };
    let record = sentence(&parts, "owner_record");
    assert!(has_figures(record), "{record}");
    for (store, strongest, moved) in [
        (&past.tenant, record, record),
        (&rep, "The owner's record.", "The owner's record changed."),
    ] {
        let card = card(store).await;
        let reasons = card.reasons.unwrap();
        assert!((reasons.sum() - log_odds).abs() < 1e-9, "{reasons:?}");
        assert_eq!(reasons.down[0].sentence, strongest);
        assert!(card.sentence.contains(strongest), "{}", card.sentence);
        let told = reasons.up.iter().chain(&reasons.down);
        let figures = told.filter(|reason| has_figures(&reason.sentence)).count();
        assert_eq!(figures == 0, strongest != record, "{reasons:?}");
        let last = card.moved.unwrap();
        assert!(last.sentence.ends_with(moved), "{}", last.sentence);
        let history = advisor.history(store, deal, None, 5).await.unwrap().unwrap();
        let last = history.items[0].moved.as_ref().unwrap();
        assert!(last.sentence.ends_with(moved), "{}", last.sentence);
        assert_eq!(last.feature.as_deref(), Some("owner_record"));
    }
    past.store.close().await;
}
