//! The only reader of the environment.

use std::collections::BTreeMap;

use figment::{
    Error, Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};

/// Prefix of variables that set one key each: `CRM_AI__SECTION__KEY`.
const PREFIX: &str = "CRM_AI__";

/// Variables that everyone expects, and the key that each of them sets.
const WELL_KNOWN: &[(&str, &str)] = &[
    ("PORT", "http.port"),
    ("DATA_DIR", "data.dir"),
    ("CRM_AI_CACHE", "data.cache_dir"),
    ("CRM_AI_POSTGRES_BIN", "database.postgres_bin"),
    ("DATABASE_URL", "database.url"),
    ("QDRANT_URL", "search.qdrant_url"),
];

/// The variables of a process, or of a test.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process.
    pub fn of_process() -> Self {
        // Names and values that are not Unicode cannot be keys of ours.
        let unicode = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self(unicode.collect())
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// One provider for each variable that sets a key, the well-known ones last.
    pub(super) fn providers(&self) -> Vec<Variable> {
        let prefixed = self.0.iter().filter_map(|(name, value)| {
            let key = name.strip_prefix(PREFIX)?.to_ascii_lowercase().replace("__", ".");
            Some(Variable {
                name: name.clone(),
                key,
                value: value.clone(),
            })
        });
        let known = WELL_KNOWN.iter().filter_map(|(name, key)| {
            let value = self.get(name)?.to_owned();
            Some(Variable {
                name: (*name).to_owned(),
                key: (*key).to_owned(),
                value,
            })
        });
        prefixed.chain(known).collect()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Environment {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(variables: I) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(
            variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }
}

/// One variable as a source of one key, so that an error can name it.
pub(super) struct Variable {
    name: String,
    key: String,
    value: String,
}

impl Provider for Variable {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("environment variable {}", self.name))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        // Numbers, booleans and arrays are read as such; all else is text.
        let Ok(value) = self.value.parse::<Value>();
        let nested = figment::util::nest(&self.key, value);
        Ok(Map::from([(
            Profile::Default,
            nested.into_dict().unwrap_or_default(),
        )]))
    }
}
