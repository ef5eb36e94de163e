//! Days that no calendar has, that lie too far, that end before they begin, and those that are only hard.

use serde_json::{Value as Json, json};

use crate::{
    analytics_support::{World, day},
    semantic_bad_input::{ask, count, dated, number, problems},
};

#[tokio::test]
async fn days_that_no_calendar_has_are_refused_and_hard_ones_are_not() {
    let world = World::new().await;
    // The 29th of February, the day on which the clock is put on, the last and the first day of a fiscal year.
    let days = [
        day(2024, 2, 29),
        day(2024, 3, 31),
        day(2024, 4, 1),
        day(2023, 2, 28),
    ];
    world.deals(&days.map(dated)).await;
    let won =
        |range: Json| json!({"entity": "opportunities", "measures": ["won_count"], "time": {"range": range}});
    for range in [
        json!({"kind": "between", "from": "2024-06-02", "to": "2024-06-01"}),
        json!({"kind": "between"}),
        json!({"kind": "between", "from": "9999-12-31"}),
        json!({"kind": "between", "to": "0001-01-01"}),
        json!({"kind": "between", "from": "-0044-03-15"}),
        json!({"kind": "between", "from": "+12000-01-01"}),
        json!({"kind": "rolling", "unit": "day", "count": 0}),
        json!({"kind": "rolling", "unit": "year", "count": i32::MIN}),
        json!({"kind": "rolling", "unit": "week", "count": i32::MAX}),
        json!({"kind": "relative", "unit": "year", "offset": i32::MAX}),
        json!({"kind": "relative", "unit": "day", "offset": i32::MIN}),
        json!({"kind": "to_date", "unit": "quarter", "offset": i32::MIN}),
        json!({"kind": "to_date", "unit": "year", "offset": 9_000}),
        json!({"kind": "named", "unit": "year", "year": 0}),
        json!({"kind": "named", "unit": "year", "year": 10_000}),
        json!({"kind": "named", "unit": "quarter", "year": 2024, "number": 5}),
        json!({"kind": "named", "unit": "month", "year": 2024, "number": 0}),
        json!({"kind": "named", "unit": "month", "year": 2024}),
        json!({"kind": "named", "unit": "week", "year": 2024, "number": 7}),
    ] {
        let said = problems(&world.admin, won(range.clone())).await;
        assert!(said.starts_with("/time/range: "), "{range}: {said}");
    }
    for (range, expected) in [
        (
            json!({"kind": "between", "from": "2024-02-29", "to": "2024-02-29"}),
            "1",
        ),
        (
            json!({"kind": "named", "unit": "month", "year": 2024, "number": 2}),
            "1",
        ),
        // The fiscal year 2024 ended on the day on which the clock was put on.
        (json!({"kind": "named", "unit": "year", "year": 2024}), "2"),
        (json!({"kind": "relative", "unit": "quarter", "offset": 0}), "1"),
        // A quarter that has not begun.
        (json!({"kind": "relative", "unit": "quarter", "offset": 1}), "0"),
        (json!({"kind": "between", "from": "2199-12-31"}), "0"),
        (json!({"kind": "between", "to": "1900-01-01"}), "0"),
    ] {
        assert_eq!(
            number(&world.admin, won(range.clone())).await,
            expected,
            "{range}"
        );
    }
    // A year before the 29th of February is the 28th.
    let mut compared = won(json!({"kind": "between", "from": "2024-02-29", "to": "2024-02-29"}));
    compared["compare"] = json!("previous_year");
    let card = ask(&world.admin, &compared).await.unwrap();
    assert_eq!(card.table.unwrap().rows, [vec![json!("1"), json!("1")]]);
    for (form, pointer) in [
        (
            json!({"kind": "bridge", "from": "2024-06-02", "to": "2024-06-02"}),
            "/form/to",
        ),
        (
            json!({"kind": "bridge", "from": "2024-06-02", "to": "2024-07-01"}),
            "/form/to",
        ),
    ] {
        let bridge = json!({"entity": "opportunities", "form": form});
        assert!(
            problems(&world.admin, bridge).await.starts_with(pointer),
            "{form}"
        );
    }
    let past = |day: &str| count(json!({"as_of": day}));
    assert!(
        problems(&world.admin, past("2024-06-15"))
            .await
            .starts_with("/as_of")
    );
    for far in ["-9999-01-01", "0001-01-01", "1899-12-31", "+12000-01-01"] {
        let said = problems(&world.admin, past(far)).await;
        assert!(said.contains("/as_of: lies outside the years"), "{far}: {said}");
        let filter = json!({"dimension": "close_date", "op": "gt", "value": far});
        let said = problems(&world.admin, count(json!({"filters": [filter]}))).await;
        assert!(said.contains("lies outside the years"), "{far}: {said}");
    }
    for early in ["1900-01-01", "2019-02-28"] {
        assert_eq!(number(&world.admin, past(early)).await, "0", "{early}");
    }
}
