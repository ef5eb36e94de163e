//! The object `article_version`.

use super::{Field, FieldType, Kind, Object, Relation, standard};
use crate::{
    articles::{Audience, VersionStatus},
    catalog::run::ACTOR_KINDS,
};

/// One version of a knowledge article.
pub const ARTICLE_VERSION: Object = Object {
    name: "article_version",
    plural: "article_versions",
    table: "article_versions",
    label: "Article version",
    help: "A text that an article had or has; once published it never changes.",
    fields: &[
        standard::ID,
        Field::new("article_id", FieldType::Id, "Article").indexed(),
        Field::new("number", FieldType::Integer, "Number").help("Counts from 1 within the article."),
        Field::new("title", FieldType::Text, "Title").searchable(),
        Field::new("body", FieldType::LongText, "Text")
            .help("Markdown.")
            .searchable()
            .writable(),
        Field::new("language", FieldType::Text, "Language").help("ISO 639 code."),
        Field::new("audience", FieldType::Enum(Audience::WORDS), "Audience"),
        Field::new("status", FieldType::Enum(VersionStatus::WORDS), "Status"),
        Field::new("created_by_kind", FieldType::Enum(ACTOR_KINDS), "Written by a"),
        Field::new("created_by_id", FieldType::Id, "Written by"),
        Field::new("created_at", FieldType::Time, "Begun"),
        Field::new("updated_at", FieldType::Time, "Changed"),
        Field::new("published_at", FieldType::Time, "Published").optional(),
    ],
    relations: &[Relation::one("article", "article", "article_id")],
    internal: &[("content_hash", "compares the text with what the index has")],
    kind: Kind::Special,
};
