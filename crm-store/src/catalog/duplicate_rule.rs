//! The object `duplicate_rule`.

use super::{Field, FieldType, Kind, Object, Preset, Rules, SeenBy, standard};

/// When two records of an object count as the same one.
pub const DUPLICATE_RULE: Object = Object {
    name: "duplicate_rule",
    plural: "duplicate_rules",
    table: "duplicate_rules",
    label: "Duplicate rule",
    help: "When two records of an object count as the same one.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        Field::new("name", FieldType::Text, "Name").indexed().writable(),
        Field::new("object", FieldType::Enum(&["lead", "contact", "account"]), "Object")
            .indexed()
            .writable(),
        Field::new("criteria", FieldType::Json, "Criteria")
            .help(
                "A list of words that must all agree, out of email, phone, name, company, account and domain.",
            )
            .writable(),
        Field::new("action", FieldType::Enum(&["report", "block"]), "Action")
            .help("Whether a new duplicate is only reported or refused.")
            .preset(Preset::Text("report"))
            .writable(),
        Field::new("is_active", FieldType::Boolean, "Active")
            .preset(Preset::Boolean(true))
            .writable(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Tenant,
        title: "name",
        standard: true,
        served: true,
    }),
};
