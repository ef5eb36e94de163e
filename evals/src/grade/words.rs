//! Texts as graders compare them.

/// The most characters of an answer in a message.
const SHOWN: usize = 160;

/// A text in lower case without Markdown, citation markers and superfluous spaces.
pub(super) fn plain(text: &str) -> String {
    let text = without_markers(text).to_lowercase().replace(['’', '‘'], "'");
    let text = text.replace(['*', '`'], "").replace('|', " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of an answer, on one line.
pub(super) fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// Takes out `[1]`, `[12]`.
fn without_markers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        rest = match after.split_once(']') {
            Some((number, behind)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
                behind
            }
            _ => {
                out.push('[');
                after
            }
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_markers_go_and_other_brackets_stay() {
        assert_eq!(plain("**A** [1] `b`[23]\n | C’s | [x] [] ["), "a b c's [x] [] [");
    }

    #[test]
    fn long_answers_are_cut_between_characters() {
        let short = shortened(&"ä ".repeat(200));
        assert_eq!(short.chars().count(), SHOWN + 1);
        assert!(short.ends_with('…'));
        assert_eq!(shortened("a\n b"), "a b");
    }
}
