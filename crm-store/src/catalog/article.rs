//! The object `article`.

use super::{Field, FieldType, Kind, Object, Relation, standard};
use crate::articles::{ArticleStatus, Audience};

/// A knowledge article.
pub const ARTICLE: Object = Object {
    name: "article",
    plural: "articles",
    table: "articles",
    label: "Article",
    help: "A text of the knowledge base that answers may quote.",
    fields: &[
        standard::ID,
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the article comes from.")
            .optional()
            .indexed()
            .writable(),
        Field::new("title", FieldType::Text, "Title")
            .searchable()
            .writable(),
        Field::new("status", FieldType::Enum(ArticleStatus::WORDS), "Status")
            .help("Whether readers find it: a draft never yet, a withdrawn article no more.")
            .indexed(),
        Field::new("audience", FieldType::Enum(Audience::WORDS), "Audience")
            .help("Everyone, or the tenant's own people and programs only.")
            .writable(),
        Field::new("language", FieldType::Text, "Language")
            .help("ISO 639 code.")
            .writable(),
        Field::new("current_version_id", FieldType::Id, "Current version")
            .help("The version that readers get.")
            .optional(),
        Field::new("latest_number", FieldType::Integer, "Latest version")
            .help("The number of the latest version, which may be a draft."),
        Field::new("owner_id", FieldType::Id, "Owner")
            .help("Who looks after it.")
            .optional()
            .indexed()
            .writable(),
        Field::new("published_at", FieldType::Time, "Published").optional(),
        Field::new("withdrawn_at", FieldType::Time, "Withdrawn").optional(),
        Field::new("version", FieldType::BigInteger, "Revision").help("Counts the changes; the ETag."),
        Field::new("created_at", FieldType::Time, "Created"),
        standard::UPDATED_AT,
    ],
    relations: &[
        Relation::one("current_version", "article_version", "current_version_id"),
        Relation::many("versions", "article_version", "article_id"),
        standard::OWNER,
    ],
    internal: &[],
    kind: Kind::Special,
};
