//! The files of a local model and their checksums.

use std::path::{Path, PathBuf};

use fastembed::TokenizerFiles;
use sha2::{Digest, Sha256};

use crate::RagError;
use crate::embed::Languages;

/// Lists the model's files with their checksums; set-up writes it last.
const MANIFEST: &str = "SHA256SUMS";

/// How exactly the weights are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// 32-bit floating point.
    #[default]
    Full,
    /// 8-bit integers, scaled to each input.
    Int8,
}

impl Precision {
    const fn file(self) -> &'static str {
        match self {
            Self::Full => "model.onnx",
            Self::Int8 => "model_int8.onnx",
        }
    }
}

/// Where a local model is and what it can.
#[derive(Debug, Clone)]
pub struct LocalModel {
    /// The shared library of ONNX Runtime.
    pub runtime: PathBuf,
    /// The folder with the weights, the tokenizer's files and `SHA256SUMS`.
    pub folder: PathBuf,
    /// Which weights to take.
    pub precision: Precision,
    /// The languages the model understands.
    pub languages: Languages,
    /// How many tokens the model reads.
    pub max_tokens: usize,
    /// Threads for one batch; every core when `None`.
    pub threads: Option<usize>,
}

/// What [`LocalModel::read`] found.
pub(super) struct Files {
    pub(super) onnx: Vec<u8>,
    pub(super) tokenizer: TokenizerFiles,
    pub(super) hash: String,
}

impl LocalModel {
    /// all-MiniLM-L6-v2 in the cache folder that `scripts/setup.sh` fills.
    pub fn mini_lm(cache: &Path) -> Self {
        let library = if cfg!(target_os = "macos") {
            "libonnxruntime.dylib"
        } else {
            "libonnxruntime.so"
        };
        Self {
            runtime: cache.join("onnxruntime/1.31.1").join(library),
            folder: cache.join("models/all-MiniLM-L6-v2"),
            precision: Precision::Full,
            languages: Languages::Only(vec!["en".to_owned()]),
            max_tokens: 256,
            threads: None,
        }
    }

    pub(super) fn read(&self) -> Result<Files, RagError> {
        let manifest = self.folder.join(MANIFEST);
        let sums = std::fs::read_to_string(&manifest).map_err(|source| RagError::Setup {
            what: "the embedding model",
            path: manifest,
            source: Some(source.into()),
        })?;
        let (onnx, hash) = self.checked(&sums, self.precision.file())?;
        Ok(Files {
            onnx,
            hash,
            tokenizer: TokenizerFiles {
                tokenizer_file: self.checked(&sums, "tokenizer.json")?.0,
                config_file: self.checked(&sums, "config.json")?.0,
                special_tokens_map_file: self.checked(&sums, "special_tokens_map.json")?.0,
                tokenizer_config_file: self.checked(&sums, "tokenizer_config.json")?.0,
            },
        })
    }

    /// A file's bytes and checksum, when it is the file that set-up placed.
    fn checked(&self, sums: &str, name: &'static str) -> Result<(Vec<u8>, String), RagError> {
        let path = self.folder.join(name);
        let damaged = |source| RagError::Setup {
            what: name,
            path: path.clone(),
            source,
        };
        let wanted = sums
            .lines()
            .filter_map(|line| line.split_once("  "))
            .find_map(|(sum, file)| (file.trim() == name).then(|| sum.to_ascii_lowercase()))
            .ok_or_else(|| damaged(None))?;
        let bytes = std::fs::read(&path).map_err(|source| damaged(Some(source.into())))?;
        let found = hex::encode(Sha256::digest(&bytes));
        if found == wanted {
            Ok((bytes, found))
        } else {
            Err(damaged(None))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_refused() {
        let folder = std::env::temp_dir().join(format!("crm-rag-files-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let model = LocalModel {
            folder: folder.clone(),
            ..LocalModel::mini_lm(&folder)
        };
        std::fs::write(folder.join("config.json"), "{}").unwrap();
        let sum = hex::encode(Sha256::digest("{}"));
        let sums = format!("{sum}  config.json\n{sum}  tokenizer.json\n");

        assert_eq!(
            model.checked(&sums, "config.json").unwrap(),
            (b"{}".to_vec(), sum.clone())
        );
        std::fs::write(folder.join("config.json"), "{").unwrap();
        let error = model.checked(&sums, "config.json").unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("is missing or damaged: run scripts/setup.sh"),
            "{error}"
        );
        assert!(
            model.checked(&sums, "tokenizer.json").is_err(),
            "a missing file is refused"
        );
        assert!(
            model.checked(&sums, "model.onnx").is_err(),
            "a file the manifest does not list is refused"
        );
        assert!(model.read().is_err(), "a folder without a manifest is not done");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
