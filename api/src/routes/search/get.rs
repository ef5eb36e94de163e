//! `GET /v1/search?q=`: what a search field at the top of a screen asks.

use axum::Json;
use crm_store::{
    catalog::Object,
    records::{FoundGroup, searched},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{Problem, http::body::Query, routes::records::Reader};

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words that the records have, each the beginning of one at least.
    #[param(min_length = 1, max_length = 200, example = "acme")]
    q: String,
    /// Only these objects, such as `leads,accounts`; all that can be searched when not given.
    #[param(example = "leads,accounts")]
    objects: Option<String>,
    /// Records of each object, 1 to 20; 5 when not given.
    #[param(minimum = 1, maximum = 20, default = 5)]
    limit: Option<u32>,
}

/// What was found, the object with the best record first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResult {
    /// One group for each object that has records with the words.
    data: Vec<SearchGroup>,
}

/// The records of one object.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchGroup {
    /// The object.
    #[schema(example = "account")]
    object: &'static str,
    /// Its name for people.
    #[schema(example = "Account")]
    label: &'static str,
    /// Its records, best first.
    hits: Vec<SearchHit>,
    /// Whether there are more: `GET /v1/{plural}?q=` lists them all.
    has_more: bool,
}

/// A record.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchHit {
    /// Which one.
    id: Uuid,
    /// What names it for people; null when it has no name or your role does not show it.
    #[schema(example = "Acme Works")]
    title: Option<String>,
    /// Where it is.
    #[schema(example = "/v1/accounts/0198f3a2-7c1e-7d43-9f0e-2b1a6c5d4e3f")]
    path: String,
    /// 3: the title is what was said; 2: it has all the words; 1: it has one; 0: they are elsewhere in the record.
    #[schema(example = 2)]
    rank: u8,
}

/// Search the records of all objects
///
/// Each object shows its best records that you may see; a title that fits ranks before words elsewhere, and among equals
/// the latest record comes first. Objects that your key or role may not read are left out.
#[utoipa::path(
    get,
    path = "/v1/search",
    operation_id = "search",
    tag = "search",
    params(SearchQuery),
    responses((status = 200, description = "What was found", body = SearchResult)),
)]
pub async fn handler(
    caller: Reader,
    Query(query): Query<SearchQuery>,
) -> Result<Json<SearchResult>, Problem> {
    let length = query.q.chars().count();
    if query.q.trim().is_empty() || length > 200 {
        return Err(Problem::field("?q", "must have 1 to 200 characters"));
    }
    let limit = query.limit.unwrap_or(5);
    if !(1..=20).contains(&limit) {
        return Err(Problem::field("?limit", "must be between 1 and 20"));
    }
    let mut objects = wanted(query.objects.as_deref())?;
    objects.retain(|object| caller.reaches(object));
    let mut tx = caller.store.begin().await?;
    let limit = usize::try_from(limit).unwrap_or(20);
    let found = tx
        .find(&query.q, &objects, limit)
        .await
        .map_err(crate::routes::records::of_query)?;
    Ok(Json(SearchResult {
        data: found.into_iter().map(SearchGroup::from).collect(),
    }))
}

/// The objects that were named, or all that can be searched.
fn wanted(named: Option<&str>) -> Result<Vec<&'static Object>, Problem> {
    let Some(named) = named else {
        return Ok(searched().collect());
    };
    let find = |name: &str| searched().find(|object| object.plural == name || object.name == name);
    let unknown = || {
        let known: Vec<&str> = searched().map(|object| object.plural).collect();
        Problem::field(
            "?objects",
            format!("must be names of {}, joined by commas", known.join(", ")),
        )
    };
    let mut wanted = named
        .split(',')
        .map(|name| find(name.trim()).ok_or_else(unknown))
        .collect::<Result<Vec<_>, _>>()?;
    wanted.sort_by_key(|object| object.name);
    wanted.dedup();
    Ok(wanted)
}

impl From<FoundGroup> for SearchGroup {
    fn from(group: FoundGroup) -> Self {
        let FoundGroup {
            object,
            hits,
            has_more,
        } = group;
        let hits = hits.into_iter().map(|found| SearchHit {
            id: found.record.id,
            title: found.title,
            path: format!("/v1/{}/{}", object.plural, found.record.id),
            rank: found.rank,
        });
        Self {
            object: object.name,
            label: object.label,
            hits: hits.collect(),
            has_more,
        }
    }
}
