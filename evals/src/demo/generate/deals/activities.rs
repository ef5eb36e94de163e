//! What sellers and buyers do while a deal runs. Interest shows: more meetings, quicker and warmer answers.

use super::{Deal, Kind, model::log_odds};
use crate::demo::generate::{
    accounts::Account,
    calendar::{Moment, NOW},
    contacts::Contact,
    ctx::Ctx,
    dice::{Dice, sigmoid},
    grammar::Slots,
    rows::{Row, Sink},
};

/// What one deal's activities have in common.
struct Scene<'a, 'w> {
    ctx: &'a Ctx<'w>,
    deal: &'a Deal,
    account: &'a Account,
    contacts: &'a [Contact],
    /// The hidden interest that shows in what people do, around 0.
    interest: f64,
    slots: Slots<'w>,
    until: Moment,
    written: usize,
}

/// Writes everything that was done about a deal; returns when something was done last.
pub(in super::super) fn write(
    ctx: &Ctx<'_>,
    dice: &mut Dice,
    sink: &mut Sink,
    deal: &Deal,
    account: &Account,
    contacts: &[Contact],
) -> Moment {
    let kind = match deal.causes.kind {
        Kind::New => 1.0,
        Kind::Upsell | Kind::CrossSell => 0.8,
        Kind::Renewal => 0.55,
    };
    // The log odds without what the owner and the price add: what the buyer's side feels.
    let felt = log_odds(&deal.causes) - deal.causes.skill * 0.9;
    let interest = 0.6 * deal.causes.need + 0.25 * felt + 0.2 * dice.normal();
    let contact = contacts.first();
    let rival = deal.competitor.and_then(|at| ctx.world.competitors.get(at));
    let topic = ctx.world.deal_topics.get(dice.index(ctx.world.deal_topics.len()));
    let slots = ctx
        .slots()
        .with(
            "first",
            contact
                .map(|contact| contact.name.first.clone())
                .unwrap_or_default(),
        )
        .with("company", account.name.as_str())
        .with(
            "title",
            contact.map(|contact| contact.title.clone()).unwrap_or_default(),
        )
        .with("size", ctx.size(deal.units))
        .with("topic", topic.cloned().unwrap_or_default())
        .with("reference", "A customer in your trade")
        .with(
            "competitor",
            rival.map_or("another supplier", |rival| rival.name.as_str()),
        );
    let mut scene = Scene {
        ctx,
        deal,
        account,
        contacts,
        interest,
        slots,
        until: if deal.is_closed() { deal.end } else { NOW },
        written: 0,
    };
    let mut last = deal.created;
    let mut at = deal.created.plus_hours(dice.real(0.5, 20.0));
    // A forgotten deal is left alone after its end.
    let active = if deal.end < scene.until {
        deal.end
    } else {
        scene.until
    };
    while at < active {
        let moment = ctx.calendar.opens(at);
        if moment < active {
            scene.one(dice, sink, moment, kind);
            last = moment;
        }
        // About one thing a week, closer together while it is hot.
        let gap = 7.2 / (kind * (0.22 * interest).exp()) * dice.real(0.3, 1.9);
        at = at.plus_days(gap.clamp(0.3, 30.0));
    }
    if !deal.is_closed() && !deal.forgotten && dice.chance(0.55) {
        scene.planned(dice, sink);
    }
    last
}

impl Scene<'_, '_> {
    fn one(&mut self, dice: &mut Dice, sink: &mut Sink, at: Moment, kind: f64) {
        let meets = 0.20 * (0.45 * self.interest).exp();
        match dice.weighted(&[0.40, meets, 0.20, 0.09, 0.10]) {
            0 => self.mail(dice, sink, at),
            1 => self.meeting(dice, sink, at),
            2 => self.call(dice, sink, at),
            3 => self.note(dice, sink, at),
            _ if kind < 0.6 => self.call(dice, sink, at),
            _ => self.task(dice, sink, at),
        }
    }

    /// A mail, and perhaps its answer.
    fn mail(&mut self, dice: &mut Dice, sink: &mut Sink, at: Moment) {
        let (shared, slots) = (self.ctx.shared, self.slots.clone());
        let agent = self.ctx.first_name(self.deal.owner(at));
        let slots = slots.with("agent", agent);
        let mail = shared.email_out.get(dice.index(shared.email_out.len()));
        let (subject, text) = mail.map_or((String::new(), String::new()), |mail| {
            (slots.fill(dice, &mail.subject), slots.fill(dice, &mail.text))
        });
        let row = self
            .row(at, "email", &subject, &text)
            .set("direction", "outbound");
        sink.push("activity", done(row, at, None));
        if !dice.chance(sigmoid(0.75 + 0.7 * self.interest)) {
            return;
        }
        let hours = 26.0 * (-0.5 * self.interest + 0.55 * dice.normal()).exp();
        let answered = self.ctx.calendar.opens(at.plus_hours(hours.clamp(0.2, 400.0)));
        if answered >= self.until {
            return;
        }
        let mood = 0.8 * self.interest + 0.9 * dice.normal();
        let words = match mood {
            warm if warm > 0.55 => &shared.email_in.warm,
            cold if cold < -0.7 => &shared.email_in.cold,
            _ => &shared.email_in.neutral,
        };
        let text = slots.one(dice, words);
        let row = self
            .row(answered, "email", &format!("Re: {subject}"), &text)
            .set("direction", "inbound");
        sink.push("activity", done(row, answered, None));
    }

    fn meeting(&mut self, dice: &mut Dice, sink: &mut Sink, at: Moment) {
        let shared = self.ctx.shared;
        let subject = self.slots.one(dice, &shared.meeting_titles);
        let text = self.slots.one(dice, &shared.meeting_notes);
        let outcome = mood(self.interest + 0.9 * dice.normal());
        let minutes = [30, 45, 60, 90].get(dice.index(4)).copied().unwrap_or(45);
        let row = self
            .row(at, "meeting", &subject, &text)
            .set("outcome", outcome)
            .set(
                "location",
                if dice.chance(0.7) {
                    "Video call"
                } else {
                    self.account.city.as_str()
                },
            );
        sink.push("activity", done(row, at, Some(minutes)));
    }

    fn call(&mut self, dice: &mut Dice, sink: &mut Sink, at: Moment) {
        let reached = dice.chance(sigmoid(0.3 + 0.5 * self.interest));
        let text = self.slots.one(dice, &self.ctx.shared.call_notes);
        let row = self
            .row(at, "call", &format!("Call with {}", self.account.name), &text)
            .set("direction", if dice.chance(0.2) { "inbound" } else { "outbound" })
            .set(
                "outcome",
                if reached {
                    mood(self.interest + dice.normal())
                } else {
                    "no_answer"
                },
            );
        sink.push("activity", done(row, at, Some(dice.whole(2, 25))));
    }

    fn note(&mut self, dice: &mut Dice, sink: &mut Sink, at: Moment) {
        let text = self.slots.one(dice, &self.ctx.shared.notes);
        let row = self.row(at, "note", "Note", &text);
        sink.push("activity", done(row, at, None));
    }

    fn task(&mut self, dice: &mut Dice, sink: &mut Sink, at: Moment) {
        let subject = self.slots.one(dice, &self.ctx.shared.tasks);
        let due = at.plus_days(dice.real(1.0, 6.0));
        let finished = at.plus_days(dice.real(0.2, 8.0));
        let complete = finished < self.until;
        let row = self
            .row(at, "task", &subject, "")
            .time("due_at", due)
            .set("status", if complete { "completed" } else { "planned" })
            .maybe_time("completed_at", complete.then_some(finished));
        sink.push("activity", row);
    }

    /// What is ahead of an open deal.
    fn planned(&mut self, dice: &mut Dice, sink: &mut Sink) {
        let day = dice.whole(1, 18);
        let at = self.ctx.calendar.office(dice, day);
        let subject = self.slots.one(dice, &self.ctx.shared.meeting_titles);
        let row = self
            .row(at, "meeting", &subject, "")
            .set("status", "planned")
            .time("due_at", at)
            .time("created_at", Moment(NOW.0 - dice.whole(60, 4000)))
            .time("updated_at", Moment(NOW.0 - 30));
        sink.push("activity", row);
    }

    fn row(&mut self, at: Moment, kind: &str, subject: &str, text: &str) -> Row {
        self.written += 1;
        let external = format!("{}-T{}", self.deal.external, self.written);
        let decider = self.deal.decider_at.is_some_and(|since| since <= at);
        // Once the one who decides takes part, every other thing is with them.
        let contact = if decider && self.written.is_multiple_of(2) {
            self.contacts.iter().find(|contact| contact.decides)
        } else {
            self.contacts.first()
        };
        blank(self.ctx, "activity", &external, at)
            .id("owner_id", self.ctx.user(self.deal.owner(at)))
            .set("type", kind)
            .set("subject", subject)
            .some("body", (!text.is_empty()).then_some(text))
            .maybe_id("contact_id", contact.map(|contact| contact.id))
            .id("account_id", self.account.id)
            .id("opportunity_id", self.deal.id)
    }
}

/// An activity with a value for every column, so that all rows have the same ones.
pub(in super::super) fn blank(ctx: &Ctx<'_>, object: &str, external: &str, at: Moment) -> Row {
    let mut row = ctx
        .maker
        .row(ctx.maker.id(object, external, at), external, at, at)
        .time("occurred_at", at)
        .set("status", "completed")
        .set("priority", "normal");
    for field in [
        "body",
        "direction",
        "outcome",
        "due_at",
        "ended_at",
        "completed_at",
        "duration_minutes",
        "location",
        "lead_id",
        "contact_id",
        "account_id",
        "opportunity_id",
        "case_id",
        "campaign_id",
    ] {
        row = row.some(field, None::<&str>);
    }
    row
}

/// Finishes a row of something that happened.
pub(in super::super) fn done(row: Row, at: Moment, minutes: Option<i64>) -> Row {
    let end = Moment(at.0 + minutes.unwrap_or(0)).min(NOW);
    row.time("completed_at", end)
        .time("updated_at", end)
        .some("duration_minutes", minutes)
        .maybe_time("ended_at", minutes.map(|_| end))
}

fn mood(felt: f64) -> &'static str {
    match felt {
        good if good > 0.6 => "positive",
        bad if bad < -0.7 => "negative",
        _ => "neutral",
    }
}
