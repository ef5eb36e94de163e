//! `POST /v1/imports`: a file as the body, streamed to the data folder; a job works on it.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use crm_store::import::NewImport;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{ImportView, form, upload::Upload};
use crate::{
    Problem, ProblemBody, ProblemKind,
    http::{
        auth::{Allowed, scopes},
        body::Query,
        idempotency::{Entered, Once},
    },
    imports::{mapping::Mapping, subject::Subject},
    state::AppState,
};

/// What the body is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// What the rows are, such as `contacts`; a form may say it instead.
    #[param(example = "contacts")]
    object: Option<String>,
    /// `salesforce`, `hubspot`, or the text of a mapping (YAML). Without one, columns are recognised by the names and
    /// labels of the fields.
    map: Option<String>,
    /// The name of the file, for people.
    #[param(max_length = 200)]
    file_name: Option<String>,
}

/// The fields of a form.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes the form, which is read as it comes")]
pub struct ImportForm {
    /// What the rows are, such as `contacts`.
    #[schema(example = "contacts")]
    object: String,
    /// `salesforce`, `hubspot`, or the text of a mapping (YAML).
    map: Option<String>,
    /// The name of the file, where it is not the part's own.
    file_name: Option<String>,
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Import a file
///
/// The body is the file as it is, of any size: CSV (`text/csv`), or one JSON object a line (`application/x-ndjson`); or a
/// form with the fields `object`, `file`, `map` and `file_name` (`multipart/form-data`), as browsers send it.
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
        (ImportForm = "multipart/form-data"),
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
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (asked, upload, ending) = if let Some(boundary) = form::boundary(content_type) {
        let form = form::read(&state, boundary?, body).await?;
        let (upload, ending) = form
            .upload
            .ok_or_else(|| Problem::field("/file", "is required: the file itself"))?;
        let asked = Asked::new(
            form.object.or(query.object).as_deref(),
            form.map.or(query.map),
            form.file_name.or(query.file_name).as_deref(),
            Where::Form,
        )?;
        asked.allow(&caller).await?;
        (asked, upload, ending)
    } else {
        let asked = Asked::new(
            query.object.as_deref(),
            query.map,
            query.file_name.as_deref(),
            Where::Query,
        )?;
        let ending = kind(content_type).ok_or_else(|| {
            Problem::new(
                ProblemKind::UnsupportedMedia,
                "send content-type: text/csv, application/x-ndjson or multipart/form-data",
            )
        })?;
        // Before a large body is read.
        asked.allow(&caller).await?;
        (
            asked,
            Upload::receive(&state, ending, body.into_data_stream()).await?,
            ending,
        )
    };
    let new = NewImport {
        object: asked.subject.name().to_owned(),
        file_name: asked.file_name.unwrap_or_else(|| format!("upload.{ending}")),
        file_hash: upload.hash.to_vec(),
        plan_hash: asked.mapping.digest(asked.subject.name()),
        mapping: asked.map,
        path: Some(upload.name.clone()),
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
        Entered::Before { resource, .. } => {
            let found = match resource {
                Some(id) => tx.imports().get(id).await?,
                None => None,
            };
            found.ok_or_else(|| Problem::not_found("import"))?
        }
    };
    Ok((StatusCode::ACCEPTED, Json(import.into())))
}

/// Where somebody said what the file is; errors point there.
#[derive(Clone, Copy)]
enum Where {
    Query,
    Form,
}

impl Where {
    fn pointer(self, field: &str) -> String {
        match self {
            Self::Query => format!("?{field}"),
            Self::Form => format!("/{field}"),
        }
    }
}

/// What the rows are and how they are read.
struct Asked {
    subject: Subject,
    mapping: Mapping,
    map: Option<String>,
    file_name: Option<String>,
}

impl Asked {
    fn new(
        object: Option<&str>,
        map: Option<String>,
        file_name: Option<&str>,
        place: Where,
    ) -> Result<Self, Problem> {
        let subject = object.and_then(Subject::named).ok_or_else(|| {
            Problem::field(
                place.pointer("object"),
                format!("must be one of {}", Subject::names().join(", ")),
            )
        })?;
        let mapping = Mapping::from_request(map.as_deref(), subject.name())
            .map_err(|error| Problem::field(place.pointer("map"), format!("{error:#}")))?;
        Ok(Self {
            subject,
            mapping,
            map,
            file_name: file_name.and_then(shown),
        })
    }

    /// Refuses who may not import such rows.
    async fn allow(&self, caller: &Allowed<scopes::ManageImports>) -> Result<(), Problem> {
        if let Subject::Records(object) = self.subject {
            let mut tx = caller.store().begin().await?;
            tx.imports().allow(object, &[]).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// What a type of content means for a file.
pub(super) fn kind(content_type: &str) -> Option<&'static str> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    match kind.to_ascii_lowercase().as_str() {
        "text/csv" | "application/csv" | "text/plain" => Some("csv"),
        "text/tab-separated-values" => Some("tsv"),
        "application/x-ndjson" | "application/jsonl" | "application/json-lines" => Some("jsonl"),
        _ => None,
    }
}

/// The name of a file as people are shown it: without folders and what cannot be printed. It is never a path of ours.
fn shown(said: &str) -> Option<String> {
    let last = said.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|char| !char.is_control()).take(200).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_name_leads_nowhere() {
        for (said, name) in [
            ("people.csv", Some("people.csv")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Users\\mara\\people.csv", Some("people.csv")),
            ("a\0b\n.csv", Some("ab.csv")),
            ("Übersicht 2026.csv", Some("Übersicht 2026.csv")),
            ("folder/", None),
            (" \0 ", None),
        ] {
            assert_eq!(shown(said).as_deref(), name, "{said:?}");
        }
        assert_eq!(shown(&"x".repeat(5_000)).unwrap().len(), 200);
    }
}
