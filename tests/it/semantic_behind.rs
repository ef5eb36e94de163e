//! What stands behind a number: as many records as are said, the list that has them, row by row and page by page; and why
//! there is no number.

use std::collections::BTreeSet;

use crm_store::TenantStore;
use crm_tools::{
    card::AnswerCard,
    semantic::{Language, PipelineQuery, Rows, SemanticModel, Spoken, answer_row, answer_rows},
};
use serde_json::{Value, json};

use crate::analytics_support::{Deal, World, at, day};

fn query(value: Value) -> PipelineQuery {
    serde_json::from_value(value).unwrap()
}

async fn card(store: &TenantStore, asked: &PipelineQuery, rows: Rows) -> AnswerCard {
    match answer_rows(store, asked, &Spoken::default(), rows).await {
        Ok(card) => card,
        Err(error) => panic!("{asked:?}: {error:?}"),
    }
}

/// The ids of the records of all pages of a list.
async fn listed(store: &TenantStore, asked: &PipelineQuery) -> Vec<String> {
    let (mut ids, mut rows) = (Vec::new(), Rows::Usual);
    loop {
        let page = card(store, asked, rows).await;
        let table = page.table.unwrap();
        ids.extend(
            table
                .rows
                .iter()
                .map(|row| row[0]["id"].as_str().unwrap().to_owned()),
        );
        match page.next_cursor {
            Some(cursor) => rows = Rows::after(Some(&cursor)).unwrap(),
            None => return ids,
        }
    }
}

/// The ids of the records behind a row of a card.
async fn of_row(store: &TenantStore, asked: &PipelineQuery, row: &[Value]) -> Vec<String> {
    let list = answer_row(store, asked, row, &Spoken::default(), Rows::Usual).await;
    let table = list
        .unwrap_or_else(|error| panic!("{row:?}: {error:?}"))
        .table
        .unwrap();
    let ids = table
        .rows
        .iter()
        .map(|row| row[0]["id"].as_str().unwrap().to_owned());
    ids.collect()
}

/// Deals of two owners in five months, won, lost and open, one of them without an amount and one without a close date.
async fn some(world: &World) {
    let owners = [
        Some(world.rep.grant().actor().id()),
        Some(world.other.grant().actor().id()),
        None,
    ];
    let stages = [
        "Prospecting",
        "Closed Won",
        "Negotiation/Review",
        "Closed Lost",
        "Closed Won",
    ];
    let mut deals: Vec<Deal> = (0..30_usize)
        .map(|n| Deal {
            owner: owners[n % 3],
            close: Some(day(2024, 1 + u32::try_from(n % 5).unwrap(), 10)),
            ..Deal::new(stages[n % 5], 1_000 * i64::try_from(n + 1).unwrap())
        })
        .collect();
    deals[0].minor = None;
    deals[1].close = None;
    deals[2].kind = Some("renewal");
    let account = world.account(None, "Acme", Some("Energy")).await;
    deals[4].account = Some(account);
    deals[5].account = Some(account);
    world.deals(&deals).await;
}

/// The measure of every name, in one number and in groups, with the kept sums and without.
#[tokio::test]
async fn as_many_records_are_told_as_the_list_behind_a_number_has() {
    let world = World::new().await;
    some(&world).await;
    let model = SemanticModel::embedded().unwrap();
    let entity = model.entity("opportunities").unwrap();
    let mut fewer = 0;
    for measure in &entity.measures {
        if !measure.only_by.is_empty() {
            continue;
        }
        let asked = query(json!({"entity": "opportunities", "measures": [measure.name]}));
        for store in [
            world.admin.clone(),
            world.rep.clone(),
            world.admin.clone().without_sums(),
        ] {
            let card = card(&store, &asked, Rows::Usual).await;
            let table = card.table.unwrap();
            let behind = listed(&store, &card.drill_down.unwrap()).await;
            assert_eq!(
                table.behind,
                i64::try_from(behind.len()).unwrap(),
                "{}",
                measure.name
            );
            fewer += u32::from(table.behind < table.records);
        }
    }
    assert!(fewer > 10, "measures that count some of the records: {fewer}");
    // Of groups with conditions those that are shown; of compared days those that were asked for.
    let large = query(json!({
        "entity": "opportunities", "measures": ["won_amount"], "dimensions": [{"name": "owner"}],
        "having": [{"measure": "won_amount", "op": "gt", "value": 700}],
    }));
    let table = card(&world.rep, &large, Rows::Usual).await.table.unwrap();
    assert_eq!((table.rows.len(), table.records, table.behind), (1, 20, 4));
    let compared = query(json!({
        "entity": "opportunities", "measures": ["won_amount"], "compare": "previous_period",
        "time": {"dimension": "close_date", "range": {"kind": "named", "unit": "month", "year": 2024, "number": 2}},
    }));
    let table = card(&world.admin, &compared, Rows::Usual).await.table.unwrap();
    assert_eq!((table.records, table.behind), (5, 5), "{table:?}");
}

#[tokio::test]
async fn each_row_leads_to_its_own_records() {
    let world = World::new().await;
    some(&world).await;
    for (measure, dimensions) in [
        ("count", json!([{"name": "owner"}])),
        ("won_count", json!([{"name": "owner"}])),
        ("count", json!([{"name": "stage"}, {"name": "type"}])),
        ("count", json!([{"name": "is_won"}])),
        ("won_count", json!([{"name": "account"}])),
        ("count", json!([{"name": "account_industry"}])),
        (
            "won_count",
            json!([{"name": "close_date", "grain": "month"}, {"name": "owner"}]),
        ),
        ("count", json!([{"name": "close_date", "grain": "week"}])),
        ("count", json!([{"name": "close_date", "grain": "quarter"}])),
        (
            "count",
            json!([{"name": "created_at", "grain": "year"}, {"name": "currency"}]),
        ),
    ] {
        let asked =
            query(json!({"entity": "opportunities", "measures": [measure], "dimensions": dimensions}));
        let card = card(&world.admin, &asked, Rows::Usual).await;
        let table = card.table.unwrap();
        assert!(
            table.opens.iter().all(|opens| *opens),
            "{dimensions}: {:?}",
            table.opens
        );
        let mut all = BTreeSet::new();
        for row in &table.rows {
            let records = of_row(&world.admin, &asked, row).await;
            assert_eq!(row.last().unwrap(), &json!(records.len().to_string()), "{row:?}");
            all.extend(records);
        }
        assert!(!all.is_empty(), "{dimensions}");
        assert_eq!(i64::try_from(all.len()).unwrap(), table.behind, "{dimensions}");
    }
}

#[tokio::test]
async fn rows_of_which_there_is_no_list_are_marked_and_refused() {
    let world = World::new().await;
    some(&world).await;
    let rest = query(json!({
        "entity": "opportunities", "measures": ["count"], "dimensions": [{"name": "owner"}], "limit": 1, "other": true,
    }));
    let table = card(&world.admin, &rest, Rows::Usual).await.table.unwrap();
    assert_eq!(table.opens, [true, false], "{table:?}");
    let refused = answer_row(
        &world.admin,
        &rest,
        &table.rows[1],
        &Spoken::default(),
        Rows::Usual,
    )
    .await;
    assert!(refused.is_err_and(|error| error.to_string().contains("row")));
    // A bridge leads to what was open at its two ends, and not to the steps between.
    let bridge = query(json!({
        "entity": "opportunities", "form": {"kind": "bridge", "from": "2024-02-01", "to": "2024-06-01"},
    }));
    let table = card(&world.admin, &bridge, Rows::Usual).await.table.unwrap();
    for (row, opens) in table.rows.iter().zip(&table.opens) {
        let part = row[0].as_str().unwrap();
        assert_eq!(*opens, ["opening", "closing"].contains(&part), "{part}");
        if *opens {
            let records = of_row(&world.admin, &bridge, row).await;
            assert_eq!(row[2], json!(records.len().to_string()), "{part}");
        }
    }
    // A cohort leads to what began with it.
    let cohort = query(json!({
        "entity": "opportunities", "form": {"kind": "cohort", "grain": "month", "stretches": 2},
    }));
    let table = card(&world.admin, &cohort, Rows::Usual).await.table.unwrap();
    assert!(!table.rows.is_empty());
    for row in &table.rows {
        let began = of_row(&world.admin, &cohort, row).await.len();
        assert_eq!(row[2], json!(began.to_string()), "{row:?}");
    }
    let funnel = query(json!({"entity": "opportunities", "form": {"kind": "funnel"}}));
    assert!(
        card(&world.admin, &funnel, Rows::Usual)
            .await
            .table
            .unwrap()
            .opens
            .is_empty()
    );
    // A cursor is that of a list.
    let all = query(json!({"entity": "opportunities", "measures": ["count"]}));
    let refused = answer_rows(&world.admin, &all, &Spoken::default(), Rows::After(100)).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_list_goes_on_beyond_its_first_hundred() {
    let world = World::new().await;
    let deals: Vec<Deal> = (0..230_i64)
        .map(|n| Deal {
            created: at(2024, 1, 1 + u32::try_from(n % 28).unwrap(), 12),
            ..Deal::new("Prospecting", 100 * (n % 40))
        })
        .collect();
    world.deals(&deals).await;
    for more in [
        json!({}),
        json!({"order": [{"by": "amount_each", "descending": true}], "filters": [{"dimension": "is_closed", "op": "eq", "value": false}]}),
        json!({"order": [{"by": "stage"}]}),
        json!({"as_of": "2024-05-01"}),
    ] {
        let mut list = json!({"entity": "opportunities", "form": {"kind": "records"}});
        list.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let ids = listed(&world.admin, &query(list.clone())).await;
        let different: BTreeSet<&String> = ids.iter().collect();
        assert_eq!((ids.len(), different.len()), (230, 230), "{list}");
        // The pages are one list in its order, which a file has whole.
        let whole = card(&world.admin, &query(list.clone()), Rows::All).await;
        let table = whole.table.unwrap();
        let all: Vec<&str> = table
            .rows
            .iter()
            .map(|row| row[0]["id"].as_str().unwrap())
            .collect();
        assert_eq!(all, ids, "{list}");
        assert_eq!((table.cut, whole.next_cursor), (None, None));
    }
    // What has a limit of its own has no more.
    let five = query(json!({"entity": "opportunities", "form": {"kind": "records"}, "limit": 5}));
    let first = card(&world.admin, &five, Rows::All).await;
    assert_eq!((first.table.unwrap().rows.len(), first.next_cursor), (5, None));
}

async fn notes(world: &World, asked: Value, language: Language) -> Vec<String> {
    let spoken = Spoken {
        question: None,
        language,
    };
    let card = answer_rows(&world.rep, &query(asked), &spoken, Rows::Usual).await;
    card.unwrap().notes
}

#[tokio::test]
async fn an_empty_answer_says_what_is_missing() {
    let world = World::new().await;
    let mine = Some(world.rep.grant().actor().id());
    let deal = |stage, minor| Deal {
        owner: mine,
        close: Some(day(2024, 5, 10)),
        ..Deal::new(stage, minor)
    };
    world
        .deals(&[deal("Prospecting", 500), deal("Closed Lost", 700)])
        .await;
    let may = json!({"dimension": "close_date", "range": {"kind": "named", "unit": "month", "year": 2024, "number": 5}});
    // There are records in these days, and no group of them is so large.
    let having = json!({
        "entity": "opportunities", "measures": ["amount"], "dimensions": [{"name": "stage"}], "time": may,
        "having": [{"measure": "amount", "op": "gt", "value": 1_000_000}],
    });
    assert_eq!(
        notes(&world, having, Language::En).await,
        ["No group fulfils the conditions on its numbers."]
    );
    // A mean of what was won, where nothing was.
    for measure in ["average_deal_size", "median_deal_size", "sales_cycle_days"] {
        let none = json!({"entity": "opportunities", "measures": [measure], "time": may});
        let said = notes(&world, none, Language::En).await;
        assert!(
            said.iter()
                .any(|note| note.starts_with("None of the 2 records that pass the filters counts for")),
            "{measure}: {said:?}"
        );
        assert!(
            !said.iter().any(|note| note.contains("lies in")),
            "{measure}: {said:?}"
        );
    }
    let german = json!({"entity": "opportunities", "measures": ["average_deal_size"], "time": may});
    let said = notes(&world, german, Language::De).await;
    assert!(said[0].starts_with("Keiner der 2 Datensätze"), "{said:?}");
    // Where no record lies in the days, that is the reason, whatever the conditions.
    let june = json!({"dimension": "close_date", "range": {"kind": "named", "unit": "month", "year": 2024, "number": 4}});
    let nothing = json!({
        "entity": "opportunities", "measures": ["amount"], "dimensions": [{"name": "stage"}], "time": june,
        "having": [{"measure": "amount", "op": "gt", "value": 1}],
    });
    let said = notes(&world, nothing, Language::En).await;
    assert!(said[0].contains("April") || said[0].contains("Apr"), "{said:?}");
    assert!(
        !said.iter().any(|note| note.contains("conditions on its numbers")),
        "{said:?}"
    );
}
