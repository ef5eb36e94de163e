//! Each rule on a field holds for every field of every object, in whatever way the field is asked for, and taking away
//! any single one of them is noticed.

use std::collections::BTreeMap;

use crm_api::routes::records::served;
use crm_store::{
    StoreError, TenantStore,
    access::FieldRule,
    auth::MemberToBe,
    catalog::{Field, Object},
    query::{Condition, Op},
    records::{Draft, ListQuery, Select},
};
use crm_tests::harness::TestDb;
use serde_json::{Map, Value, json};
use sqlx::PgPool;
use uuid::Uuid;

/// Fields that no rule can take away: they say which record it is.
const FREE: &[&str] = &["id", "version"];

/// What comes of asking for a field in every way.
type Outcomes = BTreeMap<&'static str, String>;

struct World {
    // Dropped last.
    owner: PgPool,
    tenant: TenantStore,
    rules: Map<String, Value>,
    _db: TestDb,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let store = db.store().await;
        db.tenant_in(&store, "acme").await;
        let owner = db.owner().await;
        sqlx::query(
            "INSERT INTO roles (tenant_id, id, name, permissions, created_at, updated_at) SELECT id, $1, 'probe', '{}', now(), now() FROM tenants",
        )
        .bind(Uuid::now_v7())
        .execute(&owner)
        .await
        .unwrap();
        let member = MemberToBe {
            email: "probe@acme.test",
            name: "Probe",
            role: "probe",
            password: None,
        };
        store.ensure_member("acme", &member).await.unwrap();
        let grant = store
            .operate("acme", Some("probe@acme.test"))
            .await
            .unwrap()
            .unwrap();
        Self {
            tenant: store.open(&grant),
            owner,
            rules: Map::new(),
            _db: db,
        }
    }

    /// Gives the probe's role these rules on the fields of an object, and every right besides.
    async fn rule(&mut self, object: &Object, fields: Map<String, Value>) {
        self.rules.insert(object.name.to_owned(), Value::Object(fields));
        let verbs = ["create", "read", "update", "delete", "view_all", "modify_all"];
        let permissions = json!({"objects": {"*": verbs}, "fields": self.rules});
        sqlx::query("UPDATE roles SET permissions = $1 WHERE name = 'probe'")
            .bind(permissions)
            .execute(&self.owner)
            .await
            .unwrap();
    }

    /// A field, asked for in every way in which the service shows or takes it.
    async fn ask(&self, object: &'static Object, field: &Field) -> Outcomes {
        let mut tx = self.tenant.begin().await.unwrap();
        let access = tx.access().await.unwrap();
        let mut outcomes = Outcomes::new();
        let chosen = Select {
            fields: Some(vec![field.name.to_owned()]),
            ..Select::default()
        };
        let got = tx.records(object).get(Uuid::now_v7(), &chosen).await;
        outcomes.insert("chosen", told(got.map(|_| ())));
        let list = |change: fn(&mut ListQuery, String)| {
            let mut list = ListQuery::default();
            change(&mut list, field.name.to_owned());
            list
        };
        let sorted = list(|list, name| list.sort = Some(name));
        outcomes.insert("sorted", told(tx.records(object).list(&sorted).await.map(|_| ())));
        let filtered = list(|list, name| list.filters = vec![Condition::new(name, Op::IsNull, true)]);
        outcomes.insert(
            "filtered",
            told(tx.records(object).list(&filtered).await.map(|_| ())),
        );
        let body = [(field.name.to_owned(), Value::Null)].into_iter().collect();
        let draft = Draft::from_json(object, &body, &access);
        outcomes.insert("written", told(draft.map(|_| ())));
        let record = crm_store::records::Record {
            object,
            id: Uuid::nil(),
            version: 1,
            values: [(field.name, crm_store::records::Value::Text("seen".to_owned()))]
                .into_iter()
                .collect(),
            includes: BTreeMap::new(),
        };
        outcomes.insert("shown", Value::Object(record.to_json(&access)).to_string());
        outcomes
    }
}

/// Allowed, refused by name, or neither.
fn told(outcome: Result<(), StoreError>) -> String {
    match outcome {
        Ok(()) => "allowed".to_owned(),
        Err(StoreError::Refused { fields, .. }) => format!("refused: {}", fields.join(", ")),
        Err(StoreError::Invalid { .. } | StoreError::InvalidMany(_)) => "invalid".to_owned(),
        Err(error) => panic!("{error}"),
    }
}

fn expected(rule: FieldRule, field: &Field) -> Outcomes {
    let name = field.name;
    let refused = format!("refused: {name}");
    let by_list = || {
        if field.indexed {
            "allowed".to_owned()
        } else {
            "invalid".to_owned()
        }
    };
    let (read, list, shown) = match rule {
        FieldRule::Hidden => (refused.clone(), refused.clone(), "{}".to_owned()),
        FieldRule::Masked => (
            refused.clone(),
            refused.clone(),
            json!({name: null, "masked_fields": [name]}).to_string(),
        ),
        FieldRule::ReadOnly => ("allowed".to_owned(), by_list(), json!({name: "seen"}).to_string()),
    };
    Outcomes::from([
        ("chosen", read),
        ("sorted", list.clone()),
        ("filtered", list),
        ("written", refused),
        ("shown", shown),
    ])
}

#[tokio::test]
async fn every_rule_on_a_field_holds_and_is_missed_when_it_is_gone() {
    let mut world = World::new().await;
    let (mut wrong, mut rules) = (Vec::new(), 0);
    for object in served() {
        for rule in [FieldRule::Hidden, FieldRule::Masked, FieldRule::ReadOnly] {
            let fields: Vec<&Field> = object
                .fields
                .iter()
                .filter(|field| !FREE.contains(&field.name))
                .collect();
            let all: Map<String, Value> = fields
                .iter()
                .map(|field| (field.name.to_owned(), json!(rule.as_str())))
                .collect();
            world.rule(object, all.clone()).await;
            for field in &fields {
                let found = world.ask(object, field).await;
                if found != expected(rule, field) {
                    wrong.push(format!("{}.{} {rule}: {found:?}", object.name, field.name));
                }
            }
            for field in &fields {
                rules += 1;
                let mut without = all.clone();
                without.remove(field.name);
                world.rule(object, without).await;
                if world.ask(object, field).await == expected(rule, field) {
                    wrong.push(format!("{}.{} {rule}: nobody misses it", object.name, field.name));
                }
            }
            world.rule(object, Map::new()).await;
        }
    }
    assert!(rules > 1_000, "{rules}");
    assert!(
        wrong.is_empty(),
        "{} of {rules}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
