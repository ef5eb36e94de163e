//! When a case was answered, resolved, closed and reopened, and whether that was in time.

use crate::demo::generate::{calendar::Moment, ctx::Ctx, dice::Dice};

/// Minutes of a working day.
const OFFICE: i64 = 9 * 60;

/// The moments of a case; those ahead are not there yet.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Clocks {
    pub(in super::super) first_due: Moment,
    pub(in super::super) first: Option<Moment>,
    pub(in super::super) first_late: bool,
    pub(in super::super) due: Moment,
    pub(in super::super) pending: Option<Moment>,
    pub(in super::super) resolved: Option<Moment>,
    pub(in super::super) resolution_late: bool,
    pub(in super::super) reopened: Option<Moment>,
    pub(in super::super) closed: Option<Moment>,
}

/// Minutes that a promise allows: for the first answer and for the solution.
fn targets(priority: &str, premium: bool) -> (i64, i64) {
    match (priority, premium) {
        ("urgent", _) => (30, 240),
        ("high", false) => (120, 480),
        ("high", true) => (60, 480),
        ("normal", false) => (480, 1440),
        ("normal", true) => (240, 1440),
        (_, false) => (960, 2880),
        (_, true) => (480, 2880),
    }
}

pub(super) fn clocks(
    ctx: &Ctx<'_>,
    dice: &mut Dice,
    created: Moment,
    priority: &str,
    premium: bool,
    difficult: bool,
) -> Clocks {
    let (first_minutes, minutes) = targets(priority, premium);
    let (first_due, due) = (
        after(ctx, created, first_minutes, premium),
        after(ctx, created, minutes, premium),
    );
    let slow = if difficult { 0.45 } else { 0.0 };
    let share = |dice: &mut Dice, usual: f64| (usual + slow + 0.62 * dice.normal()).exp();
    let taken = first_minutes as f64 * share(dice, -0.85);
    let first = after(ctx, created, taken.max(3.0) as i64, premium);
    let taken = minutes as f64 * share(dice, -0.75);
    let resolved = after(ctx, created, taken as i64, premium).max(first.plus_hours(dice.real(0.1, 6.0)));
    let reopened = dice
        .chance(if difficult { 0.3 } else { 0.055 })
        .then(|| resolved.plus_hours(dice.real(4.0, 90.0)));
    let again = reopened.map(|moment| after(ctx, moment, minutes / 2, premium));
    let solved = again.unwrap_or(resolved);
    let closed = solved.plus_hours(dice.real(24.0, 120.0));
    // Some customers never answer, and the case waits for them.
    let stuck = dice.chance(0.02);
    let known = |moment: Moment| (!moment.is_ahead() && !stuck).then_some(moment);
    let pending = dice
        .chance(0.3)
        .then(|| first.plus_hours(0.2))
        .filter(|moment| *moment < resolved && !moment.is_ahead());
    Clocks {
        first_due,
        first: (!first.is_ahead()).then_some(first),
        first_late: first.min(crate::demo::generate::calendar::NOW) > first_due,
        due,
        pending: pending.or_else(|| {
            stuck
                .then_some(first.plus_hours(0.2))
                .filter(|moment| !moment.is_ahead())
        }),
        resolved: known(solved),
        resolution_late: resolved.min(crate::demo::generate::calendar::NOW) > due,
        reopened: reopened.and_then(known),
        closed: known(closed),
    }
}

/// So many minutes later: of the clock for premium, else of working days.
fn after(ctx: &Ctx<'_>, from: Moment, minutes: i64, around_the_clock: bool) -> Moment {
    if around_the_clock {
        return Moment(from.0 + minutes);
    }
    let mut at = ctx.calendar.opens(from);
    let mut left = minutes;
    while left > 0 {
        let step = left.min(OFFICE / 3);
        at = ctx.calendar.opens(Moment(at.0 + step));
        left -= step;
    }
    at
}
