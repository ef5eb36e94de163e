//! Every entity, measure and dimension of the layer, asked by an admin, a manager and a rep: each gets his own truth.

use chrono::{DateTime, Utc};
use crm_store::{
    StoreError, TenantStore,
    access::Verb,
    catalog::{self, Object},
    records::Draft,
};
use crm_tools::{
    card::AnswerCard,
    semantic::{
        Dimension, DimensionDef, DimensionKind, Entity, Form, Grain, Language, MeasureDef, PipelineQuery,
        SemanticModel, Spoken, answer,
    },
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::analytics_support::{World, at};

fn model() -> &'static SemanticModel {
    SemanticModel::embedded().unwrap_or_else(|error| panic!("{error}"))
}

fn query(entity: &Entity, measures: &[&MeasureDef], dimensions: &[&DimensionDef]) -> PipelineQuery {
    let dimensions: Vec<Dimension> = dimensions
        .iter()
        .map(|dimension| Dimension {
            name: dimension.name.clone(),
            grain: (dimension.kind == DimensionKind::Time).then_some(Grain::Month),
        })
        .collect();
    let measures: Vec<&str> = measures.iter().map(|measure| measure.name.as_str()).collect();
    serde_json::from_value(json!({
        "entity": entity.name, "measures": measures, "dimensions": dimensions,
    }))
    .unwrap()
}

async fn ask(
    store: &TenantStore,
    query: &PipelineQuery,
    language: Language,
) -> Result<AnswerCard, StoreError> {
    let spoken = Spoken {
        question: None,
        language,
    };
    answer(model(), store, query, &spoken).await
}

/// Three records of each kind: the rep's, a colleague's and nobody's.
async fn seed(world: &World) {
    let me = crate::pipeline_differential::person_of(&world.rep);
    let colleague = crate::pipeline_differential::person_of(&world.other);
    let owners = [Some(me), Some(colleague), None];
    let mut leads = Vec::new();
    for owner in owners {
        let account = create(
            world,
            &catalog::ACCOUNT,
            json!({"name": "Acme", "owner_id": owner, "industry": "Retail"}),
        )
        .await;
        leads.push(
            create(
                world,
                &catalog::LEAD,
                json!({"last_name": "Lee", "company": "Lee", "owner_id": owner}),
            )
            .await,
        );
        let deal = json!({
            "name": "Deal", "owner_id": owner, "account_id": account, "amount": {"amount": "100.00", "currency": "EUR"},
            "stage": "Closed Won",
        });
        create(world, &catalog::OPPORTUNITY, deal).await;
        create(
            world,
            &catalog::CASE,
            json!({"subject": "Help", "owner_id": owner, "account_id": account}),
        )
        .await;
        let call = json!({
            "type": "call", "subject": "Call", "owner_id": owner, "account_id": account,
            "occurred_at": at(2024, 6, 3, 10),
        });
        create(world, &catalog::ACTIVITY, call).await;
    }
    let campaign = json!({
        "name": "Spring", "actual_cost": {"amount": "300.00", "currency": "EUR"}, "start_date": "2024-05-01",
    });
    let campaign = create(world, &catalog::CAMPAIGN, campaign).await;
    for lead in leads {
        create(
            world,
            &catalog::CAMPAIGN_MEMBER,
            json!({"campaign_id": campaign, "lead_id": lead}),
        )
        .await;
    }
    special(world, &owners, at(2024, 6, 4, 9)).await;
}

async fn create(world: &World, object: &'static Object, body: Json) -> Uuid {
    let mut tx = world.admin.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    let draft = Draft::from_json(object, body.as_object().unwrap(), &access)
        .unwrap_or_else(|error| panic!("{body}: {error:?}"));
    let record = match tx.records(object).create(draft).await {
        Ok(record) => record,
        Err(error) => panic!("{body}: {error:?}"),
    };
    tx.commit().await.unwrap();
    record.id
}

/// Records that are not written through the record engine.
async fn special(world: &World, owners: &[Option<Uuid>], when: DateTime<Utc>) {
    for owner in owners {
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
}

#[tokio::test]
async fn everything_that_makes_sense_can_be_asked_by_everybody_who_may() {
    let world = World::new().await;
    seed(&world).await;
    let mut asked = 0;
    for entity in &model().entities {
        let single: Vec<Vec<&MeasureDef>> = entity.measures.iter().map(|measure| vec![measure]).collect();
        for dimension in entity.dimensions.iter().filter(|dimension| dimension.groups()) {
            let fits = |measure: &&MeasureDef| {
                !measure.not_by.contains(&dimension.name)
                    && (measure.by.is_empty() || measure.by.contains(&dimension.name))
                    && (measure.only_by.is_empty() || measure.only_by.contains(&dimension.name))
            };
            for measures in entity.measures.iter().filter(fits).collect::<Vec<_>>().chunks(12) {
                for store in [&world.admin, &world.manager, &world.rep] {
                    let query = query(entity, measures, &[dimension]);
                    check(store, entity, &query).await;
                    asked += 1;
                }
            }
        }
        for measures in single {
            let alone = measures.iter().all(|measure| measure.only_by.is_empty());
            for store in [&world.admin, &world.manager, &world.rep] {
                if alone {
                    check(store, entity, &query(entity, &measures, &[])).await;
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 600, "{asked} questions");
}

/// Answers, or refuses an entity that the role may not read at all.
async fn check(store: &TenantStore, entity: &Entity, query: &PipelineQuery) {
    let mut tx = store.begin().await.unwrap();
    let access = tx.access().await.unwrap();
    tx.commit().await.unwrap();
    match ask(store, query, Language::De).await {
        Ok(card) => {
            assert!(access.can(entity.object, Verb::Read), "{query:?}");
            assert!(
                !card.sentence.is_empty() && !card.sentence.contains('{'),
                "{}",
                card.sentence
            );
            assert!(card.rights.is_some());
            assert_eq!(card.definitions.len(), query.measures.len());
        }
        Err(StoreError::Refused { .. }) => {
            let named = entity
                .dimensions
                .iter()
                .filter(|dimension| query.dimensions.iter().any(|asked| asked.name == dimension.name));
            // What the organisation spends is for those who administer budgets.
            let is_spent = entity.object.name == "ledger_entry";
            let mut readable =
                access.can(entity.object, Verb::Read) && (!is_spent || access.manages("budgets"));
            for dimension in named {
                readable &=
                    access.can(dimension.path.object, Verb::Read) || dimension.path.object.name == "user";
            }
            for measure in &query.measures {
                // What a campaign cost is read from the campaign.
                readable &= !measure.starts_with("cost_per") || access.can(&catalog::CAMPAIGN, Verb::Read);
            }
            assert!(!readable, "{query:?}");
        }
        Err(error) => panic!("{}: {error:?}", serde_json::to_string(query).unwrap()),
    }
}

#[tokio::test]
async fn records_behind_a_number_are_as_many_as_it_says() {
    let world = World::new().await;
    seed(&world).await;
    for store in [&world.admin, &world.rep] {
        let entity = model().entity("opportunities").unwrap();
        let card = ask(
            store,
            &query(entity, &[entity.measure("won_count").unwrap()], &[]),
            Language::En,
        )
        .await
        .unwrap();
        let number = card.table.unwrap().rows[0][0].clone();
        let behind = ask(store, &card.drill_down.unwrap(), Language::En)
            .await
            .unwrap()
            .table
            .unwrap();
        assert_eq!(number, json!(behind.records.to_string()));
        assert_eq!(usize::try_from(behind.records).unwrap(), behind.rows.len());
        assert_eq!(behind.columns[0].unit, "record");
    }
}

#[test]
fn what_can_be_asked_is_written_down() {
    insta::assert_json_snapshot!(model().asking(Language::En));
}

#[test]
fn what_can_be_asked_is_said_in_each_language() {
    for language in Language::ALL {
        let asking = model().asking(language);
        for entity in asking.entities {
            assert!(!entity.label.is_empty());
            for measure in entity.measures {
                assert!(
                    !measure.definition.is_empty() && !measure.label.is_empty(),
                    "{}",
                    measure.name
                );
            }
        }
    }
}

#[test]
fn a_query_goes_to_json_and_back() {
    let entity = model().entity("opportunities").unwrap();
    let mut asked = query(
        entity,
        &[entity.measure("won_amount").unwrap()],
        &[entity.dimension("close_date").unwrap()],
    );
    asked.form = Form::Cohort {
        grain: Grain::Month,
        stretches: 6,
    };
    let json = serde_json::to_value(&asked).unwrap();
    assert_eq!(serde_json::from_value::<PipelineQuery>(json).unwrap(), asked);
}
