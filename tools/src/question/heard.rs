//! Words that were understood and yet change nothing: a question in which one is left over is not answered, because its
//! numbers would be those of another question.

use super::{
    decline::DeclineReason,
    draft::{Draft, Status},
    parts::changes,
    take::{Taker, Wants},
    words::Word,
};
use crate::semantic::{Entity, FilterOp, Form, Grain, PipelineQuery, ValueSource};

/// Words by which a fragment adds to what was there instead of taking its place.
pub(super) const ADDING: &[&str] = &[
    "also",
    "include",
    "also include",
    "as well",
    "auch",
    "auch noch",
    "zusatzlich",
    "ausserdem",
    "tambien",
    "ademas",
    "incluye",
    "incluye tambien",
    "aussi",
    "en plus",
    "egalement",
    "inclus aussi",
];

/// Words that compare.
const COMPARING: &[&str] = &[
    "more",
    "fewer",
    "less",
    "better",
    "worse",
    "higher",
    "lower",
    "bigger",
    "smaller",
    "mehr",
    "weniger",
    "besser",
    "schlechter",
    "hoher",
    "niedriger",
    "mas",
    "menos",
    "mejor",
    "peor",
    "plus",
    "moins",
    "mieux",
    "davantage",
];

impl Taker<'_> {
    /// Takes down as unknown the words that wait for something which never came: "without", "by", "at least".
    pub(super) fn left_over(&self, draft: &mut Draft, wants: &Wants) {
        let waiting: &[(bool, &[Word])] = &[
            (wants.without, &[Word::Without]),
            (wants.by, &[Word::By]),
            (
                wants.compare.is_some(),
                &[Word::Over, Word::AtLeast, Word::Under, Word::AtMost],
            ),
            (wants.more.is_some() && !draft.versus, &[Word::More]),
            (
                wants.unit && draft.periods.is_empty() && !draft.how_long && draft.measure.is_none(),
                &[
                    Word::Unit(Grain::Day),
                    Word::Unit(Grain::Week),
                    Word::Unit(Grain::Month),
                    Word::Unit(Grain::Quarter),
                    Word::Unit(Grain::Year),
                ],
            ),
        ];
        for (waits, words) in waiting {
            let last = (0..self.pieces.len()).rev().find(|at| {
                let piece = self.pieces.get(*at);
                piece.is_some_and(|piece| words.iter().any(|word| piece.is(*word)))
            });
            if let (true, Some(at)) = (waits, last) {
                draft.unknown.push(self.raw(at));
            }
        }
    }

    /// "More tickets than last month": days beside days.
    pub(super) fn than(&self, draft: &mut Draft, wants: &mut Wants, start: usize) {
        let mut before = (0..start).rev().filter_map(|at| self.tokens.get(at));
        let small = |norm: &str| {
            matches!(
                norm,
                "the" | "in" | "im" | "in der" | "der" | "dem" | "el" | "la" | "en" | "le" | "l" | "au"
            )
        };
        let than = before
            .find(|token| !small(&token.norm))
            .is_some_and(|token| matches!(token.norm.as_str(), "than" | "als" | "que" | "qu"));
        let compares = before.any(|token| COMPARING.contains(&token.norm.as_str()));
        if than && compares && !draft.versus {
            (draft.versus, draft.most, draft.best) = (true, None, false);
            wants.compare = None;
        }
    }

    /// Values that say something only of certain records, as the layer declares: a reason for which deals were closed is
    /// none of open ones, and "price" may be anything then.
    pub(super) fn out_of_place(&self, draft: &mut Draft) {
        let named = |dimension: &str| {
            let at = self
                .entity
                .dimensions
                .iter()
                .position(|known| known.name == dimension);
            at.is_some_and(|at| {
                draft.loose.contains(&at) || draft.groups.contains(&super::draft::Group::Dimension(at))
            })
        };
        let ended = |status: &[Status]| status.contains(&Status::Won) || status.contains(&Status::Lost);
        let closed = ended(&draft.status) || ended(&draft.not_status) || draft.measure.is_some();
        let mut kept = Vec::new();
        let mut unknown = Vec::new();
        for condition in &draft.conditions {
            let first = condition.readings.first();
            let dimension = first.and_then(|(filter, ..)| self.entity.dimension(&filter.dimension));
            let needed = dimension.map_or(&[][..], |dimension| &dimension.only_with);
            let told = closed || Self::says_one_of(draft, needed);
            let said = first.map(|(_, said, _)| said.clone()).unwrap_or_default();
            let missing = said.is_empty();
            let is_named = dimension.is_some_and(|dimension| named(&dimension.name));
            if !needed.is_empty() && !missing && !told && !is_named {
                unknown.push(said.to_lowercase());
            } else {
                kept.push(condition.clone());
            }
        }
        draft.conditions = kept;
        draft.unknown.extend(unknown);
    }

    fn says_one_of(draft: &Draft, dimensions: &[String]) -> bool {
        draft.conditions.iter().any(|condition| {
            let first = condition.readings.first();
            first.is_some_and(|(filter, ..)| dimensions.contains(&filter.dimension))
        })
    }
}

/// Whether everything that was said shows in a query made of it.
pub(super) fn heard(entity: &Entity, draft: &Draft, query: &PipelineQuery) -> Result<(), DeclineReason> {
    let groups = query.form.is_groups();
    let form = !groups && query.form != Form::Records {};
    let number = draft.number.filter(|number| query.limit != Some(*number));
    if let Some(number) = number {
        return Err(DeclineReason::Unknown {
            words: vec![number.to_string()],
        });
    }
    let both = |one: FilterOp, other: FilterOp| {
        query.filters.iter().any(|filter| {
            let same = |known: &crate::semantic::QueryFilter| {
                known.dimension == filter.dimension && known.op == other
            };
            filter.op == one && query.filters.iter().any(same)
        })
    };
    let unheard = [
        // This and not that, of one dimension.
        both(FilterOp::Ne, FilterOp::Eq)
            || both(FilterOp::Ne, FilterOp::In)
            || both(FilterOp::NotIn, FilterOp::Eq),
        // "The biggest win": one record or none, and no number of them.
        draft.most.is_some() && query.order.is_empty() && !draft.best,
        draft.change && !changes(draft) && query.compare.is_none() && !draft.trend && !draft.bridge,
        draft.end_of && query.as_of.is_none() && !form,
        draft.versus && query.compare.is_none(),
        draft.closing && entity.dimension("close_date").is_none() && !draft.overdue,
        // Forms have no groups of their own.
        form && !matches!(query.form, Form::Cohort { .. })
            && (draft.having.is_some() || draft.most.is_some() || draft.share)
            || form && !draft.groups.is_empty() && grouped(entity, draft),
    ];
    if unheard.contains(&true) {
        return Err(DeclineReason::Unclear);
    }
    Ok(())
}

/// Whether groups are asked for that a form does not make by itself.
fn grouped(entity: &Entity, draft: &Draft) -> bool {
    use super::draft::Group;

    draft.groups.iter().any(|group| match group {
        Group::Dimension(at) => entity
            .dimensions
            .get(*at)
            .is_some_and(|dimension| dimension.values != ValueSource::Stages),
        Group::Calendar(_) => !draft.cohort,
    })
}
