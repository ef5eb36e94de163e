//! What the objects of the service are, each declared once.
//!
//! Filters, sorting, imports, exports, field rules, the semantic layer and
//! the schemas of tools are derived from these declarations. A test compares
//! them with Postgres column by column, so that neither can run ahead.
//!
//! To add an object: a migration with its table, a file here with its
//! declaration, one line in [`OBJECTS`]. A table that is no object goes into
//! the test's list, with the reason.

mod answer;
mod article;
mod article_version;
mod conversation;
mod feedback;
mod field;
mod message;
mod run;

pub use answer::ANSWER;
pub use article::ARTICLE;
pub use article_version::ARTICLE_VERSION;
pub use conversation::CONVERSATION;
pub use feedback::FEEDBACK;
pub use field::{Field, FieldType};
pub use message::MESSAGE;
pub use run::RUN;

/// An object: a kind of record that people and programs work with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object {
    /// Its name in the API, one of them: `article`.
    pub name: &'static str,
    /// Its name in paths, many of them: `articles`.
    pub plural: &'static str,
    /// Its table in Postgres.
    pub table: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it is, for people and for models, one sentence.
    pub help: &'static str,
    /// What it holds.
    pub fields: &'static [Field],
    /// What it belongs to and what belongs to it.
    pub relations: &'static [Relation],
    /// Columns that nobody outside sees, with the reason. `tenant_id` is understood.
    pub internal: &'static [(&'static str, &'static str)],
}

/// A way from an object to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relation {
    /// Its name in the API.
    pub name: &'static str,
    /// The name of the other object; `user` is known without a declaration.
    pub target: &'static str,
    /// Which side holds the reference.
    pub by: Link,
}

/// Which side of a relation holds the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// This field of this object: it has one of the others at most.
    Field(&'static str),
    /// This field of the other object: it has many of the others.
    TheirField(&'static str),
}

/// Every object, by name.
pub const OBJECTS: &[&Object] = &[
    &ANSWER,
    &ARTICLE,
    &ARTICLE_VERSION,
    &CONVERSATION,
    &FEEDBACK,
    &MESSAGE,
    &RUN,
];

/// The object with this name in the API, one or many of them.
pub fn object(name: &str) -> Option<&'static Object> {
    OBJECTS
        .iter()
        .copied()
        .find(|object| object.name == name || object.plural == name)
}

impl Object {
    /// The field with this name in the API.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The names of the fields that lists can be sorted and filtered by.
    pub fn indexed(&self) -> impl Iterator<Item = &'static str> {
        self.fields
            .iter()
            .filter(|field| field.indexed)
            .map(|field| field.name)
    }
}
