//! What leads say in the chat on the website, and what they are told.

use uuid::Uuid;

use super::{
    conversations::{Said, Thread, Whom},
    ctx::Ctx,
    dice::{Dice, sigmoid},
    grammar::Slots,
    lead_rows::Identity,
    leads::Lead,
};

/// What fills the gaps in texts about a lead.
pub(super) fn slots<'w>(ctx: &Ctx<'w>, lead: &Lead, who: &Identity) -> Slots<'w> {
    let needs = &ctx.world.lead_needs;
    let need = needs
        .get(who.units.unsigned_abs() as usize % needs.len().max(1))
        .cloned()
        .unwrap_or_default();
    let mut cap = need.clone();
    if let Some(first) = cap.get(0..1) {
        let first = first.to_uppercase();
        cap.replace_range(0..1, &first);
    }
    let campaign = lead.campaign.and_then(|at| ctx.world.campaigns.get(at));
    let rival = ctx
        .world
        .competitors
        .get(who.units.unsigned_abs() as usize % ctx.world.competitors.len().max(1));
    let plan = ctx.segment(lead.segment).and_then(|segment| {
        let product = ctx
            .world
            .products
            .iter()
            .find(|product| product.code == segment.plan)?;
        Some(product.name.clone())
    });
    ctx.slots()
        .with("first", who.name.first.as_str())
        .with("company", who.company.as_str())
        .with("title", who.title.as_str())
        .with("size", ctx.size(who.units))
        .with("unit", ctx.world.unit.as_str())
        .with("need", need)
        .with("need_cap", cap)
        .with(
            "campaign",
            campaign.map_or("the fair", |campaign| campaign.name.as_str()),
        )
        .with("competitor", rival.map_or("paper", |rival| rival.name.as_str()))
        .with("budget", format!("{} {}", ctx.currency, who.units * 400))
        .with(
            "topic",
            ctx.world.deal_topics.first().cloned().unwrap_or_default(),
        )
        .with("reference", "A customer in your trade")
        .with("plan", plan.unwrap_or_default())
}

/// What was said in the chat on the website.
pub(super) fn chat(
    ctx: &Ctx<'_>,
    dice: &mut Dice,
    id: Uuid,
    external: &str,
    lead: &Lead,
    owner: usize,
    who: &Identity,
) -> Thread {
    let slots = slots(ctx, lead, who);
    let shared = ctx.shared;
    let mut said = vec![Said::theirs(lead.created, slots.one(dice, &shared.lead_open))];
    let mut at = lead.created.plus_hours(lead.response_hours.min(30.0));
    for _ in 0..=dice.count(0.7 + 0.35 * lead.intent.clamp(-1.5, 2.0)) {
        said.push(Said::ours(at, slots.one(dice, &shared.agent_lead), owner));
        at = at.plus_hours(dice.real(0.05, 14.0));
        said.push(Said::theirs(at, slots.one(dice, &shared.lead_more)));
        at = at.plus_hours(dice.real(0.05, 6.0));
    }
    let keen = dice.chance(sigmoid(1.1 * lead.intent));
    let end = if keen {
        &shared.lead_end_good
    } else {
        &shared.lead_end_bad
    };
    said.push(Said::theirs(at, slots.one(dice, end)));
    said.retain(|said| !said.at.is_ahead());
    Thread {
        external: format!("{external}-CV"),
        channel: if lead.source == 4 { "email" } else { "widget" },
        subject: format!("Question from {}", who.company),
        whom: Whom::Lead(id),
        address: who.email.clone(),
        owner,
        language: "en".to_owned(),
        queue: None,
        status: "closed",
        outcome: if keen { "qualified" } else { "unqualified" },
        said,
    }
}
