//! Results on stdout, errors on stderr.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use serde_json::json;

/// How results are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Writes the result: the document, or the words for people.
    pub(super) fn result(
        self,
        document: &impl Serialize,
        words: impl FnOnce() -> String,
    ) -> anyhow::Result<()> {
        let text = if self.json {
            serde_json::to_string_pretty(document)?
        } else {
            words()
        };
        let mut stdout = std::io::stdout().lock();
        // Whoever reads may have left, as `head` does.
        let _ = writeln!(stdout, "{}", text.trim_end());
        let _ = stdout.flush();
        Ok(())
    }

    /// Tells a person something while the work goes on.
    pub(super) fn say(self, words: &str) {
        if !self.json {
            let _ = writeln!(std::io::stderr().lock(), "{words}");
        }
    }

    /// Writes why a command failed, with its causes in one sentence.
    pub(super) fn failure(self, error: &anyhow::Error) {
        let mut words = String::new();
        for cause in error.chain() {
            let cause = cause.to_string();
            // A transparent error repeats what its cause says.
            if !words.contains(&cause) {
                if !words.is_empty() {
                    words.push_str(": ");
                }
                words.push_str(&cause);
            }
        }
        if self.json {
            let mut stdout = std::io::stdout().lock();
            let _ = writeln!(stdout, "{}", json!({"error": words}));
        }
        let _ = writeln!(std::io::stderr().lock(), "error: {words}");
    }

    /// A progress bar on a terminal; nothing elsewhere.
    pub(super) fn progress(self, what: &str, total: u64) -> ProgressBar {
        let target = if !self.json && std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        if let Ok(style) = ProgressStyle::with_template("{prefix:<24} {bar:32} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_owned());
        bar
    }
}
