//! The fields that leads and contacts share, being people.

use super::{Field, FieldType, Preset};

/// The given name.
pub(super) const FIRST_NAME: Field = Field::new("first_name", FieldType::Text, "First name")
    .optional()
    .sensitive()
    .writable()
    .searchable();

/// The family name.
pub(super) const LAST_NAME: Field = Field::new("last_name", FieldType::Text, "Last name")
    .optional()
    .indexed()
    .sensitive()
    .writable()
    .searchable();

/// How the person is addressed.
pub(super) const SALUTATION: Field = Field::new("salutation", FieldType::Text, "Salutation")
    .optional()
    .writable();

/// What the person is at work.
pub(super) const TITLE: Field = Field::new("title", FieldType::Text, "Title")
    .help("Of the job.")
    .optional()
    .writable();

/// The address of mail.
pub(super) const EMAIL: Field = Field::new("email", FieldType::Email, "E-mail")
    .help("In lower case.")
    .optional()
    .indexed()
    .sensitive()
    .searchable()
    .writable();

/// The first number to call, of organisations too.
pub(super) const PHONE: Field = Field::new("phone", FieldType::Phone, "Phone")
    .optional()
    .indexed()
    .sensitive()
    .writable()
    .searchable();

/// Whether the person has refused mail.
pub(super) const EMAIL_OPT_OUT: Field = Field::new("email_opt_out", FieldType::Boolean, "No e-mail")
    .help("The person does not want mail.")
    .preset(Preset::Boolean(false))
    .writable();

/// Whether the person has refused calls.
pub(super) const DO_NOT_CALL: Field = Field::new("do_not_call", FieldType::Boolean, "Do not call")
    .preset(Preset::Boolean(false))
    .writable();
