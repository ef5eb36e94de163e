//! What was done about a deal, and how they answered.

use crm_store::history::{ActivityAt, DealAt};
use uuid::Uuid;

use super::pace::{counted, pace, so_many};
use crate::{
    ColumnKind, Value,
    features::{
        feature::{Deals, Feature, Lever},
        words::{came_to, capital, count, days, number, percent, since, some, yes},
    },
};

/// What was done that fits, latest first, as evidence.
pub(super) fn told(deal: &DealAt<'_>, fits: impl Fn(&ActivityAt<'_>) -> bool) -> Vec<(&'static str, Uuid)> {
    let mut those: Vec<_> = deal
        .done()
        .filter(|activity| fits(activity))
        .map(|activity| ("activity", activity.id))
        .collect();
    those.reverse();
    those
}

fn number_of(deal: &DealAt<'_>, fits: impl Fn(&ActivityAt<'_>) -> bool) -> f64 {
    count(deal.done().filter(|activity| fits(activity)).count())
}

/// Days since the latest that fits.
fn latest(deal: &DealAt<'_>, fits: impl Fn(&ActivityAt<'_>) -> bool) -> Option<f64> {
    let those = deal.done().filter(|activity| fits(activity));
    let last = those.map(|activity| activity.at).max()?;
    Some(since(last, deal.moment()))
}

fn recent(deal: &DealAt<'_>, activity: &ActivityAt<'_>) -> bool {
    since(activity.at, deal.moment()) <= 30.0
}

fn is_meeting(activity: &ActivityAt<'_>) -> bool {
    activity.kind == "meeting"
}

fn is_call(activity: &ActivityAt<'_>) -> bool {
    activity.kind == "call"
}

fn is_inbound(activity: &ActivityAt<'_>) -> bool {
    activity.is_inbound()
}

fn is_mail(activity: &ActivityAt<'_>) -> bool {
    activity.kind == "email"
}

fn is_answer(activity: &ActivityAt<'_>) -> bool {
    activity.kind == "email" && activity.is_inbound()
}

fn is_talk(activity: &ActivityAt<'_>) -> bool {
    matches!(activity.kind, "meeting" | "call" | "email" | "transcript")
}

fn went_well(activity: &ActivityAt<'_>) -> bool {
    let good = [
        "positive",
        "interested",
        "demo_scheduled",
        "meeting_scheduled",
        "agreed",
    ];
    came_to(activity, &good)
}

fn went_badly(activity: &ActivityAt<'_>) -> bool {
    let bad = ["negative", "not_interested", "declined", "cancelled", "no_show"];
    came_to(activity, &bad)
}

fn missed(activity: &ActivityAt<'_>) -> bool {
    came_to(activity, &["no_answer", "left_message", "left_a_message", "busy"])
}

/// What is ahead of them, or should have been done.
fn ahead<'h>(deal: &DealAt<'h>) -> impl Iterator<Item = ActivityAt<'h>> {
    let moment = deal.moment();
    deal.activities().filter(move |activity| {
        activity.is_open && activity.at > moment && matches!(activity.kind, "meeting" | "call")
    })
}

fn overdue<'h>(deal: &DealAt<'h>) -> impl Iterator<Item = ActivityAt<'h>> {
    let moment = deal.moment();
    deal.activities().filter(move |activity| {
        activity.kind == "task" && activity.is_open && activity.due.is_some_and(|due| due < moment)
    })
}

fn sent(deal: &DealAt<'_>) -> f64 {
    number_of(deal, |activity| {
        activity.kind == "email" && activity.is_outbound()
    })
}

/// How many hours it took them to answer a mail of ours, for each that they answered. What they write first, or again, is no
/// answer.
fn answers(deal: &DealAt<'_>) -> Vec<f64> {
    let mut asked = None;
    let mut taken = Vec::new();
    for mail in deal.done().filter(is_mail) {
        if mail.is_outbound() {
            asked = Some(mail.at);
        } else if mail.is_inbound()
            && let Some(then) = asked.take()
        {
            taken.push(since(then, mail.at) * 24.0);
        }
    }
    taken
}

/// How many hours answers took, on average of their logarithms.
fn reply_hours(deal: &DealAt<'_>) -> Option<f64> {
    let taken = answers(deal);
    let sum: f64 = taken.iter().map(|hours| hours.ln_1p()).sum();
    (!taken.is_empty()).then(|| (sum / count(taken.len())).exp_m1())
}

fn hours(of: f64) -> String {
    if of < 48.0 {
        some(of.max(1.0), "hour")
    } else {
        days(of / 24.0)
    }
}

pub(super) fn features() -> Vec<Feature<Deals>> {
    let mut features = tries();
    features.extend(outcomes());
    features.extend(answering());
    features
}

/// What we do.
fn tries() -> Vec<Feature<Deals>> {
    vec![
        Feature {
            name: "meetings_per_week",
            label: "Meetings a week",
            kind: ColumnKind::Number,
            lever: Lever::More,
            rests_on: &["activity"],
            of: |deal, _| pace(deal, is_meeting).into(),
            says: |_, deal, _, _| so_many(deal, is_meeting, "meeting", ""),
            rests: |deal| counted(deal, is_meeting),
        },
        Feature {
            name: "days_since_meeting",
            label: "Days since the last meeting",
            kind: ColumnKind::Number,
            lever: Lever::Fewer,
            rests_on: &["activity"],
            of: |deal, _| latest(deal, is_meeting).map(f64::ln_1p).into(),
            says: |_, deal, _, _| match latest(deal, is_meeting) {
                Some(ago) if ago < 1.0 => "The last meeting was less than a day ago.".to_owned(),
                Some(ago) => format!("No meeting in the last {}.", days(ago)),
                None => "There has been no meeting.".to_owned(),
            },
            rests: |deal| told(deal, is_meeting),
        },
        Feature {
            name: "calls_per_week",
            label: "Calls a week",
            kind: ColumnKind::Number,
            lever: Lever::More,
            rests_on: &["activity"],
            of: |deal, _| pace(deal, is_call).into(),
            says: |_, deal, _, _| so_many(deal, is_call, "call", ""),
            rests: |deal| counted(deal, is_call),
        },
        Feature {
            name: "activities_last_30_days",
            label: "Talks in the last 30 days",
            kind: ColumnKind::Number,
            lever: Lever::More,
            rests_on: &["activity"],
            of: |deal, _| number_of(deal, |activity| is_talk(activity) && recent(deal, activity)).into(),
            says: |value, _, _, _| {
                let talks = some(number(value).unwrap_or_default(), "talk");
                capital(&format!(
                    "{talks} by mail, phone or in person in the last 30 days."
                ))
            },
            rests: |deal| told(deal, |activity| is_talk(activity) && recent(deal, activity)),
        },
        Feature {
            name: "days_since_activity",
            label: "Days since anything was done",
            kind: ColumnKind::Number,
            lever: Lever::Fewer,
            rests_on: &["activity"],
            of: |deal, _| {
                let days = latest(deal, |_| true).unwrap_or(deal.age_days().max(0.0));
                days.ln_1p().into()
            },
            says: |_, deal, _, _| match latest(deal, |_| true) {
                Some(ago) => format!("The last thing that was done about it was {} ago.", days(ago)),
                None => "Nothing has been done about it.".to_owned(),
            },
            rests: |deal| told(deal, |_| true),
        },
        Feature {
            name: "next_meeting_planned",
            label: "A meeting or call is planned",
            kind: ColumnKind::Number,
            lever: Lever::Set,
            rests_on: &["activity"],
            of: |deal, _| ahead(deal).next().is_some().into(),
            says: |value, _, _, _| match yes(value) {
                Some(true) => "A meeting or call is planned.".to_owned(),
                _ => "No meeting or call is planned.".to_owned(),
            },
            rests: |deal| ahead(deal).map(|activity| ("activity", activity.id)).collect(),
        },
        Feature {
            name: "overdue_tasks",
            label: "Overdue tasks",
            kind: ColumnKind::Number,
            lever: Lever::Fewer,
            rests_on: &["activity"],
            of: |deal, _| count(overdue(deal).count()).min(20.0).into(),
            says: |_, deal, _, _| {
                let of = count(overdue(deal).count());
                capital(&format!("{} overdue.", some(of, "task")))
            },
            rests: |deal| overdue(deal).map(|activity| ("activity", activity.id)).collect(),
        },
    ]
}

/// How what we do goes.
fn outcomes() -> Vec<Feature<Deals>> {
    vec![
        Feature {
            name: "positive_outcomes_per_week",
            label: "Good outcomes a week",
            kind: ColumnKind::Number,
            lever: Lever::More,
            rests_on: &["activity"],
            of: |deal, _| pace(deal, went_well).into(),
            says: |_, deal, _, _| so_many(deal, went_well, "talk", " that went well"),
            rests: |deal| counted(deal, went_well),
        },
        Feature {
            name: "negative_outcomes_per_week",
            label: "Bad outcomes a week",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["activity"],
            of: |deal, _| pace(deal, went_badly).into(),
            says: |_, deal, _, _| so_many(deal, went_badly, "talk", " that went badly"),
            rests: |deal| counted(deal, went_badly),
        },
        Feature {
            name: "outcome_balance",
            label: "Good outcomes against bad ones",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["activity"],
            of: |deal, _| {
                let (good, bad) = (number_of(deal, went_well), number_of(deal, went_badly));
                ((good - bad) / (good + bad + 2.0)).into()
            },
            says: |_, deal, _, _| {
                let (good, bad) = (number_of(deal, went_well), number_of(deal, went_badly));
                capital(&format!("{} went well, {bad:.0} badly.", some(good, "talk")))
            },
            rests: |deal| told(deal, |activity| went_well(activity) || went_badly(activity)),
        },
        Feature {
            name: "calls_reached",
            label: "Share of calls that reached somebody",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["activity"],
            of: |deal, _| {
                let calls = number_of(deal, |activity| is_call(activity) && activity.outcome.is_some());
                let missed = number_of(deal, |activity| is_call(activity) && missed(activity));
                Value::from((calls > 0.0).then(|| (calls - missed + 1.0) / (calls + 2.0)))
            },
            says: |_, deal, _, _| {
                let calls = number_of(deal, |activity| is_call(activity) && activity.outcome.is_some());
                let missed = number_of(deal, |activity| is_call(activity) && missed(activity));
                match calls {
                    none if none < 0.5 && number_of(deal, is_call) > 0.5 => {
                        "Of no call is it noted whether it reached somebody.".to_owned()
                    }
                    none if none < 0.5 => "Nobody has been called.".to_owned(),
                    of => format!("{:.0} of {} reached somebody.", of - missed, some(of, "call")),
                }
            },
            rests: |deal| told(deal, is_call),
        },
    ]
}

/// How they answer.
fn answering() -> Vec<Feature<Deals>> {
    vec![
        Feature {
            name: "mails_per_week",
            label: "Mails a week",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["activity"],
            of: |deal, _| pace(deal, is_mail).into(),
            says: |_, deal, _, _| so_many(deal, is_mail, "mail", " to or from them"),
            rests: |deal| counted(deal, is_mail),
        },
        Feature {
            name: "days_since_mail",
            label: "Days since the last mail",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["activity"],
            of: |deal, _| latest(deal, is_mail).map(f64::ln_1p).into(),
            says: |_, deal, _, _| match latest(deal, is_mail) {
                Some(ago) => format!("The last mail, theirs or ours, was {} ago.", days(ago)),
                None => "There has been no mail.".to_owned(),
            },
            rests: |deal| told(deal, is_mail),
        },
        Feature {
            name: "answered_share",
            label: "Share of mails answered",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["activity"],
            of: |deal, _| {
                let sent = sent(deal);
                // With two mails that nobody has sent: one answered, one not.
                Value::from((sent > 0.0).then(|| (count(answers(deal).len()) + 1.0) / (sent + 2.0)))
            },
            says: |_, deal, _, _| match sent(deal) {
                none if none < 0.5 => "No mail has been sent.".to_owned(),
                sent => {
                    let answers = count(answers(deal).len());
                    format!(
                        "They answered {answers:.0} of {}, {}.",
                        some(sent, "mail"),
                        percent(answers / sent)
                    )
                }
            },
            rests: |deal| told(deal, is_mail),
        },
        Feature {
            name: "reply_hours",
            label: "Hours until they answer",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["activity"],
            of: |deal, _| reply_hours(deal).map(f64::ln_1p).into(),
            says: |_, deal, _, _| {
                reply_hours(deal).map_or("They have not answered a mail.".to_owned(), |taken| {
                    format!("They answer mails within {}.", hours(taken))
                })
            },
            rests: |deal| told(deal, is_answer),
        },
        Feature {
            name: "days_since_answer",
            label: "Days since they turned to us",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["activity"],
            of: |deal, _| latest(deal, is_inbound).map(f64::ln_1p).into(),
            says: |_, deal, _, _| match latest(deal, is_inbound) {
                Some(ago) => format!("They last wrote or called {} ago.", days(ago)),
                None => "They have never written or called.".to_owned(),
            },
            rests: |deal| told(deal, is_inbound),
        },
    ]
}
