//! Typed filters: what REST, sharing rules, saved views, exports and tools say about records.

use sea_query::{Expr, ExprTrait};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{read::ALIAS, search::is_searched, value::stored_value};
use crate::{
    StoreError,
    access::{Access, FieldRule},
    catalog::{Field, FieldType, Object},
    records::{Value, is_closed, names_of, parse},
    text_enum::text_enum,
};

/// The most values that `in` takes.
const MAX_IN: usize = 200;

text_enum! {
    /// How a field is compared.
    pub enum Op {
        /// Is this.
        Eq = "eq",
        /// Is not this; a record without a value is not this either.
        Ne = "ne",
        /// Lies before.
        Lt = "lt",
        /// Lies before or is this.
        Lte = "lte",
        /// Lies after.
        Gt = "gt",
        /// Lies after or is this.
        Gte = "gte",
        /// Is one of these.
        In = "in",
        /// Has words that begin with these.
        Contains = "contains",
        /// Has no value (`true`), or has one (`false`).
        IsNull = "is_null",
    }
}

/// A filter as somebody said it: not checked yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The field, as the API names it.
    pub field: String,
    /// How it is compared.
    pub op: Op,
    /// With what: JSON of the field's type, or text as a query string has it; for `in` an array or a text with commas.
    pub value: Json,
}

impl Condition {
    /// A filter.
    pub fn new(field: impl Into<String>, op: Op, value: impl Into<Json>) -> Self {
        Self {
            field: field.into(),
            op,
            value: value.into(),
        }
    }
}

/// For whom the fields of a filter or a sort are looked up.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) object: &'static Object,
    /// The rules on fields; none for rules of the tenant itself, such as sharing rules.
    pub(crate) access: Option<&'a Access>,
}

/// A filter that can be asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checked {
    pub(crate) field: &'static Field,
    pub(crate) op: Op,
    operands: Vec<Value>,
}

impl Subject<'_> {
    /// A field that lists can be filtered and sorted by, unless the actor may not see its values.
    pub(crate) fn indexed(&self, place: &str, name: &str) -> Result<&'static Field, StoreError> {
        let field = self.visible(place, name)?;
        self.tells_nothing_closed(field)?;
        if field.indexed {
            return Ok(field);
        }
        Err(StoreError::invalid(
            place,
            format!(
                "{name} has no index; {} have one",
                self.names(|field| field.indexed)
            ),
        ))
    }

    /// Refuses to filter and sort people by a name that is an address or a number, for want of a name, when the actor may
    /// not see these: the name is not shown then, and must not be guessed either.
    fn tells_nothing_closed(&self, field: &Field) -> Result<(), StoreError> {
        let Some(access) = self.access.filter(|_| field.name == "name") else {
            return Ok(());
        };
        let closed = names_of(self.object)
            .iter()
            .find(|source| is_closed(access, self.object, source));
        match closed {
            Some(closed) => Err(StoreError::Refused {
                what: format!(
                    "your role may not see {closed}, which names those without a name; filter and sort by last_name"
                ),
                fields: vec![field.name.to_owned()],
            }),
            None => Ok(()),
        }
    }

    /// A field whose values the actor may see.
    pub(crate) fn visible(&self, place: &str, name: &str) -> Result<&'static Field, StoreError> {
        let Some(field) = self.object.field(name) else {
            let near = parse::nearest(self.object.fields.iter().map(|field| field.name), name);
            let what = self.object.name.replace('_', " ");
            return Err(StoreError::invalid(
                place,
                match near {
                    Some(near) => format!("{name} is no field of a {what}; did you mean {near}?"),
                    None => format!("{name} is no field of a {what}"),
                },
            ));
        };
        let rule = self
            .access
            .and_then(|access| access.field_rule(self.object, field.name));
        match rule {
            Some(FieldRule::Hidden | FieldRule::Masked) => Err(StoreError::Refused {
                what: format!("your role may not see {name}"),
                fields: vec![name.to_owned()],
            }),
            Some(FieldRule::ReadOnly) | None => Ok(field),
        }
    }

    fn names(&self, which: impl Fn(&Field) -> bool) -> String {
        let names: Vec<&str> = self
            .object
            .fields
            .iter()
            .filter(|field| which(field))
            .filter(|field| self.visible("", field.name).is_ok())
            .map(|field| field.name)
            .collect();
        names.join(", ")
    }

    /// Checks a filter.
    pub(crate) fn check(&self, condition: &Condition) -> Result<Checked, StoreError> {
        let Condition {
            field: name,
            op,
            value,
        } = condition;
        let place = format!("filter[{name}][{op}]");
        let field = if *op == Op::Contains {
            let field = self.visible(&place, name)?;
            if !field.searchable || !is_searched(self.object) {
                return Err(StoreError::invalid(
                    place,
                    format!(
                        "{name} is not searched; {} are",
                        self.names(|field| field.searchable)
                    ),
                ));
            }
            field
        } else {
            self.indexed(&place, name)?
        };
        Checked::new(field, &place, *op, value)
    }

    /// Checks a filter of a question that may read every record: the field needs no index.
    pub(super) fn check_any(&self, condition: &Condition) -> Result<Checked, StoreError> {
        let Condition { field, op, value } = condition;
        let field = self.visible(field, field)?;
        Checked::new(field, field.name, *op, value)
    }
}

fn operands(field: &Field, op: Op, value: &Json) -> Result<Vec<Value>, String> {
    match op {
        Op::IsNull => match value {
            Json::Bool(flag) => Ok(vec![Value::Boolean(*flag)]),
            Json::String(said) if said == "true" || said == "false" => {
                Ok(vec![Value::Boolean(said == "true")])
            }
            _ => Err("must be true or false".to_owned()),
        },
        Op::Contains => match value {
            Json::String(said) if !said.trim().is_empty() && !said.contains('\0') => {
                Ok(vec![Value::Text(said.clone())])
            }
            _ => Err("must be text".to_owned()),
        },
        Op::In => {
            let all: Vec<Json> = match value {
                Json::Array(items) => items.clone(),
                Json::String(said) => said.split(',').map(|item| Json::from(item.trim())).collect(),
                _ => return Err("must be a list of values".to_owned()),
            };
            if all.len() > MAX_IN {
                return Err(format!("takes at most {MAX_IN} values"));
            }
            all.iter().map(|item| operand(field, item)).collect()
        }
        Op::Eq | Op::Ne | Op::Lt | Op::Lte | Op::Gt | Op::Gte => Ok(vec![operand(field, value)?]),
    }
}

fn operand(field: &Field, value: &Json) -> Result<Value, String> {
    // Somebody who looks for an address or a number need not spell a whole one.
    let lenient = matches!(
        field.kind,
        FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url
    );
    match (parse::parse(field, value), value) {
        (Ok(Value::Null), _) => Err("must not be empty; use is_null".to_owned()),
        (Err(_), Json::String(said)) if lenient && !said.contains('\0') => Ok(Value::Text(said.clone())),
        (parsed, _) => parsed,
    }
}

impl Checked {
    fn new(field: &'static Field, place: &str, op: Op, value: &Json) -> Result<Self, StoreError> {
        let operands = operands(field, op, value).map_err(|message| StoreError::invalid(place, message))?;
        Ok(Self { field, op, operands })
    }

    /// What `contains` looks for.
    pub(crate) fn words(&self) -> Option<&str> {
        match (self.op, self.operands.first()) {
            (Op::Contains, Some(Value::Text(words))) => Some(words),
            _ => None,
        }
    }

    /// The ids that the field is compared with.
    pub(crate) fn ids(&self) -> Vec<Uuid> {
        self.operands.iter().filter_map(Value::as_id).collect()
    }

    /// The currency of an amount that says one: amounts in others are not meant.
    fn currency(&self) -> Option<(&'static str, &str)> {
        let FieldType::Money(currency) = self.field.kind else {
            return None;
        };
        let money = self.operands.first().and_then(Value::as_money)?;
        Some((currency, money.currency.as_deref()?))
    }

    /// The filter as SQL. An amount without a currency is read in `currency`, the tenant's own.
    pub(crate) fn expr(&self, object: &Object, currency: &str) -> Result<Expr, StoreError> {
        self.expr_on(ALIAS, object, currency)
    }

    /// The same about a table that goes by another name.
    pub(super) fn expr_on(&self, alias: &str, object: &Object, currency: &str) -> Result<Expr, StoreError> {
        let column = |field: &Field| Expr::col((alias.to_owned(), field.column));
        let values: Vec<sea_query::Value> = self
            .operands
            .iter()
            .map(|operand| self.stored(operand, currency))
            .collect::<Result<_, _>>()?;
        let one = || {
            values
                .first()
                .cloned()
                .map_or_else(|| Expr::val(false), Expr::val)
        };
        let near = || column(self.field);
        let compared = match self.op {
            Op::Eq => near().eq(one()),
            Op::Ne if self.field.required => near().ne(one()),
            Op::Ne => near().ne(one()).or(near().is_null()),
            Op::Lt => near().lt(one()),
            Op::Lte => near().lte(one()),
            Op::Gt => near().gt(one()),
            Op::Gte => near().gte(one()),
            Op::In => near().is_in(values.iter().cloned()),
            Op::IsNull if self.operands.first() == Some(&Value::Boolean(true)) => near().is_null(),
            Op::IsNull => near().is_not_null(),
            Op::Contains => Expr::cust_with_exprs(
                "app_search_lexemes($3, $1) @@ (SELECT app_search_query($2))",
                [near(), one(), Expr::col((alias.to_owned(), "tenant_id"))],
            ),
        };
        Ok(
            match self
                .currency()
                .and_then(|(name, code)| Some((object.field(name)?, code)))
            {
                Some((field, code)) => compared.and(column(field).eq(code.to_owned())),
                None => compared,
            },
        )
    }

    fn stored(&self, operand: &Value, currency: &str) -> Result<sea_query::Value, StoreError> {
        let invalid = |message: String| {
            StoreError::invalid(format!("filter[{}][{}]", self.field.name, self.op), message)
        };
        if let Value::Money(money) = operand {
            let code = money.currency.as_deref().unwrap_or(currency);
            return money.minor(code).map(Into::into).map_err(invalid);
        }
        if matches!(self.op, Op::IsNull | Op::Contains) {
            return Ok(operand
                .as_text()
                .map_or_else(|| sea_query::Value::from(true), |text| text.to_owned().into()));
        }
        stored_value(self.field, operand).ok_or_else(|| invalid("must not be empty".to_owned()))
    }
}
