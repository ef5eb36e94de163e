//! Every field of every object can be asked about, or is refused in words.

use std::time::Duration;

use crm_store::{
    StoreError,
    analytics::{Aggregate, DayRange, Filter, Grain, Groups, Key, Measure, Path, Plan, Shape, Summary},
    catalog::{FieldType, OBJECTS, Object},
    query::Op,
};
use serde_json::json;

use crate::analytics_support::{World, count, day, formula};

fn groups(keys: Vec<Key>, measures: Vec<Measure>) -> Shape {
    Shape::Groups(Groups {
        keys,
        measures,
        ..Groups::default()
    })
}

/// What can be asked about a field.
fn shapes(object: &'static Object, path: &Path) -> Vec<(Vec<Filter>, Shape)> {
    let number = |aggregate| vec![Measure::Plain(formula(aggregate, vec![]))];
    let there = Filter::Field {
        path: path.clone(),
        op: Op::IsNull,
        value: json!(false),
    };
    let days = Filter::Within(
        path.clone(),
        DayRange {
            from: Some(day(2024, 2, 29)),
            to: None,
        },
    );
    let id = Path::parse(object, "id").unwrap();
    vec![
        (vec![], groups(vec![Key::Value(path.clone())], vec![count()])),
        (
            vec![],
            groups(vec![Key::Calendar(path.clone(), Grain::Quarter)], vec![count()]),
        ),
        (
            vec![],
            groups(vec![], number(Aggregate::CountDistinct(path.clone()))),
        ),
        (
            vec![],
            groups(vec![], number(Aggregate::Of(Summary::Median, path.clone()))),
        ),
        (vec![there], groups(vec![], vec![count()])),
        (vec![days], groups(vec![], vec![count()])),
        (
            vec![],
            Shape::Records {
                fields: vec![id, path.clone()],
                order: Some((path.clone(), false)),
                offset: 0,
                limit: 5,
                as_of: None,
            },
        ),
    ]
}

#[tokio::test]
async fn every_field_can_be_asked_about_or_is_refused_in_words() {
    let world = World::new().await;
    let reporting = world.reporting().await;
    let (mut answered, mut refused) = (0, 0);
    for object in OBJECTS.iter().copied() {
        let over = |relation: &crm_store::catalog::Relation| {
            Path::parse(object, &format!("{}.id", relation.name)).ok()
        };
        let own = object
            .fields
            .iter()
            .map(|field| Path::parse(object, field.name).unwrap());
        for path in own.chain(object.relations.iter().filter_map(over)) {
            for (filters, shape) in shapes(object, &path) {
                let plan = Plan {
                    object,
                    filters,
                    shape,
                    reporting: reporting.clone(),
                };
                match world.admin.analyze(&plan).await {
                    Ok(_) => answered += 1,
                    Err(StoreError::Invalid { .. }) => refused += 1,
                    Err(error) => panic!("{plan:?}: {error:?}"),
                }
            }
            if path.field.kind != FieldType::Bytes {
                let mut tx = world.rep.begin().await.unwrap();
                match tx.values_of(&path, Some("a"), 3).await {
                    Ok(_) | Err(StoreError::Invalid { .. } | StoreError::Refused { .. }) => {}
                    Err(error) => panic!("{path:?}: {error:?}"),
                }
            }
        }
    }
    assert!(answered > refused, "{answered} answered, {refused} refused");
}

#[tokio::test]
async fn what_takes_too_long_is_stopped_and_says_what_to_narrow() {
    let world = World::new().await;
    let plan = world.plan(vec![], groups(vec![], vec![count()])).await;
    let mut held = world.owner.begin().await.unwrap();
    sqlx::query("LOCK TABLE opportunities IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    // Sums would answer without the table.
    let error = world
        .admin
        .clone()
        .without_sums()
        .analyze_within(&plan, Duration::from_millis(200))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("fewer days"), "{error:?}");
    held.rollback().await.unwrap();
    assert_eq!(world.admin.analyze(&plan).await.unwrap().records, 0);
}
