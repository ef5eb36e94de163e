use crm_store::ids::{ArticleId, ArticleVersionId};
use serde_json::json;

use super::*;

fn passage(version_id: ArticleVersionId, start: usize) -> Passage {
    Passage {
        article_id: ArticleId::new(),
        external_id: Some("kb-7".to_owned()),
        version_id,
        version: 2,
        title: "Returns".to_owned(),
        headings: vec!["Fees".to_owned()],
        language: "en".to_owned(),
        start,
        end: start + 5,
        text: "Free.".to_owned(),
        score: 0.5,
        relevance: 0.75,
    }
}

#[test]
fn the_same_span_keeps_its_number() {
    let refs = PassageRefs::default();
    let version = ArticleVersionId::new();

    assert_eq!(refs.number(&passage(version, 0)), 1);
    assert_eq!(refs.number(&passage(version, 9)), 2);
    assert_eq!(refs.clone().number(&passage(version, 0)), 1);
    assert_eq!(refs.number(&passage(ArticleVersionId::new(), 0)), 3);
    assert_eq!(refs.get(2).map(|found| found.start), Some(9));
    assert_eq!(refs.get(4), None);
    assert_eq!(refs.get(0), None);
}

#[test]
fn a_resumed_run_goes_on_with_its_numbers() {
    let refs = PassageRefs::default();
    let version = ArticleVersionId::new();
    let first = json!({"confident": true, "passages": refs.number_all(vec![passage(version, 0), passage(version, 9)])});
    let second = json!({"passages": refs.number_all(vec![passage(version, 9), passage(version, 20)])});
    let other = json!({"passages": "not a list"});

    let resumed = PassageRefs::from_outputs([&first, &other, &second]);

    assert_eq!(resumed.len(), 3);
    assert_eq!(resumed.get(3), refs.get(3));
    assert_eq!(resumed.number(&passage(version, 20)), 3);
    assert_eq!(resumed.number(&passage(version, 40)), 4);
}

#[test]
fn a_passage_is_one_flat_object_in_an_output() {
    let numbered = PassageRefs::default()
        .number_all(vec![passage(ArticleVersionId::new(), 3)])
        .remove(0);
    let value = serde_json::to_value(&numbered).unwrap();

    assert_eq!(
        (&value["ref"], &value["title"], &value["start"]),
        (&json!(1), &json!("Returns"), &json!(3))
    );
}
