//! What most objects have in common, declared once.
//!
//! The order of fields is each object's own, so that its file reads as its table does.

use super::{Field, FieldType, Preset, Relation};

/// The record's own id.
pub(super) const ID: Field = Field::new("id", FieldType::Id, "Id").indexed();

/// The record's id in another system, unique within the tenant and the object.
pub(super) const EXTERNAL_ID: Field = Field::new("external_id", FieldType::Text, "External id")
    .help("The id in the system that the record comes from.")
    .optional()
    .indexed()
    .writable();

/// The member whose record it is; those who assign records keep its history as well.
pub(super) const OWNER_ID: Field = Field::new("owner_id", FieldType::Id, "Owner")
    .help("Whose record it is; nobody's waits for everyone who may read the object.")
    .optional()
    .indexed()
    .writable();

/// The way to the member whose record it is.
pub(super) const OWNER: Relation = Relation::one("owner", "user", "owner_id");

/// When somebody last did something about it.
pub(super) const LAST_ACTIVITY_AT: Field = Field::new("last_activity_at", FieldType::Time, "Last activity")
    .optional()
    .indexed();

/// The values of the tenant's own fields.
pub(super) const CUSTOM: Field = Field::new("custom", FieldType::Json, "Custom fields")
    .help("The fields that the tenant added.")
    .preset(Preset::EmptyObject)
    .writable();

/// The number of its changes.
pub(super) const VERSION: Field = Field::new("version", FieldType::BigInteger, "Revision")
    .help("Counts the changes; the ETag.")
    .preset(Preset::Integer(1));

/// When it was made.
pub(super) const CREATED_AT: Field = Field::new("created_at", FieldType::Time, "Created").indexed();

/// When it last changed.
pub(super) const UPDATED_AT: Field = Field::new("updated_at", FieldType::Time, "Changed").indexed();

/// When it was deleted, if it was.
pub(super) const DELETED_AT: Field = Field::new("deleted_at", FieldType::Time, "Deleted")
    .help("A deleted record can be restored.")
    .optional()
    .indexed();
