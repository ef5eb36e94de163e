//! Campaigns, whom they reached, and what those people opened, clicked and visited.

use uuid::Uuid;

use super::{
    calendar::{Moment, NOW},
    catalogue::SINCE,
    contacts::Contact,
    ctx::Ctx,
    dice::{Dice, sigmoid},
    leads::Lead,
    rows::Sink,
    world::Campaign,
};

/// Who was reached.
#[derive(Debug, Clone, Copy)]
enum Person {
    Lead(Uuid),
    Contact(Uuid, Uuid),
}

/// The id of a campaign by its place.
pub(super) fn id(ctx: &Ctx<'_>, at: usize) -> Uuid {
    ctx.maker.id("campaign", &format!("K{at}"), SINCE)
}

/// Writes campaigns, members and events.
pub(super) fn write(
    ctx: &Ctx<'_>,
    sink: &mut Sink,
    leads: &[(Uuid, Lead)],
    contacts: &[Contact],
    accounts: &[super::accounts::Account],
) {
    let mut dice = ctx.dice("campaigns");
    for (at, campaign) in ctx.world.campaigns.iter().enumerate() {
        let mut members: Vec<(Person, f64, Moment)> = Vec::new();
        for (lead_id, lead) in leads {
            if lead.campaign == Some(at) {
                members.push((Person::Lead(*lead_id), lead.intent, lead.created));
            }
        }
        // The rest are people whom the company knows already.
        let start = Moment(campaign.start * 24 * 60).plus_hours(9.0);
        let first = dice.index(contacts.len());
        let missing = campaign.members.saturating_sub(members.len());
        for contact in contacts
            .iter()
            .cycle()
            .skip(first)
            .take(missing.min(contacts.len()))
        {
            if let Some(account) = accounts.get(contact.account) {
                members.push((Person::Contact(contact.id, account.id), dice.normal(), start));
            }
        }
        campaign_row(ctx, sink, at, campaign, members.len());
        for (nth, (person, intent, met)) in members.into_iter().enumerate() {
            member(
                ctx,
                &mut dice,
                sink,
                (at, nth),
                campaign,
                person,
                intent,
                met.max(start),
            );
        }
    }
    visits(ctx, &mut dice, sink, leads);
}

fn campaign_row(ctx: &Ctx<'_>, sink: &mut Sink, at: usize, campaign: &Campaign, sent: usize) {
    let external = format!("K{at}");
    let end = campaign.start + campaign.days;
    let status = match (campaign.start > 0, end < 0) {
        (true, _) => "planned",
        (_, true) => "completed",
        _ => "in_progress",
    };
    let owner = ctx
        .people
        .iter()
        .position(|person| person.role == "manager")
        .unwrap_or_default();
    let row = ctx
        .maker
        .row(
            id(ctx, at),
            &external,
            Moment((campaign.start - 20) * 24 * 60),
            Moment(end.min(0) * 24 * 60),
        )
        .id("owner_id", ctx.user(owner))
        .set("name", campaign.name.as_str())
        .set("type", campaign.kind.as_str())
        .set("status", status)
        .set("is_active", status == "in_progress")
        .date("start_date", campaign.start)
        .date("end_date", end)
        .set("budgeted_cost", campaign.cost * 110)
        .set("actual_cost", campaign.cost * 100)
        .set("number_sent", sent)
        .set("currency", ctx.currency.as_str());
    sink.push("campaign", row);
}

#[expect(
    clippy::too_many_arguments,
    reason = "one person in one campaign, everything about it"
)]
fn member(
    ctx: &Ctx<'_>,
    dice: &mut Dice,
    sink: &mut Sink,
    place: (usize, usize),
    campaign: &Campaign,
    person: Person,
    intent: f64,
    met: Moment,
) {
    let (at, nth) = place;
    let opened = dice.chance(sigmoid(-0.1 + 0.7 * intent));
    let clicked = opened && dice.chance(sigmoid(-0.7 + 0.7 * intent));
    let came = matches!(campaign.kind.as_str(), "event" | "webinar");
    let responded = clicked && dice.chance(sigmoid(-0.2 + 0.6 * intent + campaign.lift));
    let unsubscribed = !clicked && dice.chance(0.015);
    let status = match (responded, came) {
        (true, true) => "attended",
        (true, false) => "responded",
        _ if unsubscribed => "unsubscribed",
        (false, true) if clicked => "no_show",
        _ if clicked => "clicked",
        _ if opened => "opened",
        _ => "sent",
    };
    let sent = met.plus_hours(dice.real(0.1, 40.0)).min(Moment(NOW.0 - 600));
    let answered = sent.plus_hours(dice.real(0.5, 80.0)).min(Moment(NOW.0 - 60));
    let external = format!("K{at}-{nth}");
    let (lead, contact, account) = match person {
        Person::Lead(lead) => (Some(lead), None, None),
        Person::Contact(contact, account) => (None, Some(contact), Some(account)),
    };
    let row = ctx
        .maker
        .row(
            ctx.maker.id("campaign_member", &external, sent),
            &external,
            sent,
            answered,
        )
        .id("campaign_id", id(ctx, at))
        .maybe_id("lead_id", lead)
        .maybe_id("contact_id", contact)
        .set("status", status)
        .set("has_responded", responded)
        .maybe_time("first_responded_at", responded.then_some(answered));
    sink.push("campaign_member", row);
    let mut event = |kind: &str, when: Moment| {
        let external = format!("{external}-{kind}");
        let row = ctx
            .maker
            .row(
                ctx.maker.id("engagement_event", &external, when),
                &external,
                when,
                when,
            )
            .set("type", kind)
            .maybe_id("lead_id", lead)
            .maybe_id("contact_id", contact)
            .maybe_id("account_id", account)
            .id("campaign_id", id(ctx, at))
            .set("subject", campaign.name.as_str())
            .some("url", None::<&str>)
            .set("source", "campaign")
            .time("occurred_at", when);
        sink.push("engagement_event", row);
    };
    if opened {
        event("email_opened", answered);
    }
    if clicked {
        event("email_clicked", answered.plus_hours(0.1).min(NOW));
    }
    if responded {
        event(
            if came { "event_attended" } else { "form_submitted" },
            answered.plus_hours(0.3).min(NOW),
        );
    }
}

/// Pages that leads look at in their first weeks; who wants it looks more.
fn visits(ctx: &Ctx<'_>, dice: &mut Dice, sink: &mut Sink, leads: &[(Uuid, Lead)]) {
    let host = format!("https://www.{}.example", ctx.maker.slug);
    for (lead_id, lead) in leads {
        for nth in 0..dice.count(1.3 * (0.5 * lead.intent).exp()).min(12) {
            let when = lead.created.plus_hours(dice.real(-30.0, 320.0));
            if when.is_ahead() {
                continue;
            }
            let (page, kind) = match dice.weighted(&[0.4, 0.25, 0.2, 0.15]) {
                0 => ("product", "page_visited"),
                1 => ("pricing", "page_visited"),
                2 => ("customers", "page_visited"),
                _ => ("guide", "content_downloaded"),
            };
            let external = format!("V-{lead_id}-{nth}");
            let row = ctx
                .maker
                .row(
                    ctx.maker.id("engagement_event", &external, when),
                    &external,
                    when,
                    when,
                )
                .set("type", kind)
                .id("lead_id", *lead_id)
                .maybe_id("contact_id", None)
                .maybe_id("account_id", None)
                .maybe_id("campaign_id", None)
                .set("subject", page)
                .set("url", format!("{host}/{page}"))
                .set("source", "website")
                .time("occurred_at", when);
            sink.push("engagement_event", row);
        }
    }
}
