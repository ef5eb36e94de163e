//! What can go wrong in an evaluation, by what the caller does next.

use std::path::PathBuf;

use crm_store::StoreError;

/// A failed evaluation. A case that was answered badly is not an error but a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A file of the project is wrong: mend it.
    #[error("{file}:{line}: {message}")]
    File {
        /// The file, below its folder.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// There is no such suite: choose another.
    #[error("there is no suite {name:?}; there are {known}, or give the path of a YAML file")]
    UnknownSuite {
        /// What was asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// A file cannot be read or written: check path and rights.
    #[error("cannot use {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The tenant that a case asks is not there: load the demo first.
    #[error("there is no tenant {slug}; `crm-ai demo` loads the demo companies")]
    NoTenant {
        /// The tenant's slug.
        slug: String,
    },
    /// Work was cut off because the program stops: run it again.
    #[error("the work was cut off")]
    Interrupted,
    /// A model could not be trained or asked.
    #[error("the models cannot be measured: {0}")]
    Broken(String),
    /// The store failed.
    #[error("the store failed during the evaluation")]
    Store(#[from] StoreError),
}

impl EvalError {
    pub(crate) fn file(file: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self::File {
            file: file.into(),
            line,
            message: message.into(),
        }
    }

    /// A YAML error with the place that the parser found, shifted by the lines above the YAML.
    pub(crate) fn yaml(file: &str, above: usize, error: &serde_norway::Error) -> Self {
        let line = error.location().map_or(1, |place| place.line());
        // The parser repeats the place at the end of its message.
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        Self::file(file, above + line, message)
    }
}
