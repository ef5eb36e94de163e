//! A passage of Markdown as blocks that can be quoted one by one.
//!
//! Passages may begin and end in the middle of a list or a table, so this reads
//! line by line and expects nothing to be complete.

use super::sentences::{plain, split};

/// Lines of code that are short enough to stand in a sentence.
const MAX_CODE_LINES: usize = 3;

/// A block of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// The nearest heading above it, if there is one.
    pub(super) heading: Option<String>,
    /// The sentence that introduces it and ends in a colon.
    pub(super) lead: Option<String>,
    /// What it is made of.
    pub(super) body: Body,
}

/// The kinds of blocks that can be quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    /// Sentences of one paragraph.
    Paragraph(Vec<String>),
    /// Items without an order.
    Bullets(Vec<String>),
    /// Items in an order, with the number of the first.
    Steps {
        /// The first item's number: not 1 when the passage begins in mid-list.
        first: u32,
        /// The items.
        items: Vec<String>,
    },
    /// Rows of cells; the header is empty when the passage begins in mid-table.
    Table {
        /// The header's cells.
        header: Vec<String>,
        /// The rows.
        rows: Vec<Vec<String>>,
    },
}

/// Reads the blocks of `text`; `heading` is the one that is open where it begins.
pub(super) fn read(text: &str, heading: Option<&str>) -> Vec<Block> {
    let mut reader = Reader {
        heading: heading.map(str::to_owned),
        ..Reader::default()
    };
    for line in text.lines() {
        reader.line(line);
    }
    reader.close();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    heading: Option<String>,
    lead: Option<String>,
    open: Option<Open>,
}

/// The block that is being read.
enum Open {
    Paragraph(String),
    Bullets(Vec<String>),
    Steps(u32, Vec<String>),
    Table(Vec<Vec<String>>, bool),
    Code(Vec<String>),
}

impl Reader {
    fn line(&mut self, line: &str) {
        let text = line.trim().trim_start_matches("> ").trim();
        if let Some(Open::Code(lines)) = &mut self.open {
            if is_code_fence(text) {
                self.close();
            } else {
                lines.push(line.to_owned());
            }
            return;
        }
        if text.is_empty() {
            // A blank line between the items of a list does not end it.
            if !matches!(self.open, Some(Open::Bullets(_) | Open::Steps(..))) {
                self.close();
            }
            return;
        }
        let indented = line.starts_with("  ") || line.starts_with('\t');
        if is_code_fence(text) {
            self.close();
            self.open = Some(Open::Code(Vec::new()));
        } else if let Some(title) = heading(text) {
            self.close();
            self.lead = None;
            self.heading = Some(title);
        } else if text.starts_with('|') {
            self.row(text);
        } else if let Some((number, item)) = step(text).filter(|_| !indented) {
            match &mut self.open {
                Some(Open::Steps(_, items)) => items.push(item.to_owned()),
                _ => self.begin_steps(number, item),
            }
        } else if let Some(item) = bullet(text) {
            self.bullet(item, indented);
        } else if is_rule(text) {
            self.close();
        } else {
            self.words(text, indented);
        }
    }

    fn row(&mut self, text: &str) {
        let cells: Vec<String> = cells(text).iter().map(|cell| plain(cell)).collect();
        let is_delimiter = cells
            .iter()
            .all(|cell| !cell.is_empty() && cell.chars().all(|c| "-–—: ".contains(c)));
        match &mut self.open {
            Some(Open::Table(rows, has_header)) if is_delimiter => *has_header |= rows.len() == 1,
            Some(Open::Table(rows, _)) => rows.push(cells),
            _ if is_delimiter => {}
            _ => self.begin(Open::Table(vec![cells], false)),
        }
    }

    fn bullet(&mut self, item: &str, indented: bool) {
        match &mut self.open {
            // A list inside an item belongs to the item.
            Some(Open::Steps(_, items) | Open::Bullets(items)) if indented => {
                if let Some(last) = items.last_mut() {
                    last.push_str(if last.ends_with(':') { " " } else { "; " });
                    last.push_str(item);
                }
            }
            Some(Open::Bullets(items)) => items.push(item.to_owned()),
            _ => self.begin(Open::Bullets(vec![item.to_owned()])),
        }
    }

    fn words(&mut self, text: &str, indented: bool) {
        match &mut self.open {
            Some(Open::Paragraph(words)) => {
                words.push(' ');
                words.push_str(text);
            }
            Some(Open::Bullets(items) | Open::Steps(_, items)) if indented => {
                if let Some(last) = items.last_mut() {
                    last.push(' ');
                    last.push_str(text);
                }
            }
            _ => self.begin(Open::Paragraph(text.to_owned())),
        }
    }

    fn begin(&mut self, open: Open) {
        self.close();
        self.open = Some(open);
    }

    /// Code belongs to the sentence that announces it; alone it says nothing.
    fn attach(&mut self, lines: &[String]) {
        let code: Vec<String> = lines.iter().map(|line| format!("`{}`", line.trim())).collect();
        let announced = match self.blocks.last_mut().map(|block| &mut block.body) {
            Some(Body::Paragraph(items) | Body::Bullets(items) | Body::Steps { items, .. }) => {
                items.last_mut()
            }
            _ => None,
        };
        if let Some(announced) = announced.filter(|text| text.ends_with(':'))
            && (1..=MAX_CODE_LINES).contains(&code.len())
        {
            announced.push(' ');
            announced.push_str(&code.join(", "));
            self.lead = None;
        }
    }

    /// Opens a numbered list, or goes on with the one that code interrupted.
    fn begin_steps(&mut self, number: u32, item: &str) {
        self.close();
        let goes_on = matches!(self.blocks.last(), Some(Block { body: Body::Steps { first, items }, heading, .. })
            if *heading == self.heading && u32::try_from(items.len()).is_ok_and(|len| first + len == number));
        match self.blocks.pop() {
            Some(Block {
                body: Body::Steps { first, mut items },
                lead,
                ..
            }) if goes_on => {
                items.push(item.to_owned());
                self.lead = lead;
                self.open = Some(Open::Steps(first, items));
            }
            last => {
                self.blocks.extend(last);
                self.open = Some(Open::Steps(number, vec![item.to_owned()]));
            }
        }
    }

    fn close(&mut self) {
        let body = match self.open.take() {
            None => return,
            Some(Open::Paragraph(words)) => Body::Paragraph(split(&plain(&words))),
            Some(Open::Bullets(items)) => Body::Bullets(items.iter().map(|item| plain(item)).collect()),
            Some(Open::Steps(first, items)) => Body::Steps {
                first,
                items: items.iter().map(|item| plain(item)).collect(),
            },
            Some(Open::Table(mut rows, has_header)) => {
                let header = if has_header { rows.remove(0) } else { Vec::new() };
                Body::Table { header, rows }
            }
            Some(Open::Code(lines)) => return self.attach(&lines),
        };
        let lead = self.lead.take();
        if let Body::Paragraph(sentences) = &body {
            let open = |last: &&String| !last.ends_with(['.', '!', '?', '…']);
            self.lead = sentences.last().filter(open).cloned();
        }
        let lead = if matches!(body, Body::Paragraph(_)) {
            None
        } else {
            lead
        };
        self.blocks.push(Block {
            heading: self.heading.clone(),
            lead,
            body,
        });
    }
}

fn is_code_fence(text: &str) -> bool {
    text.starts_with("```") || text.starts_with("~~~")
}

fn is_rule(text: &str) -> bool {
    text.len() >= 3 && text.chars().all(|c| matches!(c, '-' | '*' | '_' | ' '))
}

fn heading(text: &str) -> Option<String> {
    let level = text.bytes().take_while(|&b| b == b'#').count();
    let title = text.get(level..)?;
    ((1..=6).contains(&level) && title.starts_with(' ')).then(|| plain(title.trim().trim_end_matches('#')))
}

fn bullet(text: &str) -> Option<&str> {
    ["- ", "* ", "+ ", "• "]
        .iter()
        .find_map(|mark| text.strip_prefix(mark))
        .map(str::trim)
}

/// `3. Open the page` or `3) Open the page`.
fn step(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text
        .split_at_checked(digits)
        .filter(|_| (1..=3).contains(&digits))?;
    let item = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))?;
    Some((number.parse().ok()?, item.trim()))
}

/// The cells of a row; `\|` is a bar inside a cell.
fn cells(text: &str) -> Vec<String> {
    let inner = text.strip_prefix('|').unwrap_or(text);
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in inner.chars() {
        match (c, cells.last_mut()) {
            ('|', _) if !escaped => cells.push(String::new()),
            ('\\', _) if !escaped => {
                escaped = true;
                continue;
            }
            (c, Some(cell)) => {
                if escaped && c != '|' {
                    cell.push('\\');
                }
                cell.push(c);
            }
            (_, None) => {}
        }
        escaped = false;
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests;
