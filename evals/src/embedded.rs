//! The files that the build script put into the binary.

/// A file with its path below its folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File {
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Everything below `evals/demo`.
pub(crate) fn demo() -> &'static [File] {
    DEMO
}

/// What the year of the demo companies is made of, in `evals/texts`.
pub(crate) fn texts() -> &'static [File] {
    TEXTS
}

/// The suites in `evals/cases`.
pub(crate) fn cases() -> &'static [File] {
    CASES
}

/// The committed results in `evals/baselines`.
pub(crate) fn baselines() -> &'static [File] {
    BASELINES
}
