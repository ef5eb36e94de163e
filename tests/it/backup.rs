//! A backup is the whole database, and restores to the same.

use std::path::Path;

use crm_tests::harness::TestDb;
use serde_json::Value;

use crate::import_support::Desk;

async fn state(desk: &Desk) -> String {
    let users = desk.state("SELECT * FROM users").await;
    let tenants = desk.state("SELECT * FROM tenants").await;
    let imports = desk.state("SELECT * FROM imports").await;
    format!("{users}\n{tenants}\n{imports}\n{}", desk.everything().await)
}

async fn filled() -> Desk {
    let desk = Desk::new().await;
    let text = "external_id,last_name,description\n1,Lovelace,\"tab\there, line\nthere, \\N and \\\\ and ü🦀\"\n2,Hopper,\n";
    let ran = desk.import("contacts", &desk.file("c.csv", text), &[]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let articles = desk.file("a.csv", "external_id,title,body\n1,Returns,Within 30 days.\n");
    assert_eq!(desk.import("articles", &articles, &[]).await.code, 0);
    desk
}

/// The command on another database.
async fn restore(desk: &Desk, folder: &Path, more: &[&str]) -> crate::import_support::Ran {
    let mut arguments = vec!["restore", folder.to_str().unwrap(), "--json", "--no-index"];
    arguments.extend(more);
    desk.run(&arguments).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_restores_to_the_very_same_rows() {
    let desk = filled().await;
    let folder = desk.folder.join("backup");
    let made = desk.run(&["backup", folder.to_str().unwrap(), "--json"]).await;
    assert_eq!(made.code, 0, "{made:?}");
    assert!(made.json["rows"].as_u64().unwrap() > 20);
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["schema"], crm_store::Store::expected_schema());
    let again = desk.run(&["backup", folder.to_str().unwrap(), "--json"]).await;
    assert!(again.code == 1 && again.json["error"].as_str().unwrap().contains("is not empty"));

    // An empty database gets everything.
    let target = Desk::on(TestDb::new().await).await;
    let done = restore(&target, &folder, &[]).await;
    assert_eq!(done.code, 0, "{done:?}");
    let expected = state(&desk).await;
    assert!(state(&target).await == expected, "the restored rows differ");
    // It works: row-level security, triggers and keys are the database's own.
    let ran = target
        .import(
            "contacts",
            &target.file("c.csv", "external_id,last_name\n3,New\n"),
            &[],
        )
        .await;
    assert_eq!(ran.counts(), [1, 0, 0, 0], "{ran:?}");

    // One with data keeps it unless it is said that it may go.
    let refused = restore(&target, &folder, &[]).await;
    assert!(
        refused.code == 1 && refused.json["error"].as_str().unwrap().contains("--force"),
        "{refused:?}"
    );
    let forced = restore(&target, &folder, &["--force"]).await;
    assert_eq!(forced.code, 0, "{forced:?}");
    assert!(state(&target).await == expected);

    // A file that was changed restores nothing.
    let file = folder.join("contacts.copy");
    let text = std::fs::read_to_string(&file)
        .unwrap()
        .replace("Lovelace", "Lovelack");
    std::fs::write(&file, text).unwrap();
    let damaged = restore(&target, &folder, &["--force"]).await;
    assert!(
        damaged.code == 1
            && damaged.json["error"]
                .as_str()
                .unwrap()
                .contains("SHA-256 differs"),
        "{damaged:?}"
    );
    assert!(state(&target).await == expected);
    std::fs::remove_file(folder.join("manifest.json")).unwrap();
    let half = restore(&target, &folder, &["--force"]).await;
    assert!(half.json["error"].as_str().unwrap().contains("no whole backup"));
}

#[tokio::test]
async fn after_a_restore_the_vectors_are_built_from_postgres() {
    use crm_rag::{Query, Retriever};
    use crm_tests::knowledge::{Folder, article, knowledge, write};

    let desk = Desk::new().await;
    write(
        &desk.tenant().await,
        &[article("1", "Refunds", "You get a refund within thirty days.")],
    )
    .await;
    let backup = desk.folder.join("backup");
    crm_store::backup::backup(&desk.db.owner_url(), &backup, chrono::DateTime::UNIX_EPOCH)
        .await
        .unwrap();
    let target = TestDb::new().await;
    crm_store::backup::restore(&target.owner_url(), &backup, false)
        .await
        .unwrap();

    let folder = Folder::new();
    let knowledge = knowledge(&folder).await;
    let store = target.store().await;
    let tenant = store.open(&store.operate("acme", None).await.unwrap().unwrap());
    let built = knowledge.indexer().rebuild(&tenant).await.unwrap();
    assert_eq!(built.articles, 1);
    let query = Query {
        text: "refund days".to_owned(),
        limit: 3,
        language: None,
    };
    let found = knowledge.retriever(tenant).retrieve(&query).await.unwrap();
    assert_eq!(
        found.passages.first().map(|passage| passage.title.as_str()),
        Some("Refunds")
    );
}
