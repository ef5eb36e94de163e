//! Bytes to the data of server-sent events.

/// The most bytes one event may have.
const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// An event that is longer than any answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {MAX_EVENT_BYTES} bytes")]
pub(super) struct TooLong;

/// Splits a stream of bytes into events, however the bytes arrive.
///
/// Only `data` is kept: chat completions name no events. Bytes that are not UTF-8
/// become replacement characters.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    line: Vec<u8>,
    data: Option<Vec<u8>>,
    after_cr: bool,
    begun: bool,
}

impl Decoder {
    /// Takes the next bytes and returns the data of the events that they end.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some((&first, tail)) = rest.split_first() {
            // The second half of a line end that was split.
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                rest = tail;
                continue;
            }
            let Some(end) = rest.iter().position(|&b| matches!(b, b'\n' | b'\r')) else {
                self.line.extend_from_slice(rest);
                self.check()?;
                break;
            };
            let (head, tail) = rest.split_at(end);
            self.line.extend_from_slice(head);
            self.check()?;
            self.after_cr = tail.first() == Some(&b'\r');
            rest = tail.get(1..).unwrap_or_default();
            events.extend(self.end_line());
        }
        Ok(events)
    }

    /// The data of a last event that no blank line ended: some servers just hang up.
    pub(super) fn finish(mut self) -> Option<String> {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.take_event()
    }

    fn check(&self) -> Result<(), TooLong> {
        let held = self.line.len() + self.data.as_ref().map_or(0, Vec::len);
        if held > MAX_EVENT_BYTES {
            Err(TooLong)
        } else {
            Ok(())
        }
    }

    fn end_line(&mut self) -> Option<String> {
        let mut line = std::mem::take(&mut self.line);
        if !std::mem::replace(&mut self.begun, true) && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
        }
        if line.is_empty() {
            return self.take_event();
        }
        let value = line
            .strip_prefix(b"data")
            .and_then(|rest| match rest.split_first() {
                None => Some(rest),
                Some((b':', value)) => Some(value.strip_prefix(b" ").unwrap_or(value)),
                Some(_) => None,
            });
        if let Some(value) = value {
            match &mut self.data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                None => self.data = Some(value.to_vec()),
            }
        }
        None
    }

    fn take_event(&mut self) -> Option<String> {
        self.data
            .take()
            .map(|data| String::from_utf8_lossy(&data).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> Vec<String> {
        let mut decoder = Decoder::default();
        let mut events = decoder.push(text.as_bytes()).unwrap();
        events.extend(decoder.finish());
        events
    }

    #[test]
    fn lines_end_in_three_ways_and_data_may_have_several() {
        assert_eq!(whole("data: a\n\ndata:b\r\n\r\ndata: c\r\r"), ["a", "b", "c"]);
        assert_eq!(whole("data: a\ndata:  b\ndata\n\n"), ["a\n b\n"]);
        assert_eq!(whole("\u{feff}data: a\n\n"), ["a"]);
    }

    #[test]
    fn comments_and_other_fields_are_passed_over() {
        assert_eq!(
            whole(": ping\n\nevent: x\nid: 3\n\ndatabase: no\n\ndata: a\nretry: 1\n\n"),
            ["a"]
        );
    }

    #[test]
    fn a_last_event_without_its_blank_line_still_counts() {
        assert_eq!(whole("data: a\n\ndata: [DONE]"), ["a", "[DONE]"]);
        assert_eq!(whole("data: a\n\ndata: b\n"), ["a", "b"]);
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut decoder = Decoder::default();
        let line = vec![b'x'; 64 * 1024];

        let refused = (0..20).find_map(|_| decoder.push(&line).err());

        assert_eq!(refused, Some(TooLong));
    }

    proptest! {
        #[test]
        fn events_do_not_depend_on_how_the_bytes_are_split(
            lines in prop::collection::vec(
                prop_oneof![
                    Just("\n".to_owned()), Just("\r\n".to_owned()), Just("\r".to_owned()),
                    Just(": ping\n".to_owned()),
                    "data: ?[a-zé{}\u{1f600} ]{0,12}(\n|\r\n|\r)".prop_map(|line| line),
                ],
                0..24,
            ),
            cuts in prop::collection::vec(1_usize..7, 0..80),
        ) {
            let text = lines.concat();
            let mut decoder = Decoder::default();
            let mut events = Vec::new();
            let mut rest = text.as_bytes();
            for cut in cuts.into_iter().chain(std::iter::repeat(1)) {
                if rest.is_empty() {
                    break;
                }
                let (head, tail) = rest.split_at(cut.min(rest.len()));
                events.extend(decoder.push(head).unwrap());
                rest = tail;
            }
            events.extend(decoder.finish());

            prop_assert_eq!(events, whole(&text));
        }
    }
}
