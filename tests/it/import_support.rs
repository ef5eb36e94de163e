//! The program as a process, on a database of its own, with files to import.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use crm_store::TenantStore;
use crm_tests::harness::TestDb;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgPool};

/// A tenant `acme`, and a folder for files.
pub(crate) struct Desk {
    pub(crate) db: TestDb,
    pub(crate) owner: PgPool,
    pub(crate) folder: PathBuf,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) json: Value,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let db = TestDb::new().await;
        db.tenant("acme").await;
        Self::on(db).await
    }

    /// On a database that has the tenant, or will have it.
    pub(crate) async fn on(db: TestDb) -> Self {
        let folder = std::env::temp_dir().join(format!("crm-ai-import-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        let owner = db.owner().await;
        Self { db, owner, folder }
    }

    /// The tenant as its first member.
    pub(crate) async fn tenant(&self) -> TenantStore {
        let store = self.db.store().await;
        let grant = store.operate("acme", Some("admin@acme.test")).await.unwrap();
        store.open(&grant.unwrap())
    }

    /// Writes a file.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cli"));
        command
            .args(arguments)
            .env("DATABASE_URL", self.db.login_url())
            .env("CRM_AI__DATABASE__ADMIN_URL", self.db.owner_url())
            .env("DATA_DIR", self.folder.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end; `json` is what it prints with `--json`.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        let output: Output = tokio::task::spawn_blocking(move || command.output())
            .await
            .unwrap()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            json: serde_json::from_str(&stdout).unwrap_or(Value::Null),
            stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// `import OBJECT FILE --tenant acme --json` and more.
    pub(crate) async fn import(&self, object: &str, file: &Path, more: &[&str]) -> Ran {
        let mut arguments = vec![
            "import",
            object,
            file.to_str().unwrap(),
            "--tenant",
            "acme",
            "--json",
        ];
        arguments.extend(more);
        self.run(&arguments).await
    }

    /// Starts a command that the test kills.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// One text for everything that a query finds.
    pub(crate) async fn state(&self, query: &str) -> String {
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT q::text FROM ({query}) q ORDER BY 1"
        )))
        .fetch_all(&self.owner)
        .await
        .unwrap();
        rows.join("\n")
    }

    pub(crate) async fn count(&self, query: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {query}")))
            .fetch_one(&self.owner)
            .await
            .unwrap()
    }

    /// Every row of every table that an import could write to, but imports themselves.
    pub(crate) async fn everything(&self) -> String {
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' \
               AND c.relname NOT IN ('imports', 'import_errors') ORDER BY 1",
        )
        .fetch_all(&self.owner)
        .await
        .unwrap();
        let mut all = String::new();
        for table in tables {
            let rows = self.state(&format!("SELECT * FROM {table}")).await;
            let _ = writeln!(all, "{table}\n{rows}");
        }
        all
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Ran {
    /// The reason of the bad row on a line.
    pub(crate) fn reason(&self, line: u64) -> &str {
        let errors = self.json["errors"].as_array().unwrap();
        let error = errors.iter().find(|error| error["line"] == line);
        error.map_or("", |error| error["reason"].as_str().unwrap())
    }

    /// Created, updated, unchanged, bad.
    pub(crate) fn counts(&self) -> [i64; 4] {
        ["created", "updated", "unchanged", "bad"].map(|name| self.json[name].as_i64().unwrap_or(-1))
    }
}
