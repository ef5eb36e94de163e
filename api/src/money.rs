//! Money as the API writes it.

use crm_store::prices::NanoUsd;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const NANOS: i64 = 1_000_000_000;

/// An amount with its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// A decimal number.
    #[schema(example = "12.50")]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(example = "USD")]
    pub currency: String,
}

impl From<NanoUsd> for Money {
    fn from(amount: NanoUsd) -> Self {
        Self {
            amount: decimal(amount.0),
            currency: "USD".to_owned(),
        }
    }
}

/// Two digits after the point at least, nine at most, no zeros in vain.
fn decimal(nano: i64) -> String {
    let sign = if nano < 0 { "-" } else { "" };
    let (whole, rest) = (
        nano.unsigned_abs() / NANOS.unsigned_abs(),
        nano.unsigned_abs() % NANOS.unsigned_abs(),
    );
    let digits = format!("{rest:09}");
    let digits = digits.trim_end_matches('0');
    format!("{sign}{whole}.{digits:0<2}")
}

impl Money {
    /// The amount in billionths of a dollar; `None` for another currency or what is no amount.
    pub fn nano_usd(&self) -> Option<NanoUsd> {
        let (whole, rest) = self.amount.split_once('.').unwrap_or((&self.amount, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if self.currency != "USD"
            || whole.is_empty()
            || rest.len() > 9
            || !is_digits(whole)
            || !is_digits(rest)
        {
            return None;
        }
        let whole: i64 = whole.parse().ok()?;
        let rest: i64 = format!("{rest:0<9}").parse().ok()?;
        Some(NanoUsd(whole.checked_mul(NANOS)?.checked_add(rest)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(amount: &str) -> Option<i64> {
        Money {
            amount: amount.to_owned(),
            currency: "USD".to_owned(),
        }
        .nano_usd()
        .map(|nano| nano.0)
    }

    #[test]
    fn an_amount_reads_back_as_what_was_written() {
        for nano in [0, 1, 500_000_000, 12_500_000_000, 123_456_789, i64::MAX] {
            assert_eq!(read(&decimal(nano)), Some(nano));
        }
        assert_eq!(decimal(12_500_000_000), "12.50");
        assert_eq!(decimal(-1), "-0.000000001");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        assert_eq!(read("5"), Some(5_000_000_000));
        for wrong in ["", ".5", "-1", "1e3", "1,5", "0.0000000001", "9999999999999"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(
            Money {
                amount: "1".to_owned(),
                currency: "EUR".to_owned()
            }
            .nano_usd(),
            None
        );
    }
}
