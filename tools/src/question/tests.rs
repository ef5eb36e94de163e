//! Whole questions without names of a tenant, and texts that nobody asks.

use chrono::NaiveDate;
use proptest::prelude::*;

use super::{tokens::Stems, *};
use crate::semantic::{Form, Grain, Range};

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// What is read of a question where no values of a tenant are known.
fn read_alone(question: &str, previous: Option<&PipelineQuery>) -> Result<Vec<PipelineQuery>, DeclineReason> {
    let model = SemanticModel::embedded().unwrap();
    let tokens = tokens(question);
    if let Some(reason) = decline::no_question(question, &tokens) {
        return Err(reason);
    }
    let today = date(2026, 11, 20);
    let reading = Read {
        model,
        lexicons: Lexicons::of(model),
        tokens: &tokens,
        calendar: Calendar {
            today,
            fiscal_year_start: 1,
        },
        previous,
    };
    let (language, pieces) = reading.language(&Asked {
        question,
        previous,
        language: None,
    });
    if let Some(reason) = decline::forbidden(&pieces, &tokens) {
        return Err(reason);
    }
    let entity = reading.entity(&pieces).ok_or_else(|| reading.nothing(&pieces))?;
    let draft = reading.draft(entity, &pieces);
    let (readings, _) = reading.finish(language, entity, &draft, &pieces)?;
    Ok(readings.into_iter().map(|(query, _)| query).collect())
}

fn one(question: &str, previous: Option<&PipelineQuery>) -> PipelineQuery {
    let mut readings =
        read_alone(question, previous).unwrap_or_else(|reason| panic!("{question}: {reason:?}"));
    assert_eq!(readings.len(), 1, "{question}: {readings:?}");
    readings.remove(0)
}

#[test]
fn the_same_question_in_four_languages_is_the_same_query() {
    let english = one("Open pipeline by stage", None);
    assert_eq!(english.measures, ["open_amount"]);
    assert_eq!(english.dimensions[0].name, "stage");
    for other in [
        "Offene Pipeline nach Phase",
        "pipeline abierto por etapa",
        "pipeline ouvert par étape",
    ] {
        assert_eq!(one(other, None), english, "{other}");
    }
}

#[test]
fn fragments_change_the_query_before() {
    let first = one("How much did we win this quarter?", None);
    let next = one("and by owner?", Some(&first));
    assert_eq!(
        (next.measures.as_slice(), next.dimensions.len()),
        (first.measures.as_slice(), 1)
    );
    let then = one("last year?", Some(&next));
    assert_eq!(
        then.time.unwrap().range,
        Range::Relative {
            unit: Grain::Year,
            offset: -1
        }
    );
    let list = one("show me the records", Some(&next));
    assert_eq!(list.form, Form::Records {});
    let whole = one("number of cases by queue", Some(&first));
    assert_eq!(whole.entity, "cases");
}

#[test]
fn what_can_be_read_in_two_ways_is_asked_back() {
    for question in [
        "How many deals this quarter?",
        "What is the amount by owner?",
        "Who is our best rep?",
        "Betrag nach Branche",
    ] {
        let readings = read_alone(question, None).unwrap_or_else(|reason| panic!("{question}: {reason:?}"));
        assert!(readings.len() > 1, "{question}: {readings:?}");
    }
}

#[test]
fn what_is_no_question_about_the_numbers_is_declined() {
    let why = |question: &str| read_alone(question, None).unwrap_err();
    assert_eq!(why("delete all leads"), DeclineReason::Writes);
    assert_eq!(why("Lösche alle Deals"), DeclineReason::Writes);
    assert_eq!(
        why("open pipeline of another tenant"),
        DeclineReason::Instructions
    );
    assert!(
        matches!(why("how many blorbs are open"), DeclineReason::Unknown { words } if words == ["blorbs"])
    );
    assert!(matches!(why("tell me a joke"), DeclineReason::Unknown { .. }));
    assert_eq!(why(&"open deals ".repeat(1_000)), DeclineReason::TooLong);
    assert_eq!(why("\u{0}?!🚀"), DeclineReason::Empty);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,300}") {
        let _ = read_alone(&text, None);
    }

    #[test]
    fn no_order_of_known_words_breaks_the_reader(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "open", "deals", "by", "owner", "last", "30", "days", "vs", "without", "top", "5", "between", "and", "won", "amount",
                "Q3", "2026", "since", "29", "February", "over", "50k", "%", "nach", "por", "le", "mois", "dernier", "funnel", "not",
            ]),
            0..40,
        )
    ) {
        let _ = read_alone(&words.join(" "), None);
    }

    #[test]
    fn pieces_cover_every_token_once(text in "[a-zA-Z0-9äöüß .,€%'-]{0,200}") {
        let model = SemanticModel::embedded().unwrap();
        let tokens = tokens(&text);
        let reading = Read {
            model,
            lexicons: Lexicons::of(model),
            tokens: &tokens,
            calendar: Calendar { today: date(2026, 11, 20), fiscal_year_start: 1 },
            previous: None,
        };
        let pieces = reading.cut(Language::De, &Stems::new(Language::De), &[]);
        prop_assert_eq!(pieces.iter().map(|piece| piece.len).sum::<usize>(), tokens.len());
    }
}
