//! From what was said to what is stored: presets, currencies, telephone numbers, what may not be missing.

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

use super::{Action, Draft, Money, Record, Value, Write, parse, tenant::Facts};
use crate::catalog::{Field, FieldType, Object, Preset};

/// The most characters of an external id.
const MAX_EXTERNAL_ID: usize = 200;

/// Fills in what a new record gets by itself.
pub(super) fn presets(draft: &mut Draft) {
    for field in draft.object().fields {
        if draft.get(field.name).is_some() {
            continue;
        }
        let value = match field.preset {
            None => continue,
            Some(Preset::Text(text)) => Value::from(text),
            Some(Preset::Integer(number)) if matches!(field.kind, FieldType::Money(_)) => {
                Value::Money(Money {
                    amount: number.into(),
                    currency: None,
                })
            }
            Some(Preset::Integer(number)) if field.kind == FieldType::Decimal => {
                Value::Decimal(number.into())
            }
            Some(Preset::Integer(number)) => Value::Integer(number),
            Some(Preset::Boolean(flag)) => Value::Boolean(flag),
            Some(Preset::EmptyObject) => Value::Json(Json::Object(Map::new())),
            Some(Preset::EmptyArray) => Value::Json(Json::Array(Vec::new())),
        };
        draft.set(field.name, value);
    }
}

/// Whether values of the draft need the tenant's settings to be read.
pub(crate) fn needs_facts(draft: &Draft) -> bool {
    draft.object().fields.iter().any(|field| {
        matches!(
            field.kind,
            FieldType::Money(_) | FieldType::Phone | FieldType::Currency
        )
    })
}

/// Makes the draft's values those that are stored, and notes what is wrong with them.
pub(super) fn settle_values(write: &mut Write, facts: Option<&Facts>) {
    settle_draft(&mut write.draft, write.before.as_ref(), facts);
}

fn settle_draft(draft: &mut Draft, before: Option<&Record>, facts: Option<&Facts>) {
    custom(draft, before);
    if let Some(facts) = facts {
        amounts(draft, before, facts);
        phones(draft, before, facts);
    }
}

fn amounts(draft: &mut Draft, before: Option<&Record>, facts: &Facts) {
    for currency in currencies(draft.object()) {
        money(draft, before, currency, facts);
    }
}

/// Whether a draft without mistakes says what its record has already, so that writing it would change nothing.
///
/// The record has at least the fields that [`compared`] names.
pub(crate) fn says_nothing_new(draft: &Draft, before: &Record, facts: Option<&Facts>) -> bool {
    if !draft.errors().is_empty() {
        return false;
    }
    let mut settled = draft.clone();
    settle_draft(&mut settled, Some(before), facts);
    settled.errors().is_empty()
        && settled
            .values()
            .iter()
            .all(|(field, value)| before.get(field) == value)
}

/// The fields of a record that decide whether drafts that say something about `said` change it.
pub(crate) fn compared(object: &'static Object, said: &HashSet<&'static str>) -> Vec<&'static Field> {
    let has = |kind: fn(FieldType) -> bool| object.fields.iter().any(|field| kind(field.kind));
    let has_phone = has(|kind| kind == FieldType::Phone);
    let concerned = |field: &&'static Field| {
        said.contains(field.name)
            || matches!(field.name, "external_id" | "deleted_at" | "custom")
            || matches!(field.kind, FieldType::Money(_) | FieldType::Currency)
            || has_phone && names_country(field)
    };
    object.fields.iter().filter(concerned).collect()
}

/// Whether a field says in which country a record's telephone numbers are.
fn names_country(field: &Field) -> bool {
    field.kind == FieldType::Country || field.name.ends_with("country")
}

/// The same once behaviour has said its word, and notes what is missing.
pub(super) fn settle(write: &mut Write, facts: Option<&Facts>) {
    if let Some(facts) = facts {
        // Behaviour sets amounts; telephone numbers it leaves alone.
        amounts(&mut write.draft, write.before.as_ref(), facts);
    }
    let draft = &mut write.draft;
    required(draft, write.action);
    let external_id = draft.get("external_id").and_then(Value::as_text);
    if external_id.is_some_and(|id| id.chars().count() > MAX_EXTERNAL_ID) {
        draft.refuse(
            "external_id",
            format!("must have at most {MAX_EXTERNAL_ID} characters"),
        );
    }
}

/// The fields that hold currencies of amounts.
fn currencies(object: &'static Object) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = object
        .fields
        .iter()
        .filter_map(|field| match field.kind {
            FieldType::Money(currency) => Some(currency),
            FieldType::Currency if field.required => Some(field.name),
            _ => None,
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Gives the amounts of a draft their currency: the one that they say, else the draft's, the record's, the tenant's.
fn money(draft: &mut Draft, before: Option<&Record>, currency: &'static str, facts: &Facts) {
    let object = draft.object();
    let amounts: Vec<&'static Field> = object
        .fields
        .iter()
        .filter(|field| field.kind == FieldType::Money(currency))
        .collect();
    let said = |draft: &Draft| draft.get(currency).and_then(Value::as_text).map(str::to_owned);
    for field in &amounts {
        let Some(Value::Money(Money {
            currency: Some(own), ..
        })) = draft.get(field.name)
        else {
            continue;
        };
        let own = own.clone();
        match said(draft) {
            Some(other) if other != own => {
                draft.refuse(field.name, format!("is in {own}, while {currency} says {other}"));
            }
            Some(_) => {}
            None => {
                draft.set(currency, own);
            }
        }
    }
    let had = before.and_then(|record| record.text(currency)).map(str::to_owned);
    let has_amount = amounts
        .iter()
        .any(|field| matches!(draft.get(field.name), Some(Value::Money(_))));
    let required = object.field(currency).is_some_and(|field| field.required);
    let code = match said(draft).or_else(|| had.clone()) {
        Some(code) => code,
        None if has_amount || (required && before.is_none() && draft.get(currency).is_none()) => {
            draft.set(currency, facts.currency.clone());
            facts.currency.clone()
        }
        None => return,
    };
    if had.as_ref().is_some_and(|had| *had != code) {
        // The same amounts, now in another currency, which may count other minor units.
        for field in &amounts {
            if let (None, Some(Value::Money(old))) =
                (draft.get(field.name), before.map(|record| record.get(field.name)))
            {
                draft.set(field.name, Money::new(old.amount, code.clone()));
            }
        }
    }
    for field in &amounts {
        let Some(Value::Money(amount)) = draft.value_mut(field.name) else {
            continue;
        };
        amount.currency.get_or_insert_with(|| code.clone());
        if let Err(message) = amount.minor(&code) {
            draft.refuse(field.name, message);
        }
    }
}

/// Telephone numbers in the form that all systems know, where the record or the tenant has a country.
fn phones(draft: &mut Draft, before: Option<&Record>, facts: &Facts) {
    let object = draft.object();
    let country = object
        .fields
        .iter()
        .filter(|field| names_country(field))
        .find_map(|field| {
            let said = draft.get(field.name);
            said.or_else(|| before.map(|record| record.get(field.name)))
                .and_then(Value::as_text)
                .and_then(parse::region)
        });
    let region = country.or(facts.region);
    for field in object
        .fields
        .iter()
        .filter(|field| field.kind == FieldType::Phone)
    {
        if let Some(Value::Text(said)) = draft.value_mut(field.name) {
            *said = parse::phone(said, region);
        }
    }
}

/// Custom fields are merged into those that the record has; null takes one away.
fn custom(draft: &mut Draft, before: Option<&Record>) {
    let had = before.and_then(|record| record.get("custom").as_json());
    match draft.get("custom") {
        None | Some(Value::Null) => {
            if draft.get("custom").is_some() {
                draft.set("custom", Value::Json(Json::Object(Map::new())));
            }
        }
        Some(Value::Json(Json::Object(said))) => {
            let mut merged = had.and_then(Json::as_object).cloned().unwrap_or_default();
            for (name, value) in said {
                if value.is_null() {
                    merged.shift_remove(name);
                } else {
                    merged.insert(name.clone(), value.clone());
                }
            }
            draft.set("custom", Value::Json(Json::Object(merged)));
        }
        Some(_) => draft.refuse("custom", "must be an object of custom fields"),
    }
}

/// What every record must have. What Postgres or a trigger fills in is not for the writer to say.
fn required(draft: &mut Draft, action: Action) {
    for field in draft.object().fields.iter().filter(|field| field.required) {
        let missing = match draft.get(field.name) {
            Some(value) => value.is_null(),
            None => action == Action::Create && field.writable,
        };
        let said_wrong = draft
            .errors()
            .iter()
            .any(|error| error.pointer == format!("/{}", field.name));
        if missing && !said_wrong {
            draft.refuse(field.name, "is required");
        }
    }
}
