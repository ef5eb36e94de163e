//! The embedding model that the service ships with.

use crm_rag::{Embedder, LocalEmbedder, LocalModel, Precision, RagError};
use crm_tests::knowledge::{Folder, cache, mini_lm};

fn cosine(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

#[tokio::test]
async fn the_model_gives_the_known_cosines() {
    let texts = [
        "That is a happy person",
        "That is a happy dog",
        "That is a very happy person",
        "Today is a sunny day",
    ];
    // The 8-bit model scales its numbers to each input; the known values are those of one
    // batch, and texts go through one by one here, so they agree in the first digit only.
    let known = [
        (Precision::Full, [0.6946, 0.9429, 0.2569], 0.001),
        (Precision::Int8, [0.7201, 0.9188, 0.2709], 0.04),
    ];
    for (precision, wanted, tolerance) in known {
        let model = LocalModel {
            precision,
            ..LocalModel::mini_lm(&cache())
        };
        let embedder =
            LocalEmbedder::load(&model).expect("the embedding model is in the cache; run scripts/setup.sh");
        assert_eq!((embedder.dimensions(), embedder.max_tokens()), (384, 256));
        let vectors = embedder
            .documents(texts.map(str::to_owned).to_vec())
            .await
            .unwrap();
        for (vector, wanted) in vectors[1..].iter().zip(wanted) {
            let found = cosine(&vectors[0], vector);
            assert!(
                (found - wanted).abs() < tolerance,
                "{precision:?}: {found} instead of {wanted}"
            );
        }
    }
}

#[tokio::test]
async fn a_vector_does_not_depend_on_its_neighbours_in_the_batch() {
    for precision in [Precision::Full, Precision::Int8] {
        let model = LocalModel {
            precision,
            ..LocalModel::mini_lm(&cache())
        };
        let embedder =
            LocalEmbedder::load(&model).expect("the embedding model is in the cache; run scripts/setup.sh");
        let text = "How do I cancel my subscription?".to_owned();
        let alone = embedder.query(&text).await.unwrap();
        let crowd = vec![
            text,
            "A much longer text about something else entirely. ".repeat(40),
            "short".to_owned(),
        ];
        let together = embedder.documents(crowd).await.unwrap();
        assert!(cosine(&alone, &together[0]) > 0.999_99, "{precision:?}");
    }
}

#[test]
fn words_are_counted_as_the_model_reads_them() {
    let counter = mini_lm().counter();
    // "[CLS]" and "[SEP]" are the model's own marks and not counted.
    assert_eq!(counter.count("That is a happy person"), 5);
    assert_eq!(counter.count("Kündigungsfrist!"), 7);
    assert_eq!(counter.cut("That is a happy person", 3), "That is a");
}

#[test]
fn a_cache_without_the_model_says_what_to_run() {
    let folder = Folder::new();
    let error = LocalEmbedder::load(&LocalModel::mini_lm(folder.path())).unwrap_err();
    assert!(matches!(error, RagError::Setup { .. }));
    assert!(error.to_string().ends_with("run scripts/setup.sh"), "{error}");
}
