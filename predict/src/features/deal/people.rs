//! Who takes part in a deal: the people there, the rival, the owner, where it came from.

use crm_store::history::{DealAt, RoleAt};
use uuid::Uuid;

use crate::{
    ColumnKind, Value,
    features::{
        feature::{Deals, Feature, Lever},
        origin::{self, origin},
        usual::Of,
        words::{capital, count, number, some, word, yes},
    },
};

fn itself(deal: &DealAt<'_>) -> Vec<(&'static str, Uuid)> {
    vec![("opportunity", deal.id())]
}

fn people(deal: &DealAt<'_>) -> Vec<(&'static str, Uuid)> {
    let mut people: Vec<Uuid> = deal.roles().map(|role| role.contact).collect();
    people.sort_unstable();
    people.dedup();
    people.into_iter().map(|contact| ("contact", contact)).collect()
}

fn rival<'h>(deal: &DealAt<'h>) -> Option<&'h str> {
    deal.competitor().filter(|rival| !rival.trim().is_empty())
}

/// The record of something, in words.
fn record(of: &str, of_it: (f64, f64)) -> String {
    origin::record(of, "won", of_it, "deal")
}

/// A field that is ticked once something is done.
macro_rules! ticked {
    ($name:literal, $label:literal, $field:literal, $of:ident, $yes:literal, $no:literal) => {
        Feature {
            name: $name,
            label: $label,
            kind: ColumnKind::Number,
            lever: Lever::Set,
            rests_on: &[$field],
            of: |deal, _| deal.$of().into(),
            says: |value, _, _, _| if yes(value) == Some(true) { $yes } else { $no }.to_owned(),
            rests: itself,
        }
    };
}

pub(super) fn features() -> Vec<Feature<Deals>> {
    let mut features = theirs();
    features.extend(ours());
    features.extend(origin());
    features
}

/// The people there, and the rival.
fn theirs() -> Vec<Feature<Deals>> {
    vec![
        Feature {
            name: "contacts",
            label: "People involved",
            kind: ColumnKind::Number,
            lever: Lever::More,
            rests_on: &["opportunity_contact_role"],
            of: |deal, _| count(people(deal).len()).into(),
            says: |value, _, _, _| match number(value).unwrap_or_default() {
                none if none < 0.5 => "Nobody of the customer is named as taking part.".to_owned(),
                one if one < 1.5 => "1 person of the customer takes part.".to_owned(),
                more => format!("{more:.0} people of the customer take part."),
            },
            rests: people,
        },
        Feature {
            name: "decision_maker",
            label: "A decision maker is involved",
            kind: ColumnKind::Number,
            lever: Lever::Set,
            rests_on: &["opportunity_contact_role"],
            of: |deal, _| deal.roles().any(|role| role.decides()).into(),
            says: |value, _, _, _| match yes(value) {
                Some(true) => "Somebody whose word decides takes part.".to_owned(),
                _ => "Nobody whose word decides takes part.".to_owned(),
            },
            rests: |deal| {
                let deciders = deal.roles().filter(RoleAt::decides);
                deciders.map(|role| ("contact", role.contact)).collect()
            },
        },
        Feature {
            name: "champion",
            label: "A champion is involved",
            kind: ColumnKind::Number,
            lever: Lever::Set,
            rests_on: &["opportunity_contact_role"],
            of: |deal, _| deal.roles().any(|role| role.role == "champion").into(),
            says: |value, _, _, _| match yes(value) {
                Some(true) => "Somebody at the customer argues for it.".to_owned(),
                _ => "Nobody at the customer is named who argues for it.".to_owned(),
            },
            rests: |deal| {
                let champions = deal.roles().filter(|role| role.role == "champion");
                champions.map(|role| ("contact", role.contact)).collect()
            },
        },
        Feature {
            name: "competitor",
            label: "A competitor is in it",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.competitor"],
            of: |deal, _| rival(deal).is_some().into(),
            says: |_, deal, _, _| {
                rival(deal).map_or("No competitor is known.".to_owned(), |rival| {
                    format!("{rival} is in it too.")
                })
            },
            rests: itself,
        },
        Feature {
            name: "competitor_record",
            label: "The record against the competitor",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.competitor", "opportunity.*"],
            of: |deal, usual| {
                let record = rival(deal).map(|rival| usual.deal_record(Of::Competitor, rival));
                record.map_or(0.0, |(points, _)| points).into()
            },
            says: |_, deal, usual, _| {
                rival(deal).map_or("No competitor is known.".to_owned(), |rival| {
                    let of = usual.deal_record(Of::Competitor, rival);
                    record(&format!("Deals against {rival} are"), of)
                })
            },
            rests: itself,
        },
    ]
}

/// The owner, and what the owner has ticked.
fn ours() -> Vec<Feature<Deals>> {
    vec![
        Feature {
            name: "owner_record",
            label: "The owner's record",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.owner_id", "opportunity.*"],
            of: |deal, usual| {
                let owner = deal.owner();
                Value::from(owner.map(|owner| usual.deal_record(Of::Owner, &owner.to_string()).0))
            },
            says: |_, deal, usual, _| {
                deal.owner().map_or("Nobody owns it.".to_owned(), |owner| {
                    record(
                        "Deals of its owner are",
                        usual.deal_record(Of::Owner, &owner.to_string()),
                    )
                })
            },
            rests: itself,
        },
        Feature {
            name: "handovers",
            label: "Handovers",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["opportunity.owner_id"],
            of: |deal, _| count(deal.handovers()).into(),
            says: |value, _, _, _| match number(value).unwrap_or_default() {
                none if none < 0.5 => "It has had one owner from the start.".to_owned(),
                more => capital(&format!("{} to another owner.", some(more, "handover"))),
            },
            rests: itself,
        },
        ticked!(
            "budget_confirmed",
            "Budget confirmed",
            "opportunity.budget_confirmed",
            budget_confirmed,
            "There is money for it.",
            "It is not confirmed that there is money for it."
        ),
        ticked!(
            "discovery_completed",
            "Discovery completed",
            "opportunity.discovery_completed",
            discovery_completed,
            "What they need has been found out.",
            "What they need has not been found out."
        ),
        ticked!(
            "roi_analysis_completed",
            "ROI analysis completed",
            "opportunity.roi_analysis_completed",
            roi_analysis_completed,
            "It was worked out what it brings them.",
            "It was not worked out what it brings them."
        ),
    ]
}

/// Where it came from.
fn origin() -> Vec<Feature<Deals>> {
    origin!(
        deal_record,
        "Deals",
        "won",
        "deal",
        "opportunity.lead_source",
        "opportunity.campaign_id",
        "opportunity.*"
    )
}
