//! What people and agents say of leads beside the model, over HTTP.

use crm_store::models::{ModelKind, NewModel};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    http_people::People, http_support::problem, lead_http::Firm, win_office::json_of, win_support::any_model,
};

#[tokio::test]
async fn an_override_and_a_qualification_stand_beside_the_score_and_teach() {
    let firm = Box::pin(Firm::new()).await;
    let lead = firm.lead(&firm.rep, "Reed", 1).await;
    let path = format!("/v1/leads/{lead}/score");
    let before = json_of(firm.api.get_as(&firm.rep, &path).await, StatusCode::OK).await;
    let body = json!({"probability": 0.9, "reason": "Met them at the fair."});
    let told = json_of(
        firm.send(&firm.rep, Method::PUT, &path, Some(body)).await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(
        (
            &told["override"]["probability"],
            &told["override"]["reason"],
            &told["score"]["probability"]
        ),
        (
            &json!(0.9),
            &json!("Met them at the fair."),
            &before["score"]["probability"]
        ),
        "{told}"
    );
    let asked = format!("/v1/leads/{lead}/qualification");
    let body = json!({"score": 70, "parts": [{"slot": "budget", "met": true, "quote": "We have 50,000."}]});
    let told = json_of(
        firm.send(&firm.rep, Method::PUT, &asked, Some(body)).await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(
        (
            &told["qualification"]["score"],
            &told["qualification"]["parts"][0]["slot"],
            &told["override"]["probability"]
        ),
        (&json!(70.0), &json!("budget"), &json!(0.9)),
        "{told}"
    );
    let owner = firm.api.db.owner().await;
    let examples = async || -> Vec<(Option<f64>, f64, Option<String>, bool)> {
        sqlx::query_as("SELECT said, judged, reason, withdrawn_at IS NULL FROM training_examples ORDER BY created_at, id")
            .fetch_all(&owner)
            .await
            .unwrap()
    };
    let kept = examples().await;
    let said = before["score"]["probability"].as_f64();
    assert_eq!(
        kept,
        [(said, 0.9, Some("Met them at the fair.".to_owned()), true)]
    );
    // A second one takes the place of the first; both were said.
    let body = json!({"probability": 0.2, "reason": "They left."});
    firm.send(&firm.rep, Method::PUT, &path, Some(body)).await;
    let cleared = json_of(
        firm.send(&firm.rep, Method::DELETE, &path, None).await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(
        (&cleared["override"], &cleared["qualification"]["score"]),
        (&Value::Null, &json!(70.0))
    );
    let kept: Vec<(f64, bool)> = examples()
        .await
        .into_iter()
        .map(|(_, judged, _, stands)| (judged, stands))
        .collect();
    assert_eq!(kept, [(0.9, true), (0.2, false)]);
    // Taking back what nobody says is no error.
    json_of(
        firm.send(&firm.rep, Method::DELETE, &path, None).await,
        StatusCode::OK,
    )
    .await;
    // They go with the lead.
    sqlx::query("DELETE FROM leads WHERE id = $1")
        .bind(lead)
        .execute(&owner)
        .await
        .unwrap();
    for table in ["lead_judgements", "training_examples", "lead_standings"] {
        let left: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(&owner)
            .await
            .unwrap();
        assert_eq!(left, 0, "{table}");
    }
    firm.api.end().await;
}

#[tokio::test]
async fn who_may_not_change_a_lead_may_not_judge_it_and_bad_words_are_refused() {
    let firm = Box::pin(Firm::new()).await;
    let lead = firm.lead(&firm.rep, "Reed", 1).await;
    let path = format!("/v1/leads/{lead}/score");
    let asked = format!("/v1/leads/{lead}/qualification");
    // Who may not see it, may not judge it; who only sees it, may not either.
    let body = || Some(json!({"probability": 0.5, "reason": "So."}));
    assert_eq!(
        firm.send(&firm.other, Method::PUT, &path, body()).await.status(),
        404
    );
    problem(
        firm.send(&firm.viewer, Method::PUT, &path, body()).await,
        403,
        "forbidden",
    )
    .await;
    problem(
        firm.send(&firm.viewer, Method::DELETE, &path, None).await,
        403,
        "forbidden",
    )
    .await;
    for (body, pointer) in [
        (json!({"probability": 1.5, "reason": "x"}), "/probability"),
        (json!({"probability": -0.1, "reason": "x"}), "/probability"),
        (json!({"probability": 0.5, "reason": "  "}), "/reason"),
        (json!({"probability": 0.5, "reason": "a\u{0}b"}), "/reason"),
        (json!({"probability": 0.5}), "/reason"),
        (json!({"probability": "high", "reason": "x"}), "/probability"),
    ] {
        let refused = firm.send(&firm.rep, Method::PUT, &path, Some(body.clone())).await;
        assert_eq!(refused.status(), 422, "{body}");
        let told: Value = refused.json().await.unwrap();
        assert_eq!(told["errors"][0]["pointer"], pointer, "{body}: {told}");
    }
    for body in [
        json!({"score": 101}),
        json!({"score": 5, "parts": [{"slot": "a\u{0}"}]}),
    ] {
        assert_eq!(
            firm.send(&firm.rep, Method::PUT, &asked, Some(body))
                .await
                .status(),
            422
        );
    }
    firm.api.end().await;
}

#[tokio::test]
async fn who_was_nearer_is_told_of_those_that_have_ended_in_the_models_card() {
    let firm = Box::pin(Firm::new()).await;
    let tenant = &firm.api.tenant;
    let owner = firm.api.db.owner().await;
    let mut tx = tenant.begin().await.unwrap();
    let new = NewModel {
        card: json!({"window_days": 30}),
        ..any_model(ModelKind::Lead)
    };
    let model = tx.models().insert(&new).await.unwrap().id;
    tx.commit().await.unwrap();
    // What the model and a person said, how many days ago, and after how many days it was converted.
    let words: [(f64, f64, i32, Option<i32>); 6] = [
        (0.2, 0.9, 40, Some(10)),
        (0.6, 0.1, 40, None),
        (0.6, 0.9, 40, Some(35)),
        // It is not known yet; a word that agrees; one that was taken back.
        (0.5, 0.9, 10, None),
        (0.5, 0.52, 40, None),
        (0.5, 0.0, 40, None),
    ];
    for (at, (said, judged, ago, after)) in words.into_iter().enumerate() {
        let lead: Uuid = firm.lead(&firm.rep, &format!("L{at}"), 0).await;
        sqlx::query(
            "INSERT INTO training_examples (tenant_id, id, kind, lead_id, model_id, said, judged, reason, actor_kind, actor_id, \
                 created_at, withdrawn_at) \
             SELECT tenant_id, gen_random_uuid(), 'lead_score', id, $2, $3, $4, 'So.', 'user', gen_random_uuid(), \
                 now() - make_interval(days => $5), CASE WHEN $6 THEN now() END FROM leads WHERE id = $1",
        )
        .bind(lead)
        .bind(model)
        .bind(said)
        .bind(judged)
        .bind(ago)
        .bind(at == 5)
        .execute(&owner)
        .await
        .unwrap();
        sqlx::query(
            "UPDATE leads SET is_converted = true, status = 'converted', \
                 converted_at = now() - make_interval(days => $2) WHERE id = $1 AND $2 IS NOT NULL",
        )
        .bind(lead)
        .bind(after.map(|after| ago - after))
        .execute(&owner)
        .await
        .unwrap();
    }
    let path = format!("/v1/predictive-models/{model}/calibration");
    let card = json_of(firm.api.get(&path).await, StatusCode::OK).await;
    let people = &card["people"];
    assert_eq!(
        [
            "agreed",
            "disagreed",
            "too_high",
            "too_low",
            "ended",
            "people_were_right",
            "compared"
        ]
        .map(|name| people[name].as_i64().unwrap()),
        [1, 4, 1, 3, 3, 2, 3],
        "{card}"
    );
    // Of 0.2 that was, 0.6 that was not, and 0.6 that was too late; of people 0.9, 0.1 and 0.9.
    let brier = |name: &str| people[name].as_f64().unwrap();
    assert!(
        (brier("brier_model") - (0.64 + 0.36 + 0.36) / 3.0).abs() < 1e-9,
        "{card}"
    );
    assert!(
        (brier("brier_people") - (0.01 + 0.01 + 0.81) / 3.0).abs() < 1e-9,
        "{card}"
    );
    assert_eq!(people["nearer"], "too_few");
    // Who may see none of the leads is told of none.
    let card = json_of(firm.api.get_as(&firm.other, &path).await, StatusCode::OK).await;
    assert_eq!(card["people"], Value::Null, "{card}");
    firm.api.end().await;
}
