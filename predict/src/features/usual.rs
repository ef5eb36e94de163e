//! What is usual in a tenant, from what had ended before a moment.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use crm_store::history::{AccountHistory, DealAt, DealHistory, LeadAt, LeadHistory};
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    LEAD_WINDOW_DAYS, churn,
    tally::{AT_FIRST, Belief, Outcomes, STRENGTH, Spread, Tally},
    words::{quarter, since},
};

/// Where leads come from is judged by who is converted within so many days of coming: most who ever are have been by then,
/// and what a new source or campaign is worth is known months before its leads have ended.
const EARLY_DAYS: i64 = 30;
/// The share of customers who leave within the time that is looked ahead, before there is any example, and how many it is
/// worth.
const LEAVE_AT_FIRST: (f64, f64) = (0.05, 20.0);

/// What is usual in a tenant as of a moment: rates of winning by stage, type, owner, source and so on, what deals are worth
/// and how long they take, all pulled towards the whole where there are few.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usual {
    deals: Outcomes,
    /// Leads whose time to be converted is over.
    #[serde(deserialize_with = "tally")]
    leads: Tally,
    /// The same after [`EARLY_DAYS`], with the records of where they came from.
    #[serde(default)]
    early: Outcomes,
    /// Looks at customers: good is that they left.
    #[serde(default)]
    accounts: Tally,
    stages: BTreeMap<String, Tally>,
    amounts: BTreeMap<String, Spread>,
    cycles: BTreeMap<String, Spread>,
    /// How many days deals spend in each stage that they leave.
    passages: BTreeMap<String, Spread>,
}

/// A tally, also as it was kept with models of before: among the records of sources and campaigns.
fn tally<'de, D: Deserializer<'de>>(from: D) -> Result<Tally, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Kept {
        Alone(Tally),
        Among { all: Tally },
    }
    Ok(match Kept::deserialize(from)? {
        Kept::Alone(tally) | Kept::Among { all: tally } => tally,
    })
}

/// The key of all amounts, or cycles, together.
const ALL: &str = "";

/// Who or what has a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Owner,
    Source,
    Campaign,
    Competitor,
    Industry,
    Season,
    Product,
}

impl Of {
    fn key(self, name: &str) -> String {
        let of = match self {
            Self::Owner => "owner",
            Self::Source => "source",
            Self::Campaign => "campaign",
            Self::Competitor => "competitor",
            Self::Industry => "industry",
            Self::Season => "season",
            Self::Product => "product",
        };
        format!("{of}:{}", name.trim().to_lowercase())
    }
}

impl Usual {
    /// How many leads had ended.
    pub fn ended_leads(&self) -> f64 {
        self.leads.of
    }

    /// The share of leads that are converted in time.
    pub fn conversion_rate(&self) -> f64 {
        self.leads.rate(AT_FIRST.0, AT_FIRST.1)
    }

    /// What is believed of a deal before looking at it: how often deals that were in its stage were won, pulled towards the
    /// probability that the tenant gives the stage. Log-odds.
    pub fn deal_prior(&self, deal: &DealAt<'_>) -> f64 {
        self.deal_belief(deal).log_odds
    }

    /// As [`Usual::deal_prior`], with how sure it is.
    pub fn deal_belief(&self, deal: &DealAt<'_>) -> Belief {
        let stage = deal.stage();
        let told = deal
            .stage_probability()
            .filter(|probability| (0.01..=0.99).contains(probability));
        let tally = stage.and_then(|stage| self.stages.get(stage)).copied();
        let towards = told.unwrap_or_else(|| self.deals.rate());
        tally.unwrap_or_default().belief(towards, STRENGTH)
    }

    /// What is believed of a lead before looking at it: how often leads are converted in time.
    pub fn lead_belief(&self) -> Belief {
        self.leads.belief(AT_FIRST.0, AT_FIRST.1)
    }

    /// What is believed of a customer before looking at it: how often customers leave within the time that is looked ahead.
    pub fn account_belief(&self) -> Belief {
        self.accounts.belief(LEAVE_AT_FIRST.0, LEAVE_AT_FIRST.1)
    }

    /// How many looks at customers there were whose outcome is known.
    pub fn looks_at_customers(&self) -> f64 {
        self.accounts.of
    }

    /// By which share deals of somebody or something are won more often than was to be expected of their type, and how many
    /// they were.
    pub(super) fn deal_record(&self, of: Of, name: &str) -> (f64, f64) {
        self.deals.record(&of.key(name))
    }

    /// As [`Usual::deal_record`], of leads that are converted in their first days.
    pub(super) fn lead_record(&self, of: Of, name: &str) -> (f64, f64) {
        self.early.record(&of.key(name))
    }

    /// How often deals of a type are won.
    pub(super) fn type_rate(&self, kind: &str) -> f64 {
        self.deals.expected(Some(kind))
    }

    /// The logarithm of what deals of a type are worth.
    pub(super) fn amount(&self, kind: Option<&str>) -> Option<f64> {
        spread(&self.amounts, &format!("type:{}", kind.unwrap_or_default()))
    }

    /// The logarithm of what an owner's deals are worth.
    pub(super) fn owner_amount(&self, owner: &str) -> Option<f64> {
        spread(&self.amounts, &Of::Owner.key(owner))
    }

    /// The logarithm of how many days deals of a type take.
    pub(super) fn cycle(&self, kind: Option<&str>) -> Option<f64> {
        spread(&self.cycles, &format!("type:{}", kind.unwrap_or_default()))
    }

    /// The logarithm of how many days deals spend in a stage before they leave it.
    pub(super) fn passage(&self, stage: &str) -> Option<f64> {
        self.passages.get(stage).copied().unwrap_or_default().usual(None)
    }

    fn learn(&mut self, ended: &Ended) {
        match &ended.what {
            What::Lead { good } => self.leads.add(*good),
            What::Early { good, keys } => self.early.add(*good, None, keys),
            What::Account { left, .. } => self.accounts.add(*left),
            What::Deal(deal) => {
                let kind = deal.kind.as_deref();
                self.deals.add(deal.won, kind, &deal.keys);
                for stage in &deal.stages {
                    self.stages.entry(stage.clone()).or_default().add(deal.won);
                }
                for (stage, days) in &deal.passages {
                    self.passages.entry(stage.clone()).or_default().add(*days);
                }
                let of_type = format!("type:{}", kind.unwrap_or_default());
                for key in [ALL, &of_type, deal.owner.as_deref().unwrap_or("owner:")] {
                    if let Some(worth) = deal.worth {
                        self.amounts.entry(key.to_owned()).or_default().add(worth);
                    }
                    if !key.starts_with("owner:") {
                        self.cycles.entry(key.to_owned()).or_default().add(deal.days);
                    }
                }
            }
        }
    }
}

fn spread(of: &BTreeMap<String, Spread>, key: &str) -> Option<f64> {
    let all = of.get(ALL)?.usual(None);
    of.get(key).copied().unwrap_or_default().usual(all)
}

/// Something that ended.
#[derive(Debug, Clone)]
struct Ended {
    at: DateTime<Utc>,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Deal(Box<EndedDeal>),
    Lead { good: bool },
    Early { good: bool, keys: Vec<String> },
    Account { seen: DateTime<Utc>, left: bool },
}

#[derive(Debug, Clone)]
struct EndedDeal {
    won: bool,
    kind: Option<String>,
    owner: Option<String>,
    keys: Vec<String>,
    stages: Vec<String>,
    /// How long it was in each stage that it left.
    passages: Vec<(String, f64)>,
    worth: Option<f64>,
    days: f64,
}

/// All that ended, in the order of time: what was usual can be told as of any moment.
#[derive(Debug, Clone, Default)]
pub struct UsualHistory {
    ended: Vec<Ended>,
    /// Since when anything is known of customers: looks before that count for nothing.
    begin: Option<DateTime<Utc>>,
}

impl UsualHistory {
    /// What ended of these deals and leads; outlines are enough. Leads are converted within [`LEAD_WINDOW_DAYS`] or not.
    pub fn new(deals: &[DealHistory], leads: &[LeadHistory]) -> Self {
        let deals = deals.iter().flat_map(|deal| {
            deal.closings().into_iter().map(|closed| Ended {
                at: closed.at,
                what: What::Deal(Box::new(ended_deal(&deal.at(closed.at), closed.won))),
            })
        });
        let mut all = Self::of_leads(leads, TimeDelta::days(LEAD_WINDOW_DAYS));
        all.ended.extend(deals);
        all.ended.sort_by_key(|ended| ended.at);
        all
    }

    /// What ended of these leads; outlines are enough. They are converted within `window` of coming or not.
    pub fn of_leads(leads: &[LeadHistory], window: TimeDelta) -> Self {
        let early = TimeDelta::days(EARLY_DAYS).min(window);
        let mut ended: Vec<Ended> = leads
            .iter()
            .flat_map(|lead| {
                // Those that are converted count with the others of their days, not before: else the latest would all be good.
                let by = |after| {
                    let at = lead.created_at() + after;
                    (at, lead.converted().is_some_and(|converted| converted <= at))
                };
                let ((at, good), (soon, good_soon)) = (by(window), by(early));
                let keys = lead_keys(&lead.at(soon));
                [
                    Ended {
                        at: soon,
                        what: What::Early {
                            good: good_soon,
                            keys,
                        },
                    },
                    Ended {
                        at,
                        what: What::Lead { good },
                    },
                ]
            })
            .collect();
        ended.sort_by_key(|ended| ended.at);
        Self { ended, begin: None }
    }

    /// What became of customers, by what is known `now`; outlines are enough.
    pub fn of_accounts(accounts: &[AccountHistory], now: DateTime<Utc>) -> Self {
        let looks = accounts
            .iter()
            .flat_map(|account| churn::looks(account, DateTime::<Utc>::MIN_UTC, now));
        let mut ended: Vec<Ended> = looks
            .map(|look| Ended {
                at: look.known,
                what: What::Account {
                    seen: look.at,
                    left: look.left,
                },
            })
            .collect();
        ended.sort_by_key(|ended| ended.at);
        Self {
            ended,
            begin: churn::begin(accounts),
        }
    }

    /// Takes in what ended of others of the same kind. All together are as if they had been looked at at once, so that records
    /// can be read page by page, and forgotten.
    pub fn join(&mut self, others: Self) {
        self.ended.extend(others.ended);
        self.ended.sort_by_key(|ended| ended.at);
        self.begin = self.begin.into_iter().chain(others.begin).min();
    }

    /// What ended and counts, oldest first.
    fn counted(&self) -> impl Iterator<Item = &Ended> {
        self.ended.iter().filter(|ended| match ended.what {
            What::Account { seen, .. } => self.begin.is_some_and(|begin| seen >= begin),
            What::Deal(_) | What::Lead { .. } | What::Early { .. } => true,
        })
    }

    /// What was usual as of a moment. Costs a look at everything that ended before; for many moments use
    /// [`UsualHistory::walk`].
    pub fn at(&self, moment: DateTime<Utc>) -> Usual {
        let mut usual = Usual::default();
        for ended in self.counted().take_while(|ended| ended.at < moment) {
            usual.learn(ended);
        }
        usual
    }

    /// Calls `each` for every moment with what was usual then. The moments are in their order; one before its turn gets what
    /// was usual at the latest so far.
    pub fn walk(&self, moments: impl IntoIterator<Item = DateTime<Utc>>, mut each: impl FnMut(&Usual)) {
        let mut usual = Usual::default();
        let mut ended = self.counted().peekable();
        for moment in moments {
            while let Some(next) = ended.next_if(|ended| ended.at < moment) {
                usual.learn(next);
            }
            each(&usual);
        }
    }
}

fn ended_deal(deal: &DealAt<'_>, won: bool) -> EndedDeal {
    let owner = deal.owner().map(|owner| Of::Owner.key(&owner.to_string()));
    let others = [
        deal.source().map(|source| Of::Source.key(source)),
        deal.campaign()
            .map(|campaign| Of::Campaign.key(&campaign.to_string())),
        deal.competitor().map(|rival| Of::Competitor.key(rival)),
        deal.account()
            .and_then(|account| account.industry().map(|trade| Of::Industry.key(trade))),
        Some(Of::Season.key(quarter(deal.moment().date_naive()))),
    ];
    let products = deal.offered();
    let products = products
        .iter()
        .map(|product| Of::Product.key(&product.to_string()));
    let mut stages: Vec<String> = deal
        .stages_before()
        .iter()
        .map(|before| before.stage.to_owned())
        .collect();
    stages.sort_unstable();
    stages.dedup();
    EndedDeal {
        won,
        kind: deal.kind().map(str::to_owned),
        keys: owner
            .iter()
            .cloned()
            .chain(others.into_iter().flatten())
            .chain(products)
            .collect(),
        owner,
        stages,
        passages: deal
            .stages_left()
            .into_iter()
            .map(|(stage, days)| (stage.to_owned(), days))
            .collect(),
        worth: deal.worth(),
        days: since(deal.created_at(), deal.moment()),
    }
}

fn lead_keys(lead: &LeadAt<'_>) -> Vec<String> {
    [
        lead.source().map(|source| Of::Source.key(source)),
        lead.campaign()
            .map(|campaign| Of::Campaign.key(&campaign.to_string())),
        lead.industry().map(|trade| Of::Industry.key(trade)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
