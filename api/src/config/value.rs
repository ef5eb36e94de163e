//! How single values are written in configuration.

use std::{path::PathBuf, time::Duration};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::ConfigError;

/// Reads `500ms`, `30s`, `15m`, `24h` or `7d`.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text).ok_or_else(|| {
        D::Error::custom(format!(
            "`{text}` is not a duration: write 500ms, 30s, 15m, 24h or 7d"
        ))
    })
}

fn parse_duration(text: &str) -> Option<Duration> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(split)?;
    let number: u64 = number.parse().ok()?;
    let seconds = match unit {
        "ms" => return Some(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// Reads text where the empty one means that nothing is set. A bare number is
/// text too: variables such as `DATA_DIR=1` arrive as numbers.
pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Scalar {
        Text(String),
        Number(i64),
        Flag(bool),
    }
    let text = match Scalar::deserialize(deserializer)? {
        Scalar::Text(text) => text,
        Scalar::Number(number) => number.to_string(),
        Scalar::Flag(flag) => flag.to_string(),
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Reads a path, also one that looks like a number.
pub(super) fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Ok(optional(deserializer)?.map(PathBuf::from).unwrap_or_default())
}

/// Reads a secret where the empty one means that nothing is set.
pub(super) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(optional(deserializer)?.map(SecretString::from))
}

/// Takes the secret `key` by value, else out of the file that `key_file` names.
pub(super) fn resolve_secret(
    key: &str,
    value: &mut Option<SecretString>,
    file: Option<&String>,
) -> Result<(), ConfigError> {
    match (value.is_some(), file) {
        (true, Some(_)) => Err(ConfigError::invalid(
            key,
            format!("is given twice, here and by {key}_file"),
        )),
        (false, Some(path)) => {
            let path = PathBuf::from(path);
            let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::File {
                key: format!("{key}_file"),
                path,
                source,
            })?;
            *value = Some(SecretString::from(text.trim_end_matches(['\r', '\n'])));
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_number_and_a_unit() {
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_duration("15m"), Some(Duration::from_mins(15)));
        assert_eq!(parse_duration("7d"), Some(Duration::from_hours(168)));
        for wrong in [
            "",
            "5",
            "s",
            "5 s",
            "-1s",
            "1.5h",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }
}
