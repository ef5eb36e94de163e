//! The columns of a file by their names.

use std::collections::BTreeMap;

use crm_store::catalog::{Object, USER};

use super::{
    mapping::Words,
    plan::{Fill, Source, Target, is_settable, plain, relation_of},
};

/// The columns of a file by name, whatever their case and blanks.
pub(super) struct Names<'h> {
    header: Option<&'h [String]>,
    places: BTreeMap<String, usize>,
}

impl<'h> Names<'h> {
    pub(super) fn new(header: Option<&'h [String]>) -> Self {
        let mut places = BTreeMap::new();
        for (place, name) in header.unwrap_or_default().iter().enumerate() {
            // Of two columns with one name the first counts.
            places.entry(plain(name)).or_insert(place);
        }
        Self { header, places }
    }

    pub(super) fn source(&self, columns: Option<&Words>) -> Option<Source> {
        let columns = columns?.list();
        if self.header.is_none() {
            return Some(Source::Members(columns));
        }
        let mut places: Vec<usize> = Vec::new();
        for place in columns.iter().filter_map(|name| self.places.get(&plain(name))) {
            if !places.contains(place) {
                places.push(*place);
            }
        }
        (!places.is_empty()).then_some(Source::Columns(places))
    }

    /// Fields that the file names as the catalogue or an export of ours does.
    pub(super) fn recognise(&self, object: &'static Object, fills: &[Fill]) -> Vec<(Target, Source)> {
        let mut found = Vec::new();
        let mut add = |target: Target, names: Vec<String>| {
            let known = fills.iter().any(|fill| fill.target == target);
            if !known && let Some(source) = self.source(Some(&Words::Several(names))) {
                found.push((target, source));
            }
        };
        add(
            Target::ExternalId,
            ["external_id", "External id", "id"].map(str::to_owned).to_vec(),
        );
        for field in object.fields.iter().filter(|field| is_settable(object, field)) {
            let relation = relation_of(object, field);
            match relation {
                Some((name, target)) => {
                    let by = if target == USER.name {
                        "email"
                    } else {
                        "external_id"
                    };
                    let names = vec![format!("{name}_{by}"), format!("{} {by}", field.label)];
                    add(Target::Reference(field, target), names);
                }
                None if field.name == "external_id" => {}
                None => add(
                    Target::Field(field),
                    vec![field.name.to_owned(), field.label.to_owned()],
                ),
            }
        }
        for name in self.header.unwrap_or_default() {
            if let Some(custom) = name.strip_prefix("custom.") {
                add(Target::Custom(custom.to_owned()), vec![name.clone()]);
            }
        }
        found
    }

    pub(super) fn ignored(&self, fills: &[Fill]) -> Vec<String> {
        let used: Vec<usize> = fills
            .iter()
            .filter_map(|fill| match &fill.source {
                Source::Columns(places) => Some(places.clone()),
                _ => None,
            })
            .flatten()
            .collect();
        self.header
            .unwrap_or_default()
            .iter()
            .enumerate()
            .filter(|(place, name)| !used.contains(place) && !name.is_empty())
            .map(|(_, name)| name.clone())
            .collect()
    }
}
