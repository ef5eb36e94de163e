//! Text to sentences, without Markdown's marks.

/// Words that end in a full stop without ending a sentence.
const ABBREVIATIONS: &[&str] = &[
    "e.g", "i.e", "approx", "incl", "excl", "vs", "mr", "mrs", "ms", "dr", "st", "cf", "z.b", "d.h", "u.a",
    "bzw", "ca", "ggf", "inkl", "exkl", "evtl", "str", "vgl", "z.t", "o.ä", "sog", "p.ej", "ej", "sr", "sra",
    "aprox", "env", "resp",
];
/// Words that do so only before a number.
const BEFORE_NUMBERS: &[&str] = &["no", "nos", "nr", "fig", "p", "art", "pág", "núm", "max", "min"];

/// Cuts `text` into sentences; what has no end keeps its end.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut ends = text.char_indices().peekable();
    while let Some((at, c)) = ends.next() {
        if !matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？') {
            continue;
        }
        // Quotes, brackets and more marks belong to the end.
        let mut end = at + c.len_utf8();
        while let Some(&(next_at, next)) = ends.peek()
            && (matches!(next, '.' | '!' | '?' | '…') || is_closing(next))
        {
            end = next_at + next.len_utf8();
            ends.next();
        }
        let rest = text.get(end..).unwrap_or_default();
        let dense = matches!(c, '。' | '！' | '？');
        let ends_here =
            rest.trim().is_empty() || dense || (rest.starts_with(char::is_whitespace) && begins(rest));
        let before = text.get(start..at).unwrap_or_default();
        if ends_here && !(c == '.' && is_abbreviated(before, rest)) {
            push(&mut sentences, text.get(start..end).unwrap_or_default());
            start = end;
        }
    }
    push(&mut sentences, text.get(start..).unwrap_or_default());
    sentences
}

fn push(sentences: &mut Vec<String>, text: &str) {
    let text = text.trim();
    if !text.is_empty() {
        sentences.push(text.to_owned());
    }
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '“' | '`')
}

/// Whether what follows can begin a sentence.
fn begins(rest: &str) -> bool {
    let first = rest
        .trim_start()
        .chars()
        .find(|c| !matches!(c, '"' | '\'' | '(' | '„' | '“' | '«' | '`' | '['));
    first.is_none_or(|c| {
        c.is_uppercase()
            || c.is_numeric()
            || matches!(c, '¿' | '¡')
            || (c.is_alphabetic() && !c.is_lowercase())
    })
}

/// Whether the full stop after `before` belongs to its last word.
fn is_abbreviated(before: &str, rest: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | '„'))
        .next()
        .unwrap_or_default();
    if rest.trim().is_empty() {
        return false;
    }
    let lower = word.to_lowercase();
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    // A German date: `am 30. Juni`.
    let is_ordinal = (1..=2).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit()) && {
        let next: String = rest
            .trim_start()
            .chars()
            .take_while(|c| c.is_alphabetic())
            .collect();
        is_month(&next)
    };
    let before_number = rest.trim_start().starts_with(|c: char| c.is_ascii_digit());
    is_initial
        || is_ordinal
        || ABBREVIATIONS.contains(&lower.as_str())
        || (before_number && BEFORE_NUMBERS.contains(&lower.as_str()))
}

fn is_month(word: &str) -> bool {
    const STARTS: &[&str] = &[
        "Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez", "Tag", "Werktag",
        "Monat",
    ];
    STARTS.iter().any(|start| word.starts_with(start))
}

/// Drops emphasis, links' addresses and HTML; keeps code marks, which carry meaning.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_code = false;
    while let Some(c) = rest.chars().next() {
        let tail = rest.get(c.len_utf8()..).unwrap_or_default();
        let before = out.chars().next_back();
        match c {
            '`' => {
                in_code = !in_code;
                out.push(c);
            }
            _ if in_code => out.push(c),
            '\\' if tail.starts_with(|c: char| c.is_ascii_punctuation()) => {
                out.extend(tail.chars().next());
                rest = tail.get(1..).unwrap_or_default();
                continue;
            }
            '*' if tail.starts_with('*') || before == Some('*') || is_mark(before, tail) => {}
            '_' if is_mark(before, tail)
                && !(before.is_some_and(char::is_alphanumeric)
                    && tail.starts_with(char::is_alphanumeric)) => {}
            '!' if tail.starts_with('[') => {}
            '[' => {
                if let Some((label, after)) = link(tail) {
                    out.push_str(&plain(label));
                    rest = after;
                    continue;
                }
                out.push(c);
            }
            '<' if tail.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') && tail.contains('>') => {
                let (tag, after) = tail.split_once('>').unwrap_or((tail, ""));
                // An address in angle brackets is text, a tag is not.
                if tag.contains("://") || tag.contains('@') {
                    out.push_str(tag);
                }
                rest = after;
                continue;
            }
            _ => out.push(c),
        }
        rest = tail;
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a star or underscore touches a word on exactly the side that makes it
/// a mark, so that `2 * 3` stays.
fn is_mark(before: Option<char>, tail: &str) -> bool {
    let touches = |c: char| !c.is_whitespace();
    before.is_some_and(touches) || tail.chars().next().is_some_and(touches)
}

/// `label](address)` after an opening bracket.
fn link(tail: &str) -> Option<(&str, &str)> {
    let (label, after) = tail.split_once("](")?;
    let (address, after) = after.split_once(')')?;
    (!label.contains(['[', '\n']) && !address.contains(char::is_whitespace)).then_some((label, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sentences_end_where_a_reader_thinks_they_end() {
        assert_eq!(
            split(
                "Refunds take 3.5 days, e.g. by card. Up to 30. It is free! \"Really?\" Yes (mostly.) Done"
            ),
            [
                "Refunds take 3.5 days, e.g. by card.",
                "Up to 30.",
                "It is free!",
                "\"Really?\"",
                "Yes (mostly.)",
                "Done"
            ]
        );
        assert_eq!(
            split("Gilt ab dem 30. Juni, z.B. für Dr. Meier. Danach nicht mehr."),
            ["Gilt ab dem 30. Juni, z.B. für Dr. Meier.", "Danach nicht mehr."]
        );
        assert_eq!(
            split("Sí. ¿Cuándo? Hoy mismo."),
            ["Sí.", "¿Cuándo?", "Hoy mismo."]
        );
        assert_eq!(
            split("See api.example.com/v2. It works."),
            ["See api.example.com/v2.", "It works."]
        );
    }

    #[test]
    fn marks_go_and_meaning_stays() {
        assert_eq!(
            plain("Open **Settings > Billing** and *wait*."),
            "Open Settings > Billing and wait."
        );
        assert_eq!(
            plain("See [the page](https://x.example/a) or ![logo](a.png)."),
            "See the page or logo."
        );
        assert_eq!(
            plain("Call `GET /v2/*` with snake_case_name, 2 * 3."),
            "Call `GET /v2/*` with snake_case_name, 2 * 3."
        );
        assert_eq!(
            plain("a<br>b <https://x.example> \\*kept\\*"),
            "ab https://x.example *kept*"
        );
        assert_eq!(plain("***both*** __strong__ _soft_"), "both strong soft");
    }

    proptest! {
        #[test]
        fn no_word_is_lost(text in "[A-Za-z0-9.!?,\" äé]{0,200}") {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();

            prop_assert_eq!(words(&split(&text).join(" ")), words(&text));
        }

        #[test]
        fn any_text_can_be_read(text in ".{0,200}") {
            split(&plain(&text));
        }
    }
}
