//! Files as people have them: good rows go in, bad ones are named, and nothing is lost.

use std::fmt::Write as _;

use crate::import_support::Desk;

const PEOPLE: &str = "external_id,first_name,last_name,email,description\n\
    c1,Ada,Lovelace,ada@example.com,\"Said \"\"hello\"\",\nthen left\"\n\
    c2,Grace,Hopper,grace@example.com,plain\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_become_records_and_the_second_time_nothing_is_written() {
    let desk = Desk::new().await;
    let file = desk.file("people.csv", PEOPLE);
    let first = desk.import("contacts", &file, &[]).await;
    assert_eq!((first.code, first.counts()), (0, [2, 0, 0, 0]), "{first:?}");
    let stored = desk
        .state("SELECT external_id, name, email, description, version FROM contacts")
        .await;
    assert_eq!(
        stored,
        "(c1,\"Ada Lovelace\",ada@example.com,\"Said \"\"hello\"\",\nthen left\",1)\n\
         (c2,\"Grace Hopper\",grace@example.com,plain,1)"
    );
    assert_eq!(
        desk.count("audit_log WHERE action = 'create' AND object = 'contact'")
            .await,
        2
    );

    let before = desk.everything().await;
    let second = desk.import("contacts", &file, &[]).await;
    assert_eq!((second.code, second.counts()), (0, [0, 0, 2, 0]));
    assert!(
        desk.everything().await == before,
        "the second time writes nothing"
    );

    let changed = desk.file("people.csv", PEOPLE.replace("plain", ""));
    let third = desk.import("contact", &changed, &[]).await;
    assert_eq!(third.counts(), [0, 1, 1, 0]);
    assert_eq!(
        desk.state(
            "SELECT external_id, description IS NULL AS gone, version FROM contacts WHERE version > 1"
        )
        .await,
        "(c2,t,2)"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_row_is_named_with_its_line_and_the_others_go_in() {
    let desk = Desk::new().await;
    let forty = "1".repeat(40);
    let file = desk.file(
        "deals.csv",
        format!(
            "\u{feff}external_id,name,stage,amount,currency,close_date\n\
             d1,Fine,Prospecting,1200.50,EUR,2026-03-01\n\
             d2,Stage,Dancing,1,EUR,2026-03-01\n\
             d3,Currency,Prospecting,1,EUX,2026-03-01\n\
             d4,Date,Prospecting,1,EUR,31/12/2026\n\
             d5,Amount,Prospecting,{forty},EUR,2026-03-01\n\
             \n\
             d6,\"quo\"te,Prospecting,1,EUR,2026-03-01\n\
             d7,Short\n\
             ,No id,Prospecting,1,EUR,2026-03-01\n\
             d8,,Prospecting,1,EUR,2026-03-01\n\
             d9,<script>alert(1)</script>'; DROP TABLE leads; --,Closed Won,5,JPY,2026-03-01\n\
             ,,,,,\n\
             d10,Ünïcödé 🦀 \u{202e}x,Prospecting,1.5,JPY,2026-03-01\n"
        ),
    );
    let rejects = desk.folder.join("bad.jsonl");
    let ran = desk
        .import("opportunities", &file, &["--rejects", rejects.to_str().unwrap()])
        .await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.counts(), [2, 0, 0, 9], "{:#}", ran.json);
    for (line, words) in [
        (3, "stage must be one of Prospecting"),
        (4, "EUX"),
        (5, "looks like %d/%m/%Y"),
        (6, "40 digits"),
        (8, "after the closing quote in column 2"),
        (9, "has 2 columns, the first row names 6"),
        (10, "external id"),
        (11, "name is required"),
        (14, "JPY has no decimals"),
    ] {
        assert!(
            ran.reason(line).contains(words),
            "line {line}: {:?}",
            ran.reason(line)
        );
    }
    assert_eq!(
        desk.state("SELECT external_id, stage, amount_minor, currency, is_won FROM opportunities")
            .await,
        "(d1,Prospecting,120050,EUR,f)\n(d9,\"Closed Won\",5,JPY,t)"
    );
    let written = std::fs::read_to_string(rejects).unwrap();
    assert_eq!(written.lines().count(), 9);
    assert!(written.contains("31/12/2026") && written.contains("d7,Short"));
    assert_eq!(desk.count("import_errors").await, 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_encodings_are_recognised_or_refused_in_words() {
    let desk = Desk::new().await;
    let text = "external_id;last_name;email\nu1;Müller-Lüdenscheidt;m@example.com\n";
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let latin: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    for (name, bytes, encoding) in [
        ("utf16.csv", utf16, "UTF-16LE"),
        ("latin.csv", latin, "windows-1252"),
        ("utf8.csv", text.as_bytes().to_vec(), "UTF-8"),
    ] {
        let ran = desk.import("contacts", &desk.file(name, bytes), &[]).await;
        assert_eq!(
            (ran.code, ran.json["encoding"].as_str()),
            (0, Some(encoding)),
            "{ran:?}"
        );
        assert_eq!(
            desk.state("SELECT last_name FROM contacts").await,
            "(Müller-Lüdenscheidt)"
        );
    }
    let odd = desk
        .import(
            "contacts",
            &desk.file("x.csv", b"external_id,last_name\n1,\x83\x65\x81\x5B\n"),
            &[],
        )
        .await;
    assert_eq!(odd.code, 1);
    assert!(
        odd.json["error"]
            .as_str()
            .unwrap()
            .contains("neither UTF-8 nor Windows-1252"),
        "{odd:?}"
    );
    let sheet = desk
        .import("contacts", &desk.file("x.csv", b"PK\x03\x04rest"), &[])
        .await;
    assert!(sheet.json["error"].as_str().unwrap().contains("spreadsheet"));
    let broken = desk.file(
        "b.csv",
        b"external_id,last_name\n1,\xC3\xBC\n2,\xC3\xBC\n3,\xFF\n",
    );
    let broken = desk.import("contacts", &broken, &[]).await;
    assert_eq!(
        (broken.counts(), broken.reason(4)),
        ([2, 0, 0, 1], "last_name column 2 is not UTF-8")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_that_are_missing_or_too_many_are_said() {
    let desk = Desk::new().await;
    let none = desk
        .import("contacts", &desk.file("n.csv", "Name,Mail\nA,b@c.example\n"), &[])
        .await;
    let words = none.json["error"].as_str().unwrap();
    assert!(
        none.code == 1 && words.contains("external_id is needed") && words.contains("Name, Mail"),
        "{words}"
    );
    let empty = desk.import("contacts", &desk.file("e.csv", ""), &[]).await;
    assert!(empty.json["error"].as_str().unwrap().contains("is empty"));

    let names: Vec<String> = (0..10_000).map(|n| format!("extra{n}")).collect();
    let cells = vec!["x"; 10_000].join(",");
    let wide = format!("external_id,last_name,{}\nw1,Wide,{cells}\n", names.join(","));
    let wide = desk.import("contacts", &desk.file("w.csv", wide), &[]).await;
    assert_eq!((wide.code, wide.counts()), (0, [1, 0, 0, 0]), "{}", wide.stderr);
    assert_eq!(wide.json["ignored_columns"].as_array().unwrap().len(), 100);

    let unknown = desk
        .run(&["import", "unicorns", "x.csv", "--tenant", "acme"])
        .await;
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("contacts"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_rows_with_one_external_id_the_last_counts_and_twice_is_the_same() {
    let desk = Desk::new().await;
    let mut text = String::from("external_id,last_name\nsame,First\n");
    for n in 0..6_000 {
        let _ = writeln!(text, "n{n},Name {n}");
    }
    text.push_str("same,Last\n");
    let file = desk.file("twice.csv", text);
    let ran = desk.import("contacts", &file, &[]).await;
    assert_eq!(
        (ran.counts(), &ran.json["duplicates"]),
        ([6_001, 0, 0, 0], &1.into())
    );
    assert_eq!(
        desk.state("SELECT last_name, version FROM contacts WHERE external_id = 'same'")
            .await,
        "(Last,1)"
    );
    let before = desk.everything().await;
    let again = desk.import("contacts", &file, &[]).await;
    assert_eq!(again.counts(), [0, 0, 6_001, 0]);
    assert!(desk.everything().await == before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_says_the_same_and_changes_nothing() {
    let desk = Desk::new().await;
    let file = desk.file("people.csv", format!("{PEOPLE}c3,,,no address,\n"));
    let before = desk.everything().await;
    let ran = desk.import("contacts", &file, &["--dry-run"]).await;
    assert_eq!((ran.code, ran.counts()), (1, [2, 0, 0, 1]), "{ran:?}");
    assert!(desk.everything().await == before);
    assert_eq!(desk.count("imports").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn articles_still_have_an_import_of_their_own() {
    let desk = Desk::new().await;
    let file = desk.file("help.csv", "external_id,title,body\na1,Returns,Within 30 days.\n");
    let ran = desk.import("articles", &file, &[]).await;
    assert_eq!((ran.code, ran.counts()), (0, [1, 0, 0, 0]), "{ran:?}");
    let export = desk.run(&["export", "articles", "--tenant", "acme"]).await;
    let line: serde_json::Value = serde_json::from_str(export.stdout.trim()).unwrap();
    assert_eq!(
        (line["external_id"].as_str(), line["body"].as_str()),
        (Some("a1"), Some("Within 30 days."))
    );
}
