//! The object `duplicate_rule`.

use super::{Field, FieldType, Kind, Object, Preset, Rules, SeenBy};

/// When two records of an object count as the same one.
pub const DUPLICATE_RULE: Object = Object {
    name: "duplicate_rule", plural: "duplicate_rules", table: "duplicate_rules", label: "Duplicate rule", help: "When two records of an object count as the same one.",
    fields: &[Field::new("id", FieldType::Id, "Id").indexed(), Field::new("external_id", FieldType::Text, "External id").help("The id in the system that the record comes from.").optional().indexed().writable(), Field::new("name", FieldType::Text, "Name").indexed().writable(), Field::new("object", FieldType::Enum(&["lead", "contact", "account"]), "Object").indexed().writable(), Field::new("criteria", FieldType::Json, "Criteria").help("A list of words that must all agree, out of email, phone, name, company, account and domain.").writable(), Field::new("action", FieldType::Enum(&["report", "block"]), "Action").help("Whether a new duplicate is only reported or refused.").preset(Preset::Text("report")).writable(), Field::new("is_active", FieldType::Boolean, "Active").preset(Preset::Boolean(true)).writable(), Field::new("custom", FieldType::Json, "Custom fields").help("The fields that the tenant added.").preset(Preset::EmptyObject).writable(), Field::new("version", FieldType::BigInteger, "Revision").help("Counts the changes; the ETag.").preset(Preset::Integer(1)), Field::new("created_at", FieldType::Time, "Created").indexed(), Field::new("updated_at", FieldType::Time, "Changed").indexed(), Field::new("deleted_at", FieldType::Time, "Deleted").help("A deleted record can be restored.").optional().indexed()],
    relations: &[],
    internal: &[],
    kind: Kind::Record(Rules { seen_by: SeenBy::Tenant, title: "name", standard: true, served: true }),
};
