//! Taking down what the pieces of a question say, one after another, for one entity.

use super::{
    chart::{Piece, What},
    draft::{Condition, Draft, Group, Quantity, Status},
    lexicon::Meaning,
    numbers::currency,
    tokens::Token,
    values::Hit,
    words::Word,
};
use crate::semantic::{Entity, FilterOp, ME, MY_TEAM, Unit};

/// Takes down what pieces say of an entity.
pub(super) struct Taker<'a> {
    pub(super) e: usize,
    pub(super) entity: &'a Entity,
    pub(super) tokens: &'a [Token],
    pub(super) pieces: &'a [Piece],
    /// Whether the question goes on from one that made groups.
    pub(super) grouped: bool,
}

/// What the last words ask of the next ones.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word that waits for what it is about"
)]
pub(super) struct Wants {
    pub(super) by: bool,
    pub(super) which: bool,
    pub(super) without: bool,
    pub(super) compare: Option<FilterOp>,
    pub(super) between: bool,
    /// A stretch of the calendar was named that is none: "the quarter".
    pub(super) unit: bool,
    /// The last condition left something out, which "and" goes on with.
    pub(super) left_out: bool,
    /// The place of a word that compares: more, fewer.
    pub(super) more: Option<usize>,
    /// The last thing said was a group, which "and" goes on with.
    pub(super) grouped: bool,
}

impl Taker<'_> {
    pub(super) fn take(&self) -> Draft {
        let mut draft = Draft::default();
        let mut wants = Wants::default();
        for (at, piece) in self.pieces.iter().enumerate() {
            match &piece.what {
                What::Period(period) => {
                    self.than(&mut draft, &mut wants, piece.start);
                    let side = if draft.versus {
                        &mut draft.beside
                    } else {
                        &mut draft.periods
                    };
                    side.push(period.clone());
                    wants.by = false;
                    // "Over the last three months".
                    wants.compare = wants.compare.filter(|op| *op != FilterOp::Gt);
                }
                What::Amount(amount) => self.amount(&mut draft, &mut wants, at, *amount),
                What::Phrase(meanings, hits) => self.phrase(&mut draft, &mut wants, at, meanings, hits),
                What::Unknown => self.unknown(&mut draft, piece),
            }
        }
        // "Priority high": the dimension says what the value is of. "By priority" stays.
        let said = |dimension: &usize| {
            let name = self
                .entity
                .dimensions
                .get(*dimension)
                .map(|dimension| &dimension.name);
            draft.conditions.iter().any(|condition| {
                condition
                    .readings
                    .first()
                    .is_some_and(|(filter, ..)| Some(&filter.dimension) == name)
            })
        };
        let loose: Vec<usize> = draft
            .loose
            .iter()
            .copied()
            .filter(|dimension| !said(dimension))
            .collect();
        draft.loose = loose;
        self.left_over(&mut draft, &wants);
        self.out_of_place(&mut draft);
        self.side_by_side(&mut draft);
        draft
    }

    /// "Victor vs Nele this year": values beside each other, and no days beside days.
    fn side_by_side(&self, draft: &mut Draft) {
        let dimension = |condition: &Condition| {
            condition
                .readings
                .first()
                .map(|(filter, ..)| filter.dimension.clone())
        };
        let named: Vec<String> = draft.conditions.iter().filter_map(dimension).collect();
        let twice = named
            .iter()
            .find(|name| named.iter().filter(|other| other == name).count() > 1);
        let at = twice.and_then(|name| {
            self.entity
                .dimensions
                .iter()
                .position(|dimension| dimension.name == *name)
        });
        if let Some(at) = at.filter(|_| draft.versus && draft.periods.is_empty()) {
            draft.versus = false;
            draft.periods = std::mem::take(&mut draft.beside);
            push(&mut draft.groups, Group::Dimension(at));
        }
    }

    fn unknown(&self, draft: &mut Draft, piece: &Piece) {
        if let Some(token) = self.tokens.get(piece.start) {
            match currency(&token.norm) {
                Some(code) => draft.currency = Some(code),
                // A letter is what is left of an elision.
                None if token.norm.chars().count() > 1 || token.norm.chars().all(char::is_numeric) => {
                    draft.unknown.push(token.raw.clone());
                }
                None => {}
            }
        }
    }

    fn phrase(&self, draft: &mut Draft, wants: &mut Wants, at: usize, meanings: &[Meaning], hits: &[Hit]) {
        let word = meanings.iter().find_map(|meaning| match meaning {
            Meaning::Word(word) => Some(*word),
            _ => None,
        });
        let entity = meanings.contains(&Meaning::Entity(self.e));
        let dimension = meanings.iter().find_map(|meaning| match meaning {
            Meaning::Dimension(e, d) if *e == self.e => Some(*d),
            _ => None,
        });
        let measure = meanings.iter().find_map(|meaning| match meaning {
            Meaning::Measure(e, m) if *e == self.e && !self.plain(*m) => Some(*m),
            _ => None,
        });
        let condition = self.condition(at, meanings, hits, wants.without);
        let subject = wants.by || wants.which;

        if wants.without && self.lacking(draft, at, word, dimension) {
            wants.without = false;
        } else if let Some(d) = dimension.filter(|_| subject && condition.is_none()) {
            if wants.by {
                push(&mut draft.groups, Group::Dimension(d));
                wants.grouped = true;
            } else {
                draft.which = true;
                draft.loose.push(d);
            }
            (wants.by, wants.which) = (false, false);
        } else if let (Some(Word::Unit(grain)), true) = (word, wants.by) {
            push(&mut draft.groups, Group::Calendar(grain));
            (wants.by, wants.grouped) = (false, true);
        } else if let Some(m) = measure.filter(|_| !matches!(word, Some(Word::HowMany | Word::HowMuch))) {
            draft.list |= wants.which && self.family(m);
            self.measure(draft, m);
            (wants.by, wants.which) = (false, false);
        } else if let Some(word) = word.filter(|word| {
            *word != Word::Filler || dimension.or(measure).is_none() && !entity && condition.is_none()
        }) {
            self.word(draft, wants, at, word);
            if word == Word::Closing && wants.which {
                wants.which = false;
            }
        } else if let Some(condition) = condition.filter(|condition| !entity || beats_entity(condition)) {
            draft.conditions.push(condition);
            wants.left_out = wants.without;
            (wants.by, wants.which, wants.without) = (false, false, false);
            // "Über den Chat": by way of it.
            wants.compare = wants.compare.filter(|op| *op != FilterOp::Gt);
        } else if entity {
            draft.noun = true;
            draft.pipeline |= self.text(at).contains("pipe") || matches!(self.text(at).as_str(), "cartera");
            draft.list |= wants.which && !draft.pipeline;
            wants.which = false;
        } else if let Some(d) = dimension {
            draft.which |= self.asks(at);
            draft.loose.push(d);
        } else if let Some(Meaning::Measure(_, m)) = meanings
            .iter()
            .find(|meaning| matches!(meaning, Meaning::Measure(e, _) if *e == self.e))
        {
            // "New leads": a name of the records themselves.
            draft.noun |= self.pieces.get(at).is_some_and(|piece| piece.len > 1);
            let unit = self.entity.measures.get(*m).map(|measure| measure.unit);
            if !draft.list {
                draft.quantity.get_or_insert(if unit == Some(Unit::Money) {
                    Quantity::Money
                } else {
                    Quantity::Count
                });
            }
        } else {
            // Known, but not of this entity.
            draft.unknown.push(self.raw(at));
        }
    }

    /// A person asked for: who, wer, quién, qui.
    fn asks(&self, at: usize) -> bool {
        matches!(self.text(at).as_str(), "who" | "wer" | "quien" | "qui")
    }

    /// Measures that only count or add up say what is counted by the other words of the question.
    fn plain(&self, m: usize) -> bool {
        self.entity
            .measures
            .get(m)
            .is_some_and(|measure| matches!(measure.name.as_str(), "count" | "amount"))
    }

    /// Whether a measure is how many are open, won, lost or new.
    fn family(&self, m: usize) -> bool {
        let statuses = [Status::Open, Status::Won, Status::Lost, Status::New];
        self.entity.measures.get(m).is_some_and(|measure| {
            statuses
                .iter()
                .any(|status| measure.name == format!("{}_count", status.prefix()))
        })
    }

    /// A measure by name. What it says of status and quantity joins what other words say: "the value of lost deals".
    fn measure(&self, draft: &mut Draft, m: usize) {
        let Some(measure) = self.entity.measures.get(m) else {
            return;
        };
        let statuses = [Status::Open, Status::Won, Status::Lost, Status::New];
        let of = |status: &Status| {
            let rest = measure.name.strip_prefix(status.prefix())?;
            match rest {
                "_count" => Some((*status, Quantity::Count)),
                "_amount" => Some((*status, Quantity::Money)),
                _ => None,
            }
        };
        match statuses.iter().find_map(of) {
            Some((status, quantity)) => {
                push(&mut draft.status, status);
                draft.noun = true;
                if quantity == Quantity::Money {
                    draft.quantity.get_or_insert(Quantity::Money);
                }
            }
            None if draft.measure.is_none() => draft.measure = Some(m),
            None if draft.measure != Some(m) => push(&mut draft.more, m),
            None => {}
        }
    }

    fn word(&self, draft: &mut Draft, wants: &mut Wants, at: usize, word: Word) {
        let mut status = |status: Status, wants: &mut Wants| {
            let side = if std::mem::take(&mut wants.without) {
                &mut draft.not_status
            } else {
                &mut draft.status
            };
            push(side, status);
        };
        match word {
            Word::By => (wants.by, wants.which) = (true, false),
            Word::Every(grain) => push(&mut draft.groups, Group::Calendar(grain)),
            Word::HowMany => draft.quantity = Some(Quantity::Count),
            Word::HowMuch => {
                if draft.quantity.is_none() {
                    draft.quantity = Some(Quantity::Money);
                }
            }
            Word::Average => draft.quantity = Some(Quantity::Average),
            Word::List => draft.list = true,
            Word::Which => wants.which = true,
            Word::Most => draft.most = Some(true),
            Word::Least => draft.most = Some(false),
            Word::Best => (draft.best, draft.most) = (true, Some(true)),
            Word::Other => draft.other = true,
            Word::Share => draft.share = true,
            Word::Trend => draft.trend = true,
            Word::Versus => draft.versus = true,
            Word::More => wants.more = Some(at),
            Word::Over => wants.compare = Some(FilterOp::Gt),
            Word::AtLeast => wants.compare = Some(FilterOp::Gte),
            Word::Under => wants.compare = Some(FilterOp::Lt),
            Word::AtMost => wants.compare = Some(FilterOp::Lte),
            Word::Between => wants.between = true,
            Word::Without => wants.without = true,
            // At the beginning it goes on from the question before.
            Word::And if at == 0 => draft.also = true,
            // "Except renewals and upsells".
            Word::And if std::mem::take(&mut wants.left_out) => wants.without = true,
            Word::And => {
                wants.by |= std::mem::take(&mut wants.grouped) && self.goes_on(at);
            }
            Word::Only => draft.only = true,
            Word::Open => status(Status::Open, wants),
            Word::Won => status(Status::Won, wants),
            Word::Lost => status(Status::Lost, wants),
            Word::New => status(Status::New, wants),
            Word::Closing => draft.closing = true,

            // Only what goes through stages has these.
            Word::Funnel | Word::Durations | Word::Bridge if !self.entity.has_pipeline() => {
                draft.unknown.push(self.raw(at));
            }
            Word::Funnel => (draft.funnel, draft.noun) = (true, true),
            Word::Durations => (draft.durations, draft.noun) = (true, true),
            Word::Bridge => (draft.bridge, draft.noun) = (true, true),
            Word::Cohort => draft.cohort = true,

            Word::Change => draft.change = true,
            Word::AsOf => draft.as_of = true,
            Word::EndOf => (draft.end_of, draft.as_of) = (true, true),
            Word::HowLong => draft.how_long = true,
            Word::Mine => {
                self.whose(draft, ME);
                wants.by = false;
            }
            Word::MyTeam => {
                let owner = self.whose(draft, MY_TEAM);
                // "By my reps" groups by owner as well.
                if let Some(owner) = owner.filter(|_| std::mem::take(&mut wants.by)) {
                    push(&mut draft.groups, Group::Dimension(owner));
                    wants.grouped = true;
                }
            }
            Word::Also => {
                draft.also |= at == 0;
                draft.add |= super::heard::ADDING.contains(&self.text(at).as_str());
                wants.by |= std::mem::take(&mut wants.grouped) && self.goes_on(at);
            }
            Word::Team => wants.by = false,
            Word::Overdue => {
                (draft.overdue, draft.closing) = (true, true);
                push(&mut draft.status, Status::Open);
            }
            Word::Unit(_) => wants.unit = true,
            Word::Instead | Word::With | Word::Filler => {}
            Word::Write | Word::Forbidden => draft.unknown.push(self.raw(at)),
        }
    }

    /// Whether a dimension follows "and".
    fn goes_on(&self, at: usize) -> bool {
        let next = self
            .pieces
            .iter()
            .skip(at + 1)
            .find(|piece| !piece.is(Word::Filler));
        next.is_some_and(|piece| match &piece.what {
            What::Phrase(meanings, _) => meanings.iter().any(|meaning| {
                matches!(meaning, Meaning::Dimension(e, _) if *e == self.e)
                    || matches!(meaning, Meaning::Word(Word::Unit(_)))
            }),
            _ => false,
        })
    }

    pub(super) fn text(&self, at: usize) -> String {
        self.words(at, |token| token.norm.as_str())
    }

    pub(super) fn raw(&self, at: usize) -> String {
        self.words(at, |token| token.raw.as_str())
    }

    fn words(&self, at: usize, of: impl Fn(&Token) -> &str) -> String {
        let piece = self.pieces.get(at);
        let tokens = piece
            .into_iter()
            .flat_map(|piece| self.tokens.iter().skip(piece.start).take(piece.len));
        tokens.map(of).collect::<Vec<_>>().join(" ")
    }
}

/// A type of record is a condition where the entity itself was named already: customers among accounts.
fn beats_entity(condition: &Condition) -> bool {
    condition
        .readings
        .first()
        .is_some_and(|(_, _, confidence)| *confidence >= 0.99)
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
