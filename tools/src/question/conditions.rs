//! Conditions in a question: named values, what is missing, and numbers that records or groups must have.

use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::{
    chart::{Piece, What},
    draft::{Condition, Draft},
    lexicon::Meaning,
    numbers::Amount,
    take::{Taker, Wants},
    tokens::key,
    values::Hit,
    words::Word,
};
use crate::semantic::{DimensionDef, DimensionKind, Entity, FilterOp, QueryFilter, Unit};

impl Taker<'_> {
    /// Without an amount, without a close date.
    pub(super) fn lacking(
        &self,
        draft: &mut Draft,
        at: usize,
        word: Option<Word>,
        dimension: Option<usize>,
    ) -> bool {
        let of = match (dimension, word) {
            (Some(d), _) => self.entity.dimensions.get(d),
            (None, Some(Word::HowMuch)) => self.money(),
            _ => None,
        };
        // "Deals that do not close": no missing close date.
        let verb =
            word == Some(Word::Closing) && !["dat", "fecha"].iter().any(|part| self.text(at).contains(part));
        let of = of.filter(|_| !verb);
        if let Some(dimension) = of {
            let filter = QueryFilter {
                dimension: dimension.name.clone(),
                op: FilterOp::IsNull,
                value: Json::from(true),
            };
            draft.conditions.push(Condition {
                readings: vec![(filter, String::new(), 1.0)],
                sure: true,
            });
        }
        of.is_some()
    }

    /// Records of the asker, or of those below; the place of the dimension that says whose they are.
    pub(super) fn whose(&self, draft: &mut Draft, value: &str) -> Option<usize> {
        let mut dimensions = self.entity.dimensions.iter().enumerate();
        let (at, person) = dimensions.find(|(_, dimension)| dimension.kind == DimensionKind::Person)?;
        let filter = QueryFilter {
            dimension: person.name.clone(),
            op: FilterOp::Eq,
            value: Json::from(value),
        };
        draft.conditions.push(Condition {
            readings: vec![(filter, value.to_owned(), 1.0)],
            sure: true,
        });
        Some(at)
    }

    /// The amount of each record.
    pub(super) fn money(&self) -> Option<&DimensionDef> {
        money(self.entity)
    }

    /// The values that words name: of the layer and of the tenant.
    pub(super) fn condition(
        &self,
        at: usize,
        meanings: &[Meaning],
        hits: &[Hit],
        without: bool,
    ) -> Option<Condition> {
        let op = if without { FilterOp::Ne } else { FilterOp::Eq };
        let mut readings: Vec<(QueryFilter, String, f32)> = Vec::new();
        let mut add = |d: usize, value: Json, label: &str, confidence: f32| {
            let Some(dimension) = self.entity.dimensions.get(d) else {
                return;
            };
            let filter = QueryFilter {
                dimension: dimension.name.clone(),
                op,
                value,
            };
            if !readings.iter().any(|(known, ..)| *known == filter) {
                readings.push((filter, label.to_owned(), confidence));
            }
        };
        for meaning in meanings {
            if let Meaning::Value(e, d, value) = meaning
                && *e == self.e
            {
                let boolean = self
                    .entity
                    .dimensions
                    .get(*d)
                    .is_some_and(|dimension| dimension.kind == DimensionKind::Boolean);
                let json = if boolean {
                    Json::from(value == "true")
                } else {
                    Json::from(value.clone())
                };
                // A form of a value's name gives way to a value that is called exactly so.
                let said = self.text(at);
                let dimension = self.entity.dimensions.get(*d);
                let words = dimension.and_then(|dimension| dimension.value_words.get(value));
                let exact = words.is_some_and(|words| words.values().flatten().any(|word| key(word) == said));
                // "Activity" is no form of "active" where it names a kind of record.
                let other = meanings
                    .iter()
                    .any(|meaning| matches!(meaning, Meaning::Entity(of) if *of != self.e));
                if exact || !other {
                    add(*d, json, value, if exact { 1.0 } else { 0.75 });
                }
            }
        }
        for hit in hits {
            add(hit.dimension, hit.value.clone(), &hit.label, hit.confidence);
        }
        readings.sort_by(|(.., a), (.., b)| b.total_cmp(a));
        (!readings.is_empty()).then_some(Condition {
            readings,
            sure: false,
        })
    }

    pub(super) fn amount(&self, draft: &mut Draft, wants: &mut Wants, at: usize, amount: Amount) {
        let compare = wants.compare.take();
        let subject = self.grouped || !draft.groups.is_empty() || !draft.loose.is_empty();
        let value = if amount.percent {
            amount.value / Decimal::from(100)
        } else {
            amount.value
        };
        match compare {
            // "Owners with more than 10 open deals": a number of what follows, or of the groups before.
            Some(op) if !amount.money && self.counts(at) || subject && compare.is_some() && self.with(at) => {
                draft.having = Some((op, value));
            }
            Some(op) => self.compare(draft, op, amount.value),
            None if wants.between => {
                let second = draft.conditions.last().is_some_and(|condition| {
                    condition
                        .readings
                        .first()
                        .is_some_and(|(filter, ..)| filter.op == FilterOp::Gte)
                });
                let op = if second { FilterOp::Lte } else { FilterOp::Gte };
                self.compare(draft, op, amount.value);
                wants.between = !second;
            }
            None => {
                draft.number = u32::try_from(amount.value.trunc().mantissa())
                    .ok()
                    .filter(|_| !amount.money && amount.value.scale() == 0);
            }
        }
    }

    /// Whether records are what a number counts: 5 deals, 5 won deals.
    fn counts(&self, at: usize) -> bool {
        let skipped = [Word::Filler, Word::Open, Word::Won, Word::Lost, Word::New];
        let next = self
            .pieces
            .iter()
            .skip(at + 1)
            .take(3)
            .find(|piece| !skipped.iter().any(|word| piece.is(*word)));
        let before = self.pieces.iter().skip(at + 1).take(2);
        let named = |piece: &Piece| match &piece.what {
            What::Phrase(meanings, _) => meanings.iter().any(|meaning| match meaning {
                Meaning::Entity(e) => *e == self.e,
                Meaning::Measure(e, m) => {
                    *e == self.e
                        && self
                            .entity
                            .measures
                            .get(*m)
                            .is_some_and(|measure| measure.unit == Unit::Count)
                }
                _ => false,
            }),
            _ => false,
        };
        next.is_some_and(named) || before.into_iter().any(named)
    }

    /// Whether "with" stands shortly before a number.
    fn with(&self, at: usize) -> bool {
        let before = self.pieces.iter().take(at).rev().take(3);
        let with = ["with", "mit", "con", "avec", "having", "have", "haben", "tienen"];
        before.into_iter().any(|piece| {
            let words = self.tokens.iter().skip(piece.start).take(piece.len);
            words.into_iter().any(|token| with.contains(&token.norm.as_str()))
        })
    }

    fn compare(&self, draft: &mut Draft, op: FilterOp, value: Decimal) {
        let number = |d: &usize| {
            let dimension = self.entity.dimensions.get(*d)?;
            (dimension.kind == DimensionKind::Number).then_some((*d, dimension))
        };
        let named = draft.loose.iter().rev().find_map(number);
        if let Some((d, _)) = named {
            draft.loose.retain(|loose| *loose != d);
        }
        let dimension = named.map(|(_, dimension)| dimension).or_else(|| self.money());
        match dimension {
            Some(dimension) => {
                let filter = QueryFilter {
                    dimension: dimension.name.clone(),
                    op,
                    value: json(value),
                };
                draft.conditions.push(Condition {
                    readings: vec![(filter, String::new(), 1.0)],
                    sure: true,
                });
            }
            None => draft.unknown.push(value.to_string()),
        }
    }
}

/// The amount of each record of an entity.
pub(super) fn money(entity: &Entity) -> Option<&DimensionDef> {
    use crm_store::catalog::FieldType;

    entity.dimensions.iter().find(|dimension| {
        dimension.kind == DimensionKind::Number && matches!(dimension.path.field.kind, FieldType::Money(_))
    })
}

/// A number as JSON: whole where it is whole.
fn json(value: Decimal) -> Json {
    use rust_decimal::prelude::ToPrimitive as _;

    match value.to_i64().filter(|_| value.normalize().scale() == 0) {
        Some(whole) => Json::from(whole),
        None => value.to_f64().map_or(Json::Null, Json::from),
    }
}
