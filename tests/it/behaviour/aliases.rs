//! A record that was merged answers to its external id still: an import or an upsert that says it means the winner.

use crm_store::{
    import::ImportRow,
    records::{Outcome, Row},
};

use super::*;

/// Two accounts of which one went into the other, and a third that went into the first one's loser.
async fn merged(world: &World) -> Record {
    let mut made = Vec::new();
    for id in ["keep", "gone", "long-gone"] {
        let body = json!({"name": format!("Acme {id}"), "external_id": id});
        made.push(world.create(&catalog::ACCOUNT, body).await);
    }
    for (winner, loser) in [(1, 2), (0, 1)] {
        let mut tx = world.admin.begin().await.unwrap();
        let chosen = Draft::new(&catalog::ACCOUNT);
        tx.merge_records(
            &catalog::ACCOUNT,
            made[winner].id,
            &[made[loser].id],
            chosen,
            None,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
    made.swap_remove(0)
}

fn row(line: i64, external_id: &str, phone: &str) -> ImportRow {
    ImportRow {
        line: line.try_into().unwrap(),
        external_id: external_id.to_owned(),
        draft: Draft::new(&catalog::ACCOUNT).with("description", phone),
        references: Vec::new(),
    }
}

async fn accounts(world: &World) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM accounts")
        .fetch_one(&world.owner)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_upsert_that_names_the_loser_finds_the_winner() {
    let world = World::new().await;
    let winner = merged(&world).await;
    let mut tx = world.admin.begin().await.unwrap();
    let named = |id: &str, said: &str| {
        Row::from(
            Draft::new(&catalog::ACCOUNT)
                .with("external_id", id)
                .with("description", said),
        )
    };
    let rows = vec![named("long-gone", "from the loser"), named("gone", "again")];
    let done = tx.records(&catalog::ACCOUNT).upsert(rows).await.unwrap();
    tx.commit().await.unwrap();
    let first = done[0].as_ref().unwrap();
    assert_eq!((first.outcome, first.record.id), (Outcome::Updated, winner.id));
    assert_eq!(first.record.text("external_id"), Some("keep"), "it keeps its own");
    assert_eq!(first.record.text("description"), Some("from the loser"));
    assert!(done[1].is_err(), "two rows of one call name one record");
    assert_eq!(accounts(&world).await, 3);
}

#[tokio::test]
async fn an_import_that_names_the_loser_finds_the_winner() {
    let world = World::new().await;
    let winner = merged(&world).await;
    let mut tx = world.admin.begin().await.unwrap();
    let report = tx
        .imports()
        .batch(&catalog::ACCOUNT, vec![row(1, "gone", "from the loser")])
        .await
        .unwrap();
    assert_eq!((report.updated, report.created, report.bad.len()), (1, 0, 0));
    // Its own row counts where both are there.
    let both = vec![
        row(1, "gone", "the loser's"),
        row(2, "keep", "its own"),
        row(3, "long-gone", "another's"),
    ];
    let report = tx.imports().batch(&catalog::ACCOUNT, both).await.unwrap();
    assert_eq!(
        (report.updated, report.unchanged, report.bad.len()),
        (1, 2, 0),
        "{report:?}"
    );
    let contact = ImportRow {
        line: 1,
        external_id: "c1".to_owned(),
        draft: Draft::new(&catalog::CONTACT).with("last_name", "Reed"),
        references: vec![(
            catalog::CONTACT.field("account_id").unwrap(),
            catalog::ACCOUNT.name,
            "long-gone".to_owned(),
        )],
    };
    let report = tx
        .imports()
        .batch(&catalog::CONTACT, vec![contact])
        .await
        .unwrap();
    assert_eq!((report.created, report.unresolved), (1, 0));
    tx.commit().await.unwrap();
    let now = world.get(&winner).await;
    assert_eq!(now.text("description"), Some("its own"));
    assert_eq!(now.text("external_id"), Some("keep"));
    let of: Uuid = sqlx::query_scalar("SELECT account_id FROM contacts")
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert_eq!(of, winner.id);
    assert_eq!(accounts(&world).await, 3);
}
