//! The win card for a terminal.

use std::fmt::Write as _;

use crm_tools::win::WinCard;

/// What a card says beside its sentence.
pub(super) fn lines(card: &WinCard) -> String {
    let mut lines = String::new();
    if let Some(reasons) = &card.reasons {
        let _ = write!(lines, "\n{:>7}  the average deal", signed(reasons.base));
        for reason in reasons.up.iter().chain(&reasons.down) {
            let points = signed_points(reason.points);
            let _ = write!(
                lines,
                "\n{:>7}  {} ({points})",
                signed(reason.log_odds),
                reason.sentence
            );
        }
        if reasons.rest.count > 0 {
            let _ = write!(
                lines,
                "\n{:>7}  {} weaker reasons together",
                signed(reasons.rest.log_odds),
                reasons.rest.count
            );
        }
        if reasons.prior != 0.0 {
            let _ = write!(
                lines,
                "\n{:>7}  what is known without looking at the deal",
                signed(reasons.prior)
            );
        }
        let _ = writeln!(lines, "\n{:>7}  log-odds", signed(reasons.log_odds));
    }
    for sentence in card.changes.iter().map(|change| &change.sentence) {
        let _ = write!(lines, "\n- {sentence}");
    }
    if let Some(similar) = &card.similar {
        let _ = write!(lines, "\n- {}", similar.sentence);
        for deal in &similar.deals {
            let ended = match deal.won {
                Some(true) => "won",
                Some(false) => "lost",
                None => "ended",
            };
            let _ = write!(lines, "\n  {} {ended}", deal.name.as_deref().unwrap_or("-"));
            if let Some(at) = deal.closed_at {
                let _ = write!(lines, " {}", at.date_naive());
            }
            if let Some(reason) = &deal.closed_reason {
                let _ = write!(lines, " ({reason})");
            }
        }
    }
    for step in &card.next_steps {
        let _ = write!(lines, "\n- {}: {}", step.task, step.why);
    }
    for deal in &card.choices {
        let _ = write!(
            lines,
            "\n- {} ({}), opportunity:{}",
            deal.name.as_deref().unwrap_or("-"),
            deal.stage.as_deref().unwrap_or("-"),
            deal.id
        );
    }
    if let Some(model) = &card.model {
        let _ = write!(lines, "\n- Model {}: {}", model.number, model.sentence);
    }
    if let Some(moved) = &card.moved {
        let _ = write!(lines, "\n- {}", moved.sentence);
    }
    for note in &card.notes {
        let _ = write!(lines, "\n- {note}");
    }
    lines
}

fn signed(log_odds: f64) -> String {
    format!("{log_odds:+.2}")
}

fn signed_points(points: f64) -> String {
    format!("{points:+.0} points")
}
