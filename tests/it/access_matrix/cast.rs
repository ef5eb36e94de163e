//! Who asks, and the records that they ask for.

use std::collections::BTreeMap;

use crm_api::routes::records::served;
use crm_store::{api_keys::NewApiKey, auth::MemberToBe};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::fixtures;
use crate::http_support::Api;

/// The roles that a tenant has from the beginning.
pub(super) const ROLES: &[&str] = &["admin", "manager", "sales", "support", "viewer"];
/// Callers who are nobody's member: a key that may read the records, one that may do next to nothing, and no credential.
pub(super) const OTHERS: &[&str] = &["reading key", "bare key", "nobody"];

/// Whose record is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Whose {
    /// The asker's own.
    Own,
    /// A colleague's.
    Colleague,
    /// Another tenant's.
    Foreign,
}

impl Whose {
    pub(super) const ALL: [Self; 3] = [Self::Own, Self::Colleague, Self::Foreign];
}

/// Somebody who asks.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) name: String,
    /// The credential.
    pub(super) bearer: Option<String>,
    /// Records that only this caller asks for: ids by object and owner.
    pub(super) records: BTreeMap<(&'static str, Whose), String>,
    /// The same for other resources, by the path of the collection.
    pub(super) resources: BTreeMap<(&'static str, Whose), String>,
}

const PASSWORD: &str = "a walk along the harbour";

/// Everybody who asks, each with records of their own to do with as they may.
pub(super) async fn callers(api: &Api) -> Vec<Caller> {
    let (globex, stranger) = api.db.tenant("globex").await;
    let foreign_key = api.db.key(&globex).await.secret;
    let foreign = records(api, &foreign_key, None, stranger.actor().id()).await;
    let their_resources = resources(api, "globex", &foreign_key).await;
    let colleague = member(api, "colleague", "sales").await;
    let mut callers = Vec::new();
    for role in ROLES {
        let user = member(api, role, role).await;
        let bearer = sign_in(api, role).await;
        callers.push(Caller {
            name: (*role).to_owned(),
            bearer: Some(bearer),
            records: all_records(api, Some(user), colleague, &foreign).await,
            resources: both(&resources(api, "acme", &api.key).await, &their_resources),
        });
    }
    for name in OTHERS {
        let scopes: Option<&[&str]> = match *name {
            "reading key" => Some(&["records:read"]),
            "bare key" => Some(&["self:read"]),
            _ => None,
        };
        let bearer = match scopes {
            Some(scopes) => Some(key(api, name, scopes).await),
            None => None,
        };
        callers.push(Caller {
            name: (*name).to_owned(),
            bearer,
            records: all_records(api, None, colleague, &foreign).await,
            resources: both(&resources(api, "acme", &api.key).await, &their_resources),
        });
    }
    callers
}

async fn all_records(
    api: &Api,
    owner: Option<Uuid>,
    colleague: Uuid,
    foreign: &BTreeMap<&'static str, String>,
) -> BTreeMap<(&'static str, Whose), String> {
    let own = records(api, &api.key, owner, colleague).await;
    let others = records(api, &api.key, Some(colleague), colleague).await;
    let label = |whose: Whose, records: &BTreeMap<&'static str, String>| {
        records
            .iter()
            .map(|(object, id)| ((*object, whose), id.clone()))
            .collect::<Vec<_>>()
    };
    [
        label(Whose::Own, &own),
        label(Whose::Colleague, &others),
        label(Whose::Foreign, foreign),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// One record of each served object, made with a key that may do everything. `user` is a member of the key's tenant.
async fn records(api: &Api, key: &str, owner: Option<Uuid>, user: Uuid) -> BTreeMap<&'static str, String> {
    let mut made = BTreeMap::from([("user", user.to_string())]);
    for (object, body) in fixtures::RECORDS {
        let object = served().find(|known| known.name == *object);
        let object =
            object.unwrap_or_else(|| panic!("fixtures::RECORDS has an object that is not served: {body}"));
        let mut body = fixtures::body(body, &made);
        if owner.is_some() && object.field("owner_id").is_some_and(|field| field.writable) {
            body["owner_id"] = json!(owner);
        }
        let response = api
            .anonymous(Method::POST, &format!("/v1/{}", object.plural))
            .bearer_auth(key)
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = response.status();
        let answer: Value = response.json().await.unwrap();
        assert_eq!(status, StatusCode::CREATED, "{}: {body} {answer}", object.name);
        made.insert(object.name, answer["id"].as_str().unwrap().to_owned());
    }
    for object in served() {
        assert!(
            made.contains_key(object.name),
            "{} is served: put a record of it into fixtures::RECORDS",
            object.name
        );
    }
    made
}

/// One of each other resource.
async fn resources(api: &Api, tenant: &str, key: &str) -> BTreeMap<&'static str, String> {
    let mut made = BTreeMap::new();
    for (path, body) in fixtures::RESOURCES {
        let body = fixtures::body(body, &made);
        let response = api
            .anonymous(Method::POST, path)
            .bearer_auth(key)
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = response.status();
        let answer: Value = response.json().await.unwrap();
        assert_eq!(status, StatusCode::CREATED, "{path}: {body} {answer}");
        made.insert(*path, answer["id"].as_str().unwrap().to_owned());
    }
    for (collection, path, body, id) in fixtures::MADE_ELSEWHERE {
        let path = path.replace("@/v1/conversations", &made["/v1/conversations"]);
        let request = api.anonymous(Method::POST, &path).bearer_auth(key);
        let request = match serde_json::from_str::<Value>(body) {
            Ok(_) => request.json(&fixtures::body(body, &made)),
            Err(_) => request.header("content-type", "text/csv").body(*body),
        };
        let response = request.send().await.unwrap();
        let status = response.status();
        let answer: Value = response.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {answer}");
        made.insert(*collection, answer[*id].as_str().unwrap().to_owned());
    }
    let member = member_of(api, tenant, &format!("m-{}", Uuid::now_v7()), "sales").await;
    made.insert("/v1/members", member.to_string());
    made
}

fn both(
    own: &BTreeMap<&'static str, String>,
    foreign: &BTreeMap<&'static str, String>,
) -> BTreeMap<(&'static str, Whose), String> {
    let own = own.iter().map(|(path, id)| ((*path, Whose::Own), id.clone()));
    let foreign = foreign
        .iter()
        .map(|(path, id)| ((*path, Whose::Foreign), id.clone()));
    own.chain(foreign).collect()
}

async fn member(api: &Api, name: &str, role: &str) -> Uuid {
    member_of(api, "acme", name, role).await
}

async fn member_of(api: &Api, tenant: &str, name: &str, role: &str) -> Uuid {
    let store = api.db.store().await;
    let member = MemberToBe {
        email: &format!("{name}@{tenant}.test"),
        name,
        role,
        password: Some(PASSWORD),
    };
    store.ensure_member(tenant, &member).await.unwrap().uuid()
}

async fn sign_in(api: &Api, name: &str) -> String {
    let body = json!({"email": format!("{name}@acme.test"), "password": PASSWORD, "tenant": "acme"});
    let response = api
        .anonymous(Method::POST, "/v1/auth/login")
        .json(&body)
        .send()
        .await
        .unwrap();
    let status = response.status();
    let answer: Value = response.json().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn key(api: &Api, name: &str, scopes: &[&str]) -> String {
    let mut tx = api.tenant.begin().await.unwrap();
    let new = NewApiKey {
        name: name.to_owned(),
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        expires_at: None,
        role_id: None,
    };
    let key = tx.keys().create(&new).await.unwrap();
    tx.commit().await.unwrap();
    key.secret
}
