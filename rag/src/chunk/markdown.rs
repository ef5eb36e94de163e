//! Markdown to chunks.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use text_splitter::{ChunkConfig, ChunkSizer, MarkdownSplitter};

use super::{Chunk, TokenCounter};

/// The splitter weighs every way to cut what it is given, so it is given at most
/// this many bytes at once; longer texts are cut before, at the best place near.
const SEGMENT_BYTES: usize = 16 * 1024;

struct Sizer<'a>(&'a TokenCounter);

impl ChunkSizer for Sizer<'_> {
    fn size(&self, chunk: &str) -> usize {
        self.0.count(chunk)
    }
}

/// Cuts `body` into chunks of at most `capacity` tokens.
pub(super) fn chunks(body: &str, counter: &TokenCounter, capacity: usize) -> Vec<Chunk> {
    let splitter = MarkdownSplitter::new(ChunkConfig::new(capacity).with_sizer(Sizer(counter)));
    let headings = headings(body);
    let mut chunks = Vec::new();
    let mut path = Path::default();
    let mut headings = headings.into_iter().peekable();
    for (offset, segment) in segments(body) {
        for (at, text) in splitter.chunk_indices(segment) {
            let start = offset + at;
            while let Some(heading) = headings.next_if(|heading| heading.start <= start) {
                path.enter(heading);
            }
            // Rules, fences and table lines alone say nothing and would be noise.
            if !text.is_empty() {
                chunks.push(Chunk {
                    start,
                    end: start + text.len(),
                    headings: path.titles(),
                });
            }
        }
    }
    chunks
}

struct Heading {
    level: usize,
    start: usize,
    title: String,
}

/// The headings that are open at a place in the text.
#[derive(Default)]
struct Path(Vec<Heading>);

impl Path {
    fn enter(&mut self, heading: Heading) {
        self.0.retain(|open| open.level < heading.level);
        self.0.push(heading);
    }

    fn titles(&self) -> Vec<String> {
        self.0.iter().map(|heading| heading.title.clone()).collect()
    }
}

fn headings(body: &str) -> Vec<Heading> {
    let mut found = Vec::new();
    let mut open: Option<Heading> = None;
    for (event, span) in Parser::new_ext(body, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                open = Some(Heading {
                    level: level as usize,
                    start: span.start,
                    title: String::new(),
                });
            }
            Event::End(TagEnd::Heading(_)) => {
                found.extend(open.take().filter(|heading| !heading.title.is_empty()));
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut open {
                    heading.title.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}

/// Cuts a long text before a heading, else a paragraph, a line, a word, a character.
fn segments(body: &str) -> Vec<(usize, &str)> {
    let mut segments = Vec::new();
    let mut start = 0;
    while let Some(rest) = body.get(start..).filter(|rest| !rest.is_empty()) {
        let end = if rest.len() <= SEGMENT_BYTES {
            rest.len()
        } else {
            cut(rest)
        };
        segments.push((start, rest.get(..end).unwrap_or(rest)));
        start += end;
    }
    segments
}

fn cut(rest: &str) -> usize {
    let window = rest
        .get(..rest.floor_char_boundary(SEGMENT_BYTES))
        .unwrap_or(rest);
    // A cut in the first quarter would leave many small segments behind.
    let late = |at: Option<usize>, skip: usize| at.map(|at| at + skip).filter(|at| *at >= SEGMENT_BYTES / 4);
    late(window.rfind("\n#"), 1)
        .or_else(|| late(window.rfind("\n\n"), 2))
        .or_else(|| late(window.rfind('\n'), 1))
        .or_else(|| late(window.rfind(' '), 1))
        .unwrap_or(window.len())
}

#[cfg(test)]
mod tests;
