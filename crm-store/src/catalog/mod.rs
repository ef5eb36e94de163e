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
pub use field::{Field, FieldType, Preset};
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
    /// How its records are read and written.
    pub kind: Kind,
}

/// How the records of an object are read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Through code of its own: articles with their versions, runs with their log.
    Special,
    /// Through [`crate::records`], by the rules that this declares.
    Record(Rules),
}

/// What holds for the records of an object that is read and written through [`crate::records`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Who sees a record; the table's policies say the same (migrations/0010_access.sql).
    pub seen_by: SeenBy,
    /// The field that names a record for people, such as `name` or `subject`.
    pub title: &'static str,
    /// Whether records carry `external_id` and `custom`, can be imported, exported, deleted and restored.
    pub standard: bool,
    /// Whether `/v1/{plural}` serves it; the rest is served inside another object or by routes of its own.
    pub served: bool,
}

/// Who sees a record of an object, beside those who may view all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenBy {
    /// Its owner, those above, and whom a sharing rule opens it to (`protect_owned_table`).
    Owner,
    /// Who sees the record that this field names (`protect_child_table`): the field and the object.
    Parent(&'static str, &'static str),
    /// Who sees one of the records that it is about, or owns it (activities).
    Related,
    /// Everyone who may read the object (`protect_common_table`).
    Tenant,
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

/// A member as an included record shows it; people have no routes of their own and are no object.
pub const USER: Object = Object {
    name: "user",
    plural: "users",
    table: "users",
    label: "User",
    help: "A person of the tenant.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("email", FieldType::Email, "E-mail"),
        Field::new("name", FieldType::Text, "Name"),
    ],
    relations: &[],
    internal: &[],
    kind: Kind::Special,
};

impl Object {
    /// The relation with this name in the API.
    pub fn relation(&self, name: &str) -> Option<&'static Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }

    /// The rules of an object that is read and written through [`crate::records`].
    pub const fn rules(&self) -> Option<&Rules> {
        match &self.kind {
            Kind::Record(rules) => Some(rules),
            Kind::Special => None,
        }
    }

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
