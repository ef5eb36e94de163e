//! Days, weeks and fiscal years in the tenant's time zone.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use sea_query::Expr;

use super::custom;
use crate::{
    analytics::{DayRange, Grain, Reporting},
    catalog::FieldType,
};

/// The moment in which a day begins. Where the clock skips midnight, that is when it goes on.
pub(crate) fn start_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let mut local = NaiveDateTime::new(day, NaiveTime::MIN);
    // No zone skips more than a day at once.
    for _ in 0..96 {
        if let Some(at) = zone.from_local_datetime(&local).earliest() {
            return at.with_timezone(&Utc);
        }
        local += TimeDelta::minutes(15);
    }
    local.and_utc()
}

/// The moment in which a day has ended.
pub(super) fn end_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    start_of(day.checked_add_days(Days::new(1)).unwrap_or(day), zone)
}

/// The day of a value in the tenant's time zone.
pub(super) fn day(value: Expr, kind: FieldType, zone: Tz) -> Expr {
    if kind == FieldType::Time {
        custom("($1 AT TIME ZONE $2)::date", [value, Expr::val(zone.name())])
    } else {
        value
    }
}

/// The moment of a value: a day counts from its beginning.
pub(super) fn moment(value: Expr, kind: FieldType, zone: Tz) -> Expr {
    if kind == FieldType::Time {
        value
    } else {
        custom("($1::timestamp AT TIME ZONE $2)", [value, Expr::val(zone.name())])
    }
}

/// The first day of the stretch in which a day lies.
pub(super) fn stretch(day: Expr, grain: Grain, reporting: &Reporting) -> Expr {
    let shift = i64::from(reporting.fiscal_year_start) - 1;
    match grain {
        Grain::Day => custom("($1)", [day]),
        Grain::Week => custom("date_trunc('week', ($1)::timestamp)::date", [day]),
        Grain::Month => custom("date_trunc('month', ($1)::timestamp)::date", [day]),
        Grain::Quarter => fiscal("quarter", day, shift),
        Grain::Year => fiscal("year", day, shift),
    }
}

/// Quarters and years that begin some months after January.
fn fiscal(unit: &str, day: Expr, shift: i64) -> Expr {
    if shift == 0 {
        return Expr::cust_with_exprs(format!("date_trunc('{unit}', ($1)::timestamp)::date"), [day]);
    }
    Expr::cust_with_exprs(
        format!(
            "(date_trunc('{unit}', ($1)::timestamp - interval '{shift} months') + interval '{shift} months')::date"
        ),
        [day],
    )
}

/// The first day of the stretch in which a day lies, without asking Postgres.
pub(super) fn stretch_of(day: NaiveDate, grain: Grain, reporting: &Reporting) -> NaiveDate {
    use chrono::Datelike as _;
    let back = |months: u32| {
        day.with_day(1)
            .and_then(|first| first.checked_sub_months(chrono::Months::new(months)))
            .unwrap_or(day)
    };
    let since = (day.month0() + 12 - (reporting.fiscal_year_start - 1)) % 12;
    match grain {
        Grain::Day => day,
        Grain::Week => day
            .checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday())))
            .unwrap_or(day),
        Grain::Month => back(0),
        Grain::Quarter => back(since % 3),
        Grain::Year => back(since),
    }
}

/// The years of which the stretches are known when a question is asked.
const KNOWN: std::ops::Range<i32> = 2000..2050;

/// The first day of the stretch in which a moment lies; another day of it, which is `day`, before and after those that are
/// known. Looking a moment up among some hundred takes a quarter of the time that making a day of it in a zone takes.
pub(super) fn begun(moment: &Expr, grain: Grain, reporting: &Reporting, day: Expr) -> Expr {
    let first = |year: i32| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    let mut stretch = stretch_of(first(KNOWN.start), grain, reporting);
    let (mut days, mut moments) = (Vec::new(), Vec::new());
    while stretch < first(KNOWN.end) {
        days.push(stretch);
        moments.push(start_of(stretch, reporting.timezone));
        let next = match months(grain) {
            Some(months) => stretch.checked_add_months(chrono::Months::new(months.unsigned_abs())),
            None if grain == Grain::Week => stretch.checked_add_days(Days::new(7)),
            None => None,
        };
        let Some(next) = next else { return day };
        stretch = next;
    }
    let (Some(since), Some(until)) = (moments.first().copied(), moments.last().copied()) else {
        return day;
    };
    Expr::cust_with_exprs(
        "CASE WHEN $1 >= $2 AND $3 < $4 THEN ($5) $6 width_bucket($7, $8) $9 ELSE $10 END",
        [
            moment.clone(),
            Expr::val(since),
            moment.clone(),
            Expr::val(until),
            Expr::val(days),
            // As parts, because what stands between them would be taken for a quoted name.
            Expr::cust("["),
            moment.clone(),
            Expr::val(moments),
            Expr::cust("]"),
            day,
        ],
    )
}

/// How many months a stretch has; none for those that are counted in days.
pub(super) fn months(grain: Grain) -> Option<i32> {
    match grain {
        Grain::Day | Grain::Week => None,
        Grain::Month => Some(1),
        Grain::Quarter => Some(3),
        Grain::Year => Some(12),
    }
}

/// The first day of a stretch moved as far as `to` lies from `from`, both first days of stretches too.
pub(super) fn moved(first: Expr, grain: Grain, from: NaiveDate, to: NaiveDate) -> Expr {
    use chrono::Datelike as _;
    if months(grain).is_none() {
        let days = to.signed_duration_since(from).num_days();
        let days = i32::try_from(days).unwrap_or(0);
        return custom("($1 + $2)", [first, Expr::val(days)]);
    }
    let count = |day: NaiveDate| day.year() * 12 + i32::try_from(day.month0()).unwrap_or(0);
    custom(
        "($1 + make_interval(months => $2))::date",
        [first, Expr::val(count(to) - count(from))],
    )
}

/// A value within days.
pub(super) fn within(value: &Expr, kind: FieldType, days: DayRange, zone: Tz) -> Expr {
    let mut conditions = Vec::new();
    if let Some(from) = days.from {
        let from = if kind == FieldType::Time {
            Expr::val(start_of(from, zone))
        } else {
            Expr::val(from)
        };
        conditions.push(custom("$1 >= $2", [value.clone(), from]));
    }
    match days.to {
        Some(to) if kind == FieldType::Time => {
            conditions.push(custom("$1 < $2", [value.clone(), Expr::val(end_of(to, zone))]));
        }
        Some(to) => conditions.push(custom("$1 <= $2", [value.clone(), Expr::val(to)])),
        None => {}
    }
    super::all(conditions).unwrap_or_else(|| custom("$1 IS NOT NULL", [value.clone()]))
}
