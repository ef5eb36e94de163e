//! The way of a deal: type, stages, age, the day on which it is to close.

use chrono::Datelike as _;
use crm_store::history::DealAt;
use uuid::Uuid;

use crate::{
    ColumnKind,
    features::{
        Usual,
        feature::{Deals, Feature, Lever},
        usual::Of,
        words::{capital, count, days, more_often, number, percent, plain, quarter, since, some, word, yes},
    },
};

const DEAL: &str = "opportunity";

fn itself(deal: &DealAt<'_>) -> Vec<(&'static str, Uuid)> {
    vec![(DEAL, deal.id())]
}

/// Days from the moment to the expected close; below 0 when it has passed.
fn days_to_close(deal: &DealAt<'_>) -> Option<f64> {
    let left = (deal.close_date()? - deal.moment().date_naive()).num_days();
    // A day that is years away is a slip of the hand.
    i32::try_from(left)
        .ok()
        .filter(|left| (-1825..=1825).contains(left))
        .map(f64::from)
}

/// Whether the expected close is in the last week of a quarter.
fn at_quarter_end(deal: &DealAt<'_>) -> Option<bool> {
    days_to_close(deal)?;
    let day = deal.close_date()?;
    let week = day.checked_add_days(chrono::Days::new(7))?;
    Some(day.month0() / 3 != week.month0() / 3)
}

/// The quarter in which it is to end: that of its close date, or of the moment where it has none ahead.
fn season(deal: &DealAt<'_>) -> &'static str {
    let ahead = days_to_close(deal).is_some_and(|left| left >= 0.0);
    let day = deal.close_date().filter(|_| ahead);
    quarter(day.unwrap_or(deal.moment().date_naive()))
}

/// How many days the stages before took, and how many are usual, of those of which it is known.
fn earlier(deal: &DealAt<'_>, usual: &Usual) -> Option<(f64, f64)> {
    let known = deal.stages_left();
    let known = known
        .iter()
        .filter_map(|(stage, spent)| Some((spent.min(730.0), usual.passage(stage)?.exp())));
    known.reduce(|(spent, usual), (more, most)| (spent + more, usual + most))
}

#[expect(clippy::too_many_lines, reason = "a list: one entry for each feature")]
pub(super) fn features() -> Vec<Feature<Deals>> {
    vec![
        Feature {
            name: "type",
            label: "Type",
            kind: ColumnKind::Category,
            lever: Lever::None,
            rests_on: &["opportunity.type", "opportunity.*"],
            of: |deal, _| deal.kind().into(),
            says: |value, _, usual, _| {
                word(value).map_or("It is not said what type of deal it is.".to_owned(), |kind| {
                    format!(
                        "Its type is {}; {} of those are won.",
                        plain(kind),
                        percent(usual.type_rate(kind))
                    )
                })
            },
            rests: itself,
        },
        Feature {
            name: "stage",
            label: "Stage",
            kind: ColumnKind::Category,
            lever: Lever::None,
            rests_on: &["opportunity.stage"],
            of: |deal, _| deal.stage().into(),
            says: |_, deal, _, _| match (deal.stage_name(), deal.stage_since()) {
                (Some(stage), Some(then)) => {
                    format!("It has been in {stage} for {}.", days(since(then, deal.moment())))
                }
                (Some(stage), None) => format!("It is in {stage}; since when is not known."),
                (None, _) => "Its stage is not known.".to_owned(),
            },
            rests: itself,
        },
        Feature {
            name: "stage_progress",
            label: "Share of the way",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.stage"],
            of: |deal, _| deal.stage_place().into(),
            says: |value, deal, _, _| match (number(value), deal.stage_name()) {
                (Some(place), Some(stage)) => {
                    format!(
                        "With {stage} it is {} of the way through the pipeline.",
                        percent(place)
                    )
                }
                _ => "Its stage is no longer part of the pipeline.".to_owned(),
            },
            rests: itself,
        },
        Feature {
            name: "days_in_stage",
            label: "Days in the stage",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.stage"],
            of: |deal, _| {
                let days = deal.stage_since().map(|then| since(then, deal.moment()));
                days.map(|days| days.min(730.0).ln_1p()).into()
            },
            says: |_, deal, _, _| {
                deal.stage_since().map_or(
                    "It is not known since when it is in its stage.".to_owned(),
                    |then| {
                        format!(
                            "It has been in its stage for {}.",
                            days(since(then, deal.moment()))
                        )
                    },
                )
            },
            rests: itself,
        },
        Feature {
            name: "earlier_stages_against_usual",
            label: "Time in the stages before, against the usual",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.stage", "opportunity.*"],
            of: |deal, usual| {
                earlier(deal, usual)
                    .map(|(spent, usual)| spent.ln_1p() - usual.ln_1p())
                    .into()
            },
            says: |_, deal, usual, _| match earlier(deal, usual) {
                Some((spent, usual)) => format!(
                    "The stages before took it {}; {} are usual.",
                    days(spent),
                    days(usual)
                ),
                None => "It has left no stage yet of which the usual time is known.".to_owned(),
            },
            rests: itself,
        },
        Feature {
            name: "stage_moves_back",
            label: "Moves back",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.stage"],
            of: |deal, _| count(deal.regressions()).into(),
            says: |value, _, _, _| {
                let moves = number(value).unwrap_or_default();
                capital(&format!("{} to an earlier stage.", some(moves, "move")))
            },
            rests: itself,
        },
        Feature {
            name: "age_against_usual",
            label: "Age against the usual time",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.created_at", "opportunity.type", "opportunity.*"],
            of: |deal, usual| {
                let cycle = usual.cycle(deal.kind());
                let age = deal.age_days().clamp(0.0, 3650.0).ln_1p();
                cycle.map(|cycle| age - cycle).into()
            },
            says: |_, deal, usual, _| {
                let age = days(deal.age_days());
                usual
                    .cycle(deal.kind())
                    .map_or(format!("It is {age} old."), |cycle| {
                        let share = percent(deal.age_days() / cycle.exp());
                        format!("It is {age} old, {share} of the usual time of such deals.")
                    })
            },
            rests: itself,
        },
        Feature {
            name: "close_date_pushes",
            label: "Times the close date was put off",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.close_date"],
            of: |deal, _| count(deal.pushes()).into(),
            says: |value, _, _, _| match number(value).unwrap_or_default() {
                none if none < 0.5 => "The close date has never been put off.".to_owned(),
                once if once < 1.5 => "The close date was put off once.".to_owned(),
                more => format!("The close date was put off {more:.0} times."),
            },
            rests: itself,
        },
        Feature {
            name: "close_date_overdue_days",
            label: "Days past the close date",
            kind: ColumnKind::Number,
            lever: Lever::Fewer,
            rests_on: &["opportunity.close_date"],
            of: |deal, _| days_to_close(deal).map(|left| (-left).clamp(0.0, 180.0)).into(),
            says: |_, deal, _, _| match days_to_close(deal) {
                Some(left) if left <= -1.0 => format!("Its close date passed {} ago.", days(-left)),
                Some(_) => "Its close date has not passed.".to_owned(),
                None => "It has no close date that can be meant.".to_owned(),
            },
            rests: itself,
        },
        Feature {
            name: "season_record",
            label: "The record of the season",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.close_date", "opportunity.*"],
            of: |deal, usual| usual.deal_record(Of::Season, season(deal)).0.into(),
            says: |_, deal, usual, _| {
                let (points, of) = usual.deal_record(Of::Season, season(deal));
                format!(
                    "Deals that end in the {} quarter of a year are won {} ({}).",
                    season(deal),
                    more_often(points),
                    some(of, "deal")
                )
            },
            rests: itself,
        },
        Feature {
            name: "closes_at_quarter_end",
            label: "Close date at the end of a quarter",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.close_date"],
            of: |deal, _| at_quarter_end(deal).into(),
            says: |value, _, _, _| match yes(value) {
                Some(true) => "It is to close in the last week of a quarter.".to_owned(),
                Some(false) => "It is not to close at the end of a quarter.".to_owned(),
                None => "It has no close date that can be meant.".to_owned(),
            },
            rests: itself,
        },
    ]
}
