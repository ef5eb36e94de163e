//! Duplicates: which records are the same person or company, by rules that the tenant may replace.
//!
//! Candidates come from equality of indexed fields, because under row-level security nothing else is fast; the rules
//! then compare them with a forgiving eye.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    catalog::{self, Object},
    records::{Action, Record, Select, Value, Write},
    text_enum::text_enum,
};

/// The most candidates that one look compares.
const MAX_CANDIDATES: i64 = 200;
/// From here on two names of companies are the same one, spelled differently (Jaro-Winkler).
const SAME_NAME: f64 = 0.94;

text_enum! {
    /// What two records agree in.
    pub enum Criterion {
        /// Their address.
        Email = "email",
        /// One of their numbers.
        Phone = "phone",
        /// The person's or the company's name.
        Name = "name",
        /// The company of a lead.
        Company = "company",
        /// The account of a contact.
        Account = "account",
        /// The domain of a company.
        Domain = "domain",
    }
}

/// The rules of tenants that made none of their own: all criteria of one rule must agree.
fn standard(object: &str) -> Vec<Vec<Criterion>> {
    use Criterion::{Account, Company, Domain, Email, Name, Phone};
    match object {
        "lead" => vec![vec![Email], vec![Phone], vec![Name, Company]],
        "contact" => vec![vec![Email], vec![Phone], vec![Name, Account]],
        "account" => vec![vec![Domain], vec![Name]],
        _ => Vec::new(),
    }
}

/// A record that may be the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicate {
    /// The record.
    pub record: Record,
    /// The rules that found it, each the criteria that agree.
    pub because: Vec<Vec<Criterion>>,
}

/// A rule of the tenant.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Rule {
    criteria: Vec<Criterion>,
    blocks: bool,
}

impl TenantTx {
    /// The records of the same object that are the same as this one by the tenant's rules, the surest first.
    pub async fn duplicates(
        &mut self,
        object: &'static Object,
        id: Uuid,
    ) -> Result<Vec<Duplicate>, StoreError> {
        let record = self
            .records(object)
            .get(id, &Select::default())
            .await?
            .ok_or(StoreError::NotFound { what: object.name })?;
        let rules: Vec<Vec<Criterion>> = rules(self, object)
            .await?
            .into_iter()
            .map(|rule| rule.criteria)
            .collect();
        let facts = Facts::of(object, &record.values);
        let ids = candidates(self, object, &facts).await?;
        let ids: Vec<Uuid> = ids.into_iter().filter(|candidate| *candidate != id).collect();
        let mut found: Vec<Duplicate> = self
            .records(object)
            .get_many(&ids, &Select::default())
            .await?
            .into_iter()
            .filter_map(|record| {
                let theirs = Facts::of(object, &record.values);
                let because: Vec<Vec<Criterion>> = rules
                    .iter()
                    .filter(|rule| facts.agree_with(&theirs, rule))
                    .cloned()
                    .collect();
                (!because.is_empty()).then_some(Duplicate { record, because })
            })
            .collect();
        found.sort_by_key(|duplicate| (std::cmp::Reverse(duplicate.because.len()), duplicate.record.id));
        Ok(found)
    }
}

/// Refuses new records that a rule with the action `block` says are there already.
pub(super) async fn block(
    tx: &mut TenantTx,
    object: &'static Object,
    writes: &mut [Write],
) -> Result<(), StoreError> {
    if !writes.iter().any(|write| write.action == Action::Create) {
        return Ok(());
    }
    let rules: Vec<Vec<Criterion>> = rules(tx, object)
        .await?
        .into_iter()
        .filter(|rule| rule.blocks)
        .map(|rule| rule.criteria)
        .collect();
    if rules.is_empty() {
        return Ok(());
    }
    for write in writes.iter_mut().filter(|write| write.action == Action::Create) {
        let facts = Facts::of(object, write.draft.values());
        let ids = candidates(tx, object, &facts).await?;
        let records = tx.records(object).get_many(&ids, &Select::default()).await?;
        let same = records.iter().find(|record| {
            let theirs = Facts::of(object, &record.values);
            rules.iter().any(|rule| facts.agree_with(&theirs, rule))
        });
        if let Some(same) = same {
            write.problem = Some(StoreError::Conflict {
                what: format!("this {} is there already: {}", object.name, same.id),
                constraint: "duplicate_rules".to_owned(),
            });
        }
    }
    Ok(())
}

/// The tenant's rules for an object, else the standard ones.
async fn rules(tx: &mut TenantTx, object: &'static Object) -> Result<Vec<Rule>, StoreError> {
    // Read as a matter of the tenant: a role need not see the rules to be held by them.
    let rows: Vec<(serde_json::Value, String)> = sqlx::query_as(
        "SELECT criteria, action FROM duplicate_rules WHERE object = $1 AND is_active AND deleted_at IS NULL ORDER BY id",
    )
    .bind(object.name)
    .fetch_all(tx.conn())
    .await?;
    if rows.is_empty() {
        let rule = |criteria| Rule {
            criteria,
            blocks: false,
        };
        return Ok(standard(object.name).into_iter().map(rule).collect());
    }
    Ok(rows
        .into_iter()
        .filter_map(|(criteria, action)| {
            let criteria: Vec<Criterion> = serde_json::from_value(criteria).ok()?;
            (!criteria.is_empty()).then_some(Rule {
                criteria,
                blocks: action == "block",
            })
        })
        .collect())
}

/// What records are compared by, in a form that forgives spelling.
#[derive(Debug, Default)]
struct Facts {
    email: Option<String>,
    phones: Vec<String>,
    person: Option<String>,
    last_name: Option<String>,
    company: Option<String>,
    raw_company: Option<String>,
    account: Option<Uuid>,
    domain: Option<String>,
}

impl Facts {
    fn of(object: &'static Object, values: &BTreeMap<&'static str, Value>) -> Self {
        let text = |field: &str| values.get(field).and_then(Value::as_text).map(str::to_owned);
        let (first, last) = (text("first_name"), text("last_name"));
        let person = [first.as_deref(), last.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        let raw_company = if object.name == catalog::ACCOUNT.name {
            text("name")
        } else {
            text("company")
        };
        Self {
            email: text("email").map(|email| email.to_lowercase()),
            phones: ["phone", "mobile_phone"].into_iter().filter_map(text).collect(),
            person: (!person.trim().is_empty()).then(|| plain(&person)),
            last_name: last,
            company: raw_company.as_deref().map(company_key),
            raw_company,
            account: values.get("account_id").and_then(Value::as_id),
            domain: text("domain"),
        }
    }

    fn agree_with(&self, other: &Self, rule: &[Criterion]) -> bool {
        rule.iter().all(|criterion| match criterion {
            Criterion::Email => same(self.email.as_ref(), other.email.as_ref()),
            Criterion::Phone => self.phones.iter().any(|phone| other.phones.contains(phone)),
            Criterion::Name if self.person.is_some() || other.person.is_some() => {
                same(self.person.as_ref(), other.person.as_ref())
            }
            Criterion::Name | Criterion::Company => alike(self.company.as_deref(), other.company.as_deref()),
            Criterion::Account => self.account.is_some() && self.account == other.account,
            Criterion::Domain => same(self.domain.as_ref(), other.domain.as_ref()),
        })
    }
}

fn same(one: Option<&String>, other: Option<&String>) -> bool {
    one.is_some() && one == other
}

fn alike(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) if !one.is_empty() && !other.is_empty() => {
            one == other || (one.len().min(other.len()) >= 5 && strsim::jaro_winkler(one, other) >= SAME_NAME)
        }
        _ => false,
    }
}

/// Small letters and digits, one space between words.
fn plain(text: &str) -> String {
    let kept: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Forms of companies, which people write or leave out.
const FORMS: &[&str] = &[
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "ltd",
    "limited",
    "llc",
    "llp",
    "plc",
    "gmbh",
    "ag",
    "kg",
    "ohg",
    "ug",
    "mbh",
    "se",
    "sa",
    "sas",
    "sarl",
    "srl",
    "spa",
    "bv",
    "nv",
    "ab",
    "oy",
    "as",
    "aps",
    "sl",
    "pty",
    "kk",
    "pte",
];

/// A company's name without its form: `Acme, Inc.` is `acme`.
fn company_key(name: &str) -> String {
    let plain = plain(name);
    let mut words: Vec<&str> = plain.split(' ').collect();
    while words.len() > 1 && words.last().is_some_and(|word| FORMS.contains(word)) {
        words.pop();
    }
    words.join(" ")
}

/// How a company's name may stand in the index: as it is, without its form, and with the usual ones.
pub(super) fn name_keys(name: &str) -> Vec<String> {
    let bare = company_key(name);
    let mut keys = vec![
        name.trim().to_owned(),
        name.trim().to_lowercase(),
        name.trim().to_uppercase(),
    ];
    for form in [
        "", " inc", " inc.", ", inc.", " llc", " ltd", " ltd.", " limited", " gmbh", " ag", " se", " sa",
        " corp", " corp.",
    ] {
        keys.push(format!("{bare}{form}"));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// How a last name may stand in the index.
fn spellings(name: &str) -> Vec<String> {
    let lower = name.to_lowercase();
    let mut title = String::new();
    for (at, c) in lower.chars().enumerate() {
        if at == 0 {
            title.extend(c.to_uppercase());
        } else {
            title.push(c);
        }
    }
    vec![name.to_owned(), lower, name.to_uppercase(), title]
}

/// The ids of records that agree in something that is indexed.
async fn candidates(
    tx: &mut TenantTx,
    object: &'static Object,
    facts: &Facts,
) -> Result<Vec<Uuid>, StoreError> {
    let names = facts.last_name.as_deref().map(spellings).unwrap_or_default();
    let keys = facts.raw_company.as_deref().map(name_keys).unwrap_or_default();
    let sql = match object.name {
        "lead" => concat!(
            "SELECT id FROM ((SELECT id FROM leads WHERE email = $1 AND deleted_at IS NULL LIMIT $6) ",
            "UNION (SELECT id FROM leads WHERE phone = ANY ($2) AND deleted_at IS NULL LIMIT $6) ",
            "UNION (SELECT id FROM leads WHERE mobile_phone = ANY ($2) AND deleted_at IS NULL LIMIT $6) ",
            "UNION (SELECT id FROM leads WHERE last_name = ANY ($3) AND deleted_at IS NULL LIMIT $6)) c ",
            "WHERE $4::text IS NULL OR $5::text[] IS NOT NULL"
        ),
        "contact" => concat!(
            "SELECT id FROM ((SELECT id FROM contacts WHERE email = $1 AND deleted_at IS NULL LIMIT $6) ",
            "UNION (SELECT id FROM contacts WHERE phone = ANY ($2) AND deleted_at IS NULL LIMIT $6) ",
            "UNION (SELECT id FROM contacts WHERE mobile_phone = ANY ($2) AND deleted_at IS NULL LIMIT $6) ",
            "UNION (SELECT id FROM contacts WHERE last_name = ANY ($3) AND deleted_at IS NULL LIMIT $6)) c ",
            "WHERE $4::text IS NULL OR $5::text[] IS NOT NULL"
        ),
        _ => concat!(
            "SELECT id FROM ((SELECT id FROM accounts WHERE domain = $4 AND deleted_at IS NULL LIMIT $6) ",
            "UNION (SELECT id FROM accounts WHERE phone = ANY ($2) AND deleted_at IS NULL LIMIT $6) ",
            "UNION (SELECT id FROM accounts WHERE name_key IN (SELECT lower(k) FROM unnest($5::text[]) k) AND deleted_at IS NULL LIMIT $6) ",
            "UNION (SELECT id FROM accounts WHERE email = $1 AND deleted_at IS NULL LIMIT $6)) c ",
            "WHERE $3::text[] IS NOT NULL"
        ),
    };
    Ok(sqlx::query_scalar(sql)
        .bind(&facts.email)
        .bind(&facts.phones)
        .bind(names)
        .bind(&facts.domain)
        .bind(keys)
        .bind(MAX_CANDIDATES)
        .fetch_all(tx.conn())
        .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_company_is_no_part_of_its_name() {
        for name in ["Acme, Inc.", "ACME Inc", "acme", "Acme Corp.", "Acme GmbH"] {
            assert_eq!(company_key(name), "acme", "{name}");
        }
        assert_eq!(company_key("Company"), "company");
        assert_eq!(company_key("Müller & Söhne AG"), "müller söhne");
        assert!(name_keys("Acme").contains(&"acme inc.".to_owned()));
    }

    #[test]
    fn names_are_alike_when_a_letter_is_off_and_not_when_they_are_short() {
        assert!(alike(Some("northwind traders"), Some("northwind trader")));
        assert!(!alike(Some("acme"), Some("acne")));
        assert!(!alike(Some("north"), Some("south wind")));
        assert!(!alike(None, None) && !alike(Some(""), Some("")));
    }
}
