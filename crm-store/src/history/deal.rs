//! Deals as they were.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{
    account::{AccountAt, AccountHistory},
    money::{RateHistory, Sum},
    parts::{Activity, ActivityAt, Life, Quote, QuoteAt, Role, RoleAt},
    past::Past,
    stages::{StageKind, Stages},
};

/// All that was ever known of a deal.
#[derive(Debug, Clone)]
pub struct DealHistory {
    pub(super) id: Uuid,
    pub(super) life: Life,
    pub(super) owner: Option<Uuid>,
    /// By its key, here and in its past.
    pub(super) stage: String,
    /// Since when it is in its stage, as the record says.
    pub(super) entered: DateTime<Utc>,
    pub(super) amount: Option<Sum>,
    pub(super) close_date: Option<NaiveDate>,
    pub(super) kind: Option<String>,
    pub(super) source: Option<String>,
    pub(super) campaign: Option<Uuid>,
    pub(super) competitor: Option<String>,
    pub(super) budget: bool,
    pub(super) discovery: bool,
    pub(super) roi: bool,
    pub(super) closed: Option<Closed>,
    pub(super) past: Past,
    pub(super) activities: Vec<Activity>,
    pub(super) roles: Vec<Role>,
    pub(super) quotes: Vec<Quote>,
    pub(super) account: Option<Uuid>,
    /// The accounts that it was with at any time, as far as the actor sees them; shared by the deals that were read together.
    pub(super) accounts: Arc<HashMap<Uuid, Arc<AccountHistory>>>,
    pub(super) stages: Arc<Stages>,
    pub(super) rates: Arc<RateHistory>,
}

/// How a deal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it was won.
    pub won: bool,
}

/// No deal is worth as much, in any currency.
pub(crate) const ABSURD: f64 = 1e12;

impl DealHistory {
    /// Which deal.
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// When it began.
    pub const fn created_at(&self) -> DateTime<Utc> {
        self.life.created
    }

    /// The label: how it ended, as is known now. Never an input of a feature.
    pub const fn closed(&self) -> Option<Closed> {
        self.closed
    }

    /// Every moment at which it closed, oldest first: one that was opened again closed more than once. Whoever computes with
    /// them at a moment takes those until then.
    pub fn closings(&self) -> Vec<Closed> {
        let kind = |value: &Option<serde_json::Value>| {
            let stage = self.stages.get(value.as_ref()?.as_str()?)?;
            (stage.kind != StageKind::Open).then_some(stage.kind)
        };
        let steps = self.past.until("stage", DateTime::<Utc>::MAX_UTC);
        let mut closings: Vec<Closed> = steps
            .filter(|step| kind(&step.new) != kind(&step.old))
            .filter_map(|step| {
                Some(Closed {
                    at: step.known,
                    won: kind(&step.new)? == StageKind::Won,
                })
            })
            .collect();
        if closings.is_empty() {
            closings.extend(self.closed);
        }
        closings
    }

    /// What was known of it at a moment.
    pub const fn at(&self, moment: DateTime<Utc>) -> DealAt<'_> {
        DealAt { deal: self, moment }
    }
}

/// A deal as it was known at a moment.
#[derive(Debug, Clone, Copy)]
pub struct DealAt<'h> {
    pub(super) deal: &'h DealHistory,
    pub(super) moment: DateTime<Utc>,
}

impl<'h> DealAt<'h> {
    /// Which deal.
    pub const fn id(&self) -> Uuid {
        self.deal.id
    }

    /// The moment.
    pub const fn moment(&self) -> DateTime<Utc> {
        self.moment
    }

    /// When the deal began.
    pub const fn created_at(&self) -> DateTime<Utc> {
        self.deal.life.created
    }

    /// How old it was.
    pub fn age_days(&self) -> f64 {
        days(self.deal.life.created, self.moment)
    }

    /// What it was thought to be worth.
    pub fn amount(&self) -> Option<Sum> {
        self.deal
            .past
            .told_sum("amount", self.deal.amount.as_ref(), self.moment)
    }

    /// What it was thought to be worth at first.
    pub fn first_amount(&self) -> Option<Sum> {
        self.deal
            .past
            .told_sum("amount", self.deal.amount.as_ref(), self.deal.life.created)
    }

    /// What it was thought to be worth, in units of the tenant's currency at the rate of the day: none without an amount,
    /// without a rate, or for an amount that cannot be meant: none above nothing, or a thousand billions and more.
    pub fn worth(&self) -> Option<f64> {
        self.worth_on(self.moment.date_naive())
    }

    /// As [`DealAt::worth`], at the rate of another day, such as that on which it closed.
    pub fn worth_on(&self, day: NaiveDate) -> Option<f64> {
        self.worth_of(&self.amount()?, day)
    }

    /// As [`DealAt::worth`], of what it was thought to be worth at first.
    pub fn first_worth(&self) -> Option<f64> {
        self.worth_of(&self.first_amount()?, self.moment.date_naive())
    }

    fn worth_of(&self, sum: &Sum, day: NaiveDate) -> Option<f64> {
        let worth = self.deal.rates.in_own(sum, day)?;
        (worth > 0.0 && worth < ABSURD).then_some(worth)
    }

    /// Who owned it.
    pub fn owner(&self) -> Option<Uuid> {
        self.deal.past.id("owner_id", self.deal.owner, self.moment)
    }

    /// How often somebody else had taken it over.
    pub fn handovers(&self) -> usize {
        // A deal that waits without an owner is handed over when it gets one.
        let mut owner = None;
        let mut handovers = 0;
        for step in self.deal.past.until("owner_id", self.moment) {
            owner = step.old.as_ref().or(owner);
            handovers += usize::from(owner.is_some() && step.new.is_some() && step.new.as_ref() != owner);
        }
        handovers
    }

    /// When it was expected to close.
    pub fn close_date(&self) -> Option<NaiveDate> {
        self.deal
            .past
            .told_day("close_date", self.deal.close_date, self.moment)
    }

    /// How often that day had been put off.
    pub fn pushes(&self) -> usize {
        let day = |value: &Option<serde_json::Value>| super::past::day(value.as_ref()?);
        self.deal
            .past
            .until("close_date", self.moment)
            .filter(|step| {
                day(&step.old)
                    .zip(day(&step.new))
                    .is_some_and(|(old, new)| new > old)
            })
            .count()
    }

    /// Its type, such as `renewal`.
    pub fn kind(&self) -> Option<&'h str> {
        self.deal
            .past
            .text("type", self.deal.kind.as_deref(), self.moment)
    }

    /// Where it came from.
    pub fn source(&self) -> Option<&'h str> {
        self.deal
            .past
            .text("lead_source", self.deal.source.as_deref(), self.moment)
    }

    /// The campaign that it came from.
    pub fn campaign(&self) -> Option<Uuid> {
        self.deal.past.id("campaign_id", self.deal.campaign, self.moment)
    }

    /// Who else was in it.
    pub fn competitor(&self) -> Option<&'h str> {
        self.deal
            .past
            .told("competitor", self.deal.competitor.as_deref(), self.moment)
    }

    /// Whether there was money for it.
    pub fn budget_confirmed(&self) -> bool {
        self.deal
            .past
            .told_flag("budget_confirmed", self.deal.budget, self.moment)
    }

    /// Whether needs had been found out.
    pub fn discovery_completed(&self) -> bool {
        self.deal
            .past
            .told_flag("discovery_completed", self.deal.discovery, self.moment)
    }

    /// Whether it had been shown what it brings.
    pub fn roi_analysis_completed(&self) -> bool {
        self.deal
            .past
            .told_flag("roi_analysis_completed", self.deal.roi, self.moment)
    }

    /// What was done and planned by then, oldest first.
    pub fn activities(&self) -> impl Iterator<Item = ActivityAt<'h>> + use<'h> {
        let moment = self.moment;
        self.deal
            .activities
            .iter()
            .filter_map(move |activity| activity.at(moment))
    }

    /// What was done, oldest first.
    pub fn done(&self) -> impl Iterator<Item = ActivityAt<'h>> + use<'h> {
        self.activities().filter(|activity| activity.is_done)
    }

    /// Who took part.
    pub fn roles(&self) -> impl Iterator<Item = RoleAt<'h>> + use<'h> {
        let moment = self.moment;
        self.deal.roles.iter().filter_map(move |role| role.at(moment))
    }

    /// What was offered, oldest first.
    pub fn quotes(&self) -> impl Iterator<Item = QuoteAt<'h>> + use<'h> {
        let moment = self.moment;
        self.deal.quotes.iter().filter_map(move |quote| quote.at(moment))
    }

    /// The account that it was with, at the same moment; none without one, before the account was there, or where the actor
    /// does not see it.
    pub fn account(&self) -> Option<AccountAt<'h>> {
        let (deal, moment) = (self.deal, self.moment);
        let with = deal.past.link("account_id", deal.account, moment)?;
        let account = deal.accounts.get(&with)?;
        account.life.at(moment).then(|| account.at(moment))
    }
}

/// Days between two moments, with what is left over.
pub(super) fn days(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).as_seconds_f64() / 86_400.0
}
