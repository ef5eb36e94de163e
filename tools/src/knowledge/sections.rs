//! An article's body in sections short enough to cite.

use std::ops::Range;

/// Text that is read as one piece, unless a heading ends it before.
const SECTION_BYTES: usize = 1_200;

/// A section of a Markdown text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// Where it stands, in bytes.
    pub(crate) span: Range<usize>,
    /// The headings above it, outermost first.
    pub(crate) headings: Vec<String>,
}

/// Cuts `body` at its headings, and long parts between paragraphs. Every line but
/// blank ones at the borders is in exactly one section.
pub(crate) fn sections(body: &str) -> Vec<Section> {
    let mut found = Vec::new();
    let mut headings: Vec<(usize, String)> = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut in_code = false;
    let mut after_blank = false;
    for line in body.split_inclusive('\n') {
        let text = line.trim();
        let fence = text.starts_with("```") || text.starts_with("~~~");
        let heading = if in_code { None } else { heading(text) };
        let full = !in_code && after_blank && at - start >= SECTION_BYTES;
        if heading.is_some() || full {
            push(&mut found, body, start..at, &headings);
            start = at;
        }
        if let Some((level, title)) = heading {
            headings.retain(|(above, _)| *above < level);
            headings.push((level, title));
        }
        in_code ^= fence;
        after_blank = text.is_empty();
        at += line.len();
    }
    push(&mut found, body, start..at, &headings);
    found
}

fn push(found: &mut Vec<Section>, body: &str, span: Range<usize>, headings: &[(usize, String)]) {
    let Some(text) = body.get(span.clone()) else {
        return;
    };
    let trimmed = text.trim();
    // A heading alone says nothing that could be cited.
    if trimmed
        .lines()
        .all(|line| line.trim().is_empty() || heading(line.trim()).is_some())
    {
        return;
    }
    let start = span.start + (text.len() - text.trim_start().len());
    found.push(Section {
        span: start..start + trimmed.len(),
        headings: headings.iter().map(|(_, title)| title.clone()).collect(),
    });
}

/// The level and the words of a heading such as `## Fees`.
fn heading(line: &str) -> Option<(usize, String)> {
    let level = line.bytes().take_while(|&b| b == b'#').count();
    let title = line.get(level..)?;
    ((1..=6).contains(&level) && title.starts_with(' '))
        .then(|| (level, title.trim().trim_end_matches('#').trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(body: &str) -> Vec<(&str, Vec<String>)> {
        sections(body)
            .into_iter()
            .map(|section| (&body[section.span], section.headings))
            .collect()
    }

    #[test]
    fn a_section_ends_at_the_next_heading() {
        let body = "Intro.\n\n# Fees\n\n## Cards\n\n2 %.\n\n## Cash\nFree.\n\n```\n# not a heading\n```\n";

        assert_eq!(
            texts(body),
            [
                ("Intro.", vec![]),
                ("## Cards\n\n2 %.", vec!["Fees".to_owned(), "Cards".to_owned()]),
                (
                    "## Cash\nFree.\n\n```\n# not a heading\n```",
                    vec!["Fees".to_owned(), "Cash".to_owned()]
                ),
            ]
        );
    }

    #[test]
    fn a_long_part_is_cut_between_paragraphs() {
        let paragraph = "A sentence of some length, for the sake of it. ".repeat(20);
        let body = format!("{paragraph}\n\n{paragraph}\n\n{paragraph}");

        let found = sections(&body);

        assert_eq!(found.len(), 2);
        assert!(body[found[1].span.clone()].starts_with("A sentence"));
    }

    proptest! {
        #[test]
        fn sections_are_ordered_and_lose_no_words(body in "([a-zä#` ]{0,30}\n){0,30}") {
            let found = sections(&body);

            prop_assert!(found.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
            let words = |text: &str| {
                text.lines()
                    .filter(|line| heading(line.trim()).is_none())
                    .flat_map(str::split_whitespace)
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            let kept: Vec<String> = found.iter().flat_map(|section| words(&body[section.span.clone()])).collect();
            prop_assert_eq!(kept, words(&body));
        }
    }
}
