//! The account that a deal is with: its trade and size, earlier deals, and how content it is.

use crm_store::history::{CaseAt, DealAt, MessageAt, Standing};
use uuid::Uuid;

use crate::{
    ColumnKind, Value,
    features::{
        LOOK_BACK_DAYS, RECENT_DAYS,
        feature::{Deals, Feature, Lever},
        mood::{felt, had_no_tone, named, plainly, recent, tone, trend},
        usual::Of,
        words::{capital, count, mean, more_often, people, since, some, steadied, yes},
    },
};

fn account(deal: &DealAt<'_>) -> Vec<(&'static str, Uuid)> {
    let account = deal.account().map(|account| ("account", account.id()));
    account.into_iter().collect()
}

fn cases(deal: &DealAt<'_>, fits: impl Fn(&CaseAt) -> bool) -> Vec<CaseAt> {
    let moment = deal.moment();
    let cases = deal.account().into_iter().flat_map(|account| account.cases());
    let mut cases: Vec<CaseAt> = cases
        .filter(|case| since(case.opened, moment) <= RECENT_DAYS && fits(case))
        .collect();
    cases.reverse();
    cases
}

fn told(deal: &DealAt<'_>, fits: impl Fn(&CaseAt) -> bool) -> Vec<(&'static str, Uuid)> {
    let cases = cases(deal, fits);
    cases.into_iter().map(|case| ("case", case.id)).collect()
}

fn number_of(deal: &DealAt<'_>, fits: impl Fn(&CaseAt) -> bool) -> f64 {
    count(cases(deal, fits).len())
}

fn is_unhappy(case: &CaseAt) -> bool {
    case.is_escalated || case.is_late || case.satisfaction.is_some_and(|stars| stars <= 2.0)
}

/// Deals with the account that had ended, other than this one, latest first.
fn earlier(deal: &DealAt<'_>, won: bool) -> Vec<(&'static str, Uuid)> {
    let own = deal.id();
    let deals = deal.account().into_iter().flat_map(|account| account.deals());
    let mut deals: Vec<_> = deals
        .filter(|other| other.id != own)
        .filter(|other| match other.standing {
            Standing::Won(_) => won,
            Standing::Lost(_) => !won,
            Standing::Open => false,
        })
        .map(|other| ("opportunity", other.id))
        .collect();
    deals.reverse();
    deals
}

/// How content they said they were with recent cases, 1 to 5.
fn stars(deal: &DealAt<'_>) -> Vec<f64> {
    let told = cases(deal, |_| true);
    told.iter().filter_map(|case| case.satisfaction).collect()
}

/// What they wrote from so many days ago to so many, latest first.
fn wrote(deal: &DealAt<'_>, from: f64, to: f64) -> Vec<MessageAt> {
    let moment = deal.moment();
    let said = deal.account().into_iter().flat_map(|account| account.messages());
    recent(said, moment, from, to)
}

fn payments(deal: &DealAt<'_>) -> Vec<(Uuid, f64)> {
    let payments = deal.account().into_iter();
    payments.flat_map(|account| account.payment_delays()).collect()
}

/// How many days they pay late, on average.
fn delay(deal: &DealAt<'_>) -> Option<f64> {
    let payments = payments(deal);
    let sum: f64 = payments.iter().map(|(_, late)| late.min(120.0)).sum();
    (!payments.is_empty()).then(|| sum / count(payments.len()))
}

fn employees(deal: &DealAt<'_>) -> Option<f64> {
    let employees = deal.account()?.employees()?;
    i32::try_from(employees).ok().filter(|of| *of > 0).map(f64::from)
}

pub(super) fn features() -> Vec<Feature<Deals>> {
    let mut features = company();
    features.extend(service());
    features.extend(mood());
    features
}

/// What company it is, and how deals with it went.
fn company() -> Vec<Feature<Deals>> {
    vec![
        Feature {
            name: "industry_record",
            label: "The record in the industry",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["account.industry", "opportunity.*"],
            of: |deal, usual| {
                let trade = deal.account().and_then(|account| account.industry());
                Value::from(trade.map(|trade| usual.deal_record(Of::Industry, trade).0))
            },
            says: |_, deal, usual, _| {
                let trade = deal.account().and_then(|account| account.industry());
                trade.map_or("Its industry is not known.".to_owned(), |trade| {
                    let (points, of) = usual.deal_record(Of::Industry, trade);
                    let more = more_often(points);
                    format!("Deals in {trade} are won {more} ({}).", some(of, "deal"))
                })
            },
            rests: account,
        },
        Feature {
            name: "employees",
            label: "Employees",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["account.number_of_employees"],
            of: |deal, _| employees(deal).map(f64::ln_1p).into(),
            says: |_, deal, _, _| people(employees(deal)),
            rests: account,
        },
        Feature {
            name: "earlier_won",
            label: "Deals won with them before",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity"],
            of: |deal, _| count(earlier(deal, true).len()).min(10.0).into(),
            says: |_, deal, _, _| {
                let won = some(count(earlier(deal, true).len()), "deal");
                capital(&format!("{won} won with them before."))
            },
            rests: |deal| earlier(deal, true),
        },
        Feature {
            name: "earlier_lost",
            label: "Deals lost with them before",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity"],
            of: |deal, _| count(earlier(deal, false).len()).min(10.0).into(),
            says: |_, deal, _, _| {
                let lost = some(count(earlier(deal, false).len()), "deal");
                capital(&format!("{lost} lost with them before."))
            },
            rests: |deal| earlier(deal, false),
        },
        Feature {
            name: "is_customer",
            label: "A customer already",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity", "account.type"],
            of: |deal, _| {
                match deal.account().and_then(|account| account.kind()) {
                    Some("customer") => true.into(),
                    // Whatever they bought before.
                    Some("former_customer") => false.into(),
                    _ => (!earlier(deal, true).is_empty()).into(),
                }
            },
            says: |value, _, _, _| match yes(value) {
                Some(true) => "They are a customer already.".to_owned(),
                _ => "They are no customer.".to_owned(),
            },
            rests: |deal| match deal.account().and_then(|account| account.kind()) {
                Some("customer" | "former_customer") => account(deal),
                _ => [account(deal), earlier(deal, true)].concat(),
            },
        },
        Feature {
            name: "late_payments",
            label: "Days payments are late",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["payment"],
            of: |deal, _| delay(deal).map(f64::ln_1p).into(),
            says: |_, deal, _, _| match delay(deal) {
                Some(late) if late >= 1.0 => {
                    format!("They pay {} late, on average.", some(late, "day"))
                }
                Some(_) => "They pay in time.".to_owned(),
                None => "Nothing was due from them so far.".to_owned(),
            },
            rests: |deal| {
                let late = payments(deal).into_iter().filter(|(_, late)| *late >= 1.0);
                late.map(|(payment, _)| ("payment", payment)).collect()
            },
        },
    ]
}

/// How their cases went.
fn service() -> Vec<Feature<Deals>> {
    vec![
        Feature {
            name: "satisfaction",
            label: "Satisfaction with recent cases",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["case"],
            of: |deal, _| steadied(&stars(deal)).into(),
            says: |_, deal, _, _| match mean(&stars(deal)) {
                Some(stars) => {
                    let rated = some(count(self::stars(deal).len()), "case");
                    format!("They rated {rated} of the last 180 days with about {stars:.1} of 5.")
                }
                None => "They rated no case in the last 180 days.".to_owned(),
            },
            rests: |deal| told(deal, |case| case.satisfaction.is_some()),
        },
        Feature {
            name: "unhappy_cases",
            label: "Unhappy cases",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["case"],
            of: |deal, _| number_of(deal, is_unhappy).min(6.0).into(),
            says: |_, deal, _, _| {
                let of = some(number_of(deal, is_unhappy), "case");
                capital(&format!(
                    "{of} escalated, late or rated badly in the last 180 days."
                ))
            },
            rests: |deal| told(deal, is_unhappy),
        },
        Feature {
            name: "escalations",
            label: "Escalated cases",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["case"],
            of: |deal, _| number_of(deal, |case| case.is_escalated).min(6.0).into(),
            says: |_, deal, _, _| {
                let of = some(number_of(deal, |case| case.is_escalated), "case");
                capital(&format!("{of} escalated in the last 180 days."))
            },
            rests: |deal| told(deal, |case| case.is_escalated),
        },
        Feature {
            name: "open_cases",
            label: "Open cases",
            kind: ColumnKind::Number,
            lever: Lever::Fewer,
            rests_on: &["case"],
            of: |deal, _| number_of(deal, |case| case.is_open).min(10.0).into(),
            says: |_, deal, _, _| {
                let of = some(number_of(deal, |case| case.is_open), "case");
                capital(&format!("{of} opened in the last 180 days and not solved."))
            },
            rests: |deal| told(deal, |case| case.is_open),
        },
        Feature {
            name: "cases",
            label: "Recent cases",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["case"],
            of: |deal, _| number_of(deal, |_| true).ln_1p().into(),
            says: |_, deal, _, _| {
                let of = some(number_of(deal, |_| true), "case");
                capital(&format!("{of} in the last 180 days."))
            },
            rests: |deal| told(deal, |_| true),
        },
    ]
}

/// How what they write feels.
fn mood() -> Vec<Feature<Deals>> {
    vec![
        Feature {
            name: "sentiment",
            label: "Tone of what they write",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["message"],
            of: |deal, _| felt(&wrote(deal, 0.0, 90.0)).into(),
            says: |_, deal, _, _| {
                let wrote = wrote(deal, 0.0, 90.0);
                plainly(&wrote).map_or_else(
                    || had_no_tone(&wrote),
                    |felt| format!("What they wrote in the last 90 days felt like {felt:+.2} from -1 to 1."),
                )
            },
            rests: |deal| [account(deal), named(&wrote(deal, 0.0, 90.0))].concat(),
        },
        Feature {
            name: "sentiment_trend",
            label: "Trend of that tone",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["message"],
            of: |deal, _| {
                trend(
                    felt(&wrote(deal, 0.0, 90.0)),
                    felt(&wrote(deal, 90.0, LOOK_BACK_DAYS.into())),
                )
                .into()
            },
            says: |_, deal, _, _| {
                let (now, before) = (wrote(deal, 0.0, 90.0), wrote(deal, 90.0, LOOK_BACK_DAYS.into()));
                tone(trend(plainly(&now), plainly(&before)))
            },
            rests: |deal| [account(deal), named(&wrote(deal, 0.0, LOOK_BACK_DAYS.into()))].concat(),
        },
    ]
}
