//! Support cases: who asks what, in which words, how quickly it is answered, and how they feel about it.

pub(super) mod clock;
pub(super) mod text;
pub(super) mod write;

use uuid::Uuid;

use self::{clock::Clocks, text::Words};
use super::{
    accounts::Account,
    calendar::{FIRST_DAY, Moment, month},
    contacts,
    contacts::Contact,
    conversations::Thread,
    ctx::Ctx,
    dice::Dice,
    rows::Sink,
};

/// How many cases there are.
pub(super) const CASES: usize = 2000;
/// How many of them are the difficult account's.
const DIFFICULT: usize = 44;
/// How often each queue is right, by its place.
const SHARES: &[f64] = &[1.25, 1.2, 1.3, 1.1, 0.9, 0.8, 0.65, 0.9];

/// A case.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) id: Uuid,
    pub(super) external: String,
    pub(super) account: Option<usize>,
    pub(super) contact: Option<usize>,
    pub(super) created: Moment,
    /// Where it belongs.
    pub(super) queue: usize,
    /// Where it was put at first.
    pub(super) first_queue: usize,
    pub(super) category: String,
    pub(super) words: Words,
    pub(super) priority: &'static str,
    pub(super) owner: usize,
    pub(super) premium: bool,
    pub(super) clocks: Clocks,
    pub(super) escalated: Option<Moment>,
    pub(super) satisfaction: Option<(i64, Moment)>,
    pub(super) origin: &'static str,
}

/// Makes the cases, writes them with their events, and returns what was said in them.
pub(super) fn cases(
    ctx: &Ctx<'_>,
    sink: &mut Sink,
    accounts: &[Account],
    contacts: &[Contact],
) -> Vec<Thread> {
    let mut dice = ctx.dice("cases");
    let mut created: Vec<(Moment, Option<usize>)> = (0..CASES)
        .map(|at| {
            let account = who(&mut dice, accounts, at);
            (
                when(ctx, &mut dice, account.and_then(|at| accounts.get(at))),
                account,
            )
        })
        .collect();
    created.sort_by_key(|(moment, account)| (*moment, *account));
    let mut threads = Vec::new();
    for (at, (moment, account)) in created.into_iter().enumerate() {
        let case = case(ctx, &mut dice, at, moment, account, accounts, contacts);
        let thread = write::thread(ctx, &mut dice, &case, contacts);
        write::write(ctx, sink, &case, accounts, contacts, thread.as_ref());
        threads.extend(thread);
    }
    threads
}

/// Whose case it is: larger ones and discontent ones write more; some are nobody's yet.
fn who(dice: &mut Dice, accounts: &[Account], at: usize) -> Option<usize> {
    if at < DIFFICULT {
        return accounts.iter().position(|account| account.difficult);
    }
    if dice.chance(0.08) {
        return None;
    }
    loop {
        let at = dice.index(accounts.len());
        let account = accounts.get(at)?;
        if account.customer_since.is_none() || account.difficult {
            continue;
        }
        let weight = (account.employees as f64).powf(0.3) * (-0.3 * account.health).exp();
        if dice.chance((weight / 9.0).min(1.0)) {
            return Some(at);
        }
    }
}

/// While they are a customer; more in the busy months.
fn when(ctx: &Ctx<'_>, dice: &mut Dice, account: Option<&Account>) -> Moment {
    let from = account
        .and_then(|account| account.customer_since)
        .unwrap_or(FIRST_DAY)
        .max(FIRST_DAY);
    let until = account
        .and_then(|account| account.churned)
        .unwrap_or(0)
        .clamp(from + 3, 0.max(from + 3));
    for _ in 0..40 {
        let day = from + (dice.unit() * (until - from) as f64) as i64;
        let season = match month(day) {
            1 | 11 => 1.2,
            12 | 10 => 1.1,
            7 | 8 => 0.8,
            _ => 0.95,
        };
        let weekend = super::calendar::workday(day) != day;
        if dice.chance(season / 1.25 * if weekend { 0.25 } else { 1.0 }) {
            let moment = ctx.calendar.any_hour(dice, day);
            return if moment.is_ahead() {
                Moment(super::calendar::NOW.0 - dice.whole(20, 900))
            } else {
                moment
            };
        }
    }
    ctx.calendar.any_hour(dice, from.min(-1))
}

fn case(
    ctx: &Ctx<'_>,
    dice: &mut Dice,
    at: usize,
    created: Moment,
    place: Option<usize>,
    accounts: &[Account],
    contacts: &[Contact],
) -> Case {
    let external = format!("{}-S-{:05}", ctx.world.prefix, at + 1);
    let account = place.and_then(|at| accounts.get(at));
    let contact = place.map(|at| {
        let of = contacts::of_account(at);
        of.start + if dice.chance(0.2) { 0 } else { 1 + dice.index(2) }
    });
    let queue = dice
        .weighted(SHARES)
        .min(ctx.world.queues.len().saturating_sub(1));
    let health = account.map_or(0.0, |account| account.health);
    let difficult = account.is_some_and(|account| account.difficult);
    let person = contact.and_then(|at| contacts.get(at));
    let (words, category, queue) = text::words(ctx, dice, queue, account, person, health);
    // A few are put into the wrong queue, and some of those found.
    let wrong = dice.chance(0.085);
    let first_queue = if wrong {
        neighbour(dice, queue, ctx.world.queues.len())
    } else {
        queue
    };
    let queue = if wrong && dice.chance(0.55) {
        first_queue
    } else {
        queue
    };
    let priority = priority(dice, words.urgency);
    let premium = account.is_some_and(|account| ctx.segment_key(account.segment) == "large");
    let clocks = clock::clocks(ctx, dice, created, priority, premium, difficult);
    let anger = -0.5 * health - 1.3 * words.mood - 2.9;
    // What nobody has looked at yet lies where it came in.
    let queue = if clocks.first.is_some() {
        queue
    } else {
        first_queue
    };
    let escalated = (difficult && dice.chance(0.45)
        || dice.chance(super::dice::sigmoid(
            anger + if clocks.first_late { 0.8 } else { 0.0 },
        )) && words.mood < -0.2)
        .then(|| created.plus_hours(dice.real(3.0, 30.0)))
        .filter(|moment| !moment.is_ahead());
    let satisfaction = satisfaction(dice, &words, &clocks, health);
    let team = ctx.team("support");
    let owner = team
        .get((queue * 2 + dice.index(3)) % team.len().max(1))
        .copied()
        .unwrap_or_default();
    Case {
        id: ctx.maker.id("case", &external, created),
        external,
        account: place,
        contact,
        created,
        queue,
        first_queue,
        category,
        words,
        priority,
        owner,
        premium,
        clocks,
        escalated,
        satisfaction,
        origin: ["email", "web", "phone", "chat"]
            .get(dice.weighted(&[0.5, 0.25, 0.13, 0.12]))
            .copied()
            .unwrap_or("email"),
    }
}

fn neighbour(dice: &mut Dice, queue: usize, count: usize) -> usize {
    (queue + [1, 3, 5].get(dice.index(3)).copied().unwrap_or(1)) % count.max(1)
}

/// As a person sets it after a look at the text: mostly, not always, as urgent as it sounds.
fn priority(dice: &mut Dice, urgency: f64) -> &'static str {
    match urgency + 12.0 * dice.normal() {
        now if now > 86.0 => "urgent",
        soon if soon > 64.0 => "high",
        usual if usual > 24.0 => "normal",
        _ => "low",
    }
}

/// Some answer the question how it was.
fn satisfaction(dice: &mut Dice, words: &Words, clocks: &Clocks, health: f64) -> Option<(i64, Moment)> {
    let resolved = clocks.resolved?;
    let when = resolved.plus_hours(dice.real(1.0, 60.0));
    if !dice.chance(0.36) || when.is_ahead() {
        return None;
    }
    let late = f64::from(u8::from(clocks.first_late)) + f64::from(u8::from(clocks.resolution_late));
    let felt = 4.25 + 0.45 * health + 0.7 * words.mood - 0.85 * late + 0.75 * dice.normal();
    Some(((felt.round() as i64).clamp(1, 5), when))
}
