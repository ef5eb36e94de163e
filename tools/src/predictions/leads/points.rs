//! Points for what a lead did: the cold start, before there is enough to learn from.

use std::collections::BTreeMap;

use crm_store::{history::LeadAt, leads::PointPart, settings::LeadScoring};

/// The part that takes back what lies beyond 0 and the cap.
const LIMIT: &str = "limit";

/// Points with what they are made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Points {
    /// From 0 to the cap.
    pub total: f64,
    /// What adds up to them, the strongest first.
    pub parts: Vec<PointPart>,
}

/// The points of a lead at a moment: those of each event, halved with every half-life that went by.
pub fn points(lead: &LeadAt<'_>, rules: &LeadScoring) -> Points {
    let now = lead.moment();
    let mut kinds: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
    for event in lead.engagement() {
        let Some(worth) = rules.points.get(event.kind).filter(|worth| **worth != 0.0) else {
            continue;
        };
        // An event with a date to come counts as one of now.
        let days = (now - event.at).as_seconds_f64().max(0.0) / 86_400.0;
        let part = kinds.entry(event.kind).or_default();
        part.0 += 1;
        part.1 += worth * 0.5_f64.powf(days / rules.half_life_days);
    }
    let mut parts: Vec<PointPart> = kinds
        .into_iter()
        .map(|(kind, (events, points))| PointPart {
            kind: kind.to_owned(),
            events,
            points,
        })
        .collect();
    parts.sort_by(|one, other| other.points.abs().total_cmp(&one.points.abs()));
    let sum: f64 = parts.iter().map(|part| part.points).sum();
    let total = sum.clamp(0.0, rules.cap);
    if total.to_bits() != sum.to_bits() && (total - sum).abs() > f64::EPSILON {
        parts.push(PointPart {
            kind: LIMIT.to_owned(),
            events: 0,
            points: total - sum,
        });
    }
    Points { total, parts }
}

/// A part in words: `2 forms submitted: +22.5 points.`
pub fn spoken(part: &PointPart) -> String {
    let what = match part.kind.as_str() {
        LIMIT if part.points > 0.0 => "Points are never below zero".to_owned(),
        LIMIT => "More points than the cap count nothing".to_owned(),
        HIDDEN => "Something in records that you may not see".to_owned(),
        kind => {
            let (one, many) = NAMES
                .iter()
                .find(|(known, ..)| *known == kind)
                .map_or(("event", "events"), |(_, one, many)| (*one, *many));
            format!("{} {}", part.events, if part.events == 1 { one } else { many })
        }
    };
    format!("{what}: {:+.1} points.", part.points)
}

/// What stands for parts that a reader may not know.
pub(super) const HIDDEN: &str = "hidden";

/// Types of events in words.
const NAMES: &[(&str, &str, &str)] = &[
    ("email_sent", "mail sent", "mails sent"),
    ("email_opened", "mail opened", "mails opened"),
    ("email_clicked", "mail clicked", "mails clicked"),
    ("email_replied", "mail answered", "mails answered"),
    ("email_bounced", "mail that came back", "mails that came back"),
    ("email_unsubscribed", "unsubscription", "unsubscriptions"),
    ("page_visited", "page visited", "pages visited"),
    ("form_submitted", "form submitted", "forms submitted"),
    ("content_downloaded", "download", "downloads"),
    ("event_attended", "event attended", "events attended"),
];
