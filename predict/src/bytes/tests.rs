//! Whatever the bytes, an answer.

use proptest::prelude::*;

use super::*;
use crate::{Algorithm, Column, Counts, Dataset, Row, TrainOptions, Value, train};

fn model(algorithm: Algorithm) -> Model {
    model_of(algorithm, 1.0)
}

/// A model whose numbers are `size` times as large.
fn model_of(algorithm: Algorithm, size: f64) -> Model {
    let rows = (0..300_u32).map(|at| {
        let x = f64::from(at * 7 % 100) / 100.0;
        let city = ["Rome", "Oslo", "Lima", "Bonn"][at as usize % 4];
        Row::new(
            vec![(x * size).into(), city.into()],
            at * 13 % 100 < 20 + at * 7 % 50,
        )
    });
    let data = Dataset {
        columns: vec![Column::number("x"), Column::category("city")],
        rows: rows.collect(),
    };
    let options = TrainOptions {
        refits: 5,
        algorithm: Some(algorithm),
        minimum: Counts {
            closed: 10,
            won: 2,
            lost: 2,
        },
        ..TrainOptions::default()
    };
    train(&data, &options, &|_| ()).unwrap().model
}

#[test]
fn a_model_comes_back_as_it_was() {
    // Amounts in a small currency and moments in milliseconds are large numbers too.
    let kinds =
        [Algorithm::Boosting, Algorithm::Logistic].map(|algorithm| [1.0, 1e13].map(|size| (algorithm, size)));
    for (algorithm, size) in kinds.into_iter().flatten() {
        let model = model_of(algorithm, size);
        let bytes = model.to_bytes().unwrap();
        let back = Model::from_bytes(&bytes).unwrap();
        assert_eq!(back, model);
        let row = [Value::from(0.4 * size), Value::from("Oslo")];
        assert_eq!(back.predict(&row, None), model.predict(&row, None));
        assert_eq!(back.to_bytes().unwrap(), bytes);
    }
}

#[test]
fn other_bytes_are_refused_with_the_reason() {
    let bytes = model(Algorithm::Logistic).to_bytes().unwrap();
    assert_eq!(Model::from_bytes(b"PK\x03\x04"), Err(ModelBytesError::Foreign));
    assert_eq!(Model::from_bytes(b""), Err(ModelBytesError::Foreign));
    let mut newer = bytes.clone();
    newer[4] = 9;
    assert_eq!(
        Model::from_bytes(&newer),
        Err(ModelBytesError::Version { found: 9, known: 1 })
    );
    let cut = &bytes[..bytes.len() - 3];
    assert!(matches!(Model::from_bytes(cut), Err(ModelBytesError::Damaged(_))));
    assert!(matches!(
        Model::from_bytes(&bytes[..8]),
        Err(ModelBytesError::Damaged(_))
    ));
}

/// With the checksum put right, as someone who means ill would.
fn resealed(body: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend(Sha256::digest(body).iter().take(8));
    bytes.extend_from_slice(body);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        use std::sync::LazyLock;
        static BODIES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
            let bodies = [Algorithm::Boosting, Algorithm::Logistic].map(|of| model(of).to_bytes().unwrap()[HEAD..].to_vec());
            bodies.into()
        });
        for body in BODIES.iter() {
            let mut body = body.clone();
            for (at, byte) in &changes {
                let at = at.index(body.len());
                body[at] = *byte;
            }
            if let Ok(model) = Model::from_bytes(&resealed(&body)) {
                let said = model.predict(&[Value::from(0.3), Value::from("Rome")], Some(0.1));
                prop_assert!((0.0..=1.0).contains(&said.probability), "{said:?}");
            }
        }
    }

    #[test]
    fn any_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Model::from_bytes(&body).is_err());
        let _ = Model::from_bytes(&resealed(&body));
    }
}
