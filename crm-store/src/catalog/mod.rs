//! What the objects of the service are, each declared once.
//!
//! Filters, sorting, imports, exports, field rules, the semantic layer and
//! the schemas of tools are derived from these declarations. A test compares
//! them with Postgres column by column, so that neither can run ahead.
//!
//! To add an object: a migration with its table, a file here with its
//! declaration (`standard` has the fields that every record has), one line in
//! [`OBJECTS`]. A table that is no object goes into the test's list, with the
//! reason.

mod account;
mod account_contact_role;
mod activity;
mod address;
mod answer;
mod article;
mod article_version;
mod campaign;
mod campaign_member;
mod case;
mod case_event;
mod consent;
mod contact;
mod contract;
mod conversation;
mod duplicate_rule;
mod engagement_event;
mod exchange_rate;
mod feedback;
mod field;
mod field_change;
mod lead;
mod ledger_entry;
mod message;
mod opportunity;
mod opportunity_contact_role;
mod payment;
mod person;
mod pipeline_stage;
mod pricebook;
mod pricebook_entry;
mod product;
mod queue;
mod queue_member;
mod quota;
mod quote;
mod quote_line;
mod run;
mod sla_policy;
mod standard;

pub use account::ACCOUNT;
pub use account_contact_role::ACCOUNT_CONTACT_ROLE;
pub use activity::ACTIVITY;
pub use answer::ANSWER;
pub use article::ARTICLE;
pub use article_version::ARTICLE_VERSION;
pub use campaign::CAMPAIGN;
pub use campaign_member::CAMPAIGN_MEMBER;
pub use case::CASE;
pub use case_event::CASE_EVENT;
pub use consent::CONSENT;
pub use contact::CONTACT;
pub use contract::CONTRACT;
pub use conversation::CONVERSATION;
pub use duplicate_rule::DUPLICATE_RULE;
pub use engagement_event::ENGAGEMENT_EVENT;
pub use exchange_rate::EXCHANGE_RATE;
pub use feedback::FEEDBACK;
pub use field::{Field, FieldType, Preset};
pub use field_change::FIELD_CHANGE;
pub use lead::LEAD;
pub use ledger_entry::LEDGER_ENTRY;
pub use message::MESSAGE;
pub use opportunity::OPPORTUNITY;
pub use opportunity_contact_role::OPPORTUNITY_CONTACT_ROLE;
pub use payment::PAYMENT;
pub use pipeline_stage::PIPELINE_STAGE;
pub use pricebook::PRICEBOOK;
pub use pricebook_entry::PRICEBOOK_ENTRY;
pub use product::PRODUCT;
pub use queue::QUEUE;
pub use queue_member::QUEUE_MEMBER;
pub use quota::QUOTA;
pub use quote::QUOTE;
pub use quote_line::QUOTE_LINE;
pub use run::RUN;
pub use sla_policy::SLA_POLICY;

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
    /// Who sees a record; the table's policies say the same (`migrations/0010_access.sql`).
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

impl Relation {
    /// To the one record that this field of the object names.
    const fn one(name: &'static str, target: &'static str, field: &'static str) -> Self {
        Self {
            name,
            target,
            by: Link::Field(field),
        }
    }

    /// To the many records whose field of this name names the object's record.
    const fn many(name: &'static str, target: &'static str, their_field: &'static str) -> Self {
        Self {
            name,
            target,
            by: Link::TheirField(their_field),
        }
    }
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
    &ACCOUNT,
    &ACCOUNT_CONTACT_ROLE,
    &ACTIVITY,
    &ANSWER,
    &ARTICLE,
    &ARTICLE_VERSION,
    &CAMPAIGN,
    &CAMPAIGN_MEMBER,
    &CASE,
    &CASE_EVENT,
    &CONSENT,
    &CONTACT,
    &CONTRACT,
    &CONVERSATION,
    &DUPLICATE_RULE,
    &ENGAGEMENT_EVENT,
    &EXCHANGE_RATE,
    &FEEDBACK,
    &FIELD_CHANGE,
    &LEAD,
    &LEDGER_ENTRY,
    &MESSAGE,
    &OPPORTUNITY,
    &OPPORTUNITY_CONTACT_ROLE,
    &PAYMENT,
    &PIPELINE_STAGE,
    &PRICEBOOK,
    &PRICEBOOK_ENTRY,
    &PRODUCT,
    &QUEUE,
    &QUEUE_MEMBER,
    &QUOTA,
    &QUOTE,
    &QUOTE_LINE,
    &RUN,
    &SLA_POLICY,
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
        standard::ID,
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
