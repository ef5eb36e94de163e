//! What an answer can be made of: sentences, items, rows, each with its source.

use crm_tools::NumberedPassage;

use super::blocks::{self, Block, Body};

/// The smallest thing that can be quoted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unit {
    /// The number of its passage.
    pub(super) number: u32,
    /// Where its passage stands in the ranking, from 0.
    pub(super) rank: usize,
    /// Which block of all it belongs to.
    pub(super) block: usize,
    /// What it is.
    pub(super) kind: Kind,
    /// Its words, without Markdown's marks.
    pub(super) text: String,
    /// Title and headings above it.
    pub(super) context: String,
    /// The sentence that introduces its block.
    pub(super) lead: Option<String>,
}

/// The kinds of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A sentence of a paragraph.
    Sentence,
    /// An item of a list.
    Bullet,
    /// A step of a procedure, with its number.
    Step(u32),
    /// A row of a table.
    Row,
}

/// Reads the units of passages that stand best first.
pub(super) fn units(passages: &[NumberedPassage]) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut block = 0;
    for (rank, numbered) in passages.iter().enumerate() {
        let passage = &numbered.passage;
        let heading = passage.headings.last().map(String::as_str);
        let mut blocks = blocks::read(&passage.text, heading);
        trim_cut_ends(&mut blocks, passage.start == 0);
        lend_header(&mut blocks, passage.start, numbered, passages);
        for Block { heading, lead, body } in blocks {
            block += 1;
            let context = match &heading {
                Some(heading) => format!("{}: {heading}", passage.title),
                None => passage.title.clone(),
            };
            let unit = |kind, text| Unit {
                number: numbered.number,
                rank,
                block,
                kind,
                text: without_markers(text),
                context: context.clone(),
                lead: lead.clone(),
            };
            match body {
                Body::Paragraph(sentences) => {
                    units.extend(
                        sentences
                            .into_iter()
                            .map(|sentence| unit(Kind::Sentence, sentence)),
                    );
                }
                Body::Bullets(items) => units.extend(items.into_iter().map(|item| unit(Kind::Bullet, item))),
                Body::Steps { first, items } => {
                    units.extend((first..).zip(items).map(|(at, item)| unit(Kind::Step(at), item)));
                }
                Body::Table { header, rows } => {
                    units.extend(rows.iter().map(|cells| unit(Kind::Row, row(&header, cells))));
                }
            }
        }
    }
    units
}

/// A number in square brackets would read as one of our own citations.
fn without_markers(text: String) -> String {
    let bracketed = text
        .split('[')
        .skip(1)
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if bracketed {
        text.replace('[', "(").replace(']', ")")
    } else {
        text
    }
}

/// A row in words: `Team – Price: €29; Users: 10`.
fn row(header: &[String], cells: &[String]) -> String {
    let mut cells = cells
        .iter()
        .zip(header.iter().map(Some).chain(std::iter::repeat(None)));
    let label = cells.next().map(|(cell, _)| cell.clone()).unwrap_or_default();
    let rest: Vec<String> = cells
        .filter(|(cell, _)| !cell.is_empty())
        .map(|(cell, name)| match name.filter(|name| !name.is_empty()) {
            Some(name) if name.ends_with(['?', ':']) => format!("{name} {cell}"),
            Some(name) => format!("{name}: {cell}"),
            None => cell.clone(),
        })
        .collect();
    match (label.is_empty(), rest.is_empty()) {
        (_, true) => label,
        (true, _) => rest.join("; "),
        _ => format!("{label} – {}", rest.join("; ")),
    }
}

/// Drops half sentences where a passage was cut out of a paragraph.
fn trim_cut_ends(blocks: &mut [Block], from_the_start: bool) {
    if let Some(Block {
        body: Body::Paragraph(sentences),
        ..
    }) = blocks.first_mut()
        && !from_the_start
        && sentences
            .first()
            .is_some_and(|first| first.starts_with(char::is_lowercase))
    {
        sentences.remove(0);
    }
    if let Some(Block {
        body: Body::Paragraph(sentences),
        ..
    }) = blocks.last_mut()
        && sentences.len() > 1
        && sentences
            .last()
            .is_some_and(|last| last.ends_with(|c: char| c.is_alphanumeric() || c == ','))
    {
        sentences.pop();
    }
}

/// Gives a table without a header that of the passage just before it.
fn lend_header(blocks: &mut [Block], start: usize, numbered: &NumberedPassage, passages: &[NumberedPassage]) {
    let Some(Block {
        body: Body::Table { header, rows },
        ..
    }) = blocks.first_mut()
    else {
        return;
    };
    if !header.is_empty() {
        return;
    }
    let before = passages.iter().map(|other| &other.passage).find(|other| {
        other.version_id == numbered.passage.version_id && other.end <= start && start - other.end <= 2
    });
    let Some(before) = before else { return };
    if let Some(Block {
        body: Body::Table { header: lent, .. },
        ..
    }) = blocks::read(&before.text, None).pop()
        && rows.iter().all(|row| row.len() == lent.len())
    {
        *header = lent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(items: &[&str]) -> Vec<String> {
        items.iter().map(|&item| item.to_owned()).collect()
    }

    #[test]
    fn a_row_reads_as_words() {
        let header = strings(&["Payment", "Refundable?", "Until"]);

        assert_eq!(
            row(&header, &strings(&["Renewal", "No", "–"])),
            "Renewal – Refundable? No; Until: –"
        );
        assert_eq!(row(&[], &strings(&["Team", "120", "8"])), "Team – 120; 8");
        assert_eq!(row(&header, &strings(&["Alone"])), "Alone");
        assert_eq!(row(&header, &strings(&["", "Yes", ""])), "Refundable? Yes");
    }
}
