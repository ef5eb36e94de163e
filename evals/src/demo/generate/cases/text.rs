//! The words of a case: what it is about, how urgent, in which mood, in which language.
//!
//! Nine in ten say what they are about. Of the rest some say nothing ("It does not work"), some mix two matters, so
//! that no classifier can be right always.

use crate::demo::generate::{
    accounts::Account,
    contacts::Contact,
    ctx::Ctx,
    dice::Dice,
    grammar::{Slots, join},
    world::Category,
};

/// What was written.
#[derive(Debug, Clone)]
pub(in super::super) struct Words {
    pub(in super::super) subject: String,
    pub(in super::super) text: String,
    pub(in super::super) language: String,
    /// How bad it is for the customer, 0 to 100.
    pub(in super::super) urgency: f64,
    /// -1 to 1.
    pub(in super::super) mood: f64,
    /// What will help.
    pub(in super::super) fix: String,
}

/// Writes the text of a case that belongs to a queue; a text in another language may belong to another one.
pub(super) fn words(
    ctx: &Ctx<'_>,
    dice: &mut Dice,
    queue: usize,
    account: Option<&Account>,
    contact: Option<&Contact>,
    health: f64,
) -> (Words, String, usize) {
    let mood = (0.05 + 0.24 * health + 0.42 * dice.normal()).clamp(-1.0, 1.0);
    let urgency = [88.0, 50.0, 16.0]
        .get(dice.weighted(&[0.17, 0.55, 0.28]))
        .copied()
        .unwrap_or(50.0)
        + 5.0 * dice.normal();
    let urgency = urgency.clamp(0.0, 100.0);
    let slots = slots(ctx, account, contact);
    let (queue, foreign) = other_language(ctx, dice, queue);
    let Some(category) = category(ctx, dice, queue) else {
        let words = Words {
            subject: String::new(),
            text: String::new(),
            language: String::new(),
            urgency,
            mood,
            fix: String::new(),
        };
        return (words, String::new(), queue);
    };
    let fix = slots.one(dice, &category.fixes);
    let difficult = account.is_some_and(|account| account.difficult);
    if let Some((language, subject, text)) = foreign {
        let words = Words {
            subject: slots.fill(dice, &subject),
            text: format!(
                "{}\n\n{}\n{}",
                slots.fill(dice, &text),
                farewell(dice, &language),
                signed(contact)
            ),
            language,
            urgency,
            mood,
            fix,
        };
        return (words, category.key.clone(), queue);
    }
    let formal = difficult && dice.chance(0.5);
    let (subject, text) = match dice.weighted(&[0.885, 0.055, 0.06]) {
        _ if formal => complaint(ctx, dice, &slots),
        0 => plain(ctx, dice, &slots, category, category, urgency, mood, contact),
        1 => vague(ctx, dice, &slots, contact),
        _ => {
            // The subject and half of the text are about something else.
            let other = dice.index(ctx.world.queues.len());
            let other = super::text::category(ctx, dice, other).unwrap_or(category);
            plain(ctx, dice, &slots, other, category, urgency, mood, contact)
        }
    };
    let words = Words {
        subject,
        text,
        language: ctx.world.language.clone(),
        urgency: if formal { urgency.max(72.0) } else { urgency },
        mood: if formal { -0.85 } else { mood },
        fix,
    };
    (words, category.key.clone(), queue)
}

fn category<'w>(ctx: &Ctx<'w>, dice: &mut Dice, queue: usize) -> Option<&'w Category> {
    let categories = &ctx.world.queues.get(queue)?.categories;
    // The first one of a queue is the most frequent.
    let weights: Vec<f64> = (0..categories.len())
        .map(|at| 1.0 / (1.0 + 0.35 * at as f64))
        .collect();
    categories.get(dice.weighted(&weights))
}

/// A text in another language, now and then: its subject, its text, and the queue that it is for.
fn other_language(ctx: &Ctx<'_>, dice: &mut Dice, queue: usize) -> (usize, Option<(String, String, String)>) {
    let throw = dice.unit();
    let mut passed = 0.0;
    for language in &ctx.world.support_languages {
        passed += language.share;
        if throw < passed {
            let texts = ctx
                .world
                .foreign
                .get(&language.code)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let Some(text) = texts.get(dice.index(texts.len())) else {
                continue;
            };
            return (
                text.queue,
                Some((language.code.clone(), text.subject.clone(), text.text.clone())),
            );
        }
    }
    (queue, None)
}

fn slots<'w>(ctx: &Ctx<'w>, account: Option<&Account>, contact: Option<&Contact>) -> Slots<'w> {
    ctx.slots()
        .with(
            "company",
            account.map_or("a small company", |account| account.name.as_str()),
        )
        .with(
            "city",
            account.map_or("the north", |account| account.city.as_str()),
        )
        .with(
            "first",
            contact.map_or("there", |contact| contact.name.first.as_str()),
        )
}

#[expect(
    clippy::too_many_arguments,
    reason = "everything that decides how a letter sounds"
)]
fn plain(
    ctx: &Ctx<'_>,
    dice: &mut Dice,
    slots: &Slots<'_>,
    about: &Category,
    also: &Category,
    urgency: f64,
    mood: f64,
    contact: Option<&Contact>,
) -> (String, String) {
    let shared = ctx.shared;
    let subject = slots.one(dice, &about.subjects);
    let cross = mood < -0.45;
    let opening = if cross && dice.chance(0.5) {
        &shared.openings.cross
    } else {
        &shared.openings.calm
    };
    let impact = match urgency {
        high if high > 70.0 => &shared.impact.high,
        low if low < 30.0 => &shared.impact.low,
        _ => &shared.impact.normal,
    };
    let feeling = match mood {
        bad if bad < -0.45 => &shared.mood.bad,
        good if good > 0.5 => &shared.mood.good,
        _ => &shared.mood.neutral,
    };
    let mut body = vec![
        if dice.chance(0.3) {
            slots.one(dice, &shared.context)
        } else {
            String::new()
        },
        slots.one(dice, &about.problems),
    ];
    if dice.chance(0.7) {
        body.push(slots.one(dice, &about.details));
    }
    if !std::ptr::eq(about, also) {
        body.push(slots.one(dice, &also.problems));
    }
    if dice.chance(0.75) {
        body.push(slots.one(dice, impact));
    }
    body.push(slots.one(dice, feeling));
    let closing = slots.one(dice, &shared.closings);
    let name = signed(contact);
    let text = format!(
        "{}\n\n{}\n\n{closing}\n{name}",
        slots.one(dice, opening),
        join(&body)
    );
    (subject, text)
}

fn vague(ctx: &Ctx<'_>, dice: &mut Dice, slots: &Slots<'_>, contact: Option<&Contact>) -> (String, String) {
    let vague = &ctx.shared.vague;
    let text = format!("{}\n\n{}", slots.one(dice, &vague.texts), signed(contact));
    (slots.one(dice, &vague.subjects), text)
}

/// Who wrote it.
fn signed(contact: Option<&Contact>) -> String {
    contact.map_or_else(
        || "A customer".to_owned(),
        |contact| format!("{} {}", contact.name.first, contact.name.last),
    )
}

fn farewell(dice: &mut Dice, language: &str) -> &'static str {
    match language {
        "de" => dice.pick(&[
            "Mit freundlichen Grüßen",
            "Viele Grüße",
            "Danke und Gruß",
            "Freundliche Grüße",
        ]),
        "es" => dice.pick(&["Saludos", "Un saludo", "Muchas gracias", "Gracias de antemano"]),
        _ => dice.pick(&["Cordialement", "Merci d'avance", "Bien à vous", "Salutations"]),
    }
}

fn complaint(ctx: &Ctx<'_>, dice: &mut Dice, slots: &Slots<'_>) -> (String, String) {
    let difficult = &ctx.shared.difficult;
    (
        slots.one(dice, &difficult.subjects),
        slots.one(dice, &difficult.texts),
    )
}
