//! Leads as they were.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    deal::days,
    parts::{Activity, ActivityAt, Engagement, EngagementAt, Life, Message, MessageAt},
    past::Past,
};

/// All that was ever known of a lead.
#[derive(Debug, Clone)]
pub struct LeadHistory {
    pub(super) id: Uuid,
    pub(super) life: Life,
    pub(super) owner: Option<Uuid>,
    pub(super) status: String,
    pub(super) rating: Option<String>,
    pub(super) source: Option<String>,
    pub(super) campaign: Option<Uuid>,
    pub(super) company: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) industry: Option<String>,
    pub(super) employees: Option<i64>,
    pub(super) interest: Option<String>,
    pub(super) converted: Option<DateTime<Utc>>,
    pub(super) past: Past,
    pub(super) activities: Vec<Activity>,
    pub(super) engagement: Vec<Engagement>,
    pub(super) messages: Vec<Message>,
    pub(super) responses: Vec<Member>,
}

/// That a lead was in a campaign.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) life: Life,
    pub(super) responded: Option<DateTime<Utc>>,
}

/// Whose mail server a lead writes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailDomain {
    /// A company's own.
    Company,
    /// One that gives addresses to everybody.
    Free,
}

impl LeadHistory {
    /// Which lead.
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// When it came.
    pub const fn created_at(&self) -> DateTime<Utc> {
        self.life.created
    }

    /// The label: when it was converted, as is known now. Never an input of a feature.
    pub const fn converted(&self) -> Option<DateTime<Utc>> {
        self.converted
    }

    /// What was known of it at a moment.
    pub const fn at(&self, moment: DateTime<Utc>) -> LeadAt<'_> {
        LeadAt { lead: self, moment }
    }
}

/// A lead as it was known at a moment.
#[derive(Debug, Clone, Copy)]
pub struct LeadAt<'h> {
    lead: &'h LeadHistory,
    moment: DateTime<Utc>,
}

impl<'h> LeadAt<'h> {
    /// Which lead.
    pub const fn id(&self) -> Uuid {
        self.lead.id
    }

    /// The moment.
    pub const fn moment(&self) -> DateTime<Utc> {
        self.moment
    }

    /// When the lead came.
    pub const fn created_at(&self) -> DateTime<Utc> {
        self.lead.life.created
    }

    /// How old it was.
    pub fn age_days(&self) -> f64 {
        days(self.lead.life.created, self.moment)
    }

    fn text(&self, field: &str, now: Option<&'h str>) -> Option<&'h str> {
        self.lead
            .past
            .text(field, now, self.moment)
            .filter(|text| !text.is_empty())
    }

    /// As [`Self::text`], of a field that people fill in or change while they work on a lead.
    fn told(&self, field: &str, now: Option<&'h str>) -> Option<&'h str> {
        self.lead
            .past
            .told(field, now, self.moment)
            .filter(|text| !text.is_empty())
    }

    /// Its status, such as `working`; none where that is not known: of a lead that came along with an import, before it came
    /// only what its history tells.
    pub fn status(&self) -> Option<&'h str> {
        self.told("status", Some(&self.lead.status))
    }

    /// How it was rated: `hot`, `warm` or `cold`. Of a lead that came along with an import, only what its history tells.
    pub fn rating(&self) -> Option<&'h str> {
        self.told("rating", self.lead.rating.as_deref())
    }

    /// Since when it had that status; none where that is not known, as of a lead that came along with an import and whose
    /// status has not changed since.
    pub fn status_since(&self) -> Option<DateTime<Utc>> {
        self.status()?;
        let past = &self.lead.past;
        let last = past.until("status", self.moment).next_back();
        last.map(|step| step.known).or_else(|| {
            past.begins("status", self.moment)
                .then_some(self.lead.life.created)
        })
    }

    /// Whether it was converted by then.
    pub fn is_converted(&self) -> bool {
        self.lead.converted.is_some_and(|at| at <= self.moment)
    }

    /// Who owned it.
    pub fn owner(&self) -> Option<Uuid> {
        self.lead.past.id("owner_id", self.lead.owner, self.moment)
    }

    /// Where it came from.
    pub fn source(&self) -> Option<&'h str> {
        self.text("lead_source", self.lead.source.as_deref())
    }

    /// The campaign that it came from.
    pub fn campaign(&self) -> Option<Uuid> {
        self.lead.past.id("campaign_id", self.lead.campaign, self.moment)
    }

    /// Whether a company was named.
    pub fn has_company(&self) -> bool {
        self.told("company", self.lead.company.as_deref()).is_some()
    }

    /// Whether there was a number to call.
    pub fn has_phone(&self) -> bool {
        self.told("phone", self.lead.phone.as_deref()).is_some()
    }

    /// Whose mail server it writes from; none without an address.
    pub fn mail_domain(&self) -> Option<MailDomain> {
        let address = self.text("email", self.lead.email.as_deref())?;
        let (_, domain) = address.rsplit_once('@')?;
        Some(if is_free_mail(domain) {
            MailDomain::Free
        } else {
            MailDomain::Company
        })
    }

    /// Its trade.
    pub fn industry(&self) -> Option<&'h str> {
        self.told("industry", self.lead.industry.as_deref())
    }

    /// How many people work there.
    pub fn employees(&self) -> Option<i64> {
        self.lead
            .past
            .told_whole("number_of_employees", self.lead.employees, self.moment)
    }

    /// Whether it was said what they want.
    pub fn has_interest(&self) -> bool {
        self.told("product_interest", self.lead.interest.as_deref())
            .is_some()
    }

    /// What was done and planned by then, oldest first.
    pub fn activities(&self) -> impl Iterator<Item = ActivityAt<'h>> + use<'h> {
        let moment = self.moment;
        self.lead
            .activities
            .iter()
            .filter_map(move |activity| activity.at(moment))
    }

    /// What was done, oldest first.
    pub fn done(&self) -> impl Iterator<Item = ActivityAt<'h>> + use<'h> {
        self.activities().filter(|activity| activity.is_done)
    }

    /// What they opened, clicked and visited, oldest first.
    pub fn engagement(&self) -> impl Iterator<Item = EngagementAt<'h>> + use<'h> {
        let moment = self.moment;
        self.lead
            .engagement
            .iter()
            .filter_map(move |event| event.at(moment))
    }

    /// What was said, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = MessageAt> + use<'h> {
        let moment = self.moment;
        self.lead
            .messages
            .iter()
            .filter_map(move |message| message.at(moment))
    }

    /// How many campaigns it had answered.
    pub fn responses(&self) -> usize {
        let answered = |member: &&Member| {
            member.life.at(self.moment) && member.responded.is_some_and(|at| at <= self.moment)
        };
        self.lead.responses.iter().filter(answered).count()
    }

    /// When somebody of ours first turned to it.
    pub fn first_response(&self) -> Option<DateTime<Utc>> {
        let called = self
            .done()
            .filter(|activity| {
                !activity.is_inbound() && matches!(activity.kind, "call" | "email" | "meeting")
            })
            .map(|activity| activity.at)
            .min();
        let wrote = self
            .messages()
            .filter(|message| !message.is_inbound)
            .map(|message| message.at)
            .min();
        [called, wrote].into_iter().flatten().min()
    }
}

/// Domains under which everybody gets an address. The reserved ones stand for them in the demo.
const FREE: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "ymail.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "gmx.com",
    "gmx.at",
    "gmx.ch",
    "web.de",
    "t-online.de",
    "freenet.de",
    "mail.com",
    "mail.ru",
    "yandex.ru",
    "yandex.com",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "tutanota.com",
    "tuta.io",
    "zoho.com",
    "qq.com",
    "163.com",
    "126.com",
    "naver.com",
    "orange.fr",
    "free.fr",
    "laposte.net",
    "wanadoo.fr",
    "libero.it",
    "virgilio.it",
    "bluewin.ch",
    "btinternet.com",
    "comcast.net",
    "verizon.net",
    "att.net",
    "fastmail.com",
    "hey.com",
    "rediffmail.com",
    "uol.com.br",
    "bol.com.br",
    "freemail.example",
    "postbox.example",
    "mailhaven.example",
];

/// Whether everybody may have a mail address at this domain.
pub fn is_free_mail(domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    FREE.contains(&domain.as_str())
        // The large ones have a domain in each country.
        || ["yahoo.", "hotmail.", "live.", "outlook."]
            .iter()
            .any(|brand| domain.starts_with(brand))
}
