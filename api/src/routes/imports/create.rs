//! `POST /v1/imports`: a file as the body, streamed to the data folder; a job works on it.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use crm_store::import::NewImport;
use futures::StreamExt;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use utoipa::IntoParams;
use uuid::Uuid;

use super::ImportView;
use crate::{
    Problem, ProblemBody, ProblemKind,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        idempotency::{Entered, Once},
    },
    imports::{UPLOADS, mapping::Mapping, subject::Subject},
    state::AppState,
};

/// What the body is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// What the rows are, such as `contacts`.
    #[param(example = "contacts")]
    object: String,
    /// `salesforce`, `hubspot`, or the text of a mapping (YAML). Without one, columns are recognised by the names and
    /// labels of the fields.
    map: Option<String>,
    /// The name of the file, for people.
    #[param(max_length = 200)]
    file_name: Option<String>,
}

/// Import a file
///
/// The body is the file as it is, of any size: CSV (`text/csv`), or one JSON object a line (`application/x-ndjson`).
/// Rows become records in the background; follow `GET /v1/imports/{id}`.
#[utoipa::path(
    post,
    path = "/v1/imports",
    operation_id = "create_import",
    tag = "administration",
    params(
        ImportQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for 24 hours"),
    ),
    request_body(content(
        (String = "text/csv", example = "external_id,last_name\n1,Lovelace\n"),
        (String = "application/x-ndjson"),
    )),
    responses(
        (status = 202, description = "A worker will read it", body = ImportView),
        (status = 400, description = "The body ended before it was complete", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The file is larger than http.upload_limit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Neither CSV nor JSON lines", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "No such object, or a mapping that cannot be used", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn handler(
    caller: Allowed<scopes::ManageImports>,
    once: Once,
    State(state): State<AppState>,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<ImportView>), Problem> {
    let Some(subject) = Subject::named(&query.object) else {
        return Err(Problem::field(
            "?object",
            format!("must be one of {}", Subject::names().join(", ")),
        ));
    };
    let mapping = Mapping::from_request(query.map.as_deref(), subject.name())
        .map_err(|error| Problem::field("?map", format!("{error:#}")))?;
    let ending = ending(&headers)?;
    if let Subject::Records(object) = subject {
        let mut tx = caller.store().begin().await?;
        tx.imports().allow(object, &[]).await?;
        tx.commit().await?;
    }
    let name = format!("{UPLOADS}/{}.{ending}", Uuid::now_v7());
    let upload = Upload::receive(&state, &name, body).await?;
    let new = NewImport {
        object: subject.name().to_owned(),
        file_name: query.file_name.unwrap_or_else(|| format!("upload.{ending}")),
        file_hash: upload.hash.to_vec(),
        plan_hash: mapping.digest(subject.name()),
        mapping: query.map,
        path: Some(name),
        bytes: upload.bytes,
    };
    let mut tx = caller.store().begin().await?;
    let import = match once.enter(&mut tx, &upload.hash).await? {
        Entered::First => {
            let import = tx.imports().enqueue(&new).await?;
            once.done(&mut tx, 202, Some(import.id)).await?;
            tx.commit().await?;
            upload.keep();
            import
        }
        Entered::Before { resource } => {
            let found = match resource {
                Some(id) => tx.imports().get(id).await?,
                None => None,
            };
            found.ok_or_else(|| Problem::not_found("import"))?
        }
    };
    Ok((StatusCode::ACCEPTED, Json(import.into())))
}

fn ending(headers: &HeaderMap) -> Result<&'static str, Problem> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match kind.to_ascii_lowercase().as_str() {
        "text/csv" | "application/csv" | "text/plain" => Ok("csv"),
        "text/tab-separated-values" => Ok("tsv"),
        "application/x-ndjson" | "application/jsonl" | "application/json-lines" => Ok("jsonl"),
        _ => Err(Problem::new(
            ProblemKind::UnsupportedMedia,
            "send content-type: text/csv or application/x-ndjson",
        )),
    }
}

/// A file that was received; it is removed again unless an import keeps it.
struct Upload {
    path: std::path::PathBuf,
    bytes: u64,
    hash: [u8; 32],
    kept: bool,
}

impl Upload {
    async fn receive(state: &AppState, name: &str, body: Body) -> Result<Self, Problem> {
        let failed = |error: std::io::Error| {
            Problem::unavailable("the file cannot be stored: try again later").because(error)
        };
        let limit = state.config.http.upload_limit;
        let path = state.config.data.dir.join(name);
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await.map_err(failed)?;
        }
        let mut upload = Self {
            path,
            bytes: 0,
            hash: [0; 32],
            kept: false,
        };
        let mut file = tokio::fs::OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&upload.path)
            .await
            .map_err(failed)?;
        let (mut hash, mut stream) = (Sha256::new(), body.into_data_stream());
        while let Some(block) = stream.next().await {
            let block = block.map_err(|error| {
                Problem::new(ProblemKind::Malformed, "the body ended before it was complete").because(error)
            })?;
            upload.bytes += block.len() as u64;
            if upload.bytes > limit {
                return Err(Problem::new(
                    ProblemKind::TooLarge,
                    format!("the file may have at most {limit} bytes (http.upload_limit)"),
                )
                .fact("limit_bytes", limit));
            }
            hash.update(&block);
            file.write_all(&block).await.map_err(failed)?;
        }
        file.sync_all().await.map_err(failed)?;
        upload.hash = hash.finalize().into();
        Ok(upload)
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed is swept with the folder's old files.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
