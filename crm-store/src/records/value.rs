//! What a field of a record holds, typed.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use iso_currency::Currency;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// None.
    Null,
    /// Text, words of enums, addresses, codes.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// An exact number with a point.
    Decimal(Decimal),
    /// Yes or no.
    Boolean(bool),
    /// A moment, exact to the microsecond.
    Time(DateTime<Utc>),
    /// A day.
    Date(NaiveDate),
    /// An id.
    Id(Uuid),
    /// Structured data.
    Json(Json),
    /// An amount of money.
    Money(Money),
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// The amount in the currency itself, such as euros, not cents.
    pub amount: Decimal,
    /// The ISO 4217 code; none while a draft does not know it yet.
    pub currency: Option<String>,
}

impl Money {
    /// An amount that is known to be in a currency.
    pub fn new(amount: Decimal, currency: impl Into<String>) -> Self {
        Self {
            amount,
            currency: Some(currency.into()),
        }
    }

    /// An amount of whole minor units, such as cents.
    pub fn from_minor(minor: i64, currency: &str) -> Self {
        let scale = exponent(currency).unwrap_or(2);
        Self::new(Decimal::new(minor, scale), currency)
    }

    /// The amount in whole minor units of a currency; in words what is wrong when there is none.
    pub fn minor(&self, currency: &str) -> Result<i64, String> {
        let scale = exponent(currency).ok_or_else(|| format!("{currency:?} is no ISO 4217 currency"))?;
        let amount = self.amount.normalize();
        if amount.scale() > scale {
            return Err(format!("{currency} has {}", decimals(scale)));
        }
        let mut scaled = amount;
        scaled.rescale(scale);
        i64::try_from(scaled.mantissa())
            .ok()
            .filter(|_| scaled.scale() == scale && scaled.mantissa().abs() < MAX_MINOR)
            .ok_or_else(|| TOO_LARGE.to_owned())
    }

    /// `{"amount": "1234.50", "currency": "EUR"}`, with as many decimals as the currency has.
    pub fn to_json(&self) -> Json {
        let mut amount = self.amount;
        if let Some(scale) = self.currency.as_deref().and_then(exponent)
            && amount.scale() < scale
        {
            amount.rescale(scale);
        }
        json!({"amount": amount.to_string(), "currency": self.currency})
    }
}

/// An amount has at most 15 digits before the point.
pub(super) const TOO_LARGE: &str =
    "must be an amount with at most 15 digits before the point, such as 1234.50";
const MAX_MINOR: i128 = 1_000_000_000_000_000_000;

fn decimals(scale: u32) -> String {
    match scale {
        0 => "no decimals".to_owned(),
        1 => "1 decimal at most".to_owned(),
        more => format!("{more} decimals at most"),
    }
}

/// How many decimals a currency has; none for what is no currency.
pub(crate) fn exponent(currency: &str) -> Option<u32> {
    let known = Currency::from_code(currency)?;
    Some(u32::from(known.exponent().unwrap_or(0)))
}

impl Value {
    /// Whether there is none.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The id, if it is one.
    pub fn as_id(&self) -> Option<Uuid> {
        match self {
            Self::Id(id) => Some(*id),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// Yes or no, if it is that.
    pub fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The exact number, if it is one.
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Self::Decimal(number) => Some(*number),
            Self::Integer(number) => Some(Decimal::from(*number)),
            _ => None,
        }
    }

    /// The moment, if it is one.
    pub fn as_time(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Time(at) => Some(*at),
            _ => None,
        }
    }

    /// The day, if it is one.
    pub fn as_date(&self) -> Option<NaiveDate> {
        match self {
            Self::Date(day) => Some(*day),
            _ => None,
        }
    }

    /// The amount of money, if it is one.
    pub fn as_money(&self) -> Option<&Money> {
        match self {
            Self::Money(money) => Some(money),
            _ => None,
        }
    }

    /// The structured data, if it is that.
    pub fn as_json(&self) -> Option<&Json> {
        match self {
            Self::Json(json) => Some(json),
            _ => None,
        }
    }

    /// As the API shows it.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Text(text) => Json::String(text.clone()),
            Self::Integer(number) => json!(number),
            Self::Decimal(number) => Json::String(number.normalize().to_string()),
            Self::Boolean(flag) => Json::Bool(*flag),
            Self::Time(at) => Json::String(at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::Date(day) => Json::String(day.to_string()),
            Self::Id(id) => Json::String(id.to_string()),
            Self::Json(json) => json.clone(),
            Self::Money(money) => money.to_json(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Boolean(flag)
    }
}

impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl From<DateTime<Utc>> for Value {
    fn from(at: DateTime<Utc>) -> Self {
        Self::Time(at)
    }
}

impl From<NaiveDate> for Value {
    fn from(day: NaiveDate) -> Self {
        Self::Date(day)
    }
}

impl From<Decimal> for Value {
    fn from(number: Decimal) -> Self {
        Self::Decimal(number)
    }
}

impl From<Money> for Value {
    fn from(money: Money) -> Self {
        Self::Money(money)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str) -> Money {
        Money {
            amount: amount.parse().unwrap(),
            currency: None,
        }
    }

    #[test]
    fn minor_units_follow_the_currency() {
        assert_eq!(money("1234.5").minor("EUR"), Ok(123_450));
        assert_eq!(money("1234").minor("JPY"), Ok(1234));
        assert_eq!(money("1.234").minor("KWD"), Ok(1234));
        assert_eq!(money("-0.01").minor("USD"), Ok(-1));
        assert_eq!(money("1.500").minor("EUR"), Ok(150));
        assert_eq!(money("1.5").minor("JPY"), Err("JPY has no decimals".to_owned()));
        assert_eq!(
            money("1.005").minor("EUR"),
            Err("EUR has 2 decimals at most".to_owned())
        );
        assert_eq!(
            money("99999999999999999.00").minor("EUR"),
            Err(TOO_LARGE.to_owned())
        );
        assert!(money("1").minor("EUX").unwrap_err().contains("ISO 4217"));
    }

    #[test]
    fn money_is_shown_with_the_decimals_of_its_currency() {
        assert_eq!(
            Money::from_minor(123_450, "EUR").to_json(),
            json!({"amount": "1234.50", "currency": "EUR"})
        );
        assert_eq!(
            Money::from_minor(1234, "JPY").to_json(),
            json!({"amount": "1234", "currency": "JPY"})
        );
    }
}
