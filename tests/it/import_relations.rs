//! Files that refer to each other, in any order, and what other systems call things.

use crate::import_support::Desk;

const ACCOUNTS: &str = "Id,Name,ParentId,Type,OwnerId,AnnualRevenue,CurrencyIsoCode\n\
    001000000000001AAA,Acme Group,,Customer - Direct,005000000000001AAA,1000000,EUR\n\
    001000000000002AAA,Acme Sub,001000000000001AAA,Prospect,005000000000009AAA,,\n";
const CONTACTS: &str = "Id,AccountId,ReportsToId,FirstName,LastName,Email,MailingStreet\n\
    003000000000001AAA,001000000000001AAA,003000000000002AAA,Ada,Lovelace,ada@example.com,\"1 Main St\nFloor 2\"\n\
    003000000000002AAA,001000000000002,,Grace,Hopper,grace@example.com,\n";
const ROLES: &str = "Id,OpportunityId,ContactId,Role,IsPrimary\n\
    00K000000000001AAA,006000000000001AAA,003000000000001AAA,Decision Maker,true\n";
const DEALS: &str = "Id,Name,AccountId,StageName,Amount,CurrencyIsoCode,CloseDate,OwnerId,CreatedDate,Type\n\
    006000000000001AAA,Big deal,001000000000002AAA,Closed Won,5000.00,EUR,2026-02-01,005000000000001AAA,2025-06-01T08:00:00.000+0000,New Customer\n";
const HISTORY: &str = "Id,OpportunityId,StageName,Amount,CloseDate,CreatedDate\n\
    008000000000001AAA,006000000000001AAA,Prospecting,4000,2026-01-01,2025-06-01T08:00:00.000+0000\n\
    008000000000002AAA,006000000000001AAA,Qualification,4000,2026-01-01,2025-07-01T08:00:00.000+0000\n\
    008000000000003AAA,006000000000001AAA,Closed Won,5000,2026-02-01,2026-01-31T08:00:00.000+0000\n";
const TASKS: &str = "Id,WhoId,WhatId,Subject,Status,Priority,ActivityDate,TaskSubtype,CreatedDate\n\
    00T000000000001AAA,003000000000001AAA,006000000000001AAA,Call Ada,Completed,High,2026-01-05,Call,2026-01-01T08:00:00.000+0000\n";
const USERS: &str = "Id,Email,Name\n005000000000001AAA,ADMIN@acme.test,Ada Admin\n";

/// What the files say, whatever the order in which they came.
const SEEN: &str = "SELECT 'account' AS what, a.external_id, p.external_id AS one, u.email AS two, a.type AS three FROM accounts a \
        LEFT JOIN accounts p ON p.id = a.parent_id LEFT JOIN users u ON u.id = a.owner_id \
    UNION ALL SELECT 'contact', c.external_id, a.external_id, r.external_id, c.mailing_street FROM contacts c \
        LEFT JOIN accounts a ON a.id = c.account_id LEFT JOIN contacts r ON r.id = c.reports_to_id \
    UNION ALL SELECT 'opportunity', o.external_id, a.external_id, u.email, o.created_at::date || ' ' || o.is_won FROM opportunities o \
        LEFT JOIN accounts a ON a.id = o.account_id LEFT JOIN users u ON u.id = o.owner_id \
    UNION ALL SELECT 'role', r.external_id, o.external_id, c.external_id, r.role FROM opportunity_contact_roles r \
        JOIN opportunities o ON o.id = r.opportunity_id JOIN contacts c ON c.id = r.contact_id \
    UNION ALL SELECT 'activity', t.external_id, c.external_id, o.external_id, t.type || ' ' || t.status FROM activities t \
        LEFT JOIN contacts c ON c.id = t.contact_id LEFT JOIN opportunities o ON o.id = t.opportunity_id \
    UNION ALL SELECT 'history', field, effective_at::date::text, old::text, new::text FROM field_changes WHERE source = 'import'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_salesforce_export_looks_the_same_in_any_order_of_its_files() {
    let files = [
        ("users", "User.csv", USERS),
        ("accounts", "Account.csv", ACCOUNTS),
        ("contacts", "Contact.csv", CONTACTS),
        ("opportunities", "Opportunity.csv", DEALS),
        ("opportunity_contact_roles", "OpportunityContactRole.csv", ROLES),
        ("opportunity_history", "OpportunityHistory.csv", HISTORY),
        ("activities", "Task.csv", TASKS),
    ];
    let mut seen = Vec::new();
    for backwards in [false, true] {
        let desk = Desk::new().await;
        let mut order = files.to_vec();
        if backwards {
            order.reverse();
        }
        let (mut unresolved, mut waiting) = (0, 0);
        for (object, name, text) in order {
            let ran = desk
                .import(object, &desk.file(name, text), &["--map", "salesforce"])
                .await;
            assert_eq!(ran.code, 0, "{object}: {} {}", ran.stdout, ran.stderr);
            unresolved += ran.json["unresolved"].as_i64().unwrap();
            waiting += ran.json["waiting"].as_i64().unwrap();
        }
        if backwards {
            assert!(unresolved >= 6, "{unresolved}");
            assert_eq!(waiting, 1 + 9, "the role, and the changes of the history");
        } else {
            assert_eq!((unresolved, waiting), (1, 0), "an owner who is no user here");
        }
        assert_eq!(desk.count("import_waiting").await, 0);
        assert_eq!(
            desk.state("SELECT field, target_external_id FROM import_links")
                .await,
            "(owner_id,005000000000009AAA)"
        );
        seen.push(desk.state(SEEN).await);
        for (object, name, text) in files {
            let again = desk
                .import(object, &desk.file(name, text), &["--map", "salesforce"])
                .await;
            assert_eq!(again.counts()[..2], [0, 0], "{object} twice");
        }
        assert_eq!(&desk.state(SEEN).await, seen.last().unwrap());
    }
    assert_eq!(seen[0], seen[1]);
    assert!(
        seen[0].contains("(contact,003000000000002AAA,001000000000002AAA,,)"),
        "{}",
        seen[0]
    );
    assert!(seen[0].contains(
        "(contact,003000000000001AAA,001000000000001AAA,003000000000002AAA,\"1 Main St, Floor 2\")"
    ));
    assert!(seen[0].contains("(account,001000000000001AAA,,admin@acme.test,customer)"));
    assert!(
        seen[0].contains(
            "(opportunity,006000000000001AAA,001000000000002AAA,admin@acme.test,\"2025-06-01 true\")"
        )
    );
    assert!(
        seen[0].contains("(history,stage,2025-07-01,\"\"\"Prospecting\"\"\",\"\"\"Qualification\"\"\")"),
        "{}",
        seen[0]
    );
    assert!(
        seen[0].contains(
            "(activity,00T000000000001AAA,003000000000001AAA,006000000000001AAA,\"call completed\")"
        )
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hubspot_and_a_mapping_of_ones_own() {
    let desk = Desk::new().await;
    let hubspot = desk.file(
        "hubspot.csv",
        "Record ID,First Name,Last Name,Email,Associated Company IDs,Create Date,Contact owner\n\
         51,Ada,Lovelace,ada@example.com,77;78,2026-01-05 10:00,Nobody Here\n",
    );
    let ran = desk.import("contacts", &hubspot, &["--map", "hubspot"]).await;
    assert_eq!(
        (ran.code, ran.json["unresolved"].as_i64()),
        (0, Some(2)),
        "{ran:?}"
    );
    let companies = desk.file("c.csv", "Record ID,Company name\n77,Analytical Engines\n");
    let ran = desk.import("accounts", &companies, &["--map", "hubspot"]).await;
    assert_eq!(ran.json["resolved"], 1);
    assert_eq!(
        desk.state("SELECT c.external_id, a.name, c.created_at FROM contacts c JOIN accounts a ON a.id = c.account_id").await,
        "(51,\"Analytical Engines\",\"2026-01-05 10:00:00+00\")"
    );

    let map = desk.file(
        "map.yaml",
        "decimal: \",\"\ndates: \"%d.%m.%Y\"\ntimezone: Europe/Berlin\nempty: [k. A.]\nfields:\n  external_id: Nr\n  \
         name: { column: [Firma, Zusatz], join: \" \" }\n  stage: { column: Phase, values: { Gewonnen: Closed Won }, otherwise: Prospecting }\n  \
         amount: Betrag\n  currency: { constant: EUR }\n  close_date: Abschluss\n  next_step: { column: Schritt, default: anrufen }\n",
    );
    let deals = desk.file(
        "deals.csv",
        "Nr;Firma;Zusatz;Phase;Betrag;Abschluss;Schritt\n1;Müller;GmbH;gewonnen;1.234,50;31.12.2026;k. A.\n2;Meier;;offen;7;2026-12-31;x\n",
    );
    let ran = desk
        .import("opportunities", &deals, &["--map", map.to_str().unwrap()])
        .await;
    assert_eq!(ran.counts(), [1, 0, 0, 1], "{}", ran.stdout);
    assert!(ran.reason(3).contains("as the mapping says (%d.%m.%Y)"));
    assert_eq!(
        desk.state("SELECT name, stage, amount_minor, close_date, next_step FROM opportunities")
            .await,
        "(\"Müller GmbH\",\"Closed Won\",123450,2026-12-31,anrufen)"
    );
    let wrong = desk.file("wrong.yaml", "fields: { external_id: Nr, colour: Farbe }\n");
    let ran = desk
        .import("opportunities", &deals, &["--map", wrong.to_str().unwrap()])
        .await;
    assert!(
        ran.code == 1 && ran.json["error"].as_str().unwrap().contains("colour is no field"),
        "{ran:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_exported_can_be_imported_elsewhere() {
    let desk = Desk::new().await;
    desk.db.tenant("other").await;
    for (object, name, text) in [
        ("users", "u.csv", USERS),
        ("accounts", "a.csv", ACCOUNTS),
        ("contacts", "c.csv", CONTACTS),
        ("opportunities", "o.csv", DEALS),
        ("opportunity_contact_roles", "r.csv", ROLES),
        ("activities", "t.csv", TASKS),
    ] {
        assert_eq!(
            desk.import(object, &desk.file(name, text), &["--map", "salesforce"])
                .await
                .code,
            0
        );
    }
    // Owners are found by address, where they are members.
    sqlx::query("UPDATE accounts SET owner_id = NULL")
        .execute(&desk.owner)
        .await
        .unwrap();
    sqlx::query("UPDATE opportunities SET owner_id = NULL")
        .execute(&desk.owner)
        .await
        .unwrap();
    let objects = [
        "contacts",
        "opportunities",
        "accounts",
        "opportunity_contact_roles",
        "activities",
    ];
    for object in objects {
        let export = desk.run(&["export", object, "--tenant", "acme"]).await;
        assert_eq!(export.code, 0, "{}", export.stderr);
        let file = desk.file(&format!("{object}.jsonl"), &export.stdout);
        let ran = desk
            .run(&[
                "import",
                object,
                file.to_str().unwrap(),
                "--tenant",
                "other",
                "--json",
            ])
            .await;
        assert_eq!(ran.code, 0, "{object}: {} {}", ran.stdout, ran.stderr);
    }
    for object in objects {
        let mut lines = Vec::new();
        for tenant in ["acme", "other"] {
            let export = desk.run(&["export", object, "--tenant", tenant]).await;
            let mut rows: Vec<serde_json::Value> = export
                .stdout
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            for row in &mut rows {
                let row = row.as_object_mut().unwrap();
                // What the service counts and the ids of this database.
                row.retain(|name, _| {
                    name != "id"
                        && name != "version"
                        && name != "updated_at"
                        && !(name.ends_with("_id")
                            && name != "external_id"
                            && !name.ends_with("_external_id"))
                });
            }
            rows.sort_by_key(|row| row["external_id"].as_str().unwrap().to_owned());
            lines.push(rows);
        }
        assert!(!lines[0].is_empty());
        assert_eq!(lines[0], lines[1], "{object}");
    }
}
