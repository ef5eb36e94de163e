//! The people at the companies.

use std::collections::HashSet;

use uuid::Uuid;

use super::{
    accounts::Account,
    calendar::Moment,
    ctx::Ctx,
    rows::Sink,
    words::{Name, name, phone, plain},
};

/// Contacts of each company.
const EACH: usize = 3;

/// A person at a company.
#[derive(Debug, Clone)]
pub(super) struct Contact {
    pub(super) id: Uuid,
    pub(super) external: String,
    pub(super) account: usize,
    pub(super) name: Name,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) title: String,
    pub(super) language: String,
    pub(super) created: Moment,
    /// Whether their word decides; the first contact of a company is the one.
    pub(super) decides: bool,
}

/// Makes three people for each company: one who decides, one who works with the product, one in between.
pub(super) fn contacts(ctx: &Ctx<'_>, accounts: &[Account]) -> Vec<Contact> {
    let mut dice = ctx.dice("contacts");
    let titles = &ctx.world.lead_titles;
    let mut contacts = Vec::with_capacity(accounts.len() * EACH);
    for (at, account) in accounts.iter().enumerate() {
        let place = ctx.world.regions.get(account.region);
        let language = place.map_or("en", |region| region.language.as_str());
        let mut taken = HashSet::new();
        for nth in 0..EACH {
            let name = loop {
                let name = name(&mut dice, language);
                if taken.insert(plain(&name.last)) {
                    break name;
                }
            };
            let title = match nth {
                0 => dice.index(3),
                1 => 3 + dice.index(2),
                _ => 5 + dice.index(3),
            };
            let external = format!("{}-C-{:04}", ctx.world.prefix, at * EACH + nth + 1);
            let created = account.created.plus_days(dice.real(0.1, 9.0));
            contacts.push(Contact {
                id: ctx.maker.id("contact", &external, created),
                external,
                account: at,
                email: format!("{}.{}@{}", plain(&name.first), plain(&name.last), account.domain),
                phone: phone(&mut dice, place.map_or("", |region| region.phone.as_str())),
                title: titles.get(title).cloned().unwrap_or_default(),
                language: language.to_owned(),
                created,
                decides: nth == 0,
                name,
            });
        }
    }
    contacts
}

/// The places of a company's contacts; the first one decides.
pub(super) fn of_account(account: usize) -> std::ops::Range<usize> {
    account * EACH..(account + 1) * EACH
}

/// Writes the people, what they are at their companies, and what they allowed.
pub(super) fn write(ctx: &Ctx<'_>, sink: &mut Sink, accounts: &[Account], contacts: &[Contact]) {
    let mut dice = ctx.dice("contacts/consents");
    for contact in contacts {
        let Some(account) = accounts.get(contact.account) else {
            continue;
        };
        let opted_out = dice.chance(0.08);
        let changed = account
            .last_activity
            .unwrap_or(contact.created)
            .max(contact.created);
        let row = ctx
            .maker
            .row(contact.id, &contact.external, contact.created, changed)
            .id("owner_id", ctx.user(account.owner))
            .id("account_id", account.id)
            .set("first_name", contact.name.first.as_str())
            .set("last_name", contact.name.last.as_str())
            .set("title", contact.title.as_str())
            .set("email", contact.email.as_str())
            .set("phone", contact.phone.as_str())
            .set("language", contact.language.as_str())
            .set("mailing_city", account.city.as_str())
            .set("email_opt_out", opted_out);
        sink.push("contact", row);
        let role = match (
            contact.decides,
            contact.title.contains("Finance") || contact.title.contains("Controller"),
        ) {
            (true, _) => "decision_maker",
            (_, true) => "billing_contact",
            _ => "business_user",
        };
        let external = format!("{}-R", contact.external);
        let row = ctx
            .maker
            .row(
                ctx.maker.id("account_contact_role", &external, contact.created),
                &external,
                contact.created,
                contact.created,
            )
            .id("account_id", account.id)
            .id("contact_id", contact.id)
            .set("role", role)
            .set("is_primary", contact.decides);
        sink.push("account_contact_role", row);
        consent(ctx, sink, contact, opted_out);
    }
}

fn consent(ctx: &Ctx<'_>, sink: &mut Sink, contact: &Contact, opted_out: bool) {
    let external = format!("{}-CO", contact.external);
    let given = contact.created.plus_days(1.0);
    let row = ctx
        .maker
        .row(ctx.maker.id("consent", &external, given), &external, given, given)
        .maybe_id("lead_id", None)
        .id("contact_id", contact.id)
        .set("channel", "email")
        .set("purpose", "marketing")
        .set("status", if opted_out { "withdrawn" } else { "granted" })
        .set("legal_basis", "consent")
        .set(
            "source",
            if contact.decides {
                "contract form"
            } else {
                "preference page"
            },
        )
        .time("given_at", given);
    sink.push("consent", row);
}
