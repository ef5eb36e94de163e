//! The words that say how a question is meant, whatever it is about: by, top, more than, show.
//!
//! These are the grammar of four languages. What questions are about stands in the semantic layer, not here.

use crate::semantic::{Grain, Language};

/// What such a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// What follows makes the groups.
    By,
    /// Each stretch of the calendar makes a group, said in one word: monthly.
    Every(Grain),
    /// A stretch of the calendar: month.
    Unit(Grain),
    /// A number of records is asked for.
    HowMany,
    /// An amount is asked for.
    HowMuch,
    /// A mean is asked for.
    Average,
    /// The records themselves are asked for.
    List,
    /// Some of what follows: which deals, which rep.
    Which,
    /// The most, or the first so many.
    Most,
    /// The least, or the last so many.
    Least,
    /// Good or bad without saying at what.
    Best,
    /// The rest as a group of its own.
    Other,
    /// As a part of the whole.
    Share,
    /// Over time.
    Trend,
    /// Beside other days.
    Versus,
    /// Compared with what follows "than": more, fewer, better.
    More,
    /// Open, though their day has passed.
    Overdue,
    /// More than.
    Over,
    /// This or more.
    AtLeast,
    /// Less than.
    Under,
    /// This or less.
    AtMost,
    /// From one to another.
    Between,
    /// Not this.
    Without,
    /// Nothing but this.
    Only,
    /// One more of the same kind.
    And,
    /// With: an owner with so many deals.
    With,
    /// Those that are open.
    Open,
    /// Those that were won.
    Won,
    /// Those that were lost.
    Lost,
    /// Those that came to be.
    New,
    /// Those whose close date is meant.
    Closing,
    /// How many came to each step.
    Funnel,
    /// How long they stay in each step.
    Durations,
    /// What became of those that began together.
    Cohort,
    /// What changed between two days.
    Bridge,
    /// A bridge if days are named, a word like others if not: change.
    Change,
    /// As things stood on a day.
    AsOf,
    /// The end of the stretch that follows.
    EndOf,
    /// How long something takes.
    HowLong,
    /// The asker's own.
    Mine,
    /// Those below the asker.
    MyTeam,
    /// Of everybody whose records the asker sees.
    Team,
    /// A fragment that goes on from the question before.
    Also,
    /// In the place of what was there.
    Instead,
    /// Something is to be changed, which questions never do.
    Write,
    /// The rules are to be changed, or another company is meant.
    Forbidden,
    /// Nothing that matters.
    Filler,
}

/// Words with their phrases, separated by `|`, as they are compared: without accents.
pub(super) type Table = &'static [(Word, &'static str)];

/// The words of a language.
pub(super) fn table(language: Language) -> Table {
    match language {
        Language::En => super::words_en::WORDS,
        Language::De => super::words_de::WORDS,
        Language::Es => super::words_es::WORDS,
        Language::Fr => super::words_fr::WORDS,
    }
}
