//! What a tenant may add, and what it may not.

use crm_store::analytics::Measure;
use serde_json::json;

use super::*;

fn problems(tenant: &Json) -> Vec<String> {
    let model = SemanticModel::embedded().unwrap();
    let problems = model.extended(tenant).err().unwrap_or_default();
    let mut said: Vec<String> = problems
        .iter()
        .map(|problem| format!("{} {}", problem.pointer, problem.message))
        .collect();
    said.sort();
    said
}

#[expect(clippy::needless_pass_by_value, reason = "calls read better so")]
fn of_opportunities(more: Json) -> Json {
    json!({"entities": {"opportunities": more}})
}

#[test]
fn a_tenant_adds_words_dimensions_and_measures() {
    let tenant = of_opportunities(json!({
        "synonyms": {"en": ["engagements"]},
        "dimensions": {
            "stage": {"synonyms": {"de": ["Reifegrad"]}},
            "region": {"field": "custom.region", "labels": {"en": "Sales region"}, "value_words": {"emea": {"en": ["EMEA"]}}},
            "tier": {"field": "account.custom.tier", "labels": {"de": "Stufe des Kunden"}},
        },
        "measures": {
            "won_renewals": {
                "of": "won_amount",
                "filters": [{"dimension": "type", "op": "eq", "value": "renewal"}],
                "labels": {"en": "Won renewals"},
                "definition": {"en": "The amounts of the renewals that were won."},
            },
        },
    }));
    let model = SemanticModel::embedded().unwrap().extended(&tenant).unwrap();
    let entity = model.entity("opportunities").unwrap();
    assert_eq!(
        entity.dimension("region").unwrap().labels[&Language::Fr],
        "Sales region"
    );
    let Measure::Plain(formula) = &entity.measure("won_renewals").unwrap().measure else {
        panic!("a plain measure")
    };
    assert_eq!(formula.only.len(), 2);
    assert_eq!(
        SemanticModel::embedded()
            .unwrap()
            .entity("opportunities")
            .unwrap()
            .measure("won_renewals"),
        None
    );
}

#[test]
fn nothing_that_is_there_can_be_changed() {
    let tenant = of_opportunities(json!({
        "dimensions": {
            "stage": {"field": "custom.stage"},
            "salary": {"field": "owner.email", "labels": {"en": "Salary"}},
        },
        "measures": {
            "won_amount": {"of": "amount", "filters": []},
            "mine": {"of": "won_amount", "labels": {"en": "Mine"}, "definition": {"en": "Mine."},
                "filters": [{"dimension": "owner", "op": "eq", "value": "me"}]},
            "none": {"of": "wonamount"},
        },
    }));
    let said = problems(&tenant);
    assert_eq!(said.len(), 5, "{said:#?}");
    assert!(
        said[0].starts_with("/entities/opportunities/dimensions/salary/field must be a field that you added")
    );
    assert!(said[1].starts_with("/entities/opportunities/dimensions/stage stage is there already"));
    assert!(
        said[2].starts_with("/entities/opportunities/measures/mine/filters/0/dimension owner names records")
    );
    assert!(
        said[3].starts_with("/entities/opportunities/measures/none/of must be a measure of opportunities")
    );
    assert!(said[4].starts_with("/entities/opportunities/measures/won_amount won_amount is there already"));
}

#[test]
fn what_is_good_is_used_where_something_else_is_not() {
    let tenant = of_opportunities(json!({
        "synonyms": {"en": ["engagements", ""], "xx": ["nope"]},
        "dimensions": {
            // "Type" is what the program calls another dimension.
            "stage": {"synonyms": {"de": ["Reifegrad", "Art des Geschäfts"]}, "value_words": {"Closed/Won": {"en": ["in the bag"]}}},
            "region": {"field": "custom.region", "labels": {"en": "Sales region"}, "synonyms": {"en": ["Owner", "patch"]}},
            "salary": {"field": "owner.email", "labels": {"en": "Salary"}},
        },
        "measures": {"gone": {"of": "no_such_measure", "labels": {"en": "Gone"}}},
        "filters": [],
    }));
    let model = SemanticModel::embedded().unwrap().extended_where_good(&tenant);
    let entity = model.entity("opportunities").unwrap();
    assert!(entity.synonyms[&Language::En].contains(&"engagements".to_owned()));
    let stage = entity.dimension("stage").unwrap();
    assert!(stage.synonyms[&Language::De].contains(&"Reifegrad".to_owned()));
    assert!(!stage.synonyms[&Language::De].contains(&"Art des Geschäfts".to_owned()));
    assert_eq!(stage.value_words["Closed/Won"][&Language::Fr], ["in the bag"]);
    assert_eq!(
        entity.dimension("region").unwrap().synonyms[&Language::En],
        ["patch"]
    );
    assert_eq!((entity.dimension("salary"), entity.measure("gone")), (None, None));
    let mut places: Vec<&str> = model
        .left_out
        .iter()
        .map(|problem| problem.pointer.as_str())
        .collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            "/entities/opportunities/dimensions/region/synonyms/en/0",
            "/entities/opportunities/dimensions/salary/field",
            "/entities/opportunities/dimensions/stage/synonyms/de/1",
            "/entities/opportunities/filters",
            "/entities/opportunities/measures/gone/of",
            "/entities/opportunities/synonyms/en/1",
            "/entities/opportunities/synonyms/xx",
        ]
    );
    // The same document is refused as a whole when somebody wants to keep it.
    assert_eq!(problems(&tenant).len(), places.len());
}

#[test]
fn a_word_cannot_name_two_things() {
    let tenant = of_opportunities(json!({"dimensions": {"type": {"synonyms": {"en": ["Stage"]}}}}));
    let said = problems(&tenant);
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(
        said[0].contains("\"stage\" in en is dimensions.stage too"),
        "{}",
        said[0]
    );
}

#[test]
fn what_is_no_extension_is_said_where() {
    assert_eq!(
        problems(&json!({"entities": {"oportunities": {}}}))[0]
            .split(';')
            .next()
            .unwrap(),
        "/entities/oportunities oportunities is no entity"
    );
    let said = problems(&of_opportunities(json!({"filters": []})));
    assert!(
        said[0].starts_with("/entities/opportunities/filters unknown field `filters`"),
        "{}",
        said[0]
    );
}
