//! Cases: their way, their clocks and their events.

use crm_store::behaviour::case::CASE_CLOCK;

use super::*;

async fn case(world: &World, priority: &str) -> Record {
    world
        .create(
            &catalog::CASE,
            json!({"subject": "Export fails", "priority": priority}),
        )
        .await
}

fn due(record: &Record, field: &str) -> Option<DateTime<Utc>> {
    record.get(field).as_time()
}

#[tokio::test]
async fn cases_are_numbered_and_read_for_their_mood() {
    let world = World::new().await;
    let first = case(&world, "normal").await;
    let second = world
        .create(
            &catalog::CASE,
            json!({"subject": "URGENT: production is down!!!", "description": "This is terrible."}),
        )
        .await;
    assert_eq!(first.get("case_number").to_json(), json!(1));
    assert_eq!(second.get("case_number").to_json(), json!(2));
    assert!(
        second.get("urgency").as_integer().unwrap() >= 60,
        "{:?}",
        second.get("urgency")
    );
    assert!(second.get("sentiment").as_decimal().unwrap().is_sign_negative());
}

#[tokio::test]
async fn a_case_goes_its_way_and_no_other() {
    let world = World::new().await;
    let mut case = case(&world, "normal").await;
    for status in ["open", "pending", "resolved", "closed", "reopened"] {
        world.pass(10);
        case = world.update(&case, json!({"status": status})).await;
        assert_eq!(case.text("status"), Some(status));
    }
    assert_eq!(case.get("reopened_count").to_json(), json!(1));
    assert!(case.get("closed_at").is_null() && case.get("resolved_at").is_null());
    let refused = world.refused(&case, json!({"status": "closed"})).await;
    assert_eq!(
        refused,
        "/status: cannot go from reopened to closed; from reopened it can go to open or pending or resolved"
    );
    let fresh = self::case(&world, "low").await;
    assert!(
        world
            .refused(&fresh, json!({"status": "reopened"}))
            .await
            .contains("from new to reopened")
    );
    assert!(
        world
            .refused(&fresh, json!({"status": "closed"}))
            .await
            .contains("from new to closed")
    );

    let events: Vec<String> = sqlx::query_scalar(
        "SELECT kind || COALESCE(' ' || (new ->> 'status'), '') FROM case_events WHERE case_id = $1 ORDER BY at, id",
    )
    .bind(case.id)
    .fetch_all(&world.owner)
    .await
    .unwrap();
    assert_eq!(
        events,
        [
            "created new",
            "status_changed open",
            "status_changed pending",
            "first_response",
            "status_changed resolved",
            "status_changed closed",
            "status_changed reopened",
        ]
    );
}

#[tokio::test]
async fn due_times_count_business_hours_in_the_tenants_zone() {
    let world = World::new().await;
    // Friday 10:00 UTC. Urgent: answer in 30 minutes, settle in 4 hours.
    let urgent = case(&world, "urgent").await;
    assert_eq!(
        due(&urgent, "first_response_due_at"),
        Some(at("2026-01-09T10:30:00Z"))
    );
    assert_eq!(
        due(&urgent, "resolution_due_at"),
        Some(at("2026-01-09T14:00:00Z"))
    );
    // Normal: 8 hours of work for the answer run from Friday 10:00 to Monday 10:00.
    let normal = case(&world, "normal").await;
    assert_eq!(
        due(&normal, "first_response_due_at"),
        Some(at("2026-01-12T10:00:00Z"))
    );

    world.set_tenant("timezone", json!("America/New_York")).await;
    // In New York it is five in the morning; the clock starts at nine.
    let early = case(&world, "urgent").await;
    assert_eq!(
        due(&early, "first_response_due_at"),
        Some(at("2026-01-09T14:30:00Z"))
    );
    world
        .set_tenant(
            "business_hours",
            json!({"fri": [["09:00", "10:00"]], "mon": [["09:00", "17:00"]], "holidays": ["2026-01-12"]}),
        )
        .await;
    // An hour of this Friday; Monday is a holiday; an hour of the next Friday.
    let holiday = case(&world, "high").await;
    assert_eq!(
        due(&holiday, "first_response_due_at"),
        Some(at("2026-01-16T15:00:00Z"))
    );
}

#[tokio::test]
async fn a_change_of_priority_moves_the_due_times() {
    let world = World::new().await;
    let case = case(&world, "low").await;
    world.pass(20);
    let urgent = world.update(&case, json!({"priority": "urgent"})).await;
    assert_eq!(
        due(&urgent, "first_response_due_at"),
        Some(at("2026-01-09T10:30:00Z")),
        "from its beginning"
    );
}

#[tokio::test]
async fn the_clock_of_the_resolution_stands_still_while_pending() {
    let world = World::new().await;
    let case = case(&world, "urgent").await;
    let case = world.update(&case, json!({"status": "open"})).await;
    world.pass(60); // 11:00
    let case = world.update(&case, json!({"status": "pending"})).await;
    assert_eq!(due(&case, "pending_since"), Some(at("2026-01-09T11:00:00Z")));
    // Until Monday 09:30: six hours of Friday and half an hour of Monday stand still.
    world.pass((2 * 24 + 22) * 60 + 30);
    let case = world.update(&case, json!({"status": "open"})).await;
    assert_eq!(case.get("paused_minutes").to_json(), json!(6 * 60 + 30));
    assert_eq!(due(&case, "resolution_due_at"), Some(at("2026-01-12T12:30:00Z")));
    assert!(case.get("pending_since").is_null());
    world.pass(4 * 60);
    let late = world.update(&case, json!({"status": "resolved"})).await;
    assert_eq!(
        late.get("resolution_breached").to_json(),
        json!(true),
        "13:30 is after 12:30"
    );
}

#[tokio::test]
async fn a_policy_of_the_account_goes_before_the_default() {
    let world = World::new().await;
    let gold = world
        .create(
            &catalog::SLA_POLICY,
            json!({"name": "Gold", "business_hours_only": false,
                   "targets": {"normal": {"first_response": 15, "resolution": 60}}}),
        )
        .await;
    let account = world
        .create(
            &catalog::ACCOUNT,
            json!({"name": "Engines", "sla_policy_id": gold.id}),
        )
        .await;
    let case = world
        .create(&catalog::CASE, json!({"subject": "x", "account_id": account.id}))
        .await;
    assert_eq!(
        due(&case, "first_response_due_at"),
        Some(at("2026-01-09T10:15:00Z"))
    );
    assert_eq!(due(&case, "resolution_due_at"), Some(at("2026-01-09T11:00:00Z")));
}

#[tokio::test]
async fn a_clock_that_runs_out_is_marked_once_and_heard_of() {
    let world = World::new().await;
    let case = case(&world, "urgent").await;
    let waiting: DateTime<Utc> = sqlx::query_scalar("SELECT run_at FROM jobs WHERE kind = $1 AND key = $2")
        .bind(CASE_CLOCK)
        .bind(case.id.to_string())
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert_eq!(
        waiting,
        at("2026-01-09T10:30:00Z"),
        "the job looks when the first clock runs out"
    );

    let job = world.job().await;
    world.pass(31);
    let mut tx = job.begin().await.unwrap();
    let next = tx.case_clocks().look(case.id).await.unwrap();
    assert_eq!(
        next,
        Some(at("2026-01-09T14:00:00Z")),
        "the other clock still runs"
    );
    assert_eq!(tx.case_clocks().look(case.id).await.unwrap(), next);
    tx.commit().await.unwrap();

    let late = world.get(&case).await;
    assert_eq!(late.get("first_response_breached").to_json(), json!(true));
    assert_eq!(late.get("resolution_breached").to_json(), json!(false));
    let breaches = "SELECT count(*) FROM case_events WHERE case_id = $1 AND kind = 'sla_breached'";
    assert_eq!(world.count(breaches, case.id).await, 1);
}

#[tokio::test]
async fn an_answer_by_mail_stops_the_first_clock() {
    let world = World::new().await;
    let case = case(&world, "urgent").await;
    world.pass(10);
    world
        .create(
            &catalog::ACTIVITY,
            json!({"type": "email", "direction": "outbound", "status": "completed", "subject": "Re: Export",
                   "occurred_at": "2026-01-09T10:10:00Z", "case_id": case.id}),
        )
        .await;
    let answered = world.get(&case).await;
    assert_eq!(
        due(&answered, "first_responded_at"),
        Some(at("2026-01-09T10:10:00Z"))
    );
    assert_eq!(answered.get("first_response_breached").to_json(), json!(false));
    assert_eq!(
        due(&answered, "last_activity_at"),
        Some(at("2026-01-09T10:10:00Z"))
    );
}
