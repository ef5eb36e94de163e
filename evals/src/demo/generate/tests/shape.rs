//! How many of what, how it adds up, and that it is a believable year.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Row, YEARS, is, number, text};
use crate::demo::demo;

fn there_are_as_many_as_promised() {
    for (slug, year) in YEARS.iter() {
        let count = |object: &str| year.rows(object).len();
        for (object, rows) in &year.tables {
            println!("{slug} {object}: {}", rows.len());
        }
        assert_eq!(
            ["account", "contact", "lead", "opportunity", "case", "queue"].map(count),
            [300, 900, 2400, 1500, 2000, 8],
            "{slug}"
        );
        assert!(
            (7_000..10_000).contains(&count("message")),
            "{} messages",
            count("message")
        );
        for (object, least) in [
            ("product", 9),
            ("pricebook", 3),
            ("quote", 500),
            ("contract", 200),
            ("payment", 250),
            ("campaign", 10),
            ("campaign_member", 1_500),
            ("engagement_event", 2_000),
            ("activity", 8_000),
            ("field_change", 10_000),
            ("case_event", 6_000),
            ("consent", 900),
            ("exchange_rate", 10),
            ("quota", 48),
        ] {
            assert!(count(object) >= least, "{slug}: {} {object}", count(object));
        }
    }
    for tenant in demo().unwrap() {
        assert!(tenant.users.len() >= 15);
        for (role, least) in [
            ("admin", 1),
            ("manager", 2),
            ("sales", 6),
            ("support", 4),
            ("viewer", 1),
        ] {
            let count = tenant.users.iter().filter(|user| user.role == role).count();
            assert!(count >= least, "{}: {count} {role}", tenant.slug);
        }
    }
}

fn every_reference_leads_somewhere_and_ids_are_unique() {
    for (slug, year) in YEARS.iter() {
        let mut known: HashSet<&str> = HashSet::new();
        let mut external: HashSet<(&str, &str)> = HashSet::new();
        for (object, rows) in &year.tables {
            for row in rows {
                assert!(known.insert(text(row, "id")), "{slug} {object}: {row:?} twice");
                let name = text(row, "external_id");
                assert!(
                    name.is_empty() || external.insert((object, name)),
                    "{slug} {object}: {name} twice"
                );
            }
        }
        let people: HashSet<String> = demo()
            .unwrap()
            .iter()
            .flat_map(|tenant| &tenant.users)
            .map(|user| {
                uuid::Uuid::from_u64_pair(super::hash(&user.email), super::hash(&user.email)).to_string()
            })
            .collect();
        for (object, rows) in &year.tables {
            for (field, value) in rows.iter().flatten() {
                let Some(id) = value
                    .as_str()
                    .filter(|_| field.ends_with("_id") && field != "external_id")
                else {
                    continue;
                };
                let person = matches!(field.as_str(), "owner_id" | "user_id" | "author_id" | "actor_id");
                assert!(
                    known.contains(id) || person && people.contains(id),
                    "{slug} {object}.{field}: {id}"
                );
            }
        }
    }
}

fn all_rows_of_an_object_have_the_same_columns() {
    for (slug, year) in YEARS.iter() {
        for (object, rows) in &year.tables {
            let columns = |row: &Row| -> HashSet<String> { row.keys().cloned().collect() };
            let first = columns(&rows[0]);
            for row in rows {
                assert_eq!(columns(row), first, "{slug} {object}");
            }
        }
    }
}

fn nothing_happened_after_today_and_nothing_changed_before_it_was_made() {
    let now = format!("{}T09:00:00Z", super::default_today());
    for (slug, year) in YEARS.iter() {
        for (object, rows) in &year.tables {
            for row in rows {
                for field in [
                    "created_at",
                    "updated_at",
                    "closed_at",
                    "effective_at",
                    "paid_at",
                    "resolved_at",
                    "at",
                ] {
                    assert!(
                        text(row, field) <= now.as_str(),
                        "{slug} {object}.{field}: {row:?}"
                    );
                }
                assert!(
                    text(row, "created_at") <= text(row, "updated_at") || row.get("updated_at").is_none(),
                    "{slug} {object}: {row:?}"
                );
            }
        }
    }
}

fn the_history_ends_where_the_record_stands() {
    for (slug, year) in YEARS.iter() {
        let mut last: HashMap<(&str, &str), &Row> = HashMap::new();
        for change in year.rows("field_change") {
            let key = (text(change, "record_id"), text(change, "field"));
            if let Some(before) = last.insert(key, change) {
                assert_eq!(before["new"], change["old"], "{slug}: {change:?}");
                assert!(
                    text(before, "effective_at") <= text(change, "effective_at"),
                    "{slug}: {change:?}"
                );
            }
        }
        for object in ["opportunity", "lead", "case"] {
            for row in year.rows(object) {
                for field in [
                    "stage",
                    "amount",
                    "close_date",
                    "status",
                    "probability",
                    "queue_id",
                ] {
                    let change = last.get(&(text(row, "id"), field));
                    if let (Some(value), Some(change)) = (row.get(field), change) {
                        let value = match value.as_i64().filter(|_| field == "amount") {
                            Some(minor) => serde_json::json!({
                                "amount": format!("{}.{:02}", minor / 100, minor % 100),
                                "currency": row["currency"],
                            }),
                            None => value.clone(),
                        };
                        assert_eq!(
                            change["new"],
                            value,
                            "{slug} {object}.{field} of {}",
                            text(row, "external_id")
                        );
                    }
                }
            }
        }
    }
}

fn offers_add_up_and_are_what_deals_are_worth() {
    for (slug, year) in YEARS.iter() {
        let mut lines: HashMap<&str, i64> = HashMap::new();
        for line in year.rows("quote_line") {
            let subtotal = number(line, "quantity") * number(line, "unit_price");
            assert_eq!(number(line, "subtotal"), subtotal);
            assert_eq!(number(line, "total"), subtotal - number(line, "discount_total"));
            *lines.entry(text(line, "quote_id")).or_default() += number(line, "total");
        }
        let mut accepted: HashMap<&str, i64> = HashMap::new();
        for quote in year.rows("quote") {
            assert_eq!(lines[text(quote, "id")], number(quote, "total"), "{slug}");
            assert_eq!(
                number(quote, "total"),
                number(quote, "subtotal") - number(quote, "discount_total")
            );
            if text(quote, "status") == "accepted" {
                accepted.insert(text(quote, "opportunity_id"), number(quote, "total"));
            }
        }
        for deal in year.rows("opportunity").iter().filter(|deal| is(deal, "is_won")) {
            assert_eq!(
                accepted[text(deal, "id")],
                number(deal, "amount"),
                "{slug}: {}",
                text(deal, "name")
            );
        }
    }
}

fn the_year_looks_like_one_of_a_company() {
    for (slug, year) in YEARS.iter() {
        let deals = year.rows("opportunity");
        let share =
            |of: &[&Row]| of.iter().filter(|deal| is(deal, "is_won")).count() as f64 / of.len() as f64;
        let closed: Vec<&Row> = deals.iter().filter(|deal| is(deal, "is_closed")).collect();
        let kind = |word: &str| -> Vec<&Row> {
            closed
                .iter()
                .copied()
                .filter(|deal| text(deal, "type") == word)
                .collect()
        };
        let (new, renewals) = (share(&kind("new_business")), share(&kind("renewal")));
        let open = 1.0 - closed.len() as f64 / deals.len() as f64;
        println!(
            "{slug}: won {:.3} (new {new:.3} of {}, renewals {renewals:.3} of {}, upsell {:.3}), open {open:.3}",
            share(&closed),
            kind("new_business").len(),
            kind("renewal").len(),
            share(&kind("upsell")),
        );
        assert!((0.2..0.4).contains(&new), "{slug}: {new}");
        assert!((0.75..0.95).contains(&renewals), "{slug}: {renewals}");
        assert!((0.12..0.3).contains(&open), "{slug}: {open}");
        let pushed = closed
            .iter()
            .filter(|deal| near_quarter_end(text(deal, "close_date")))
            .count() as f64;
        let pushed = pushed / closed.len() as f64;
        println!("{slug}: {pushed:.3} close in the last week of a quarter");
        assert!(pushed > 0.14, "{slug}: {pushed}");
        let accounts = year.rows("account");
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for account in accounts {
            *kinds.entry(text(account, "type")).or_default() += 1;
        }
        println!("{slug}: {kinds:?}");
        assert!(
            kinds["former_customer"] >= 8 && kinds["customer"] > 150,
            "{slug}: {kinds:?}"
        );
        assert!(
            accounts
                .iter()
                .filter(|account| !account["parent_id"].is_null())
                .count()
                > 20
        );
        let leads = year.rows("lead");
        let converted =
            leads.iter().filter(|lead| is(lead, "is_converted")).count() as f64 / leads.len() as f64;
        println!("{slug}: {converted:.3} of the leads converted");
        assert!((0.1..0.35).contains(&converted), "{slug}: {converted}");
        escalations(slug, year.rows("case"));
    }
}

fn near_quarter_end(date: &str) -> bool {
    ["03-2", "03-3", "06-2", "06-30", "09-2", "09-30", "12-2", "12-3"]
        .iter()
        .any(|end| date.get(5..).is_some_and(|day| day.starts_with(end)))
        && date.get(8..).is_some_and(|day| day >= "24")
}

fn escalations(slug: &str, cases: &[Row]) {
    let mut by_account: HashMap<&str, usize> = HashMap::new();
    for case in cases.iter().filter(|case| is(case, "is_escalated")) {
        *by_account.entry(text(case, "account_id")).or_default() += 1;
    }
    let most = by_account.values().max().copied().unwrap_or_default();
    assert!(most >= 10, "{slug}: the difficult account escalated {most} times");
    let rate = |field: &str| cases.iter().filter(|case| is(case, field)).count() as f64 / cases.len() as f64;
    let stars: Vec<i64> = cases
        .iter()
        .filter_map(|case| case["satisfaction"].as_i64())
        .collect();
    let mean = stars.iter().sum::<i64>() as f64 / stars.len() as f64;
    println!(
        "{slug}: first answers late {:.3}, solutions late {:.3}, escalated {:.3}, satisfaction {mean:.2} of {}",
        rate("first_response_breached"),
        rate("resolution_breached"),
        rate("is_escalated"),
        stars.len()
    );
    assert!((0.03..0.25).contains(&rate("first_response_breached")));
    assert!((3.6..4.6).contains(&mean), "{slug}: {mean}");
}

/// One test, because each makes the years anew.
#[test]
fn the_year_has_the_shape_of_one_of_a_company() {
    there_are_as_many_as_promised();
    every_reference_leads_somewhere_and_ids_are_unique();
    all_rows_of_an_object_have_the_same_columns();
    nothing_happened_after_today_and_nothing_changed_before_it_was_made();
    the_history_ends_where_the_record_stands();
    offers_add_up_and_are_what_deals_are_worth();
    the_year_looks_like_one_of_a_company();
}
