use serde_json::json;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn berlin() -> Calendar {
    Calendar::read("Europe/Berlin", &json!({})).unwrap()
}

#[test]
fn minutes_stop_over_nights_and_weekends() {
    // Friday 16:00 in Berlin; winter, one hour ahead of UTC.
    let friday = at("2026-01-09T15:00:00Z");
    assert_eq!(berlin().add(friday, 30), Some(at("2026-01-09T15:30:00Z")));
    assert_eq!(berlin().add(friday, 60), Some(at("2026-01-09T16:00:00Z")));
    assert_eq!(berlin().add(friday, 90), Some(at("2026-01-12T08:30:00Z")));
    assert_eq!(berlin().minutes(friday, at("2026-01-12T08:30:00Z")), 90);
    // Saturday counts nothing: due is as from Monday at nine.
    assert_eq!(
        berlin().add(at("2026-01-10T12:00:00Z"), 1),
        Some(at("2026-01-12T08:01:00Z"))
    );
    assert_eq!(
        berlin().minutes(at("2026-01-10T00:00:00Z"), at("2026-01-11T23:00:00Z")),
        0
    );
}

#[test]
fn holidays_do_not_count() {
    let calendar = Calendar::read(
        "Europe/Berlin",
        &json!({"thu": [["09:00", "17:00"]], "fri": [["09:00", "17:00"]], "holidays": ["2026-12-25"]}),
    )
    .unwrap();
    // Thursday 24 December 16:30; Friday is a holiday, the next opening is Thursday.
    assert_eq!(
        calendar.add(at("2026-12-24T15:30:00Z"), 60),
        Some(at("2026-12-31T08:30:00Z"))
    );
}

#[test]
fn breaks_in_the_middle_of_a_day_do_not_count() {
    let calendar = Calendar::read("UTC", &json!({"mon": [["13:30", "17:00"], ["09:00", "12:00"]]})).unwrap();
    assert_eq!(
        calendar.add(at("2026-01-05T11:30:00Z"), 60),
        Some(at("2026-01-05T14:00:00Z"))
    );
}

#[test]
fn the_clock_goes_forward_and_back() {
    // Sunday 29 March 2026, 02:00 becomes 03:00 in Berlin; Sunday 25 October, 03:00 becomes 02:00.
    let nights = Calendar::read("Europe/Berlin", &json!({"sun": [["01:00", "04:00"]]})).unwrap();
    let spring = (at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z"));
    let autumn = (at("2026-10-24T12:00:00Z"), at("2026-10-25T12:00:00Z"));
    assert_eq!(nights.minutes(spring.0, spring.1), 120);
    assert_eq!(nights.minutes(autumn.0, autumn.1), 240);
    // Nine in the morning is 08:00 UTC in winter and 07:00 UTC in summer.
    assert_eq!(
        berlin().add(at("2026-03-27T20:00:00Z"), 1),
        Some(at("2026-03-30T07:01:00Z"))
    );
    // Hours that begin in the missing hour begin when it is over.
    let missing = Calendar::read("Europe/Berlin", &json!({"sun": [["02:30", "04:00"]]})).unwrap();
    assert_eq!(missing.minutes(spring.0, spring.1), 60);
}

#[test]
fn days_may_go_to_midnight() {
    let calendar = Calendar::read(
        "UTC",
        &json!({"mon": [["00:00", "24:00"]], "tue": [["00:00", "01:00"]]}),
    )
    .unwrap();
    assert_eq!(
        calendar.add(at("2026-01-05T23:30:00Z"), 60),
        Some(at("2026-01-06T00:30:00Z"))
    );
}

#[test]
fn adding_and_counting_agree() {
    let calendar = berlin();
    for hours in 0..400 {
        let from = at("2026-03-20T03:17:00Z") + TimeDelta::hours(hours);
        for minutes in [1, 29, 480, 1440, 4000] {
            let due = calendar.add(from, minutes).unwrap();
            assert_eq!(calendar.minutes(from, due), minutes, "{from} + {minutes}");
        }
    }
}

#[test]
fn nonsense_is_refused_in_words() {
    for hours in [
        json!({"someday": []}),
        json!({"mon": "09:00-17:00"}),
        json!({"mon": [["17:00", "09:00"]]}),
        json!({"mon": [["09:00", "12:00"], ["11:00", "17:00"]]}),
        json!({"mon": [["9", "17:00"]]}),
        json!({"mon": []}),
        json!({"mon": [["09:00", "17:00"]], "holidays": ["Christmas"]}),
    ] {
        assert!(Calendar::read("UTC", &hours).is_err(), "{hours}");
    }
    assert!(Calendar::read("Mars/Olympus", &json!({})).is_err());
}

#[test]
fn around_the_clock_is_plain_time() {
    let always = Calendar::always();
    let from = at("2026-01-10T12:00:00Z");
    assert_eq!(always.add(from, 90), Some(at("2026-01-10T13:30:00Z")));
    assert_eq!(always.minutes(from, at("2026-01-10T13:30:59Z")), 90);
}
