//! People whose truths differ, and records of every entity that make them differ.

use chrono::{DateTime, Utc};
use crm_store::{
    TenantStore,
    auth::MemberToBe,
    catalog::{self, Object},
    records::Draft,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{
    analytics_support::{World, at},
    pipeline_differential::person_of,
};

/// A head with a seller below, and somebody who is neither: each sees what is theirs, and what is nobody's.
pub(super) struct People {
    pub(super) world: World,
    pub(super) head: TenantStore,
    pub(super) seller: TenantStore,
    pub(super) stranger: TenantStore,
}

impl People {
    pub(super) async fn new() -> Self {
        let world = World::new().await;
        let sells = json!({"objects": {
            "lead": ["read"], "contact": ["read"], "account": ["read"], "opportunity": ["read"], "activity": ["read"],
            "campaign_member": ["read"], "case": ["read"], "conversation": ["read"], "run": ["read"], "quota": ["read"],
            "queue": ["read"], "product": ["read"], "pipeline_stage": ["read"], "sla_policy": ["read"],
        }});
        let mut heads = sells.clone();
        heads["objects"]["campaign"] = json!(["read"]);
        heads["objects"]["ledger_entry"] = json!(["read"]);
        heads["manage"] = json!(["budgets"]);
        let manager: Option<Uuid> = sqlx::query_scalar("SELECT id FROM roles WHERE name = 'manager'")
            .fetch_one(&world.owner)
            .await
            .unwrap();
        let above = role(&world, "head", &heads, manager).await;
        role(&world, "seller", &sells, Some(above)).await;
        role(&world, "stranger", &heads, manager).await;
        Self {
            head: member(&world, "head").await,
            seller: member(&world, "seller").await,
            stranger: member(&world, "stranger").await,
            world,
        }
    }

    /// Whose the records are: four of each kind.
    pub(super) fn owners(&self) -> [Option<Uuid>; 4] {
        [
            Some(person_of(&self.seller)),
            Some(person_of(&self.head)),
            Some(person_of(&self.stranger)),
            None,
        ]
    }
}

/// Makes a role.
pub(super) async fn role(world: &World, name: &str, permissions: &Json, above: Option<Uuid>) -> Uuid {
    let id = Uuid::now_v7();
    sqlx::query(
        "INSERT INTO roles (tenant_id, id, name, parent_id, permissions, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, now(), now())",
    )
    .bind(world.tenant())
    .bind(id)
    .bind(name)
    .bind(above)
    .bind(permissions)
    .execute(&world.owner)
    .await
    .unwrap();
    id
}

/// Makes a person who has a role, called like it.
pub(super) async fn member(world: &World, role: &str) -> TenantStore {
    let email = format!("{role}@acme.test");
    let member = MemberToBe {
        email: &email,
        name: role,
        role,
        password: None,
    };
    world.store.ensure_member("acme", &member).await.unwrap();
    let grant = world.store.operate("acme", Some(&email)).await.unwrap().unwrap();
    world.store.open(&grant)
}

async fn create(world: &World, object: &'static Object, body: Json) -> Uuid {
    let mut tx = world.admin.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    let draft = Draft::from_json(object, body.as_object().unwrap(), &access)
        .unwrap_or_else(|error| panic!("{body}: {error:?}"));
    let made = tx.records(object).create(draft).await;
    let id = made.unwrap_or_else(|error| panic!("{body}: {error:?}")).id;
    tx.commit().await.unwrap();
    id
}

/// One record of an object for an owner. An object that the layer has and this does not is a hole in the test.
pub(super) async fn record(world: &World, object: &'static Object, owner: Option<Uuid>) {
    let money = json!({"amount": "100.00", "currency": "EUR"});
    match object.name {
        "opportunity" => {
            let account = create(
                world,
                &catalog::ACCOUNT,
                json!({"name": "Of a deal", "owner_id": owner}),
            )
            .await;
            let deal = json!({
                "name": "Deal", "owner_id": owner, "account_id": account, "amount": money, "stage": "Closed Won",
                "close_date": "2024-06-03", "type": "renewal", "lead_source": "Web",
            });
            create(world, object, deal).await;
        }
        "lead" => {
            let lead = json!({"last_name": "Lee", "company": "Lee", "owner_id": owner, "industry": "Retail"});
            create(world, object, lead).await;
        }
        "account" => {
            let account =
                json!({"name": "Acme", "owner_id": owner, "industry": "Retail", "type": "customer"});
            create(world, object, account).await;
        }
        "case" => {
            create(
                world,
                object,
                json!({"subject": "Help", "owner_id": owner, "priority": "high"}),
            )
            .await;
        }
        "activity" => {
            let call = json!({"type": "call", "subject": "Call", "owner_id": owner, "occurred_at": at(2024, 6, 3, 10)});
            create(world, object, call).await;
        }
        "campaign" => {
            let campaign = json!({
                "name": format!("Spring {}", Uuid::now_v7()), "owner_id": owner, "actual_cost": money,
                "start_date": "2024-05-01",
            });
            create(world, object, campaign).await;
        }
        "campaign_member" => {
            let campaign = json!({"name": format!("Of a member {}", Uuid::now_v7())});
            let campaign = create(world, &catalog::CAMPAIGN, campaign).await;
            let lead = json!({"last_name": "Lou", "company": "Lou", "owner_id": owner});
            let lead = create(world, &catalog::LEAD, lead).await;
            create(world, object, json!({"campaign_id": campaign, "lead_id": lead})).await;
        }
        "conversation" => conversation(world, owner, at(2024, 6, 4, 9)).await,
        "run" => run(world, owner, at(2024, 6, 4, 9)).await,
        "ledger_entry" => entry(world, at(2024, 6, 4, 9)).await,
        other => panic!("write down how a {other} is made: who may ask about it must get his own truth"),
    }
}

async fn conversation(world: &World, owner: Option<Uuid>, when: DateTime<Utc>) {
    sqlx::query(
        "INSERT INTO conversations (tenant_id, id, channel, status, owner_id, message_count, created_at, updated_at) \
         VALUES ($1, $2, 'email', 'open', $3, 2, $4, $4)",
    )
    .bind(world.tenant())
    .bind(Uuid::now_v7())
    .bind(owner)
    .bind(when)
    .execute(&world.owner)
    .await
    .unwrap();
}

/// A run is its starter's; one of a visitor is nobody's.
async fn run(world: &World, owner: Option<Uuid>, when: DateTime<Utc>) {
    sqlx::query(
        "INSERT INTO runs (tenant_id, id, agent, state, outcome, input, actor_kind, actor_id, created_at, updated_at, finished_at) \
         VALUES ($1, $2, 'pipeline', 'finished', 'completed', '{}', $3, $4, $5, $5, $5)",
    )
    .bind(world.tenant())
    .bind(Uuid::now_v7())
    .bind(if owner.is_some() { "user" } else { "visitor" })
    .bind(owner.unwrap_or_else(Uuid::now_v7))
    .bind(when)
    .execute(&world.owner)
    .await
    .unwrap();
}

async fn entry(world: &World, when: DateTime<Utc>) {
    sqlx::query(
        "INSERT INTO ledger_entries (tenant_id, id, attempt_id, agent, kind, from_account, to_account, amount_nano, \
         provider, model, input_tokens, output_tokens, held_at, created_at) \
         VALUES ($1, $2, $3, 'answers', 'settle', 'held', 'spent', 1500000, 'p', 'm', 10, 5, $4, $4)",
    )
    .bind(world.tenant())
    .bind(Uuid::now_v7())
    .bind(Uuid::now_v7())
    .bind(when)
    .execute(&world.owner)
    .await
    .unwrap();
}
