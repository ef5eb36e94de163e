//! Days and stretches of time in a question.
//!
//! The libraries at hand read English only (`chrono-english`, `interim`, `two_timer`) or fixed formats
//! (`date_time_parser`, `fundu`), and give moments where a query needs stretches that are resolved when it runs. So this
//! is a small grammar of its own over chrono's calendar: stretches seen from today, named ones, days, and open or closed
//! ranges of those.

use chrono::{Datelike as _, NaiveDate};

use super::{
    calendar::Calendar,
    marks::{day_number, is_phrase, norm, phrase, quarter_code, written, year_after, year_of},
    periods_names::{month, ordinal, unit},
    periods_words::{Where, words},
    tokens::{Kind, Token},
};
use crate::semantic::{Grain, Language, Range};

/// What was said about time.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Period {
    /// Days.
    Range(Range),
    /// A single day of the calendar.
    Day(NaiveDate),
    /// The stretch before the one that was named.
    Earlier(Grain),
    /// A day that is in no calendar, such as 30 February.
    Nowhere,
}

/// How a question's words for time are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    pub(super) language: Language,
    pub(super) calendar: Calendar,
    /// Whether days without a year are meant to come, as close dates are.
    pub(super) ahead: bool,
}

impl Reader {
    /// The longest period that begins at a token, with the number of tokens that it takes.
    pub(super) fn read(&self, tokens: &[Token], at: usize) -> Option<(usize, Period)> {
        let say = words(self.language);
        if let Some((taken, unit)) = phrase(tokens, at, say.to_date) {
            return Some((taken, Period::Range(Range::ToDate { unit, offset: 0 })));
        }
        if let Some((taken, unit)) = phrase(tokens, at, say.earlier) {
            return Some((taken, Period::Earlier(unit)));
        }
        self.two(tokens, at, say)
            .or_else(|| self.open(tokens, at, say))
            .or_else(|| self.point(tokens, at))
    }

    /// Between one and another, from one to another.
    fn two(&self, tokens: &[Token], at: usize, say: &Where) -> Option<(usize, Period)> {
        let word = norm(tokens, at)?;
        if !say.between.contains(&word) && !say.from.contains(&word) {
            return None;
        }
        let start = self.skip(tokens, at + 1, say);
        // "Between 1 and 15 October": the first day takes its month from the second one.
        let (first_taken, first) = self.point(tokens, start).or_else(|| {
            let number: u32 = norm(tokens, start)?.parse().ok()?;
            let joint = norm(tokens, start + 1)?;
            if !say.to.contains(&joint) {
                return None;
            }
            let (_, Period::Day(last)) = self.point(tokens, self.skip(tokens, start + 2, say))? else {
                return None;
            };
            Some((1, last.with_day(number).map_or(Period::Nowhere, Period::Day)))
        })?;
        let joint = start + first_taken;
        let mut middle = joint;
        if !say.to.contains(&norm(tokens, middle)?) {
            return None;
        }
        middle = self.skip(tokens, middle + 1, say);
        let (last_taken, last) = self.point(tokens, middle)?;
        let taken = middle + last_taken - at;
        let (Some(mut from), Some(to)) = (self.days(&first)?.0, self.days(&last)?.1) else {
            return Some((taken, Period::Nowhere));
        };
        // "From 1 October to 15 November 2025": the year stands at the end only.
        if from > to && from.year() != to.year() {
            from = from.with_year(to.year())?;
        }
        let range = Range::Between {
            from: Some(from),
            to: Some(to),
        };
        Some((
            taken,
            if from > to {
                Period::Nowhere
            } else {
                Period::Range(range)
            },
        ))
    }

    /// Since, until, before, after a day or stretch.
    fn open(&self, tokens: &[Token], at: usize, say: &Where) -> Option<(usize, Period)> {
        let word = norm(tokens, at)?;
        let (since, until) = (say.since.contains(&word), say.until.contains(&word));
        let (before, after) = (say.before.contains(&word), say.after.contains(&word));
        if !(since || until || before || after) {
            return None;
        }
        let start = self.skip(tokens, at + 1, say);
        // What must have been lies behind; what is not to be later may lie ahead.
        let reader = Self {
            ahead: (before || until) && self.ahead,
            ..*self
        };
        let (taken, inner) = reader.point(tokens, start)?;
        // "Nach Quartal", "nach Monat": a group, not a time.
        if after && matches!(inner, Period::Range(Range::Relative { .. })) && start == at + 1 && taken == 1 {
            return None;
        }
        let taken = start + taken - at;
        let (first, last) = reader.days(&inner)?;
        let range = if since {
            Range::Between {
                from: Some(first?),
                to: None,
            }
        } else if after {
            Range::Between {
                from: Some(last?.succ_opt()?),
                to: None,
            }
        } else if before {
            Range::Between {
                from: None,
                to: Some(first?.pred_opt()?),
            }
        } else {
            Range::Between {
                from: None,
                to: Some(last?),
            }
        };
        Some((taken, Period::Range(range)))
    }

    /// A day or a stretch.
    fn point(&self, tokens: &[Token], at: usize) -> Option<(usize, Period)> {
        self.day(tokens, at)
            .or_else(|| self.relative(tokens, at))
            .or_else(|| self.named(tokens, at))
    }

    fn relative(&self, tokens: &[Token], at: usize) -> Option<(usize, Period)> {
        let say = words(self.language);
        let day = |offset| {
            Period::Range(Range::Relative {
                unit: Grain::Day,
                offset,
            })
        };
        for (known, offset) in [(say.today, 0), (say.yesterday, -1), (say.tomorrow, 1)] {
            if let Some(taken) = known.iter().find_map(|known| is_phrase(tokens, at, known)) {
                return Some((taken, day(offset)));
            }
        }
        let word = norm(tokens, at)?;
        let side = |word: &str| {
            let sides = [(say.this, 0), (say.last, -1), (say.next, 1)];
            sides
                .into_iter()
                .find(|(known, _)| known.contains(&word))
                .map(|(_, offset)| offset)
        };
        // Last 30 days; letzten 30 Tagen; últimos 30 días; 30 derniers jours.
        let number = |at: usize| {
            norm(tokens, at)?
                .parse::<i32>()
                .ok()
                .filter(|count| (1..=3660).contains(count))
        };
        let (count, offset, next) = match (number(at), side(word)) {
            (Some(count), _) => (Some(count), norm(tokens, at + 1).and_then(side), at + 2),
            (_, Some(offset)) => match number(at + 1) {
                Some(count) => (Some(count), Some(offset), at + 2),
                None => (None, Some(offset), at + 1),
            },
            _ => (None, None, at),
        };
        match (count, offset) {
            (Some(count), Some(offset)) if offset != 0 => {
                let unit = unit(norm(tokens, next)?, self.language)?;
                let count = if offset < 0 { count } else { -count };
                return Some((next + 1 - at, Period::Range(Range::Rolling { unit, count })));
            }
            (None, Some(offset)) => {
                let next = if norm(tokens, next).is_some_and(|word| matches!(word, "fiscal" | "calendar")) {
                    next + 1
                } else {
                    next
                };
                if let Some(unit) = norm(tokens, next).and_then(|word| unit(word, self.language)) {
                    let mut taken = next + 1 - at;
                    // Ce mois-ci, cette semaine-là.
                    if self.language == Language::Fr && norm(tokens, next + 1) == Some("ci") {
                        taken += 1;
                    }
                    return Some((taken, Period::Range(Range::Relative { unit, offset })));
                }
                // Last March, dieser Oktober.
                if let Some(number) = norm(tokens, next).and_then(|word| month(word, self.language)) {
                    let reader = Self {
                        ahead: offset > 0,
                        ..*self
                    };
                    return Some((next + 1 - at, reader.month(number, None)));
                }
            }
            _ => {}
        }
        // Mes pasado, trimestre dernier, mois en cours.
        let here = unit(word, self.language)?;
        let after = norm(tokens, at + 1)?;
        let behind = ["actual", "presente", "courant", "courante"];
        if let (Language::Es | Language::Fr, Some(offset)) = (
            self.language,
            side(after).filter(|offset| *offset != 0 || behind.contains(&after)),
        ) {
            return Some((2, Period::Range(Range::Relative { unit: here, offset })));
        }
        let phrases: &[(&str, i32)] = match self.language {
            Language::Es => &[("que viene", 1), ("en curso", 0)],
            Language::Fr => &[("en cours", 0)],
            _ => &[],
        };
        phrases.iter().find_map(|(phrase, offset)| {
            let taken = is_phrase(tokens, at + 1, phrase)?;
            Some((
                taken + 1,
                Period::Range(Range::Relative {
                    unit: here,
                    offset: *offset,
                }),
            ))
        })
    }

    /// Q3 2026, third quarter, March 2025, 2026.
    fn named(&self, tokens: &[Token], at: usize) -> Option<(usize, Period)> {
        let word = norm(tokens, at)?;
        let (taken, quarter) = if let Some(quarter) = quarter_code(word) {
            (1, Some(quarter))
        } else {
            let number = ordinal(word, self.language)
                .or_else(|| word.parse().ok().filter(|number| (1..=4).contains(number)));
            match number.zip(norm(tokens, at + 1).and_then(|word| unit(word, self.language))) {
                Some((number, Grain::Quarter)) => (2, Some(number)),
                _ => (0, None),
            }
        };
        if let Some(quarter) = quarter {
            let (more, year) = year_after(tokens, at + taken);
            return Some((taken + more, self.quarter(quarter, year)));
        }
        if let Some(number) = month(word, self.language) {
            // The verb and the short names are words of other kinds as well.
            let sure = tokens
                .get(at)
                .is_some_and(|token| token.capital || token.norm.len() > 3);
            let (more, year) = year_after(tokens, at + 1);
            return (sure || year.is_some()).then(|| (1 + more, self.month(number, year)));
        }
        let fiscal = word.strip_prefix("fy").and_then(|year| year.parse::<i32>().ok());
        let year = fiscal
            .map(|year| if year < 100 { year + 2000 } else { year })
            .or_else(|| year_of(tokens.get(at)?))?;
        Some((
            1,
            Period::Range(Range::Named {
                unit: Grain::Year,
                year,
                number: None,
            }),
        ))
    }

    fn month(&self, number: u32, year: Option<i32>) -> Period {
        let today = self.calendar.today;
        let year = year.unwrap_or_else(|| match (number.cmp(&today.month()), self.ahead) {
            (std::cmp::Ordering::Greater, false) => today.year() - 1,
            (std::cmp::Ordering::Less, true) => today.year() + 1,
            _ => today.year(),
        });
        Period::Range(Range::Named {
            unit: Grain::Month,
            year,
            number: Some(number),
        })
    }

    /// Without a year, the last one that has begun, or the next one to end.
    fn quarter(&self, number: u32, year: Option<i32>) -> Period {
        let today = self.calendar.today;
        let named = |year| Range::Named {
            unit: Grain::Quarter,
            year,
            number: Some(number),
        };
        let fits = |year: &i32| match self.calendar.days(&named(*year)) {
            (Some(first), Some(last)) if self.ahead => {
                last >= today && first <= today + chrono::Days::new(366)
            }
            (Some(first), _) => first <= today,
            _ => false,
        };
        let mut years = [today.year() + 1, today.year(), today.year() - 1];
        if self.ahead {
            years.reverse();
        }
        let year = year
            .or_else(|| years.into_iter().find(fits))
            .unwrap_or(today.year());
        Period::Range(named(year))
    }

    /// 1 October, October 1st, 1. Oktober, 1 de octubre de 2026, 30.09.2026, 2026-09-30.
    fn day(&self, tokens: &[Token], at: usize) -> Option<(usize, Period)> {
        let first = tokens.get(at)?;
        if first.kind == Kind::Number && first.norm.contains(['.', '-', '/']) {
            return written(&first.norm).map(|day| (1, day));
        }
        let (number, mut next) = match day_number(tokens, at) {
            Some((taken, number)) => {
                let next = at + taken;
                let skipped = usize::from(norm(tokens, next).is_some_and(|word| matches!(word, "de" | "of")));
                (Some(number), next + skipped)
            }
            None => (None, at),
        };
        let month = month(norm(tokens, next)?, self.language)?;
        next += 1;
        let number = if let Some(number) = number {
            number
        } else {
            // October 1, but not October 2026.
            let (taken, number) = day_number(tokens, next)?;
            next += taken;
            number
        };
        let (more, year) = year_after(tokens, next);
        let day = match year {
            Some(year) => NaiveDate::from_ymd_opt(year, month, number),
            None => self.nearest(month, number),
        };
        Some((next + more - at, day.map_or(Period::Nowhere, Period::Day)))
    }

    /// The last such day up to today, or the first from today on. 29 February waits for its year.
    fn nearest(&self, month: u32, number: u32) -> Option<NaiveDate> {
        let today = self.calendar.today;
        (0..=8).find_map(|years| {
            let year = if self.ahead {
                today.year() + years
            } else {
                today.year() - years
            };
            let day = NaiveDate::from_ymd_opt(year, month, number)?;
            (if self.ahead { day >= today } else { day <= today }).then_some(day)
        })
    }

    /// The first and the last day of a period; none when it is in no calendar.
    pub(super) fn days(&self, period: &Period) -> Option<(Option<NaiveDate>, Option<NaiveDate>)> {
        match period {
            Period::Range(range) => Some(self.calendar.days(range)),
            Period::Day(day) => Some((Some(*day), Some(*day))),
            Period::Earlier(unit) => Some(self.calendar.days(&Range::Relative {
                unit: *unit,
                offset: -1,
            })),
            Period::Nowhere => None,
        }
    }

    fn skip(&self, tokens: &[Token], mut at: usize, say: &Where) -> usize {
        while norm(tokens, at).is_some_and(|word| say.small.contains(&word))
            && self.point(tokens, at).is_none()
        {
            at += 1;
        }
        at
    }
}

#[cfg(test)]
mod tests;
