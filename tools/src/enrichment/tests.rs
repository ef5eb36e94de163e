use crm_store::leads::TenantProduct;
use proptest::prelude::*;

use super::*;

fn material(email: Option<&str>, texts: &[&str]) -> Material {
    Material {
        email: email.map(str::to_owned),
        country: None,
        texts: texts
            .iter()
            .zip(1u128..)
            .map(|(body, id)| LeadText {
                id: Uuid::from_u128(id),
                body: (*body).to_owned(),
                language: None,
            })
            .collect(),
        products: ["Route Planner Pro", "Atlas", "Support"]
            .map(|name| TenantProduct {
                name: name.to_owned(),
            })
            .into(),
    }
}

/// What is found of a field in one message.
fn found(field: &str, text: &str) -> Option<String> {
    findings(&material(Some("someone@acme.de"), &[text]))
        .into_iter()
        .find(|found| found.field == field && found.source == SuggestionSource::Message)
        .map(|found| found.value)
}

#[test]
fn a_domain_says_whose_it_is() {
    for (address, domain, kind, company) in [
        (
            "a@acme-tools.co.uk",
            "acme-tools.co.uk",
            DomainKind::Company,
            "Acme Tools",
        ),
        ("a@Mail.Berlin.ACME.de", "acme.de", DomainKind::Company, "Acme"),
        ("a@gmail.com", "gmail.com", DomainKind::Free, "Gmail"),
        ("a@yahoo.co.uk", "yahoo.co.uk", DomainKind::Free, "Yahoo"),
        ("a@cs.ox.ac.uk", "ox.ac.uk", DomainKind::Education, "Ox"),
        (
            "a@stanford.edu",
            "stanford.edu",
            DomainKind::Education,
            "Stanford",
        ),
        (
            "a@dept.agency.gov.uk",
            "agency.gov.uk",
            DomainKind::Government,
            "Agency",
        ),
    ] {
        let told = mail_domain(address).unwrap();
        assert_eq!(
            (told.domain.as_str(), told.kind, told.company().as_str()),
            (domain, kind, company),
            "{address}"
        );
    }
    for address in ["", "nobody", "a@", "a@co.uk", "a@localhost"] {
        assert!(
            mail_domain(address).is_none_or(|domain| !domain.domain.contains(' ')),
            "{address}"
        );
    }
    assert!(mail_domain("a@co.uk").is_none());
}

#[test]
fn a_free_mailbox_says_nothing_about_a_company() {
    let free = findings(&material(Some("someone@gmail.com"), &[]));
    assert_eq!(free, []);
    let own: Vec<(&str, String)> = findings(&material(Some("someone@acme-tools.co.uk"), &[]))
        .into_iter()
        .map(|found| (found.field, found.value))
        .collect();
    assert_eq!(
        own,
        [
            ("company", "Acme Tools".to_owned()),
            ("website", "https://acme-tools.co.uk".to_owned())
        ]
    );
}

#[test]
fn people_say_how_many_they_are() {
    for (text, size) in [
        ("We are 120 people in three offices.", Some("120")),
        ("Hello. We're a team of about 40 people.", Some("40")),
        ("Our company has 1,200 employees in Europe.", Some("1200")),
        ("Wir sind ein Betrieb mit 85 Mitarbeitern in Köln.", Some("85")),
        ("Wir haben 2.500 Beschäftigte.", Some("2500")),
        ("Nous sommes une entreprise de 60 salariés.", Some("60")),
        ("Somos 15 personas.", Some("15")),
        ("We run a 35-person agency.", Some("35")),
        // Not their own, not people, or not a number of them.
        ("Do you have more than 500 employees?", None),
        ("We need 20 licences.", None),
        ("We met 3 people of yours in 2024.", None),
        ("In 2024 we are people persons.", None),
        ("We are 1.5 people.", None),
        ("We serve customers with 10,000 employees.", None),
    ] {
        assert_eq!(found("number_of_employees", text).as_deref(), size, "{text}");
    }
}

#[test]
fn people_say_or_sign_what_they_are() {
    for (text, role) in [
        ("I am the head of purchasing at Acme.", Some("Head of purchasing")),
        (
            "Hi, I'm a Sales Manager and we look for a planner.",
            Some("Sales Manager"),
        ),
        ("Ich bin Einkäuferin bei Acme.", Some("Einkäuferin")),
        (
            "Je suis directrice commerciale chez Acme.",
            Some("Directrice commerciale"),
        ),
        (
            "Please send an offer.\n\nBest regards\nJane Doe\nHead of Logistics, Acme Ltd",
            Some("Head of Logistics"),
        ),
        ("I am happy with it.", None),
        ("Tell your manager that I am late.", None),
        ("I am looking for a manager.", None),
    ] {
        assert_eq!(found("title", text).as_deref(), role, "{text}");
    }
}

#[test]
fn numbers_that_can_be_called_are_found_and_others_are_not() {
    for (text, phone) in [
        ("Call me: +49 30 901820", Some("+4930901820")),
        ("Tel. 030 / 90 18 20", Some("+4930901820")),
        ("Mobile: 0044 20 7946 0018", Some("+442079460018")),
        ("Our order 030901820 is late.", None),
        ("Invoice 2024-11-0099120", None),
        ("Tel. 12345", None),
    ] {
        assert_eq!(found("phone", text).as_deref(), phone, "{text}");
    }
}

#[test]
fn products_are_named_as_whole_words() {
    for (text, product) in [
        (
            "We would like a demo of route planner pro.",
            Some("Route Planner Pro"),
        ),
        ("Is Atlas available in French?", Some("Atlas")),
        ("We drew an atlas.", None),
        ("Does it come with support?", None),
        ("Atlases are books.", None),
    ] {
        assert_eq!(found("product_interest", text).as_deref(), product, "{text}");
    }
}

#[test]
fn what_somebody_answers_to_is_not_what_they_say() {
    let text = "Thank you, that helps.\n\nOn Monday Bob wrote:\n> We are 900 people. Call +49 30 901820.";
    assert_eq!(
        (found("number_of_employees", text), found("phone", text)),
        (None, None)
    );
}

#[test]
fn the_latest_word_counts_and_is_quoted() {
    let all = findings(&material(None, &["We are 130 people now.", "We are 120 people."]));
    let size = all
        .iter()
        .find(|found| found.field == "number_of_employees")
        .unwrap();
    assert_eq!(
        (size.value.as_str(), size.quote.as_deref(), size.message),
        ("130", Some("We are 130 people now."), Some(Uuid::from_u128(1)))
    );
}

#[test]
fn the_language_is_that_of_most_messages() {
    let german =
        "Guten Tag, wir suchen eine Lösung für die Planung unserer Touren und hätten gern ein Angebot.";
    let english = "Good morning, we are looking for a way to plan our tours and would like to have an offer.";
    let all = findings(&material(None, &[english, german, german]));
    let language = all.iter().find(|found| found.field == "language").unwrap();
    assert_eq!(language.value, "de");
    assert!(findings(&material(None, &["ok"])).is_empty());
}

proptest! {
    #[test]
    fn no_text_breaks_it_and_quotes_are_of_the_text(text in "\\PC{0,300}", tail in "(we are [0-9]{1,9} people|tel \\+?[0-9 ]{1,20}|i am the head of .{0,20}|\\n){0,4}") {
        let body = format!("{text} {tail}");
        for found in findings(&material(Some(&text), &[&body])) {
            prop_assert!(found.value.chars().count() <= 500 && !found.value.is_empty());
            if found.source == SuggestionSource::Message {
                let quote = found.quote.unwrap_or_default();
                let said = quote.trim_end_matches('…').lines().next().unwrap_or_default().to_owned();
                prop_assert!(body.contains(&said), "{quote:?} is not in {body:?}");
            }
        }
    }
}
