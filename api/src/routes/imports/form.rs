//! A form as browsers send it: `multipart/form-data` with the file and what it is.

use axum::body::Body;
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::upload::Upload;
use crate::{Problem, ProblemKind, state::AppState};

/// Bytes of a field that is no file; a mapping is the longest.
const LONGEST: u64 = 256 * 1024;

/// What a form says.
#[derive(Default)]
pub(super) struct Form {
    pub(super) object: Option<String>,
    pub(super) map: Option<String>,
    pub(super) file_name: Option<String>,
    pub(super) upload: Option<(Upload, &'static str)>,
}

/// The boundary of a form; none when the body is another thing.
pub(super) fn boundary(content_type: &str) -> Option<Result<String, Problem>> {
    if !content_type
        .trim_start()
        .to_ascii_lowercase()
        .starts_with("multipart/form-data")
    {
        return None;
    }
    Some(multer::parse_boundary(content_type).map_err(|error| {
        Problem::new(
            ProblemKind::Malformed,
            "content-type names no boundary of the form",
        )
        .because(error)
    }))
}

/// Reads a form; its fields may come in any order, and the file goes to the disk as it comes.
pub(super) async fn read(state: &AppState, boundary: String, body: Body) -> Result<Form, Problem> {
    let limits = SizeLimit::new()
        .for_field("object", LONGEST)
        .for_field("map", LONGEST)
        .for_field("file_name", LONGEST);
    let constraints = Constraints::new()
        .allowed_fields(vec!["object", "map", "file_name", "file"])
        .size_limit(limits);
    let mut parts = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let mut form = Form::default();
    while let Some(field) = parts.next_field().await.map_err(bad)? {
        match field.name().unwrap_or_default() {
            "object" => form.object = Some(field.text().await.map_err(bad)?),
            "map" => form.map = Some(field.text().await.map_err(bad)?),
            "file_name" => form.file_name = Some(field.text().await.map_err(bad)?),
            _ if form.upload.is_some() => return Err(Problem::field("/file", "must be there once")),
            _ => {
                let ending = ending(&field)?;
                form.file_name = form.file_name.or_else(|| field.file_name().map(str::to_owned));
                form.upload = Some((Upload::receive(state, ending, field).await?, ending));
            }
        }
    }
    Ok(form)
}

/// What kind of file a part is: by its type, else by the end of its name, which is all that browsers know of many.
fn ending(field: &Field<'_>) -> Result<&'static str, Problem> {
    let kind = field
        .content_type()
        .map(|kind| kind.essence_str().to_ascii_lowercase());
    let by_kind = kind.as_deref().and_then(super::create::kind);
    let name = field.file_name().unwrap_or_default().to_ascii_lowercase();
    let by_name = match name.rsplit('.').next().unwrap_or_default() {
        "csv" | "txt" => Some("csv"),
        "tsv" => Some("tsv"),
        "jsonl" | "ndjson" => Some("jsonl"),
        _ => None,
    };
    by_name.or(by_kind).ok_or_else(|| {
        Problem::field(
            "/file",
            "must be CSV (.csv, .tsv) or JSON lines (.jsonl, .ndjson), by its type or its name",
        )
    })
}

/// What a form that cannot be read gets.
fn bad(error: multer::Error) -> Problem {
    match &error {
        multer::Error::UnknownField { field_name } => Problem::field(
            format!("/{}", field_name.as_deref().unwrap_or_default()),
            "is no field of this form: send object, file, and perhaps map and file_name",
        ),
        multer::Error::FieldSizeExceeded { limit, field_name } => Problem::field(
            format!("/{}", field_name.as_deref().unwrap_or_default()),
            format!("must have at most {limit} bytes"),
        ),
        _ => Problem::new(ProblemKind::Malformed, "the form is cut off or damaged").because(error),
    }
}
