//! The records that things happen to, and the dice that say what happens.

use chrono::TimeDelta;
use crm_store::catalog;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::super::{World, create};

/// Draws numbers that depend on nothing but the seed.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    pub(super) fn one<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// The records that things happen to.
#[derive(Default)]
pub(super) struct Cast {
    pub(super) people: Vec<Uuid>,
    pub(super) accounts: Vec<Uuid>,
    pub(super) contacts: Vec<Uuid>,
    pub(super) deals: Vec<Uuid>,
    pub(super) leads: Vec<Uuid>,
    pub(super) activities: Vec<Uuid>,
    pub(super) roles: Vec<Uuid>,
    pub(super) quotes: Vec<Uuid>,
    pub(super) lines: Vec<Uuid>,
    pub(super) products: Vec<Uuid>,
    pub(super) stages: Vec<Uuid>,
    pub(super) cases: Vec<Uuid>,
    pub(super) payments: Vec<Uuid>,
    pub(super) contracts: Vec<Uuid>,
    pub(super) members: Vec<Uuid>,
    pub(super) campaigns: Vec<Uuid>,
    pub(super) events: Vec<Uuid>,
}

pub(super) async fn cast(world: &World) -> Cast {
    let admin = &world.admin;
    let mut cast = Cast {
        people: vec![
            world.person("jon", "sales").await.0,
            world.person("mia", "manager").await.0,
        ],
        ..Cast::default()
    };
    for at in 0..2 {
        let account = create(
            admin,
            &catalog::ACCOUNT,
            json!({"name": format!("Loom {at}"), "industry": "Textiles", "number_of_employees": 40}),
        )
        .await;
        let contact = create(
            admin,
            &catalog::CONTACT,
            json!({"last_name": format!("Weaver {at}"), "account_id": account}),
        )
        .await;
        cast.accounts.push(account);
        cast.contacts.push(contact);
        cast.campaigns
            .push(create(admin, &catalog::CAMPAIGN, json!({"name": format!("Fair {at}")})).await);
        cast.products
            .push(create(admin, &catalog::PRODUCT, json!({"name": format!("Loom {at}")})).await);
    }
    for at in 0..5 {
        let deal = json!({
            "name": format!("Deal {at}"), "stage": "Qualification", "account_id": cast.accounts[at % 2],
            "amount": {"amount": format!("{}", 1000 * (at + 1)), "currency": "EUR"}, "type": "new_business",
            "lead_source": "Website", "close_date": (world.now() + TimeDelta::days(40)).date_naive(),
            "owner_id": cast.people[at % 2],
        });
        cast.deals.push(create(admin, &catalog::OPPORTUNITY, deal).await);
        let lead = json!({
            "last_name": format!("Spinner {at}"), "email": format!("s{at}@gmail.com"), "lead_source": "Website",
            "campaign_id": cast.campaigns[at % 2],
        });
        cast.leads.push(create(admin, &catalog::LEAD, lead).await);
    }
    for at in 0..2 {
        let role =
            json!({"opportunity_id": cast.deals[at], "contact_id": cast.contacts[at], "role": "champion"});
        cast.roles
            .push(create(admin, &catalog::OPPORTUNITY_CONTACT_ROLE, role).await);
        let quote = json!({"name": "Offer", "opportunity_id": cast.deals[at], "currency": "EUR"});
        let quote = create(admin, &catalog::QUOTE, quote).await;
        cast.lines
            .push(create(admin, &catalog::QUOTE_LINE, line(quote, cast.products[at], 10)).await);
        cast.quotes.push(quote);
    }
    cast.stages = sqlx::query_scalar("SELECT id FROM pipeline_stages WHERE kind = 'open' ORDER BY position")
        .fetch_all(&world.owner)
        .await
        .unwrap();
    cast
}

pub(super) fn line(quote: Uuid, product: Uuid, discount: u64) -> Json {
    json!({
        "quote_id": quote, "product_id": product, "quantity": "2", "unit_price": {"amount": "100", "currency": "EUR"},
        "discount_percent": discount.to_string(),
    })
}

/// Makes the records that there are, and their people, ones that another system had for most of a year before.
pub(super) async fn brought_along(world: &World) {
    for table in ["accounts", "contacts", "leads", "opportunities"] {
        let sql = format!(
            "UPDATE {table} SET created_at = created_at - interval '300 days', external_id = 'X-' || id::text"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&world.owner)
            .await
            .unwrap();
    }
}
