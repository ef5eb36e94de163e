//! Text of another system, rewritten as the store reads it.
//!
//! Only the way of writing is changed here: decimal commas, yes and no, dates. What a value must be is decided by the
//! store, for imports as for everything else.

use std::borrow::Cow;

use crm_store::catalog::FieldType;

use super::dates::Dates;

/// How values are written in a column.
#[derive(Debug, Clone)]
pub(crate) struct Format {
    /// Days and moments.
    pub(crate) dates: Dates,
    /// What stands before the decimals: a point or a comma. The other one groups digits.
    pub(crate) decimal: char,
}

const YES: [&str; 9] = ["true", "yes", "y", "1", "t", "ja", "oui", "si", "x"];
const NO: [&str; 8] = ["false", "no", "n", "0", "f", "nein", "non", "-"];

/// Rewrites text for a field of this type, or says what was expected.
pub(crate) fn canonical<'t>(kind: FieldType, said: &'t str, format: &Format) -> Result<Cow<'t, str>, String> {
    let trimmed = said.trim();
    match kind {
        FieldType::Integer | FieldType::BigInteger => whole(trimmed, format.decimal).map(Cow::Owned),
        FieldType::Decimal | FieldType::Money(_) => number(trimmed, format.decimal).map(Cow::Owned),
        FieldType::Boolean => truth(trimmed).map(Cow::Borrowed),
        FieldType::Date => format.dates.day(trimmed).map(Cow::Owned),
        FieldType::Time => format.dates.moment(trimmed).map(Cow::Owned),
        FieldType::Enum(words) => Ok(word(words, trimmed)),
        // A street of two lines, as Salesforce has it.
        FieldType::Text if trimmed.contains(['\n', '\r']) => {
            let lines: Vec<&str> = trimmed
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .collect();
            Ok(Cow::Owned(lines.join(", ")))
        }
        FieldType::LongText | FieldType::Json => Ok(Cow::Borrowed(said)),
        _ => Ok(Cow::Borrowed(trimmed)),
    }
}

fn truth(said: &str) -> Result<&'static str, String> {
    let lower = said.to_lowercase();
    if YES.contains(&lower.as_str()) {
        Ok("true")
    } else if NO.contains(&lower.as_str()) {
        Ok("false")
    } else {
        Err(format!("{:?} must be true or false", short(said)))
    }
}

/// `Closed Won` is `closed_won`, when there is such a word; else the store says which there are.
fn word<'t>(words: &[&'static str], said: &'t str) -> Cow<'t, str> {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let wanted = plain(said);
    words
        .iter()
        .find(|word| plain(word) == wanted)
        .map_or(Cow::Borrowed(said), |word| Cow::Borrowed(*word))
}

fn whole(said: &str, decimal: char) -> Result<String, String> {
    let text = number(said, decimal)?;
    match text.split_once('.') {
        Some((whole, rest)) if rest.bytes().all(|digit| digit == b'0') => Ok(whole.to_owned()),
        Some(_) => Err(format!("{:?} must be a whole number", short(said))),
        None => Ok(text),
    }
}

/// Digits with a point, without grouping, signs of currency and blanks.
fn number(said: &str, decimal: char) -> Result<String, String> {
    let wrong = || {
        let example = if decimal == ',' {
            "1.234,50 or 1234,50"
        } else {
            "1,234.50 or 1234.50"
        };
        format!("{:?} must be a number such as {example}", short(said))
    };
    let (negative, inner) = match said.strip_prefix('(').and_then(|said| said.strip_suffix(')')) {
        Some(inner) => (true, inner),
        None => (false, said),
    };
    let grouping = if decimal == ',' { '.' } else { ',' };
    let bare = inner
        .trim_start_matches(['€', '$', '£', '¥', ' ', '\u{a0}'])
        .trim_end_matches(['€', '$', '£', '¥', '%', ' ', '\u{a0}']);
    let (sign, digits) = match bare.strip_prefix(['-', '\u{2212}']) {
        Some(digits) => ("-", digits.trim_start_matches(['€', '$', '£', '¥'])),
        None => ("", bare.strip_prefix('+').unwrap_or(bare)),
    };
    let (whole, rest) = digits
        .split_once(decimal)
        .map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let groups: Vec<&str> = whole.split([grouping, ' ', '\u{a0}', '\u{202f}', '\'']).collect();
    let grouped = groups.len() > 1;
    let fits = |(place, group): (usize, &&str)| {
        group.bytes().all(|byte| byte.is_ascii_digit())
            && (!grouped || group.len() == 3 || (place == 0 && (1..=3).contains(&group.len())))
    };
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !groups.iter().enumerate().all(fits)
        || rest.is_some_and(|rest| !plain(rest))
        || (whole.is_empty() && rest.is_none())
    {
        return Err(wrong());
    }
    let mut text = String::with_capacity(said.len() + 1);
    text.push_str(if negative { "-" } else { sign });
    let before = text.len();
    for group in &groups {
        text.push_str(group);
    }
    if text.len() == before {
        text.push('0');
    }
    if let Some(rest) = rest {
        text.push('.');
        text.push_str(rest);
    }
    Ok(text)
}

/// What a refusal quotes.
pub(crate) fn short(said: &str) -> String {
    if said.chars().count() > 60 {
        said.chars().take(57).chain("…".chars()).collect()
    } else {
        said.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;

    fn format(decimal: char) -> Format {
        Format {
            dates: Dates {
                formats: Vec::new(),
                zone: Tz::UTC,
            },
            decimal,
        }
    }

    fn read(kind: FieldType, said: &str, decimal: char) -> Result<String, String> {
        canonical(kind, said, &format(decimal)).map(Cow::into_owned)
    }

    #[test]
    fn numbers_lose_their_grouping_and_never_a_digit() {
        let money = FieldType::Money("currency");
        assert_eq!(read(money, " 1,234.50 ", '.').as_deref(), Ok("1234.50"));
        assert_eq!(read(money, "1.234,50 €", ',').as_deref(), Ok("1234.50"));
        assert_eq!(read(money, "(99.00)", '.').as_deref(), Ok("-99.00"));
        assert_eq!(read(money, "-$5", '.').as_deref(), Ok("-5"));
        assert_eq!(read(money, ".5", '.').as_deref(), Ok("0.5"));
        let forty = "1".repeat(40);
        assert_eq!(
            read(money, &forty, '.').as_deref(),
            Ok(forty.as_str()),
            "the store says what is too large"
        );
        for said in ["1,23,4.5", "12,34", "1.2.3", "abc", "1e5", "", "--1", "1,234,5"] {
            assert!(read(money, said, '.').is_err(), "{said}");
        }
        assert_eq!(read(FieldType::Integer, "5.0", '.').as_deref(), Ok("5"));
        assert!(read(FieldType::Integer, "5.5", '.').is_err());
    }

    #[test]
    fn words_and_truth_are_recognised_in_their_usual_spellings() {
        let words = FieldType::Enum(&["closed_won", "new"]);
        assert_eq!(read(words, "Closed Won", '.').as_deref(), Ok("closed_won"));
        assert_eq!(read(words, "Other", '.').as_deref(), Ok("Other"));
        assert_eq!(read(FieldType::Boolean, "Yes", '.').as_deref(), Ok("true"));
        assert_eq!(read(FieldType::Boolean, "0", '.').as_deref(), Ok("false"));
        assert!(
            read(FieldType::Boolean, "maybe", '.')
                .unwrap_err()
                .contains("true or false")
        );
        assert_eq!(
            read(FieldType::Text, "Main St 1\r\n\r\nFloor 2", '.').as_deref(),
            Ok("Main St 1, Floor 2")
        );
    }
}
