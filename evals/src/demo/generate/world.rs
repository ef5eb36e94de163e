//! What a company's year is made of: the files in `evals/texts`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{EvalError, embedded};

/// The world of one company.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct World {
    pub(super) prefix: String,
    pub(super) language: String,
    pub(super) utc_offset_hours: i64,
    pub(super) unit: String,
    pub(super) support_languages: Vec<SupportLanguage>,
    pub(super) regions: Vec<Region>,
    pub(super) segments: Vec<Segment>,
    pub(super) industries: Vec<Industry>,
    pub(super) competitors: Vec<Competitor>,
    pub(super) products: Vec<Product>,
    pub(super) pricebooks: Vec<Pricebook>,
    pub(super) rates: Vec<Rate>,
    pub(super) campaigns: Vec<Campaign>,
    pub(super) slots: BTreeMap<String, Vec<String>>,
    pub(super) queues: Vec<Queue>,
    pub(super) foreign: BTreeMap<String, Vec<Foreign>>,
    pub(super) lead_needs: Vec<String>,
    pub(super) deal_topics: Vec<String>,
    pub(super) lead_titles: Vec<String>,
}

/// A language in which a share of the cases is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SupportLanguage {
    pub(super) code: String,
    pub(super) share: f64,
}

/// Where customers are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Region {
    pub(super) country: String,
    pub(super) language: String,
    pub(super) share: f64,
    /// A range that is set aside for fiction; `{3}` stands for three digits.
    pub(super) phone: String,
    pub(super) cities: Vec<String>,
}

/// Customers of one size.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Segment {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) share: f64,
    /// The fewest and the most units, such as technicians.
    pub(super) units: [i64; 2],
    /// Employees per unit.
    pub(super) employees: f64,
    /// How long a new customer usually takes to decide.
    pub(super) cycle_days: f64,
    /// The code of the product that they usually buy.
    pub(super) plan: String,
    /// How many pay by the month.
    pub(super) billing_share_monthly: f64,
}

/// A trade.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Industry {
    pub(super) name: String,
    pub(super) share: f64,
    /// How well the product suits it, around 0.
    pub(super) fit: f64,
    /// Last words of company names.
    pub(super) words: Vec<String>,
}

/// Whom the company meets in deals.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Competitor {
    pub(super) name: String,
    /// What it takes from the log odds of a deal.
    pub(super) strength: f64,
    pub(super) share: f64,
}

/// Something that is sold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Product {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) family: String,
    pub(super) unit: String,
    /// In the company's own currency.
    pub(super) price: f64,
    /// How often it goes along with a plan.
    #[serde(default)]
    pub(super) attach: f64,
    pub(super) help: String,
}

/// A list of prices.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pricebook {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) currency: String,
    /// What the company's own prices are multiplied by.
    pub(super) factor: f64,
    pub(super) region: String,
    pub(super) channel: String,
    pub(super) countries: Vec<String>,
}

/// What one unit of the company's currency is worth.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rate {
    pub(super) from: String,
    pub(super) to: String,
    #[serde(rename = "rate")]
    pub(super) buys: f64,
}

/// A campaign of the year.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Campaign {
    pub(super) name: String,
    pub(super) kind: String,
    /// The first day, counted from today.
    pub(super) start: i64,
    pub(super) days: i64,
    /// What it adds to the log odds that a lead is converted.
    pub(super) lift: f64,
    /// In the company's own currency.
    pub(super) cost: i64,
    pub(super) members: usize,
    /// Whether only leads beside the plan of the deals come from it.
    #[serde(default)]
    pub(super) beside: bool,
}

/// Where cases wait, with what they are about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) skills: Vec<String>,
    pub(super) categories: Vec<Category>,
}

/// A kind of matter, with the words for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Category {
    pub(super) key: String,
    pub(super) subjects: Vec<String>,
    pub(super) problems: Vec<String>,
    pub(super) details: Vec<String>,
    pub(super) fixes: Vec<String>,
}

/// A case in another language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Foreign {
    pub(super) queue: usize,
    pub(super) subject: String,
    pub(super) text: String,
}

/// What people of every world say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shared {
    pub(super) openings: Openings,
    pub(super) context: Vec<String>,
    pub(super) impact: Impact,
    pub(super) mood: Mood,
    pub(super) vague: Vague,
    pub(super) closings: Vec<String>,
    pub(super) agent_first: Vec<String>,
    pub(super) agent_ask: Vec<String>,
    pub(super) agent_close: Vec<String>,
    pub(super) customer_more: Vec<String>,
    pub(super) customer_good: Vec<String>,
    pub(super) customer_bad: Vec<String>,
    pub(super) lead_open: Vec<String>,
    pub(super) lead_more: Vec<String>,
    pub(super) lead_end_good: Vec<String>,
    pub(super) lead_end_bad: Vec<String>,
    pub(super) agent_lead: Vec<String>,
    pub(super) email_out: Vec<Mail>,
    pub(super) email_in: EmailIn,
    pub(super) call_notes: Vec<String>,
    pub(super) meeting_titles: Vec<String>,
    pub(super) meeting_notes: Vec<String>,
    pub(super) tasks: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) difficult: Vague,
}

/// How a message begins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Openings {
    pub(super) calm: Vec<String>,
    pub(super) cross: Vec<String>,
}

/// What the matter does to the customer's day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Impact {
    pub(super) high: Vec<String>,
    pub(super) normal: Vec<String>,
    pub(super) low: Vec<String>,
}

/// What the customer thinks of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mood {
    pub(super) bad: Vec<String>,
    pub(super) neutral: Vec<String>,
    pub(super) good: Vec<String>,
}

/// Subjects and texts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vague {
    pub(super) subjects: Vec<String>,
    pub(super) texts: Vec<String>,
}

/// A mail of a seller.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mail {
    pub(super) subject: String,
    pub(super) text: String,
}

/// Answers of a buyer, by interest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EmailIn {
    pub(super) warm: Vec<String>,
    pub(super) neutral: Vec<String>,
    pub(super) cold: Vec<String>,
}

/// The world of the company with this slug.
pub(super) fn world(slug: &str) -> Result<World, EvalError> {
    read(&format!("{slug}.yaml"))
}

/// What people of every world say.
pub(super) fn shared() -> Result<Shared, EvalError> {
    read("shared.yaml")
}

fn read<T: for<'de> Deserialize<'de>>(path: &str) -> Result<T, EvalError> {
    let file = embedded::texts().iter().find(|file| file.path == path);
    let file = file.ok_or_else(|| EvalError::file(path, 1, "is missing in evals/texts"))?;
    serde_norway::from_str(file.text).map_err(|error| EvalError::yaml(path, 0, &error))
}
