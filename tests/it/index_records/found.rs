//! What records say leads to them, in every kind, and nothing that they no longer say.

use crm_rag::{Query, RagError, RecordKind, Retriever};
use crm_store::{StoreError, catalog, ids::VisitorId, records::Draft};
use crm_tests::knowledge::{article, write};
use serde_json::json;

use super::{World, about, case, conversation, create, ids, like, update};

#[tokio::test]
async fn each_kind_is_found_by_its_words_and_by_a_record_like_it() {
    let world = World::new().await;
    let acme = &world.acme;
    let printer = case(acme, "Printer on fire", "Smoke comes out of the paper tray.").await;
    let scanner = case(acme, "Scanner is smoking", "Smoke comes out of the scanner tray.").await;
    let login = case(acme, "Password lost", "Nobody can reset the account.").await;
    let mill = create(
        acme,
        &catalog::LEAD,
        json!({"last_name": "Weaver", "company": "Loom Mills", "industry": "Textile", "description": "Wants weaving machines for cotton."}),
    )
    .await;
    let other_mill = create(
        acme,
        &catalog::LEAD,
        json!({"last_name": "Baker", "company": "Cotton Works", "industry": "Textile", "description": "Asks for weaving machines."}),
    )
    .await;
    let bakery = create(
        acme,
        &catalog::LEAD,
        json!({"last_name": "Weaver", "company": "Crumbs", "industry": "Food", "description": "Needs ovens."}),
    )
    .await;
    let deal = create(
        acme,
        &catalog::OPPORTUNITY,
        json!({"name": "Loom Mills weaving line", "next_step": "Visit the factory", "description": "Twelve weaving machines."}),
    )
    .await;
    let other_deal = create(
        acme,
        &catalog::OPPORTUNITY,
        json!({"name": "Weaving machines for Cotton Works", "description": "Three weaving machines."}),
    )
    .await;
    let (_, said) = conversation(acme, &["Where is my parcel?", "The parcel was due on Monday."]).await;
    let (_, elsewhere) = conversation(acme, &["My parcel did not arrive on Monday."]).await;
    let worked = world.work().await;
    assert_eq!((worked.done, worked.failed), (11, 0));

    let found = world.find(acme, RecordKind::Case, "smoke from the tray").await;
    assert!(ids(&found)[..2].contains(&printer.id) && ids(&found)[..2].contains(&scanner.id));
    let found = world.like(acme, &printer).await;
    assert_eq!(ids(&found)[0], scanner.id, "{found:?}");
    assert!(!ids(&found).contains(&printer.id), "a record is not like itself");
    assert_eq!(found[0].title.as_deref(), Some("Scanner is smoking"));
    assert_eq!(found[0].record["status"], "new");
    assert_eq!(
        ids(&world.find(acme, RecordKind::Case, "reset the account").await)[0],
        login.id
    );

    let found = world.like(acme, &mill).await;
    assert_eq!(ids(&found)[0], other_mill.id);
    assert_eq!(ids(&found).len(), 2, "the bakery comes last: {}", bakery.id);
    // A name is no meaning: two Weavers are not alike, and nobody is found by their name.
    let mut tx = acme.begin().await.unwrap();
    let names = ["baker", "weaver"].map(str::to_owned);
    let counted = tx.terms().frequencies("lead", "en", &names).await.unwrap();
    assert!(counted.chunks > 0 && counted.df.is_empty(), "{counted:?}");
    tx.commit().await.unwrap();

    assert_eq!(ids(&world.like(acme, &deal).await)[0], other_deal.id);
    assert_eq!(
        ids(&world
            .find(acme, RecordKind::Opportunity, "visit the factory")
            .await)[0],
        deal.id
    );

    let found = world
        .ask(acme, &like(RecordKind::Message, said[1].uuid()))
        .await
        .unwrap();
    assert_eq!(
        ids(&found),
        [elsewhere[0].uuid()],
        "the rest of the conversation is no news"
    );
    assert!(found[0].record.contains_key("conversation_id"));
}

#[tokio::test]
async fn an_edit_shows_at_once_and_leaves_nothing_behind() {
    let world = World::new().await;
    let acme = &world.acme;
    let one = case(acme, "Delivery", "The parcel was delivered to the wrong address.").await;
    case(acme, "Password", "Reset the password of the account.").await;
    world.work().await;
    let before = world.find(acme, RecordKind::Case, "parcel wrong address").await;
    assert!(before[0].text.contains("wrong address"), "{before:?}");

    update(
        acme,
        &one,
        json!({"description": "The invoice has the wrong amount of taxes."}),
    )
    .await;
    // No job was done yet: Postgres decides what is quoted.
    let old = world.find(acme, RecordKind::Case, "parcel wrong address").await;
    assert!(old.iter().all(|hit| !hit.text.contains("parcel")), "{old:?}");
    let new = world.find(acme, RecordKind::Case, "delivery invoice taxes").await;
    assert_eq!(
        (new[0].id, new[0].text.contains("taxes")),
        (one.id, true),
        "{new:?}"
    );

    world.work().await;
    let new = world
        .find(acme, RecordKind::Case, "invoice with wrong taxes")
        .await;
    assert_eq!(new[0].id, one.id);
    let old = world.find(acme, RecordKind::Case, "parcel").await;
    assert!(old.iter().all(|hit| !hit.text.contains("parcel")));
    assert_eq!(
        world.passages(one.id).await,
        2,
        "head and description, no old passage"
    );
    let mut tx = acme.begin().await.unwrap();
    let counted = tx
        .terms()
        .frequencies("case", "en", &["parcel".to_owned()])
        .await
        .unwrap();
    assert!(counted.df.is_empty(), "old words are out of the counts");
}

#[tokio::test]
async fn a_change_of_other_fields_is_no_work() {
    let world = World::new().await;
    let one = case(&world.acme, "Delivery", "The parcel is late.").await;
    world.work().await;
    world.probe.asked();
    update(&world.acme, &one, json!({"priority": "urgent"})).await;
    assert_eq!(world.work().await.done, 0, "nothing that is read has changed");
    update(
        &world.acme,
        &one,
        json!({"description": "The parcel is very late."}),
    )
    .await;
    update(&world.acme, &one, json!({"description": "The parcel is late."})).await;
    assert_eq!(world.work().await.done, 1);
    assert_eq!(world.probe.asked(), (0, 0), "the same text is not embedded again");
}

#[tokio::test]
async fn what_is_deleted_merged_or_erased_leaves_and_what_is_restored_comes_back() {
    let world = World::new().await;
    let acme = &world.acme;
    let one = case(acme, "Delivery", "The parcel is late.").await;
    let lead = |company: &'static str| {
        create(
            acme,
            &catalog::LEAD,
            json!({"last_name": "Reed", "company": company, "description": "Wants looms."}),
        )
    };
    let (kept, lost) = (lead("Loom Mills").await, lead("Loom Mills Ltd").await);
    let (_, said) = conversation(acme, &["The parcel is late."]).await;
    world.work().await;

    let mut tx = acme.begin().await.unwrap();
    tx.records(&catalog::CASE).delete(one.id, None).await.unwrap();
    tx.merge_records(
        &catalog::LEAD,
        kept.id,
        &[lost.id],
        Draft::new(&catalog::LEAD),
        None,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    // Before the index hears of it.
    assert!(world.find(acme, RecordKind::Case, "parcel late").await.is_empty());
    assert_eq!(ids(&world.find(acme, RecordKind::Lead, "looms").await), [kept.id]);
    world.work().await;
    assert_eq!(
        (world.passages(one.id).await, world.passages(lost.id).await),
        (0, 0)
    );

    let mut tx = acme.begin().await.unwrap();
    tx.records(&catalog::CASE).restore(one.id).await.unwrap();
    tx.commit().await.unwrap();
    world.work().await;
    assert_eq!(
        ids(&world.find(acme, RecordKind::Case, "parcel late").await),
        [one.id]
    );

    sqlx::query("DELETE FROM messages WHERE id = $1")
        .bind(said[0].uuid())
        .execute(&world.owner)
        .await
        .unwrap();
    assert!(
        world
            .find(acme, RecordKind::Message, "parcel late")
            .await
            .is_empty()
    );
    let mut tx = acme.begin().await.unwrap();
    let key = format!("message:{}", said[0]);
    tx.jobs().enqueue_all("index_record", &[key]).await.unwrap();
    tx.commit().await.unwrap();
    world.work().await;
    assert_eq!(world.passages(said[0].uuid()).await, 0);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM term_stats WHERE kind = 'message'")
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert_eq!(left, 0, "a word that only an erased message had is forgotten");
}

#[tokio::test]
async fn records_do_not_move_articles_and_articles_stay_the_default() {
    let world = World::new().await;
    let acme = &world.acme;
    write(
        acme,
        &[
            article(
                "a",
                "Refunds",
                "You get a refund within thirty days of the payment.\n",
            ),
            article("b", "Payment", "Payment is due within thirty days.\n"),
        ],
    )
    .await;
    let indexer = world.knowledge.indexer();
    indexer.work(&world.store, "test", 16).await.unwrap();
    let question = Query {
        text: "refund of the payment".to_owned(),
        limit: 5,
        language: None,
    };
    let retriever = world.knowledge.retriever(acme.clone());
    let before = retriever.retrieve(&question).await.unwrap();
    assert_eq!(before.passages.len(), 2);

    for at in 0..30 {
        let text = format!("Refund of payment {at} was refused, the refund is late.");
        conversation(acme, &[&text]).await;
        case(acme, "Refund", &text).await;
    }
    world.work().await;
    assert_eq!(
        retriever.retrieve(&question).await.unwrap(),
        before,
        "neither what is found nor how it is scored"
    );

    let origin = "https://acme.example";
    let mut tx = acme.begin().await.unwrap();
    let site = tx.sites().create("Site", &[origin.to_owned()]).await.unwrap();
    tx.commit().await.unwrap();
    let grant = world
        .store
        .authenticate_visitor(&site.publishable_key, origin, VisitorId::new())
        .await
        .unwrap()
        .unwrap();
    let visitor = world.store.open(&grant);
    for kind in RecordKind::ALL {
        let refused = world.ask(&visitor, &about(kind, "refund")).await;
        assert!(
            matches!(refused, Err(RagError::Store(StoreError::Refused { .. }))),
            "{refused:?}"
        );
    }
    let mut tx = visitor.begin().await.unwrap();
    assert!(
        tx.terms().languages("case").await.unwrap().is_empty(),
        "not even how common a word is"
    );
    assert_eq!(tx.terms().languages("article").await.unwrap().len(), 1);
}

#[tokio::test]
async fn odd_texts_are_indexed_and_asked() {
    let world = World::new().await;
    let acme = &world.acme;
    let long = "The machine stops after twelve minutes and has to be cooled.\n\n".repeat(500);
    case(acme, "x", &long).await;
    case(acme, "👩‍👩‍👧", "---").await;
    case(acme, "Prüfstück <b>kaputt</b>'; DROP TABLE cases", "退款政策").await;
    create(acme, &catalog::LEAD, json!({"last_name": "Nobody"})).await;
    let worked = world.work().await;
    assert_eq!((worked.done, worked.failed), (4, 0));
    for text in ["", "  ", "?!", "refund\0", "退款", &"machine ".repeat(9_000)] {
        for kind in RecordKind::ALL {
            world.find(acme, kind, text).await;
        }
    }
    let found = world
        .find(acme, RecordKind::Case, "machine cooled twelve minutes")
        .await;
    assert_eq!(
        found.len(),
        found
            .iter()
            .map(|hit| hit.id)
            .collect::<std::collections::HashSet<_>>()
            .len()
    );
    assert_eq!(
        found[0].title.as_deref(),
        Some("x"),
        "a long record is there once"
    );
}
