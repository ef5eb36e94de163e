//! Whether an account is a customer, and when it left.
//!
//! An account is a customer while its type says so or a contract with it runs. It leaves when its type becomes
//! `former_customer`, when its last contract is terminated, or when its last contract ends and nothing follows.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{
    account::{AccountAt, AccountHistory},
    parts::{Contract, Standing},
};

/// What follows the end of a contract within so much time renews it: before it is over nobody knows whether a customer whose
/// contract ran out has left.
pub const GRACE: TimeDelta = TimeDelta::days(60);
/// What takes that long to be repeated is another departure.
const APART: TimeDelta = TimeDelta::days(30);

/// Something after which an account may have been no customer any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ending {
    at: DateTime<Utc>,
    /// From when it could be told whether it left.
    known: DateTime<Utc>,
    /// Whether it did.
    left: bool,
}

/// All after which an account may have been no customer any more, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endings(Vec<Ending>);

impl Endings {
    /// When who was a customer at a moment, by what was known then, left within some time from it; none if it stayed.
    ///
    /// Who had left by then although nobody could tell yet has left: a contract had run out, and 60 days later nothing had
    /// followed. That such a customer stayed would be the one thing that is surely wrong, and to look away from those
    /// who had left would leave only those who went on.
    pub fn left(&self, at: DateTime<Utc>, within: TimeDelta) -> Option<DateTime<Utc>> {
        let until = self.0.iter().filter(|ending| ending.at <= at + within);
        until
            .filter(|ending| ending.left && ending.known > at)
            .map(|ending| ending.at)
            .min()
    }
}

/// The end of a day, in UTC.
fn over(day: NaiveDate) -> Option<DateTime<Utc>> {
    let next = day.checked_add_days(Days::new(1))?;
    Some(next.and_time(NaiveTime::MIN).and_utc())
}

impl Contract {
    /// When somebody ended it before its time.
    fn ended(&self) -> Option<DateTime<Utc>> {
        self.past
            .until("status", DateTime::<Utc>::MAX_UTC)
            .find(|step| step.new.as_ref().and_then(|new| new.as_str()) == Some("terminated"))
            .map(|step| step.known)
    }

    /// When it ends by itself, as it stands at a moment: a contract that goes on by itself does not.
    fn runs_out(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let status = self.past.text("status", Some(&self.status), now);
        let signed = matches!(status, Some("activated" | "expired"));
        let goes_on = self.past.flag("auto_renew", self.auto_renew, now);
        let ends = self.past.day("end_date", self.ends, now);
        ends.filter(|_| signed && !goes_on).and_then(over)
    }
}

impl AccountHistory {
    /// Whether the account was a customer at a moment, by what was known then.
    pub fn is_customer(&self, moment: DateTime<Utc>) -> bool {
        let at = self.at(moment);
        if at.has_contract() {
            return true;
        }
        if at.kind() != Some("customer") {
            return false;
        }
        // Nobody has to set the type when a contract ends.
        self.departures(moment)
            .into_iter()
            .rfind(|left| *left <= moment)
            .is_none_or(|left| at.came_back(left) || self.was_taken_back(left, moment))
    }

    /// Whether somebody made it a customer again between two moments.
    fn was_taken_back(&self, since: DateTime<Utc>, until: DateTime<Utc>) -> bool {
        self.past.until("type", until).any(|step| {
            step.known > since && step.new.as_ref().and_then(|new| new.as_str()) == Some("customer")
        })
    }

    /// When the account left, oldest first, by what is known `now`: a contract that ended and was not followed by anything
    /// counts once nothing has followed for 60 days.
    pub fn departures(&self, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let Endings(endings) = self.endings(now);
        let mut departures: Vec<DateTime<Utc>> = Vec::new();
        for ending in endings.into_iter().filter(|ending| ending.left) {
            if departures.last().is_none_or(|last| ending.at - *last > APART) {
                departures.push(ending.at);
            }
        }
        departures
    }

    /// All after which the account may have been no customer any more, by what is known `now`. A contract that ran out is
    /// among them once 60 days are over.
    pub fn endings(&self, now: DateTime<Utc>) -> Endings {
        let word = |json: &Option<serde_json::Value>, word: &str| {
            json.as_ref().and_then(|json| json.as_str()) == Some(word)
        };
        let called = self
            .past
            .until("type", now)
            .filter(|step| word(&step.new, "former_customer") && !word(&step.old, "prospect"))
            .map(|step| Ending {
                at: step.known,
                known: step.known,
                left: true,
            });
        let over = self.contracts.iter().filter(|contract| contract.there.at(now));
        let over = over.filter_map(|contract| {
            // What ended when it was another's, before a merge, did not end with this one.
            let ours = |at: &DateTime<Utc>| contract.there.named(*at);
            if let Some(at) = contract.ended().filter(|ended| *ended <= now && ours(ended)) {
                return Some(Ending {
                    at,
                    known: at,
                    left: !self.goes_on(at, (at + GRACE).min(now)),
                });
            }
            let at = contract.runs_out(now).filter(ours)?;
            let known = at + GRACE;
            (known <= now).then(|| Ending {
                at,
                known,
                left: !self.goes_on(at, known),
            })
        });
        let mut endings: Vec<Ending> = called.chain(over).collect();
        endings.sort_by_key(|ending| (ending.at, ending.known));
        Endings(endings)
    }

    /// When the first thing happened with them that is known: a case, a deal, a message or an activity.
    pub fn first_known(&self) -> Option<DateTime<Utc>> {
        // What was another's before or after does not tell.
        let cases = self.cases.iter().find_map(|case| case.there.always_since());
        let deals = self.deals.first().map(|deal| deal.life.created);
        let messages = self.messages.first().map(|message| message.at);
        let activities = self
            .activities
            .iter()
            .find_map(|activity| activity.there.always_since());
        [cases, deals, messages, activities, self.first]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether there is still something with them after a contract ended, or again until a moment.
    fn goes_on(&self, end: DateTime<Utc>, by: DateTime<Utc>) -> bool {
        let at = self.at(by);
        at.has_contract() || at.came_back(end)
    }
}

impl AccountAt<'_> {
    /// Whether a contract runs: activated, and not over.
    pub fn has_contract(&self) -> bool {
        let today = self.moment().date_naive();
        self.contracts().any(|contract| {
            let over = contract.ends.is_some_and(|end| end < today) && !contract.auto_renew;
            contract.status == "activated" && !over
        })
    }

    /// Whether a deal was won with them since a moment.
    fn came_back(&self, since: DateTime<Utc>) -> bool {
        self.deals()
            .any(|deal| matches!(deal.standing, Standing::Won(at) if at > since))
    }
}
