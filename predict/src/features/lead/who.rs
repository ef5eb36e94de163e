//! Where a lead came from, and what is known of it.

use crm_store::history::{LeadAt, MailDomain};
use uuid::Uuid;

use crate::{
    ColumnKind, Value,
    features::{
        feature::{Feature, Leads, Lever},
        origin::{self, origin},
        usual::Of,
        words::{days, number, people, plain, since, word, yes},
    },
};

fn itself(lead: &LeadAt<'_>) -> Vec<(&'static str, Uuid)> {
    vec![("lead", lead.id())]
}

fn employees(lead: &LeadAt<'_>) -> Option<f64> {
    i32::try_from(lead.employees()?)
        .ok()
        .filter(|of| *of > 0)
        .map(f64::from)
}

fn in_status(lead: &LeadAt<'_>) -> Option<f64> {
    Some(since(lead.status_since()?, lead.moment()))
}

/// How many of the facts that matter are given, of six.
fn given(lead: &LeadAt<'_>) -> f64 {
    [
        lead.has_company(),
        lead.has_phone(),
        lead.mail_domain().is_some(),
        lead.industry().is_some(),
        lead.employees().is_some_and(|people| people > 0),
        lead.has_interest(),
    ]
    .into_iter()
    .map(|is| f64::from(u8::from(is)))
    .sum()
}

pub(super) fn features() -> Vec<Feature<Leads>> {
    let mut features = origin();
    features.extend(trade());
    features.extend(time());
    features.extend(facts());
    features
}

/// Where it came from.
fn origin() -> Vec<Feature<Leads>> {
    origin!(
        lead_record,
        "Leads",
        "converted early",
        "lead",
        "lead.lead_source",
        "lead.campaign_id",
        "lead.*"
    )
}

/// What it is about.
fn trade() -> Vec<Feature<Leads>> {
    vec![Feature {
        name: "industry_record",
        label: "The record in the industry",
        kind: ColumnKind::Number,
        lever: Lever::None,
        rests_on: &["lead.industry", "lead.*"],
        of: |lead, usual| {
            let trade = lead.industry();
            Value::from(trade.map(|trade| usual.lead_record(Of::Industry, trade).0))
        },
        says: |_, lead, usual, _| {
            lead.industry()
                .map_or("Its industry is not known.".to_owned(), |trade| {
                    let of = usual.lead_record(Of::Industry, trade);
                    origin::record(&format!("Leads in {trade} are"), "converted early", of, "lead")
                })
        },
        rests: itself,
    }]
}

/// Status and age.
fn time() -> Vec<Feature<Leads>> {
    vec![
        Feature {
            name: "status",
            label: "Status",
            kind: ColumnKind::Category,
            lever: Lever::None,
            rests_on: &["lead.status"],
            of: |lead, _| lead.status().into(),
            says: |value, lead, _, _| match (word(value).map(plain), in_status(lead)) {
                (Some(status), Some(spent)) => format!("It has been {status} for {}.", days(spent)),
                (Some(status), None) => format!("It is {status}; since when is not known."),
                (None, _) => "Its status is not known.".to_owned(),
            },
            rests: itself,
        },
        Feature {
            name: "rating",
            label: "Rating",
            kind: ColumnKind::Category,
            lever: Lever::None,
            rests_on: &["lead.rating"],
            of: |lead, _| lead.rating().into(),
            says: |value, _, _, _| {
                word(value).map_or("Nobody has rated it yet.".to_owned(), |rating| {
                    format!("It was rated {rating}.")
                })
            },
            rests: itself,
        },
        Feature {
            name: "age_days",
            label: "Age",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["lead.created_at"],
            of: |lead, _| lead.age_days().clamp(0.0, 3650.0).ln_1p().into(),
            says: |_, lead, _, _| format!("It came {} ago.", days(lead.age_days())),
            rests: itself,
        },
        Feature {
            name: "days_in_status",
            label: "Days in the status",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["lead.status"],
            of: |lead, _| in_status(lead).map(|spent| spent.min(3650.0).ln_1p()).into(),
            says: |_, lead, _, _| {
                in_status(lead).map_or(
                    "It is not known since when it has its status.".to_owned(),
                    |spent| format!("Its status has not changed for {}.", days(spent)),
                )
            },
            rests: itself,
        },
    ]
}

/// What is known of it.
fn facts() -> Vec<Feature<Leads>> {
    vec![
        Feature {
            name: "company_mail",
            label: "Writes from a company's address",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["lead.email"],
            of: |lead, _| {
                let domain = lead.mail_domain();
                Value::from(domain.map(|domain| domain == MailDomain::Company))
            },
            says: |value, _, _, _| match yes(value) {
                Some(true) => "They write from a company's address.".to_owned(),
                Some(false) => "They write from a free address.".to_owned(),
                None => "There is no address to write to.".to_owned(),
            },
            rests: itself,
        },
        Feature {
            name: "employees",
            label: "Employees",
            kind: ColumnKind::Number,
            lever: Lever::None,
            rests_on: &["lead.number_of_employees"],
            of: |lead, _| employees(lead).map(f64::ln_1p).into(),
            says: |_, lead, _, _| people(employees(lead)),
            rests: itself,
        },
        Feature {
            name: "interest_given",
            label: "Says what they want",
            kind: ColumnKind::Number,
            lever: Lever::Set,
            rests_on: &["lead.product_interest"],
            of: |lead, _| lead.has_interest().into(),
            says: |value, _, _, _| match yes(value) {
                Some(true) => "It is known what they are interested in.".to_owned(),
                _ => "It is not known what they are interested in.".to_owned(),
            },
            rests: itself,
        },
        Feature {
            name: "facts_given",
            label: "Facts given",
            kind: ColumnKind::Number,
            lever: Lever::More,
            rests_on: &[
                "lead.company",
                "lead.phone",
                "lead.email",
                "lead.industry",
                "lead.number_of_employees",
                "lead.product_interest",
            ],
            of: |lead, _| given(lead).into(),
            says: |value, _, _, _| {
                let given = number(value).unwrap_or_default();
                format!("{given:.0} of 6 are known: company, phone, mail, industry, size, interest.")
            },
            rests: itself,
        },
    ]
}
