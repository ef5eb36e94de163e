//! What was said, in threads.

use uuid::Uuid;

use super::{calendar::Moment, catalogue::queue_id, ctx::Ctx, rows::Sink};

/// A conversation.
#[derive(Debug)]
pub(super) struct Thread {
    pub(super) external: String,
    pub(super) channel: &'static str,
    pub(super) subject: String,
    pub(super) whom: Whom,
    pub(super) address: String,
    pub(super) owner: usize,
    pub(super) language: String,
    pub(super) queue: Option<usize>,
    pub(super) status: &'static str,
    pub(super) outcome: &'static str,
    pub(super) said: Vec<Said>,
}

/// With whom.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whom {
    Lead(Uuid),
    /// A contact about a case.
    Case {
        contact: Uuid,
        case: Uuid,
    },
}

/// A message.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) at: Moment,
    pub(super) text: String,
    /// Who of the company said it; none is the customer.
    pub(super) by: Option<usize>,
    /// Only for colleagues.
    pub(super) internal: bool,
}

impl Said {
    /// Words of the customer.
    pub(super) fn theirs(at: Moment, text: String) -> Self {
        Self {
            at,
            text,
            by: None,
            internal: false,
        }
    }

    /// Words of somebody of the company.
    pub(super) fn ours(at: Moment, text: String, by: usize) -> Self {
        Self {
            at,
            text,
            by: Some(by),
            internal: false,
        }
    }

    /// A note among colleagues.
    pub(super) fn note(at: Moment, text: String, by: usize) -> Self {
        Self {
            at,
            text,
            by: Some(by),
            internal: true,
        }
    }
}

/// The id of a thread.
pub(super) fn id(ctx: &Ctx<'_>, thread: &Thread) -> Uuid {
    let at = thread.said.first().map_or(Moment(0), |said| said.at);
    ctx.maker.id("conversation", &thread.external, at)
}

/// Writes the threads with their messages.
pub(super) fn write(ctx: &Ctx<'_>, sink: &mut Sink, threads: &[Thread]) {
    for thread in threads {
        let (Some(first), Some(last)) = (thread.said.first(), thread.said.last()) else {
            continue;
        };
        let conversation = id(ctx, thread);
        let (lead, contact, case) = match thread.whom {
            Whom::Lead(lead) => (Some(lead), None, None),
            Whom::Case { contact, case } => (None, Some(contact), Some(case)),
        };
        let closed = thread.status == "closed";
        let row = ctx
            .maker
            .bare(conversation)
            .time("created_at", first.at)
            .time("updated_at", last.at)
            .set("channel", thread.channel)
            .set("subject", thread.subject.as_str())
            .set("status", thread.status)
            .set("language", thread.language.as_str())
            .id("owner_id", ctx.user(thread.owner))
            .set("message_count", thread.said.len())
            .time("last_message_at", last.at)
            .maybe_id("lead_id", lead)
            .maybe_id("contact_id", contact)
            .maybe_id("case_id", case)
            .maybe_id("queue_id", thread.queue.map(|queue| queue_id(ctx, queue)))
            .set("address", thread.address.as_str())
            .some("outcome", closed.then_some(thread.outcome))
            .maybe_time("closed_at", closed.then_some(last.at));
        sink.push("conversation", row);
        for (nth, said) in thread.said.iter().enumerate() {
            message(ctx, sink, thread, conversation, nth, said);
        }
    }
}

fn message(ctx: &Ctx<'_>, sink: &mut Sink, thread: &Thread, conversation: Uuid, nth: usize, said: &Said) {
    let (lead, contact, case) = match thread.whom {
        Whom::Lead(lead) => (Some(lead), None, None),
        Whom::Case { contact, case } => (None, Some(contact), Some(case)),
    };
    let external = format!("{}-{nth}", thread.external);
    let direction = match (said.by, said.internal) {
        (None, _) => "inbound",
        (Some(_), true) => "internal",
        (Some(_), false) => "outbound",
    };
    let kind = match (said.internal, thread.channel) {
        (true, _) => "note",
        (_, "email") => "email",
        _ => "text",
    };
    let us = format!("help@{}.example", ctx.maker.slug);
    let (from, to) = if said.by.is_some() {
        (us.as_str(), thread.address.as_str())
    } else {
        (thread.address.as_str(), us.as_str())
    };
    let row = ctx
        .maker
        .bare(ctx.maker.id("message", &external, said.at))
        .time("created_at", said.at)
        .id("conversation_id", conversation)
        .set("direction", direction)
        .set("kind", kind)
        .set("author_kind", if said.by.is_some() { "user" } else { "visitor" })
        .maybe_id("author_id", said.by.map(|by| ctx.user(by)))
        .set("body", said.text.as_str())
        .set("language", thread.language.as_str())
        .set("channel", thread.channel)
        .some("subject", (kind == "email").then_some(thread.subject.as_str()))
        .some("sender_address", (!said.internal).then_some(from))
        .some("recipient_address", (!said.internal).then_some(to))
        .set(
            "delivery_status",
            if said.by.is_some() {
                "delivered"
            } else {
                "received"
            },
        )
        .maybe_id("lead_id", lead)
        .maybe_id("contact_id", contact)
        .maybe_id("case_id", case);
    sink.push("message", row);
}
