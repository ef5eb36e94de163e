use std::collections::BTreeSet;

use super::*;
use crate::embedded::File;

const TENANT: File = File {
    path: "acme/tenant.yaml",
    text: "slug: acme\nname: Acme\nlocale: en\ncurrency: EUR\ntimezone: UTC\nusers:\n  - { email: a@acme.example, name: A, role: admin }\n",
};

fn article(path: &'static str, text: &'static str) -> Result<Vec<DemoTenant>, String> {
    parse::tenants(&[TENANT, File { path, text }]).map_err(|error| error.to_string())
}

const GOOD: &str =
    "---\ntitle: T\nlanguage: en\naudience: public\nstatus: published\nupdated: 2026-01-01\n---\n\nText.\n";

#[test]
fn an_article_is_read_with_its_versions_in_order() {
    let files = [
        TENANT,
        File {
            path: "acme/a@1.md",
            text: GOOD,
        },
        File {
            path: "acme/a.md",
            text: "---\ntitle: 'New: T'\nlanguage: de\naudience: internal\nstatus: withdrawn\nupdated: 2026-02-01\n---\nOther.\n\n---\n\nMore.\n",
        },
    ];

    let tenants = parse::tenants(&files).unwrap();

    let first = DemoVersion {
        title: "T".to_owned(),
        language: "en".to_owned(),
        audience: Audience::Public,
        updated: "2026-01-01".to_owned(),
        body: "Text.".to_owned(),
    };
    let second = DemoVersion {
        title: "New: T".to_owned(),
        language: "de".to_owned(),
        audience: Audience::Internal,
        updated: "2026-02-01".to_owned(),
        body: "Other.\n\n---\n\nMore.".to_owned(),
    };
    let expected = DemoArticle {
        external_id: "a".to_owned(),
        status: ArticleStatus::Withdrawn,
        versions: vec![first, second],
    };
    assert_eq!(tenants[0].articles, [expected]);
}

#[test]
fn mistakes_name_file_and_line() {
    let cases = [
        (
            "acme/a.md",
            "Text.",
            "acme/a.md:1: does not begin with front matter (---)",
        ),
        (
            "acme/a.md",
            "---\ntitle: T\n",
            "acme/a.md:1: the front matter has no end (---)",
        ),
        (
            "acme/a@1.md",
            GOOD,
            "acme/a.md:1: is missing: there are earlier versions but no current one",
        ),
        (
            "acme/a@x.md",
            GOOD,
            "acme/a@x.md:1: after the @ stands the number of the version",
        ),
        (
            "acme/a.txt",
            GOOD,
            "acme/a.txt:1: is neither tenant.yaml nor an article (.md)",
        ),
        ("a.md", GOOD, "a.md:1: is not in a company's folder"),
    ];
    for (path, text, message) in cases {
        assert_eq!(article(path, text), Err(message.to_owned()));
    }
    let unknown = "---\ntitle: T\nlanguage: en\nauthor: me\naudience: public\nstatus: published\nupdated: x\n---\nText.\n";
    let error = article("acme/a.md", unknown).unwrap_err();
    assert!(
        error.starts_with("acme/a.md:4: unknown field `author`"),
        "{error}"
    );
}

#[test]
fn a_gap_in_the_versions_is_refused() {
    let files = [
        TENANT,
        File {
            path: "acme/a.md",
            text: GOOD,
        },
        File {
            path: "acme/a@2.md",
            text: GOOD,
        },
    ];

    let error = parse::tenants(&files).unwrap_err().to_string();

    assert_eq!(error, "acme/a@2.md:1: version 1 is missing before this one");
}

#[test]
fn a_company_needs_its_tenant_file_and_the_name_of_its_folder() {
    let missing = parse::tenants(&[File {
        path: "acme/a.md",
        text: GOOD,
    }])
    .unwrap_err()
    .to_string();
    assert_eq!(missing, "acme/tenant.yaml:1: is missing");

    let other = File {
        path: "other/tenant.yaml",
        ..TENANT
    };
    let error = parse::tenants(&[other]).unwrap_err().to_string();
    assert_eq!(
        error,
        "other/tenant.yaml:1: slug is \"acme\", the folder \"other\""
    );
}

fn committed() -> (DemoTenant, DemoTenant) {
    let [first, second] = demo().unwrap().try_into().unwrap();
    (first, second)
}

fn published(tenant: &DemoTenant, audience: Audience) -> usize {
    let current = |article: &DemoArticle| article.versions.last().unwrap().audience;
    let shown = tenant
        .articles
        .iter()
        .filter(|article| article.status == ArticleStatus::Published);
    shown.filter(|article| current(article) == audience).count()
}

#[test]
fn the_companies_have_the_articles_that_they_promise() {
    let (first, second) = committed();
    assert_eq!(
        (first.slug.as_str(), second.slug.as_str()),
        ("brightwater", "harborline")
    );
    assert!(published(&first, Audience::Public) >= 60);
    assert!(published(&first, Audience::Internal) >= 5);
    assert!(published(&second, Audience::Public) >= 15);
    let status = |wanted| {
        first
            .articles
            .iter()
            .filter(|article| article.status == wanted)
            .count()
    };
    assert!(status(ArticleStatus::Withdrawn) >= 1);
    assert!(status(ArticleStatus::Draft) >= 1);
    let languages: BTreeSet<_> = first
        .articles
        .iter()
        .map(|article| article.versions.last().unwrap().language.as_str())
        .collect();
    assert_eq!(languages, BTreeSet::from(["de", "en", "es"]));
}

#[test]
fn articles_have_a_realistic_length() {
    let (first, second) = committed();
    for article in first.articles.iter().chain(&second.articles) {
        for version in &article.versions {
            let words = version.body.split_whitespace().count();
            assert!(
                (250..=900).contains(&words),
                "{} has {words} words",
                article.external_id
            );
            assert!(
                !version.body.to_lowercase().contains("lorem"),
                "{}",
                article.external_id
            );
        }
    }
}

#[test]
fn versions_differ_and_grow_newer() {
    let (first, _) = committed();
    let several: Vec<_> = first
        .articles
        .iter()
        .filter(|article| article.current() > 1)
        .collect();
    assert!(several.len() >= 10, "{} articles with versions", several.len());
    assert!(several.iter().any(|article| article.current() >= 3));
    for article in several {
        for pair in article.versions.windows(2) {
            assert_ne!(pair[0].body, pair[1].body, "{}", article.external_id);
            assert!(pair[0].updated < pair[1].updated, "{}", article.external_id);
        }
    }
}

#[test]
fn no_company_names_the_other() {
    let (first, second) = committed();
    for (tenant, other) in [(&first, &second), (&second, &first)] {
        for article in &tenant.articles {
            for version in &article.versions {
                assert!(
                    !version.body.contains(&other.name),
                    "{} names {}",
                    article.external_id,
                    other.name
                );
            }
        }
    }
}
