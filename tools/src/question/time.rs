//! From days as people say them to the time of a query, and to the days that it is compared with.

use chrono::NaiveDate;

use super::{calendar::Calendar, decline::DeclineReason, periods::Period};
use crate::semantic::{Compare, Grain, Range};

/// The range of a period.
pub(super) fn range(period: &Period) -> Result<Range, DeclineReason> {
    Ok(match period {
        Period::Range(range) => range.clone(),
        Period::Day(day) => Range::Between {
            from: Some(*day),
            to: Some(*day),
        },
        Period::Earlier(unit) => Range::Relative {
            unit: *unit,
            offset: -1,
        },
        Period::Nowhere => return Err(DeclineReason::Days),
    })
}

/// The first and last day of a period.
pub(super) fn days(calendar: Calendar, period: &Period) -> (Option<NaiveDate>, Option<NaiveDate>) {
    range(period).map_or((None, None), |range| calendar.days(&range))
}

/// What a range is compared with. Without a range of its own the question means the stretch that follows the one that it
/// names: "revenue compared to last year" is this year's.
pub(super) fn beside(
    calendar: Calendar,
    own: Option<&Range>,
    said: &[Period],
) -> Result<(Range, Compare), DeclineReason> {
    let senseless = || DeclineReason::Senseless {
        what: "days".to_owned(),
    };
    let [.., said] = said else {
        // "Compare this quarter" names nothing else: with the stretch before.
        return own
            .cloned()
            .map(|own| (own, Compare::PreviousPeriod))
            .ok_or_else(senseless);
    };
    if let (Period::Earlier(unit), Some(own)) = (said, own) {
        let compare = if *unit == Grain::Year {
            Compare::PreviousYear
        } else {
            Compare::PreviousPeriod
        };
        return Ok((own.clone(), compare));
    }
    let said = range(said)?;
    let last_year = said
        == Range::Relative {
            unit: Grain::Year,
            offset: -1,
        };
    let own = match (own, &said) {
        (Some(own), _) => own.clone(),
        (None, Range::Relative { unit, offset }) => Range::Relative {
            unit: *unit,
            offset: offset + 1,
        },
        _ => return Err(senseless()),
    };
    if last_year {
        return Ok((own, Compare::PreviousYear));
    }
    let (first, last) = calendar.days(&own);
    let (earlier_first, earlier_last) = calendar.days(&said);
    let a_year = |day: Option<NaiveDate>| day.and_then(|day| day.checked_sub_months(chrono::Months::new(12)));
    if first.and_then(|day| day.pred_opt()) == earlier_last && earlier_last.is_some() {
        Ok((own, Compare::PreviousPeriod))
    } else if a_year(first) == earlier_first && a_year(last) == earlier_last {
        Ok((own, Compare::PreviousYear))
    } else {
        Err(senseless())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_are_with_the_stretch_before_or_the_year_before() {
        let calendar = Calendar {
            today: NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
            fiscal_year_start: 1,
        };
        let quarter = |offset| Range::Relative {
            unit: Grain::Quarter,
            offset,
        };
        let named = |year| Range::Named {
            unit: Grain::Quarter,
            year,
            number: Some(3),
        };
        let with = |own: Option<&Range>, said: Range| beside(calendar, own, &[Period::Range(said)]);

        assert_eq!(
            with(Some(&quarter(0)), quarter(-1)),
            Ok((quarter(0), Compare::PreviousPeriod))
        );
        assert_eq!(with(None, quarter(-1)), Ok((quarter(0), Compare::PreviousPeriod)));
        assert_eq!(
            with(Some(&named(2026)), named(2025)),
            Ok((named(2026), Compare::PreviousYear))
        );
        assert!(with(Some(&quarter(0)), quarter(-3)).is_err());
    }
}
