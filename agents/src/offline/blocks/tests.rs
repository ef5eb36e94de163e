use super::*;

fn texts(items: &[&str]) -> Vec<String> {
    items.iter().map(|&item| item.to_owned()).collect()
}

#[test]
fn a_passage_is_read_into_its_blocks() {
    let text = "## How to ask\n\nWrite to us. Then do this:\n\n1. Open **Settings > Billing**.\n2. Note the number:\n   - on paper\n   - or in the app\n\n- One\n  more line\n- Two\n\n> Keep `it`.\n";

    let blocks = read(text, None);

    let bodies: Vec<&Body> = blocks.iter().map(|block| &block.body).collect();
    assert_eq!(
        bodies,
        [
            &Body::Paragraph(texts(&["Write to us.", "Then do this:"])),
            &Body::Steps {
                first: 1,
                items: texts(&[
                    "Open Settings > Billing.",
                    "Note the number: on paper; or in the app"
                ])
            },
            &Body::Bullets(texts(&["One more line", "Two"])),
            &Body::Paragraph(texts(&["Keep `it`."])),
        ]
    );
    assert!(
        blocks
            .iter()
            .all(|block| block.heading.as_deref() == Some("How to ask"))
    );
    assert_eq!(blocks[1].lead.as_deref(), Some("Then do this:"));
    assert_eq!(blocks[2].lead, None);
}

#[test]
fn a_table_has_a_header_only_when_the_passage_has_it() {
    let table = "| Plan | Price |\n|---|---:|\n| Team | €29 \\| month |\n";

    assert_eq!(
        read(table, Some("Prices"))[0],
        Block {
            heading: Some("Prices".to_owned()),
            lead: None,
            body: Body::Table {
                header: texts(&["Plan", "Price"]),
                rows: vec![texts(&["Team", "€29 | month"])]
            },
        }
    );
    assert_eq!(
        read("| Team | €29 |\n| Scale | – |", None)[0].body,
        Body::Table {
            header: vec![],
            rows: vec![texts(&["Team", "€29"]), texts(&["Scale", "–"])]
        }
    );
}

#[test]
fn a_list_may_begin_in_the_middle() {
    assert_eq!(
        read("3. Save.\n4. Close.", None)[0].body,
        Body::Steps {
            first: 3,
            items: texts(&["Save.", "Close."])
        }
    );
}

#[test]
fn code_joins_the_sentence_that_announces_it_and_the_steps_go_on() {
    let text = "1. Add this record:\n\n   ```\n   book CNAME x.example\n   ```\n\n2. Wait.\n\nDone.\n\n```\nalone\n# no heading";

    let blocks = read(text, None);

    let bodies: Vec<&Body> = blocks.iter().map(|block| &block.body).collect();
    assert_eq!(
        bodies,
        [
            &Body::Steps {
                first: 1,
                items: texts(&["Add this record: `book CNAME x.example`", "Wait."])
            },
            &Body::Paragraph(texts(&["Done."])),
        ]
    );
}

#[test]
fn numbers_and_dashes_in_a_text_are_no_lists() {
    assert_eq!(
        read("2024 was good.\n*Not* a list.\n---\n10.5 is a number.", None).len(),
        2
    );
}
