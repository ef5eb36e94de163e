//! Text, and words of enums.

use crate::records::Value;

/// The most characters that short text may have; the columns check the same.
const MAX_LINE: usize = 300;
/// The most bytes that text of many lines may have.
const MAX_LONG: usize = 200_000;

pub(super) fn line(said: &str) -> Result<Value, String> {
    if said.chars().any(|c| c.is_control() && !"\t\r\n".contains(c)) {
        return Err("must not contain control characters".to_owned());
    }
    let length = said.chars().count();
    if length > MAX_LINE {
        return Err(format!(
            "must have at most {MAX_LINE} characters; this has {length}"
        ));
    }
    Ok(Value::Text(said.to_owned()))
}

pub(super) fn long(said: &str) -> Result<Value, String> {
    if said.len() > MAX_LONG {
        return Err(format!(
            "must have at most {MAX_LONG} bytes of UTF-8; this has {}",
            said.len()
        ));
    }
    Ok(Value::Text(said.to_owned()))
}

pub(super) fn word(words: &[&'static str], said: &str) -> Result<Value, String> {
    let found = words.iter().find(|word| **word == said);
    found.map(|word| Value::Text((*word).to_owned())).ok_or_else(|| {
        let all = words.join(", ");
        match nearest(words.iter().copied(), said) {
            Some(near) => format!("must be one of {all}; did you mean {near}?"),
            None => format!("must be one of {all}"),
        }
    })
}

/// The name that was probably meant.
pub(crate) fn nearest<'n>(names: impl Iterator<Item = &'n str>, said: &str) -> Option<&'n str> {
    let folded = said.to_lowercase().replace([' ', '-'], "_");
    names
        .map(|name| (strsim::jaro_winkler(name, &folded), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
