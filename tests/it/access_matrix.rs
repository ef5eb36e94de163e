//! Every operation of the API, asked by everybody, for records of their own, a colleague's and another tenant's.
//!
//! The operations come from the `OpenAPI` document. What comes of each question is a reviewed snapshot, so that a new
//! operation, or one that answers otherwise, must be looked at; what must never be is asserted besides.

mod cast;
mod fixtures;

use std::{collections::BTreeMap, fmt::Write as _};

use futures::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};

use self::cast::{Caller, Whose};
use crate::http_support::{Api, scripted, words};

/// An operation of the document.
#[derive(Debug, Clone)]
struct Operation {
    id: String,
    method: Method,
    path: String,
    has_body: bool,
    is_open: bool,
}

impl Operation {
    /// Changing operations come last, the deletion of a record and its return after everything else.
    fn order(&self) -> (u8, String) {
        let step = match (&self.method, self.id.split('_').next().unwrap_or_default()) {
            (_, "delete") => 2,
            (_, "restore") => 3,
            (method, _) if *method == Method::GET => 0,
            _ => 1,
        };
        (step, self.id.clone())
    }
}

fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(crm_api::openapi::document()).unwrap();
    let mut operations: Vec<Operation> = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, told) in item.as_object().unwrap() {
            operations.push(Operation {
                id: told["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                has_body: told.get("requestBody").is_some(),
                is_open: told["security"].as_array().is_some_and(|security| {
                    security.is_empty()
                        || security
                            .iter()
                            .all(|scheme| scheme.as_object().unwrap().is_empty())
                }),
            });
        }
    }
    operations.sort_by_key(Operation::order);
    operations
}

/// What came of an operation: by caller, the status for each record, or the only one.
type Row = BTreeMap<String, Vec<u16>>;

#[tokio::test]
async fn everybody_gets_what_is_written_down() {
    let settings = [
        ("CRM_AI__RATE_LIMIT__PER_SECOND", "100000"),
        ("CRM_AI__RATE_LIMIT__BURST", "100000"),
    ];
    let api = Api::with(scripted([words("Yes.")]), &settings).await;
    let callers = cast::callers(&api).await;
    let operations = operations();
    let asked: Vec<Operation> = operations
        .iter()
        .filter(|operation| !fixtures::NOT_ASKED.iter().any(|(id, _)| *id == operation.id))
        .cloned()
        .collect();
    for (id, _) in fixtures::NOT_ASKED {
        assert!(
            operations.iter().any(|operation| operation.id == *id),
            "{id} is no operation any more"
        );
    }
    // Each caller has records of their own, so they do not get into each other's way.
    let answers: Vec<(String, BTreeMap<String, Vec<u16>>)> = stream::iter(&callers)
        .map(|caller| ask(&api, caller, &asked))
        .buffer_unordered(4)
        .collect()
        .await;
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for (caller, answered) in answers {
        for (operation, statuses) in answered {
            rows.entry(operation)
                .or_default()
                .insert(caller.clone(), statuses);
        }
    }
    let wrong: Vec<String> = asked
        .iter()
        .flat_map(|operation| broken(operation, &rows[&operation.id]))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!("answers", table(&asked, &rows));
    api.end().await;
}

/// Everything that one caller asks, in order.
async fn ask(api: &Api, caller: &Caller, operations: &[Operation]) -> (String, BTreeMap<String, Vec<u16>>) {
    let mut answers = BTreeMap::new();
    for operation in operations {
        let mut statuses = Vec::new();
        for whose in Whose::ALL {
            let Some(path) = path(operation, caller, whose) else {
                continue;
            };
            statuses.push(send(api, caller, operation, whose, &path).await);
            if !operation.path.contains("{id}") {
                break;
            }
        }
        assert!(
            !statuses.is_empty(),
            "{} {}: say in fixtures::RESOURCES or UNMADE where its records come from",
            operation.method,
            operation.path
        );
        answers.insert(operation.id.clone(), statuses);
    }
    (caller.name.clone(), answers)
}

/// The path with the record in it.
fn path(operation: &Operation, caller: &Caller, whose: Whose) -> Option<String> {
    if !operation.path.contains('{') {
        return Some(operation.path.clone());
    }
    let nobodys = uuid::Uuid::nil().to_string();
    let is_unmade = fixtures::UNMADE
        .iter()
        .any(|(path, _)| operation.path.starts_with(path));
    let id = match id(operation, caller, whose) {
        Some(id) => id,
        None if is_unmade && whose == Whose::Own => &nobodys,
        None => return None,
    };
    let filled = operation
        .path
        .replace("{id}", id)
        .replace("{agent}", "answer")
        .replace("{number}", "1")
        .replace("{call_id}", "c1")
        .replace("{object}", "leads")
        .replace("{step}", "involve_decision_maker")
        .replace("{suggestion}", &nobodys)
        .replace("{session}", &nobodys);
    assert!(
        !filled.contains('{'),
        "{filled}: say here what stands in the path"
    );
    Some(filled)
}

/// The record that the path is about.
fn id<'c>(operation: &Operation, caller: &'c Caller, whose: Whose) -> Option<&'c String> {
    let (collection, _) = operation.path.split_once("/{id}")?;
    let plural = operation.path.split('/').nth(2)?;
    let object =
        crm_store::catalog::object(plural).and_then(|object| caller.records.get(&(object.name, whose)));
    object.or_else(|| {
        let mut resources = caller.resources.iter();
        resources
            .find(|((path, of), _)| *path == collection && *of == whose)
            .map(|(_, id)| id)
    })
}

async fn send(api: &Api, caller: &Caller, operation: &Operation, whose: Whose, path: &str) -> u16 {
    let mut request = api.anonymous(operation.method.clone(), path);
    if let Some(bearer) = &caller.bearer {
        request = request.bearer_auth(bearer);
    }
    if matches!(operation.method, Method::PATCH | Method::DELETE | Method::PUT) {
        request = request.header("if-match", version(api, operation, caller, whose).await);
    }
    if operation.has_body {
        request = request.json(&body(operation, caller));
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    assert!(
        status < 500,
        "{} {path} as {}: {status}",
        operation.method,
        caller.name
    );
    // The body of a stream has no end: the status says enough.
    status
}

/// The tag of the record as it is now, whoever may see it.
async fn version(api: &Api, operation: &Operation, caller: &Caller, whose: Whose) -> String {
    let Some((id, (collection, _))) = id(operation, caller, whose).zip(operation.path.split_once("/{id}"))
    else {
        return "\"1\"".to_owned();
    };
    let response = api.get(&format!("{collection}/{id}")).await;
    let tag = response.headers().get("etag").cloned();
    tag.map_or("\"1\"".to_owned(), |tag| tag.to_str().unwrap().to_owned())
}

/// A body that is right for the operation, where one was declared or can be made.
fn body(operation: &Operation, caller: &Caller) -> Value {
    let own = |records: &BTreeMap<(&'static str, Whose), String>| -> BTreeMap<&'static str, String> {
        let own = records.iter().filter(|((_, whose), _)| *whose == Whose::Own);
        own.map(|((name, _), id)| (*name, id.clone())).collect()
    };
    let declared = fixtures::BODIES.iter().find(|(id, _)| *id == operation.id);
    let declared = declared.or_else(|| {
        let makes = |(path, _): &&(&str, &str)| *path == operation.path;
        fixtures::RESOURCES.iter().find(makes)
    });
    if let Some((_, body)) = declared {
        return fixtures::body(body, &own(&caller.resources));
    }
    let object = operation
        .path
        .split('/')
        .nth(2)
        .and_then(crm_store::catalog::object);
    let record = object.and_then(|object| fixtures::RECORDS.iter().find(|(name, _)| *name == object.name));
    let Some((name, record)) = record else {
        return json!({});
    };
    let made = own(&caller.records);
    if operation.id == format!("create_{name}") {
        return fixtures::body(record, &made);
    }
    if operation.id.starts_with("upsert_") {
        return json!({"rows": [fixtures::body(record, &made)]});
    }
    if operation.id == format!("update_{name}") {
        return json!({"external_id": uuid::Uuid::now_v7()});
    }
    json!({})
}

/// What must never be, whatever the snapshot says.
fn broken(operation: &Operation, row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    for (caller, statuses) in row {
        let mut say = |what: &str| wrong.push(format!("{} as {caller}: {what}: {statuses:?}", operation.id));
        if let [_, .., foreign] = statuses.as_slice()
            && !matches!(foreign, 401 | 403 | 404)
        {
            say("another tenant's record is there");
        }
        if statuses.iter().any(|status| *status >= 500) {
            say("fails");
        }
        let is_done = statuses.iter().any(|status| *status < 300);
        if !operation.is_open && caller == "nobody" && statuses.iter().any(|status| *status != 401) {
            say("answers without a credential");
        }
        if operation.method != Method::GET
            && caller == "viewer"
            && is_done
            && !READS_BY_POST.contains(&operation.id.as_str())
        {
            say("a viewer changes something");
        }
        if caller == "bare key"
            && is_done
            && !operation.is_open
            && !FOR_EVERY_KEY.contains(&operation.id.as_str())
        {
            say("a key without scopes does it");
        }
        if caller == "reading key" && is_done && operation.method != Method::GET {
            say("a reading key changes something");
        }
    }
    wrong
}

/// What a viewer may do although it is no GET: it changes no record.
const READS_BY_POST: &[&str] = &["search_knowledge"];
/// Operations that need no scope: they show the asker, or what the asker's scopes leave, which may be nothing.
const FOR_EVERY_KEY: &[&str] = &["get_me", "list_logins", "list_my_sessions", "search"];

/// One line for each operation and each answer, with those who get it.
fn table(operations: &[Operation], rows: &BTreeMap<String, Row>) -> String {
    let mut table = String::from(
        "Statuses for a record of one's own / a colleague's / another tenant's; where nobody owns it, the tenant's own / another's.\n\n",
    );
    let mut operations: Vec<&Operation> = operations.iter().collect();
    operations.sort_by_key(|operation| (operation.path.clone(), operation.method.to_string()));
    for operation in operations {
        writeln!(table, "{} {}", operation.method, operation.path).unwrap();
        let mut by_answer: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (caller, statuses) in &rows[&operation.id] {
            let told: Vec<String> = statuses.iter().map(u16::to_string).collect();
            by_answer.entry(told.join("/")).or_default().push(caller);
        }
        for (answer, callers) in by_answer {
            writeln!(table, "    {answer}: {}", callers.join(", ")).unwrap();
        }
    }
    table
}
