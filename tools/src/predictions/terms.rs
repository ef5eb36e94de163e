//! Log-odds and probabilities, for people.

/// The probability that log-odds stand for.
pub fn sigmoid(log_odds: f64) -> f64 {
    if log_odds >= 0.0 {
        1.0 / (1.0 + (-log_odds).exp())
    } else {
        let odds = log_odds.exp();
        odds / (1.0 + odds)
    }
}

/// A probability in whole percent, as a reader is told it: never 0 or 100, which nothing that may happen is.
pub fn percent(probability: f64) -> String {
    let percent = probability * 100.0;
    if percent < 1.0 {
        "under 1 %".to_owned()
    } else if percent > 99.0 {
        "over 99 %".to_owned()
    } else {
        format!("{percent:.0} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_odds_and_probabilities_belong_together_at_both_ends() {
        for (log_odds, probability) in [(0.0, 0.5), (800.0, 1.0), (-800.0, 0.0)] {
            assert!((sigmoid(log_odds) - probability).abs() < 1e-12);
        }
        assert!((sigmoid(1.3) + sigmoid(-1.3) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_that_may_happen_is_told_as_certain() {
        assert_eq!(
            [0.004, 0.5, 0.618, 0.995].map(percent),
            ["under 1 %", "50 %", "62 %", "over 99 %"]
        );
    }
}
