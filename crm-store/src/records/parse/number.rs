//! Numbers and amounts of money.

use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::codes;
use crate::{
    catalog::{Field, FieldType},
    records::{Money, Value, value::TOO_LARGE},
};

const DECIMAL: &str = "must be a number with at most 15 digits before the point and 9 after, such as 12.5";

pub(super) fn integer(kind: FieldType, said: &str) -> Result<Value, String> {
    let fits = |number: &i64| kind == FieldType::BigInteger || i32::try_from(*number).is_ok();
    said.parse::<i64>()
        .ok()
        .filter(fits)
        .map(Value::Integer)
        .ok_or_else(|| {
            if is_plain(said, 40, 0) {
                format!(
                    "is out of range: at most {}",
                    if kind == FieldType::BigInteger {
                        i64::MAX
                    } else {
                        i64::from(i32::MAX)
                    }
                )
            } else {
                "must be a whole number such as 12".to_owned()
            }
        })
}

pub(super) fn decimal(said: &str) -> Result<Value, String> {
    if !is_plain(said, 15, 9) {
        return Err(DECIMAL.to_owned());
    }
    Decimal::from_str_exact(said)
        .map(Value::Decimal)
        .map_err(|_| DECIMAL.to_owned())
}

/// Whether a number lies where its field says.
pub(super) fn in_range(field: &Field, value: &Value) -> Result<(), String> {
    let (Some((least, most)), Some(number)) = (field.range, value.as_decimal()) else {
        return Ok(());
    };
    if number < Decimal::from(least) || number > Decimal::from(most) {
        return Err(if most == i64::MAX {
            format!("must be {least} or more")
        } else {
            format!("must be {least} to {most}")
        });
    }
    Ok(())
}

/// `{"amount": "1234.50", "currency": "EUR"}`, or the amount alone where another field has the currency.
pub(super) fn money(json: &Json) -> Result<Value, String> {
    let (amount, currency) = match json {
        Json::Object(members) => {
            if let Some(other) = members
                .keys()
                .find(|name| !["amount", "currency"].contains(&name.as_str()))
            {
                return Err(format!("has no member {other:?}: only amount and currency"));
            }
            let amount = match members.get("amount") {
                None | Some(Json::Null) => return Err("needs an amount, such as \"1234.50\"".to_owned()),
                Some(amount) => amount,
            };
            let currency = match members.get("currency") {
                None | Some(Json::Null) => None,
                Some(Json::String(code)) => codes::currency(code)?.as_text().map(str::to_owned),
                Some(_) => return Err("needs a currency such as \"EUR\"".to_owned()),
            };
            (amount, currency)
        }
        other => (other, None),
    };
    let amount = match amount {
        Json::String(said) => amount_of(said.trim())?,
        Json::Number(number) => amount_of(&number.to_string())?,
        _ => {
            return Err(
                "must be an amount such as {\"amount\": \"1234.50\", \"currency\": \"EUR\"}".to_owned(),
            );
        }
    };
    Ok(Value::Money(Money { amount, currency }))
}

fn amount_of(said: &str) -> Result<Decimal, String> {
    if !is_plain(said, 15, 9) {
        let digits = said.bytes().filter(u8::is_ascii_digit).count();
        return Err(if is_plain(said, usize::MAX, usize::MAX) {
            format!("{TOO_LARGE}; this has {digits} digits")
        } else {
            "must be an amount such as 1234.50: digits, with a point before the decimals and no grouping"
                .to_owned()
        });
    }
    Decimal::from_str_exact(said).map_err(|_| TOO_LARGE.to_owned())
}

/// Whether text is digits with at most one point, perhaps after a minus sign.
fn is_plain(said: &str, before: usize, after: usize) -> bool {
    let digits = |part: &str, most: usize| part.len() <= most && part.bytes().all(|b| b.is_ascii_digit());
    let said = said.strip_prefix('-').unwrap_or(said);
    match said.split_once('.') {
        None => !said.is_empty() && digits(said, before),
        Some((whole, rest)) => {
            !whole.is_empty() && !rest.is_empty() && digits(whole, before) && digits(rest, after)
        }
    }
}
