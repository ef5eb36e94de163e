//! Names that can be several people or records, as queries for the asker to choose from. No model chooses.

use crm_store::{FieldError, StoreError, TenantStore};
use serde_json::Value as Json;

use super::{
    Ground,
    lower::{entity_of, lower},
    query::{PipelineQuery, QueryFilter},
    resolve::{Doubt, Unresolved, look_up, resolve},
};
use crate::card::Choice;

/// The most queries that are offered.
const MOST: usize = 6;

/// What stands between a query that was refused and its answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Doubts {
    /// Whoever wrote the query can mend these.
    Problems(Vec<FieldError>),
    /// Only the asker knows who is meant.
    Choices(Vec<Choice>),
}

/// Looks again at a query that was refused for `problems`: what is left when the names are left to the asker.
pub(crate) async fn doubts(
    store: &TenantStore,
    query: &PipelineQuery,
    problems: Vec<FieldError>,
) -> Result<Doubts, StoreError> {
    let mut tx = store.begin_question().await?;
    let ground = Ground::read(&mut tx).await?;
    let Ok(entity) = entity_of(&ground.model, query) else {
        return Ok(Doubts::Problems(problems));
    };
    let mut doubts = Vec::new();
    match look_up(&mut tx, entity, query, &mut doubts).await {
        Err(Unresolved::Query(_)) if !doubts.is_empty() => {}
        Err(Unresolved::Store(error)) => return Err(error),
        Ok(_) | Err(Unresolved::Query(_)) => return Ok(Doubts::Problems(problems)),
    }
    let choices = choices(query, &doubts);
    // The rest of the query is looked at as if the asker had chosen already.
    let rest = match choices.first() {
        None => problems,
        Some(first) => match resolve(&mut tx, entity, &first.query).await {
            Ok(resolved) => {
                let lowered = lower(
                    &ground.model,
                    &first.query,
                    &ground.reporting,
                    ground.today,
                    &resolved,
                );
                lowered.err().unwrap_or_default()
            }
            Err(Unresolved::Query(problems)) => problems,
            Err(Unresolved::Store(error)) => return Err(error),
        },
    };
    tx.commit().await?;
    Ok(if rest.is_empty() {
        Doubts::Choices(choices)
    } else {
        Doubts::Problems(rest)
    })
}

/// The query with each way to fill in the names.
fn choices(query: &PipelineQuery, doubts: &[Doubt]) -> Vec<Choice> {
    let mut ways = vec![Choice {
        label: String::new(),
        query: query.clone(),
    }];
    for doubt in doubts {
        let mut next = Vec::new();
        for way in &ways {
            for (id, name) in &doubt.candidates {
                let mut way = way.clone();
                if let Some(filter) = way.query.filters.get_mut(doubt.filter) {
                    put(filter, &doubt.said, &Json::from(id.to_string()));
                }
                way.label = [way.label.as_str(), name]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join(", ");
                next.push(way);
            }
        }
        next.truncate(MOST);
        ways = next;
    }
    ways
}

/// Puts an id in the place of a name.
fn put(filter: &mut QueryFilter, said: &str, id: &Json) {
    let is_it = |value: &Json| value.as_str().is_some_and(|text| text.trim() == said);
    match &mut filter.value {
        Json::Array(values) => {
            for value in values.iter_mut().filter(|value| is_it(value)) {
                *value = id.clone();
            }
        }
        value if is_it(value) => *value = id.clone(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_name_in_doubt_is_filled_in_each_way() {
        let query = serde_json::from_value(json!({
            "entity": "opportunities", "measures": ["count"],
            "filters": [{"dimension": "owner", "op": "in", "value": ["Jon", "Ann"]},
                {"dimension": "account", "op": "eq", "value": "Acme"}],
        }))
        .unwrap();
        let doubt = |filter: usize, said: &str, first: u128| Doubt {
            filter,
            said: said.to_owned(),
            candidates: (first..first + 2)
                .map(|id| (Uuid::from_u128(id), format!("{said} {id}")))
                .collect(),
        };
        let all = choices(&query, &[doubt(0, "Jon", 1), doubt(1, "Acme", 3)]);
        let labels: Vec<&str> = all.iter().map(|choice| choice.label.as_str()).collect();
        assert_eq!(
            labels,
            ["Jon 1, Acme 3", "Jon 1, Acme 4", "Jon 2, Acme 3", "Jon 2, Acme 4"]
        );
        let filters = &all[1].query.filters;
        assert_eq!(filters[0].value, json!([Uuid::from_u128(1), "Ann"]));
        assert_eq!(filters[1].value, json!(Uuid::from_u128(4)));
    }
}
