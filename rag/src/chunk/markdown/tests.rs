use std::time::Instant;

use proptest::prelude::*;

use super::*;

fn cut_up(body: &str, capacity: usize) -> Vec<Chunk> {
    chunks(body, &TokenCounter::by_bytes(), capacity)
}

/// The laws of chunking, for any text.
fn check(body: &str, capacity: usize) -> Result<(), TestCaseError> {
    let counter = TokenCounter::by_bytes();
    let mut at = 0;
    for chunk in cut_up(body, capacity) {
        prop_assert!(chunk.start >= at, "chunks overlap or go back");
        let gap = body.get(at..chunk.start);
        prop_assert!(
            gap.is_some_and(|gap| gap.trim().is_empty()),
            "lost {gap:?} before {}",
            chunk.start
        );
        let text = body.get(chunk.start..chunk.end);
        prop_assert!(text.is_some_and(|text| !text.is_empty()), "the span is no text");
        // One character cannot be cut, so it may pass a limit that is smaller still.
        let text = text.unwrap_or_default();
        prop_assert!(
            counter.count(text) <= capacity || text.chars().count() == 1,
            "{text:?} is too long"
        );
        at = chunk.end;
    }
    prop_assert!(
        body.get(at..).is_some_and(|rest| rest.trim().is_empty()),
        "lost the end"
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chunks_rebuild_any_text(body in any::<String>(), capacity in 1_usize..40) {
        check(&body, capacity)?;
    }

    #[test]
    fn chunks_rebuild_markdown(
        lines in prop::collection::vec(
            prop_oneof![
                "#{1,4} [a-z ]{1,20}", "- [a-zé ]{0,60}", "\\| [a-z]{1,5} \\| 12 € \\|", "```", "[a-z ,.👩‍👩‍👧ß]{0,200}", Just(String::new()),
            ],
            0..60,
        ),
        newline in prop_oneof![Just("\n"), Just("\r\n")],
        capacity in 8_usize..64,
    ) {
        check(&lines.join(newline), capacity)?;
    }
}

#[test]
fn odd_texts_are_chunked() {
    let one_line = "word ".repeat(40_000);
    let emoji = "👩‍👩‍👧".repeat(5_000);
    let one_character = "a".repeat(1_000_000);
    let combining = format!("a{}", "\u{301}".repeat(50_000));
    for body in ["", " \n\r\n ", "x", &one_line, &emoji, &one_character, &combining] {
        check(body, 200).unwrap_or_else(|error| panic!("{error}"));
    }
    assert!(cut_up("", 200).is_empty());
    assert_eq!(
        cut_up(&one_character, 200).len(),
        cut_up(&one_character, 200).len()
    );
    assert!(
        cut_up(&one_character, 200).len() > 1_000,
        "a giant word is cut all the same"
    );
}

#[test]
fn chunks_know_the_headings_above_them() {
    let body = "Intro.\n\n# Billing\n\nYou pay monthly, whatever the plan.\n\n## Refunds\n\nWithin `30` days of the first payment.\n\n# Limits\n\nTen users at the most in this plan.\n";
    let found: Vec<_> = cut_up(body, 10)
        .into_iter()
        .map(|chunk| (chunk.headings.join(" > "), chunk.text(body).to_owned()))
        .collect();
    let under = |needle: &str| {
        found
            .iter()
            .find(|(_, text)| text.contains(needle))
            .map(|(path, _)| path.as_str())
    };
    assert_eq!(under("Intro"), Some(""));
    assert_eq!(under("monthly"), Some("Billing"));
    assert_eq!(under("first payment"), Some("Billing > Refunds"));
    assert_eq!(under("Ten users"), Some("Limits"));
}

#[test]
fn the_cost_is_linear() {
    let paragraph = "The plan costs 12 euro a month, billed every year. Ask support for an offer.\n\n";
    let time = |copies: usize| {
        let body = paragraph.repeat(copies);
        let begun = Instant::now();
        let count = cut_up(&body, 200).len();
        (begun.elapsed(), count)
    };
    let (_, _) = time(500);
    let (small, few) = time(2_000);
    let (large, many) = time(16_000);
    assert!(many.abs_diff(few * 8) <= few, "{few} chunks, then {many}");
    // Eight times the text may cost eight times as much; twenty-four leaves room for a busy machine.
    assert!(
        large < small * 24,
        "{small:?}, then {large:?} for eight times the text"
    );
}
