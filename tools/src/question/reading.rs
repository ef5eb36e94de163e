//! A question on its way from words to queries.

use crm_rag::Embedder;
use crm_store::TenantTx;
use serde_json::Value as Json;

use super::{
    Asked,
    calendar::Calendar,
    chart::{Maker, Named, Piece, What, unknown},
    decline::{self, DeclineReason},
    draft::{self, Draft},
    finish::{self, Finisher},
    follow_up, language,
    lexicon::{Lexicons, Meaning},
    meaning::Meanings,
    periods::Reader,
    take::Taker,
    tokens::{Stems, Token},
    values::Values,
    words::Word,
};
use crate::{
    ToolError,
    semantic::{DimensionKind, Language, PipelineQuery, ReadAs, SemanticModel},
};

/// How many words, and how many runs of words, are searched for.
const MOST_SEARCHES: usize = 3;

/// Whether a question names values of the tenant, which are those of one entity alone.
fn names_values(pieces: &[Piece]) -> bool {
    pieces
        .iter()
        .any(|piece| matches!(&piece.what, What::Phrase(_, hits) if !hits.is_empty()))
}

/// A question on its way.
pub(super) struct Read<'a> {
    pub(super) model: &'a SemanticModel,
    pub(super) lexicons: std::sync::Arc<Lexicons>,
    pub(super) tokens: &'a [Token],
    pub(super) calendar: Calendar,
    pub(super) previous: Option<&'a PipelineQuery>,
}

pub(super) type Queries = Result<(Vec<finish::Reading>, f32), DeclineReason>;

impl Read<'_> {
    /// The language whose words explain most of the question, and the question cut by them.
    pub(super) fn language(&self, asked: &Asked<'_>) -> (Language, Vec<Piece>) {
        let mut best: Option<(usize, Language, Vec<Piece>)> = None;
        for language in language::order(asked.question, asked.language) {
            let pieces = self.cut(language, &Stems::new(language), &[]);
            let unknown = pieces.iter().filter(|piece| piece.what == What::Unknown).count();
            if best.as_ref().is_none_or(|(fewest, ..)| unknown < *fewest) {
                best = Some((unknown, language, pieces));
            }
        }
        best.map(|(_, language, pieces)| (language, pieces))
            .unwrap_or_default()
    }

    pub(super) fn cut(&self, language: Language, stems: &Stems, named: &[Named]) -> Vec<Piece> {
        let mut maker = Maker {
            tokens: self.tokens,
            lexicon: self.lexicons.get(language),
            stems,
            reader: Reader {
                language,
                calendar: self.calendar,
                ahead: false,
            },
        };
        let pieces = maker.cut(named);
        let says = |word: Word| pieces.iter().any(|piece| piece.is(word));
        // Close dates lie ahead, unless something is won or lost already.
        if says(Word::Closing) && !says(Word::Won) && !says(Word::Lost) {
            maker.reader.ahead = true;
            return maker.cut(named);
        }
        pieces
    }

    pub(super) async fn queries(
        &self,
        tx: TenantTx,
        embedder: Option<&dyn Embedder>,
        language: Language,
        pieces: Vec<Piece>,
    ) -> Result<Queries, ToolError> {
        if let Some(reason) = decline::forbidden(&pieces, self.tokens) {
            return Ok(Err(reason));
        }
        let Some(entity) = self.entity(&pieces) else {
            return Ok(Err(self.nothing(&pieces)));
        };
        let stems = Stems::new(language);
        let (pieces, meant) = self.named(tx, embedder, language, &stems, entity, pieces).await?;
        let draft = self.draft(entity, &pieces);
        let mut queries = self.finish(language, entity, &draft, &pieces);
        if let Ok((readings, _)) = &mut queries {
            for (query, _) in readings {
                self.tell(query, &meant);
            }
        }
        Ok(queries)
    }

    pub(super) fn finish(&self, language: Language, e: usize, draft: &Draft, pieces: &[Piece]) -> Queries {
        if !draft.unknown.is_empty() {
            return Err(DeclineReason::Unknown {
                words: draft.unknown.clone(),
            });
        }
        let entity = self.model.entities.get(e).ok_or(DeclineReason::Unclear)?;
        let finisher = Finisher {
            entity,
            language,
            calendar: self.calendar,
        };
        let readings = match self
            .previous
            .filter(|previous| previous.entity == entity.name && follow_up::goes_on(draft))
        {
            Some(previous) => finisher.edited(previous, draft)?,
            // "How long does it take": of anything that takes time.
            None if draft.how_long && !draft.noun && draft.measure.is_none() && !names_values(pieces) => {
                self.lengths(language, pieces)
            }
            None => finisher.readings(draft)?,
        };
        let sure = |piece: &Piece| match &piece.what {
            What::Phrase(_, hits) => hits.iter().map(|hit| hit.confidence).fold(0.0, f32::max),
            _ => 0.0,
        };
        let least = pieces
            .iter()
            .map(sure)
            .filter(|sure| *sure > 0.0)
            .fold(1.0, f32::min);
        Ok((readings, least))
    }

    /// The lengths of time that a question about no kind of record can be about.
    pub(super) fn lengths(&self, language: Language, pieces: &[Piece]) -> Vec<finish::Reading> {
        let mut readings = Vec::new();
        for (e, entity) in self.model.entities.iter().enumerate() {
            let draft = self.draft(e, pieces);
            let finisher = Finisher {
                entity,
                language,
                calendar: self.calendar,
            };
            if draft.unknown.is_empty() {
                readings.extend(finisher.readings(&draft).unwrap_or_default());
            }
        }
        readings.truncate(finish::MOST);
        readings
    }

    /// The draft of a question for an entity.
    pub(super) fn draft(&self, e: usize, pieces: &[Piece]) -> Draft {
        let Some(entity) = self.model.entities.get(e) else {
            return Draft::default();
        };
        let grouped = self
            .previous
            .is_some_and(|previous| previous.entity == entity.name && !previous.dimensions.is_empty());
        Taker {
            e,
            entity,
            tokens: self.tokens,
            pieces,
            grouped,
        }
        .take()
    }

    /// The entity that explains most of the question: fewest words left over, then most that speak for it.
    pub(super) fn entity(&self, pieces: &[Piece]) -> Option<usize> {
        let before = self.previous.and_then(|previous| {
            self.model
                .entities
                .iter()
                .position(|entity| entity.name == previous.entity)
        });
        let weighed = self.model.entities.iter().enumerate().map(|(e, entity)| {
            let draft = self.draft(e, pieces);
            let won = draft.status.iter().any(|status| {
                *status != draft::Status::New
                    && *status != draft::Status::Open
                    && entity.measure(&format!("{}_count", status.prefix())).is_some()
            });
            let money = matches!(
                draft.quantity,
                Some(draft::Quantity::Money | draft::Quantity::Average)
            );
            let best = (draft.best || money || draft.most.is_some() && !draft.loose.is_empty())
                && entity.measure("won_amount").is_some();
            // Calls and meetings are activities by their type, renewals opportunities by theirs.
            let typed = draft.conditions.iter().any(|condition| {
                condition
                    .readings
                    .first()
                    .is_some_and(|(filter, ..)| filter.dimension == "type")
            });
            let about = typed
                || draft.noun
                || draft.measure.is_some()
                || won
                || best
                || draft.how_long && entity.has_pipeline();
            let dimensions = draft.groups.len() + draft.loose.len() + draft.conditions.len();
            let named = usize::from(draft.noun || typed) * 3
                + usize::from(draft.measure.is_some()) * 3
                + usize::from(won)
                + usize::from(best);
            (
                about,
                draft.unknown.len(),
                usize::MAX - (named * 2 + dimensions),
                e,
            )
        });
        let best = weighed
            .filter(|(about, ..)| *about)
            .min_by_key(|(_, unknown, weight, e)| (*unknown, *weight, *e));
        // A fragment goes on from the question before, unless something else explains more of it.
        let fragment = before.map(|before| (before, self.draft(before, pieces)));
        let fragment = fragment.filter(|(_, draft)| follow_up::goes_on(draft));
        match (fragment, best) {
            (Some((_, draft)), Some((_, unknown, _, e))) if unknown < draft.unknown.len() => Some(e),
            (Some((before, _)), _) => Some(before),
            (None, best) => best.map(|(.., e)| e),
        }
    }

    /// Why a question about nothing that is known is declined: by its unknown words, if it has any.
    pub(super) fn nothing(&self, pieces: &[Piece]) -> DeclineReason {
        let words: Vec<String> = pieces
            .iter()
            .filter(|piece| piece.what == What::Unknown)
            .filter_map(|piece| self.tokens.get(piece.start))
            .map(|token| token.raw.clone())
            .collect();
        if words.is_empty() {
            DeclineReason::Unclear
        } else {
            DeclineReason::Unknown { words }
        }
    }

    /// The pieces with the values of the tenant in them. They are looked for only where words are left over, or where a
    /// value of the layer could be one of the tenant's as well.
    pub(super) async fn named(
        &self,
        mut tx: TenantTx,
        embedder: Option<&dyn Embedder>,
        language: Language,
        stems: &Stems,
        e: usize,
        pieces: Vec<Piece>,
    ) -> Result<(Vec<Piece>, Vec<Named>), ToolError> {
        let Some(entity) = self.model.entities.get(e) else {
            return Ok((pieces, Vec::new()));
        };
        let new = unknown(&pieces, self.tokens.len());
        let category = |condition: &draft::Condition| {
            let filter = condition.readings.first().map(|(filter, ..)| filter);
            let dimension = filter.and_then(|filter| entity.dimension(&filter.dimension));
            dimension.is_some_and(|dimension| dimension.kind == DimensionKind::Category)
        };
        let draft = self.draft(e, &pieces);
        if draft.unknown.is_empty() && !draft.conditions.iter().any(category) {
            tx.commit().await?;
            return Ok((pieces, Vec::new()));
        }
        let searches = self.searches(&new, self.names(&pieces));
        let values = Values::load(&mut tx, entity, &searches, stems).await?;
        tx.commit().await?;
        let mut named = values.find(self.tokens, &new, stems);
        let pieces = if named.is_empty() {
            pieces
        } else {
            self.cut(language, stems, &named)
        };
        // What is left over now is looked for by its meaning.
        let left = unknown(&pieces, self.tokens.len());
        if !left.contains(&true) {
            return Ok((pieces, Vec::new()));
        }
        let meanings = Meanings {
            e,
            entity,
            values: &values,
            language,
            stems,
        };
        let meant = meanings.find(self.tokens, &pieces, &left, embedder).await;
        if meant.is_empty() {
            return Ok((pieces, meant));
        }
        named.extend(meant.clone());
        Ok((self.cut(language, stems, &named), meant))
    }

    /// What people and records are searched for: words left over that stand together, and each of the words.
    fn searches(&self, new: &[bool], names: Vec<&str>) -> Vec<String> {
        let mut runs: Vec<Vec<&str>> = vec![Vec::new()];
        for (token, new) in self.tokens.iter().zip(new) {
            match runs.last_mut() {
                Some(run) if *new => run.push(&token.raw),
                Some(run) if run.is_empty() => {}
                _ => runs.push(Vec::new()),
            }
        }
        let together = runs.iter().filter(|run| run.len() > 1).take(MOST_SEARCHES);
        let together: Vec<String> = together.map(|run| run.join(" ")).collect();
        let words = runs.concat().into_iter().chain(names);
        let words = words.filter(|word| word.chars().count() > 2).take(MOST_SEARCHES);
        together.into_iter().chain(words.map(str::to_owned)).collect()
    }

    /// Words that name a value and may name a record as well: "deals of Partner".
    fn names<'t>(&'t self, pieces: &[Piece]) -> Vec<&'t str> {
        let of = [
            "of", "for", "from", "with", "at", "von", "bei", "fur", "mit", "de", "del", "con", "chez",
            "avec", "pour",
        ];
        let values = pieces.iter().filter(|piece| match &piece.what {
            What::Phrase(meanings, _) => {
                piece.len == 1
                    && meanings
                        .iter()
                        .all(|meaning| matches!(meaning, Meaning::Value(..)))
            }
            _ => false,
        });
        let named = values.filter_map(|piece| {
            let before = piece.start.checked_sub(1).and_then(|at| self.tokens.get(at))?;
            let token = self.tokens.get(piece.start)?;
            (token.capital && of.contains(&before.norm.as_str())).then_some(token.raw.as_str())
        });
        named.collect()
    }

    /// Notes in a query which words were read by their meaning.
    fn tell(&self, query: &mut PipelineQuery, meant: &[Named]) {
        let entity = self.model.entity(&query.entity);
        let Some(entity) = entity else { return };
        for named in meant {
            let tokens = self.tokens.iter().skip(named.start).take(named.len);
            let words = tokens
                .map(|token| token.raw.as_str())
                .collect::<Vec<_>>()
                .join(" ");
            let values = named.hits.iter().filter_map(|hit| {
                let dimension = entity.dimensions.get(hit.dimension)?;
                let is_asked = query.filters.iter().any(|filter| {
                    let holds = match &filter.value {
                        Json::Array(values) => values.contains(&hit.value),
                        value => *value == hit.value,
                    };
                    filter.dimension == dimension.name && holds
                });
                let value = hit.value.as_str()?.to_owned();
                is_asked.then(|| (dimension.name.clone(), Some(value)))
            });
            let dimensions = named.meanings.iter().filter_map(|meaning| {
                let Meaning::Dimension(_, d) = meaning else {
                    return None;
                };
                let dimension = entity.dimensions.get(*d)?;
                let is_asked = query.dimensions.iter().any(|asked| asked.name == dimension.name);
                is_asked.then(|| (dimension.name.clone(), None))
            });
            let told: Vec<ReadAs> = values
                .chain(dimensions)
                .map(|(dimension, value)| ReadAs {
                    words: words.clone(),
                    dimension,
                    value,
                })
                .collect();
            query.read_as.extend(told);
        }
    }
}
