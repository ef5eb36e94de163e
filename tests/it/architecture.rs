//! The shape of the workspace: who may use whom, what only one crate may
//! touch, and how large a file may grow.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Which workspace crates each crate may depend on directly.
const GRAPH: &[(&str, &[&str])] = &[
    ("crm-store", &[]),
    ("crm-prompts", &[]),
    ("crm-predict", &["crm-store"]),
    ("crm-rag", &["crm-store"]),
    ("crm-tools", &["crm-store", "crm-predict", "crm-rag"]),
    (
        "crm-agents",
        &["crm-store", "crm-predict", "crm-rag", "crm-tools", "crm-prompts"],
    ),
    (
        "crm-evals",
        &[
            "crm-store",
            "crm-predict",
            "crm-rag",
            "crm-tools",
            "crm-prompts",
            "crm-agents",
        ],
    ),
    (
        "crm-api",
        &[
            "crm-store",
            "crm-predict",
            "crm-rag",
            "crm-tools",
            "crm-agents",
            "crm-evals",
        ],
    ),
    (
        "crm-tests",
        &[
            "crm-store",
            "crm-predict",
            "crm-rag",
            "crm-tools",
            "crm-prompts",
            "crm-agents",
            "crm-evals",
            "crm-api",
        ],
    ),
];

/// Outside crates that only some of ours may name.
const ONLY_USED_BY: &[(&str, &[&str])] = &[
    ("sqlx", &["crm-store", "crm-tests"]),
    ("sqlx-core", &["crm-store"]),
    ("sea-query", &["crm-store", "crm-tests"]),
    ("sea-query-sqlx", &["crm-store", "crm-tests"]),
    ("qdrant-client", &["crm-rag"]),
    ("qdrant-edge", &["crm-rag"]),
    ("fastembed", &["crm-rag"]),
    ("ort", &["crm-rag"]),
    ("tokenizers", &["crm-rag"]),
    ("text-splitter", &["crm-rag"]),
    ("async-openai", &["crm-agents", "crm-rag"]),
    ("axum", &["crm-api", "crm-tests"]),
    ("tower-http", &["crm-api", "crm-tests"]),
    ("handlebars", &["crm-prompts"]),
    ("tiktoken-rs", &["crm-prompts"]),
    ("forust-ml", &["crm-predict"]),
    ("nalgebra", &["crm-predict"]),
];

/// This file, which names the guarded words.
const THIS_FILE: &str = "tests/it/architecture.rs";

/// Words that only some places may say, and why.
const ONLY_SAID_IN: &[(&str, &[&str], &str)] = &[
    (
        "TenantId",
        &["crm-store/", "rag/", "tests/"],
        "above crm-store and rag a Grant or a TenantStore carries the tenant",
    ),
    (
        ".operate(",
        &[
            "crm-store/",
            "rag/src/eval.rs",
            "api/src/commands/",
            "evals/src/",
            "tests/",
        ],
        "operator grants are for the command line and its scratch tenants, never for a request of a tenant",
    ),
    (
        "async_openai",
        &["agents/src/model/openai", "rag/src/embed/remote"],
        "only these know the provider's wire format",
    ),
    (
        "env::var",
        &["api/build.rs", "api/src/config/", "evals/build.rs", "tests/"],
        "configuration is read in one place",
    ),
    ("Utc::now", &["crm-store/src/clock.rs"], "time is a parameter"),
];

/// The most lines a source file may have, and from where it needs a reason.
const MAX_LINES: usize = 600;
const LINES_WITH_REASON: usize = 400;

/// Files between the two limits, each with the reason why it is one room.
const LONG_FILES: &[(&str, &str)] = &[
    (
        "migrations/0011_crm_people.sql",
        "the tables of people and organisations, which name each other; each is a list of columns and indexes",
    ),
    (
        "migrations/0012_crm_sales.sql",
        "the tables of what is sold, which name each other; each is a list of columns and indexes",
    ),
    (
        "predict/src/train/tests.rs",
        "what training promises, over deals drawn from one known truth",
    ),
    (
        "tests/it/access_policies/world.rs",
        "how rows for any table are made from its columns alone, with the values that policies look for",
    ),
    (
        "tests/it/http_login.rs",
        "the life of a session from login to reuse of an old token, each step resting on the one before",
    ),
    (
        "tests/it/http_members.rs",
        "every way in which somebody could give away more than they hold, over one cast of members",
    ),
    (
        "tests/it/model_failures.rs",
        "one test for each way in which a provider fails, read side by side",
    ),
    (
        "tests/it/rag_flow.rs",
        "the promises of retrieval over one pair of tenants, which all its tests share",
    ),
    (
        "tests/it/semantic_bad_input.rs",
        "one test for each kind of bad input that a question may bring, with the same readers of errors",
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// Direct dependencies of every workspace crate, of every kind.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    packages()
        .iter()
        .map(|package| {
            let names = package["dependencies"].as_array().unwrap().iter();
            let names = names.map(|dependency| dependency["name"].as_str().unwrap().to_owned());
            (package["name"].as_str().unwrap().to_owned(), names.collect())
        })
        .collect()
}

/// Source files that git would commit, with their text.
fn sources() -> Vec<(String, String)> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let files: Vec<_> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter(|path| {
            let ending = Path::new(path).extension().and_then(|ending| ending.to_str());
            matches!(ending, Some("rs" | "ts" | "tsx" | "sql" | "sh" | "py" | "hbs"))
        })
        .filter_map(|path| Some((path.to_owned(), std::fs::read_to_string(root().join(path)).ok()?)))
        .collect();
    assert!(files.len() > 50, "only {} source files found", files.len());
    files
}

#[test]
fn dependencies_point_one_way() {
    let found = dependencies();
    let ours: BTreeSet<_> = found.keys().cloned().collect();
    let listed: BTreeSet<_> = GRAPH.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(ours, listed, "every workspace crate has a line in GRAPH");
    for (name, allowed) in GRAPH {
        for used in found[*name].intersection(&ours) {
            assert!(
                allowed.contains(&used.as_str()),
                "{name} may not depend on {used}"
            );
        }
    }
}

#[test]
fn outside_crates_stay_in_their_place() {
    let found = dependencies();
    for (outside, users) in ONLY_USED_BY {
        for (name, used) in &found {
            assert!(
                !used.contains(*outside) || users.contains(&name.as_str()),
                "{name} may not use {outside}; only {users:?} may"
            );
        }
    }
}

#[test]
fn guarded_words_stay_in_their_place() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if path == THIS_FILE || Path::new(&path).extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_start();
            if line.starts_with("//") {
                continue;
            }
            for (word, places, reason) in ONLY_SAID_IN {
                if line.contains(word) && !places.iter().any(|place| path.starts_with(place)) {
                    wrong.push(format!("{path}:{}: `{word}`: {reason}", number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Two types of one name would be one schema in the document, and one of them described wrongly.
#[test]
fn no_two_schemas_have_one_name() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in sources() {
        if !path.starts_with("api/src/") && !path.starts_with("tools/src/") {
            continue;
        }
        let mut derived = false;
        for line in text.lines() {
            derived |= line.starts_with("#[derive(") && line.contains("ToSchema");
            let line = line.trim_start_matches("pub ");
            let name = ["struct ", "enum "]
                .iter()
                .find_map(|kind| line.strip_prefix(kind));
            if let Some(name) = name.filter(|_| std::mem::take(&mut derived)) {
                let name: String = name
                    .chars()
                    .take_while(|letter| letter.is_alphanumeric())
                    .collect();
                places.entry(name).or_default().push(path.clone());
            }
        }
    }
    assert!(places.len() > 50, "schemas are found");
    places.retain(|_, places| places.len() > 1);
    assert!(places.is_empty(), "{places:?}");
}

#[test]
fn files_stay_small() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        let reason = LONG_FILES.iter().any(|(file, _)| *file == path);
        if lines > MAX_LINES {
            wrong.push(format!("{path}: {lines} lines, {MAX_LINES} at the most"));
        } else if lines > LINES_WITH_REASON && !reason {
            wrong.push(format!(
                "{path}: {lines} lines; over {LINES_WITH_REASON} needs a reason in LONG_FILES"
            ));
        } else if lines <= LINES_WITH_REASON && reason {
            wrong.push(format!(
                "{path}: {lines} lines; its reason in LONG_FILES is no longer needed"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    for package in packages() {
        let manifest = package["manifest_path"].as_str().unwrap();
        let text = std::fs::read_to_string(manifest).unwrap();
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{manifest} must take the workspace lints"
        );
    }
}
