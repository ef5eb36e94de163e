//! The same question by an admin, a head, a seller below, and somebody to whom a rule opens records: each his own truth.
//!
//! Generated from the entities of the layer: an entity without records that tell the truths apart fails.

mod people;

use crm_store::{
    StoreError, TenantStore,
    access::sharing::{NewSharingRule, ShareAccess},
    analytics::Measure,
    catalog::SeenBy,
    query::{Condition, Op},
};
use crm_tools::{
    card::CardTable,
    semantic::{
        DimensionDef, DimensionKind, Entity, MeasureDef, PipelineQuery, SemanticModel, Spoken, Unit, answer,
    },
};
use serde_json::{Map, Value as Json, json};

use self::people::{People, member, record, role};
use crate::{
    analytics_support::{Deal, day},
    pipeline_differential::person_of,
};

/// How many records somebody sees.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Truth {
    Of(usize),
    Refused,
}

fn model() -> &'static SemanticModel {
    SemanticModel::embedded().unwrap()
}

/// The entity's number of records: its first measure that counts and adds up.
fn counted(entity: &Entity) -> &MeasureDef {
    let counts = |measure: &&MeasureDef| measure.additive && measure.unit == Unit::Count;
    let found = entity.measures.iter().find(counts);
    found.unwrap_or_else(|| panic!("{} cannot be counted", entity.name))
}

/// Whether the entity's number makes sense by a dimension.
fn grouped(entity: &Entity, dimension: &DimensionDef) -> bool {
    let count = counted(entity);
    let fits = count.by.is_empty() || count.by.contains(&dimension.name);
    dimension.groups() && fits && !count.not_by.contains(&dimension.name)
}

async fn ask(store: &TenantStore, query: Json) -> Result<CardTable, StoreError> {
    let parsed: PipelineQuery = serde_json::from_value(query).unwrap();
    let card = answer(model(), store, &parsed, &Spoken::default()).await?;
    Ok(card.table.unwrap())
}

/// The number of records that somebody sees, the same in whatever way it is asked for.
async fn truth(store: &TenantStore, entity: &Entity) -> Truth {
    let count = &counted(entity).name;
    let whole = match ask(store, json!({"entity": entity.name, "measures": [count]})).await {
        Ok(table) => table,
        Err(StoreError::Refused { .. }) => return Truth::Refused,
        Err(error) => panic!("{}: {error:?}", entity.name),
    };
    let number = |cell: &Json| cell.as_str().unwrap().parse::<usize>().unwrap();
    let all = number(&whole.rows[0][0]);
    assert_eq!(whole.records, i64::try_from(all).unwrap(), "{}", entity.name);
    for dimension in entity
        .dimensions
        .iter()
        .filter(|dimension| grouped(entity, dimension))
    {
        let grain = (dimension.kind == DimensionKind::Time).then_some("month");
        let by = json!({"name": dimension.name, "grain": grain});
        let groups = ask(
            store,
            json!({"entity": entity.name, "measures": [count], "dimensions": [by]}),
        )
        .await;
        match groups {
            // Groups are of the same records, and of no more.
            Ok(groups) => {
                let sum: usize = groups.rows.iter().map(|row| number(&row[1])).sum();
                assert_eq!(sum, all, "{} by {}", entity.name, dimension.name);
            }
            // What is told of another object, such as the campaign of a member, can be closed to a role.
            Err(StoreError::Refused { .. }) => assert!(dimension.path.object.name != entity.object.name),
            Err(error) => panic!("{} by {}: {error:?}", entity.name, dimension.name),
        }
    }
    let records = ask(store, json!({"entity": entity.name, "form": {"kind": "records"}})).await;
    if let Ok(records) = records {
        assert_eq!(records.rows.len(), all, "records of {}", entity.name);
    }
    Truth::Of(all)
}

/// What each sees of four records more: a seller's, a head's, a stranger's and nobody's.
async fn gained(people: &People, entity: &Entity, of: &[&TenantStore]) -> Vec<Truth> {
    let mut before = Vec::new();
    for store in of {
        before.push(truth(store, entity).await);
    }
    for owner in people.owners() {
        record(&people.world, entity.object, owner).await;
    }
    let mut gained = Vec::new();
    for (store, before) in of.iter().zip(before) {
        gained.push(match (before, truth(store, entity).await) {
            (Truth::Of(before), Truth::Of(after)) => Truth::Of(after - before),
            (_, after) => after,
        });
    }
    gained
}

/// Whether everybody who may read an object at all sees the same of it.
fn is_common(entity: &Entity) -> bool {
    match entity.object.rules() {
        Some(rules) => rules.seen_by == SeenBy::Tenant,
        None => entity.object.name == "ledger_entry",
    }
}

#[tokio::test]
async fn each_gets_his_own_truth_of_every_entity() {
    let people = People::new().await;
    for entity in &model().entities {
        let asked = [
            &people.world.admin,
            &people.world.manager,
            &people.head,
            &people.seller,
        ];
        let truths = gained(&people, entity, &asked).await;
        let expected = if entity.object.name == "ledger_entry" {
            // A manager administers no budgets, whatever records he sees.
            [Truth::Of(4), Truth::Refused, Truth::Of(4), Truth::Refused]
        } else if is_common(entity) {
            // Whoever may ask gets the same; who may not is told nothing.
            [Truth::Of(4), Truth::Of(4), Truth::Of(4), Truth::Refused]
        } else {
            [Truth::Of(4), Truth::Of(4), Truth::Of(3), Truth::Of(2)]
        };
        assert_eq!(truths, expected, "{}", entity.name);
    }
}

#[tokio::test]
async fn a_sharing_rule_opens_what_it_says_to_every_question() {
    let people = People::new().await;
    let world = &people.world;
    let guests = role(world, "guest", &json!({"objects": {"*": ["read"]}}), None).await;
    let guest = member(world, "guest").await;
    for entity in &model().entities {
        let rules = entity.object.rules();
        if rules.is_none_or(|rules| rules.seen_by != SeenBy::Owner) {
            continue;
        }
        let alone = gained(&people, entity, &[&guest, &people.seller]).await;
        assert_eq!(alone, [Truth::Of(1), Truth::Of(2)], "{}", entity.name);
        let before = truth(&people.seller, entity).await;
        let Truth::Of(own) = truth(&guest, entity).await else {
            panic!("a guest may ask about {}", entity.name)
        };

        let mut tx = world.admin.begin().await.unwrap();
        let rule = NewSharingRule {
            name: format!("the stranger's {}", entity.name),
            object: entity.object.name.to_owned(),
            criteria: vec![Condition::new(
                "owner_id",
                Op::Eq,
                json!(person_of(&people.stranger)),
            )],
            role_id: guests,
            access: ShareAccess::Read,
        };
        let made = tx.sharing_rules().create(&rule).await.unwrap();
        tx.sharing_rules().refresh(made.id).await.unwrap();
        tx.commit().await.unwrap();

        let of_stranger = json!({"dimension": "owner", "op": "eq", "value": person_of(&people.stranger)});
        let count = &counted(entity).name;
        let opened = ask(
            &world.admin,
            json!({"entity": entity.name, "measures": [count], "filters": [of_stranger]}),
        );
        let opened = usize::try_from(opened.await.unwrap().records).unwrap();
        assert!(opened > 0, "{}", entity.name);
        let now = truth(&guest, entity).await;
        assert_eq!(now, Truth::Of(own + opened), "{}", entity.name);
        assert_eq!(truth(&people.seller, entity).await, before, "{}", entity.name);
    }
}

/// Every field that the layer names is masked for one role: what needs one is refused, and counting goes on.
#[tokio::test]
async fn a_masked_field_is_in_no_measure_group_filter_or_order() {
    let people = People::new().await;
    let world = &people.world;
    let mut fields = Map::new();
    for entity in &model().entities {
        let own = entity
            .dimensions
            .iter()
            .filter(|dimension| dimension.path.steps.is_empty());
        let masked: Map<String, Json> = own
            .map(|dimension| (dimension.path.field.name.to_owned(), json!("masked")))
            .collect();
        fields.insert(entity.object.name.to_owned(), Json::Object(masked));
    }
    let permissions =
        json!({"objects": {"*": ["read", "view_all"]}, "fields": fields, "manage": ["budgets"]});
    role(world, "blindfold", &permissions, None).await;
    let blind = member(world, "blindfold").await;
    let mut refused = 0;
    for entity in &model().entities {
        record(world, entity.object, None).await;
        let name = &entity.name;
        let count = &counted(entity).name;
        let ask = |more: Json| {
            let mut query = json!({"entity": name, "measures": [count]});
            for (key, value) in more.as_object().unwrap() {
                query[key] = value.clone();
            }
            ask(&blind, query)
        };
        let mut check = |asked: Result<CardTable, StoreError>, what: &str, named: &str| match asked {
            Err(StoreError::Refused { what: said, fields }) => {
                refused += 1;
                // Only what was asked for is named.
                assert!(said.contains("your role may not see"), "{name} {what}: {said}");
                assert_eq!(fields.len(), 1, "{name} {what}: {fields:?}");
            }
            other => panic!("{name} {what} {named}: {other:?}"),
        };
        for dimension in entity
            .dimensions
            .iter()
            .filter(|dimension| dimension.path.steps.is_empty())
        {
            let grain = (dimension.kind == DimensionKind::Time).then_some("month");
            let by = &dimension.name;
            if grouped(entity, dimension) {
                let groups = ask(json!({"dimensions": [{"name": by, "grain": grain}]})).await;
                check(groups, "by", by);
            }
            let filter = json!({"dimension": by, "op": "is_null", "value": false});
            check(ask(json!({"filters": [filter]})).await, "where", by);
            let order = json!({"form": {"kind": "records"}, "measures": [], "order": [{"by": by}]});
            check(ask(order).await, "ordered by", by);
        }
        // A number that needs none of them goes on.
        let needs_none =
            matches!(&counted(entity).measure, Measure::Plain(formula) if formula.only.is_empty());
        assert_eq!(ask(json!({})).await.is_ok(), needs_none, "{name} counted");
    }
    assert!(refused > 200, "{refused} refused");
}

/// Amounts are converted and funnels have their steps for whoever sees the deals, whatever else the role reads.
#[tokio::test]
async fn sums_and_funnels_do_not_hang_on_the_right_to_rates_and_stages() {
    let people = People::new().await;
    let world = &people.world;
    world.rate("USD", "0.5", day(2024, 1, 1)).await;
    let deals = ["EUR", "USD"].map(|currency| Deal {
        currency,
        close: Some(day(2024, 6, 3)),
        ..Deal::new("Closed Won", 10_000)
    });
    world.deals(&deals).await;
    let permissions = json!({"objects": {"opportunity": ["read", "view_all"]}});
    role(world, "narrow", &permissions, None).await;
    let narrow = member(world, "narrow").await;
    let sum = json!({"entity": "opportunities", "measures": ["won_amount"]});
    let funnel = json!({"entity": "opportunities", "measures": [], "form": {"kind": "funnel"}});
    for query in [&sum, &funnel] {
        let all = ask(&world.admin, query.clone()).await.unwrap();
        let own = ask(&narrow, query.clone()).await.unwrap();
        assert!(!all.rows.is_empty());
        assert_eq!(own.rows, all.rows, "{query}");
    }
    assert_eq!(
        ask(&narrow, sum).await.unwrap().rows[0][0]
            .as_str()
            .unwrap()
            .parse::<f64>()
            .unwrap()
            .to_bits(),
        150.0_f64.to_bits()
    );
    // A right to quotas that is missing is told as a right, not as quotas that are missing.
    let attainment = json!({"entity": "opportunities", "measures": ["quota_attainment"]});
    match ask(&narrow, attainment).await {
        Err(StoreError::Refused { what, .. }) => assert_eq!(what, "your role may not read quotas"),
        other => panic!("{other:?}"),
    }
    let mut tx = narrow.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    tx.commit().await.unwrap();
    let told = crm_tools::pipeline::visible(model(), &access);
    let deals = told.entity("opportunities").unwrap();
    assert!(deals.measure("quota_attainment").is_none() && deals.measure("won_amount").is_some());
}
