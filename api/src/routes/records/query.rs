//! The query strings of lists and single records.
//!
//! `filter[status][in]=new,working&sort=-created_at,name&fields=name,email&include=owner&q=acme&limit=50`.
//! What cannot be read is refused with the name of the parameter and with what would be right.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use crm_store::{
    catalog::Object,
    query::{Condition, Op},
    records::{ListQuery, Select},
};

use crate::{Problem, http::page::check_limit, state::AppState};

/// The parameters of a list.
const OF_LISTS: &[&str] = &[
    "filter[field][op]",
    "sort",
    "q",
    "limit",
    "cursor",
    "fields",
    "include",
    "deleted",
];
/// The parameters of a single record.
const OF_ONE: &[&str] = &["fields", "include", "deleted"];

/// The most filters of one list.
const MAX_FILTERS: usize = 20;

/// The parameters as they came, in their order.
#[derive(Debug)]
pub(super) struct Given(Vec<(String, String)>);

impl FromRequestParts<AppState> for Given {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let given = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        given.map(|Query(given)| Self(given)).map_err(|_| {
            Problem::field(
                "?",
                "the query string cannot be read: send name=value pairs joined by &",
            )
        })
    }
}

impl Given {
    /// Reads the parameters of a single record.
    pub(super) fn of_one(self, object: &Object) -> Result<Select, Problem> {
        let mut shape = Select::default();
        for (name, value) in self.once()? {
            if !take(&mut shape, object, &name, &value)? {
                return Err(unknown(&name, OF_ONE));
            }
        }
        Ok(shape)
    }

    /// Reads the parameters of a list.
    pub(super) fn of_list(self, object: &Object) -> Result<ListQuery, Problem> {
        let mut asked = ListQuery::default();
        for (name, value) in self.once()? {
            match name.as_str() {
                "sort" => asked.sort = Some(sort(value)?),
                "q" => asked.q = words(value)?,
                "limit" => {
                    let limit = value
                        .parse()
                        .map_err(|_| Problem::field("?limit", "must be between 1 and 200"))?;
                    asked.limit = Some(check_limit(Some(limit))?.into());
                }
                "cursor" => asked.cursor = Some(value),
                _ if take(&mut asked.select, object, &name, &value)? => {}
                _ if name.starts_with("filter[") => asked.filters.push(condition(&name, value)?),
                _ => return Err(unknown(&name, OF_LISTS)),
            }
        }
        if asked.filters.len() > MAX_FILTERS {
            return Err(Problem::field(
                "?filter",
                format!("there may be at most {MAX_FILTERS} filters"),
            ));
        }
        Ok(asked)
    }

    /// The parameters, when none is given twice.
    fn once(self) -> Result<Vec<(String, String)>, Problem> {
        for (n, (name, _)) in self.0.iter().enumerate() {
            if self.0.iter().take(n).any(|(earlier, _)| earlier == name) {
                return Err(Problem::field(
                    format!("?{}", short(name)),
                    "is given twice: send it once",
                ));
            }
        }
        Ok(self.0)
    }
}

/// Takes a parameter that says what of a record is asked for; says whether it was one.
fn take(select: &mut Select, object: &Object, name: &str, value: &str) -> Result<bool, Problem> {
    match name {
        "fields" => select.fields = Some(names("?fields", value)?),
        "include" => {
            select.include = names("?include", value)?;
            let known: Vec<&str> = object.relations.iter().map(|relation| relation.name).collect();
            if let Some(wrong) = select.include.iter().find(|name| !known.contains(&name.as_str())) {
                return Err(Problem::field(
                    "?include",
                    format!(
                        "there is no relation `{}`: {} can include {}",
                        short(wrong),
                        object.plural,
                        if known.is_empty() {
                            "nothing".to_owned()
                        } else {
                            known.join(", ")
                        },
                    ),
                ));
            }
        }
        "deleted" => {
            select.deleted = value
                .parse()
                .map_err(|_| Problem::field("?deleted", "must be true or false"))?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// `filter[field][op]`; `filter[field]` alone means `eq`.
fn condition(name: &str, value: String) -> Result<Condition, Problem> {
    let pointer = || format!("?{}", short(name));
    let wrong = || {
        Problem::field(
            pointer(),
            "write filter[field][op]=value, such as filter[created_at][gte]=2026-01-01T00:00:00Z",
        )
    };
    let inner = name
        .strip_prefix("filter[")
        .and_then(|rest| rest.strip_suffix(']'))
        .ok_or_else(wrong)?;
    let (field, operator) = inner.split_once("][").unwrap_or((inner, "eq"));
    if field.is_empty() || field.contains(['[', ']']) {
        return Err(wrong());
    }
    let op: Op = operator.parse().map_err(|_| {
        Problem::field(
            pointer(),
            format!(
                "there is no operator `{}`: use one of {}",
                short(operator),
                Op::WORDS.join(", ")
            ),
        )
    })?;
    Ok(Condition::new(field, op, value))
}

fn sort(value: String) -> Result<String, Problem> {
    if value.contains(',') {
        return Err(Problem::field(
            "?sort",
            "must be one field, such as -created_at; equal records are sorted by id",
        ));
    }
    Ok(value)
}

fn words(value: String) -> Result<Option<String>, Problem> {
    if value.chars().count() > 200 {
        return Err(Problem::field("?q", "may have at most 200 characters"));
    }
    Ok(Some(value).filter(|words| !words.trim().is_empty()))
}

/// Names joined by commas, each once.
fn names(pointer: &str, value: &str) -> Result<Vec<String>, Problem> {
    let mut names: Vec<String> = Vec::new();
    for name in value.split(',').map(str::trim) {
        if name.is_empty() {
            return Err(Problem::field(pointer, "must be names joined by commas"));
        }
        if names.iter().any(|earlier| earlier == name) {
            return Err(Problem::field(pointer, format!("names `{}` twice", short(name))));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

fn unknown(name: &str, known: &[&str]) -> Problem {
    Problem::field(
        format!("?{}", short(name)),
        format!("there is no such parameter: use {}", known.join(", ")),
    )
}

/// Text of the caller's in an answer, cut to what helps.
pub(super) fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use crm_store::catalog::ARTICLE;

    use super::*;

    fn given(pairs: &[(&str, &str)]) -> Given {
        Given(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    fn refusal(pairs: &[(&str, &str)]) -> (String, String) {
        let body = given(pairs).of_list(&ARTICLE).unwrap_err().body("r");
        let error = body.errors.into_iter().next().unwrap();
        (error.pointer, error.message)
    }

    #[test]
    fn a_list_is_asked_for_in_all_its_parts() {
        let asked = given(&[
            ("filter[status][in]", "draft,published"),
            ("filter[language]", "en"),
            ("sort", "-updated_at"),
            ("q", "return"),
            ("limit", "7"),
            ("cursor", "abc"),
            ("fields", "title,status"),
            ("include", "owner"),
            ("deleted", "true"),
        ])
        .of_list(&ARTICLE)
        .unwrap();
        assert_eq!(
            asked,
            ListQuery {
                filters: vec![
                    Condition::new("status", Op::In, "draft,published"),
                    Condition::new("language", Op::Eq, "en"),
                ],
                sort: Some("-updated_at".to_owned()),
                q: Some("return".to_owned()),
                limit: Some(7),
                cursor: Some("abc".to_owned()),
                select: Select {
                    fields: Some(vec!["title".to_owned(), "status".to_owned()]),
                    include: vec!["owner".to_owned()],
                    deleted: true,
                },
            }
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_with_what_would_be_right() {
        for (pairs, pointer, right) in [
            (
                &[("filter[status][like]", "x")][..],
                "?filter[status][like]",
                "eq, ne, lt",
            ),
            (&[("filter[]", "x")], "?filter[]", "filter[field][op]"),
            (&[("filter[a][eq][b]", "x")], "?filter[a][eq][b]", "operator"),
            (&[("lmit", "3")], "?lmit", "limit"),
            (&[("limit", "3"), ("limit", "4")], "?limit", "once"),
            (&[("limit", "-1")], "?limit", "between 1 and 200"),
            (
                &[("include", "nobody")],
                "?include",
                "current_version, versions, owner",
            ),
            (&[("sort", "a,b")], "?sort", "one field"),
            (&[("fields", "a,,b")], "?fields", "commas"),
            (&[("fields", "a,a")], "?fields", "twice"),
            (&[("deleted", "yes")], "?deleted", "true or false"),
        ] {
            let (at, message) = refusal(pairs);
            assert_eq!(at, pointer);
            assert!(message.contains(right), "{message}");
        }
        let one = given(&[("sort", "title")]).of_one(&ARTICLE).unwrap_err();
        assert!(
            one.detail().contains("fields, include, deleted"),
            "{}",
            one.detail()
        );
    }
}
