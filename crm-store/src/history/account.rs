//! Accounts as they were.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{
    parts::{Activity, ActivityAt, Case, CaseAt, Contract, Life, Message, MessageAt, Payment, Standing},
    past::Past,
    stages::Stages,
    way::standing,
};

/// All that was ever known of an account.
#[derive(Debug, Clone)]
pub struct AccountHistory {
    pub(super) id: Uuid,
    pub(super) life: Life,
    pub(super) owner: Option<Uuid>,
    pub(super) kind: Option<String>,
    pub(super) industry: Option<String>,
    pub(super) employees: Option<i64>,
    pub(super) past: Past,
    pub(super) cases: Vec<Case>,
    pub(super) deals: Vec<AccountDeal>,
    pub(super) messages: Vec<Message>,
    pub(super) contracts: Vec<Contract>,
    pub(super) payments: Vec<Payment>,
    /// Only loaded for accounts themselves, not for those of deals.
    pub(super) activities: Vec<Activity>,
    /// When the first case, activity or message came, where they are not loaded themselves.
    pub(super) first: Option<DateTime<Utc>>,
    pub(super) stages: Arc<Stages>,
}

/// A deal with an account.
#[derive(Debug, Clone)]
pub(super) struct AccountDeal {
    pub(super) id: Uuid,
    pub(super) life: Life,
    /// The account that it is with now.
    pub(super) account: Option<Uuid>,
    /// Its type: written once, as a rule.
    pub(super) kind: Option<String>,
    /// By its key, here and in its past.
    pub(super) stage: String,
    pub(super) closed: Option<DateTime<Utc>>,
    pub(super) past: Past,
}

impl AccountHistory {
    /// Which account.
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// When it was made.
    pub const fn created_at(&self) -> DateTime<Utc> {
        self.life.created
    }

    /// What was known of it at a moment.
    pub const fn at(&self, moment: DateTime<Utc>) -> AccountAt<'_> {
        AccountAt {
            account: self,
            moment,
        }
    }
}

/// An account as it was known at a moment.
#[derive(Debug, Clone, Copy)]
pub struct AccountAt<'h> {
    account: &'h AccountHistory,
    moment: DateTime<Utc>,
}

/// A deal with the same account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarlierDeal {
    /// Which one.
    pub id: Uuid,
    /// When it began.
    pub created: DateTime<Utc>,
    /// How it stood.
    pub standing: Standing,
    /// Whether it is about going on with what there is.
    pub is_renewal: bool,
}

/// An agreement as it stood at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContractAt<'h> {
    /// Which one.
    pub id: Uuid,
    /// A word of the catalogue, such as `activated`.
    pub status: &'h str,
    /// Its last day.
    pub ends: Option<NaiveDate>,
    /// Whether it goes on by itself.
    pub auto_renew: bool,
}

impl<'h> AccountAt<'h> {
    /// Which account.
    pub const fn id(&self) -> Uuid {
        self.account.id
    }

    /// The moment.
    pub const fn moment(&self) -> DateTime<Utc> {
        self.moment
    }

    /// When the account was made.
    pub const fn created_at(&self) -> DateTime<Utc> {
        self.account.life.created
    }

    /// Who owned it.
    pub fn owner(&self) -> Option<Uuid> {
        self.account.past.id("owner_id", self.account.owner, self.moment)
    }

    /// Its type, such as `customer`. Of an account that came along with an import, before it came only what its history tells.
    pub fn kind(&self) -> Option<&'h str> {
        self.account
            .past
            .told("type", self.account.kind.as_deref(), self.moment)
    }

    /// Its trade.
    pub fn industry(&self) -> Option<&'h str> {
        self.account
            .past
            .text("industry", self.account.industry.as_deref(), self.moment)
            .filter(|text| !text.is_empty())
    }

    /// How many people work there.
    pub fn employees(&self) -> Option<i64> {
        self.account
            .past
            .whole("number_of_employees", self.account.employees, self.moment)
    }

    /// Its cases, oldest first.
    pub fn cases(&self) -> impl Iterator<Item = CaseAt> + use<'h> {
        let moment = self.moment;
        self.account.cases.iter().filter_map(move |case| case.at(moment))
    }

    /// What its people and ours said in conversations, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = MessageAt> + use<'h> {
        let moment = self.moment;
        self.account
            .messages
            .iter()
            .filter_map(move |message| message.at(moment))
    }

    /// What was done with it; only known for accounts that were asked for themselves.
    pub fn activities(&self) -> impl Iterator<Item = ActivityAt<'h>> + use<'h> {
        let moment = self.moment;
        self.account
            .activities
            .iter()
            .filter_map(move |activity| activity.at(moment))
    }

    /// Its deals, oldest first.
    pub fn deals(&self) -> impl Iterator<Item = EarlierDeal> + use<'h> {
        let (account, moment) = (self.account, self.moment);
        account
            .deals
            .iter()
            .filter(move |deal| {
                deal.life.at(moment) && deal.past.link("account_id", deal.account, moment) == Some(account.id)
            })
            .map(move |deal| EarlierDeal {
                id: deal.id,
                created: deal.life.created,
                is_renewal: deal.past.text("type", deal.kind.as_deref(), moment) == Some("renewal"),
                standing: standing(
                    &deal.past,
                    &deal.stage,
                    (deal.life.created, deal.closed),
                    &account.stages,
                    moment,
                ),
            })
    }

    /// Its contracts, oldest first.
    pub fn contracts(&self) -> impl Iterator<Item = ContractAt<'h>> + use<'h> {
        let moment = self.moment;
        let there = self
            .account
            .contracts
            .iter()
            .filter(move |contract| contract.there.at(moment));
        there.map(move |contract| ContractAt {
            id: contract.id,
            status: contract
                .past
                .text("status", Some(&contract.status), moment)
                .unwrap_or_default(),
            ends: contract.past.day("end_date", contract.ends, moment),
            auto_renew: contract.past.flag("auto_renew", contract.auto_renew, moment),
        })
    }

    /// How many days each payment was late whose day had come, oldest first: 0 in time, and growing while it is not paid. One
    /// that was paid on a day that nobody knows is left out.
    pub fn payment_delays(&self) -> impl Iterator<Item = (Uuid, f64)> + use<'h> {
        let moment = self.moment;
        let today = moment.date_naive();
        let there = self
            .account
            .payments
            .iter()
            .filter(move |payment| payment.there.at(moment));
        there.filter_map(move |payment| {
            let due = payment.past.day("due_date", payment.due, moment)?;
            let status = payment.past.text("status", Some(&payment.status), moment);
            let ended = matches!(status, Some("cancelled" | "refunded"));
            if due >= today || ended {
                return None;
            }
            let paid = payment.past.time("paid_at", payment.paid, moment);
            let until = match paid.filter(|paid| *paid <= moment) {
                Some(paid) => paid.date_naive(),
                // Nobody said when: on the day on which it was called paid, if that is known.
                None if status == Some("paid") => {
                    payment.past.until("status", moment).last()?.known.date_naive()
                }
                None => today,
            };
            let late = (until - due).num_days().clamp(0, 3650);
            Some((payment.id, f64::from(i32::try_from(late).unwrap_or(0))))
        })
    }
}
