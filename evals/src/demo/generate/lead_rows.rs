//! Leads as records: names, what was done about them, how their status moved, and what was said in the chat.

use serde_json::Value;
use uuid::Uuid;

use super::{
    accounts::{Account, size},
    calendar::{Moment, NOW, in_order},
    campaigns,
    contacts::Contact,
    conversations::Thread,
    ctx::Ctx,
    deals::{
        Deal,
        activities::{blank, done},
    },
    dice::{Dice, sigmoid},
    lead_chat::{chat, slots},
    leads::{Fate, Lead, SOURCES},
    rows::{Change, Row, Sink},
    words::{Name, company_word, name, phone, plain},
};

/// What a lead is called and where it is.
pub(super) struct Identity {
    pub(super) name: Name,
    pub(super) company: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) title: String,
    pub(super) language: String,
    pub(super) city: String,
    pub(super) country: String,
    pub(super) industry: usize,
    pub(super) units: i64,
    pub(super) employees: i64,
}

/// What a lead became.
struct Known<'a> {
    at: Moment,
    account: &'a Account,
    contact: &'a Contact,
    deal: Option<&'a Deal>,
}

/// How the status of a lead moved, with the moments.
struct Course {
    path: Vec<(Moment, &'static str)>,
    reason: Option<&'static str>,
    last: Moment,
}

/// The ids of the leads, in their order.
pub(super) fn ids(ctx: &Ctx<'_>, leads: &[Lead]) -> Vec<(Uuid, Lead)> {
    leads
        .iter()
        .enumerate()
        .map(|(at, lead)| {
            (
                ctx.maker.id("lead", &external(ctx, at), lead.created),
                lead.clone(),
            )
        })
        .collect()
}

fn external(ctx: &Ctx<'_>, at: usize) -> String {
    format!("{}-L-{:04}", ctx.world.prefix, at + 1)
}

/// Writes the leads; returns their chats.
pub(super) fn write(
    ctx: &Ctx<'_>,
    sink: &mut Sink,
    leads: &[(Uuid, Lead)],
    deals: &[Deal],
    accounts: &[Account],
    contacts: &[Contact],
) -> Vec<Thread> {
    let mut threads = Vec::new();
    for (at, (id, lead)) in leads.iter().enumerate() {
        // Dice of its own, so that what becomes of one lead does not rename the others.
        let mut dice = ctx.dice(&format!("leads/rows/{at}"));
        let became = lead.became.and_then(|became| {
            let (account, contact) = (accounts.get(became.account)?, contacts.get(became.contact)?);
            Some(Known {
                at: became.at,
                account,
                contact,
                deal: became.deal.and_then(|deal| deals.get(deal)),
            })
        });
        let owner = match &became {
            Some(Known { deal: Some(deal), .. }) => deal.owner(deal.created),
            Some(known) => known.account.owner,
            None => ctx.anyone(&mut dice, ctx.segment_key(lead.segment)),
        };
        let who = identity(ctx, &mut dice, lead, became.as_ref());
        let course = course(ctx, &mut dice, lead, became.as_ref().map(|known| known.at));
        let external = external(ctx, at);
        let row = row(
            ctx,
            lead,
            &who,
            &course,
            ctx.maker.row(*id, &external, lead.created, course.last),
        );
        let row = row
            .id("owner_id", ctx.user(owner))
            .set("is_converted", became.is_some())
            .maybe_time("converted_at", became.as_ref().map(|known| known.at))
            .maybe_id(
                "converted_account_id",
                became.as_ref().map(|known| known.account.id),
            )
            .maybe_id(
                "converted_contact_id",
                became.as_ref().map(|known| known.contact.id),
            )
            .maybe_id(
                "converted_opportunity_id",
                became.as_ref().and_then(|known| Some(known.deal?.id)),
            );
        sink.push("lead", row);
        history(ctx, sink, *id, &course, owner);
        rated(ctx, sink, *id, lead, &course, owner);
        touches(ctx, &mut dice, sink, *id, &external, lead, &course, owner, &who);
        let chats = matches!(lead.source, 0 | 4 | 6);
        if chats && dice.chance(0.5) {
            threads.push(chat(ctx, &mut dice, *id, &external, lead, owner, &who));
        }
    }
    threads
}

fn identity(ctx: &Ctx<'_>, dice: &mut Dice, lead: &Lead, became: Option<&Known<'_>>) -> Identity {
    if let Some(Known {
        account,
        contact,
        deal,
        ..
    }) = became
    {
        return Identity {
            name: contact.name.clone(),
            company: account.name.clone(),
            // They wrote from where they wrote from; the company's address was told later.
            email: if lead.business_mail {
                contact.email.clone()
            } else {
                let host = free_host(dice);
                address(dice, &contact.name, &host)
            },
            phone: contact.phone.clone(),
            title: contact.title.clone(),
            language: contact.language.clone(),
            city: account.city.clone(),
            country: ctx
                .world
                .regions
                .get(account.region)
                .map(|region| region.country.clone())
                .unwrap_or_default(),
            industry: account.industry,
            units: deal.map_or(account.units, |deal| deal.units),
            employees: account.employees,
        };
    }
    let shares: Vec<f64> = ctx.world.regions.iter().map(|region| region.share).collect();
    let region = ctx.world.regions.get(dice.weighted(&shares));
    let language = region.map_or("en", |region| region.language.as_str());
    let name = name(dice, language);
    let words = ctx
        .world
        .industries
        .get(lead.industry)
        .map(|industry| industry.words.as_slice())
        .unwrap_or_default();
    let last = words
        .get(dice.index(words.len()))
        .map_or("Services", String::as_str);
    let company = format!("{} {last}", company_word(dice));
    let host = if lead.business_mail {
        plain(&company)
    } else {
        free_host(dice)
    };
    let (units, employees) = size(ctx, dice, lead.segment);
    let titles = &ctx.world.lead_titles;
    let cities = region.map(|region| region.cities.as_slice()).unwrap_or_default();
    Identity {
        email: address(dice, &name, &host),
        phone: phone(dice, region.map_or("", |region| region.phone.as_str())),
        title: titles.get(dice.index(titles.len())).cloned().unwrap_or_default(),
        language: language.to_owned(),
        city: cities.get(dice.index(cities.len())).cloned().unwrap_or_default(),
        country: region.map(|region| region.country.clone()).unwrap_or_default(),
        name,
        company,
        industry: lead.industry,
        units,
        employees,
    }
}

fn free_host(dice: &mut Dice) -> String {
    dice.pick(&["freemail", "postbox", "mailhaven"]).to_owned()
}

fn address(dice: &mut Dice, name: &Name, host: &str) -> String {
    format!(
        "{}.{}{}@{host}.example",
        plain(&name.first),
        plain(&name.last),
        dice.whole(1, 99)
    )
}

/// How the status moved until now.
fn course(ctx: &Ctx<'_>, dice: &mut Dice, lead: &Lead, converted: Option<Moment>) -> Course {
    let mut path = vec![(lead.created, "new")];
    let answered = ctx.calendar.opens(lead.created.plus_hours(lead.response_hours));
    let mut reason = None;
    if !answered.is_ahead() && converted.is_none_or(|moment| answered < moment) {
        path.push((answered, "working"));
    }
    if let Some(moment) = converted {
        let qualified = lead
            .created
            .plus_days(moment.days_since(lead.created) * 0.7)
            .max(answered);
        if qualified < moment {
            path.push((qualified, "qualified"));
        }
        path.push((moment, "converted"));
    } else if !answered.is_ahead() {
        let mut decided = answered.plus_days(dice.real(2.0, 35.0));
        let next = match lead.fate {
            // Ready, but nobody has made a deal of it yet.
            Fate::Converts => "qualified",
            Fate::Fails if dice.chance(sigmoid(0.6 - 0.7 * lead.intent)) => "unqualified",
            Fate::Fails => "nurturing",
        };
        // Some look ready and come to nothing.
        if lead.fate == Fate::Fails && dice.chance(sigmoid(-1.6 + 0.5 * lead.intent)) {
            if !decided.is_ahead() {
                path.push((decided, "qualified"));
            }
            decided = decided.plus_days(dice.real(6.0, 45.0));
        }
        if !decided.is_ahead() {
            path.push((decided, next));
            reason = (next == "unqualified").then(|| {
                dice.pick(&[
                    "No budget",
                    "Too small",
                    "No answer",
                    "Wrong trade",
                    "Chose another",
                    "Student or press",
                ])
            });
        }
    }
    in_order(&mut path);
    let last = path.last().map_or(lead.created, |(moment, _)| *moment);
    Course { path, reason, last }
}

/// How hot a seller finds a lead.
fn rating(lead: &Lead) -> &'static str {
    let clicks = lead.intent + if lead.business_mail { 0.3 } else { -0.3 };
    match clicks {
        hot if hot > 1.0 => "hot",
        cold if cold < -0.4 => "cold",
        _ => "warm",
    }
}

/// A seller rates after the first talk.
fn rated(ctx: &Ctx<'_>, sink: &mut Sink, id: Uuid, lead: &Lead, course: &Course, owner: usize) {
    let Some((talked, _)) = course.path.get(1) else {
        return;
    };
    let change = Change {
        field: "rating",
        old: Value::Null,
        new: rating(lead).into(),
        at: *talked,
        actor: Some(ctx.user(owner)),
    };
    ctx.maker.change(sink, "lead", id, &change);
}

fn row(ctx: &Ctx<'_>, lead: &Lead, who: &Identity, course: &Course, row: Row) -> Row {
    let status = course.path.last().map_or("new", |(_, status)| *status);
    let industry = ctx.world.industries.get(who.industry);
    row.set("first_name", who.name.first.as_str())
        .set("last_name", who.name.last.as_str())
        .set("title", who.title.as_str())
        .set("company", who.company.as_str())
        .set("email", who.email.as_str())
        .set("phone", who.phone.as_str())
        .some("industry", industry.map(|industry| industry.name.as_str()))
        .some("lead_source", SOURCES.get(lead.source).map(|source| source.0))
        .set("status", status)
        .some("unqualified_reason", course.reason)
        .some("rating", (course.path.len() > 1).then(|| rating(lead)))
        .set("number_of_employees", who.employees)
        .set("language", who.language.as_str())
        .set("city", who.city.as_str())
        .set("country", who.country.as_str())
        .set("description", format!("{}.", ctx.size(who.units)))
        .maybe_id("campaign_id", lead.campaign.map(|at| campaigns::id(ctx, at)))
        .time("last_activity_at", course.last)
}

fn history(ctx: &Ctx<'_>, sink: &mut Sink, id: Uuid, course: &Course, owner: usize) {
    let mut before = Value::Null;
    for (at, status) in &course.path {
        let change = Change {
            field: "status",
            old: before,
            new: (*status).into(),
            at: *at,
            actor: Some(ctx.user(owner)),
        };
        ctx.maker.change(sink, "lead", id, &change);
        before = (*status).into();
    }
}

/// Calls and mails of the seller.
#[expect(clippy::too_many_arguments, reason = "one lead, everything about it")]
fn touches(
    ctx: &Ctx<'_>,
    dice: &mut Dice,
    sink: &mut Sink,
    id: Uuid,
    external: &str,
    lead: &Lead,
    course: &Course,
    owner: usize,
    who: &Identity,
) {
    let Some((first, _)) = course.path.get(1) else {
        return;
    };
    let mut at = *first;
    let slots = slots(ctx, lead, who);
    for nth in 0..=dice.count(0.9 + 0.3 * lead.intent.clamp(-1.0, 2.0)) {
        if at >= NOW || (nth > 0 && at > course.last) {
            return;
        }
        let external = format!("{external}-T{nth}");
        let call = dice.chance(0.45);
        let mail = ctx.shared.email_out.get(dice.index(ctx.shared.email_out.len()));
        let (kind, subject, text) = match mail {
            Some(mail) if !call => (
                "email",
                slots.fill(dice, &mail.subject),
                slots.fill(dice, &mail.text),
            ),
            _ => (
                "call",
                format!("Call with {}", who.company),
                slots.one(dice, &ctx.shared.call_notes),
            ),
        };
        let reached = dice.chance(sigmoid(0.2 + 0.6 * lead.intent));
        let row = blank(ctx, "activity", &external, at)
            .id("owner_id", ctx.user(owner))
            .set("type", kind)
            .set("subject", subject)
            .set("body", text)
            .set("direction", "outbound")
            .some(
                "outcome",
                call.then_some(if reached { "reached" } else { "no_answer" }),
            )
            .id("lead_id", id);
        sink.push("activity", done(row, at, call.then(|| dice.whole(1, 18))));
        at = ctx.calendar.opens(at.plus_days(dice.real(1.0, 9.0)));
    }
}
