//! The way of a deal through its stages: when, how long, what it was thought to be worth and when to close.

use super::{Deal, Kind};
use crate::demo::generate::{
    calendar::{Moment, NOW, in_order, quarter_end, workday},
    ctx::Ctx,
    dice::Dice,
};

/// The stages that deals pass here, by their places in a new tenant's pipeline, with the share of the way.
pub(in super::super) const STAGES: &[(&str, i64, &str, f64)] = &[
    ("Qualification", 10, "pipeline", 0.0),
    ("Needs Analysis", 20, "pipeline", 0.16),
    ("Value Proposition", 50, "pipeline", 0.38),
    ("Proposal/Price Quote", 75, "best_case", 0.60),
    ("Negotiation/Review", 90, "commit", 0.82),
];
/// The stage in which a price is named.
pub(in super::super) const PROPOSAL: usize = 3;
/// The stage in which it is haggled over.
pub(in super::super) const NEGOTIATION: usize = 4;

/// How many days a deal takes.
pub(super) fn length(ctx: &Ctx<'_>, dice: &mut Dice, kind: Kind, segment: usize) -> f64 {
    let usual = ctx.segment(segment).map_or(40.0, |segment| segment.cycle_days);
    let usual = match kind {
        Kind::New => usual,
        Kind::Upsell | Kind::CrossSell => usual * 0.65,
        Kind::Renewal => 62.0,
    };
    (usual * (0.38 * dice.normal()).exp()).max(6.0)
}

/// When it ends, and whether it was hurried to be in before the quarter's end.
pub(super) fn end(dice: &mut Dice, created: Moment, length: f64) -> (Moment, bool) {
    let natural = created.plus_days(length);
    let day = natural.day();
    let last = quarter_end(day);
    let hour = dice.real(9.0, 17.5);
    let near = last - day;
    // Whatever could slip over the end of the quarter is pushed to be in before it.
    let before = quarter_end(day - 12);
    if before < day && before > created.day() + 4 && dice.chance(0.45) {
        return (Moment(before * 24 * 60).plus_hours(hour), true);
    }
    if (1..=14).contains(&near) && dice.chance(0.4) {
        return (Moment(last * 24 * 60).plus_hours(hour), true);
    }
    (Moment(workday(day) * 24 * 60).plus_hours(hour), false)
}

/// Fills in stages, hopes for the close, and amounts.
pub(super) fn walk(ctx: &Ctx<'_>, dice: &mut Dice, deal: &mut Deal, odds: f64) {
    let length = deal.end.days_since(deal.created).max(1.0);
    // A lost deal ends somewhere on the way; the better it looked, the later.
    let last = if deal.won {
        STAGES.len() - 1
    } else {
        let hope = (odds + 1.5).clamp(0.0, 3.0);
        dice.weighted(&[0.6, 0.9, 1.2, 1.4 + 0.3 * hope, 0.9 + 0.3 * hope])
    };
    let scale = STAGES.get(last + 1).map_or(1.0, |next| next.3);
    for (at, (_, _, _, share)) in STAGES.iter().enumerate().take(last + 1) {
        // Small ones do without a stage now and then, and sellers move stages when they think of it.
        if matches!(at, 2 | NEGOTIATION) && at != last && dice.chance(0.25)
            || at == NEGOTIATION && deal.won && dice.chance(0.3)
        {
            continue;
        }
        let jitter = if at == 0 { 0.0 } else { dice.real(-0.09, 0.13) };
        let moment = deal
            .created
            .plus_days(length * (share / scale + jitter).clamp(0.0, 0.97));
        deal.stages.push((moment, at));
    }
    let mut moments: Vec<Moment> = deal.stages.iter().map(|(moment, _)| *moment).collect();
    moments.sort();
    for (stage, moment) in deal.stages.iter_mut().zip(moments) {
        stage.0 = moment;
    }
    in_order(&mut deal.stages);
    hopes(ctx, dice, deal, length);
}

/// When it is thought to close: as usual at first; then, when that day comes near, later.
fn hopes(ctx: &Ctx<'_>, dice: &mut Dice, deal: &mut Deal, length: f64) {
    let usual = match deal.causes.kind {
        Kind::Renewal => 60.0,
        Kind::New => length * dice.real(0.75, 1.05),
        Kind::Upsell | Kind::CrossSell => length * dice.real(0.8, 1.1),
    };
    let mut hoped = workday(deal.created.plus_days(usual).day());
    deal.close_days.push((deal.created, hoped));
    // Who wants it less lets it slip more.
    let patience = (-0.35 * deal.causes.need).exp();
    let until = if deal.end.is_ahead() || deal.forgotten {
        NOW
    } else {
        deal.end
    };
    for _ in 0..6 {
        let day = hoped - dice.whole(0, 6);
        let noticed = ctx.calendar.office(dice, day);
        if noticed >= until || hoped >= deal.end.day() && !deal.forgotten {
            break;
        }
        hoped = workday(hoped + 7 + (dice.real(5.0, 24.0) * patience) as i64);
        deal.close_days
            .push((noticed.max(deal.created.plus_hours(2.0)), hoped));
        if deal.forgotten && deal.close_days.len() > 3 {
            break;
        }
    }
    in_order(&mut deal.close_days);
}
