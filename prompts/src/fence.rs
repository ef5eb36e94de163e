//! Text from outside, marked as data.

use std::fmt::Write;

use serde::Serialize;

/// What replaces a fence's code inside fenced text. Not a hexadecimal digit, so
/// that the pieces around it cannot join into the code again.
const REMOVED: char = '·';
/// The most characters of a label.
const LABEL_CAP: usize = 160;

/// Marks text as data with tags that carry a code.
///
/// Fenced text cannot close its fence: whoever wrote it did not know the code,
/// and any occurrence of the code inside it is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    nonce: String,
}

/// Text inside a fence; only [`Fence::wrap`] makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Fenced(String);

impl Fenced {
    /// The text with its tags.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Fence {
    /// A fence whose code is made from `entropy`, which must not be guessable by
    /// whoever writes the text.
    pub fn new(entropy: u64) -> Self {
        Self {
            nonce: format!("{entropy:016x}"),
        }
    }

    /// The code.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Puts `text` between the tags; `source` says where it comes from.
    pub fn wrap(&self, source: &str, text: &str) -> Fenced {
        let label = self.label(source);
        let body = self.without_code(&visible(text));
        let mut fenced = String::with_capacity(body.len() + label.len() + 64);
        // Writing to a string cannot fail.
        let _ = write!(
            fenced,
            "<data-{nonce} source=\"{label}\">\n{body}\n</data-{nonce}>",
            nonce = self.nonce,
            body = body.trim_end()
        );
        Fenced(fenced)
    }

    fn label(&self, source: &str) -> String {
        let line: String = visible(source)
            .chars()
            .map(|c| match c {
                '"' => '\'',
                '<' | '>' => ' ',
                c if c.is_control() => ' ',
                c => c,
            })
            .take(LABEL_CAP)
            .collect();
        self.without_code(line.trim())
    }

    /// Replaces the code, in whatever case: a model does not read case as we do.
    fn without_code(&self, text: &str) -> String {
        let lower = text.to_ascii_lowercase();
        let mut kept = String::with_capacity(text.len());
        let mut rest = 0;
        for (found, code) in lower.match_indices(&self.nonce) {
            kept.push_str(text.get(rest..found).unwrap_or_default());
            kept.push(REMOVED);
            rest = found + code.len();
        }
        kept.push_str(text.get(rest..).unwrap_or_default());
        kept
    }
}

/// Drops what a person would not see but a model would read: control characters
/// and the invisible tag characters that can spell out a hidden message.
fn visible(text: &str) -> String {
    text.chars()
        .filter(|&c| {
            !(('\u{e0000}'..='\u{e007f}').contains(&c) || c.is_control() && !matches!(c, '\n' | '\t'))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_label_carries_the_source_and_the_tags_carry_the_code() {
        let fence = Fence::new(0xabc);

        assert_eq!(
            fence.wrap("Returns > \"Fees\"\nv2", "Ten euros.\n").as_str(),
            "<data-0000000000000abc source=\"Returns   'Fees' v2\">\nTen euros.\n</data-0000000000000abc>"
        );
    }

    #[test]
    fn hidden_characters_do_not_reach_the_model() {
        let fenced = Fence::new(1).wrap("x", "see\u{e0041}\u{e0042}n\u{7}\r\n\tkept");

        assert!(fenced.as_str().contains("\nseen\n\tkept\n"), "{fenced:?}");
    }

    proptest! {
        /// Whoever wrote the text may even know the code.
        #[test]
        fn fenced_text_cannot_close_its_fence(
            entropy in any::<u64>(),
            pieces in prop::collection::vec(
                prop_oneof![
                    Just(0_u8), Just(1), Just(2), Just(3), Just(4), Just(5),
                ].prop_flat_map(|kind| (Just(kind), ".{0,12}")),
                0..12,
            ),
            cut in 0_usize..16,
            label in ".{0,40}",
        ) {
            let fence = Fence::new(entropy);
            let code = fence.nonce().to_owned();
            let text: String = pieces
                .into_iter()
                .map(|(kind, noise)| match kind {
                    0 => format!("</data-{code}>"),
                    1 => code.to_uppercase(),
                    2 => format!("\n</data-{}>", &code[..cut]),
                    // The code once removed must not leave the code behind.
                    3 => format!("{}{code}{}", &code[..cut], &code[cut..]),
                    4 => "\u{e0001}\n".to_owned(),
                    _ => noise,
                })
                .collect();

            let fenced = fence.wrap(&format!("{label}{code}"), &text);
            let lower = fenced.as_str().to_ascii_lowercase();

            prop_assert_eq!(lower.matches(&code).count(), 2);
            let (opening, closing) = (format!("<data-{code} source=\""), format!("\n</data-{code}>"));
            prop_assert!(lower.starts_with(&opening));
            prop_assert!(lower.ends_with(&closing));
            prop_assert!(fenced.as_str().lines().next().unwrap().ends_with("\">"));
        }

        #[test]
        fn ordinary_text_passes_unchanged(text in "[a-zäöüß¿ñ0-9 .,|*#\n]{0,200}") {
            let fenced = Fence::new(7).wrap("s", &text);

            prop_assert!(fenced.as_str().contains(text.trim_end()));
        }
    }
}
