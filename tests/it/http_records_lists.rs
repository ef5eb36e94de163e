//! Lists of records over HTTP: filters, sorting, pages, parts, what comes along, and what is refused.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    http_people::{PASSWORD, People, login},
    http_records::make,
    http_support::{Api, problem},
};

async fn names(api: &Api, query: &str) -> Vec<String> {
    let path = format!("/v1/accounts?fields=name{query}");
    let response = api.get(&path).await;
    let status = response.status();
    let page: Value = response.json().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{path}: {page}");
    let records = page["data"].as_array().unwrap();
    records
        .iter()
        .map(|record| record["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn accounts(api: &Api) {
    for (name, employees, country) in [
        ("Ada", Some(10), Some("DE")),
        ("Bob", Some(30), None),
        ("Cid", None, Some("FR")),
        ("Dan", Some(20), Some("DE")),
    ] {
        let body = json!({"name": name, "number_of_employees": employees, "billing_country": country});
        make(api, "accounts", body).await;
    }
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_cut_to_what_was_asked_for() {
    let api = Api::new().await;
    accounts(&api).await;
    let few = "&filter[number_of_employees]";
    assert_eq!(names(&api, "&sort=name").await, ["Ada", "Bob", "Cid", "Dan"]);
    assert_eq!(names(&api, "&sort=-name").await, ["Dan", "Cid", "Bob", "Ada"]);
    assert_eq!(
        names(&api, &format!("{few}[gte]=20&sort=name")).await,
        ["Bob", "Dan"]
    );
    assert_eq!(names(&api, &format!("{few}[lt]=20")).await, ["Ada"]);
    assert_eq!(
        names(&api, &format!("{few}[in]=10,30&sort=name")).await,
        ["Ada", "Bob"]
    );
    assert_eq!(names(&api, &format!("{few}[is_null]=true")).await, ["Cid"]);
    assert_eq!(
        names(&api, &format!("{few}[ne]=10&sort=name")).await,
        ["Bob", "Cid", "Dan"]
    );
    assert_eq!(names(&api, "&filter[name]=Bob").await, ["Bob"]);
    // Records without a value come last, or first from the other end.
    assert_eq!(
        names(&api, "&sort=number_of_employees").await,
        ["Ada", "Dan", "Bob", "Cid"]
    );
    assert_eq!(
        names(&api, "&sort=-number_of_employees").await,
        ["Cid", "Bob", "Dan", "Ada"]
    );

    let page: Value = api
        .get("/v1/accounts?fields=name&limit=1")
        .await
        .json()
        .await
        .unwrap();
    let keys: Vec<_> = page["data"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "name"]);
    api.end().await;
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_and_a_cursor_holds_for_its_list_alone() {
    let api = Api::new().await;
    accounts(&api).await;
    for sort in [
        "name",
        "-name",
        "number_of_employees",
        "-number_of_employees",
        "id",
    ] {
        let whole = names(&api, &format!("&sort={sort}")).await;
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = format!("/v1/accounts?sort={sort}&limit=1{cursor}");
            let page: Value = api.get(&page).await.json().await.unwrap();
            let name = page["data"][0]["name"].as_str();
            seen.push(
                name.unwrap_or_else(|| panic!("{sort} after {seen:?}: {page}"))
                    .to_owned(),
            );
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, whole, "{sort}");
    }
    let page: Value = api
        .get("/v1/accounts?limit=1&sort=name")
        .await
        .json()
        .await
        .unwrap();
    let cursor = page["next_cursor"].as_str().unwrap();
    for other in [
        format!("/v1/accounts?limit=1&sort=-name&cursor={cursor}"),
        format!("/v1/accounts?limit=1&sort=name&filter[name]=Ada&cursor={cursor}"),
        format!("/v1/contacts?limit=1&cursor={cursor}"),
        "/v1/accounts?cursor=nonsense".to_owned(),
    ] {
        let refused = problem(api.get(&other).await, 422, "invalid").await;
        assert_eq!(refused["errors"][0]["pointer"], "?cursor", "{other}");
    }
    api.end().await;
}

#[tokio::test]
async fn what_a_record_leads_to_comes_along_one_level_deep() {
    let api = Api::new().await;
    let account = make(&api, "accounts", json!({"name": "Acme"})).await;
    for name in ["Ada", "Bob"] {
        make(
            &api,
            "contacts",
            json!({"last_name": name, "account_id": account["id"]}),
        )
        .await;
    }
    let contacts: Value = api
        .get("/v1/contacts?include=account&fields=last_name&sort=last_name")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(contacts["data"][1]["account"]["name"], "Acme");
    assert!(contacts["data"][1].get("account_id").is_none(), "{contacts}");
    let path = format!(
        "/v1/accounts/{}?include=contacts,owner",
        account["id"].as_str().unwrap()
    );
    let with: Value = api.get(&path).await.json().await.unwrap();
    assert_eq!(with["contacts"].as_array().unwrap().len(), 2);
    assert_eq!(with["owner"], Value::Null);
    // What is included may change while the record does not: it is always told.
    let tag = format!("\"{}\"", account["version"]);
    let told = api
        .request(Method::GET, &path)
        .header("if-none-match", tag)
        .send()
        .await
        .unwrap();
    assert_eq!(told.status(), StatusCode::OK);
    api.end().await;
}

#[tokio::test]
async fn a_query_that_cannot_be_answered_says_which_could() {
    let api = Api::new().await;
    for (query, pointer, right) in [
        ("filter[description][eq]=x", "?filter[description][eq]", "name"),
        ("filter[nmae][eq]=x", "?filter[nmae][eq]", "name"),
        ("filter[name][like]=x", "?filter[name][like]", "contains"),
        (
            "filter[number_of_employees][gt]=many",
            "?filter[number_of_employees][gt]",
            "number",
        ),
        (
            "filter[created_at][gt]=yesterday",
            "?filter[created_at][gt]",
            "2026",
        ),
        ("filter[name", "?filter[name", "filter[field][op]"),
        ("sort=description", "?sort", "created_at"),
        ("sort=name,id", "?sort", "one field"),
        ("fields=nothing", "?fields", "nothing"),
        ("include=nobody", "?include", "contacts"),
        ("limit=0", "?limit", "200"),
        ("limit=201", "?limit", "200"),
        ("limit=many", "?limit", "200"),
        ("deleted=perhaps", "?deleted", "true or false"),
        ("page=2", "?page", "cursor"),
        ("limit=1&limit=2", "?limit", "once"),
    ] {
        let refused = problem(api.get(&format!("/v1/accounts?{query}")).await, 422, "invalid").await;
        let error = &refused["errors"][0];
        assert_eq!(error["pointer"], pointer, "{query}");
        assert!(
            error["message"].as_str().unwrap().contains(right),
            "{query}: {error}"
        );
    }
    api.end().await;
}

#[tokio::test]
async fn strange_text_is_text() {
    let api = Api::new().await;
    let long = "ü".repeat(200);
    for name in [
        "Robert'); DROP TABLE accounts;--",
        "<script>alert(1)</script>",
        "a,b\\c\"d",
        "e\u{301}\u{200d}\u{1f469}\u{200d}\u{1f680} \u{202e}x",
        &long,
    ] {
        let made = make(&api, "accounts", json!({"name": name})).await;
        assert_eq!(made["name"], name);
        let found = api
            .request(Method::GET, "/v1/accounts")
            .query(&[("filter[name][eq]", name)])
            .send()
            .await
            .unwrap();
        let found: Value = found.json().await.unwrap();
        assert_eq!(found["data"][0]["id"], made["id"], "{found}");
    }
    let nul = problem(
        api.post("/v1/accounts", &json!({"name": "a\u{0}b"})).await,
        422,
        "invalid",
    )
    .await;
    assert_eq!(nul["errors"][0]["pointer"], "/name");
    problem(
        api.get("/v1/accounts?filter[name][eq]=a%00b").await,
        422,
        "invalid",
    )
    .await;
    api.end().await;
}

#[tokio::test]
async fn a_closed_field_answers_every_question_alike() {
    let api = Api::new().await;
    make(
        &api,
        "accounts",
        json!({"name": "Ada", "phone": "+49 30 901820", "industry": "Banking"}),
    )
    .await;
    let role = json!({"name": "clerk", "permissions": {
        "objects": {"account": ["read", "view_all"]},
        "fields": {"account": {"phone": "masked", "industry": "hidden"}}
    }});
    assert_eq!(api.post("/v1/roles", &role).await.status(), StatusCode::CREATED);
    api.member("clerk@acme.test", "clerk").await;
    let clerk = login(&api, "clerk@acme.test", PASSWORD).await;
    for (field, there) in [("phone", "+4930901820"), ("industry", "Banking")] {
        let filters = ["eq", "ne", "lt", "lte", "gt", "gte", "in", "contains", "is_null"]
            .into_iter()
            // What is there, what is not, what is no value, nothing at all.
            .flat_map(|op| {
                [there, "Nowhere", "true", "%27%3B--", ""]
                    .map(|value| format!("filter[{field}][{op}]={value}"))
            });
        let others = [
            format!("sort={field}"),
            format!("sort=-{field}"),
            format!("fields=id,{field}"),
        ];
        let mut answers = Vec::new();
        for asked in filters.chain(others) {
            let response = api.get_as(&clerk, &format!("/v1/accounts?{asked}")).await;
            let mut answer = problem(response, 403, "forbidden").await;
            assert!(answer.to_string().contains(field), "{asked}: {answer}");
            answer.as_object_mut().unwrap().remove("request_id");
            answers.push(answer);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:#?}");
    }
    api.end().await;
}
