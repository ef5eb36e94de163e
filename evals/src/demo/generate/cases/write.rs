//! Cases as records, with their events, their history and their thread.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Case;
use crate::demo::generate::{
    accounts::Account,
    calendar::{Moment, NOW, in_order},
    catalogue::{premium_id, queue_id},
    contacts::Contact,
    conversations::{self, Said, Thread, Whom},
    ctx::Ctx,
    dice::Dice,
    rows::{Change, Sink},
    words::name,
};

/// What became of a case, in order.
fn path(case: &Case) -> Vec<(Moment, &'static str)> {
    let clocks = &case.clocks;
    let mut path = vec![(case.created, "new")];
    path.extend(clocks.first.map(|at| (at, "open")));
    path.extend(clocks.pending.map(|at| (at, "pending")));
    if let Some(reopened) = clocks.reopened {
        path.push((reopened.plus_hours(-3.0).max(case.created), "resolved"));
        path.push((reopened, "reopened"));
    }
    path.extend(clocks.resolved.map(|at| (at, "resolved")));
    path.extend(clocks.closed.map(|at| (at, "closed")));
    in_order(&mut path);
    path
}

/// Writes a case.
pub(super) fn write(
    ctx: &Ctx<'_>,
    sink: &mut Sink,
    case: &Case,
    accounts: &[Account],
    contacts: &[Contact],
    thread: Option<&Thread>,
) {
    let path = path(case);
    let (last, status) = path.last().copied().unwrap_or((case.created, "new"));
    let account = case.account.and_then(|at| accounts.get(at));
    let contact = case.contact.and_then(|at| contacts.get(at));
    let stranger = contact
        .is_none()
        .then(|| name(&mut Dice::of(&case.external), "en"));
    let category = case.clocks.resolved.map(|_| case.category.as_str());
    let mail = stranger.as_ref().map(|name| {
        let (first, last) = (
            super::super::words::plain(&name.first),
            super::super::words::plain(&name.last),
        );
        format!("{first}.{last}@mailhaven.example")
    });
    let waits = status == "pending";
    let row = ctx
        .maker
        .row(case.id, &case.external, case.created, last)
        .maybe_id("owner_id", case.clocks.first.map(|_| ctx.user(case.owner)))
        .set("subject", case.words.subject.as_str())
        .set("description", case.words.text.as_str())
        .set("status", status)
        .set("priority", case.priority)
        .set("origin", case.origin)
        .set("type", kind(&case.category))
        .some("reason", category)
        .set("language", case.words.language.as_str())
        .maybe_id("account_id", account.map(|account| account.id))
        .maybe_id("contact_id", contact.map(|contact| contact.id))
        .maybe_id(
            "conversation_id",
            thread.map(|thread| conversations::id(ctx, thread)),
        )
        .id("queue_id", queue_id(ctx, case.queue))
        .maybe_id("sla_policy_id", case.premium.then(|| premium_id(ctx)))
        .some(
            "supplied_name",
            stranger.map(|name| format!("{} {}", name.first, name.last)),
        )
        .some("supplied_email", mail)
        .set("is_escalated", case.escalated.is_some())
        .time("first_response_due_at", case.clocks.first_due)
        .maybe_time("first_responded_at", case.clocks.first)
        .set("first_response_breached", case.clocks.first_late)
        .time("resolution_due_at", case.clocks.due)
        .maybe_time("pending_since", case.clocks.pending.filter(|_| waits))
        .maybe_time("resolved_at", case.clocks.resolved)
        .set("resolution_breached", case.clocks.resolution_late)
        .maybe_time("closed_at", case.clocks.closed)
        .set("reopened_count", u8::from(case.clocks.reopened.is_some()))
        .some(
            "resolution",
            case.clocks.resolved.map(|_| case.words.fix.as_str()),
        )
        .some("satisfaction", case.satisfaction.map(|(stars, _)| stars))
        .time("last_activity_at", last);
    sink.push("case", row);
    history(ctx, sink, case, &path);
    events(ctx, sink, case, &path);
}

fn kind(category: &str) -> &'static str {
    match category {
        "refund" | "wish" | "contract" | "partner" | "gdpr" | "onboarding" | "rules" | "map"
        | "device_swap" => "request",
        "how_to" | "security" | "invoice" | "reports" => "question",
        _ => "problem",
    }
}

fn history(ctx: &Ctx<'_>, sink: &mut Sink, case: &Case, path: &[(Moment, &'static str)]) {
    let mut log = |field, old: Value, new: Value, at: Moment| {
        let actor = (at > case.created).then(|| ctx.user(case.owner));
        ctx.maker.change(
            sink,
            "case",
            case.id,
            &Change {
                field,
                old,
                new,
                at,
                actor,
            },
        );
    };
    let mut before = Value::Null;
    for (at, status) in path {
        log("status", before, (*status).into(), *at);
        before = (*status).into();
    }
    let place = |queue| Value::from(queue_id(ctx, queue).to_string());
    log("queue_id", Value::Null, place(case.first_queue), case.created);
    if let (true, Some(first)) = (case.queue != case.first_queue, case.clocks.first) {
        log("queue_id", place(case.first_queue), place(case.queue), first);
    }
    if let Some(at) = case.escalated {
        log("is_escalated", false.into(), true.into(), at);
    }
}

fn events(ctx: &Ctx<'_>, sink: &mut Sink, case: &Case, path: &[(Moment, &'static str)]) {
    let agent = ctx.user(case.owner);
    let mut written = 0;
    let mut log = |kind: &str, old: Value, new: Value, at: Moment, actor: Option<Uuid>| {
        written += 1;
        let external = format!("{}-{written}", case.external);
        let row = ctx
            .maker
            .bare(ctx.maker.id("case_event", &external, at))
            .id("case_id", case.id)
            .set("kind", kind)
            .set("old", old)
            .set("new", new)
            .set("actor_kind", if actor.is_some() { "user" } else { "job" })
            .id("actor_id", actor.unwrap_or(case.id))
            .time("at", at);
        sink.push("case_event", row);
    };
    log(
        "created",
        Value::Null,
        json!({ "origin": case.origin }),
        case.created,
        None,
    );
    if let Some(first) = case.clocks.first {
        log(
            "assigned",
            Value::Null,
            json!({ "owner_id": agent }),
            first,
            Some(agent),
        );
        log("first_response", Value::Null, Value::Null, first, Some(agent));
    }
    for pair in path.windows(2) {
        if let [(_, old), (at, new)] = pair {
            log(
                "status_changed",
                json!({ "status": old }),
                json!({ "status": new }),
                *at,
                Some(agent),
            );
        }
    }
    if let Some(at) = case.escalated {
        log(
            "escalated",
            json!({ "is_escalated": false }),
            json!({ "is_escalated": true }),
            at,
            Some(agent),
        );
    }
    let late = [
        (case.clocks.first_late, case.clocks.first_due, "first_response"),
        (case.clocks.resolution_late, case.clocks.due, "resolution"),
    ];
    for (late, due, clock) in late {
        if late && !due.is_ahead() {
            log("sla_breached", Value::Null, json!({ "clock": clock }), due, None);
        }
    }
    if let Some((stars, at)) = case.satisfaction {
        log(
            "satisfaction",
            Value::Null,
            json!({ "satisfaction": stars }),
            at,
            None,
        );
    }
}

/// What was said about a case; not every case has more than its first words.
pub(super) fn thread(ctx: &Ctx<'_>, dice: &mut Dice, case: &Case, contacts: &[Contact]) -> Option<Thread> {
    let contact = contacts.get(case.contact?)?;
    if case.origin == "phone" || !dice.chance(0.62) {
        return None;
    }
    let shared = ctx.shared;
    let slots = ctx.slots().with("first", contact.name.first.as_str());
    let mut said = vec![Said::theirs(case.created, case.words.text.clone())];
    let agent = case.owner;
    if let Some(first) = case.clocks.first {
        let hello = format!(
            "{} {}",
            slots.one(dice, &shared.agent_first),
            slots.one(dice, &shared.agent_ask)
        );
        said.push(Said::ours(first, hello, agent));
        let end = case.clocks.resolved.unwrap_or(NOW);
        let between = end.days_since(first).max(0.02);
        let turns = dice.count(0.45 + 0.5 * f64::from(u8::from(case.escalated.is_some())));
        for turn in 0..turns {
            let at = first.plus_days(between * (turn as f64 + 0.5) / (turns as f64 + 1.0));
            let words = if case.words.mood < -0.4 {
                &shared.customer_bad
            } else {
                &shared.customer_more
            };
            said.push(Said::theirs(at, slots.one(dice, words)));
            let answer = at.plus_days(between * 0.3 / (turns as f64 + 1.0));
            said.push(Said::ours(answer, slots.one(dice, &shared.agent_ask), agent));
        }
        if let Some(at) = case.escalated {
            said.push(Said::note(
                at,
                "Escalated to the team lead; call within two business days.".to_owned(),
                agent,
            ));
        }
    }
    if let Some(resolved) = case.clocks.resolved {
        let fix = format!("{} {}", case.words.fix, slots.one(dice, &shared.agent_close));
        said.push(Said::ours(resolved, fix, agent));
        if dice.chance(0.5) {
            let pleased = case
                .satisfaction
                .map_or(case.words.mood > -0.4, |(stars, _)| stars > 3);
            let words = if pleased {
                &shared.customer_good
            } else {
                &shared.customer_bad
            };
            said.push(Said::theirs(
                resolved.plus_hours(dice.real(0.3, 20.0)),
                slots.one(dice, words),
            ));
        }
    }
    said.retain(|said| !said.at.is_ahead());
    said.sort_by_key(|said| said.at);
    Some(Thread {
        external: format!("{}-CV", case.external),
        channel: if case.origin == "email" { "email" } else { "chat" },
        subject: case.words.subject.clone(),
        whom: Whom::Case {
            contact: contact.id,
            case: case.id,
        },
        address: contact.email.clone(),
        owner: case.owner,
        language: case.words.language.clone(),
        queue: Some(case.queue),
        status: if case.clocks.resolved.is_some() {
            "closed"
        } else {
            "open"
        },
        outcome: "resolved",
        said,
    })
}
