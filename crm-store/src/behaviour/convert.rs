//! Lead conversion: a lead becomes an account, a contact and perhaps an opportunity, in one transaction.

mod find;

use std::collections::HashSet;

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{
    account::{domain, of_address},
    refer,
};
use crate::{
    StoreError, TenantTx,
    access::Verb,
    catalog::{self, Object},
    feed::{self, FeedEvent},
    jobs::NewJob,
    query,
    records::{Draft, Record, Select, Value},
};

/// The kind of the jobs that finish a conversion or a merge: references of records that their actor could not see. The
/// key is `<object>:<from>:<to>`, for a lead `lead:<lead>`.
pub const RELINK: &str = "relink_records";

/// The name of the conflict of a second conversion.
pub const CONVERTED: &str = "leads_is_converted";

/// How to convert a lead. Nothing said: the account and the contact are found, else made; no opportunity.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conversion {
    /// The account to use.
    pub account_id: Option<Uuid>,
    /// The contact to use.
    pub contact_id: Option<Uuid>,
    /// Makes a new account even when one with the same name or domain is there.
    pub new_account: bool,
    /// The opportunity to make; what it does not say comes from the lead.
    pub opportunity: Option<Draft>,
    /// Who owns what is made; the lead's owner, when `None`.
    pub owner_id: Option<Uuid>,
}

/// What a lead became.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// The lead, converted.
    pub lead: Record,
    /// The account.
    pub account: Record,
    /// The contact.
    pub contact: Record,
    /// The opportunity, if one was wanted.
    pub opportunity: Option<Record>,
    /// Whether the account was made.
    pub account_created: bool,
    /// Whether the contact was made.
    pub contact_created: bool,
}

impl TenantTx {
    /// Converts a lead. One that was converted already is a conflict on [`CONVERTED`].
    pub async fn convert_lead(
        &mut self,
        id: Uuid,
        how: &Conversion,
        expected: Option<i64>,
    ) -> Result<Converted, StoreError> {
        let lead = self.lead_to_convert(id, expected).await?;
        let owner = how.owner_id.or_else(|| lead.reference("owner_id"));
        let found = find::contact(self, &lead, how).await?;
        let account = match find::account(self, &lead, how, found.as_ref()).await? {
            Some(account) => (account, false),
            None => (
                self.make(&catalog::ACCOUNT, account_of(&lead, owner)).await?,
                true,
            ),
        };
        let (account, account_created) = account;
        let contact = if let Some(contact) = found {
            (self.complete_contact(contact, &lead, account.id).await?, false)
        } else {
            let draft = contact_of(&lead, account.id, owner);
            (self.make(&catalog::CONTACT, draft).await?, true)
        };
        let (contact, contact_created) = contact;
        let opportunity = match &how.opportunity {
            None => None,
            Some(deal) => Some(self.deal(deal, &lead, account.id, contact.id, owner).await?),
        };
        self.join_campaign(&lead, contact.id).await?;
        self.link_lead(
            id,
            account.id,
            contact.id,
            opportunity.as_ref().map(|deal| deal.id),
        )
        .await?;
        let now = self.now();
        let draft = Draft::new(&catalog::LEAD)
            .with("status", "converted")
            .with("is_converted", true)
            .with("converted_at", now)
            .with("converted_account_id", account.id)
            .with("converted_contact_id", contact.id)
            .with(
                "converted_opportunity_id",
                opportunity.as_ref().map(|deal| deal.id),
            );
        let lead = self.records(&catalog::LEAD).update(id, draft, None).await?;
        // Activities and messages that others own are not seen from here; a job has eyes for them.
        self.jobs()
            .enqueue(&NewJob::new(RELINK, format!("lead:{id}")))
            .await?;
        let event = FeedEvent {
            version: Some(lead.version),
            owner,
            ..FeedEvent::new("lead", "converted", id)
        };
        feed::publish(self, &[event]).await?;
        Ok(Converted {
            lead,
            account,
            contact,
            opportunity,
            account_created,
            contact_created,
        })
    }

    /// The lead, locked: of two conversions at once the second one waits here and then finds it converted.
    async fn lead_to_convert(&mut self, id: Uuid, expected: Option<i64>) -> Result<Record, StoreError> {
        let access = self.access().await?;
        access.require(&catalog::LEAD, Verb::Update)?;
        sqlx::query("SELECT id FROM leads WHERE id = $1 FOR NO KEY UPDATE")
            .bind(id)
            .fetch_optional(self.conn())
            .await?;
        let lead = self
            .records(&catalog::LEAD)
            .get(id, &Select::default())
            .await?
            .ok_or(StoreError::NotFound { what: "lead" })?;
        if lead.get("is_converted") == &Value::Boolean(true) {
            return Err(StoreError::Conflict {
                what: match lead.reference("converted_contact_id") {
                    Some(contact) => format!("the lead was converted already, to the contact {contact}"),
                    None => "the lead was converted already".to_owned(),
                },
                constraint: CONVERTED.to_owned(),
            });
        }
        match expected {
            Some(expected) if expected != lead.version => Err(StoreError::Stale {
                current: lead.version,
            }),
            _ => Ok(lead),
        }
    }

    async fn make(&mut self, object: &'static Object, draft: Draft) -> Result<Record, StoreError> {
        self.records(object).create(draft).await
    }

    /// Gives a contact that was found what only the lead knew.
    async fn complete_contact(
        &mut self,
        contact: Record,
        lead: &Record,
        account: Uuid,
    ) -> Result<Record, StoreError> {
        let mut draft = Draft::new(&catalog::CONTACT);
        for field in SHARED {
            if contact.get(field).is_null() && !lead.get(field).is_null() {
                draft.set(field, lead.get(field).clone());
            }
        }
        if contact.get("account_id").is_null() {
            draft.set("account_id", account);
        }
        if draft.values().is_empty() {
            return Ok(contact);
        }
        self.records(&catalog::CONTACT)
            .update(contact.id, draft, None)
            .await
    }

    async fn deal(
        &mut self,
        deal: &Draft,
        lead: &Record,
        account: Uuid,
        contact: Uuid,
        owner: Option<Uuid>,
    ) -> Result<Record, StoreError> {
        let who = lead.text("company").unwrap_or_else(|| lead.title());
        let what = lead.text("product_interest").unwrap_or("New business");
        let mut draft = deal.clone();
        for (field, value) in [
            ("name", Value::from(format!("{who} – {what}"))),
            ("owner_id", Value::from(owner)),
            ("type", Value::from("new_business")),
            ("lead_source", lead.get("lead_source").clone()),
            ("campaign_id", lead.get("campaign_id").clone()),
        ] {
            if draft.get(field).is_none() {
                draft.set(field, value);
            }
        }
        draft.set("account_id", account).set("contact_id", contact);
        let made = self
            .make(&catalog::OPPORTUNITY, draft)
            .await
            .map_err(|error| error.within("opportunity"))?;
        if self
            .access()
            .await?
            .can(&catalog::OPPORTUNITY_CONTACT_ROLE, Verb::Create)
        {
            let role = Draft::new(&catalog::OPPORTUNITY_CONTACT_ROLE)
                .with("opportunity_id", made.id)
                .with("contact_id", contact)
                .with("is_primary", true);
            self.make(&catalog::OPPORTUNITY_CONTACT_ROLE, role).await?;
        }
        Ok(made)
    }

    /// The campaign that brought the lead brought the contact.
    async fn join_campaign(&mut self, lead: &Record, contact: Uuid) -> Result<(), StoreError> {
        let Some(campaign) = lead.reference("campaign_id") else {
            return Ok(());
        };
        let member: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM campaign_members WHERE campaign_id = $1 AND (lead_id = $2 OR contact_id = $3))",
        )
        .bind(campaign)
        .bind(lead.id)
        .bind(contact)
        .fetch_one(self.conn())
        .await?;
        if member || !self.access().await?.can(&catalog::CAMPAIGN_MEMBER, Verb::Create) {
            return Ok(());
        }
        let draft = Draft::new(&catalog::CAMPAIGN_MEMBER)
            .with("campaign_id", campaign)
            .with("lead_id", lead.id)
            .with("contact_id", contact);
        self.make(&catalog::CAMPAIGN_MEMBER, draft).await?;
        Ok(())
    }

    /// Links what was about the lead to what it became, as far as the actor may.
    async fn link_lead(
        &mut self,
        lead: Uuid,
        account: Uuid,
        contact: Uuid,
        opportunity: Option<Uuid>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let members: Vec<Uuid> = sqlx::query_scalar(
            "UPDATE campaign_members m SET contact_id = $2, version = version + 1, updated_at = $3 \
             WHERE m.lead_id = $1 AND m.contact_id IS NULL AND NOT EXISTS (\
                 SELECT FROM campaign_members o WHERE o.campaign_id = m.campaign_id AND o.contact_id = $2) RETURNING m.id",
        )
        .bind(lead)
        .bind(contact)
        .bind(now)
        .fetch_all(self.conn())
        .await?;
        let members: HashSet<Uuid> = members.into_iter().collect();
        let values = (Json::Null, json!(contact));
        refer::note(self, &catalog::CAMPAIGN_MEMBER, "contact_id", members, values).await?;
        let deal = opportunity.unwrap_or_default();
        let links: &[(&'static Object, &str, Uuid)] = &[
            (&catalog::ACTIVITY, "contact_id", contact),
            (&catalog::ACTIVITY, "account_id", account),
            (&catalog::ACTIVITY, "opportunity_id", deal),
            (&catalog::ENGAGEMENT_EVENT, "contact_id", contact),
            (&catalog::ENGAGEMENT_EVENT, "account_id", account),
            (&catalog::CONSENT, "contact_id", contact),
            (&catalog::CONVERSATION, "contact_id", contact),
            (&catalog::MESSAGE, "contact_id", contact),
        ];
        for (object, column, to) in links.iter().filter(|(.., to)| !to.is_nil()) {
            let linked = query::link(object, "lead_id", lead, column, *to)
                .ids(self.conn())
                .await?;
            refer::note(self, object, column, linked, (Json::Null, json!(to))).await?;
        }
        Ok(())
    }

    /// Finishes a conversion, for the job whose key names the lead: links what the person who converted it may not see.
    pub(crate) async fn finish_conversion(&mut self, lead: Uuid) -> Result<(), StoreError> {
        let Some(lead) = self.records(&catalog::LEAD).get(lead, &Select::default()).await? else {
            return Ok(());
        };
        if let (Some(account), Some(contact)) = (
            lead.reference("converted_account_id"),
            lead.reference("converted_contact_id"),
        ) {
            let deal = lead.reference("converted_opportunity_id");
            self.link_lead(lead.id, account, contact, deal).await?;
        }
        Ok(())
    }
}

/// What a contact takes from its lead under the same name.
const SHARED: &[&str] = &[
    "first_name",
    "last_name",
    "salutation",
    "title",
    "email",
    "phone",
    "mobile_phone",
    "lead_source",
    "language",
    "description",
];

fn account_of(lead: &Record, owner: Option<Uuid>) -> Draft {
    let domain = lead
        .text("website")
        .and_then(domain)
        .or_else(|| lead.text("email").and_then(of_address));
    let name = lead.text("company").map(str::to_owned).or_else(|| domain.clone());
    let mut draft = Draft::new(&catalog::ACCOUNT)
        .with("name", name.unwrap_or_else(|| lead.title().to_owned()))
        .with("type", "prospect")
        .with("owner_id", owner)
        .with("domain", domain);
    for (field, from) in [
        ("website", "website"),
        ("industry", "industry"),
        ("number_of_employees", "number_of_employees"),
        ("annual_revenue", "annual_revenue"),
        ("rating", "rating"),
        ("account_source", "lead_source"),
        ("billing_street", "street"),
        ("billing_city", "city"),
        ("billing_state", "state"),
        ("billing_postal_code", "postal_code"),
        ("billing_country", "country"),
    ] {
        if !lead.get(from).is_null() {
            draft.set(field, lead.get(from).clone());
        }
    }
    draft
}

fn contact_of(lead: &Record, account: Uuid, owner: Option<Uuid>) -> Draft {
    let mut draft = Draft::new(&catalog::CONTACT)
        .with("account_id", account)
        .with("owner_id", owner)
        .with("email_opt_out", lead.get("email_opt_out").clone())
        .with("do_not_call", lead.get("do_not_call").clone());
    for field in SHARED {
        if !lead.get(field).is_null() {
            draft.set(field, lead.get(field).clone());
        }
    }
    for (field, from) in [
        ("mailing_street", "street"),
        ("mailing_city", "city"),
        ("mailing_state", "state"),
        ("mailing_postal_code", "postal_code"),
        ("mailing_country", "country"),
    ] {
        if !lead.get(from).is_null() {
            draft.set(field, lead.get(from).clone());
        }
    }
    // Somebody without a name, an address or a number is called what the lead was called.
    if ["first_name", "last_name", "email", "phone"]
        .iter()
        .all(|field| lead.get(field).is_null())
    {
        draft.set("last_name", lead.title());
    }
    draft
}
