//! What is told of an account, for whether it leaves.

use chrono::{DateTime, Utc};
use crm_store::history::{AccountAt, CaseAt, ContractAt, MessageAt, Standing};
use uuid::Uuid;

use super::{
    RECENT_DAYS,
    feature::{Accounts, Feature, Lever},
    mood::{felt, had_no_tone, named, plainly, recent, tone, trend},
    words::{capital, count, days, mean, number, since, some, steadied, yes},
};
use crate::ColumnKind;

fn itself(account: &AccountAt<'_>) -> Vec<(&'static str, Uuid)> {
    vec![("account", account.id())]
}

fn cases(account: &AccountAt<'_>, fits: impl Fn(&CaseAt) -> bool) -> Vec<CaseAt> {
    let moment = account.moment();
    let mut cases: Vec<CaseAt> = account
        .cases()
        .filter(|case| since(case.opened, moment) <= RECENT_DAYS && fits(case))
        .collect();
    cases.reverse();
    cases
}

fn told(account: &AccountAt<'_>, fits: impl Fn(&CaseAt) -> bool) -> Vec<(&'static str, Uuid)> {
    let cases = cases(account, fits);
    cases.into_iter().map(|case| ("case", case.id)).collect()
}

fn number_of(account: &AccountAt<'_>, fits: impl Fn(&CaseAt) -> bool) -> f64 {
    count(cases(account, fits).len())
}

/// The contract that ends next; where none runs any more, the one that ended last.
fn contract<'h>(account: &AccountAt<'h>) -> Option<ContractAt<'h>> {
    let today = account.moment().date_naive();
    let signed = || {
        account
            .contracts()
            .filter(|contract| contract.status == "activated")
    };
    // Nobody has to say of a contract that it is over.
    let over = |contract: &ContractAt<'_>| contract.ends.is_some_and(|ends| ends < today);
    let running = signed().filter(|contract| !over(contract) || contract.auto_renew);
    running
        .min_by_key(|contract| (over(contract), contract.ends.is_none(), contract.ends))
        .or_else(|| signed().max_by_key(|contract| contract.ends))
}

fn agreement(account: &AccountAt<'_>) -> Vec<(&'static str, Uuid)> {
    let contract = contract(account).map(|contract| ("contract", contract.id));
    contract.into_iter().collect()
}

fn days_left(account: &AccountAt<'_>) -> Option<f64> {
    let contract = contract(account)?;
    let left = (contract.ends? - account.moment().date_naive()).num_days();
    if left < 0 && contract.auto_renew {
        return None;
    }
    i32::try_from(left.clamp(-365, 1825)).ok().map(f64::from)
}

fn ended(account: &AccountAt<'_>, won: bool) -> Vec<(&'static str, Uuid)> {
    let ended = account.deals().filter(|deal| match deal.standing {
        Standing::Won(_) => won,
        Standing::Lost(_) => !won,
        Standing::Open => false,
    });
    ended.map(|deal| ("opportunity", deal.id)).collect()
}

/// Open deals about going on.
fn renewals(account: &AccountAt<'_>) -> Vec<(&'static str, Uuid)> {
    let open = account
        .deals()
        .filter(|deal| deal.is_renewal && deal.standing == Standing::Open);
    open.map(|deal| ("opportunity", deal.id)).collect()
}

/// The deal by which they decided to go on, last, and when.
fn renewal(account: &AccountAt<'_>) -> Option<(DateTime<Utc>, Uuid)> {
    let won = account.deals().filter(|deal| deal.is_renewal);
    let last = won.filter_map(|deal| match deal.standing {
        Standing::Won(at) => Some((at, deal.id)),
        Standing::Lost(_) | Standing::Open => None,
    });
    last.max()
}

/// How many days ago they decided to go on, last.
fn since_renewal(account: &AccountAt<'_>) -> Option<f64> {
    Some(since(renewal(account)?.0, account.moment()))
}

/// What they wrote from so many days ago to so many, latest first.
fn wrote(account: &AccountAt<'_>, from: f64, to: f64) -> Vec<MessageAt> {
    recent(account.messages(), account.moment(), from, to)
}

/// What was done with them last, and when.
fn last_done(account: &AccountAt<'_>) -> Option<(DateTime<Utc>, Uuid)> {
    let done = account.activities().filter(|activity| activity.is_done);
    done.map(|activity| (activity.at, activity.id)).max()
}

fn quiet(account: &AccountAt<'_>) -> Option<f64> {
    Some(since(last_done(account)?.0, account.moment()))
}

/// How many days they pay late, on average.
fn delay(account: &AccountAt<'_>) -> Option<f64> {
    let (sum, of) = account.payment_delays().fold((0.0, 0.0), |(sum, of), (_, late)| {
        (sum + late.min(120.0), of + 1.0)
    });
    (of > 0.0).then(|| sum / of)
}

/// How content they said they were with recent cases, 1 to 5.
fn stars(account: &AccountAt<'_>) -> Vec<f64> {
    let told = cases(account, |_| true);
    told.iter().filter_map(|case| case.satisfaction).collect()
}

/// All features of accounts.
pub(super) fn all() -> Vec<Feature<Accounts>> {
    let mut features = promised();
    features.extend(business());
    features.extend(service());
    features
}

/// What was agreed and paid.
fn promised() -> Vec<Feature<Accounts>> {
    vec![
        Feature {
            name: "contract_days_left",
            label: "Days until the contract ends",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["contract"],
            of: |account, _| days_left(account).into(),
            says: |value, _, _, _| match number(value) {
                Some(left) if left >= 0.0 => format!("Its contract ends in {}.", days(left)),
                Some(past) => format!("Its contract ended {} ago.", days(-past)),
                None => "It has no running contract with an end.".to_owned(),
            },
            rests: agreement,
        },
        Feature {
            name: "contract_renews",
            label: "The contract goes on by itself",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["contract"],
            of: |account, _| contract(account).map(|contract| contract.auto_renew).into(),
            says: |value, _, _, _| match yes(value) {
                Some(true) => "Its contract goes on by itself.".to_owned(),
                Some(false) => "Its contract does not go on by itself.".to_owned(),
                None => "It has no running contract.".to_owned(),
            },
            rests: agreement,
        },
        Feature {
            name: "late_payments",
            label: "Days payments are late",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["payment"],
            of: |account, _| delay(account).map(f64::ln_1p).into(),
            says: |_, account, _, _| match delay(account) {
                Some(late) if late >= 1.0 => {
                    format!("They pay {} late, on average.", some(late, "day"))
                }
                Some(_) => "They pay in time.".to_owned(),
                None => "Nothing was due from them so far.".to_owned(),
            },
            rests: |account| {
                let late = account.payment_delays().filter(|(_, late)| *late >= 1.0);
                late.map(|(payment, _)| ("payment", payment)).collect()
            },
        },
    ]
}

/// What was bought and done.
fn business() -> Vec<Feature<Accounts>> {
    vec![
        Feature {
            name: "renewal_talks",
            label: "Talks about going on",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity"],
            of: |account, _| (!renewals(account).is_empty()).into(),
            says: |_, account, _, _| match renewals(account).len() {
                0 => "Going on is not being talked about.".to_owned(),
                _ => "Whether they go on is being talked about: a renewal is open.".to_owned(),
            },
            rests: renewals,
        },
        Feature {
            name: "days_since_renewal",
            label: "Days since they decided to go on",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity"],
            of: |account, _| since_renewal(account).map(f64::ln_1p).into(),
            says: |_, account, _, _| {
                since_renewal(account).map_or("They have not decided to go on yet.".to_owned(), |ago| {
                    format!("They decided to go on {} ago.", days(ago))
                })
            },
            rests: |account| {
                let last = renewal(account).map(|(_, deal)| ("opportunity", deal));
                itself(account).into_iter().chain(last).collect()
            },
        },
        Feature {
            name: "deals_won",
            label: "Deals won",
            kind: ColumnKind::Number,
            lever: Lever::More,
            rests_on: &["opportunity"],
            of: |account, _| count(ended(account, true).len()).ln_1p().into(),
            says: |_, account, _, _| {
                let won = some(count(ended(account, true).len()), "deal");
                capital(&format!("{won} won with them."))
            },
            rests: |account| ended(account, true),
        },
        Feature {
            name: "deals_lost",
            label: "Deals lost",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity"],
            of: |account, _| count(ended(account, false).len()).ln_1p().into(),
            says: |_, account, _, _| {
                let lost = some(count(ended(account, false).len()), "deal");
                capital(&format!("{lost} lost with them."))
            },
            rests: |account| ended(account, false),
        },
        Feature {
            name: "days_since_activity",
            label: "Days since anything was done",
            kind: ColumnKind::Number,
            lever: Lever::Fewer,
            rests_on: &["activity"],
            of: |account, _| quiet(account).map(f64::ln_1p).into(),
            says: |_, account, _, _| {
                quiet(account).map_or("Nothing has been done with them.".to_owned(), |ago| {
                    format!("The last thing that was done with them was {} ago.", days(ago))
                })
            },
            rests: |account| {
                let last = last_done(account).map(|(_, activity)| ("activity", activity));
                itself(account).into_iter().chain(last).collect()
            },
        },
    ]
}

/// A feature that counts recent cases.
macro_rules! counted {
    ($name:literal, $label:literal, $lever:expr, $words:literal, $fits:expr) => {
        Feature {
            name: $name,
            label: $label,
            kind: ColumnKind::Number,
            lever: $lever,
            rests_on: &["case"],
            of: |account, _| number_of(account, $fits).min(20.0).ln_1p().into(),
            says: |_, account, _, _| {
                let of = some(number_of(account, $fits), "case");
                capital(&format!("{of} {}in the last 180 days.", $words))
            },
            rests: |account| told(account, $fits),
        }
    };
}

/// How their cases went, and how they feel.
fn service() -> Vec<Feature<Accounts>> {
    vec![
        counted!("cases", "Recent cases", Lever::None, "", |_| true),
        counted!(
            "open_cases",
            "Open cases",
            Lever::Fewer,
            "not solved, opened ",
            |case| case.is_open
        ),
        counted!(
            "escalations",
            "Escalated cases",
            Lever::None,
            "escalated ",
            |case| case.is_escalated
        ),
        counted!(
            "late_cases",
            "Cases answered or solved late",
            Lever::Fewer,
            "answered or solved late ",
            |case| case.is_late
        ),
        Feature {
            name: "satisfaction",
            label: "Satisfaction with recent cases",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["case"],
            of: |account, _| steadied(&stars(account)).into(),
            says: |_, account, _, _| match mean(&stars(account)) {
                Some(stars) => format!("They rated recent cases with about {stars:.1} of 5."),
                None => "They rated no case in the last 180 days.".to_owned(),
            },
            rests: |account| told(account, |case| case.satisfaction.is_some()),
        },
        Feature {
            name: "sentiment",
            label: "Tone of what they write",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["message"],
            of: |account, _| felt(&wrote(account, 0.0, 90.0)).into(),
            says: |_, account, _, _| {
                let wrote = wrote(account, 0.0, 90.0);
                plainly(&wrote).map_or_else(
                    || had_no_tone(&wrote),
                    |felt| format!("What they wrote in the last 90 days felt like {felt:+.2} from -1 to 1."),
                )
            },
            rests: |account| [itself(account), named(&wrote(account, 0.0, 90.0))].concat(),
        },
        Feature {
            name: "sentiment_trend",
            label: "Trend of that tone",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["message"],
            of: |account, _| {
                trend(
                    felt(&wrote(account, 0.0, 90.0)),
                    felt(&wrote(account, 90.0, 360.0)),
                )
                .into()
            },
            says: |_, account, _, _| {
                let (now, before) = (wrote(account, 0.0, 90.0), wrote(account, 90.0, 360.0));
                tone(trend(plainly(&now), plainly(&before)))
            },
            rests: |account| [itself(account), named(&wrote(account, 0.0, 360.0))].concat(),
        },
    ]
}
