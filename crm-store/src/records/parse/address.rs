//! Addresses: e-mail, telephone, web.

use std::str::FromStr;

use email_address::{EmailAddress, Options};
use phonenumber::Mode;

use crate::records::Value;

/// A country as telephone numbers know it.
pub(crate) type Region = phonenumber::country::Id;

pub(super) fn email(said: &str) -> Result<Value, String> {
    let options = Options::default().without_display_text().without_domain_literal();
    let address = EmailAddress::parse_with_options(said, options)
        .ok()
        .filter(|address| said.len() <= 254 && !address.local_part().contains('"'))
        .ok_or_else(|| "must be an e-mail address such as ada@example.com".to_owned())?;
    // In theory Ada@ and ada@ are two; in the field nobody keeps two, and only plain equality finds one by an index.
    Ok(Value::Text(address.as_str().to_lowercase()))
}

/// Whether this may be a telephone number; which one is decided when the record's country is known.
pub(super) fn plausible_phone(said: &str) -> Result<Value, String> {
    let digits = said.bytes().filter(u8::is_ascii_digit).count();
    let known = |c: char| c.is_ascii_digit() || " +-–./()#*,;x".contains(c) || c.is_ascii_alphabetic();
    if (3..=20).contains(&digits) && said.len() <= 60 && said.chars().all(known) {
        Ok(Value::Text(said.to_owned()))
    } else {
        Err("must be a telephone number such as +49 30 901820".to_owned())
    }
}

/// The number as E.164 where it can be read as one, else as it was said.
pub(crate) fn phone(said: &str, region: Option<Region>) -> String {
    let international = said.trim_start().starts_with('+');
    if !international && region.is_none() {
        return said.to_owned();
    }
    match phonenumber::parse(region, said) {
        Ok(number) if number.is_valid() && number.extension().is_none() => {
            number.format().mode(Mode::E164).to_string()
        }
        _ => said.to_owned(),
    }
}

/// The region of a country's code.
pub(crate) fn region(country: &str) -> Option<Region> {
    Region::from_str(country).ok()
}

pub(super) fn url(said: &str) -> Result<Value, String> {
    const WRONG: &str = "must be a web address such as https://example.com";
    let lower = said.to_ascii_lowercase();
    let whole = if lower.starts_with("https://") || lower.starts_with("http://") {
        said.to_owned()
    } else if said.contains(':') && !said.contains('/') || lower.contains("://") {
        return Err(WRONG.to_owned());
    } else {
        format!("https://{said}")
    };
    let host = whole
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?', '#']).next())
        .unwrap_or_default();
    let fine = whole.len() <= 2_000
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !whole
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>\"".contains(c));
    if fine {
        Ok(Value::Text(whole))
    } else {
        Err(WRONG.to_owned())
    }
}
