//! Folders that the server is not started on, each with a word on what to do.

use crm_store::cluster::{Cluster, ClusterConfig, ClusterError};

use super::Scratch;

/// The message with its causes, as a person would see it.
fn words(error: &ClusterError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

#[tokio::test]
async fn a_second_user_of_the_folder_is_told_who_has_it() {
    let scratch = Scratch::new();
    let cluster = scratch.start().await;
    let error = Cluster::start(scratch.config()).await.unwrap_err();
    assert!(matches!(error, ClusterError::InUse { .. }), "{error}");
    assert!(
        words(&error).contains(&format!("in use by process {}", std::process::id())),
        "{}",
        words(&error)
    );
    cluster.stop().await.unwrap();
    scratch.start().await.stop().await.unwrap();
}

#[tokio::test]
async fn data_of_another_major_version_names_the_upgrade() {
    let scratch = Scratch::new();
    scratch.start().await.stop().await.unwrap();
    std::fs::write(scratch.data().join("PG_VERSION"), "14\n").unwrap();

    let error = Cluster::start(scratch.config()).await.unwrap_err();
    assert!(
        matches!(error, ClusterError::OtherMajor { data: 14, .. }),
        "{error}"
    );
    let words = words(&error);
    assert!(
        words.contains("postgresql-14") && words.contains("pg_upgrade"),
        "{words}"
    );
}

#[tokio::test]
async fn a_folder_of_another_layout_names_the_version_that_wrote_it() {
    let scratch = Scratch::new();
    scratch.start().await.stop().await.unwrap();
    let path = scratch.0.join("cluster.json");
    let mut record: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    record["layout"] = 0.into();
    record["written_by"] = "0.0.7".into();
    std::fs::write(&path, record.to_string()).unwrap();

    let error = Cluster::start(scratch.config()).await.unwrap_err();
    assert!(
        matches!(
            error,
            ClusterError::OtherLayout {
                found: 0,
                expected: 1,
                ..
            }
        ),
        "{error}"
    );
    assert!(words(&error).contains("crm-ai 0.0.7"), "{}", words(&error));
}

#[tokio::test]
async fn a_lost_record_is_told_and_nothing_is_overwritten() {
    let scratch = Scratch::new();
    scratch.start().await.stop().await.unwrap();
    let record = scratch.0.join("cluster.json");
    let aside = scratch.0.join("cluster.json.aside");
    std::fs::rename(&record, &aside).unwrap();

    let error = Cluster::start(scratch.config()).await.unwrap_err();
    assert!(matches!(error, ClusterError::Damaged { .. }), "{error}");
    assert!(!record.exists());
    std::fs::rename(&aside, &record).unwrap();
    scratch.start().await.stop().await.unwrap();
}

#[tokio::test]
async fn no_server_programs_says_how_to_get_them() {
    let scratch = Scratch::new();
    let config = ClusterConfig {
        bin_dir: Some(scratch.0.join("nowhere")),
        ..scratch.config()
    };
    let error = Cluster::start(config).await.unwrap_err();
    assert!(matches!(error, ClusterError::NoServer { .. }), "{error}");
    assert!(words(&error).contains("scripts/setup.sh"), "{}", words(&error));
}
