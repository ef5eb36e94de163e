//! What happens around deals, leads and accounts: each thing, and how it stood at a moment.

use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value as Json, json};
use uuid::Uuid;

pub(super) use super::said::{Contact, Engagement, Message};
pub use super::said::{EngagementAt, MessageAt};
use super::{past::Past, tie::Presence};

/// Whether a deal was open, and how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not closed.
    Open,
    /// Won, since then.
    Won(DateTime<Utc>),
    /// Lost, since then.
    Lost(DateTime<Utc>),
}

/// From when until when a record was there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    pub(super) created: DateTime<Utc>,
    pub(super) deleted: Option<DateTime<Utc>>,
}

impl Life {
    pub(super) fn at(self, moment: DateTime<Utc>) -> bool {
        self.created <= moment && self.deleted.is_none_or(|deleted| deleted > moment)
    }
}

/// Something that was done or planned.
#[derive(Debug, Clone)]
pub(super) struct Activity {
    pub(super) id: Uuid,
    pub(super) there: Presence,
    /// Since when it counts for an account, where it was a lead's before.
    pub(super) linked: Option<DateTime<Utc>>,
    pub(super) kind: String,
    pub(super) direction: Option<String>,
    pub(super) status: String,
    pub(super) outcome: Option<String>,
    pub(super) occurred: DateTime<Utc>,
    pub(super) completed: Option<DateTime<Utc>>,
    pub(super) due: Option<DateTime<Utc>>,
    pub(super) past: Past,
}

impl Activity {
    pub(super) fn at(&self, moment: DateTime<Utc>) -> Option<ActivityAt<'_>> {
        if !self.there.at(moment) || self.linked.is_some_and(|linked| linked > moment) {
            return None;
        }
        let past = &self.past;
        let occurred = past.time("occurred_at", Some(self.occurred), moment)?;
        let status = past.text("status", Some(&self.status), moment);
        let completed = past.time("completed_at", self.completed, moment);
        let done = status == Some("completed")
            && occurred <= moment
            && completed.is_none_or(|completed| completed <= moment);
        Some(ActivityAt {
            id: self.id,
            kind: past.text("type", Some(&self.kind), moment).unwrap_or_default(),
            direction: past.text("direction", self.direction.as_deref(), moment),
            outcome: past
                .text("outcome", self.outcome.as_deref(), moment)
                .filter(|_| done),
            at: occurred,
            due: past.time("due_at", self.due, moment),
            is_done: done,
            // A thing that is completed now without a change of its status was not yet at a moment before its completion.
            is_open: !done && status != Some("cancelled"),
        })
    }
}

/// An activity as it stood at a moment.
#[derive(Debug, Clone, Copy)]
pub struct ActivityAt<'h> {
    /// Which one.
    pub id: Uuid,
    /// `task`, `call`, `meeting`, `email`, `note` or `transcript`.
    pub kind: &'h str,
    /// `inbound` or `outbound`.
    pub direction: Option<&'h str>,
    /// Such as `positive` or `no_answer`; only of what was done.
    pub outcome: Option<&'h str>,
    /// When it took or takes place.
    pub at: DateTime<Utc>,
    /// When it is due.
    pub due: Option<DateTime<Utc>>,
    /// Whether it was done by then.
    pub is_done: bool,
    /// Whether it was still ahead or unfinished.
    pub is_open: bool,
}

impl ActivityAt<'_> {
    /// Whether somebody outside did it.
    pub fn is_inbound(&self) -> bool {
        self.direction == Some("inbound")
    }

    /// Whether it went to somebody outside.
    pub fn is_outbound(&self) -> bool {
        self.direction == Some("outbound")
    }
}

/// A contact's part in a deal.
#[derive(Debug, Clone)]
pub(super) struct Role {
    pub(super) id: Uuid,
    pub(super) contact: Uuid,
    pub(super) life: Life,
    pub(super) part: String,
    pub(super) past: Past,
}

impl Role {
    pub(super) fn at(&self, moment: DateTime<Utc>) -> Option<RoleAt<'_>> {
        self.life.at(moment).then(|| RoleAt {
            id: self.id,
            contact: self
                .past
                .id("contact_id", Some(self.contact), moment)
                .unwrap_or(self.contact),
            role: self
                .past
                .text("role", Some(&self.part), moment)
                .unwrap_or_default(),
            since: self.life.created,
        })
    }
}

/// A contact's part in a deal at a moment.
#[derive(Debug, Clone, Copy)]
pub struct RoleAt<'h> {
    /// Which record says so.
    pub id: Uuid,
    /// Whose part it is.
    pub contact: Uuid,
    /// A word of the catalogue, such as `decision_maker`.
    pub role: &'h str,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl RoleAt<'_> {
    /// Whether this is somebody whose word decides.
    pub fn decides(&self) -> bool {
        matches!(
            self.role,
            "decision_maker" | "economic_buyer" | "economic_decision_maker" | "executive_sponsor"
        )
    }
}

/// An offer.
#[derive(Debug, Clone)]
pub(super) struct Quote {
    pub(super) id: Uuid,
    pub(super) there: Presence,
    pub(super) status: String,
    /// What is taken off the sum of the lines, in percent.
    pub(super) discount_percent: Option<f64>,
    pub(super) lines: Vec<QuoteLine>,
    /// The products that are paid again and again.
    pub(super) recurring: Arc<HashSet<Uuid>>,
    pub(super) past: Past,
}

#[derive(Debug, Clone)]
pub(super) struct QuoteLine {
    pub(super) life: Life,
    pub(super) product: Option<Uuid>,
    /// In minor units, before anything is taken off.
    pub(super) subtotal: i64,
    /// What is taken off, in minor units.
    pub(super) discount: i64,
    pub(super) past: Past,
}

impl QuoteLine {
    pub(super) fn product(&self, moment: DateTime<Utc>) -> Option<Uuid> {
        self.past.id("product_id", self.product, moment)
    }
}

impl Quote {
    pub(super) fn at(&self, moment: DateTime<Utc>) -> Option<QuoteAt<'_>> {
        if !self.there.at(moment) {
            return None;
        }
        let lines = || self.lines.iter().filter(|line| line.life.at(moment));
        let products = self.products(moment);
        // The totals of a quote have no history; those of its lines come and go with them, and its own discount has one.
        let (subtotal, discount) = lines().fold((0_i64, 0_i64), |(subtotal, discount), line| {
            (
                subtotal.saturating_add(line.past.minor("subtotal", line.subtotal, moment)),
                discount.saturating_add(line.past.minor("discount_total", line.discount, moment)),
            )
        });
        Some(QuoteAt {
            id: self.id,
            created: self.there.life.created,
            status: self
                .past
                .text("status", Some(&self.status), moment)
                .unwrap_or_default(),
            discount: share(discount, subtotal)
                .map(|lines| lines + (1.0 - lines) * self.own_discount(moment)),
            products: products.len(),
            recurring: products.iter().any(|product| self.recurring.contains(product)),
        })
    }

    /// The share that it takes off what its lines come to, 0 to 1.
    fn own_discount(&self, moment: DateTime<Utc>) -> f64 {
        let percent = self
            .past
            .decimal("discount_percent", self.discount_percent, moment);
        (percent.unwrap_or_default() / 100.0).clamp(0.0, 1.0)
    }
}

/// The share of an amount, 0 to 1; none of nothing.
#[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
fn share(part: i64, whole: i64) -> Option<f64> {
    let share = part as f64 / whole as f64;
    (whole > 0 && (0.0..=1.0).contains(&share)).then_some(share)
}

/// An offer as it stood at a moment.
#[derive(Debug, Clone, Copy)]
pub struct QuoteAt<'h> {
    /// Which one.
    pub id: Uuid,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// A word of the catalogue, such as `presented`.
    pub status: &'h str,
    /// The share that its lines and it itself together take off the list price, 0 to 1; none without lines.
    pub discount: Option<f64>,
    /// How many different products it offers.
    pub products: usize,
    /// Whether one of them is paid again and again.
    pub recurring: bool,
}

/// A case of an account.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) id: Uuid,
    pub(super) there: Presence,
    /// Until when what it holds may have been said at its end: when it was resolved, or came, of one from another system.
    pub(super) settled: Option<DateTime<Utc>>,
    pub(super) resolved: Option<DateTime<Utc>>,
    pub(super) satisfaction: Option<f64>,
    pub(super) escalated: bool,
    /// What happened, oldest first.
    pub(super) events: Vec<CaseEvent>,
}

#[derive(Debug, Clone)]
pub(super) struct CaseEvent {
    pub(super) kind: String,
    pub(super) old: Option<Json>,
    pub(super) new: Option<Json>,
    pub(super) at: DateTime<Utc>,
}

impl Case {
    pub(super) fn at(&self, moment: DateTime<Utc>) -> Option<CaseAt> {
        if !self.there.at(moment) {
            return None;
        }
        let solved = |said: &Option<Json>| {
            let status = said.as_ref().and_then(|said| said.get("status")?.as_str());
            matches!(status, Some("resolved" | "closed"))
        };
        let resolved = match self.last("status_changed", moment) {
            Some(event) => solved(&event.new),
            None => match self.events.iter().find(|event| event.kind == "status_changed") {
                // What it was made with; when one that came along was solved, its first change here made unknown.
                Some(first) => solved(&first.old) && self.settled.is_none_or(|settled| settled <= moment),
                None => self.resolved.is_some_and(|resolved| resolved <= moment),
            },
        };
        let escalated = self.held("escalated", "is_escalated", moment, || json!(self.escalated));
        let satisfaction = self.held("satisfaction", "satisfaction", moment, || {
            json!(self.satisfaction)
        });
        Some(CaseAt {
            id: self.id,
            opened: self.there.life.created,
            is_open: !resolved,
            is_escalated: escalated.and_then(|held| held.as_bool()).unwrap_or(false),
            is_late: self.last("sla_breached", moment).is_some(),
            satisfaction: satisfaction.and_then(|held| held.as_f64()),
        })
    }

    /// The last event of a kind until a moment.
    fn last(&self, kind: &str, moment: DateTime<Utc>) -> Option<&CaseEvent> {
        self.events
            .iter()
            .rfind(|event| event.kind == kind && event.at <= moment)
    }

    /// What a field held whose changes are events of a kind: before any of them what it was made with, which is what it holds
    /// `now` if there are none. What came with an import was said by its end.
    fn held(
        &self,
        kind: &str,
        field: &str,
        moment: DateTime<Utc>,
        now: impl FnOnce() -> Json,
    ) -> Option<Json> {
        if let Some(last) = self.last(kind, moment) {
            return last.new.as_ref()?.get(field).cloned();
        }
        if self.settled.is_some_and(|settled| moment < settled) {
            return None;
        }
        match self.events.iter().find(|event| event.kind == kind) {
            Some(first) => first.old.as_ref()?.get(field).cloned(),
            None => Some(now()),
        }
    }
}

/// A case as it stood at a moment.
#[derive(Debug, Clone, Copy)]
pub struct CaseAt {
    /// Which one.
    pub id: Uuid,
    /// When it was opened.
    pub opened: DateTime<Utc>,
    /// Whether it was not solved yet.
    pub is_open: bool,
    /// Whether it was escalated.
    pub is_escalated: bool,
    /// Whether an answer or the solution was late.
    pub is_late: bool,
    /// 1 to 5, as the customer said by then.
    pub satisfaction: Option<f64>,
}

/// An agreement with an account.
#[derive(Debug, Clone)]
pub(super) struct Contract {
    pub(super) id: Uuid,
    pub(super) there: Presence,
    pub(super) status: String,
    pub(super) ends: Option<NaiveDate>,
    pub(super) auto_renew: bool,
    pub(super) past: Past,
}

/// Something to be paid.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) id: Uuid,
    pub(super) there: Presence,
    pub(super) status: String,
    pub(super) due: Option<NaiveDate>,
    pub(super) paid: Option<DateTime<Utc>>,
    pub(super) past: Past,
}
