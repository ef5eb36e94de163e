//! Who administers whom: members, roles, keys, sharing rules, settings and the log.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::{
    http_people::{PASSWORD, People, login},
    http_support::{Api, problem},
};

/// The member with this address and the `ETag` of the membership.
async fn member(api: &Api, email: &str) -> (String, String) {
    let members: Value = api.get("/v1/members").await.json().await.unwrap();
    let found = members["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|member| member["email"] == email)
        .unwrap();
    (
        found["id"].as_str().unwrap().to_owned(),
        format!("\"{}\"", found["version"]),
    )
}

/// The role with this name and its `ETag`.
async fn role(api: &Api, name: &str) -> (String, String) {
    let roles: Value = api.get("/v1/roles").await.json().await.unwrap();
    let found = roles["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|role| role["name"] == name)
        .unwrap();
    (
        found["id"].as_str().unwrap().to_owned(),
        format!("\"{}\"", found["version"]),
    )
}

async fn make_role(api: &Api, name: &str, permissions: Value) -> String {
    let response = api
        .post("/v1/roles", &json!({"name": name, "permissions": permissions}))
        .await;
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(status, 201, "{text}");
    let role: Value = serde_json::from_str(&text).unwrap();
    role["id"].as_str().unwrap().to_owned()
}

async fn patch_member(api: &Api, who: &Value, email: &str, body: Value) -> Response {
    let (id, tag) = member(api, email).await;
    let request = api.as_person(who, Method::PATCH, &format!("/v1/members/{id}"));
    request.header("if-match", tag).json(&body).send().await.unwrap()
}

#[tokio::test]
async fn a_new_tenant_has_its_roles_and_one_admin() {
    let api = Api::new().await;
    let roles: Value = api.get("/v1/roles").await.json().await.unwrap();
    let names: Vec<_> = roles["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| role["name"].clone())
        .collect();
    assert_eq!(names, ["admin", "manager", "sales", "support", "viewer"]);
    let (manager, _) = role(&api, "manager").await;
    for below in ["sales", "support"] {
        let found = roles["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|role| role["name"] == below)
            .unwrap();
        assert_eq!(found["parent_id"], manager.as_str());
    }
    let (id, _) = role(&api, "admin").await;
    let path = format!("/v1/roles/{id}");
    let change = api
        .request(Method::PATCH, &path)
        .header("if-match", "\"1\"")
        .json(&json!({"permissions": {}}));
    problem(change.send().await.unwrap(), 403, "forbidden").await;
    let delete = api.request(Method::DELETE, &path).header("if-match", "\"1\"");
    problem(delete.send().await.unwrap(), 403, "forbidden").await;
    api.end().await;
}

#[tokio::test]
async fn a_change_of_role_or_status_holds_from_the_next_request_on() {
    let api = Api::new().await;
    api.member("mara@acme.test", "manager").await;
    let mara = login(&api, "mara@acme.test", PASSWORD).await;
    let write = |title: &'static str| {
        let body = json!({"title": title, "body": "text"});
        api.as_person(&mara, Method::POST, "/v1/articles")
            .json(&body)
            .send()
    };
    assert_eq!(write("one").await.unwrap().status(), 201);

    let (id, tag) = member(&api, "mara@acme.test").await;
    let path = format!("/v1/members/{id}");
    let send_patch = |tag: Option<&str>, body: Value| {
        let request = api.request(Method::PATCH, &path).json(&body);
        match tag {
            Some(tag) => request.header("if-match", tag),
            None => request,
        }
        .send()
    };
    problem(
        send_patch(None, json!({"role": "viewer"})).await.unwrap(),
        428,
        "precondition-required",
    )
    .await;
    problem(
        send_patch(Some("\"99\""), json!({"role": "viewer"}))
            .await
            .unwrap(),
        412,
        "stale",
    )
    .await;
    problem(
        send_patch(Some(&tag), json!({"role": "nonsense"})).await.unwrap(),
        422,
        "invalid",
    )
    .await;
    let changed = send_patch(Some(&tag), json!({"role": "viewer"})).await.unwrap();
    assert_eq!(changed.status(), 200);
    let refused = problem(write("two").await.unwrap(), 403, "forbidden").await;
    assert_eq!(refused["scope"], "articles:write");
    assert_eq!(api.get_as(&mara, "/v1/articles").await.status(), 200);

    let (_, tag) = member(&api, "mara@acme.test").await;
    let disabled = send_patch(Some(&tag), json!({"status": "disabled"}))
        .await
        .unwrap();
    assert_eq!(disabled.status(), 200);
    problem(api.get_as(&mara, "/v1/me").await, 401, "unauthenticated").await;
    problem(api.refresh(&mara).await, 401, "unauthenticated").await;
    let again = json!({"email": "mara@acme.test", "password": PASSWORD});
    problem(api.sign_in(&again).await, 401, "unauthenticated").await;

    let (_, tag) = member(&api, "mara@acme.test").await;
    let removed = api
        .request(Method::DELETE, &path)
        .header("if-match", tag)
        .send()
        .await
        .unwrap();
    assert_eq!(removed.status(), 204);
    let left: Value = api.get("/v1/members?status=removed").await.json().await.unwrap();
    assert_eq!(left["data"][0]["email"], "mara@acme.test");
    api.end().await;
}

#[tokio::test]
async fn somebody_who_may_do_everything_always_stays() {
    let api = Api::new().await;
    api.member("eve@acme.test", "admin").await;
    let eve = login(&api, "eve@acme.test", PASSWORD).await;

    // Two admins demote each other at the same time.
    let (one, two) = tokio::join!(
        patch_member(&api, &eve, "admin@acme.test", json!({"role": "sales"})),
        patch_member(&api, &eve, "eve@acme.test", json!({"role": "sales"})),
    );
    let mut statuses = [one.status().as_u16(), two.status().as_u16()];
    statuses.sort_unstable();
    // The second finds itself the last, or no admin any more.
    assert!(
        statuses[0] == 200 && [403, 409].contains(&statuses[1]),
        "{statuses:?}"
    );

    let members: Value = api.get("/v1/members").await.json().await.unwrap();
    let admins: Vec<_> = members["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|member| member["role"] == "admin")
        .collect();
    assert_eq!(admins.len(), 1);
    let last = admins[0]["email"].as_str().unwrap().to_owned();
    let (id, tag) = member(&api, &last).await;
    let path = format!("/v1/members/{id}");
    for body in [json!({"role": "manager"}), json!({"status": "disabled"})] {
        let request = api
            .request(Method::PATCH, &path)
            .header("if-match", &tag)
            .json(&body);
        problem(request.send().await.unwrap(), 409, "conflict").await;
    }
    let request = api.request(Method::DELETE, &path).header("if-match", &tag);
    problem(request.send().await.unwrap(), 409, "conflict").await;
    api.end().await;
}

#[tokio::test]
async fn nobody_gives_more_than_they_hold() {
    let api = Api::new().await;
    let lead = make_role(
        &api,
        "team lead",
        json!({
            "objects": {"lead": ["create", "read", "update"], "contact": ["read"]},
            "fields": {"contact": {"phone": "masked"}},
            "manage": ["members", "roles", "keys"]
        }),
    )
    .await;
    let small = make_role(&api, "lead reader", json!({"objects": {"lead": ["read"]}})).await;
    api.member("tom@acme.test", "team lead").await;
    api.member("mara@acme.test", "sales").await;
    api.member("rita@acme.test", "lead reader").await;
    let tom = login(&api, "tom@acme.test", PASSWORD).await;
    let post = |path: &'static str, body: Value| api.as_person(&tom, Method::POST, path).json(&body).send();

    // Members: neither up, nor somebody who stands higher, nor oneself.
    for (email, body) in [
        ("rita@acme.test", json!({"role": "admin"})),
        ("tom@acme.test", json!({"role": "admin"})),
        ("tom@acme.test", json!({"role": "manager"})),
        ("mara@acme.test", json!({"role": "lead reader"})),
        ("admin@acme.test", json!({"status": "disabled"})),
    ] {
        problem(patch_member(&api, &tom, email, body).await, 403, "forbidden").await;
    }
    assert_eq!(
        patch_member(&api, &tom, "rita@acme.test", json!({"role": lead}))
            .await
            .status(),
        200
    );
    assert_eq!(
        patch_member(&api, &tom, "rita@acme.test", json!({"role": small}))
            .await
            .status(),
        200
    );
    let invite = json!({"email": "new@acme.test", "role": "admin"});
    problem(post("/v1/auth/invite", invite).await.unwrap(), 403, "forbidden").await;
    let invite = json!({"email": "new@acme.test", "role": "lead reader"});
    assert_eq!(post("/v1/auth/invite", invite).await.unwrap().status(), 201);

    // Roles: no new one that may do more, and none changed into one, and none that may do more changed at all.
    for permissions in [
        json!({"all": true}),
        json!({"objects": {"*": ["read"]}}),
        json!({"objects": {"lead": ["delete"]}}),
        json!({"objects": {"contact": ["read"]}}),
        json!({"manage": ["security"]}),
    ] {
        let body = json!({"name": "more", "permissions": permissions});
        problem(post("/v1/roles", body.clone()).await.unwrap(), 403, "forbidden").await;
        let change = api
            .as_person(&tom, Method::PATCH, &format!("/v1/roles/{small}"))
            .header("if-match", "\"1\"")
            .json(&json!({"permissions": body["permissions"]}));
        problem(change.send().await.unwrap(), 403, "forbidden").await;
    }
    let (sales, tag) = role(&api, "sales").await;
    let own = json!({"permissions": {"objects": {"lead": ["read"]}}});
    let change = api
        .as_person(&tom, Method::PATCH, &format!("/v1/roles/{sales}"))
        .header("if-match", tag)
        .json(&own);
    problem(change.send().await.unwrap(), 403, "forbidden").await;
    // To stand above others is to see their records.
    let above = json!({"parent_id": lead});
    let change = api
        .as_person(&tom, Method::PATCH, &format!("/v1/roles/{small}"))
        .header("if-match", "\"1\"")
        .json(&above);
    problem(change.send().await.unwrap(), 403, "forbidden").await;

    // Keys: bound to what their maker may do.
    let key = json!({"name": "k", "scopes": ["*"], "role": "admin"});
    problem(post("/v1/api-keys", key).await.unwrap(), 403, "forbidden").await;
    let key = json!({"name": "k", "scopes": ["*"]});
    let made: Value = post("/v1/api-keys", key).await.unwrap().json().await.unwrap();
    let listed: Value = api.get("/v1/api-keys").await.json().await.unwrap();
    assert_eq!(
        listed["data"][0]["role_id"],
        lead.as_str(),
        "bound to the maker's role: {listed}"
    );
    let by_key = |method: Method, path: &str| {
        api.anonymous(method, path)
            .bearer_auth(made["key"].as_str().unwrap())
    };
    problem(
        by_key(Method::GET, "/v1/audit").send().await.unwrap(),
        403,
        "forbidden",
    )
    .await;
    let grow =
        by_key(Method::POST, "/v1/api-keys").json(&json!({"name": "k2", "scopes": ["*"], "role": "admin"}));
    problem(grow.send().await.unwrap(), 403, "forbidden").await;
    let grow = by_key(Method::POST, "/v1/roles").json(&json!({"name": "x", "permissions": {"all": true}}));
    problem(grow.send().await.unwrap(), 403, "forbidden").await;

    // Sharing: not even within one object, without seeing all of it.
    let share = json!({"name": "mine", "object": "lead", "role_id": lead, "access": "read"});
    problem(post("/v1/sharing-rules", share).await.unwrap(), 403, "forbidden").await;
    api.end().await;
}

#[tokio::test]
async fn a_key_with_few_scopes_makes_nobody_an_admin() {
    let api = Api::new().await;
    let scopes = ["members:manage", "roles:manage", "keys:manage", "members:read"];
    let made: Value = api
        .post("/v1/api-keys", &json!({"name": "few", "scopes": scopes}))
        .await
        .json()
        .await
        .unwrap();
    let post = |path: &'static str, body: Value| {
        api.anonymous(Method::POST, path)
            .bearer_auth(made["key"].as_str().unwrap())
            .json(&body)
            .send()
    };
    for (path, body) in [
        ("/v1/auth/invite", json!({"email": "a@b.test", "role": "admin"})),
        ("/v1/auth/invite", json!({"email": "a@b.test", "role": "viewer"})),
        ("/v1/roles", json!({"name": "x", "permissions": {"all": true}})),
        (
            "/v1/roles",
            json!({"name": "x", "permissions": {"manage": ["settings"]}}),
        ),
        ("/v1/api-keys", json!({"name": "x", "scopes": ["records:read"]})),
        (
            "/v1/api-keys",
            json!({"name": "x", "scopes": ["members:read"], "role": "admin"}),
        ),
        (
            "/v1/sharing-rules",
            json!({"name": "x", "object": "lead", "role_id": uuid::Uuid::nil(), "access": "read"}),
        ),
    ] {
        problem(post(path, body).await.unwrap(), 403, "forbidden").await;
    }
    let within = json!({"name": "x", "permissions": {"manage": ["members"]}});
    assert_eq!(post("/v1/roles", within).await.unwrap().status(), 201);
    api.end().await;
}

#[tokio::test]
async fn a_role_in_use_stays_and_roles_stand_in_no_circle() {
    let api = Api::new().await;
    let (a, b) = (
        make_role(&api, "a", json!({"objects": {"lead": ["read"]}})).await,
        make_role(&api, "b", json!({})).await,
    );
    let patch = |id: &str, tag: &'static str, body: Value| {
        api.request(Method::PATCH, &format!("/v1/roles/{id}"))
            .header("if-match", tag)
            .json(&body)
            .send()
    };
    assert_eq!(
        patch(&a, "\"1\"", json!({"parent_id": b}))
            .await
            .unwrap()
            .status(),
        200
    );
    for (id, parent, tag) in [(&b, &a, "\"1\""), (&a, &a, "\"2\"")] {
        let refused = patch(id, tag, json!({"parent_id": parent})).await.unwrap();
        let body = problem(refused, 422, "invalid").await;
        assert_eq!(body["errors"][0]["pointer"], "/parent_id");
    }
    problem(
        patch(&a, "\"1\"", json!({"name": "c"})).await.unwrap(),
        412,
        "stale",
    )
    .await;
    for (permissions, pointer) in [
        (
            json!({"objects": {"leads": ["read"]}}),
            "/permissions/objects/leads",
        ),
        (
            json!({"fields": {"lead": {"colour": "hidden"}}}),
            "/permissions/fields/lead/colour",
        ),
        (json!({"manage": ["everything"]}), "/permissions/manage"),
        (
            json!({"objects": {"lead": ["dance"]}}),
            "/permissions/objects/lead/0",
        ),
    ] {
        let refused = patch(&b, "\"1\"", json!({"permissions": permissions}))
            .await
            .unwrap();
        let body = problem(refused, 422, "invalid").await;
        assert_eq!(body["errors"][0]["pointer"], pointer);
    }
    let delete = |id: &str, tag: &'static str| {
        api.request(Method::DELETE, &format!("/v1/roles/{id}"))
            .header("if-match", tag)
            .send()
    };
    let used = problem(delete(&b, "\"1\"").await.unwrap(), 409, "conflict").await;
    assert!(
        used["detail"].as_str().unwrap().contains("1 roles below"),
        "{used}"
    );
    api.member("mara@acme.test", "a").await;
    let used = problem(delete(&a, "\"2\"").await.unwrap(), 409, "conflict").await;
    assert!(used["detail"].as_str().unwrap().contains("1 members"), "{used}");
    api.member("mara@acme.test", "viewer").await;
    assert_eq!(delete(&a, "\"2\"").await.unwrap().status(), 204);
    assert_eq!(delete(&b, "\"1\"").await.unwrap().status(), 204);
    api.end().await;
}

#[tokio::test]
async fn settings_are_checked_versioned_and_close_what_is_off() {
    let api = Api::new().await;
    let response = api.get("/v1/settings").await;
    let tag = response.headers()["etag"].to_str().unwrap().to_owned();
    let settings: Value = response.json().await.unwrap();
    assert_eq!(
        (&settings["currency"], &settings["features"]["imports"]),
        (&json!("EUR"), &json!(true))
    );
    let patch = |tag: &str, body: Value| {
        api.request(Method::PATCH, "/v1/settings")
            .header("if-match", tag.to_owned())
            .json(&body)
            .send()
    };
    for (body, pointer) in [
        (json!({"currency": "XYZ"}), "/currency"),
        (json!({"timezone": "Mars/Olympus"}), "/timezone"),
        (json!({"locale": "english please"}), "/locale"),
        (json!({"fiscal_year_start": 13}), "/fiscal_year_start"),
        (
            json!({"business_hours": {"mon": [["17:00", "09:00"]]}}),
            "/business_hours/mon",
        ),
        (json!({"features": {"teleport": true}}), "/features/teleport"),
        (json!({"thresholds": {"route": 1.5}}), "/thresholds/route"),
        (json!({"name": ""}), "/name"),
        (json!({"slug": "other"}), "/slug"),
    ] {
        let refused = problem(patch(&tag, body).await.unwrap(), 422, "invalid").await;
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
    }
    let change = json!({
        "name": "Acme & Sons", "locale": "de-AT", "currency": "CHF", "timezone": "Europe/Vienna",
        "fiscal_year_start": 4, "features": {"feed": false}, "thresholds": {"route_confidence": 0.7},
        "business_hours": {"mon": [["09:00", "17:00"]], "holidays": ["2026-12-25"]}
    });
    let saved = patch(&tag, change.clone()).await.unwrap();
    assert_eq!(saved.status(), 200);
    let saved: Value = saved.json().await.unwrap();
    assert_eq!(saved["business_hours"], change["business_hours"]);
    assert_eq!(
        (&saved["features"]["feed"], &saved["features"]["agents"]),
        (&json!(false), &json!(true))
    );
    problem(patch(&tag, change).await.unwrap(), 412, "stale").await;

    let off = problem(api.get("/v1/feed").await, 403, "forbidden").await;
    assert_eq!(off["feature"], "feed");

    api.member("mara@acme.test", "sales").await;
    let mara = login(&api, "mara@acme.test", PASSWORD).await;
    assert_eq!(api.get_as(&mara, "/v1/settings").await.status(), 200);
    let own = api
        .as_person(&mara, Method::PATCH, "/v1/settings")
        .header("if-match", "\"2\"")
        .json(&json!({"name": "x"}));
    problem(own.send().await.unwrap(), 403, "forbidden").await;
    api.end().await;
}

#[tokio::test]
async fn the_log_says_who_did_what_and_from_where_to_those_who_look_after_it() {
    let api = Api::new().await;
    api.member("mara@acme.test", "sales").await;
    let mara = login(&api, "mara@acme.test", PASSWORD).await;
    let body = json!({"last_name": "Lind", "company": "Lind AG"});
    let made = api
        .as_person(&mara, Method::POST, "/v1/leads")
        .header("x-request-id", "req-42")
        .json(&body);
    let response = made.send().await.unwrap();
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(status, 201, "{text}");
    let lead: Value = serde_json::from_str(&text).unwrap();

    let path = format!("/v1/audit?object=lead&object_id={}", lead["id"].as_str().unwrap());
    let log: Value = api.get(&path).await.json().await.unwrap();
    let entry = &log["data"][0];
    assert_eq!(
        (&entry["action"], &entry["actor_id"]),
        (&json!("create"), &mara["user_id"])
    );
    assert_eq!(
        (&entry["request_id"], &entry["ip"]),
        (&json!("req-42"), &json!("127.0.0.1"))
    );
    let name = entry["values"]
        .as_array()
        .unwrap()
        .iter()
        .find(|value| value["field"] == "last_name")
        .unwrap();
    assert_eq!((&name["before"], &name["after"]), (&Value::Null, &json!("Lind")));
    let refused = problem(api.get_as(&mara, "/v1/audit").await, 403, "forbidden").await;
    assert_eq!(refused["scope"], "audit:read");
    let none: Value = api.get("/v1/audit?action=dance").await.json().await.unwrap();
    assert_eq!(none["data"], json!([]));
    api.end().await;
}
