//! Where the open amount went between the ends of two days.

use crm_tools::semantic::{Form, PipelineQuery};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::{
    Answer, Reference, currency_of, digits,
    truth::Truth as _,
    values::{Row, Value, rounded},
};

/// A part of the way: its deals and what they add.
#[derive(Default, Clone, Copy)]
struct Part {
    amount: Decimal,
    records: i64,
}

impl Part {
    fn add(&mut self, amount: Decimal) {
        self.amount += amount;
        self.records += 1;
    }
}

#[derive(Default)]
struct Bridge {
    opening: Part,
    created: Part,
    moved_in: Part,
    won: Part,
    lost: Part,
    slipped: Part,
    changed: Part,
    closing: Part,
    records: i64,
}

impl Reference<'_> {
    pub(super) fn bridge(&self, query: &PipelineQuery) -> Answer {
        let Form::Bridge { from, to } = query.form else {
            panic!("a bridge")
        };
        let currency = currency_of(query);
        let mut bridge = Bridge::default();
        for known in self.rows.deals.iter().filter(|known| self.sees(known.deal.owner)) {
            let Some(after) = self.was(known, to).map(|known| self.row(known)) else {
                continue;
            };
            let existed = self.calendar.local(known.deal.created) <= from;
            let before = self.was(known, from).map(|known| self.row(known));
            if existed && before.is_none() {
                // What it was then is not known.
                continue;
            }
            let amount = |row: &Row| row.amount(&currency, self).unwrap_or_default();
            bridge.walk(
                before
                    .as_ref()
                    .map(|row| (row, amount(row), self.counts(row, query))),
                (&after, amount(&after), self.counts(&after, query)),
            );
        }
        bridge.answer(digits(&currency))
    }

    /// Whether a deal, as it was on a day, is one that is asked about.
    fn counts(&self, row: &Row, query: &PipelineQuery) -> bool {
        let (_, days) = self.days(query);
        let closes = query.time.is_none() || self.within(row, "close_date", days);
        closes && self.fulfils(row, query)
    }
}

impl Bridge {
    /// One deal, what it was worth and whether it counted, on the first day and on the last.
    fn walk(&mut self, before: Option<(&Row, Decimal, bool)>, (after, worth, counts): (&Row, Decimal, bool)) {
        let was_in = before.is_some_and(|(row, _, counted)| counted && !row.is_closed());
        let is_in = counts && !after.is_closed();
        let closed_so_before = before.is_some_and(|(row, ..)| row.kind == after.kind);
        let came_and_closed = counts && after.is_closed() && !closed_so_before;
        let entered = !was_in && (is_in || came_and_closed);
        if was_in && let Some((_, had, _)) = before {
            self.opening.add(had);
            if had != worth {
                self.changed.add(worth - had);
            }
        }
        if entered {
            match before {
                None => self.created.add(worth),
                Some(_) => self.moved_in.add(worth),
            }
        }
        if was_in || entered {
            self.records += 1;
            match after.kind {
                _ if is_in => self.closing.add(worth),
                "won" => self.won.add(worth),
                "lost" => self.lost.add(worth),
                _ => self.slipped.add(worth),
            }
        }
    }

    fn answer(mut self, digits: u32) -> Answer {
        for part in [
            &mut self.opening,
            &mut self.created,
            &mut self.moved_in,
            &mut self.won,
            &mut self.lost,
            &mut self.slipped,
            &mut self.changed,
            &mut self.closing,
        ] {
            part.amount = rounded(part.amount, digits);
        }
        // The parts add up to the last digit: what rounding left over is a change.
        let rest = self.closing.amount - self.opening.amount - self.created.amount - self.moved_in.amount
            + self.won.amount
            + self.lost.amount
            + self.slipped.amount;
        let cents = (rest - self.changed.amount).abs() * Decimal::from(10_i64.pow(digits));
        assert!(cents <= Decimal::from(4), "{rest} for {}", self.changed.amount);
        self.changed.amount = rest;
        let parts = [
            ("opening", self.opening),
            ("created", self.created),
            ("moved_in", self.moved_in),
            ("won", self.won),
            ("lost", self.lost),
            ("slipped", self.slipped),
            ("changed", self.changed),
            ("closing", self.closing),
        ];
        let line = |(name, part): (&str, Part)| -> Vec<Json> {
            vec![
                json!(name),
                Value::Number(part.amount).json(),
                Value::Number(part.records.into()).json(),
            ]
        };
        Answer {
            rows: parts.into_iter().map(line).collect(),
            records: self.records,
        }
    }
}
