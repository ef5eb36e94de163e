//! People for tests over HTTP: members with a password, what they ask, and the mails that they get.

use std::path::Path;

use crm_store::auth::MemberToBe;
use crm_tests::harness::until;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::http_support::Api;

/// The password of everyone.
pub(crate) const PASSWORD: &str = "a walk along the harbour";

/// Signs in to `acme`.
pub(crate) async fn login(api: &Api, email: &str, password: &str) -> Value {
    let response = api
        .sign_in(&json!({"email": email, "password": password, "tenant": "acme"}))
        .await;
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// What people do.
pub(crate) trait People {
    /// Makes a member of `acme`.
    async fn member(&self, email: &str, role: &str);
    /// Makes a member of another tenant.
    async fn member_of(&self, tenant: &str, email: &str, role: &str);
    /// Tries to sign in.
    async fn sign_in(&self, body: &Value) -> Response;
    /// Tries to get new tokens.
    async fn refresh(&self, tokens: &Value) -> Response;
    /// A request of somebody who is signed in.
    fn as_person(&self, tokens: &Value, method: Method, path: &str) -> RequestBuilder;
    /// Reads as somebody who is signed in.
    async fn get_as(&self, tokens: &Value, path: &str) -> Response;
    /// The token in the newest mail, once there are so many mails with such a token.
    async fn mailed(&self, prefix: &str, count: usize) -> String;
}

impl People for Api {
    async fn member(&self, email: &str, role: &str) {
        self.member_of("acme", email, role).await;
    }

    async fn member_of(&self, tenant: &str, email: &str, role: &str) {
        let member = MemberToBe {
            email,
            name: "Some Body",
            role,
            password: Some(PASSWORD),
        };
        self.db
            .store()
            .await
            .ensure_member(tenant, &member)
            .await
            .unwrap();
    }

    async fn sign_in(&self, body: &Value) -> Response {
        self.anonymous(Method::POST, "/v1/auth/login")
            .json(body)
            .send()
            .await
            .unwrap()
    }

    async fn refresh(&self, tokens: &Value) -> Response {
        let body = json!({"refresh_token": tokens["refresh_token"]});
        self.anonymous(Method::POST, "/v1/auth/refresh")
            .json(&body)
            .send()
            .await
            .unwrap()
    }

    fn as_person(&self, tokens: &Value, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path)
            .bearer_auth(tokens["access_token"].as_str().unwrap())
    }

    async fn get_as(&self, tokens: &Value, path: &str) -> Response {
        self.as_person(tokens, Method::GET, path).send().await.unwrap()
    }

    async fn mailed(&self, prefix: &str, count: usize) -> String {
        let folder = self.data().join("mail");
        until("the mail", async || {
            let mut tokens = tokens(&folder, prefix);
            (tokens.len() >= count).then(|| tokens.pop()).flatten()
        })
        .await
    }
}

/// The tokens of the mails, oldest first: files are named by the ids of their jobs, which sort by time.
fn tokens(folder: &Path, prefix: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut mails: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
        .collect();
    mails.sort();
    let token = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).ok()?;
        let (_, rest) = text.split_once("#token=")?;
        let token: String = rest
            .chars()
            .take_while(|letter| !letter.is_whitespace())
            .collect();
        token.starts_with(prefix).then_some(token)
    };
    mails.iter().filter_map(token).collect()
}
