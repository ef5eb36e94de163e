//! Keeps a tool's output under its cap, as JSON of the same shape.

use serde_json::Value;

/// The key of the note that says what was left out.
pub const NOTE: &str = "cut";
/// Room for the note itself.
const NOTE_BYTES: usize = 160;

/// Cuts `output` until it has at most `cap` bytes of JSON, and says so in it.
///
/// Items at the end of the largest list go first, because lists are ranked; then
/// the longest texts lose their ends. The shape stays that of the output, so it
/// still reads back by type. Returns whether anything was cut.
pub fn to_cap(output: &mut Value, cap: usize) -> bool {
    let before = size(output);
    if before <= cap {
        return false;
    }
    let target = cap.saturating_sub(NOTE_BYTES);
    let mut dropped = 0_usize;
    while let excess @ 1.. = size(output).saturating_sub(target) {
        let Some(list) = largest_list(output) else { break };
        let mut freed = 0;
        while list.len() > 1 && freed < excess {
            freed += list.pop().map_or(0, |item| size(&item) + 1);
            dropped += 1;
        }
    }
    while let excess @ 1.. = size(output).saturating_sub(target) {
        let Some(text) = longest_text(output) else { break };
        let keep = text.len().saturating_sub(excess.max(16) + '…'.len_utf8());
        text.truncate(text.floor_char_boundary(keep));
        text.push('…');
    }
    let note = if dropped > 0 {
        format!("{dropped} items were left out: the output had {before} bytes, {cap} are allowed")
    } else {
        format!("long texts were cut at `…`: the output had {before} bytes, {cap} are allowed")
    };
    if let Value::Object(map) = output {
        map.insert(NOTE.to_owned(), note.into());
    }
    true
}

fn size(value: &Value) -> usize {
    value.to_string().len()
}

/// The list with the most bytes that has more than one item.
fn largest_list(value: &mut Value) -> Option<&mut Vec<Value>> {
    let path = heaviest(value, &mut |value| {
        value
            .as_array()
            .filter(|list| list.len() > 1)
            .map(|_| size(value))
    })?;
    value.pointer_mut(&path)?.as_array_mut()
}

/// The longest text that is worth cutting.
fn longest_text(value: &mut Value) -> Option<&mut String> {
    let path = heaviest(value, &mut |value| {
        value.as_str().map(str::len).filter(|&len| len > 32)
    })?;
    match value.pointer_mut(&path)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// The pointer to the value that `weigh` finds heaviest.
fn heaviest(value: &Value, weigh: &mut impl FnMut(&Value) -> Option<usize>) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    let mut open = vec![(String::new(), value)];
    while let Some((path, value)) = open.pop() {
        if let Some(weight) = weigh(value)
            && best.as_ref().is_none_or(|(heaviest, _)| weight > *heaviest)
        {
            best = Some((weight, path.clone()));
        }
        match value {
            Value::Array(items) => {
                open.extend(
                    items
                        .iter()
                        .enumerate()
                        .map(|(at, item)| (format!("{path}/{at}"), item)),
                );
            }
            Value::Object(map) => open.extend(map.iter().map(|(key, item)| {
                (
                    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")),
                    item,
                )
            })),
            _ => {}
        }
    }
    best.map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_end_of_a_list_goes_first_and_the_output_says_so() {
        let mut output =
            json!({"passages": ["a".repeat(300), "b".repeat(300), "c".repeat(300)], "confident": true});

        assert!(to_cap(&mut output, 600));

        assert_eq!(output["passages"], json!(["a".repeat(300)]));
        assert_eq!(output["confident"], json!(true));
        assert_eq!(
            output["cut"],
            json!("2 items were left out: the output had 940 bytes, 600 are allowed")
        );
    }

    #[test]
    fn a_long_text_loses_its_end() {
        let mut output = json!({"text": "ä".repeat(1_000)});

        assert!(to_cap(&mut output, 500));

        assert!(output["text"].as_str().unwrap().ends_with("ä…"));
        assert!(output.to_string().len() <= 500);
    }

    #[test]
    fn what_fits_is_left_alone() {
        let mut output = json!({"text": "short"});

        assert!(!to_cap(&mut output, 500));
        assert_eq!(output, json!({"text": "short"}));
    }

    proptest! {
        #[test]
        fn a_cut_output_fits_and_keeps_its_keys(
            texts in prop::collection::vec("[a-zäß\"\\\\\n]{0,400}", 0..12),
            body in "[a-z\u{1f600}\"]{0,2000}",
        ) {
            let mut output = json!({"items": texts, "body": body, "nested": {"body": body}});

            to_cap(&mut output, 700);

            prop_assert!(output.to_string().len() <= 700, "{} bytes", output.to_string().len());
            prop_assert!(output["items"].is_array() && output["body"].is_string());
            prop_assert!(output["nested"]["body"].is_string());
        }
    }
}
