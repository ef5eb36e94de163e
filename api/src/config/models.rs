//! Which models answer and which one embeds.

use std::{num::NonZeroU32, time::Duration};

use crm_store::prices::Rates;
use secrecy::SecretString;
use serde::Deserialize;

use super::{ConfigError, Environment, value};

/// Section `embedding`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embedding {
    /// Here or elsewhere.
    pub kind: EmbeddingKind,
    /// The model's folder in the cache, or its name at the endpoint.
    pub model: String,
    /// The endpoint.
    #[serde(deserialize_with = "value::optional")]
    pub base_url: Option<String>,
    /// Its key.
    #[serde(deserialize_with = "value::secret")]
    pub api_key: Option<SecretString>,
    #[serde(deserialize_with = "value::optional")]
    api_key_file: Option<String>,
    /// Length of the remote model's vectors.
    pub dimensions: NonZeroU32,
    /// Tokens that one passage may have for the remote model.
    pub max_tokens: NonZeroU32,
    /// Threads of the local model; 0 is one for each core.
    pub threads: usize,
}

/// Where texts become vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmbeddingKind {
    /// In this process.
    Local,
    /// At an OpenAI-compatible endpoint.
    Remote,
}

impl Embedding {
    pub(super) fn resolve(&mut self) -> Result<(), ConfigError> {
        value::resolve_secret("embedding.api_key", &mut self.api_key, self.api_key_file.as_ref())?;
        match (&self.base_url, self.kind) {
            (None, EmbeddingKind::Remote) => Err(ConfigError::invalid(
                "embedding.base_url",
                "is needed when embedding.kind is remote",
            )),
            (Some(url), _) => super::check_url("embedding.base_url", url, &["http", "https"]),
            (None, EmbeddingKind::Local) => Ok(()),
        }
    }
}

/// Section `models`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Models {
    /// Retries of one provider before the next is asked.
    pub retries: u32,
    /// The longest wait between two tries.
    #[serde(deserialize_with = "value::duration")]
    pub max_backoff: Duration,
    /// How long to wait for a connection.
    #[serde(deserialize_with = "value::duration")]
    pub connect_timeout: Duration,
    /// How long to wait for the first word.
    #[serde(deserialize_with = "value::duration")]
    pub first_token_timeout: Duration,
    /// How long a stream may be silent.
    #[serde(deserialize_with = "value::duration")]
    pub idle_timeout: Duration,
    /// The model that the well-known variables stand for.
    pub openai_model: String,
    /// The providers in the order in which they are asked.
    #[serde(default)]
    pub providers: Vec<ProviderConfig>,
}

/// One `[[models.providers]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// `gen_ai.provider.name` in logs and the ledger.
    pub name: String,
    /// The endpoint, up to and with `/v1`.
    pub base_url: String,
    /// The key; many local servers need none.
    #[serde(default, deserialize_with = "value::secret")]
    pub api_key: Option<SecretString>,
    #[serde(default, deserialize_with = "value::optional")]
    api_key_file: Option<String>,
    /// The model's name at the provider.
    pub model: String,
    /// Tokens that prompt and answer may have together.
    #[serde(default = "default_context")]
    pub context_tokens: NonZeroU32,
    /// Tokens that an answer may have.
    #[serde(default = "default_output")]
    pub max_output_tokens: NonZeroU32,
    /// US dollars for a million input tokens; without a price the ledger takes a dear one.
    pub input_price: Option<f64>,
    /// US dollars for a million input tokens out of the provider's cache.
    pub cached_input_price: Option<f64>,
    /// US dollars for a million output tokens.
    pub output_price: Option<f64>,
    /// Whether an older server knows only `max_tokens`.
    #[serde(default)]
    pub legacy_max_tokens: bool,
}

const fn default_context() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(32_767)
}

const fn default_output() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(2_047)
}

impl ProviderConfig {
    /// What a million tokens cost, if that is configured.
    pub fn rates(&self) -> Option<Rates> {
        let (input, output) = (self.input_price?, self.output_price?);
        Some(Rates {
            input_nano_per_mtok: nano(input),
            cached_input_nano_per_mtok: nano(self.cached_input_price.unwrap_or(input)),
            output_nano_per_mtok: nano(output),
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be below a hundred thousand dollars"
)]
fn nano(dollars: f64) -> i64 {
    (dollars * 1e9).round() as i64
}

impl Models {
    pub(super) fn resolve(&mut self, environment: &Environment) -> Result<(), ConfigError> {
        self.add_well_known(environment);
        let mut names = std::collections::BTreeSet::new();
        for (n, provider) in self.providers.iter_mut().enumerate() {
            let key = |field: &str| format!("models.providers.{n}.{field}");
            value::resolve_secret(
                &key("api_key"),
                &mut provider.api_key,
                provider.api_key_file.as_ref(),
            )?;
            super::check_url(&key("base_url"), &provider.base_url, &["http", "https"])?;
            for (field, text) in [("name", &provider.name), ("model", &provider.model)] {
                if text.is_empty() {
                    return Err(ConfigError::invalid(key(field), "must not be empty"));
                }
            }
            if !names.insert(provider.name.clone()) {
                return Err(ConfigError::invalid(
                    key("name"),
                    format!("`{}` is used twice", provider.name),
                ));
            }
            if provider.max_output_tokens >= provider.context_tokens {
                return Err(ConfigError::invalid(
                    key("max_output_tokens"),
                    "must be less than context_tokens",
                ));
            }
            let prices = [
                ("input_price", provider.input_price),
                ("cached_input_price", provider.cached_input_price),
                ("output_price", provider.output_price),
            ];
            for (field, price) in prices {
                if price.is_some_and(|price| !(0.0..=100_000.0).contains(&price)) {
                    return Err(ConfigError::invalid(
                        key(field),
                        "must be US dollars for a million tokens",
                    ));
                }
            }
            if provider.input_price.is_some() != provider.output_price.is_some() {
                return Err(ConfigError::invalid(
                    key("input_price"),
                    "input_price and output_price go together",
                ));
            }
        }
        Ok(())
    }

    /// What `OPENAI_API_KEY` and `OPENAI_BASE_URL` stand for, unless a file names providers.
    fn add_well_known(&mut self, environment: &Environment) {
        let (key, url) = (
            environment.get("OPENAI_API_KEY"),
            environment.get("OPENAI_BASE_URL"),
        );
        if !self.providers.is_empty() || (key.is_none() && url.is_none()) {
            return;
        }
        self.providers.push(ProviderConfig {
            name: "openai".to_owned(),
            base_url: url
                .unwrap_or("https://api.openai.com/v1")
                .trim_end_matches('/')
                .to_owned(),
            api_key: key.map(SecretString::from),
            api_key_file: None,
            model: self.openai_model.clone(),
            context_tokens: default_context(),
            max_output_tokens: default_output(),
            input_price: None,
            cached_input_price: None,
            output_price: None,
            legacy_max_tokens: false,
        });
    }
}
