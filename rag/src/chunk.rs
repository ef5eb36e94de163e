//! Text to passages with byte spans, sized by the embedder's own tokenizer.

mod count;
mod markdown;

use crate::Embedder;

pub use count::TokenCounter;

/// Names the way chunks are cut; a change of it makes every stored vector foreign.
pub const CHUNKER_VERSION: &str = "markdown-1";

/// Word pieces of the passage itself. Small enough that title, headings and the
/// model's own marks fit into 256 with it (`MiniLM` reads no further), large enough
/// that most sections of a help article stay whole. docs/retrieval.md has the
/// figures that were compared.
const BODY_TOKENS: usize = 200;

/// Word pieces that title and headings may take of what the model reads.
const CONTEXT_TOKENS: usize = 52;

/// A passage: `body[start..end]`, and the headings it stands under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// First byte in the body.
    pub start: usize,
    /// One past the last byte in the body.
    pub end: usize,
    /// Headings above the passage, outermost first.
    pub headings: Vec<String>,
}

impl Chunk {
    /// The passage's own text; empty when the span does not belong to `body`.
    pub fn text<'a>(&self, body: &'a str) -> &'a str {
        body.get(self.start..self.end).unwrap_or_default()
    }
}

/// Cuts Markdown bodies into passages.
#[derive(Debug, Clone)]
pub struct Chunker {
    counter: TokenCounter,
    body_tokens: usize,
}

impl Chunker {
    /// A chunker whose passages fit into what `embedder` reads.
    pub fn for_embedder(embedder: &dyn Embedder) -> Self {
        let room = embedder.max_tokens().saturating_sub(CONTEXT_TOKENS + 2).max(32);
        Self {
            counter: embedder.counter(),
            body_tokens: room.min(BODY_TOKENS),
        }
    }

    /// A chunker of a given size, in the units of `counter`.
    pub fn new(counter: TokenCounter, body_tokens: usize) -> Self {
        Self {
            counter,
            body_tokens: body_tokens.max(1),
        }
    }

    /// Cuts `body`. Only white space lies between two passages, and the cost grows
    /// linearly with the length of the text, whatever the text is.
    pub fn chunks(&self, body: &str) -> Vec<Chunk> {
        markdown::chunks(body, &self.counter, self.body_tokens)
    }

    /// What is embedded and searched for a passage: title and headings say what a
    /// passage that stands alone would leave out. They are not part of its span.
    pub fn context(&self, title: &str, chunk: &Chunk, body: &str) -> String {
        let text = chunk.text(body);
        let mut lines = vec![title];
        // A passage that begins with its heading has said it already.
        let own = text
            .starts_with('#')
            .then(|| text.lines().next().unwrap_or_default());
        lines.extend(
            chunk
                .headings
                .iter()
                .map(String::as_str)
                .filter(|heading| *heading != title && own.is_none_or(|own| !own.ends_with(heading))),
        );
        let mut prefix = self.counter.cut(&lines.join("\n"), CONTEXT_TOKENS).to_owned();
        prefix.push('\n');
        prefix.push_str(text);
        prefix
    }

    /// The size and the version, as they enter an index's fingerprint.
    pub fn fingerprint(&self) -> String {
        format!("{CHUNKER_VERSION}/{}", self.body_tokens)
    }
}
