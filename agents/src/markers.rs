//! Finds the markers `[1]` in text that arrives in pieces.

/// A longer bracket is no marker. Also the most text that is ever held back.
const LONGEST: usize = 24;

/// A stretch of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text without markers.
    Text(String),
    /// The numbers of one marker: `[2]`, `[^2]`, or `[1, 3]`. Blanks before it
    /// come along, so that they can go with it.
    Marker { before: String, numbers: Vec<u32> },
}

/// Cuts text at its markers, wherever the pieces of the text end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Markers {
    /// The end of the text so far, as long as it may become part of a marker.
    held: String,
}

impl Markers {
    /// Takes the next piece of text and returns what is certain now.
    pub(crate) fn push(&mut self, delta: &str) -> Vec<Piece> {
        self.held.push_str(delta);
        let text = std::mem::take(&mut self.held);
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        let mut plain = String::new();
        loop {
            let Some(at) = rest.find('[') else {
                // Blanks may belong to a marker that follows.
                let body = rest.trim_end_matches(' ');
                plain.push_str(body);
                rest.get(body.len()..)
                    .unwrap_or_default()
                    .clone_into(&mut self.held);
                break;
            };
            let (head, tail) = rest.split_at(at);
            match marker(tail) {
                Found::Marker { len, numbers } => {
                    let body = head.trim_end_matches(' ');
                    plain.push_str(body);
                    flush(&mut plain, &mut pieces);
                    let before = head.get(body.len()..).unwrap_or_default().to_owned();
                    pieces.push(Piece::Marker { before, numbers });
                    rest = tail.get(len..).unwrap_or_default();
                }
                Found::None => {
                    plain.push_str(head);
                    plain.push('[');
                    rest = tail.get(1..).unwrap_or_default();
                }
                Found::Open => {
                    let body = head.trim_end_matches(' ');
                    plain.push_str(body);
                    rest.get(body.len()..)
                        .unwrap_or_default()
                        .clone_into(&mut self.held);
                    break;
                }
            }
        }
        // A run of blanks without end is no reason to wait.
        if self.held.len() > 2 * LONGEST {
            plain.push_str(&std::mem::take(&mut self.held));
        }
        flush(&mut plain, &mut pieces);
        pieces
    }

    /// The text has ended: what was held back is plain, and blanks at the end are nothing.
    pub(crate) fn finish(&mut self) -> Option<Piece> {
        let held = std::mem::take(&mut self.held);
        (!held.trim_matches(' ').is_empty()).then_some(Piece::Text(held))
    }
}

enum Found {
    Marker {
        len: usize,
        numbers: Vec<u32>,
    },
    /// The text ends before that is certain.
    Open,
    None,
}

/// Whether `text`, which starts with `[`, starts with a marker.
fn marker(text: &str) -> Found {
    let mut numbers = Vec::new();
    let mut digits = String::new();
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if at >= LONGEST => return Found::None,
            '^' if at == 1 => {}
            '0'..='9' if digits.len() < 6 => digits.push(c),
            ' ' if !digits.is_empty() || !numbers.is_empty() => {}
            ',' | ']' => {
                // Passages are numbered from 1: `a[0]` is code.
                let Some(number) = digits.parse().ok().filter(|number| *number > 0) else {
                    return Found::None;
                };
                numbers.push(number);
                digits.clear();
                if c == ']' {
                    return Found::Marker { len: at + 1, numbers };
                }
            }
            _ => return Found::None,
        }
    }
    if text.len() > LONGEST {
        Found::None
    } else {
        Found::Open
    }
}

fn flush(plain: &mut String, pieces: &mut Vec<Piece>) {
    if !plain.is_empty() {
        pieces.push(Piece::Text(std::mem::take(plain)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(deltas: &[&str]) -> Vec<Piece> {
        let mut markers = Markers::default();
        let mut pieces: Vec<Piece> = deltas.iter().flat_map(|delta| markers.push(delta)).collect();
        pieces.extend(markers.finish());
        // Neighbouring text is one: where it was cut is the network's business.
        pieces.into_iter().fold(Vec::new(), |mut all, piece| {
            match (all.last_mut(), piece) {
                (Some(Piece::Text(text)), Piece::Text(more)) => text.push_str(&more),
                (_, piece) => all.push(piece),
            }
            all
        })
    }

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    fn marker(before: &str, numbers: &[u32]) -> Piece {
        Piece::Marker {
            before: before.to_owned(),
            numbers: numbers.to_vec(),
        }
    }

    #[test]
    fn markers_are_found_however_the_text_is_cut() {
        let whole =
            "Thirty days [1]. Or more[2][10], see [1, 3] and [^4] — not [a] nor [1 or a[0]. Ünïcode [5";
        let expected = vec![
            text("Thirty days"),
            marker(" ", &[1]),
            text(". Or more"),
            marker("", &[2]),
            marker("", &[10]),
            text(", see"),
            marker(" ", &[1, 3]),
            text(" and"),
            marker(" ", &[4]),
            text(" — not [a] nor [1 or a[0]. Ünïcode [5"),
        ];

        assert_eq!(cut(&[whole]), expected);
        for at in (0..=whole.len()).filter(|at| whole.is_char_boundary(*at)) {
            let (head, tail) = whole.split_at(at);
            assert_eq!(cut(&[head, tail]), expected, "cut at {at}");
        }
        let letters: Vec<String> = whole.chars().map(String::from).collect();
        assert_eq!(
            cut(&letters.iter().map(String::as_str).collect::<Vec<_>>()),
            expected
        );
    }

    #[test]
    fn little_is_held_back() {
        let mut markers = Markers::default();
        markers.push(&" ".repeat(10_000));
        assert!(markers.held.len() <= 2 * LONGEST);
        markers.push("[");
        markers.push(&"1".repeat(10_000));
        assert!(markers.held.len() <= 2 * LONGEST, "{}", markers.held.len());
    }
}
