//! What of a record is found by its meaning: declared once for each object, as catalogue fields.
//!
//! A document has a head, of the short fields, and a section for each long field. No passage spans two sections, and
//! each section names the fields that it says something of, so that who may not see a field is not led to a record by
//! what stands in it.
//!
//! What only identifies a person stays out: names, addresses, numbers and streets of leads, and who wrote a message.
//! Two people are not alike because both are called Anna, and a vector outlives a careless log. What people wrote in
//! descriptions and messages is the meaning itself and stays in; erasing a record takes it out of the index.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    catalog::{self, FieldType, Object},
    records::Record,
};

/// What is indexed of an object.
#[derive(Debug, Clone, Copy)]
pub struct Texts {
    /// The object.
    pub object: &'static Object,
    /// The field that stands above every long text; none where a record has no name without a person in it.
    title: Option<&'static str>,
    /// The short fields that are read as one, the title among them; none where the long text is all there is.
    head: &'static [&'static str],
    /// The long fields.
    long: &'static [&'static str],
}

/// Every object whose records are indexed.
pub const TEXTS: &[Texts] = &[
    Texts {
        object: &catalog::CASE,
        title: Some("subject"),
        head: &["subject", "type", "reason"],
        long: &["description", "resolution"],
    },
    Texts {
        object: &catalog::LEAD,
        title: None,
        head: &["company", "title", "industry", "product_interest", "country"],
        long: &["description"],
    },
    Texts {
        object: &catalog::MESSAGE,
        title: Some("subject"),
        head: &[],
        long: &["body"],
    },
    Texts {
        object: &catalog::OPPORTUNITY,
        title: Some("name"),
        head: &["name", "type", "competitor", "closed_reason", "next_step"],
        long: &["description", "loss_notes"],
    },
];

/// What is indexed of the records of an object; `None` when they are not.
pub fn of(object: &str) -> Option<&'static Texts> {
    TEXTS.iter().find(|texts| texts.object.name == object)
}

/// A record as the index reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The record.
    pub id: Uuid,
    /// The ISO 639-1 code that the record says, if it does.
    pub language: Option<String>,
    /// What stands above every long text; may be empty.
    pub title: String,
    /// What is said, part by part; empty parts are left out.
    pub sections: Vec<Section>,
    /// SHA-256 of language, title and sections.
    pub hash: Vec<u8>,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// `head`, or the name of the long field.
    pub name: &'static str,
    /// The fields that passages of it say something of, the title's among them.
    pub fields: Vec<&'static str>,
    /// The text.
    pub text: String,
    /// Whether the title stands above it; the head has it already.
    pub titled: bool,
}

/// The name of the section of the short fields.
pub const HEAD: &str = "head";

impl Texts {
    /// The fields to read for a document.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        let titles = self.title.filter(|title| !self.head.contains(title));
        let language = self.object.field("language").map(|field| field.name);
        let texts = self.head.iter().chain(self.long).copied();
        ["id"].into_iter().chain(titles).chain(texts).chain(language)
    }

    /// Whether a change of this field changes what is indexed.
    pub fn reads(&self, field: &str) -> bool {
        field != "id" && self.fields().any(|name| name == field)
    }

    /// The document of a record that was read with at least [`Self::fields`].
    pub fn document(&self, record: &Record) -> Document {
        let language = record
            .text("language")
            .map(|code| code.split(['-', '_']).next().unwrap_or(code).to_ascii_lowercase());
        let title = self.title.map(|field| said(record, field)).unwrap_or_default();
        let mut sections = Vec::new();
        let head: Vec<(&'static str, String)> = self
            .head
            .iter()
            .map(|field| (*field, said(record, field)))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        if !head.is_empty() {
            let lines: Vec<&str> = head.iter().map(|(_, text)| text.as_str()).collect();
            sections.push(Section {
                name: HEAD,
                text: lines.join("\n"),
                fields: head.iter().map(|(field, _)| *field).collect(),
                titled: false,
            });
        }
        for field in self.long {
            let text = said(record, field);
            if !text.is_empty() {
                let above = self.title.filter(|_| !title.is_empty());
                sections.push(Section {
                    name: field,
                    fields: [*field].into_iter().chain(above).collect(),
                    text,
                    titled: above.is_some(),
                });
            }
        }
        let hash = hash(language.as_deref(), &title, &sections);
        Document {
            id: record.id,
            language,
            title,
            sections,
            hash,
        }
    }
}

/// The text of a field; the words of an enum as people write them.
fn said(record: &Record, field: &str) -> String {
    let text = record.text(field).unwrap_or_default().trim();
    match record.object.field(field).map(|field| field.kind) {
        Some(FieldType::Enum(_)) => text.replace('_', " "),
        _ if field == "type" => text.replace('_', " "),
        _ => text.to_owned(),
    }
}

fn hash(language: Option<&str>, title: &str, sections: &[Section]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    let mut part = |text: &str| {
        // With its length, so that no two documents run together into one text.
        hasher.update(text.len().to_le_bytes());
        hasher.update(text);
    };
    part(language.unwrap_or_default());
    part(title);
    for section in sections {
        part(section.name);
        part(&section.text);
    }
    hasher.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::records::Value;

    fn record(object: &'static Object, values: &[(&'static str, &str)]) -> Record {
        Record {
            object,
            id: Uuid::from_u128(7),
            version: 1,
            values: values
                .iter()
                .map(|(name, text)| (*name, Value::from((*text).to_owned())))
                .collect(),
            includes: BTreeMap::new(),
        }
    }

    #[test]
    fn every_field_is_one_of_the_catalogue_and_holds_text() {
        for texts in TEXTS {
            for name in texts.fields() {
                let field = texts.object.field(name);
                assert!(field.is_some(), "{}.{name}", texts.object.name);
            }
        }
    }

    #[test]
    fn nothing_that_only_identifies_a_person_is_read() {
        let texts = of("lead").unwrap();
        for field in [
            "name",
            "first_name",
            "last_name",
            "email",
            "phone",
            "mobile_phone",
            "street",
        ] {
            assert!(!texts.reads(field), "{field}");
        }
        let texts = of("case").unwrap();
        for field in ["supplied_name", "supplied_email", "supplied_phone"] {
            assert!(!texts.reads(field), "{field}");
        }
        let texts = of("message").unwrap();
        for field in ["sender_address", "recipient_address"] {
            assert!(!texts.reads(field), "{field}");
        }
    }

    #[test]
    fn sections_name_the_fields_that_they_are_made_of() {
        let case = record(
            &catalog::CASE,
            &[
                ("subject", "Printer on fire"),
                ("type", "field_problem"),
                ("description", " Smoke comes out. "),
                ("language", "de-AT"),
            ],
        );
        let document = of("case").unwrap().document(&case);
        let parts: Vec<_> = document
            .sections
            .iter()
            .map(|section| {
                (
                    section.name,
                    section.fields.clone(),
                    section.text.as_str(),
                    section.titled,
                )
            })
            .collect();
        assert_eq!(
            parts,
            [
                (
                    HEAD,
                    vec!["subject", "type"],
                    "Printer on fire\nfield problem",
                    false
                ),
                (
                    "description",
                    vec!["description", "subject"],
                    "Smoke comes out.",
                    true
                ),
            ]
        );
        assert_eq!(document.language.as_deref(), Some("de"));
    }

    #[test]
    fn the_hash_tells_texts_apart_and_nothing_else() {
        let of = |values: &[(&'static str, &str)]| {
            of("case").unwrap().document(&record(&catalog::CASE, values)).hash
        };
        let one = of(&[("subject", "a"), ("description", "b")]);
        assert_eq!(
            one,
            of(&[("subject", "a"), ("description", "b"), ("status", "closed")])
        );
        assert_ne!(one, of(&[("subject", "a"), ("resolution", "b")]));
        assert_ne!(one, of(&[("subject", "ab")]));
    }
}
