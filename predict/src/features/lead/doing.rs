//! What a lead does, and what is done about it.

use crm_store::history::{ActivityAt, LeadAt, MessageAt};
use uuid::Uuid;

use crate::{
    ColumnKind, Value,
    features::{
        feature::{Feature, Leads, Lever},
        mood::{felt, named, plainly},
        words::{came_to, capital, count, days, number, since, some, yes},
    },
};

fn number_of(lead: &LeadAt<'_>, kinds: &[&str]) -> f64 {
    let events = lead.engagement();
    count(events.filter(|event| kinds.contains(&event.kind)).count())
}

/// What they did, latest first, as evidence.
fn told(lead: &LeadAt<'_>, kinds: &[&str]) -> Vec<(&'static str, Uuid)> {
    let events = lead.engagement().filter(|event| kinds.contains(&event.kind));
    let mut events: Vec<_> = events.map(|event| ("engagement_event", event.id)).collect();
    events.reverse();
    events
}

/// What somebody does by themselves; being sent a mail is nothing they did.
const OWN: &[&str] = &[
    "email_opened",
    "email_clicked",
    "email_replied",
    "page_visited",
    "form_submitted",
    "content_downloaded",
    "event_attended",
];

fn latest(lead: &LeadAt<'_>) -> Option<f64> {
    let own = lead.engagement().filter(|event| OWN.contains(&event.kind));
    Some(since(own.last()?.at, lead.moment()))
}

fn is_talk(activity: &ActivityAt<'_>) -> bool {
    matches!(activity.kind, "call" | "email" | "meeting")
}

/// A talk that came from them, or of which it is noted how it went.
fn is_judged(activity: &ActivityAt<'_>) -> bool {
    is_talk(activity) && (activity.is_inbound() || activity.outcome.is_some())
}

/// Not one in which they said no, though it reached them: what tells is whether they care.
fn found_open(activity: &ActivityAt<'_>) -> bool {
    let good = [
        "reached",
        "connected",
        "positive",
        "interested",
        "meeting_scheduled",
    ];
    is_talk(activity) && (activity.is_inbound() || came_to(activity, &good))
}

fn talks(lead: &LeadAt<'_>, fits: impl Fn(&ActivityAt<'_>) -> bool) -> Vec<(&'static str, Uuid)> {
    let talks = lead.done().filter(|activity| fits(activity));
    let mut talks: Vec<_> = talks.map(|activity| ("activity", activity.id)).collect();
    talks.reverse();
    talks
}

/// What they wrote, latest first.
fn wrote(lead: &LeadAt<'_>) -> Vec<MessageAt> {
    let mut wrote: Vec<_> = lead.messages().filter(|message| message.is_inbound).collect();
    wrote.reverse();
    wrote
}

fn said(lead: &LeadAt<'_>) -> f64 {
    count(wrote(lead).len())
}

/// What shows whether somebody of ours has turned to them: what was done, and what we wrote.
fn turned(lead: &LeadAt<'_>) -> Vec<(&'static str, Uuid)> {
    let ours: Vec<MessageAt> = lead.messages().filter(|message| !message.is_inbound).collect();
    [talks(lead, is_talk), named(&ours)].concat()
}

/// Hours until somebody of ours turned to it, and whether anybody has: of one that still waits, how long it has waited.
fn response(lead: &LeadAt<'_>) -> (f64, bool) {
    let first = lead.first_response();
    let until = first.unwrap_or(lead.moment());
    (since(lead.created_at(), until) * 24.0, first.is_some())
}

fn hours(of: f64) -> String {
    match of {
        soon if soon < 1.0 => "less than an hour".to_owned(),
        today if today < 48.0 => some(today.floor(), "hour"),
        later => days(later / 24.0),
    }
}

/// A feature that counts what they did.
macro_rules! counted {
    ($name:literal, $label:literal, $one:literal, $kinds:expr) => {
        Feature {
            name: $name,
            label: $label,
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["engagement_event"],
            of: |lead, _| number_of(lead, $kinds).min(50.0).ln_1p().into(),
            says: |_, lead, _, _| capital(&format!("{} so far.", some(number_of(lead, $kinds), $one))),
            rests: |lead| told(lead, $kinds),
        }
    };
}

pub(super) fn features() -> Vec<Feature<Leads>> {
    let mut features = theirs();
    features.extend(ours());
    features
}

/// What they do.
#[expect(clippy::too_many_lines, reason = "a list: one entry for each feature")]
fn theirs() -> Vec<Feature<Leads>> {
    vec![
        counted!("pages", "Pages visited", "page visit", &["page_visited"]),
        counted!("downloads", "Downloads", "download", &["content_downloaded"]),
        counted!("mails_opened", "Mails opened", "opened mail", &["email_opened"]),
        counted!(
            "mails_clicked",
            "Mails clicked",
            "clicked mail",
            &["email_clicked"]
        ),
        counted!(
            "mails_answered",
            "Mails answered",
            "answered mail",
            &["email_replied"]
        ),
        counted!("forms", "Forms sent", "form", &["form_submitted"]),
        counted!("events_attended", "Events attended", "event", &["event_attended"]),
        counted!(
            "mails_bounced",
            "Mails that came back",
            "bounced mail",
            &["email_bounced"]
        ),
        counted!(
            "unsubscribed",
            "Unsubscribed",
            "unsubscription",
            &["email_unsubscribed"]
        ),
        Feature {
            name: "engagement_last_14_days",
            label: "What they did in the last 14 days",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["engagement_event"],
            of: |lead, _| {
                let moment = lead.moment();
                let own = lead.engagement().filter(|event| OWN.contains(&event.kind));
                let recent = own.filter(|event| since(event.at, moment) <= 14.0);
                count(recent.count()).min(50.0).ln_1p().into()
            },
            says: |value, _, _, _| {
                let of = number(value).unwrap_or_default().exp_m1();
                format!(
                    "They opened, clicked or visited {} in the last 14 days.",
                    some(of, "thing")
                )
            },
            rests: |lead| told(lead, OWN),
        },
        Feature {
            name: "days_since_engagement",
            label: "Days since they did anything",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["engagement_event"],
            of: |lead, _| latest(lead).map(|days| days.min(3650.0).ln_1p()).into(),
            says: |_, lead, _, _| {
                latest(lead).map_or(
                    "They have not opened, clicked or visited anything.".to_owned(),
                    |ago| {
                        format!(
                            "They last opened, clicked or visited something {} ago.",
                            days(ago)
                        )
                    },
                )
            },
            rests: |lead| told(lead, OWN),
        },
        Feature {
            name: "campaigns_answered",
            label: "Campaigns answered",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["campaign_member"],
            of: |lead, _| count(lead.responses()).into(),
            says: |_, lead, _, _| {
                capital(&format!(
                    "{} answered.",
                    some(count(lead.responses()), "campaign")
                ))
            },
            rests: |lead| vec![("lead", lead.id())],
        },
        Feature {
            name: "messages",
            label: "Messages from them",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["message"],
            of: |lead, _| said(lead).min(50.0).ln_1p().into(),
            says: |_, lead, _, _| capital(&format!("{} from them.", some(said(lead), "message"))),
            rests: |lead| [vec![("lead", lead.id())], named(&wrote(lead))].concat(),
        },
        Feature {
            name: "sentiment",
            label: "Tone of what they write",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["message"],
            of: |lead, _| felt(&wrote(lead)).into(),
            says: |_, lead, _, _| match plainly(&wrote(lead)) {
                Some(felt) => format!("What they write feels like {felt:+.2} from -1 to 1."),
                None => "They have written nothing that was understood.".to_owned(),
            },
            rests: |lead| [vec![("lead", lead.id())], named(&wrote(lead))].concat(),
        },
    ]
}

/// What we do.
fn ours() -> Vec<Feature<Leads>> {
    vec![
        Feature {
            name: "response_hours",
            label: "Hours until our first answer",
            kind: ColumnKind::Number,
            lever: Lever::Fewer,
            rests_on: &["activity", "message"],
            of: |lead, _| response(lead).0.min(8760.0).ln_1p().into(),
            says: |_, lead, _, _| match response(lead) {
                (taken, true) => format!("We first turned to them after {}.", hours(taken)),
                (waited, false) => format!("They have waited {} for a first answer.", hours(waited)),
            },
            rests: turned,
        },
        Feature {
            name: "answered",
            label: "We have turned to them",
            kind: ColumnKind::Number,
            lever: Lever::Set,
            rests_on: &["activity", "message"],
            of: |lead, _| response(lead).1.into(),
            says: |value, _, _, _| match yes(value) {
                Some(true) => "Somebody of ours has turned to them.".to_owned(),
                _ => "Nobody of ours has turned to them yet.".to_owned(),
            },
            rests: turned,
        },
        Feature {
            name: "talks",
            label: "Calls, mails and meetings",
            kind: ColumnKind::Number,
            lever: Lever::More,
            rests_on: &["activity"],
            of: |lead, _| count(talks(lead, is_talk).len()).min(50.0).ln_1p().into(),
            says: |_, lead, _, _| {
                let of = some(count(talks(lead, is_talk).len()), "talk");
                capital(&format!("{of} by phone, mail or in person so far."))
            },
            rests: |lead| talks(lead, is_talk),
        },
        Feature {
            name: "reached",
            label: "Share of talks that found them open",
            kind: ColumnKind::Number,
            lever: Lever::More,
            rests_on: &["activity"],
            of: |lead, _| {
                let of = count(talks(lead, is_judged).len());
                let open = count(talks(lead, found_open).len());
                Value::from((of > 0.0).then(|| (open + 1.0) / (of + 2.0)))
            },
            says: |_, lead, _, _| {
                let of = some(count(talks(lead, found_open).len()), "talk");
                capital(&format!("{of} found them open or came from them."))
            },
            rests: |lead| talks(lead, found_open),
        },
    ]
}
