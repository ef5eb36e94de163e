//! `crm-ai forecast`: what a period is likely to bring, and how good what was told of earlier ones turned out.

use std::fmt::Write as _;

use anyhow::anyhow;
use crm_predict::forecast::Accuracy;
use crm_store::Store;
use crm_tools::{
    forecast::{By, ForecastAnswer, ForecastLine, ForecastQuery, Forecaster},
    semantic::{Grain, Range},
};
use rust_decimal::Decimal;

use super::{Ctx, Done, close};
use crate::{
    cli::{ForecastArgs, ForecastPeriod, ForecastSplit},
    routes::forecast::view::ForecastView,
};

pub(super) async fn run(ctx: Ctx, args: ForecastArgs) -> anyhow::Result<Done> {
    let (database, store) = ctx.open().await?;
    let made = Box::pin(ask(&store, &args)).await;
    let closed = close(database, store).await;
    let made = made?;
    closed?;
    let words = table(&made);
    ctx.output.result(&ForecastView::from(made), || words)?;
    Ok(Done::Well)
}

async fn ask(store: &Store, args: &ForecastArgs) -> anyhow::Result<ForecastAnswer> {
    let grant = store.operate(&args.tenant, args.as_email.as_deref()).await?;
    let grant = grant.ok_or_else(|| anyhow!("there is no tenant {}, or no such member", args.tenant))?;
    let stretch = |unit, offset| Range::Relative { unit, offset };
    let period = match args.period {
        ForecastPeriod::ThisMonth => stretch(Grain::Month, 0),
        ForecastPeriod::NextMonth => stretch(Grain::Month, 1),
        ForecastPeriod::ThisQuarter => stretch(Grain::Quarter, 0),
        ForecastPeriod::NextQuarter => stretch(Grain::Quarter, 1),
        ForecastPeriod::ThisYear => stretch(Grain::Year, 0),
    };
    let by = match args.by {
        None => By::Nothing,
        Some(ForecastSplit::Owner) => By::Owner,
        Some(ForecastSplit::Team) => By::Team,
    };
    let query = ForecastQuery { period, by };
    Ok(Forecaster::default().forecast(&store.open(&grant), query).await?)
}

/// The columns of the table.
const HEAD: [&str; 9] = [
    "",
    "won",
    "new",
    "expected",
    "low",
    "high",
    "commit",
    "best case",
    "pipeline",
];

fn table(made: &ForecastAnswer) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.push(row("All deals", &made.total));
    rows.extend(made.groups.iter().map(|group| row(&group.name, &group.line)));
    let mut text = format!(
        "{} to {}, in {}; low and high hold eight times in ten\n\n{}",
        made.from,
        made.to,
        made.currency,
        aligned(&rows)
    );
    let _ = write!(
        text,
        "\n\nOf {} open deals {} were scored by a model; {} have no amount.",
        made.total.open_deals, made.basis.scored, made.basis.without_amount
    );
    if made.basis.won_without_amount > 0 {
        let _ = write!(
            text,
            "\nOf {} won deals {} have no amount or no exchange rate: they are not in what was won.",
            made.total.won_deals, made.basis.won_without_amount
        );
    }
    if made.past.is_empty() {
        text.push_str("\nThere is no past quarter to compare with.");
    } else {
        let _ = write!(
            text,
            "\n\nPast quarters, as they would have been told on their first day"
        );
        let mut rows = vec![["from", "to", "expected", "low", "high", "came"].map(str::to_owned)];
        rows.extend(made.past.iter().map(|past| {
            [
                past.from.to_string(),
                past.to.to_string(),
                whole(past.expected),
                whole(past.low),
                whole(past.high),
                whole(past.actual),
            ]
        }));
        let _ = write!(text, "\n{}\n{}", aligned(&rows), how_good(&made.accuracy));
        if made.basis.past_without_amount > 0 {
            let _ = write!(
                text,
                "\nWon in them without an amount or an exchange rate, and not in what came: {} deals.",
                made.basis.past_without_amount
            );
        }
    }
    if !made.said.is_empty() {
        let _ = write!(text, "\n\nAs they were really told and kept");
        let mut rows =
            vec![["from", "to", "told on", "of", "expected", "low", "high", "came"].map(str::to_owned)];
        rows.extend(made.said.iter().map(|said| {
            [
                said.from.to_string(),
                said.to.to_string(),
                said.as_of.date_naive().to_string(),
                if said.name.is_empty() {
                    "all deals"
                } else {
                    &said.name
                }
                .to_owned(),
                whole(said.expected),
                whole(said.low),
                whole(said.high),
                said.actual.map_or_else(|| "-".to_owned(), whole),
            ]
        }));
        let _ = write!(text, "\n{}\n{}", aligned(&rows), how_good(&made.said_accuracy));
    }
    text
}

fn row(name: &str, line: &ForecastLine) -> [String; 9] {
    [
        name.to_owned(),
        whole(line.closed),
        whole(line.new),
        whole(line.expected),
        whole(line.low),
        whole(line.high),
        whole(line.commit),
        whole(line.best_case),
        whole(line.pipeline),
    ]
}

/// A sum without its cents, in groups of three digits.
fn whole(sum: Decimal) -> String {
    let digits = sum.round().abs().normalize().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if sum.round() < Decimal::ZERO {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

fn how_good(accuracy: &Accuracy) -> String {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let Some(coverage) = accuracy.coverage else {
        return "None of them is over yet.".to_owned();
    };
    let mut text = format!(
        "{} of {} within the interval",
        (coverage * f64::from(u32::try_from(accuracy.periods).unwrap_or(u32::MAX))).round(),
        accuracy.periods
    );
    if let (Some(wape), Some(bias)) = (accuracy.wape, accuracy.bias) {
        let way = if bias < 0.0 { "too little" } else { "too much" };
        let _ = write!(
            text,
            "; off by {}, {} {way} in all",
            percent(wape),
            percent(bias.abs())
        );
    }
    text.push('.');
    text
}

/// Columns of the same width: the first to the left, numbers to the right.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(widths).enumerate().map(|(at, (cell, width))| {
            if at == 0 {
                format!("{cell:<width$}")
            } else {
                format!("{cell:>width$}")
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_whole_and_in_groups() {
        let sums = ["0", "999.4", "1000", "-1234567.89", "12345678"];
        let written = sums.map(|sum| whole(sum.parse().unwrap()));
        assert_eq!(written, ["0", "999", "1 000", "-1 234 568", "12 345 678"]);
    }

    #[test]
    fn columns_have_one_width() {
        let rows = [["a", "10"], ["name", "9"]].map(|row| row.map(str::to_owned));
        assert_eq!(aligned(&rows), "a     10\nname   9");
    }

    #[test]
    fn it_is_told_how_good_they_were() {
        assert_eq!(how_good(&Accuracy::default()), "None of them is over yet.");
        let told = Accuracy {
            periods: 4,
            wape: Some(0.253),
            bias: Some(-0.08),
            coverage: Some(0.75),
        };
        assert_eq!(
            how_good(&told),
            "3 of 4 within the interval; off by 25 %, 8 % too little in all."
        );
    }
}
