//! From a row's columns to an article's fields.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, bail};
use crm_store::articles::{ArticleImport, ArticleStatus, Audience, MAX_BODY_BYTES};

use super::rows::Fields;

/// The fields that a row can fill.
const FIELDS: [&str; 6] = ["external_id", "title", "body", "language", "audience", "status"];

/// Which column fills which field; a field fills itself unless the map says otherwise.
#[derive(Debug, Default)]
pub(super) struct FieldMap(BTreeMap<String, String>);

impl FieldMap {
    pub(super) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = file else {
            return Ok(Self::default());
        };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the map {}", path.display()))?;
        let map: BTreeMap<String, String> = serde_json::from_str(&text)
            .with_context(|| format!("{} must be a JSON object from field to column", path.display()))?;
        if let Some(unknown) = map.keys().find(|field| !FIELDS.contains(&field.as_str())) {
            bail!(
                "{}: there is no field {unknown}; there are {}",
                path.display(),
                FIELDS.join(", ")
            );
        }
        Ok(Self(map))
    }

    fn column<'a>(&'a self, field: &'a str) -> &'a str {
        self.0.get(field).map_or(field, String::as_str)
    }

    /// The article of a row, or why it is none.
    pub(super) fn article(&self, fields: &Fields) -> Result<ArticleImport, String> {
        let get = |field: &str| {
            fields
                .get(self.column(field))
                .filter(|text| !text.trim().is_empty())
        };
        let need = |field: &str| {
            get(field)
                .cloned()
                .ok_or_else(|| format!("{} is missing", self.column(field)))
        };
        let body = need("body")?;
        if body.len() > MAX_BODY_BYTES {
            return Err(format!(
                "{} has {} bytes; at most {MAX_BODY_BYTES} fit",
                self.column("body"),
                body.len()
            ));
        }
        Ok(ArticleImport {
            external_id: need("external_id")?.trim().to_owned(),
            title: need("title")?.trim().to_owned(),
            body,
            language: get("language").map_or("en", |text| text.trim()).to_owned(),
            audience: match get("audience").map(|text| text.trim()) {
                None | Some("public") => Audience::Public,
                Some("internal") => Audience::Internal,
                Some(other) => return Err(format!("audience must be public or internal, not {other}")),
            },
            status: match get("status").map(|text| text.trim()) {
                None | Some("published") => ArticleStatus::Published,
                Some("draft") => ArticleStatus::Draft,
                Some("withdrawn") => ArticleStatus::Withdrawn,
                Some(other) => {
                    return Err(format!(
                        "status must be draft, published or withdrawn, not {other}"
                    ));
                }
            },
            owner_id: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(pairs: &[(&str, &str)]) -> Fields {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_mapped_column_fills_its_field() {
        let map = FieldMap(BTreeMap::from([("title".to_owned(), "Subject".to_owned())]));
        let article = map
            .article(&row(&[("external_id", "1"), ("Subject", "Hi"), ("body", "x")]))
            .unwrap();
        assert_eq!(
            (article.title.as_str(), article.status, article.audience),
            ("Hi", ArticleStatus::Published, Audience::Public)
        );
    }

    #[test]
    fn a_row_that_is_no_article_says_why() {
        let map = FieldMap::default();
        let reason = |pairs: &[(&str, &str)]| map.article(&row(pairs)).unwrap_err();
        assert_eq!(
            reason(&[("external_id", "1"), ("body", "x"), ("title", " ")]),
            "title is missing"
        );
        let full = [
            ("external_id", "1"),
            ("title", "t"),
            ("body", "x"),
            ("status", "new"),
        ];
        assert!(reason(&full).contains("status must be"));
        let long = "x".repeat(MAX_BODY_BYTES + 1);
        assert!(reason(&[("external_id", "1"), ("title", "t"), ("body", &long)]).contains("at most"));
    }
}
